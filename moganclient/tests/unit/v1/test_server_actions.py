"""Tests of what is done with a server that is there."""

from __future__ import annotations

import logging

import ddt
import fixtures

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import server_actions

ONE = f'{fakes.MOGAN}/servers/{fakes.SERVER_UUID}'
NIC = {
    'port_id': fakes.PORT_UUID,
    'network_id': fakes.OTHER_UUID,
    'mac_address': '52:54:00:00:00:01',
    'fixed_ips': [{'ip_address': '192.0.2.5', 'subnet_id': 's'}],
    'floating_ip': None,
}


@ddt.ddt
class TestActions(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.servers = self.client.server
        self.http.get(
            f'{fakes.MOGAN}/servers/detail', json={'servers': [fakes.SERVER]}
        )
        for state in ('power', 'lock'):
            self.http.put(f'{ONE}/states/{state}', status_code=202)
        wires = f'{ONE}/networks'
        self.http.get(wires, json={'nics': [NIC]})
        self.http.post(f'{wires}/interfaces', status_code=204)
        self.http.delete(
            f'{wires}/interfaces/{fakes.PORT_UUID}', status_code=204
        )
        self.http.post(f'{wires}/floatingips', status_code=204)
        self.http.delete(f'{wires}/floatingips/203.0.113.1', status_code=204)
        self.http.post(
            f'{ONE}/remote_consoles',
            json={
                'protocol': 'serial',
                'type': 'shellinabox',
                'url': 'http://c.test/?token=secret',
            },
            status_code=201,
        )

    @ddt.data('on', 'off', 'reboot', 'soft_off', 'soft_reboot')
    def test_power(self, target):
        self.assertIsNone(
            self.servers.set_power_state(fakes.SERVER_UUID, target)
        )
        self.assertEqual({'target': target}, self.body)
        self.assertEqual(
            [f'PUT /servers/{fakes.SERVER_UUID}/states/power'], self.sent()
        )

    def test_power_by_name(self):
        self.servers.set_power_state('db-3', 'on')
        self.assertEqual(
            [
                'GET /servers/detail?name=db-3',
                f'PUT /servers/{fakes.SERVER_UUID}/states/power',
            ],
            self.sent(),
        )

    def test_a_power_state_that_there_is_not(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.servers.set_power_state,
            'db-3',
            'sleep',
        )
        self.assertEqual([], self.sent())

    @ddt.data(True, False)
    def test_lock(self, locked):
        self.assertIsNone(
            self.servers.set_lock_state(fakes.SERVER_UUID, locked)
        )
        self.assertEqual({'target': locked}, self.body)

    def test_a_lock_is_true_or_false(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.servers.set_lock_state,
            fakes.SERVER_UUID,
            'yes',
        )

    def test_network_info(self):
        (nic,) = self.servers.get_network_info(fakes.SERVER_UUID)
        self.assertIsInstance(nic, server_actions.Nic)
        self.assertEqual('52:54:00:00:00:01', nic.mac_address)
        self.assertEqual(fakes.PORT_UUID, nic.port_id)

    @ddt.data({}, {'nics': None}, {'nics': ['x']}, [])
    def test_network_info_that_is_none(self, answer):
        self.http.get(f'{ONE}/networks', json=answer)
        self.assertRaises(
            exceptions.MalformedResponse,
            self.servers.get_network_info,
            fakes.SERVER_UUID,
        )

    @ddt.data(
        ({'port_id': fakes.PORT_UUID}, {'port_id': fakes.PORT_UUID}),
        ({'net_id': fakes.OTHER_UUID}, {'net_id': fakes.OTHER_UUID}),
    )
    @ddt.unpack
    def test_add_interface(self, given, sent):
        self.assertIsNone(
            self.servers.add_interface(fakes.SERVER_UUID, **given)
        )
        self.assertEqual(sent, self.body)

    @ddt.data(
        {},
        {'port_id': fakes.PORT_UUID, 'net_id': fakes.OTHER_UUID},
        {'port_id': 'p1'},
    )
    def test_add_interface_that_is_no_one_thing(self, given):
        self.assertRaises(
            exceptions.ValidationError,
            self.servers.add_interface,
            fakes.SERVER_UUID,
            **given,
        )
        self.assertEqual([], self.sent())

    def test_remove_interface(self):
        self.servers.remove_interface(
            fakes.SERVER_UUID, fakes.PORT_UUID.upper()
        )
        self.assertEqual(
            [
                f'DELETE /servers/{fakes.SERVER_UUID}/networks/interfaces/'
                f'{fakes.PORT_UUID}'
            ],
            self.sent(),
        )

    @ddt.data(
        ((), {'address': '203.0.113.1'}),
        (
            ('192.0.2.5',),
            {'address': '203.0.113.1', 'fixed_address': '192.0.2.5'},
        ),
    )
    @ddt.unpack
    def test_add_floating_ip(self, more, sent):
        self.servers.add_floating_ip(fakes.SERVER_UUID, '203.0.113.1', *more)
        self.assertEqual(sent, self.body)

    def test_remove_floating_ip(self):
        self.servers.remove_floating_ip(fakes.SERVER_UUID, '203.0.113.1')
        self.assertEqual(
            f'DELETE /servers/{fakes.SERVER_UUID}/networks/floatingips/'
            '203.0.113.1',
            self.sent()[-1],
        )

    def test_a_floating_ip_that_is_no_address(self):
        for call in (
            self.servers.add_floating_ip,
            self.servers.remove_floating_ip,
        ):
            self.assertRaises(
                exceptions.ValidationError, call, fakes.SERVER_UUID, 'foo'
            )
        self.assertEqual([], self.sent())

    def test_console(self):
        found = self.servers.get_remote_console(fakes.SERVER_UUID)
        self.assertEqual(
            {'protocol': 'serial', 'type': 'shellinabox'}, self.body
        )
        self.assertEqual('http://c.test/?token=secret', found.url)

    def test_the_url_of_a_console_is_in_no_repr(self):
        found = self.servers.get_remote_console(fakes.SERVER_UUID)
        self.assertNotIn('secret', repr(found))

    def test_the_url_of_a_console_is_in_no_log(self):
        logged = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.servers.get_remote_console(fakes.SERVER_UUID)
        self.assertNotIn('secret', logged.output)

    def test_another_console(self):
        self.servers.get_remote_console(fakes.SERVER_UUID, 'socat')
        self.assertEqual('socat', self.body['type'])

    def test_a_console_that_there_is_not(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.servers.get_remote_console,
            fakes.SERVER_UUID,
            'vnc',
        )
        self.assertEqual([], self.sent())


@ddt.ddt
class TestAsThePredecessorDid(fakes.TestCase):
    """Calls that programs of that time make, and what is sent."""

    ID = fakes.SERVER_UUID

    @ddt.data(
        (
            lambda servers, uuid: servers.add_interface(
                uuid, fakes.OTHER_UUID
            ),
            ('POST', '/networks/interfaces', {'net_id': fakes.OTHER_UUID}),
        ),
        (
            lambda servers, uuid: servers.add_interface(
                server_id=uuid, net_id=None, port_id=fakes.PORT_UUID
            ),
            ('POST', '/networks/interfaces', {'port_id': fakes.PORT_UUID}),
        ),
        (
            lambda servers, uuid: servers.remove_interface(
                uuid, port_id=fakes.PORT_UUID
            ),
            ('DELETE', f'/networks/interfaces/{fakes.PORT_UUID}', None),
        ),
        (
            lambda servers, uuid: servers.set_power_state(
                uuid, power_state='soft_off'
            ),
            ('PUT', '/states/power', {'target': 'soft_off'}),
        ),
        (
            lambda servers, uuid: servers.set_lock_state(
                uuid, lock_state=True
            ),
            ('PUT', '/states/lock', {'target': True}),
        ),
        (
            lambda servers, uuid: servers.add_floating_ip(
                uuid, ip_address='203.0.113.1', fixed_ip_address='192.0.2.5'
            ),
            (
                'POST',
                '/networks/floatingips',
                {'address': '203.0.113.1', 'fixed_address': '192.0.2.5'},
            ),
        ),
        (
            lambda servers, uuid: servers.remove_floating_ip(
                uuid, ip_address='203.0.113.1'
            ),
            ('DELETE', '/networks/floatingips/203.0.113.1', None),
        ),
        (
            lambda servers, uuid: servers.get_remote_console(
                server_id=uuid, url_type='socat'
            ),
            (
                'POST',
                '/remote_consoles',
                {'protocol': 'serial', 'type': 'socat'},
            ),
        ),
        (
            lambda servers, uuid: servers.get_server_nics(uuid),
            ('GET', '/networks', None),
        ),
        (
            lambda servers, uuid: servers.get_network_info(uuid),
            ('GET', '/networks', None),
        ),
    )
    @ddt.unpack
    def test_what_is_sent(self, call, sent):
        method, path, body = sent
        self.http.register_uri(
            method,
            f'{fakes.MOGAN}/servers/{self.ID}{path}',
            json={'nics': [], 'type': 'socat'},
        )
        call(self.client.server, self.ID)
        self.assertEqual([f'{method} /servers/{self.ID}{path}'], self.sent())
        asked = self.http.last_request
        self.assertEqual(body, asked.json() if asked.body else None)


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        servers = self.client.server
        for call in (
            lambda: servers.set_power_state('a', 'on'),
            lambda: servers.set_lock_state('a', True),
            lambda: servers.get_network_info('a'),
            lambda: servers.add_interface('a', fakes.PORT_UUID),
            lambda: servers.remove_interface('a', fakes.PORT_UUID),
            lambda: servers.add_floating_ip('a', '203.0.113.1'),
            lambda: servers.remove_floating_ip('a', '203.0.113.1'),
            lambda: servers.get_remote_console('a'),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())
