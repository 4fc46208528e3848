"""Protection of servers against being wiped by deleting or rebuilding."""

from __future__ import annotations

import typing

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import work as work_mod
from moganclient.service import guard

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def change(
    runtime: runtime_mod.Runtime, server: models.Server, protected: bool
) -> models.Server:
    """Write ``protected`` to the node, in one PATCH, and to the server.

    The caller has asked :func:`.guard.require` (``update``) already.

    :returns: the server as it is then
    :raises moganclient.service.exceptions.ServerBusy: somebody works on it,
        or its node does not carry it
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    if server.protected == protected:
        return server
    if server.flow is not None or server.status not in guard.READY:
        raise guard.busy(server, 'be protected or unprotected', guard.READY)
    node_uuid = str(server.node_uuid)
    reason = work_mod.protected_reason(server.uuid) if protected else None
    retry = work_mod.Retry(f'write to node {node_uuid}')
    while True:
        node = runtime.driver.get_node_bare(node_uuid)
        if node.instance_uuid != server.uuid:
            raise exceptions.ServerBusy(
                f'The machine of server {server.uuid} ("{server.name}") no '
                'longer carries it; nothing was written to it.',
                code='node_lost',
            )
        try:
            if node.protected != protected:
                deadline.check(f'node {node_uuid} was written')
                runtime.driver.set_protected(node_uuid, protected, reason)
            break
        except (
            exceptions.UpstreamConflict,
            exceptions.UpstreamUnavailable,
        ) as error:
            retry.after(error)
    # The node first: a row that says unprotected of a node that is not would
    # only fail later; one that says protected of one that is not would lie.
    runtime.db.update_server(server.uuid, {'protected': protected})
    return runtime.db.get_server(server.uuid)
