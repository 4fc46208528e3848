"""The flows that wait: what their steps are."""

from __future__ import annotations

import logging
import time
import typing
from typing import Any

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import deploying
from moganclient.service.flows import endings
from moganclient.service.flows import interfaces
from moganclient.service.flows import job as job_mod
from moganclient.service.flows import owner
from moganclient.service.flows import placing
from moganclient.service.flows import protecting
from moganclient.service.flows import redeploying
from moganclient.service.flows import settled
from moganclient.service.flows import turns
from moganclient.service.flows import undeploying
from moganclient.service import guard
from moganclient.service import refresh

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: How often it is tried again on a server that changes meanwhile.
_ATTEMPTS = 5

#: Everything that building wrote, taken back; deleting is the same.
_TAKING_BACK: list[turns.Step] = [
    undeploying.Undeploy(),
    interfaces.Unplug(),
    undeploying.Release(),
    interfaces.GiveBack(),
]

_ALL = [
    turns.Flow(
        'build',
        [
            placing.Allocate(),
            interfaces.Ports(),
            interfaces.Plug(),
            deploying.Describe(),
            deploying.Deploy(),
            deploying.Await(),
            endings.Activate('build', 'building'),
        ],
        [*_TAKING_BACK, endings.Failed('build', 'building')],
        'Building the server',
    ),
    turns.Flow(
        'rebuild',
        [
            deploying.Describe(),
            redeploying.Redeploy(),
            deploying.Await(),
            endings.Activate('rebuild', 'rebuilding'),
        ],
        [redeploying.Undescribe(), endings.Failed('rebuild', 'rebuilding')],
        'Rebuilding the server',
    ),
    turns.Flow(
        'delete',
        [settled.Settled(), *_TAKING_BACK, endings.Forget()],
        [redeploying.Undescribe(), endings.Failed('delete', 'deleting')],
        'Deleting the server',
        patience=float('inf'),
    ),
    turns.Flow(
        'attach',
        [
            interfaces.Ports(),
            interfaces.Plug(),
            endings.Wired('server.attach.end'),
        ],
        [
            interfaces.Unplug(),
            interfaces.GiveBack(),
            endings.Wired('server.attach.error'),
        ],
        'Attaching the interface',
        patience=20.0,
    ),
    turns.Flow(
        'detach',
        [
            interfaces.Unplug(),
            interfaces.GiveBack(),
            endings.Wired('server.detach.end'),
        ],
        [endings.Wired('server.detach.error')],
        'Detaching the interface',
        patience=20.0,
    ),
    protecting.FLOW,
]
turns.FLOWS.update((flow.name, flow) for flow in _ALL)


def claim(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    flow: str,
    status: str,
    **values: Any,
) -> str | None:
    """Begin a flow on a server as it was read, in one UPDATE.

    Nothing of it may have changed since: no lock, no other flow.

    :param values: further columns
    :returns: the flow's owner; None where something changed
    """
    flow_owner, lease_until = new_owner(runtime)
    if server.flow is not None:
        return None
    columns = {
        **values,
        'flow': flow,
        'flow_undo': False,
        'flow_step': None,
        'flow_owner': flow_owner,
        'flow_lease': lease_until,
        'status': status,
        'request_id': context.request_id,
    }
    try:
        begun = runtime.db.update_server(
            server.uuid,
            columns,
            status=server.status,
            unchanged=server.updated_at,
        )
    except exceptions.Unavailable:
        # It may have been written all the same; then somebody has to go on.
        begin(runtime, server.uuid, flow_owner)
        raise
    return flow_owner if begun else None


def take(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    flow: str,
    action: str,
    status: str | None = None,
    **values: Any,
) -> str:
    """The same; looked at again where something harmless changed meanwhile.

    :param action: what it has to be free for, see :func:`.guard.require`
    :param status: None to leave it as it is
    :returns: the flow's owner
    :raises moganclient.service.exceptions.Conflict: it is not free for that,
        or not any more
    """
    for _ in range(_ATTEMPTS):
        flow_owner = claim(
            runtime, context, server, flow, status or server.status, **values
        )
        if flow_owner is not None:
            return flow_owner
        server = runtime.db.get_server(server.uuid)
        guard.require(server, action)
    raise guard.changing(server)


def begin(
    runtime: runtime_mod.Runtime, server_uuid: str, flow_owner: str
) -> None:
    """Let the worker of this process go on with a flow of this process."""
    runtime.worker.submit(job_mod.FlowJob(server_uuid, flow_owner))


def resume(
    runtime: runtime_mod.Runtime,
    server_uuid: str,
    flow_owner: str,
    since: float,
) -> None:
    """Let the worker go on with what was another process's.

    :param since: ``time.time()`` until which that one may have written
    """
    settled = since + runtime.conf.flows.settle
    runtime.worker.submit(
        job_mod.FlowJob(server_uuid, flow_owner, settled_at=settled)
    )


def run_here(
    runtime: runtime_mod.Runtime,
    server_uuid: str,
    flow_owner: str,
    seconds: float,
) -> bool:
    """Give a flow its turns in this thread, as a request waits for it.

    :param seconds: how long; the worker goes on with what is left then
    :returns: whether it is over; not where others have it, who may undo it
    :raises Exception: what made it turn back, once that is undone
    """
    job = job_mod.FlowJob(server_uuid, flow_owner)
    until = time.monotonic() + seconds
    while True:
        pause = job.turn(runtime)
        if pause is None:
            break
        if time.monotonic() + pause >= until:
            runtime.worker.submit(job, pause)
            return False
        time.sleep(pause)
    if job.elsewhere:
        return False
    if job.failure is not None:
        raise job.failure
    return True


def new_owner(runtime: runtime_mod.Runtime) -> tuple[str, float]:
    """An owner for a flow that begins, and its first lease."""
    return owner.new(), time.time() + runtime.conf.flows.lease


class PowerWatch:
    """Looks at the servers on which a power action is under way.

    One process at a time does, a few servers a turn.
    """

    key = 'Power'
    flow = None

    def __init__(self) -> None:
        """Begin with the first server."""
        self._owner = owner.new()
        self._after = 0

    def turn(self, runtime: runtime_mod.Runtime) -> float:
        """See :class:`.worker.Job`."""
        more = False
        try:
            with deadline.limit(runtime.conf.api.deadline):
                self._after = refresh.refresh_powering(
                    runtime, self._owner, self._after
                )
                # Where Ironic does not answer, the threads have other work.
                more = self._after > 0 and deadline.remaining() > 0
        except exceptions.ServiceError as error:
            LOG.warning('Power states have to wait: %s', error.detail)
        return 0.0 if more else float(runtime.conf.flows.poll_interval)

    def leave(self, runtime: runtime_mod.Runtime) -> None:
        """Nothing is under way here; others look, too."""
