"""Network interfaces of servers: given, taken away and looked at."""

from __future__ import annotations

import typing
from typing import Any
import uuid

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import asked
from moganclient.service.flows import waiting
from moganclient.service import guard

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def attach(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    *,
    port_id: str | None = None,
    net_id: str | None = None,
    foreign: bool = False,
) -> models.Server:
    """Give a server one more interface: a port of its own or a new one.

    It is attached when this returns.

    :param port_id: a port that there is; or ``net_id``
    :param net_id: the network to make one in
    :param foreign: ports and networks of other projects may be used
    :raises moganclient.service.exceptions.PortNotFound: no such port
    :raises moganclient.service.exceptions.NetworkNotFound: no such network
    :raises moganclient.service.exceptions.PortConflict: it is used, or no
        NIC of the node is free
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: its status
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    guard.require(server, 'interface')
    asker = asked.Asker(server.project_id, foreign)
    wanted: dict[str, str]
    if port_id is not None:
        _require_new(server, port_id)
        (port,) = asked.ports(
            runtime, asker, [port_id], str(server.node_uuid)
        )
        wanted = {'port_id': port.id}
    else:
        asked.network(runtime, asker, str(net_id))
        wanted = {'net_id': str(net_id), 'key': uuid.uuid4().hex[:8]}
    plan = {'networks': [wanted], 'interface': dict(wanted)}
    about = {k: v for k, v in wanted.items() if k != 'key'}
    _run(runtime, context, server, 'attach', plan, about)
    return runtime.db.get_server(server.uuid)


def _require_new(server: models.Server, port_id: str) -> None:
    if port_id in {row.port_id for row in server.ports}:
        raise exceptions.PortConflict(
            f'Port {port_id} is one of server {server.uuid} already.',
            code='port_in_use',
        )


def _run(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    flow: str,
    plan: dict[str, Any],
    about: dict[str, str],
) -> None:
    """Run a flow while the request waits for it."""
    flow_owner = waiting.take(
        runtime, context, server, flow, 'interface', plan=plan
    )
    runtime.notifier.emit(
        context, f'server.{flow}.start', server, about=about
    )
    over = waiting.run_here(
        runtime,
        server.uuid,
        flow_owner,
        min(deadline.remaining(), runtime.conf.api.deadline),
    )
    if not over:
        raise exceptions.Unavailable(
            f'Server {server.uuid} ("{server.name}"): to {flow} the '
            'interface did not end within this request; the service goes on '
            'with it. Look at its networks before trying again.',
            code='recovering',
        )


def detach(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    port_id: str,
) -> models.Server:
    """Take an interface away; a port that was made for it is deleted.

    Somebody's own port is never deleted.

    :raises moganclient.service.exceptions.PortNotFound: the server has no
        such port
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: its status
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    guard.require(server, 'interface')
    if port_id not in {row.port_id for row in server.ports}:
        raise exceptions.PortNotFound(
            f'Server {server.uuid} ("{server.name}") has no interface with '
            f'port {port_id}.',
            code='interface_not_found',
        )
    about = {'port_id': port_id}
    _run(runtime, context, server, 'detach', {'interface': about}, about)
    return runtime.db.get_server(server.uuid)


def nics(
    runtime: runtime_mod.Runtime, server: models.Server
) -> list[dict[str, Any]]:
    """The server's interfaces, as ``GET /v1/servers/{uuid}/networks`` has it.

    Two requests, however many there are.

    :returns: ``port_id, network_id, mac_address, fixed_ips, floating_ip``
        (an address or None) each
    """
    ids = [row.port_id for row in server.ports]
    known = runtime.networks.ports_by_id(ids) if ids else {}
    floating = {
        one.port_id: one.address
        for one in (
            runtime.networks.floating_ips_of_ports(known) if known else ()
        )
    }
    found = []
    for row in server.ports:
        port = known.get(row.port_id)
        found.append(
            {
                'port_id': row.port_id,
                'network_id': port.network_id if port else row.network_id,
                'mac_address': port.mac_address if port else row.mac_address,
                'fixed_ips': port.fixed_ips if port else [],
                'floating_ip': floating.get(row.port_id),
            }
        )
    return found
