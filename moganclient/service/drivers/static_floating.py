"""Floating IPs of an inventory file.

Where one was moved to is an entry of its own in the claim store.
"""

from __future__ import annotations

from collections.abc import Iterable
import dataclasses
from typing import Any

from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service.drivers import inventory as inventory_file
from moganclient.service import exceptions
from moganclient.service import networks

#: The kind of the entries in the claim store.
_KIND = 'static.floating_ip'


class StaticFloatingIPs(networks.Networks):
    """The part of ``StaticNetworks`` that knows floating IPs."""

    def __init__(
        self, inventory: inventory_file.Inventory, store: base.ClaimStore
    ) -> None:
        self._floating_ips = inventory.floating_ips
        self._store = store

    def floating_ip(self, address: str) -> networks.FloatingIP | None:
        """A floating IP of the file."""
        for found in self._every_floating_ip():
            if found.address == address:
                return found
        return None

    def floating_ips_of_ports(
        self, port_ids: Iterable[str]
    ) -> list[networks.FloatingIP]:
        """Those that lead to these ports."""
        wanted = set(port_ids)
        return [
            found
            for found in self._every_floating_ip()
            if found.port_id in wanted
        ]

    def associate_floating_ip(
        self,
        floating_ip_id: str,
        port_id: str,
        fixed_address: str | None = None,
    ) -> networks.FloatingIP:
        """Have a floating IP lead to a port."""
        port = self.ports_by_id([port_id]).get(port_id)
        if port is None:
            raise exceptions.NotFound(
                f'Port {port_id} could not be found.', code='port_not_found'
            )
        addresses = [fixed['ip_address'] for fixed in port.fixed_ips]
        v4 = [one for one in addresses if '.' in one]
        if fixed_address is None and len(v4) == 1:
            fixed_address = v4[0]
        if fixed_address is None or fixed_address not in addresses:
            raise exceptions.BadRequest(
                f'Port {port_id} has '
                + (
                    f'the addresses {", ".join(addresses)}'
                    if addresses
                    else 'no address'
                )
                + (
                    f', not {fixed_address}.'
                    if fixed_address
                    else '; say which one is meant.'
                )
            )
        for other in self.floating_ips_of_ports([port_id]):
            if (
                other.id != floating_ip_id
                and other.fixed_address == fixed_address
            ):
                raise exceptions.UpstreamConflict(
                    f'Address {fixed_address} of port {port_id} has the '
                    f'floating IP {other.address} already.'
                )
        return self._move(floating_ip_id, port_id, fixed_address)

    def disassociate_floating_ip(self, floating_ip_id: str) -> None:
        """Have a floating IP lead nowhere."""
        if floating_ip_id in self._floating_ips:
            self._move(floating_ip_id, None, None)

    def _move(
        self, one: str, port_id: str | None, fixed_address: str | None
    ) -> networks.FloatingIP:
        found = self._floating_ips.get(one)
        if found is None:
            raise exceptions.NotFound(
                f'Floating IP {one} could not be found.',
                code='floating_ip_not_found',
            )
        new: dict[str, Any] = {
            'port_id': port_id,
            'fixed_address': fixed_address,
        }
        while True:
            stored = self._store.get_many(_KIND, [one]).get(one)
            if self._store.swap(_KIND, one, stored, new):
                return dataclasses.replace(found, **new)
            deadline.check(f'floating IP {found.address} was written')

    def _every_floating_ip(self) -> list[networks.FloatingIP]:
        stored = self._store.get_many(_KIND)
        return [
            dataclasses.replace(one, **stored.get(one.id, {}))
            for one in self._floating_ips.values()
        ]
