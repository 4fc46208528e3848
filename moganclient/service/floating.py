"""Floating IPs of servers."""

from __future__ import annotations

import typing

from moganclient.service import addresses
from moganclient.service import exceptions
from moganclient.service import guard
from moganclient.service import networks

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def add(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    address: str,
    fixed_address: str | None = None,
    *,
    foreign: bool = False,
) -> models.Server:
    """Have a floating IP lead to a server.

    :param fixed_address: to which of its addresses; None is the first one
    :param foreign: a floating IP of another project may be used
    :raises moganclient.service.exceptions.FloatingIPNotFound: there is none,
        or not in the server's project
    :raises moganclient.service.exceptions.BadRequest: the server has no such
        address, or no router leads to it
    :raises moganclient.service.exceptions.Conflict: it leads elsewhere
    """
    guard.require(server, 'floating_ip')
    found = runtime.networks.floating_ip(address)
    if found is None or not _is_for(server, found, foreign):
        raise _not_found(server, address)
    ids = [row.port_id for row in server.ports]
    ports = runtime.networks.ports_by_id(ids)
    port, fixed = _target(
        server, [ports[one] for one in ids if one in ports], fixed_address
    )
    if found.port_id is not None and found.port_id not in ports:
        raise exceptions.Conflict(
            f'Floating IP {address} leads to port {found.port_id} already; '
            'take it away from there first.',
            code='floating_ip_in_use',
        )
    if (found.port_id, found.fixed_address) != (port.id, fixed):
        runtime.networks.associate_floating_ip(found.id, port.id, fixed)
    return _refreshed(runtime, server)


def _is_for(
    server: models.Server, found: networks.FloatingIP, foreign: bool
) -> bool:
    """Whether a floating IP is one that a server may have."""
    return foreign or found.project_id in (None, server.project_id)


def _not_found(
    server: models.Server, address: str
) -> exceptions.FloatingIPNotFound:
    """The same for one that there is not and one of another project."""
    return exceptions.FloatingIPNotFound(
        f'There is no floating IP {address} in project {server.project_id}.'
    )


def _target(
    server: models.Server,
    ports: list[networks.Port],
    fixed_address: str | None,
) -> tuple[networks.Port, str]:
    """The port and its address that a floating IP is to lead to."""
    for port in ports:
        for ip in port.fixed_ips:
            here = ip.get('ip_address')
            if not here:
                continue
            if here == fixed_address or (
                fixed_address is None and ':' not in here
            ):
                return port, here
    if fixed_address is None:
        sentence = 'has no fixed IPv4 address that it could lead to.'
    else:
        sentence = f'does not have the fixed address {fixed_address}.'
    raise exceptions.BadRequest(
        f'Server {server.uuid} ("{server.name}") {sentence}',
        code='fixed_address_not_found',
    )


def _refreshed(
    runtime: runtime_mod.Runtime, server: models.Server
) -> models.Server:
    """The server with its addresses as they are now."""
    runtime.db.update_server(
        server.uuid, {'addresses': addresses.of_server(runtime, server)}
    )
    return runtime.db.get_server(server.uuid)


def remove(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    address: str,
    *,
    foreign: bool = False,
) -> models.Server:
    """Have a floating IP lead nowhere.

    One of another project can be taken away where it leads to the server.

    :param foreign: other projects' floating IPs are told from those that
        there are not
    :raises moganclient.service.exceptions.FloatingIPNotFound: there is none,
        or not in the server's project
    :raises moganclient.service.exceptions.BadRequest: it does not lead to
        this server
    """
    guard.require(server, 'floating_ip')
    found = runtime.networks.floating_ip(address)
    here = found is not None and found.port_id in {
        row.port_id for row in server.ports
    }
    if found is None or not (here or _is_for(server, found, foreign)):
        raise _not_found(server, address)
    if not here:
        raise exceptions.BadRequest(
            f'Floating IP {address} does not lead to server {server.uuid} '
            f'("{server.name}").',
            code='floating_ip_not_associated',
        )
    runtime.networks.disassociate_floating_ip(found.id)
    return _refreshed(runtime, server)
