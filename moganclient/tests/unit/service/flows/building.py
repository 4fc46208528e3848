"""A small world in which servers are built: bare machines and networks."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import testtools

from moganclient.service import deadline
from moganclient.service.flows import build
from moganclient.service.flows import destroy
from moganclient.tests import machines

NETWORK = machines.NETWORK
NO_SUBNET = 'bbbbbbbb-0000-4000-8000-000000000002'
PRIVATE = 'bbbbbbbb-0000-4000-8000-000000000003'
SUBNET = 'bbbbbbbb-0000-4000-8000-000000000011'
IMAGE = machines.IMAGE
QUEUED = 'aaaaaaaa-0000-4000-8000-000000000002'
PARTITION = 'aaaaaaaa-0000-4000-8000-000000000003'
FOREIGN_IMAGE = 'aaaaaaaa-0000-4000-8000-000000000004'
MINE = 'dddddddd-0000-4000-8000-000000000001'
USED = 'dddddddd-0000-4000-8000-000000000002'
THEIRS = 'dddddddd-0000-4000-8000-000000000003'
PROJECT = machines.PROJECT


def inventory(count: int, **changes: Any) -> dict[str, Any]:
    """Bare machines with two NICs each, and ports that none carries."""
    nodes = [
        {
            'uuid': machines.node_uuid(number),
            'name': f'bare-{number}',
            'provision_state': 'available',
            'power_state': 'power off',
            'resource_class': 'baremetal.general',
            'network_interface': 'flat',
            'properties': {'local_gb': 100},
            'nics': [
                {
                    'uuid': f'2{nic:07d}-0000-4000-8000-{number:012d}',
                    'address': f'52:54:{nic:02x}:00:{number >> 8:02x}:'
                    f'{number & 255:02x}',
                }
                for nic in (0, 1)
            ],
            **changes,
        }
        for number in range(count)
    ]
    ports = [
        {
            'id': port_id,
            'mac_address': f'fa:16:3e:00:00:{number:02x}',
            'network_id': NETWORK,
            'project_id': project,
            **({'device_id': device} if device else {}),
            'fixed_ips': [
                {'ip_address': f'10.9.0.{number + 200}', 'subnet_id': SUBNET}
            ],
        }
        for number, (port_id, project, device) in enumerate(
            [
                (MINE, PROJECT, ''),
                (USED, PROJECT, 'somebody'),
                (THEIRS, 'other', ''),
            ]
        )
    ]
    return {
        'nodes': nodes,
        'ports': ports,
        'networks': [
            {
                'id': NETWORK,
                'name': 'lan',
                'shared': True,
                'subnets': [{'id': SUBNET, 'cidr': '10.9.0.0/24'}],
            },
            {'id': NO_SUBNET, 'name': 'empty', 'shared': True},
            {
                'id': PRIVATE,
                'name': 'theirs',
                'project_id': 'other',
                'subnets': [
                    {
                        'id': 'bbbbbbbb-0000-4000-8000-000000000013',
                        'cidr': '10.8.0.0/24',
                    }
                ],
            },
        ],
        'floating_ips': [
            {
                'id': 'eeeeeeee-0000-4000-8000-000000000001',
                'address': '203.0.113.10',
                'project_id': PROJECT,
            },
            {
                'id': 'eeeeeeee-0000-4000-8000-000000000002',
                'address': '203.0.113.11',
                'project_id': 'other',
            },
        ],
        'images': [
            {'id': IMAGE, 'name': 'debian', 'disk_format': 'qcow2'},
            {'id': QUEUED, 'status': 'queued'},
            {
                'id': PARTITION,
                'min_disk': 5,
                'properties': {'kernel_id': IMAGE, 'ramdisk_id': IMAGE},
            },
            {'id': FOREIGN_IMAGE, 'visibility': 'private', 'owner': 'other'},
        ],
    }


class World(machines.World):
    """The same world with bare machines."""

    def __init__(
        self,
        count: int = 2,
        backend: str = 'sqlite',
        overrides: dict[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """See :class:`moganclient.tests.machines.World`."""
        super().__init__(
            1,
            backend,
            overrides={
                'static.transition': 0,
                'flows.poll_interval': 0.01,
                **(overrides or {}),
            },
        )
        self._inventory = inventory(count, **changes)

    def state(self) -> str:
        """Everything of the cloud, to be compared."""
        driver, networks = self.runtime.driver, self.runtime.networks
        nodes = [driver.get_node(one.uuid) for one in driver.list_nodes()]
        ports = networks.ports_by_id([MINE, USED, THEIRS])
        return json.dumps(
            {
                'nodes': {
                    node.name: [
                        node.instance_uuid,
                        node.provision_state,
                        node.allocation_uuid,
                        node.protected,
                        node.instance_info,
                        node.vifs(),
                    ]
                    for node in nodes
                },
                'ports': {
                    port.id: [port.device_id, port.device_owner, port.host_id]
                    for port in ports.values()
                },
            },
            indent=1,
            sort_keys=True,
        )

    def made_ports(self, server_uuid: str) -> list[str]:
        found = self.runtime.networks.ports_by_device(server_uuid)
        return [port.id for port in found if port.id not in (MINE, USED)]

    def build_request(self, **changes: Any) -> build.BuildRequest:
        values = {
            'name': 'web-1',
            'flavor_uuid': self.flavor_uuid,
            'image_uuid': IMAGE,
            'networks': [{'net_id': NETWORK}],
            'project_id': PROJECT,
            'user_id': 'operator',
        }
        values.update(changes)
        return build.BuildRequest(**values)


class Case(testtools.TestCase):
    """Bare machines of an inventory file and SQLite."""

    overrides: dict = {}
    changes: dict = {}
    machines = 2

    def setUp(self):
        super().setUp()
        self.world = self.useFixture(
            World(self.machines, overrides=self.overrides, **self.changes)
        )
        self.runtime = self.world.runtime
        self.before = self.world.state()
        self.events = []
        self.runtime.notifier.emit = self._emit
        # Nobody waits in a unit test.
        patcher = mock.patch('time.sleep', lambda seconds: None)
        patcher.start()
        self.addCleanup(patcher.stop)

    def _emit(self, context, event, server, **more):
        self.events.append(event)

    def start(self, **changes):
        with deadline.limit(10):
            (server,) = build.start(
                self.runtime,
                machines.context(),
                [self.world.build_request(**changes)],
            )
        return server

    def drain(self, turns=300):
        """Work until nothing is left to do."""
        done = self.runtime.worker.drain(turns)
        self.assertLess(done, turns, 'it never came to an end')

    def build(self, **changes):
        """A server that was built, or failed."""
        server = self.start(**changes)
        self.drain()
        return self.row(server)

    def row(self, server):
        return self.runtime.db.get_server(server.uuid)

    def rows(self):
        return list(self.runtime.db.iterate_servers())

    def destroy(self, server):
        with deadline.limit(10):
            return destroy.start(self.runtime, machines.context(), server.uuid)

    def node(self, server):
        return self.runtime.driver.get_node(server.node_uuid)

    def wrap(self, where, name, wrapper):
        """Let a method of driver or networks pass through ``wrapper``."""
        inner = getattr(where, name)

        def method(*args, **kwargs):
            return wrapper(inner, *args, **kwargs)

        setattr(where, name, method)

    def fail_first(self, where, name, *failures, act=False):
        """The first calls fail; with ``act`` they act all the same."""
        left = list(failures)

        def wrapper(inner, *args, **kwargs):
            if not left:
                return inner(*args, **kwargs)
            if act:
                inner(*args, **kwargs)
            raise left.pop(0)

        self.wrap(where, name, wrapper)

    def assert_nothing_left(self, server_uuid):
        """No node, no allocation, no port says that it is a server's."""
        self.assertEqual(self.before, self.world.state())
        self.assertEqual([], self.world.made_ports(server_uuid))
        self.assertIsNone(self.runtime.driver.get_allocation(server_uuid))
