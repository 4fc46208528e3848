"""The step that waits for what others may still do to a machine."""

from __future__ import annotations

import time

from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod


class Settled(turns.Step):
    """Wait until a power action whose answer is out can act no more.

    The machine is given up after this, and the next server gets it: a
    request that still is on its way must not land there.  The row says until
    when, so that this holds in every process.
    """

    name = 'settled'
    waits = True

    def do(self, work: work_mod.Work) -> None:
        until = (work.server.plan or {}).get('unsure_until', 0.0)
        pause = float(until) - time.time()
        if pause > 0:
            raise turns.NotYet(pause)
