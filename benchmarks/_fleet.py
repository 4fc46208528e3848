"""Fleets for the benchmarks of adoption plans, on the embedded service.

A generated inventory with one NIC, one VIF and one network port a machine, and
the service on it in a process of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import dataclasses
import json
import os
import pathlib
import tempfile
import uuid

import _cloud

from moganclient.adoption import journal as journals
from moganclient.adoption import plan as plans
from moganclient.service.db import api as db_api
from moganclient.service.db import models
from moganclient.tests.functional import recorder
from moganclient.v1 import client as v1_client

FLAVOR = 'baremetal.fleet'
_IMAGE = '4fd1a20c-59d1-4d0b-8a3f-6a1d6f0a2b11'
_NETWORK = '9a0f7c26-0f6b-4a5c-b3e6-2f1f0f3f7d10'


def node_uuid(number: int) -> str:
    return f'0de00000-5c11-4c4f-9a1e-{number:012x}'


def port_uuid(number: int) -> str:
    return f'90410000-5c11-4c4f-9a1e-{number:012x}'


def server_uuid(number: int) -> str:
    return f'5e4e0000-5c11-4c4f-9a1e-{number:012x}'


def node_name(number: int) -> str:
    return f'rack{number // 40:03}-u{number % 40 + 1:02}'


def _address(number: int) -> str:
    return ':'.join(f'{byte:02x}' for byte in (2 << 40 | number).to_bytes(6))


def inventory(count: int) -> str:
    """An inventory file with so many machines, as JSON, which is YAML."""
    return json.dumps(
        {
            'images': [{'id': _IMAGE, 'name': 'fleet'}],
            'ports': [
                {
                    'id': port_uuid(number),
                    'mac_address': _address(number),
                    'network_id': _NETWORK,
                    'fixed_ips': [
                        {
                            'ip_address': (
                                f'10.{number >> 16}.{number >> 8 & 255}'
                                f'.{number & 255}'
                            )
                        }
                    ],
                }
                for number in range(count)
            ],
            'nodes': [
                {
                    'uuid': node_uuid(number),
                    'name': node_name(number),
                    'power_state': 'power on',
                    'provision_state': 'active',
                    'created_at': '2024-11-23T10:00:00+00:00',
                    'resource_class': FLAVOR,
                    'properties': {'cpus': 16, 'memory_mb': 65536},
                    'instance_info': {'image_source': _IMAGE},
                    'nics': [
                        {
                            'uuid': f'41c00000-5c11-4c4f-9a1e-{number:012x}',
                            'address': _address(number),
                            'vif_port_id': port_uuid(number),
                        }
                    ],
                }
                for number in range(count)
            ],
        }
    )


@dataclasses.dataclass
class Fleet:
    """The service with its machines."""

    count: int
    #: With ``/v1``.
    endpoint: str
    #: A directory for plans.
    directory: pathlib.Path
    #: The service's, to seed it.
    connection: str
    #: The flavor's UUID.
    flavor: str
    #: The number of the service's process.
    pid: int

    def client(self, endpoint: str | None = None) -> v1_client.Client:
        """A client of it, or of what stands before it."""
        return v1_client.Client(endpoint or self.endpoint)

    def plan(self, name: str, numbers: range | None = None) -> plans.Plan:
        """A saved plan of some machines (all), read as a command would."""
        path = self.directory / f'{name}.yaml'
        plans.Plan(
            self.endpoint,
            [
                plans.PlannedServer(
                    node=node_uuid(number),
                    node_name=node_name(number),
                    name=node_name(number),
                    flavor=FLAVOR,
                    ports=[port_uuid(number)],
                )
                for number in numbers or range(self.count)
            ],
        ).save(path)
        return plans.Plan.load(path)

    def take_over(self, plan: plans.Plan) -> None:
        """Have it that the plan's machines were taken over by it.

        It writes what the service and ``apply`` write, without the requests.
        """
        numbers = {node_uuid(n): n for n in range(self.count)}
        database = db_api.Database(self.connection)
        database.write(
            lambda session: session.add_all(
                row
                for planned in plan.servers
                for row in self._rows(numbers[planned.node])
            )
        )
        database.dispose()
        with journals.Journal.open(
            plan.journal_path,
            action='apply',
            plan=plan.path,
            endpoint=self.endpoint,
            region=None,
            jobs=1,
        ) as journal:
            for planned in plan.servers:
                server = server_uuid(numbers[planned.node])
                request_id = f'req-{uuid.uuid4()}'
                journal.begun(planned.node, server, planned.name, request_id)
                journal.done(planned.node, server, 0.1)

    def _rows(self, number: int) -> Iterator[models.Base]:
        server = server_uuid(number)
        yield models.Server(
            uuid=server,
            name=node_name(number),
            node_uuid=node_uuid(number),
            node_name=node_name(number),
            flavor_uuid=self.flavor,
            project_id='local',
            status='active',
            power_state='power on',
            ports=[models.ServerPort(port_id=port_uuid(number), before={})],
        )
        claim = {
            'instance_uuid': server,
            'protected': True,
            'protected_reason': f'Server {server}',
        }
        device = {
            'device_id': server,
            'device_owner': 'baremetal:none',
            'revision_number': 2,
        }
        for kind, key, value in (
            ('static.node', node_uuid(number), claim),
            ('static.port', port_uuid(number), device),
        ):
            text = json.dumps(value, sort_keys=True, separators=(',', ':'))
            yield models.Claim(kind=kind, key=key, value=text)


@contextlib.contextmanager
def running(count: int) -> Iterator[Fleet]:
    """The embedded service with a fleet of its own."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(
            tempfile.TemporaryDirectory(prefix='moganclient-bench-')
        )
        directory = pathlib.Path(home)
        path = directory / 'inventory.yaml'
        path.write_text(inventory(count))
        process = stack.enter_context(
            _cloud.running(
                {
                    'static': {'inventory_file': str(path)},
                    # A look at all servers would be in some figures only.
                    'flows': {'refresh_interval': 86400},
                }
            )
        )
        endpoint = f'{process.url}/v1'
        flavor = v1_client.Client(endpoint).flavor.create(FLAVOR, {FLAVOR: 1})
        yield Fleet(
            count,
            endpoint,
            directory,
            str(process.config['database']['connection']),
            flavor.uuid,
            process.process.pid,
        )


@contextlib.contextmanager
def recorded(fleet: Fleet) -> Iterator[recorder.Recorder]:
    """What stands before the service and writes down what is asked."""
    proxy = recorder.Recorder(fleet.endpoint.removesuffix('/v1'), '/v1')
    proxy.setUp()
    try:
        yield proxy
    finally:
        proxy.cleanUp()


def cpu_of(pid: int) -> float:
    """CPU seconds that a process has used, 0 where the kernel tells none."""
    try:
        stat = pathlib.Path(f'/proc/{pid}/stat').read_text()
    except OSError:
        return 0.0
    user, system = stat.rpartition(')')[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')
