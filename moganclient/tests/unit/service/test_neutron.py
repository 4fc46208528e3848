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
NETWORKS = f'{clouds.NEUTRON}/v2.0/networks'
FLOATING_IPS = f'{clouds.NEUTRON}/v2.0/floatingips'
PORT = '0a3e1c22-54a9-4f0e-9d65-0b1f0d1a2b3c'
NETWORK = 'e65dcf3c-b1e5-4a8c-a858-f63d541ae978'
FLOATING = '2ac2c4ac-52c7-4e50-acc5-95308e28d948'


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
            status='ACTIVE',
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
                'ACTIVE',
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


class NeutronTestCase(testtools.TestCase):
    """What is asked of Neutron to build servers, as Neutron 29 answers."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.FakeLogger())
        self.http = self.useFixture(rm_fixture.Fixture(case_sensitive=True))
        self.networks = neutron.NeutronNetworks(clouds.service('neutron'))

    def refuse(
        self, method: str, url: str, status: int, kind: str, sentence: str
    ) -> None:
        """Answer with an error of a type."""
        error = {'type': kind, 'message': sentence, 'detail': ''}
        self.http.request(
            method, url, status_code=status, json={'NeutronError': error}
        )


class TestNetworks(NeutronTestCase):
    def test_network(self) -> None:
        self.http.get(
            f'{NETWORKS}/{NETWORK}',
            json={
                'network': {
                    'id': NETWORK.upper(),
                    'name': 'lan',
                    'project_id': 'p',
                    'shared': True,
                    'router:external': True,
                    'subnets': [PORT.upper()],
                }
            },
        )
        self.assertEqual(
            networks.Network(NETWORK, 'lan', 'p', True, True, [PORT]),
            self.networks.get_network(NETWORK),
        )

    def test_network_that_does_not_exist(self) -> None:
        self.refuse(
            'GET', f'{NETWORKS}/{NETWORK}', 404, 'NetworkNotFound', 'None.'
        )
        self.assertIsNone(self.networks.get_network(NETWORK))

    def test_outage_is_not_none(self) -> None:
        self.http.get(f'{NETWORKS}/{NETWORK}', status_code=503)
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.networks.get_network, NETWORK
        )


class TestMadePorts(NeutronTestCase):
    def create(self, **values: Any) -> networks.Port:
        return self.networks.create_port(
            NETWORK,
            project_id='p',
            name='web-1',
            device_id='s',
            device_owner='baremetal:none',
            **values,
        )

    def test_made_with_nothing_of_what_binds_it(self) -> None:
        sent: Any = self.http.post(
            PORTS,
            status_code=201,
            json={'port': {'id': PORT, 'status': 'DOWN'}},
        )
        port = self.create()
        self.assertEqual((PORT, 'DOWN'), (port.id, port.status))
        body = {
            'network_id': NETWORK,
            'project_id': 'p',
            'name': 'web-1',
            'device_id': 's',
            'device_owner': 'baremetal:none',
        }
        self.assertEqual({'port': body}, sent.last_request.json())
        self.create(mac_address='52:54:00:aa:bb:cc')
        body['mac_address'] = '52:54:00:aa:bb:cc'
        self.assertEqual({'port': body}, sent.last_request.json())

    def test_no_such_network(self) -> None:
        self.refuse('POST', PORTS, 404, 'NetworkNotFound', 'No network.')
        error = self.assertRaises(exceptions.BadRequest, self.create)
        self.assertEqual(
            ('network_not_found', 'Neutron: No network.'),
            (error.code, error.detail),
        )

    def test_value_that_is_wrong(self) -> None:
        self.refuse('POST', PORTS, 400, 'HTTPBadRequest', 'No MAC address.')
        error = self.assertRaises(
            exceptions.BadRequest, self.create, mac_address='zz'
        )
        self.assertEqual('Neutron: No MAC address.', error.detail)

    def test_nothing_is_left(self) -> None:
        self.refuse('POST', PORTS, 409, 'OverQuota', 'Quota exceeded.')
        error = self.assertRaises(exceptions.UpstreamConflict, self.create)
        self.assertIn('Quota exceeded.', error.detail)

    def test_lost_answer_is_found_by_the_device(self) -> None:
        lost: Any = self.http.post(PORTS, status_code=504)
        error = self.assertRaises(exceptions.UpstreamUnavailable, self.create)
        self.assertTrue(error.sent)
        self.assertEqual(1, lost.call_count)
        asked: Any = self.http.get(
            PORTS, json={'ports': [{'id': PORT, 'device_id': 's'}]}
        )
        [port] = self.networks.ports_by_device('s')
        self.assertEqual(PORT, port.id)
        self.assertEqual(['s'], asked.last_request.qs['device_id'])

    def test_deleted_and_gone_already(self) -> None:
        sent: Any = self.http.delete(f'{PORTS}/{PORT}', status_code=204)
        self.networks.delete_port(PORT)
        self.assertEqual(1, sent.call_count)
        self.refuse('DELETE', f'{PORTS}/{PORT}', 404, 'PortNotFound', 'None.')
        self.networks.delete_port(PORT)

    def test_port_that_is_not_let_go(self) -> None:
        self.refuse(
            'DELETE', f'{PORTS}/{PORT}', 409, 'L3PortInUse', 'A router.'
        )
        error = self.assertRaises(
            exceptions.UpstreamConflict, self.networks.delete_port, PORT
        )
        self.assertIn('A router.', error.detail)


class TestFloatingIPs(NeutronTestCase):
    def answer(self, *items: dict[str, Any]) -> Any:
        return self.http.get(
            FLOATING_IPS,
            json={
                'floatingips': [
                    {
                        'id': FLOATING.upper(),
                        'floating_ip_address': '203.0.113.10',
                        'port_id': None,
                        'fixed_ip_address': None,
                        'project_id': 'p',
                        **item,
                    }
                    for item in items
                ]
            },
        )

    def test_by_address(self) -> None:
        asked = self.answer({})
        self.assertEqual(
            networks.FloatingIP(FLOATING, '203.0.113.10', project_id='p'),
            self.networks.floating_ip('203.0.113.10'),
        )
        self.assertEqual(
            ['203.0.113.10'],
            asked.last_request.qs['floating_ip_address'],
        )

    def test_address_that_is_none(self) -> None:
        self.answer()
        self.assertIsNone(self.networks.floating_ip('203.0.113.11'))

    def test_address_is_quoted(self) -> None:
        asked = self.answer()
        self.networks.floating_ip('1&project_id=2')
        self.assertNotIn('project_id', asked.last_request.qs)

    def test_of_ports(self) -> None:
        asked = self.answer(
            {'port_id': PORT.upper(), 'fixed_ip_address': '10.0.0.1'}
        )
        [found] = self.networks.floating_ips_of_ports([PORT, NETWORK])
        self.assertEqual(
            (PORT, '10.0.0.1'), (found.port_id, found.fixed_address)
        )
        self.assertEqual(
            {PORT, NETWORK}, set(asked.last_request.qs['port_id'])
        )

    def test_of_no_ports_is_no_request(self) -> None:
        self.assertEqual([], self.networks.floating_ips_of_ports([]))
        self.assertEqual(0, self.http.call_count)

    def test_neutron_without_routers(self) -> None:
        self.refuse('GET', FLOATING_IPS, 404, 'HTTPNotFound', 'Not found.')
        error = self.assertRaises(
            exceptions.NotImplementedByDriver,
            self.networks.floating_ip,
            '203.0.113.10',
        )
        self.assertIn('router', error.detail)
        self.assertEqual([], self.networks.floating_ips_of_ports([PORT]))

    def test_led_to_a_port(self) -> None:
        one = {'id': FLOATING, 'floating_ip_address': '203.0.113.10'}
        sent: Any = self.http.put(
            f'{FLOATING_IPS}/{FLOATING}',
            json={'floatingip': {**one, 'port_id': PORT}},
        )
        found = self.networks.associate_floating_ip(FLOATING, PORT)
        self.assertEqual(PORT, found.port_id)
        self.assertEqual(
            {'floatingip': {'port_id': PORT}}, sent.last_request.json()
        )
        self.networks.associate_floating_ip(FLOATING, PORT, '10.0.0.1')
        self.assertEqual(
            {'floatingip': {'port_id': PORT, 'fixed_ip_address': '10.0.0.1'}},
            sent.last_request.json(),
        )

    def test_not_led_to_a_port(self) -> None:
        for status, kind, expected, code in (
            (
                404,
                'ExternalGatewayForFloatingIPNotFound',
                exceptions.BadRequest,
                'bad_request',
            ),
            (400, 'BadRequest', exceptions.BadRequest, 'bad_request'),
            (404, 'PortNotFound', exceptions.NotFound, 'port_not_found'),
            (
                404,
                'FloatingIPNotFound',
                exceptions.NotFound,
                'floating_ip_not_found',
            ),
            (
                409,
                'FloatingIPPortAlreadyAssociated',
                exceptions.UpstreamConflict,
                'upstream_conflict',
            ),
        ):
            self.refuse(
                'PUT', f'{FLOATING_IPS}/{FLOATING}', status, kind, 'It is so.'
            )
            error = self.assertRaises(
                expected,
                self.networks.associate_floating_ip,
                FLOATING,
                PORT,
            )
            self.assertEqual(
                (code, 'Neutron: It is so.'), (error.code, error.detail)
            )

    def test_led_nowhere_and_gone_already(self) -> None:
        one = {'id': FLOATING, 'floating_ip_address': '203.0.113.10'}
        sent: Any = self.http.put(
            f'{FLOATING_IPS}/{FLOATING}', json={'floatingip': one}
        )
        self.networks.disassociate_floating_ip(FLOATING)
        self.assertEqual(
            {'floatingip': {'port_id': None}}, sent.last_request.json()
        )
        self.refuse(
            'PUT',
            f'{FLOATING_IPS}/{FLOATING}',
            404,
            'FloatingIPNotFound',
            'None.',
        )
        self.networks.disassociate_floating_ip(FLOATING)
