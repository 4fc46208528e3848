"""The library in the retired dialect, against this service.

Only ``/`` and ``/v1`` are a retired server's here: the library takes the
service for one, states no version and keeps to what such a server knew.  So
does a client of that time; whoever of them is wrong shows here.
"""

from __future__ import annotations

import io
from typing import Any
import urllib.parse

from keystoneauth1 import noauth
from keystoneauth1 import session as ksa_session
import requests
import requests.adapters

from moganclient import client
from moganclient import exceptions
from moganclient.tests.contract import captures
from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import lifecycle

ENDPOINT = 'http://127.0.0.1:6688'


class _Adapter(requests.adapters.BaseAdapter):
    """Sends requests into an application, but for ``/`` and ``/v1``."""

    def __init__(self, application: Any) -> None:
        super().__init__()
        self._application = application
        #: The headers of every request.
        self.sent: list[dict[str, str]] = []

    def send(self, request: Any, **kwargs: Any) -> requests.Response:
        del kwargs
        parts = urllib.parse.urlsplit(request.url)
        found = requests.Response()
        found.url, found.request = request.url, request
        recorded = {'': 'root', '/v1': 'v1'}.get(parts.path.rstrip('/'))
        if recorded is not None:
            root = captures.everything()[recorded]
            found.status_code = root.status
            found.raw = io.BytesIO(root.body)
            found.headers['Content-Type'] = 'application/json'
            return found
        self.sent.append(dict(request.headers))
        answer = self._application.open(
            parts.path,
            base_url=ENDPOINT,
            query_string=parts.query,
            method=request.method,
            headers=dict(request.headers),
            data=request.body,
        )
        found.status_code = answer.status_code
        found.headers.update(dict(answer.headers))
        found.raw = io.BytesIO(answer.data)
        return found

    def close(self) -> None:
        """Nothing is open."""


class RetiredDialectTest(base.ApiTest):
    OPTIONS = {'static': {'transition': 0}}
    NODES = lifecycle.LifecycleTest.NODES
    PORTS = lifecycle.LifecycleTest.PORTS
    MORE = {
        **lifecycle.LifecycleTest.MORE,
        'floating_ips': [
            {
                'id': base.uuid(7, 1),
                'address': lifecycle.FLOATING_IP,
                'project_id': 'local',
            }
        ],
    }

    def setUp(self) -> None:
        super().setUp()
        self.adapter = _Adapter(self.api.client)
        inner = requests.Session()
        inner.mount('http://', self.adapter)
        self.client = client.Client(
            '1',
            session=ksa_session.Session(auth=noauth.NoAuth(), session=inner),
            endpoint_override=f'{ENDPOINT}/v1',
        )

    def settle(self) -> None:
        worker = self.runtime.worker
        for _ in range(200):
            for key in {job.key for _, _, job in worker._heap}:
                worker.hurry(key)
            if not worker.drain(1):
                return

    def build(self) -> Any:
        flavor = self.client.flavor.create(
            'gold', {'baremetal.gold': 1}, description='gold'
        )
        server = self.client.server.create(
            'web-1',
            lifecycle.IMAGE,
            flavor,
            [{'net_id': lifecycle.NETWORK}],
        )
        self.settle()
        return server

    def test_no_request_states_a_version(self) -> None:
        self.client.server.list()
        self.assertNotEqual([], self.adapter.sent)
        for headers in self.adapter.sent:
            self.assertNotIn(base.VERSION_HEADER, headers)

    def test_machine_is_listed_and_taken_over(self) -> None:
        nodes = self.client.adoptable_node.list()
        self.assertEqual(['node-1', 'node-2'], [node.name for node in nodes])
        self.assertEqual(base.uuid(3, 1), nodes[0].ports[0]['vif_port_id'])
        server = self.client.server.manage(nodes[0].uuid, 'db-3')
        self.assertEqual('active', server.status)
        refused = self.assertRaises(
            exceptions.ClientException,
            self.client.server.manage,
            nodes[0].uuid,
            'db-3',
        )
        self.assertEqual(403, refused.http_status)
        self.assertIn('node-1', str(refused))

    def test_server_is_built_and_lived_with(self) -> None:
        server = self.build()
        servers = self.client.server
        self.assertEqual('active', servers.get(server).status)
        servers.set_power_state(server, 'off')
        self.assertEqual('stopped', servers.get(server).status)
        servers.set_power_state(server, 'on')
        self.assertEqual('active', servers.get(server).status)
        servers.add_interface(server, port_id=lifecycle.FREE_PORT)
        servers.add_floating_ip(server, lifecycle.FLOATING_IP)
        self.assertEqual(
            [lifecycle.FLOATING_IP, None],
            [nic.floating_ip for nic in servers.get_network_info(server)],
        )
        servers.remove_floating_ip(server, lifecycle.FLOATING_IP)
        servers.remove_interface(server, lifecycle.FREE_PORT)
        self.assertEqual(1, len(servers.get_network_info(server)))
        console = servers.get_remote_console(server)
        self.assertEqual('http://127.0.0.1:8866', console.url)
        renamed = servers.update(server, name='web-2')
        self.assertEqual('web-2', renamed.name)
        servers.rebuild(server)
        self.settle()
        self.assertEqual('active', servers.get(server).status)
        servers.delete(server)
        self.settle()
        self.assertRaises(exceptions.NotFound, servers.get, server)

    def test_lock_is_said_in_words(self) -> None:
        server = self.build()
        self.client.server.set_lock_state(server, True)
        refused = self.assertRaises(
            exceptions.ClientException,
            self.client.server.set_power_state,
            server,
            'off',
        )
        self.assertEqual(400, refused.http_status)
        self.assertIn('is locked by its owner', str(refused))
        self.client.server.set_lock_state(server, False)
        self.client.server.set_power_state(server, 'off')

    def test_pages_are_walked_by_their_markers(self) -> None:
        flavor = self.client.flavor.create(
            'gold', {'baremetal.gold': 1}, description='gold'
        )
        self.client.server.create(
            'web',
            lifecycle.IMAGE,
            flavor,
            [{'net_id': lifecycle.NETWORK}],
            min_count=3,
            max_count=3,
        )
        names = [one.name for one in self.client.server.iterate(limit=2)]
        self.assertEqual(['web-1', 'web-2', 'web-3'], names)

    def test_keypairs_aggregates_and_groups_are_there(self) -> None:
        made = self.client.keypair.create('mine')
        self.assertIn('PRIVATE KEY', made.private_key)
        self.assertEqual(
            ['mine'], [one.name for one in self.client.keypair.list()]
        )
        self.client.keypair.delete('mine')
        aggregate = self.client.aggregate.create(
            'rack1', {'availability_zone': 'az1'}
        )
        self.client.aggregate.add_node(aggregate, 'node-21')
        self.assertEqual(
            ['node-21'], self.client.aggregate.list_node(aggregate)
        )
        self.assertEqual(['az1'], self.client.availability_zone.list())
        self.assertIn('node-22', self.client.node.list())
        self.client.server_group.create('near', ['affinity'])
        self.assertEqual(
            ['near'], [one.name for one in self.client.server_group.list()]
        )
