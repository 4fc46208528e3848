"""The inventory file of the static driver: machines, ports and images.

The administrator's guide describes the format (``admin/inventory``).  What
belongs to several entries, such as a name that two nodes have, is checked
here; what belongs to one value is in :mod:`.kinds`.
"""

from __future__ import annotations

import dataclasses
import gc
from typing import Any

import yaml

from moganclient.service.drivers import base
from moganclient.service.drivers import document
from moganclient.service.drivers import kinds
from moganclient.service import networks

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


@dataclasses.dataclass
class Inventory:
    """What the file says; nothing here changes after it was read."""

    #: In the order of the file.
    nodes: list[base.Node] = dataclasses.field(default_factory=list)
    #: Network ports, by UUID.
    ports: dict[str, networks.Port] = dataclasses.field(default_factory=dict)
    #: Names of images, by UUID.
    images: dict[str, str | None] = dataclasses.field(default_factory=dict)


def load(path: str) -> Inventory:
    """Read an inventory file.

    :raises moganclient.service.exceptions.ConfigError: it cannot be read or
        has faults; the message has a line for each, ``path:line: sentence``
    """
    # The tree of 10,000 nodes is a million objects, none of them garbage:
    # looking for some takes twice the time of everything else.
    collects = gc.isenabled()
    gc.disable()
    try:
        return _Loader(path).load()
    finally:
        if collects:
            gc.enable()


def _fixed_ips(
    doc: document.Document, node: yaml.Node
) -> list[dict[str, Any]]:
    return [
        doc.mapping(item, 'a fixed IP', _FIXED_IP, ('ip_address',))
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

_FILE: dict[str, document.Kind] = {
    'nodes': _nodes,
    'ports': _nodes,
    'images': _nodes,
}
_NODE: dict[str, document.Kind] = {
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
    'nics': _nodes,
    'portgroups': _nodes,
}
_NIC: dict[str, document.Kind] = {
    'uuid': kinds.uuid,
    'address': kinds.mac,
    'vif_port_id': kinds.uuid,
}
_PORTGROUP: dict[str, document.Kind] = {
    'uuid': kinds.uuid,
    'name': _node_name,
    'address': kinds.mac,
    'mode': kinds.text,
    'vif_port_id': kinds.uuid,
}
_PORT: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'name': kinds.text,
    'mac_address': kinds.mac,
    'network_id': kinds.uuid,
    'project_id': kinds.text,
    'device_id': kinds.text,
    'device_owner': kinds.text,
    'host_id': kinds.text,
    'fixed_ips': _fixed_ips,
}
_FIXED_IP: dict[str, document.Kind] = {
    'ip_address': kinds.address,
    'subnet_id': kinds.uuid,
}
_IMAGE: dict[str, document.Kind] = {
    'id': kinds.uuid,
    'name': kinds.text,
}


class _Loader:
    """One reading of a file."""

    def __init__(self, path: str) -> None:
        self._doc = document.Document(path, 'inventory file')
        #: What must be unique, to the line where it was seen first.
        self._seen: dict[tuple[Any, ...], int] = {}

    def load(self) -> Inventory:
        inventory = Inventory()
        root = self._doc.load()
        if root is None:
            self._doc.faults.append(
                (1, 'The file is empty; it should have a list "nodes".')
            )
            self._doc.finish()
            return inventory
        parts = self._doc.mapping(root, 'the file', _FILE, ('nodes',))
        for item in parts.get('images', ()):
            self._image(inventory, item)
        for item in parts.get('ports', ()):
            self._port(inventory, item)
        for item in parts.get('nodes', ()):
            self._node(inventory, item)
        self._doc.finish()
        return inventory

    def _image(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(item, 'an image', _IMAGE, ('id',))
        if self._once(values, 'id', 'two images have this UUID'):
            inventory.images[values['id']] = values.get('name')

    def _port(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(
            item, 'a port', _PORT, ('id', 'mac_address')
        )
        # Neutron has an address once in a network.
        network = values.get('network_id')
        self._once(
            values,
            'mac_address',
            'two ports of one network have this MAC address',
            (network,),
        )
        if self._once(values, 'id', 'two ports have this UUID'):
            inventory.ports[values['id']] = networks.Port(
                **values, revision_number=1
            )

    def _node(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(
            item, 'a node', _NODE, ('uuid', 'provision_state')
        )
        unique = self._once(values, 'uuid', 'two nodes have this UUID')
        self._once(values, 'name', 'two nodes have this name')
        self._once(
            values, 'instance_uuid', 'two nodes have this "instance_uuid"'
        )
        if values.get('protected_reason') and not values.get('protected'):
            self._doc.fault(
                values.node('protected_reason'),
                'The node has a "protected_reason" but is not "protected"; '
                'set both or neither.',
            )
        nics = [self._nic(nic) for nic in values.pop('nics', ())]
        groups = [self._group(group) for group in values.pop('portgroups', ())]
        if unique and 'provision_state' in values:
            inventory.nodes.append(
                base.Node(
                    **values,
                    nics=[nic for nic in nics if nic],
                    portgroups=[group for group in groups if group],
                )
            )

    def _nic(self, item: yaml.Node) -> base.Nic | None:
        values = self._doc.mapping(item, 'a NIC', _NIC, ('uuid',))
        unique = self._once(values, 'uuid', 'two NICs have this UUID')
        self._once(values, 'address', 'two NICs have this MAC address')
        self._vif(values)
        return base.Nic(**values) if unique else None

    def _group(self, item: yaml.Node) -> base.PortGroup | None:
        values = self._doc.mapping(item, 'a port group', _PORTGROUP, ('uuid',))
        unique = self._once(values, 'uuid', 'two port groups have this UUID')
        self._once(values, 'name', 'two port groups have this name')
        self._once(values, 'address', 'two port groups have this MAC address')
        self._vif(values)
        return base.PortGroup(**values) if unique else None

    def _vif(self, values: document.Values) -> None:
        # A VIF that is no port of the file is legal: its port is gone.
        self._once(
            values, 'vif_port_id', 'two NICs or port groups carry this VIF'
        )

    def _once(
        self,
        values: document.Values,
        key: str,
        what: str,
        within: tuple[Any, ...] = (),
    ) -> bool:
        """Note a fault where a value that must be unique is not.

        :param what: what is wrong then
        :param within: what it must be unique in
        :returns: there is a value, and it is the first of its kind
        """
        value = values.get(key)
        if value is None:
            return False
        node = values.node(key)
        line = document.line_of(node)
        first = self._seen.get((what, value, *within))
        if first is None:
            self._seen[(what, value, *within)] = line
            return True
        self._doc.fault(
            node, f'"{value}": {what}, the other is in line {first}.'
        )
        return False
