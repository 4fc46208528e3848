"""A small world for tests of the flows: machines, a database, a runtime."""

from __future__ import annotations

import json
import logging
import pathlib
from typing import Any
import uuid

import fixtures

from moganclient.service import conf as conf_mod
from moganclient.service import context as context_mod
from moganclient.service.db import models
from moganclient.service.flows import manage
from moganclient.service import runtime as runtime_mod
from moganclient.tests import database

IMAGE = 'aaaaaaaa-0000-4000-8000-000000000001'
NETWORK = 'bbbbbbbb-0000-4000-8000-000000000001'
PROJECT = 'tenant'


def context() -> context_mod.Context:
    """Somebody who takes machines over."""
    return context_mod.Context(
        user_id='operator', project_id=PROJECT, overwrite=False
    )



def node_uuid(number: int) -> str:
    return f'00000000-0000-4000-8000-{number:012d}'


def port_ids(number: int) -> list[str]:
    """The two ports that every machine carries."""
    return [f'1{nic:07d}-0000-4000-8000-{number:012d}' for nic in (0, 1)]


def inventory(count: int, **changes: Any) -> dict[str, Any]:
    """Machines with two NICs each, all adoptable, and protected before.

    :param changes: further keys of every node
    """
    nodes, ports = [], []
    for number in range(count):
        nics = []
        for nic, port_id in enumerate(port_ids(number)):
            mac = f'52:54:{nic:02x}:00:{number >> 8:02x}:{number & 255:02x}'
            nics.append(
                {
                    'uuid': f'2{nic:07d}-0000-4000-8000-{number:012d}',
                    'address': mac,
                    'vif_port_id': port_id,
                }
            )
            ports.append(
                {
                    'id': port_id,
                    'mac_address': mac,
                    'network_id': NETWORK,
                    'project_id': PROJECT,
                    'host_id': node_uuid(number),
                    'device_owner': f'before:{number}',
                    'fixed_ips': [{'ip_address': f'10.{nic}.0.{number}'}],
                }
            )
        nodes.append(
            {
                'uuid': node_uuid(number),
                'name': f'machine-{number}',
                'provision_state': 'active',
                'power_state': 'power on',
                'resource_class': 'baremetal.general',
                'network_interface': 'flat',
                'protected': True,
                'protected_reason': 'before',
                'instance_info': {'image_source': IMAGE},
                'nics': nics,
                **changes,
            }
        )
    return {'nodes': nodes, 'ports': ports, 'images': [{'id': IMAGE}]}


class World(fixtures.Fixture):
    """An inventory, a database and the configuration for both.

    ``open`` gives a runtime of the calling process; several processes may
    have one each.
    """

    def __init__(
        self,
        machines: int = 3,
        backend: str = 'sqlite',
        overrides: dict[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """Choose what it is like.

        :param machines: how many
        :param backend: see :mod:`moganclient.tests.database`
        :param overrides: options by ``group.name``
        :param changes: see :func:`inventory`
        """
        super().__init__()
        self._backend = backend
        self._inventory = inventory(machines, **changes)
        self._overrides = {
            'api.deadline': 10,
            'api.revert_timeout': 10,
            'flows.lease': 60,
            'flows.settle': 0,
            **(overrides or {}),
        }
        self.flavor_uuid = str(uuid.uuid4())

    def _setUp(self) -> None:
        self.database = self.useFixture(database.Fresh(self._backend))
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        path = directory / 'inventory.json'
        path.write_text(json.dumps(self._inventory))
        lines = ['[DEFAULT]', 'auth_strategy = noauth']
        options = {
            'database.connection': self.database.connection,
            'static.inventory_file': str(path),
            **self._overrides,
        }
        for option, value in options.items():
            group, _, name = option.partition('.')
            lines += [f'[{group}]', f'{name} = {value}']
        self.config_file = directory / 'moganclient.conf'
        self.config_file.write_text('\n'.join(lines) + '\n')
        self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        self.runtime = self.open()
        self.addCleanup(self.runtime.stop)
        self.runtime.db.create_flavor(
            models.Flavor(
                uuid=self.flavor_uuid,
                name='general',
                resources={'baremetal.general': 1},
                resource_aggregates={},
            )
        )

    def open(self) -> runtime_mod.Runtime:
        """A runtime of its own, to be stopped by the caller."""
        return runtime_mod.build(
            conf_mod.load(['--config-file', str(self.config_file)])
        )

    def request(self, number: int = 0, **changes: Any) -> manage.ManageRequest:
        values = {
            'name': f'server-{number}',
            'node_uuid': node_uuid(number),
            'flavor_uuid': self.flavor_uuid,
            'port_ids': port_ids(number),
            'project_id': PROJECT,
        }
        values.update(changes)
        return manage.ManageRequest(**values)

    def machine(self, number: int = 0) -> dict[str, Any]:
        """Everything that a flow could have written, as it is now."""
        node = self.runtime.driver.get_node(node_uuid(number))
        ports = self.runtime.networks.ports_by_id(port_ids(number))
        return {
            'instance_uuid': node.instance_uuid,
            'protected': node.protected,
            'protected_reason': node.protected_reason,
            'console_enabled': node.console_enabled,
            'ports': {
                port.id: (port.device_id, port.device_owner, port.host_id)
                for port in ports.values()
            },
        }

    def rows(self, number: int = 0) -> list[models.Server]:
        """The servers of a machine: none or one."""
        found = self.runtime.db.servers_of_nodes([node_uuid(number)])
        return list(found.values())
