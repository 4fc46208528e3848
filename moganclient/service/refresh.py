"""Power state and drift of servers, as their nodes have it now.

A server whose node no longer carries it is ``detached``: said, and never
silently repaired.
"""

from __future__ import annotations

import logging
import typing
from typing import Any

from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import steps
from moganclient.service import guard
from moganclient.service import ours
from moganclient.service import power

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: So many servers with a power action are looked at in one turn.
_FEW = 20


def _drift(
    server: models.Server, node: base.Node | base.NodeState | None
) -> dict[str, Any]:
    """What the row should say instead; empty when it says so already."""
    power_state = node.power_state if node is not None else None
    values: dict[str, Any] | None
    if server.status == 'error':
        # Its fault stays: that is how it came to what it is.
        return (node is not None and steps.recovered(server, node)) or {}
    if node is None or node.instance_uuid != server.uuid:
        values = {'status': 'detached', 'power_state': power_state}
        if server.power_target is not None:
            values.update(power_target=None, plan=None)
    elif server.status in guard.POWERING:
        values = power.outcome(server, node) or {}
    else:
        status = steps.status_of(power_state)
        values = {'status': status, 'power_state': power_state}
    return {
        name: value
        for name, value in values.items()
        if getattr(server, name) != value
    }


def _refreshable(server: models.Server) -> bool:
    return (
        server.flow is None
        and server.node_uuid is not None
        and (
            server.status in (*guard.SETTLED, *guard.POWERING)
            or (server.status == 'error' and server.launched_at is not None)
        )
    )


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
    saved = runtime.db.update_server(
        server.uuid,
        values,
        status=server.status,
        unchanged=server.updated_at,
    )
    if saved and server.power_target is not None:
        _tell_power(runtime, server)
    return saved


def _tell_power(runtime: runtime_mod.Runtime, before: models.Server) -> None:
    """Tell how a power action ended."""
    try:
        server = runtime.db.get_server(before.uuid)
    except exceptions.ServerNotFound:
        return
    ended = 'error' if server.fault or server.status == 'detached' else 'end'
    runtime.notifier.emit(
        None,
        f'server.power.{ended}',
        server,
        about={'target': power.asked_for(before)},
    )


def refresh_server(
    runtime: runtime_mod.Runtime, server: models.Server
) -> models.Server:
    """One server as its node has it now: one request upstream.

    Where upstream gives no answer, the server as it was last seen.
    """
    if not _refreshable(server):
        return server
    try:
        node: base.Node | None = runtime.driver.get_node_bare(
            str(server.node_uuid)
        )
    except exceptions.NodeNotFound:
        node = None
    except exceptions.Unavailable as error:
        LOG.warning(
            'Server %s is shown as last seen: %s', server.uuid, error.detail
        )
        return server
    if node is not None and ours.is_of(server, node):
        _compare_protection(server, node)
    values = _drift(server, node)
    if values:
        _save(runtime, server, values)
        return runtime.db.get_server(server.uuid)
    return server


def _compare_protection(server: models.Server, node: base.Node) -> None:
    """Tell where a node would be wiped that should not be."""
    if server.protected and not node.protected:
        LOG.warning(
            'Server %s ("%s") is protected, and its node %s is not any more: '
            '"server set --protected" protects it again',
            server.uuid,
            server.name,
            node.uuid,
        )


def refresh_all(runtime: runtime_mod.Runtime) -> int:
    """Every server, by pages of nodes and not by node.

    Servers are read before their nodes: what is active then was claimed
    before the nodes were read.

    :returns: how many rows changed
    """
    servers = [
        server
        for server in runtime.db.iterate_servers()
        if _refreshable(server) and server.power_target is None
    ]
    servers += [
        server
        for server in runtime.db.list_powering()
        if _refreshable(server)
    ]
    return _refresh(runtime, servers)


def refresh_powering(
    runtime: runtime_mod.Runtime, owner: str, after: int = 0
) -> int:
    """A few of the servers on which a power action is under way.

    A look at each is cheaper than one at every node.  Only who has the lease
    looks, and has it until ``[flows] poll_interval`` after the last one.

    :param owner: of the lease
    :param after: what the turn before returned
    :returns: where to go on; 0 when that were all, or another process looks
    """
    servers = runtime.db.list_powering(after=after, limit=_FEW)
    interval = runtime.conf.flows.poll_interval
    longest = runtime.conf.api.deadline + interval
    if not servers or not runtime.db.take_lease('power', owner, longest):
        return 0
    for server in servers:
        if deadline.remaining() <= 0:
            return after
        if _refreshable(server):
            refresh_server(runtime, server)
        after = server.id
    if len(servers) == _FEW:
        return after
    runtime.db.take_lease('power', owner, interval)
    return 0


def _refresh(
    runtime: runtime_mod.Runtime, servers: list[models.Server]
) -> int:
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
        values = _drift(server, states.get(str(server.node_uuid)))
        if values:
            changed += _save(runtime, server, values)
    return changed
