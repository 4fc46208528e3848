"""What tests of the static driver share: machines, and their own clock."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import testtools

from moganclient.service.db import api
from moganclient.service.drivers import base
from moganclient.service.drivers import inventory
from moganclient.service.drivers import static
from moganclient.service import networks
from moganclient.tests import database

SERVER = 'd1c2b3a4-0000-4000-8000-000000000001'
OTHER = 'd1c2b3a4-0000-4000-8000-000000000002'
IMAGE = 'eb6ceff0-c48d-4118-bae0-b19b939c0986'
NETWORK = '4d34677f-8c55-4a34-9d0b-ab1ec0b7ee20'
SUBNET = '4d34677f-8c55-4a34-9d0b-ab1ec0b7ee21'
PORT = '753eadaa-f219-4a2b-9932-b721161c3a3e'
PORT_2 = '753eadaa-f219-4a2b-9932-b721161c3a3f'
MAC = '52:54:00:ab:cd:ef'

#: Seconds that everything takes on these machines.
TRANSITION = 10.0


def uuid_of(number: int) -> str:
    """Of a machine."""
    return f'1be26c0b-0000-4000-8000-{number:012d}'


def nic_of(number: int) -> str:
    """Of a NIC."""
    return f'0b0d5b9a-0000-4000-8000-{number:012d}'


def node(number: int = 1, **values: Any) -> base.Node:
    """A machine to build on, with one NIC."""
    return base.Node(
        **{
            'uuid': uuid_of(number),
            'name': f'n{number}',
            'provision_state': 'available',
            'power_state': 'power off',
            'resource_class': 'gold',
            'network_interface': 'flat',
            'nics': [base.Nic(nic_of(number), f'52:54:00:00:00:{number:02x}')],
            **values,
        }
    )


def configdrive(data: bytes | None = None) -> str:
    """One that is as much of an ISO as is looked at."""
    if data is None:
        data = bytes(32769) + b'CD001' + bytes(2048)
    return base64.b64encode(gzip.compress(data)).decode()


class StaticTestCase(testtools.TestCase):
    """A database, and a clock that only tests set."""

    def setUp(self) -> None:
        super().setUp()
        self.database = self.useFixture(database.Fresh()).open()
        self.store = api.ClaimStore(self.database)
        self.now = 1000.0

    def driver(
        self, *nodes: base.Node, transition: float = TRANSITION, **others: Any
    ) -> static.StaticDriver:
        """A driver of these machines, and of one network and two ports.

        Called again with the same it is another process with the store.
        """
        others.setdefault(
            'ports',
            [
                networks.Port(
                    port,
                    mac_address=mac,
                    network_id=NETWORK,
                    revision_number=1,
                    status='DOWN',
                    fixed_ips=[{'ip_address': address, 'subnet_id': SUBNET}],
                )
                for port, mac, address in (
                    (PORT, MAC, '192.0.2.2'),
                    (PORT_2, '52:54:00:ab:cd:f0', '192.0.2.4'),
                )
            ],
        )
        others.setdefault(
            'networks',
            [networks.Network(NETWORK, name='lan', subnets=[SUBNET])],
        )
        kept = {
            name: {one.id: one for one in many}
            for name, many in others.items()
        }
        return static.StaticDriver(
            inventory.Inventory(
                nodes=list(nodes), subnets={SUBNET: '192.0.2.0/29'}, **kept
            ),
            self.store,
            transition=transition,
            clock=lambda: self.now,
        )

    def wait(self, transitions: float = 1) -> None:
        """Let time pass."""
        self.now += transitions * TRANSITION
