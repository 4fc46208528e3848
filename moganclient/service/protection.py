"""Protection of servers against being wiped by deleting or rebuilding."""

from __future__ import annotations

import typing

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import protecting
from moganclient.service.flows import waiting
from moganclient.service import guard
from moganclient.service import ours

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

#: One whose wiping failed may be kept from the next attempt.
_FROM = (*guard.READY, 'error')
#: How often it is tried again on a server that changes meanwhile.
_ATTEMPTS = 5


def change(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    protected: bool,
) -> models.Server:
    """Write ``protected`` to the node, in one PATCH, and to the server.

    The node is looked at also where the server says so already: somebody may
    have changed it there.  Nothing else works on the server meanwhile.

    :returns: the server as it is then
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: somebody works on it,
        its node does not carry it, or (to be protected) does not run
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    flow_owner = None
    for _ in range(_ATTEMPTS):
        guard.require(server, 'update')
        if server.flow is not None or server.status not in _FROM:
            raise guard.busy(server, 'be protected or unprotected', _FROM)
        ours.node_of(runtime, server)
        flow_owner = waiting.claim(
            runtime,
            context,
            server,
            'protect',
            server.status,
            plan=protecting.plan_of(protected, server.plan, server.fault),
        )
        if flow_owner is not None:
            break
        server = runtime.db.get_server(server.uuid)
    else:
        raise guard.changing(server)
    try:
        over = waiting.run_here(
            runtime,
            server.uuid,
            flow_owner,
            min(deadline.remaining(), runtime.conf.api.deadline),
        )
    except exceptions.UpstreamConflict as error:
        raise exceptions.Unavailable(
            f'Could not write to node {server.node_uuid} in time: '
            f'{error.detail}',
            code='upstream_locked',
        ) from error
    if not over:
        raise exceptions.Unavailable(
            f'To write the protection of server {server.uuid} '
            f'("{server.name}") takes longer than a request may; the service '
            'goes on with it. Look at the server before trying again.',
            code='recovering',
        )
    return runtime.db.get_server(server.uuid)
