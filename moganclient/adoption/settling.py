"""What a run that was killed had sent may still be on its way.

A run in the other direction must not conclude anything from a look before
that has arrived: a server could come to be after a rollback, or be gone after
it was said to be done.
"""

from __future__ import annotations

from collections.abc import Callable
import datetime
import threading
import time
from typing import TYPE_CHECKING

from moganclient.adoption import events
from moganclient.adoption import outcomes
from moganclient.adoption import results
from moganclient.adoption import runner
from moganclient import exceptions

if TYPE_CHECKING:
    from moganclient.adoption import history as histories
    from moganclient.v1 import client as v1_client

#: Seconds for which a request that was sent, and of which nothing is seen,
#: may still be on its way: the service's own deadline for one, and some.
SETTLE = 90.0

#: Seconds between two looks.
_PAUSE = 5.0


def arrival(record: histories.Record) -> float:
    """``time.time()`` at which what was sent has surely arrived, or died."""
    try:
        sent = datetime.datetime.fromisoformat(record.at).timestamp()
    except ValueError:
        sent = time.time()
    return sent + SETTLE


def wait(
    client: v1_client.Client,
    machine: results.Machine,
    until: float,
    arrived: Callable[[str | None], bool],
    halt: threading.Event,
    tell: runner.Tell,
    why: str,
) -> bool:
    """Wait until what was sent has arrived; False where the wait was ended.

    :param until: see :func:`arrival`
    :param arrived: whether a status of the server, None for no server, tells
        that it has
    :param halt: ends the wait
    :param why: a sentence; a machine that is not waited for is in progress,
        with this as its reason
    """
    # A clock that was set back makes nobody wait longer.
    end = time.monotonic() + min(until - time.time(), SETTLE)
    while (left := end - time.monotonic()) > 0:
        tell(events.Waiting(machine.node, machine.name, left, why))
        if halt.wait(min(left, _PAUSE)):
            machine.state = results.State.IN_PROGRESS
            machine.reasons = [{'code': 'in_progress', 'message': why}]
            return False
        try:
            status = client.server.get(machine.server or '').status
        except exceptions.NotFound as error:
            if outcomes.code(error) != 'server_not_found':
                continue
            status = None
        except exceptions.ClientException:
            continue
        if arrived(status):
            return True
    return True
