"""What the entries of an inventory file may have, each with its kind."""

from __future__ import annotations

from typing import Any

import yaml

from moganclient.service.drivers import document
from moganclient.service.drivers import kinds

#: What Ironic calls them.
POWER_STATES = (
    'power on',
    'power off',
    'rebooting',
    'soft power off',
    'soft rebooting',
    'error',
)
PROVISION_STATES = (
    'active',
    'available',
    'manageable',
    'enroll',
    'adopting',
    'adopt failed',
    'clean failed',
    'clean hold',
    'clean wait',
    'cleaning',
    'deleting',
    'deploy failed',
    'deploy hold',
    'deploying',
    'error',
    'inspect failed',
    'inspect wait',
    'inspecting',
    'rebuild',
    'rescue',
    'rescue failed',
    'rescue wait',
    'rescuing',
    'service failed',
    'service hold',
    'service wait',
    'servicing',
    'unrescue failed',
    'unrescuing',
    'verifying',
    'wait call-back',
)


def _fixed_ips(
    doc: document.Document, node: yaml.Node
) -> list[dict[str, Any]]:
    return [
        doc.mapping(item, 'a fixed IP', FIXED_IP, ('ip_address',))
        for item in doc.items(node)
    ]


def _nodes(doc: document.Document, node: yaml.Node) -> list[yaml.Node]:
    return doc.items(node)


_name = kinds.matching(
    '[A-Za-z0-9._~-]+',
    'a name has letters of ASCII, digits and . _ ~ - only',
)


def _node_name(doc: document.Document, node: yaml.Node) -> str:
    """Ironic's rule of names: they fit into a URL and are no UUIDs."""
    value: str = _name(doc, node)
    if kinds.is_uuid(value):
        raise document.Fault(f'is "{value}"; a name must not be a UUID')
    return value


_resource_class = kinds.matching(
    r'[A-Za-z0-9\-_:.]+',
    'a resource class has letters of ASCII, digits and - _ : . only',
)

_trait = kinds.matching(
    '[A-Z0-9_]+',
    'a trait has capital letters, digits and _ only, and where it is of your '
    'own making it begins with CUSTOM_',
)


def _traits(doc: document.Document, node: yaml.Node) -> list[str]:
    """Traits, in alphabetical order as Ironic gives them."""
    return sorted({_trait(doc, item) for item in doc.items(node)})


FILE: dict[str, document.Kind] = {
    'nodes': _nodes,
    'ports': _nodes,
    'images': _nodes,
    'networks': _nodes,
    'floating_ips': _nodes,
}
NODE: dict[str, document.Kind] = {
    'uuid': kinds.uuid,
    'name': _node_name,
    'power_state': kinds.one_of(*POWER_STATES),
    'provision_state': kinds.one_of(*PROVISION_STATES),
    'created_at': kinds.time,
    'resource_class': _resource_class,
    'owner': kinds.text,
    'conductor_group': kinds.text,
    'maintenance': kinds.flag,
    'maintenance_reason': kinds.text,
    'retired': kinds.flag,
    'instance_uuid': kinds.uuid,
    'protected': kinds.flag,
    'protected_reason': kinds.text,
    'network_interface': kinds.text,
    'properties': kinds.free,
    'instance_info': kinds.free,
    'traits': _traits,
    'nics': _nodes,
    'portgroups': _nodes,
}
NIC: dict[str, document.Kind] = {
    'uuid': kinds.uuid,
    'address': kinds.mac,
    'vif_port_id': kinds.uuid,
}
PORTGROUP: dict[str, document.Kind] = {
    'uuid': kinds.uuid,
    'name': _node_name,
    'address': kinds.mac,
    'mode': kinds.text,
    'vif_port_id': kinds.uuid,
}
PORT: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'name': kinds.text,
    'mac_address': kinds.mac,
    'network_id': kinds.uuid,
    'project_id': kinds.text,
    'device_id': kinds.text,
    'device_owner': kinds.text,
    'host_id': kinds.text,
    'fixed_ips': _fixed_ips,
    'status': kinds.one_of('ACTIVE', 'DOWN', 'BUILD', 'ERROR'),
}
FIXED_IP: dict[str, document.Kind] = {
    'ip_address': kinds.address,
    'subnet_id': kinds.uuid,
}
NETWORK: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'name': kinds.text,
    'project_id': kinds.text,
    'shared': kinds.flag,
    'external': kinds.flag,
    'subnets': _nodes,
}
SUBNET: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'cidr': kinds.cidr,
}
FLOATING_IP: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'address': kinds.address,
    'port_id': kinds.uuid,
    'fixed_address': kinds.address,
    'project_id': kinds.text,
}
IMAGE: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'name': kinds.text,
    'status': kinds.one_of(
        'active', 'deactivated', 'queued', 'saving', 'importing', 'killed'
    ),
    'disk_format': kinds.text,
    'min_disk': kinds.count,
    'properties': kinds.free,
    'visibility': kinds.one_of('public', 'community', 'shared', 'private'),
    'owner': kinds.text,
}
