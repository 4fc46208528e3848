"""Four hundred machines in ten racks: python3 tools/fleet_inventory.py

Prints an inventory file for the service's ``static`` driver: the machines of
doc/source/user/fleet.rst, on which everything there can be tried.  Names,
UUIDs and addresses are the same every time.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING
import uuid

if TYPE_CHECKING:
    from collections.abc import Iterator

RACKS = 10
UNITS = 40

#: From this rack on, machines are large ones, with a second network.
FIRST_LARGE = 7

NETWORKS = ('lan', 'storage')
IMAGE = 'debian-9'

#: What is wrong with some of the machines: lines of the file in place of
#: the usual ones.
ODD: dict[str, dict[str, str | None]] = {
    'rack01-u40': {'provision_state': 'manageable'},
    'rack02-u11': {'maintenance': 'true', 'maintenance_reason': 'new fans'},
    'rack03-u05': {'name': None},
    'rack04-u22': {'vif_port_id': None},
    'rack05-u33': {'maintenance': 'true', 'maintenance_reason': 'no link'},
    'rack06-u40': {'provision_state': 'manageable'},
    'rack08-u01': {'instance_uuid': 'db-1 of Nova'},
    'rack08-u02': {'instance_uuid': 'db-2 of Nova'},
    'rack09-u17': {'port': None},
    'rack10-u40': {'provision_state': 'available'},
}


def identity(what: str) -> str:
    """The UUID of a thing, the same every time."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f'{what}.racks.example'))


class Machine:
    """One of them."""

    def __init__(self, rack: int, unit: int) -> None:
        self.rack = rack
        self.unit = unit
        self.name = f'rack{rack:02}-u{unit:02}'
        self.odd = ODD.get(self.name, {})
        large = rack >= FIRST_LARGE
        self.resource_class = 'bm.large' if large else 'bm.small'
        self.networks = NETWORKS if large else NETWORKS[:1]

    def node(self) -> Iterator[str]:
        """Its lines among the nodes."""
        yield f'  - uuid: {identity(self.name)}'
        lines: dict[str, str | None] = {
            'name': self.name,
            'provision_state': 'active',
            'power_state': 'power on',
            'resource_class': self.resource_class,
            'conductor_group': f'rack{self.rack:02}',
            'network_interface': 'flat',
            **{key: self.odd[key] for key in self.odd if 'port' not in key},
        }
        if 'instance_uuid' in lines:
            lines['instance_uuid'] = identity(str(lines['instance_uuid']))
        for key, value in lines.items():
            if value is not None:
                yield f'    {key}: {value}'
        yield f'    instance_info: {{image_source: {identity(IMAGE)}}}'
        yield '    nics:'
        for network in self.networks:
            nic = identity(f'nic.{network}.{self.name}')
            yield f'      - uuid: {nic}'
            yield f'        address: "{self._mac(network)}"'
            if 'vif_port_id' not in self.odd:
                yield f'        vif_port_id: {self._port(network)}'

    def ports(self) -> Iterator[str]:
        """Its lines among the ports."""
        for network in self.networks:
            if 'port' in self.odd:
                continue
            yield f'  - id: {self._port(network)}'
            yield f'    mac_address: "{self._mac(network)}"'
            yield f'    network_id: {identity(network)}'
            if 'vif_port_id' not in self.odd:
                yield f'    host_id: {identity(self.name)}'
            net = 20 + NETWORKS.index(network)
            address = f'10.{net}.{self.rack}.{self.unit}'
            yield f'    fixed_ips: [{{ip_address: {address}}}]'

    def _port(self, network: str) -> str:
        return identity(f'port.{network}.{self.name}')

    def _mac(self, network: str) -> str:
        net = NETWORKS.index(network)
        return f'52:54:00:{net:02x}:{self.rack:02x}:{self.unit:02x}'


def inventory(racks: int = RACKS, units: int = UNITS) -> Iterator[str]:
    """The lines of the file.

    :param racks: how many racks, at most 99
    :param units: machines in each, at most 99
    """
    machines = [
        Machine(rack, unit)
        for rack in range(1, racks + 1)
        for unit in range(1, units + 1)
    ]
    yield 'nodes:'
    for machine in machines:
        yield from machine.node()
    yield 'ports:'
    for machine in machines:
        yield from machine.ports()
    yield 'images:'
    yield f'  - id: {identity(IMAGE)}'
    yield f'    name: {IMAGE}'


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--racks', type=int, default=RACKS)
    parser.add_argument('--units', type=int, default=UNITS)
    options = parser.parse_args()
    for line in inventory(options.racks, options.units):
        sys.stdout.write(f'{line}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
