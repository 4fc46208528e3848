"""Unit tests of asking Neutron."""

from __future__ import annotations

from typing import Any
import urllib.parse
import uuid

import fixtures
from requests_mock.contrib import fixture as rm_fixture
import testtools

from moganclient.service import exceptions
from moganclient.service import networks
from moganclient.service import neutron
from moganclient.tests.unit.service import clouds

PORTS = f'{clouds.NEUTRON}/v2.0/ports'
PORT = '0a3e1c22-54a9-4f0e-9d65-0b1f0d1a2b3c'


class TestNeutron(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.FakeLogger())
        self.http = self.useFixture(rm_fixture.Fixture())
        self.ports: list[dict[str, Any]] = []
        #: As Neutron's pagination_max_limit.
        self.most = 1000
        self.http.get(PORTS, json=self._answer)
        self.networks = neutron.NeutronNetworks(clouds.service('neutron'))

    def _answer(self, request: Any, context: Any) -> Any:
        split = urllib.parse.urlsplit(request.url)
        query = urllib.parse.parse_qs(split.query)
        found = [
            port
            for port in self.ports
            if all(
                port[key] in query[key]
                for key in ('id', 'mac_address')
                if key in query
            )
        ]
        ids = [port['id'] for port in found]
        start = ids.index(query['marker'][0]) + 1 if 'marker' in query else 0
        page = found[start : start + self.most]
        answer: dict[str, Any] = {'ports': page}
        if start + self.most < len(found):
            args = split.query.split('&marker')[0]
            href = f'{PORTS}?{args}&marker={page[-1]["id"]}'
            answer['ports_links'] = [{'rel': 'next', 'href': href}]
        return answer

    def add(self, **values: Any) -> str:
        port = {
            'id': str(uuid.uuid4()),
            'mac_address': '52:54:00:aa:bb:cc',
            **values,
        }
        self.ports.append(port)
        return str(port['id'])

    def test_port_by_id(self) -> None:
        port = self.add(
            name='db',
            network_id='n',
            project_id='p',
            device_id='d',
            device_owner='o',
            fixed_ips=[{'ip_address': '10.0.0.1', 'subnet_id': 's'}],
            revision_number=4,
            **{'binding:host_id': 'h'},
        )
        self.assertEqual(
            networks.Port(
                port,
                'db',
                '52:54:00:aa:bb:cc',
                'n',
                'p',
                'd',
                'o',
                'h',
                [{'ip_address': '10.0.0.1', 'subnet_id': 's'}],
                4,
            ),
            self.networks.ports_by_id([port.upper()])[port],
        )

    def test_host_that_is_a_node_in_upper_case(self) -> None:
        """A node enrolled so is compared in lower case everywhere."""
        port = self.add(**{'binding:host_id': PORT.upper()})
        other = self.add(**{'binding:host_id': 'Compute-1'})
        found = self.networks.ports_by_id([port, other])
        self.assertEqual(PORT, found[port].host_id)
        self.assertEqual('Compute-1', found[other].host_id)

    def test_port_that_does_not_exist(self) -> None:
        self.assertEqual({}, self.networks.ports_by_id([PORT]))

    def test_nobody_is_asked_for_what_is_no_port(self) -> None:
        self.networks.ports_by_id(['x', '', 'a&b'])
        self.networks.ports_by_mac(['', '80:00:00:48:fe:80:00:00:00'])
        self.assertEqual(0, self.http.call_count)

    def test_many_ids_take_few_requests_of_bounded_length(self) -> None:
        ids = [self.add() for _number in range(1000)]
        self.assertEqual(set(ids), set(self.networks.ports_by_id(ids)))
        self.assertEqual(7, self.http.call_count)
        for request in self.http.request_history:
            self.assertLess(len(request.url), 8000)

    def test_pages_are_followed(self) -> None:
        self.most = 2
        ids = [self.add() for _number in range(5)]
        self.assertEqual(set(ids), set(self.networks.ports_by_id(ids)))
        self.assertEqual(3, self.http.call_count)

    def test_ports_by_mac_in_any_case(self) -> None:
        ids = {self.add(), self.add()}
        self.add(mac_address='52:54:00:00:00:01')
        found = self.networks.ports_by_mac(['52:54:00:AA:BB:CC'])
        self.assertEqual(ids, {port.id for port in found})

    def test_outage_is_not_an_empty_list(self) -> None:
        self.http.get(PORTS, status_code=500)
        self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.networks.ports_by_id,
            [PORT],
        )

    def test_answer_without_ports_is_not_an_empty_list(self) -> None:
        self.http.get(PORTS, json={'versions': []})
        self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.networks.ports_by_id,
            [PORT],
        )

    def test_device_is_written_with_the_revision(self) -> None:
        mock = self.http.put(
            f'{PORTS}/{PORT}', json={'port': {'id': PORT, 'device_id': 's'}}
        )
        port = self.networks.set_device(PORT, 's', 'baremetal:none', 4)
        self.assertEqual('s', port.device_id)
        self.assertEqual(
            'revision_number=4', mock.last_request.headers['If-Match']
        )
        self.assertEqual(
            {'port': {'device_id': 's', 'device_owner': 'baremetal:none'}},
            mock.last_request.json(),
        )

    def test_device_of_a_port_that_changed(self) -> None:
        self.http.put(
            f'{PORTS}/{PORT}',
            status_code=412,
            json={'NeutronError': {'message': 'Constrained to 3'}},
        )
        exc = self.assertRaises(
            exceptions.UpstreamConflict,
            self.networks.set_device,
            PORT,
            's',
            'o',
            3,
        )
        self.assertIn('Constrained to 3', exc.detail)

    def test_device_of_a_port_that_is_gone(self) -> None:
        self.http.put(
            f'{PORTS}/{PORT}',
            status_code=404,
            json={'NeutronError': {'message': 'Port could not be found.'}},
        )
        exc = self.assertRaises(
            exceptions.PortConflict,
            self.networks.set_device,
            PORT,
            's',
            'o',
            3,
        )
        self.assertEqual('port_not_found', exc.code)
        self.assertIn(PORT, exc.detail)

    def test_check_says_what_is_wrong(self) -> None:
        self.networks.check()
        self.http.get(PORTS, status_code=401)
        self.assertRaises(exceptions.UpstreamUnavailable, self.networks.check)

    def test_not_configured(self) -> None:
        conf = clouds.config('neutron', endpoint_override=None)
        self.assertIsNone(neutron.build(conf))
