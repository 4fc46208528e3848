"""A small cloud behind HTTP, for tests of fleets; and ways to disturb it."""

from __future__ import annotations

from collections.abc import Callable
import copy
import json
import pathlib
import re
import threading
from typing import Any
import urllib.parse

import fixtures
import requests
from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient.adoption import events
from moganclient.adoption import plan as plans
from moganclient import retries
from moganclient.tests.unit import loopback
from moganclient.v1 import client

ENDPOINT = 'http://mogan.test:6688/v1'
FLAVOR = 'f0000000-0000-4000-8000-000000000001'
PAGE = 1000


def node_uuid(number: int) -> str:
    return f'00000000-0000-4000-8000-{number:012d}'


def port_id(number: int) -> str:
    return f'10000000-0000-4000-8000-{number:012d}'


class Cloud(fixtures.Fixture):
    """Nodes, servers and one flavor, as the API tells of them.

    ``faults`` may hold a callable for each ``POST`` to manage or unmanage,
    used up one after the other; it gets the request and the context, and
    answers in the API's place, or returns None and lets it answer.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self.nodes = {
            node_uuid(number): {
                'uuid': node_uuid(number),
                'name': f'rack1-u{number:02d}',
                'resource_class': 'bm',
                'ports': [{'uuid': 'x', 'vif_port_id': port_id(number)}],
                'portgroups': [],
                'adoptable': True,
                'reasons': [],
                'server_uuid': None,
            }
            for number in range(count)
        }
        self.servers: dict[str, dict[str, Any]] = {}
        #: Servers that were there once, in order: what was taken over.
        self.made: list[str] = []
        self.asked: list[str] = []
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[Callable[[Any, Any], Any] | None] = []
        self.look_faults: list[Callable[[Any, Any], Any] | None] = []
        self.newest = '1.3'
        self._lock = threading.RLock()

    def _setUp(self) -> None:
        self.http = self.useFixture(requests_mock.Fixture())
        self.http.register_uri(
            requests_mock_any(), re.compile(re.escape(ENDPOINT)), json=self._do
        )

    def _do(self, request: Any, context: Any) -> Any:
        with self._lock:
            return self._answer(request, context)

    def _answer(self, request: Any, context: Any) -> Any:
        parts = urllib.parse.urlsplit(request.url)
        path = parts.path.removeprefix('/v1')
        if not path:
            document = copy.deepcopy(loopback.VERSIONS)
            document['version']['version'] = self.newest
            return document
        query = dict(urllib.parse.parse_qsl(parts.query))
        self.asked.append(f'{request.method} {path}')
        if path == '/flavors':
            return {
                'flavors': [
                    {
                        'uuid': FLAVOR,
                        'name': 'gold',
                        'resources': {'bm': 1},
                        'disabled': False,
                    }
                ]
            }
        if path == '/adoptable_nodes':
            return self._page('adoptable_nodes', self.nodes, query)
        if path == '/servers':
            return self._page('servers', self.servers, query)
        if request.method == 'POST':
            self.headers.append(dict(request.headers))
            fault = self.faults.pop(0) if self.faults else None
            said = fault(request, context) if fault else None
            if said is not None:
                return said
            if path == '/servers/manage':
                return self.manage(request.json(), context)
            return self.unmanage(path.split('/')[2], context)
        fault = self.look_faults.pop(0) if self.look_faults else None
        said = fault(request, context) if fault else None
        if said is not None:
            return said
        server = self.servers.get(path.removeprefix('/servers/'))
        return server or missing(context)

    def _page(
        self, name: str, things: dict[str, Any], query: dict[str, str]
    ) -> Any:
        found = list(things.values())
        begin = 0
        if 'marker' in query:
            begin = list(things).index(query['marker']) + 1
        page = found[begin : begin + PAGE]
        answer: dict[str, Any] = {name: page}
        if begin + PAGE < len(found):
            marker = page[-1]['uuid']
            answer[f'{name}_links'] = [
                {'rel': 'next', 'href': f'{ENDPOINT}/{name}?marker={marker}'}
            ]
        return answer

    def manage(self, body: dict[str, Any], context: Any) -> Any:
        """Take a node over as the service does."""
        self.bodies.append(body)
        node = self.nodes[body['node_uuid']]
        if not node['adoptable']:
            return error(
                context,
                409,
                node['reasons'][0]['code'],
                reasons=node['reasons'],
                server_uuid=node['server_uuid'],
            )
        self.take(body['node_uuid'], body['uuid'], body['name'])
        context.status_code = 201
        return self.servers[body['uuid']]

    def take(self, node: str, server: str, name: str = 'theirs') -> None:
        """Somebody takes a node over."""
        self.made.append(server)
        self.servers[server] = {
            'uuid': server,
            'name': name,
            'status': 'active',
            'node_uuid': node,
        }
        self.nodes[node].update(
            adoptable=False,
            server_uuid=server,
            reasons=[{'code': 'managed', 'message': f'Server {server}.'}],
        )

    def let_go(self, server: str) -> None:
        """Somebody lets go of a server."""
        node = self.servers.pop(server)['node_uuid']
        self.nodes[node].update(adoptable=True, server_uuid=None, reasons=[])

    def unmanage(self, server: str, context: Any) -> Any:
        """Let go of a server as the service does."""
        if server not in self.servers:
            return missing(context)
        self.let_go(server)
        context.status_code = 204
        return None

    def of_node(self, number: int) -> str | None:
        """The server of a node."""
        found: str | None = self.nodes[node_uuid(number)]['server_uuid']
        return found


def requests_mock_any() -> Any:
    import requests_mock as module

    return module.ANY


def error(context: Any, status: int, code: str, **more: Any) -> Any:
    """An error as the API says it."""
    context.status_code = status
    context.headers['X-OpenStack-Request-Id'] = f'req-of-{code}'
    detail = f'It is {code}.'
    return {
        'errors': [
            {
                'code': f'baremetal-compute.{code}',
                'status': status,
                'title': 'T',
                'detail': detail,
                **more,
            }
        ]
    }


def missing(context: Any) -> Any:
    return error(context, 404, 'server_not_found')


def answers(status: int, code: str = 'x', **more: Any) -> Any:
    """A fault: answer with an error, and do nothing."""
    return lambda request, context: error(context, status, code, **more)


def breaks(before: Callable[[], object] | None = None) -> Any:
    """A fault: the connection breaks, after something happened perhaps."""

    def fault(request: Any, context: Any) -> Any:
        if before is not None:
            before()
        raise requests.exceptions.ConnectionError('Connection aborted.')

    return fault


class Impatient(fixtures.Fixture):
    """No wait of an event lasts."""

    def _setUp(self) -> None:
        self.waits: list[float] = []
        real = threading.Event.wait

        def wait(event: threading.Event, timeout: float | None = None) -> bool:
            if timeout is not None and timeout >= 1:
                self.waits.append(timeout)
                timeout = 0.001
            return real(event, timeout)

        self.useFixture(fixtures.MonkeyPatch('threading.Event.wait', wait))


class TestCase(testtools.TestCase):
    """A cloud of a few machines, a plan for all of them, no long waits."""

    COUNT = 3

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.adoption.patience.FIRST', 0.001)
        )
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.adoption.patience.GROWTH', 1.0)
        )
        self.cloud = self.useFixture(Cloud(self.COUNT))
        self.client = client.Client(
            ENDPOINT,
            token='t',  # noqa: S106
            retry=retries.Policy(retries=0),
        )
        directory = self.useFixture(fixtures.TempDir()).path
        self.path = pathlib.Path(directory) / 'fleet.yaml'
        self.events: list[events.Event] = []
        self.plan = plans.Plan(
            ENDPOINT,
            [self.planned(number) for number in range(self.COUNT)],
            path=self.path,
        )

    def planned(self, number: int, **changes: Any) -> plans.PlannedServer:
        values: dict[str, Any] = {
            'node': node_uuid(number),
            'name': f'server-{number}',
            'flavor': 'gold',
            'ports': [port_id(number)],
            'node_name': f'rack1-u{number:02d}',
            **changes,
        }
        return plans.PlannedServer(**values)

    def apply(self, **options: Any) -> Any:
        options = {'jobs': 1, 'timeout': 30, **options}
        return self.plan.apply(
            self.client, on_event=self.events.append, **options
        )

    def rollback(self, **options: Any) -> Any:
        options = {'jobs': 1, 'timeout': 30, **options}
        return self.plan.rollback(
            self.client, on_event=self.events.append, **options
        )

    def states(self, result: Any) -> list[str]:
        return [machine.state.value for machine in result.machines]

    def codes(self, machine: Any) -> list[str]:
        return [reason['code'] for reason in machine.reasons]

    def journal(self) -> list[dict[str, Any]]:
        """The journal's events of machines."""
        return [
            line
            for line in map(
                json.loads, self.plan.journal_path.read_text().splitlines()
            )
            if 'node' in line
        ]
