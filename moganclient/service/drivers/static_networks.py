"""Ports and networks of an inventory file.

What is written is kept in the claim store: an entry for each port that was
changed or made, and one for each address that a made port was given.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import dataclasses
import ipaddress
import itertools
import secrets
from typing import Any
import uuid as uuid_mod

from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service.drivers import inventory as inventory_file
from moganclient.service.drivers import static_floating
from moganclient.service import exceptions
from moganclient.service import networks

#: Kinds of entries in the claim store.
_PORT = 'static.port'
_ADDRESS = 'static.address'

#: Beside the fields of a port its entry has one of these, or neither.
_MADE, _DELETED = 'made', 'deleted'

_Values = dict[str, Any]


class StaticNetworks(static_floating.StaticFloatingIPs):
    """Ports, networks and floating IPs of an inventory file."""

    def __init__(
        self, inventory: inventory_file.Inventory, store: base.ClaimStore
    ) -> None:
        """Serve what the file lists."""
        super().__init__(inventory, store)
        self._ports = inventory.ports
        self._networks = inventory.networks
        self._subnets = inventory.subnets
        self._by_mac: dict[str | None, list[str]] = {}
        for port in inventory.ports.values():
            self._by_mac.setdefault(port.mac_address, []).append(port.id)

    def ports_by_id(self, ids: Iterable[str]) -> dict[str, networks.Port]:
        """The ports that there are among these."""
        wanted = list(dict.fromkeys(ids))
        stored = self._store.get_many(_PORT, wanted)
        found = (self._lay(one, stored.get(one)) for one in wanted)
        return {port.id: port for port in found if port}

    def ports_by_mac(self, macs: Iterable[str]) -> list[networks.Port]:
        """The ports that have one of these MAC addresses."""
        wanted = dict.fromkeys(mac.lower() for mac in macs)
        changed = self._changed()
        found = {
            one: self._lay(one, changed.get(one))
            for mac in wanted
            for one in self._by_mac.get(mac, ())
        }
        found |= {one: self._lay(one, entry) for one, entry in changed.items()}
        return [
            port
            for port in found.values()
            if port and port.mac_address in wanted
        ]

    def ports_by_device(self, device_id: str) -> list[networks.Port]:
        """The ports with this device."""
        changed = self._changed()
        found = (
            self._lay(one, changed.get(one))
            for one in {**self._ports, **changed}
        )
        return [port for port in found if port and port.device_id == device_id]

    def one(self, port_id: str) -> networks.Port:
        """One port.

        :raises moganclient.service.exceptions.BadRequest: there is none
            (``code`` is ``port_not_found``)
        """
        port = self.ports_by_id([port_id]).get(port_id)
        if port is None:
            raise exceptions.BadRequest(
                f'Port {port_id} was not found.', code='port_not_found'
            )
        return port

    def set_device(
        self,
        port_id: str,
        device_id: str,
        device_owner: str,
        revision_number: int | None,
    ) -> networks.Port:
        """Write the device of a port that is still at this revision."""

        def change(port: networks.Port) -> _Values:
            if revision_number not in (None, port.revision_number):
                raise exceptions.UpstreamConflict(
                    f'Port {port_id} is at revision {port.revision_number}, '
                    f'not {revision_number}: somebody has changed it.'
                )
            return {'device_id': device_id, 'device_owner': device_owner}

        return self._change(port_id, change)

    def bind(self, port_id: str, node_uuid: str, mac: str | None) -> None:
        """What attaching writes: the node, and the address of its NIC."""
        values: _Values = {'host_id': node_uuid, 'status': 'ACTIVE'}
        if mac:
            values['mac_address'] = mac
        self._change(port_id, lambda _port: values)

    def unbind(self, port_ids: Iterable[str]) -> None:
        """What detaching writes: no node, a new address; the device stays."""
        for port_id in port_ids:
            values = {
                'host_id': '',
                'status': 'DOWN',
                'mac_address': _random_mac(),
            }
            try:
                self._change(port_id, lambda _port, v=values: v)  # type: ignore[misc]
            except exceptions.PortConflict:
                continue

    def get_network(self, network_id: str) -> networks.Network | None:
        """A network that the file lists, or that its ports are in."""
        found = self._networks.get(network_id)
        if found is None and any(
            port.network_id == network_id for port in self._ports.values()
        ):
            return networks.Network(network_id)
        return found

    def create_port(
        self,
        network_id: str,
        *,
        project_id: str,
        name: str,
        device_id: str,
        device_owner: str,
        mac_address: str | None = None,
    ) -> networks.Port:
        """Make a port with an address of each subnet that has a range."""
        network = self.get_network(network_id)
        if network is None:
            raise exceptions.BadRequest(
                f'Network {network_id} could not be found.',
                code='network_not_found',
            )
        port = networks.Port(
            str(uuid_mod.uuid4()),
            name=name,
            mac_address=(mac_address or _random_mac()).lower(),
            network_id=network_id,
            project_id=project_id,
            device_id=device_id,
            device_owner=device_owner,
            revision_number=1,
            status='DOWN',
        )
        for other in self.ports_by_mac([port.mac_address or '']):
            if other.network_id == network_id:
                raise exceptions.UpstreamConflict(
                    f'The MAC address {port.mac_address} is in use on network '
                    f'{network_id}.'
                )
        port.fixed_ips = self._take_addresses(network, port.id)
        self._store.swap(
            _PORT, port.id, None, {_MADE: True, **dataclasses.asdict(port)}
        )
        return port

    def delete_port(self, port_id: str) -> None:
        """Delete a port, and give its addresses back."""
        while True:
            stored = self._store.get_many(_PORT, [port_id]).get(port_id)
            port = self._lay(port_id, stored)
            if port is None:
                return
            new = None if stored and _MADE in stored else {_DELETED: True}
            if self._store.swap(_PORT, port_id, stored, new):
                break
            deadline.check(f'port {port_id} was deleted')
        for found in self.floating_ips_of_ports([port_id]):
            self.disassociate_floating_ip(found.id)
        for fixed in port.fixed_ips:
            key = f'{fixed.get("subnet_id")}/{fixed["ip_address"]}'
            taken = self._store.get_many(_ADDRESS, [key]).get(key)
            if taken == {'port_id': port_id}:
                self._store.swap(_ADDRESS, key, taken, None)

    def check(self) -> None:
        """Nothing can be wrong: the file was read, the store is checked."""

    def _take_addresses(
        self, network: networks.Network, port_id: str
    ) -> list[_Values]:
        """An address of each subnet that nobody has."""
        taken = []
        used = {
            fixed['ip_address']
            for port in self._ports.values()
            for fixed in port.fixed_ips
        }
        for subnet in network.subnets:
            cidr = self._subnets.get(subnet)
            if cidr is None:
                continue
            # The first address is the router's.
            hosts = ipaddress.ip_network(cidr).hosts()
            for address in itertools.islice(hosts, 1, None):
                text = str(address)
                if text not in used and self._store.swap(
                    _ADDRESS, f'{subnet}/{text}', None, {'port_id': port_id}
                ):
                    taken.append({'ip_address': text, 'subnet_id': subnet})
                    break
            else:
                raise exceptions.UpstreamConflict(
                    f'No address of network {network.id} is left.'
                )
        return taken

    def _changed(self) -> dict[str, _Values]:
        return self._store.get_many(_PORT)

    def _lay(
        self, port_id: str, entry: _Values | None
    ) -> networks.Port | None:
        """A port as it is now, None where there is none."""
        entry = dict(entry or {})
        port = self._ports.get(port_id)
        if entry.pop(_DELETED, False):
            return None
        if entry.pop(_MADE, False):
            return networks.Port(**entry)
        return dataclasses.replace(port, **entry) if port else None

    def _change(
        self,
        port_id: str,
        change: Callable[[networks.Port], _Values],
    ) -> networks.Port:
        while True:
            stored = self._store.get_many(_PORT, [port_id]).get(port_id)
            port = self._lay(port_id, stored)
            if port is None:
                raise exceptions.PortConflict(
                    f'There is no port {port_id}.', code='port_not_found'
                )
            new = {
                **(stored or {}),
                **change(port),
                'revision_number': (port.revision_number or 0) + 1,
            }
            if self._store.swap(_PORT, port_id, stored, new):
                found = self._lay(port_id, new)
                assert found is not None
                return found
            deadline.check(f'port {port_id} was written')


def _random_mac() -> str:
    """As Neutron makes them."""
    tail = secrets.token_hex(3)
    return f'fa:16:3e:{tail[:2]}:{tail[2:4]}:{tail[4:]}'
