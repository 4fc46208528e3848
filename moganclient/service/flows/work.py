"""What a flow works on: one server's row, which says where the flow is.

Steps take everything that has to survive a kill from the row and put it
there before they act.  Every write of the row is conditional on this flow
still being its owner, so a process that lost its lease stops there.
"""

from __future__ import annotations

import dataclasses
import logging
import random
import time
import typing
from typing import Any

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service import networks

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: What ends a flow in a row: nobody works on it any more.
NO_FLOW: dict[str, Any] = {
    'flow': None,
    'flow_undo': False,
    'flow_step': None,
    'flow_owner': None,
    'flow_lease': None,
}

#: How often a write to an upstream that gives no answer is tried in all; a
#: lock, which goes away, is waited for until the deadline.
ATTEMPTS = 3


@dataclasses.dataclass
class Work:
    """One flow on one server.

    ``server`` is the row as last read; of what may have changed upstream it
    says nothing.
    """

    runtime: runtime_mod.Runtime
    server: models.Server
    owner: str
    #: Ports as read a moment ago, by UUID; a step that finds them here need
    #: not ask again, one that fails forgets them.
    fresh_ports: dict[str, networks.Port] = dataclasses.field(
        default_factory=dict
    )
    #: What was found not to be ours any more, in sentences.
    left_alone: list[str] = dataclasses.field(default_factory=list)
    #: Writes whose outcome is not known: what was written to (a UUID, or ''
    #: for whatever another process wrote) to ``time.time()`` of the last one.
    unknown: dict[str, float] = dataclasses.field(default_factory=dict)
    #: The row is in the database.
    reserved: bool = False
    #: The time that the flow may take is over: nothing new is begun.
    late: bool = False
    #: The row is deleted.
    forgotten: bool = False
    #: See :meth:`note`.
    _noted: dict[str, Any] = dataclasses.field(default_factory=dict)

    def enter(self, step: str, **values: Any) -> None:
        """Record a step before it acts, and renew the lease.

        :param values: further columns, written in the same UPDATE
        :raises moganclient.service.exceptions.LeaseLost: another process has
            the flow now
        """
        self.save(
            flow_step=step,
            flow_lease=time.time() + self.runtime.conf.flows.lease,
            **values,
        )

    def note(self, **values: Any) -> None:
        """Set columns of the row, to be written with the next record.

        For what an interrupted flow would find out again.
        """
        self._noted.update(values)

    def save(self, **values: Any) -> None:
        """Write columns of the row, if this flow still owns it.

        :raises moganclient.service.exceptions.LeaseLost: it does not
        """
        values = {**self._noted, **values}
        if not self.runtime.db.update_server(
            self.server.uuid, values, owner=self.owner
        ):
            raise exceptions.LeaseLost(
                f'server {self.server.uuid} is in the hands of another process'
            )
        for name, value in values.items():
            setattr(self.server, name, value)
        self._noted.clear()

    def end(self, before: str, **values: Any) -> bool:
        """End the flow, if the status is still the one from before.

        :param values: further columns, written in the same UPDATE
        :returns: False where somebody asked for something else meanwhile, or
            another process has the flow
        """
        values = {**self._noted, **values, **NO_FLOW}
        if not self.runtime.db.update_server(
            self.server.uuid, values, owner=self.owner, status=before
        ):
            return False
        for name, value in values.items():
            setattr(self.server, name, value)
        self._noted.clear()
        return True

    def reload(self) -> None:
        """Read the row again, with its ports."""
        self.server = self.runtime.db.get_server(self.server.uuid)

    def leave(self, sentence: str) -> None:
        """Note something that is no longer ours and stays as it is."""
        LOG.warning('Server %s: %s', self.server.uuid, sentence)
        self.left_alone.append(sentence)

    @property
    def node_uuid(self) -> str:
        """The node's UUID, in flows that begin with one."""
        assert self.server.node_uuid is not None
        return self.server.node_uuid

    @property
    def reason(self) -> str:
        """The ``protected_reason`` of the node: names the server."""
        return protected_reason(self.server.uuid)


def protected_reason(server_uuid: str) -> str:
    """What a claimed node says of itself to whoever wants to wipe it."""
    return f'Managed as server {server_uuid} of the bare metal compute API'


class Retry:
    """Waits between attempts: jittered, growing, within the deadline.

    A lock is waited for until the deadline; a service that does not answer
    is tried :data:`ATTEMPTS` times.
    """

    def __init__(self, doing: str) -> None:
        self._doing = doing
        self._waits = 0
        self._failures = 0

    def after(self, failure: exceptions.ServiceError) -> None:
        """Sleep a little, or raise when it is time to give up.

        :raises moganclient.service.exceptions.ServiceError: the failure, with
            503 in place of a lock's 409
        """
        if isinstance(failure, exceptions.Unavailable):
            self._failures += 1
            if self._failures >= ATTEMPTS:
                raise failure
        jitter = random.uniform(0.5, 1.0)  # noqa: S311
        pause = jitter * min(0.2 * 1.6 ** min(self._waits, 9), 3.0)
        self._waits += 1
        if deadline.remaining() <= pause:
            raise self.too_late(failure) from failure
        time.sleep(pause)

    def too_late(
        self, failure: exceptions.ServiceError
    ) -> exceptions.ServiceError:
        """What to raise when the time is over after a failure."""
        if isinstance(failure, exceptions.Unavailable):
            return failure
        return exceptions.Unavailable(
            f'Could not {self._doing} in time: {failure.detail}',
            code='upstream_locked',
            public='It could not be done in time: the machine is busy.',
        )
