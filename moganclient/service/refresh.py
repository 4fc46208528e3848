"""Power state and drift of servers, as their nodes have it now.

A server whose node no longer carries it is ``detached``: said, and never
silently repaired.
"""

from __future__ import annotations

import logging
import typing
from typing import Any

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import steps

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: Statuses of a server that nobody works on.
SETTLED = ('active', 'stopped', 'detached')


def _drift(
    server: models.Server, instance_uuid: str | None, power_state: str | None
) -> dict[str, Any]:
    """What the row should say instead; empty when it says so already."""
    status = 'detached'
    if instance_uuid == server.uuid:
        status = steps.status_of(power_state)
    values = {'status': status, 'power_state': power_state}
    return {
        name: value
        for name, value in values.items()
        if getattr(server, name) != value
    }


def _save(
    runtime: runtime_mod.Runtime, server: models.Server, values: dict[str, Any]
) -> bool:
    """Write drift, unless somebody changed the row meanwhile."""
    if values.get('status') == 'detached':
        LOG.warning(
            'Server %s ("%s") is detached: node %s no longer carries it',
            server.uuid,
            server.name,
            server.node_uuid,
        )
    return runtime.db.update_server(
        server.uuid,
        values,
        status=server.status,
        unchanged=server.updated_at,
    )


def refresh_server(
    runtime: runtime_mod.Runtime, server: models.Server
) -> models.Server:
    """One server as its node has it now: one request upstream.

    Where upstream gives no answer, the server as it was last seen.
    """
    if server.flow is not None or server.status not in SETTLED:
        return server
    try:
        node: base.Node | None = runtime.driver.get_node_bare(server.node_uuid)
    except exceptions.NodeNotFound:
        node = None
    except exceptions.Unavailable as error:
        LOG.warning(
            'Server %s is shown as last seen: %s', server.uuid, error.detail
        )
        return server
    values = _drift(
        server,
        node.instance_uuid if node else None,
        node.power_state if node else None,
    )
    if values:
        _save(runtime, server, values)
        return runtime.db.get_server(server.uuid)
    return server


def refresh_all(runtime: runtime_mod.Runtime) -> int:
    """Every server, by pages of nodes and not by node.

    Servers are read before their nodes: what is active then was claimed
    before the nodes were read.

    :returns: how many rows changed
    """
    servers = [
        server
        for server in runtime.db.iterate_servers()
        if server.flow is None and server.status in SETTLED
    ]
    if not servers:
        return 0
    states = {state.uuid: state for state in runtime.driver.list_nodes()}
    if not states:
        # An account that lost its roles sees nothing; that is no drift.
        LOG.warning(
            'The inventory shows no node at all; %d servers are left as last '
            'seen',
            len(servers),
        )
        return 0
    changed = 0
    for server in servers:
        state = states.get(server.node_uuid)
        values = _drift(
            server,
            state.instance_uuid if state else None,
            state.power_state if state else None,
        )
        if values:
            changed += _save(runtime, server, values)
    return changed
