"""The real cloud with a thousand machines, for the benchmarks of the service.

The service and the bare calls are measured in turns, with connections and
tokens kept in both, so that both meet the same noise.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
import contextlib
import json
import statistics
import threading
import time
from typing import Any
import uuid

import requests

from moganclient.tests.functional.cloud import stack
from moganclient.tests.functional import fixtures as functional
from moganclient.tests.functional import recorder

#: As the driver asks it.
IRONIC_VERSION = {
    'OpenStack-API-Version': 'baremetal 1.83',
    'X-OpenStack-Ironic-API-Version': '1.83',
}


class Caller:
    """Plain requests with a token and kept connections."""

    def __init__(
        self, token: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers.update(
            {'X-Auth-Token': token, **(headers or {})}
        )

    def __call__(
        self,
        url: str,
        method: str = 'GET',
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Ask; the answer decoded from JSON."""
        answer = self._session.request(
            method, url, json=body, headers=headers, timeout=120
        )
        if not answer.ok:
            raise RuntimeError(f'{method} {url}: {answer.text}')
        return json.loads(answer.content) if answer.content else None


def bare(cloud: stack.Cloud) -> Caller:
    """Calls as the service's own account."""
    return Caller(cloud.session('service').get_token() or '', IRONIC_VERSION)


@contextlib.contextmanager
def running(
    *sections: functional.Sections,
) -> Iterator[functional.ServiceFixture]:
    """The service in a process of its own, as it runs in production."""
    process = functional.ServiceFixture(
        *sections, {'DEFAULT': {'debug': False}}
    )
    process.setUp()
    try:
        yield process
    finally:
        process.cleanUp()


@contextlib.contextmanager
def service(cloud: stack.Cloud, **places: str) -> Iterator[tuple[str, Caller]]:
    """The service's URL, and calls to it as a deployment-wide admin.

    :param places: URLs to use in place of the catalog's (``ironic=...``)
    """
    with running(functional.cloud_config(cloud, **places)) as process:
        token = cloud.session('system').get_token() or ''
        # What manage takes with a project in it.
        version = {'OpenStack-API-Version': 'baremetal_compute 1.2'}
        yield f'{process.url}/v1', Caller(token, version)


@contextlib.contextmanager
def recorded(
    cloud: stack.Cloud,
) -> Iterator[tuple[str, Caller, dict[str, recorder.Recorder]]]:
    """The same with everything that it asks of the cloud written down."""
    with contextlib.ExitStack() as running:
        between = {}
        for name in ('ironic', 'neutron', 'glance'):
            proxy = recorder.Recorder(cloud.layout.url(name))
            proxy.setUp()
            running.callback(proxy.cleanUp)
            between[name] = proxy
        urls = {name: proxy.url for name, proxy in between.items()}
        yield *running.enter_context(service(cloud, **urls)), between


def in_turns(
    ways: Mapping[str, Callable[[int], object]], rounds: int
) -> dict[str, list[float]]:
    """Seconds of each way in each round; the first round is not counted.

    :param ways: called with the number of the round
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            began = time.perf_counter()
            way(number)
            took = time.perf_counter() - began
            if number:
                found[name].append(took)
    return found


def figure(
    name: str, took: dict[str, list[float]], limit: float, **detail: Any
) -> dict[str, Any]:
    """The figure of ``ours`` against ``bare``: what each takes undisturbed."""
    medians = {
        way: round(statistics.median(seconds), 4)
        for way, seconds in took.items()
    }
    return {
        'name': name,
        'value': min(took['ours']),
        'floor': min(took['bare']),
        'unit': 's',
        'limit': limit,
        'detail': {'medians': medians, **detail},
    }


class Sequence:
    """The calls that taking over a machine needs, and nothing else.

    Any number of threads may run it; each has a connection of its own.
    """

    #: How many there are.
    CALLS = 7

    def __init__(self, cloud: stack.Cloud) -> None:
        self._cloud = cloud
        self._of_thread = threading.local()
        self._ironic = f'{cloud.layout.url("ironic")}/v1'
        self._neutron = f'{cloud.layout.url("neutron")}/v2.0'
        self._glance = f'{cloud.layout.url("glance")}/v2'
        self._done: list[tuple[str, str]] = []

    @property
    def _call(self) -> Caller:
        if not hasattr(self._of_thread, 'call'):
            self._of_thread.call = bare(self._cloud)
        call: Caller = self._of_thread.call
        return call

    def run(self, name: str) -> None:
        """Take the machine of that name (or UUID) over."""
        call, server = self._call, str(uuid.uuid4())
        node = call(f'{self._ironic}/nodes/{name}')
        of_node = f'node={node["uuid"]}'
        ports = call(f'{self._ironic}/ports/detail?{of_node}')['ports']
        call(f'{self._ironic}/portgroups/detail?{of_node}')
        vif = ports[0]['internal_info']['tenant_vif_port_id']
        port = call(f'{self._neutron}/ports?id={vif}')['ports'][0]
        image = node['instance_info']['image_source']
        call(f'{self._glance}/images/{image}')
        self._patch(
            node['uuid'],
            {
                'instance_uuid': server,
                'protected': True,
                'protected_reason': f'Server {server}',
            },
        )
        self._bind(vif, server, 'baremetal:none', port['revision_number'])
        self._done.append((node['uuid'], vif))

    def undo(self) -> None:
        """Let go of all of them again."""
        for node, vif in self._done:
            self._patch(node, {'instance_uuid': None, 'protected': False})
            self._bind(vif, '', '', None)

    def _patch(self, node: str, values: dict[str, Any]) -> None:
        self._call(
            f'{self._ironic}/nodes/{node}',
            'PATCH',
            [
                {'op': 'remove', 'path': f'/{key}'}
                if value is None
                else {'op': 'add', 'path': f'/{key}', 'value': value}
                for key, value in values.items()
            ],
        )

    def _bind(
        self, port: str, device: str, owner: str, revision: int | None
    ) -> None:
        match = {'If-Match': f'revision_number={revision}'}
        self._call(
            f'{self._neutron}/ports/{port}',
            'PUT',
            {'port': {'device_id': device, 'device_owner': owner}},
            match if revision is not None else None,
        )
