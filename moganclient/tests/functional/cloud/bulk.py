"""A thousand machines alike, for benchmarks."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import concurrent.futures
from typing import Any

from moganclient.tests.functional.cloud import api as cloud_api
from moganclient.tests.functional.cloud import processes

COUNT = 1000

#: Ironic stays free of errors with so many at a time.
_WORKERS = 4


def _each(act: Callable[[Any], Any], things: Iterable[Any]) -> list[Any]:
    with concurrent.futures.ThreadPoolExecutor(_WORKERS) as pool:
        return list(pool.map(act, things))


def seed(api: cloud_api.Api, count: int = COUNT) -> None:
    """Active nodes ``bulk-0000``, ..., each with a NIC and a VIF."""
    image = api.create_image('debian')['id']
    network = api.network('provider')['id']

    def make(number: int) -> str:
        node = api.create_node(
            name=f'bulk-{number:04}',
            driver='fake-hardware',
            network_interface='flat',
            resource_class='baremetal.bulk',
            properties={
                'cpus': 16,
                'memory_mb': 65536,
                'local_gb': 900,
                'cpu_arch': 'x86_64',
            },
            instance_info={
                'image_source': image,
                'display_name': f'old-{number}',
            },
        )
        uuid = str(node['uuid'])
        api.create_nic(
            uuid,
            f'52:55:00:00:{number >> 8:02x}:{number % 256:02x}',
            physical_network='physnet1',
        )
        api.begin_provision(uuid, 'manage')
        return uuid

    def attach(node: str) -> None:
        api.attach(node, api.create_port(network_id=network)['id'])

    nodes = _each(make, range(count))
    _wait(api, 'manageable', count)
    _each(attach, nodes)
    _each(lambda node: api.begin_provision(node, 'adopt'), nodes)
    _wait(api, 'active', count)


def _wait(api: cloud_api.Api, state: str, count: int) -> None:
    """Until so many nodes are in a state."""

    def arrived() -> bool:
        found, marker = 0, None
        while True:
            query = {'provision_state': state, 'fields': 'uuid'}
            if marker:
                query['marker'] = marker
            nodes = api.ironic.get('/v1/nodes', params=query).json()['nodes']
            found += len(nodes)
            if not nodes:
                return found == count
            marker = nodes[-1]['uuid']

    processes.wait_for(arrived, 600, f'{count} nodes {state}')
