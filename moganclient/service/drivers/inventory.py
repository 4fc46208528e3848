"""The inventory file of the static driver: machines and what they need.

The administrator's guide describes the format (``admin/inventory``).  What
belongs to several entries, such as a name that two nodes have, is checked
here; what entries may have is in :mod:`.inventory_fields`, what belongs to one
value in :mod:`.kinds`.
"""

from __future__ import annotations

import dataclasses
import gc
from typing import Any

import yaml

from moganclient.service.drivers import base
from moganclient.service.drivers import document
from moganclient.service.drivers import inventory_fields as fields
from moganclient.service import images as images_mod
from moganclient.service import networks as networks_mod


@dataclasses.dataclass
class Inventory:
    """What the file says; nothing here changes after it was read."""

    #: In the order of the file.
    nodes: list[base.Node] = dataclasses.field(default_factory=list)
    #: Network ports, by UUID.
    ports: dict[str, networks_mod.Port] = dataclasses.field(
        default_factory=dict
    )
    #: The others by UUID, too.
    images: dict[str, images_mod.Image] = dataclasses.field(
        default_factory=dict
    )
    networks: dict[str, networks_mod.Network] = dataclasses.field(
        default_factory=dict
    )
    floating_ips: dict[str, networks_mod.FloatingIP] = dataclasses.field(
        default_factory=dict
    )
    #: Ranges of addresses of subnets that have one, by UUID.
    subnets: dict[str, str] = dataclasses.field(default_factory=dict)


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
        parts = self._doc.mapping(root, 'the file', fields.FILE, ('nodes',))
        for item in parts.get('images', ()):
            self._image(inventory, item)
        for item in parts.get('ports', ()):
            self._port(inventory, item)
        for item in parts.get('nodes', ()):
            self._node(inventory, item)
        for item in parts.get('networks', ()):
            self._network(inventory, item)
        for item in parts.get('floating_ips', ()):
            self._floating_ip(inventory, item)
        self._doc.finish()
        return inventory

    def _image(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(item, 'an image', fields.IMAGE, ('id',))
        if self._once(values, 'id', 'two images have this UUID'):
            inventory.images[values['id']] = images_mod.Image(**values)

    def _port(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(
            item, 'a port', fields.PORT, ('id', 'mac_address')
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
            inventory.ports[values['id']] = networks_mod.Port(
                **values, revision_number=1
            )

    def _network(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(item, 'a network', fields.NETWORK, ('id',))
        unique = self._once(values, 'id', 'two networks have this UUID')
        subnets = []
        for one in values.pop('subnets', ()):
            subnet = self._doc.mapping(one, 'a subnet', fields.SUBNET, ('id',))
            if self._once(subnet, 'id', 'two subnets have this UUID'):
                subnets.append(subnet['id'])
                if 'cidr' in subnet:
                    inventory.subnets[subnet['id']] = subnet['cidr']
        if unique:
            inventory.networks[values['id']] = networks_mod.Network(
                **values, subnets=subnets
            )

    def _floating_ip(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(
            item, 'a floating IP', fields.FLOATING_IP, ('id', 'address')
        )
        self._once(values, 'address', 'two floating IPs have this address')
        if ('port_id' in values) != ('fixed_address' in values):
            self._doc.fault(
                values.node('port_id'),
                'A floating IP that leads somewhere has a "port_id" and a '
                '"fixed_address"; set both or neither.',
            )
        port = values.get('port_id')
        if port is not None and port not in inventory.ports:
            self._doc.fault(
                values.node('port_id'),
                f'The floating IP leads to "{port}", which is no port of the '
                'file.',
            )
        unique = self._once(values, 'id', 'two floating IPs have this UUID')
        if unique and 'address' in values:
            inventory.floating_ips[values['id']] = networks_mod.FloatingIP(
                **values
            )

    def _node(self, inventory: Inventory, item: yaml.Node) -> None:
        values = self._doc.mapping(
            item, 'a node', fields.NODE, ('uuid', 'provision_state')
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
        values = self._doc.mapping(item, 'a NIC', fields.NIC, ('uuid',))
        unique = self._once(values, 'uuid', 'two NICs have this UUID')
        self._once(values, 'address', 'two NICs have this MAC address')
        self._vif(values)
        return base.Nic(**values) if unique else None

    def _group(self, item: yaml.Node) -> base.PortGroup | None:
        values = self._doc.mapping(
            item, 'a port group', fields.PORTGROUP, ('uuid',)
        )
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
