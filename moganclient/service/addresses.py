"""The addresses of servers, fixed and floating."""

from __future__ import annotations

from collections.abc import Iterable
import typing
from typing import Any

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import networks
    from moganclient.service import runtime as runtime_mod


def of_ports(
    runtime: runtime_mod.Runtime, ports: Iterable[networks.Port]
) -> dict[str, Any]:
    """Addresses by network, fixed and floating, as a server shows them."""
    listed = list(ports)
    floating = {
        (one.port_id, one.fixed_address): one.address
        for one in runtime.networks.floating_ips_of_ports(
            port.id for port in listed
        )
    }
    found: dict[str, Any] = {}
    for port in listed:
        entries = found.setdefault(port.network_id or '', [])
        for ip in port.fixed_ips:
            address = ip.get('ip_address')
            if not address:
                continue
            entries.append({'addr': address, 'type': 'fixed'})
            if (port.id, address) in floating:
                entries.append(
                    {
                        'addr': floating[port.id, address],
                        'type': 'floating',
                    }
                )
    return found


def of_server(
    runtime: runtime_mod.Runtime, server: models.Server
) -> dict[str, Any]:
    """The same of a server's ports as they are now: two requests."""
    ids = [row.port_id for row in server.ports]
    ports = runtime.networks.ports_by_id(ids)
    return of_ports(runtime, [ports[one] for one in ids if one in ports])
