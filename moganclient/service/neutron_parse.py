"""From Neutron's JSON to what the service asks :mod:`.networks` for."""

from __future__ import annotations

import re
from typing import Any

from moganclient.service import networks

_UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')

#: What is read of each.
PORT_FIELDS = (
    'id',
    'name',
    'mac_address',
    'network_id',
    'project_id',
    'device_id',
    'device_owner',
    'binding:host_id',
    'fixed_ips',
    'revision_number',
    'status',
)
FLOATING_FIELDS = (
    'id',
    'floating_ip_address',
    'port_id',
    'fixed_ip_address',
    'project_id',
)


def network(item: dict[str, Any]) -> networks.Network:
    """A network."""
    return networks.Network(
        id=item['id'].lower(),
        name=item.get('name') or '',
        project_id=item.get('project_id'),
        shared=bool(item.get('shared')),
        external=bool(item.get('router:external')),
        subnets=[one.lower() for one in item.get('subnets') or ()],
    )


def port(item: dict[str, Any]) -> networks.Port:
    """A port."""
    mac = item.get('mac_address')
    host = item.get('binding:host_id') or ''
    if _UUID.fullmatch(host.lower()):
        # A node's, and Ironic keeps the case it was enrolled in.
        host = host.lower()
    return networks.Port(
        id=item['id'].lower(),
        name=item.get('name') or '',
        mac_address=mac.lower() if mac else None,
        network_id=item.get('network_id'),
        project_id=item.get('project_id'),
        device_id=item.get('device_id') or '',
        device_owner=item.get('device_owner') or '',
        host_id=host,
        fixed_ips=item.get('fixed_ips') or [],
        revision_number=item.get('revision_number'),
        status=item.get('status'),
    )


def floating_ip(item: dict[str, Any]) -> networks.FloatingIP:
    """A floating IP."""
    port_id = item.get('port_id')
    return networks.FloatingIP(
        id=item['id'].lower(),
        address=item['floating_ip_address'],
        port_id=port_id.lower() if port_id else None,
        fixed_address=item.get('fixed_ip_address'),
        project_id=item.get('project_id'),
    )
