"""What a step is, and what is done about answers that were lost."""

from __future__ import annotations

import time

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import work as work_mod


class Step:
    """One step.  ``name`` is what the row's ``flow_step`` says."""

    name = ''

    def do(self, work: work_mod.Work) -> None:
        """Act; done already is no error."""

    def undo(self, work: work_mod.Work) -> None:
        """Take back what is this server's; leave and report the rest."""


def settle(work: work_mod.Work) -> None:
    """Wait until a write whose answer was lost has surely acted or failed.

    Looking at once could find nothing, and the write land afterwards: a node
    claimed for nobody.

    :raises moganclient.service.exceptions.Unavailable: the time that is left
        is too short; recovery goes on later
    """
    if not work.unknown:
        return
    last = max(work.unknown.values())
    pause = last + work.runtime.conf.flows.settle - time.time()
    if pause >= deadline.remaining():
        raise exceptions.Unavailable(
            'It is not known yet whether a request that got no answer acted.',
            retry_after=int(pause) + 1,
        )
    if pause > 0:
        time.sleep(pause)
    work.unknown.clear()


def lost(
    work: work_mod.Work, failure: exceptions.UpstreamUnavailable, what: str
) -> None:
    """Remember that a write may still act, if it may.

    :param what: UUID of the node or port that was written to
    """
    if failure.sent:
        work.unknown[what] = time.time()
