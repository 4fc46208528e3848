"""Tests of the commands of how a server is wired, and of its console."""

from __future__ import annotations

import ddt

from moganclient.osc.v1 import server_wires
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

SERVERS = f'{fakes.MOGAN}/servers'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
WIRES = f'{ONE}/networks'
FLOATING = '203.0.113.1'
NIC = {
    'port_id': fakes.PORT_UUID,
    'network_id': fakes.OTHER_UUID,
    'mac_address': '52:54:00:00:00:01',
    'fixed_ips': [{'ip_address': '192.0.2.5', 'subnet_id': 's'}],
    'floating_ip': FLOATING,
}


class Base(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(f'{SERVERS}/detail', json={'servers': [fakes.SERVER]})
        self.http.get(WIRES, json={'nics': [NIC]})
        self.http.post(f'{WIRES}/interfaces', status_code=204)
        self.http.post(f'{WIRES}/floatingips', status_code=204)
        self.http.delete(f'{WIRES}/floatingips/{FLOATING}', status_code=204)
        for port in (fakes.PORT_UUID, fakes.OTHER_PORT_UUID):
            self.http.delete(f'{WIRES}/interfaces/{port}', status_code=204)


class TestNetInfo(Base):
    def test_a_table(self):
        self.assertEqual(
            [
                [
                    'Port ID',
                    'Network ID',
                    'MAC Address',
                    'Fixed IPs',
                    'Floating IP',
                ],
                [
                    fakes.PORT_UUID,
                    fakes.OTHER_UUID,
                    '52:54:00:00:00:01',
                    '192.0.2.5',
                    FLOATING,
                ],
            ],
            self.table(server_wires.ShowNetInfo, 'db-3'),
        )

    def test_addresses_are_a_structure(self):
        (listed,) = self.json(server_wires.ShowNetInfo, 'db-3')
        self.assertEqual(NIC['fixed_ips'], listed['Fixed IPs'])


@ddt.ddt
class TestFloatingIP(Base):
    @ddt.data(
        ((), {'address': FLOATING}),
        (
            ('--fixed-ip-address', '192.0.2.5'),
            {'address': FLOATING, 'fixed_address': '192.0.2.5'},
        ),
    )
    @ddt.unpack
    def test_add(self, argv, sent):
        printed = self.run_command(
            server_wires.AddFloatingIP, 'db-3', FLOATING, *argv
        )
        self.assertEqual('', printed)
        self.assertEqual(sent, self.body)

    def test_remove(self):
        self.run_command(server_wires.RemoveFloatingIP, 'db-3', FLOATING)
        self.assertEqual(
            f'DELETE /servers/{fakes.SERVER_UUID}/networks/floatingips/'
            f'{FLOATING}',
            self.sent()[-1],
        )

    def test_one_of_two_does_not_lead_there(self):
        self.http.delete(
            f'{WIRES}/floatingips/203.0.113.2',
            status_code=404,
            json=base.fault('Not here.'),
        )
        self.assertEqual(
            '1 of 2 floating IP addresses could not be removed.',
            self.error(
                server_wires.RemoveFloatingIP, 'db-3', '203.0.113.2', FLOATING
            ),
        )
        self.assertIn('Not here.', self.logged.output)

    @ddt.data(server_wires.AddFloatingIP, server_wires.RemoveFloatingIP)
    def test_what_is_no_address(self, command):
        self.assertRaises(SystemExit, self.run_command, command, 'db-3', 'foo')
        self.assertIn('"foo" is not an IP address', self.stderr.getvalue())


class TestPort(Base):
    def test_add(self):
        printed = self.run_command(
            server_wires.AddPort, 'db-3', fakes.PORT_UUID
        )
        self.assertEqual('', printed)
        self.assertEqual({'port_id': fakes.PORT_UUID}, self.body)

    def test_add_by_name(self):
        self.log_in()
        self.http.get(
            f'{base.NEUTRON}/v2.0/ports',
            json={'ports': [{'id': fakes.PORT_UUID, 'name': 'eth0'}]},
        )
        self.run_command(server_wires.AddPort, 'db-3', 'eth0')
        self.assertEqual({'port_id': fakes.PORT_UUID}, self.body)

    def test_add_a_new_one_in_a_network(self):
        self.log_in()
        self.http.get(
            f'{base.NEUTRON}/v2.0/networks',
            json={'networks': [{'id': fakes.OTHER_UUID, 'name': 'private'}]},
        )
        self.run_command(server_wires.AddPort, 'db-3', '--network', 'private')
        self.assertEqual({'net_id': fakes.OTHER_UUID}, self.body)

    def test_add_nothing(self):
        self.assertIn(
            'Nothing to attach', self.error(server_wires.AddPort, 'db-3')
        )
        self.assertEqual([], self.sent())

    def test_one_of_two_is_used(self):
        self.http.post(
            f'{WIRES}/interfaces',
            [
                {'status_code': 409, 'json': base.fault('Used.')},
                {'status_code': 204},
            ],
        )
        self.assertEqual(
            '1 of 2 ports could not be attached.',
            self.error(
                server_wires.AddPort,
                'db-3',
                fakes.PORT_UUID,
                fakes.OTHER_PORT_UUID,
            ),
        )
        self.assertIn('Used.', self.logged.output)

    def test_remove_several(self):
        self.run_command(
            server_wires.RemovePort,
            'db-3',
            fakes.PORT_UUID,
            fakes.OTHER_PORT_UUID,
        )
        self.assertEqual(
            [
                f'DELETE /servers/{fakes.SERVER_UUID}/networks/interfaces/'
                f'{port}'
                for port in (fakes.PORT_UUID, fakes.OTHER_PORT_UUID)
            ],
            self.sent()[-2:],
        )


@ddt.ddt
class TestConsole(Base):
    @ddt.data(
        ((), 'shellinabox'),
        (('--shellinabox',), 'shellinabox'),
        (('--socat',), 'socat'),
    )
    @ddt.unpack
    def test_show(self, argv, asked):
        self.http.post(
            f'{ONE}/remote_consoles',
            json={'protocol': 'serial', 'type': asked, 'url': 'tcp://c:1'},
            status_code=201,
        )
        shown = self.json(server_wires.ShowConsoleURL, 'db-3', *argv)
        self.assertEqual(
            {'Protocol': 'serial', 'Type': asked, 'URL': 'tcp://c:1'}, shown
        )
        self.assertEqual({'protocol': 'serial', 'type': asked}, self.body)

    def test_two_types(self):
        self.assertRaises(
            SystemExit,
            self.run_command,
            server_wires.ShowConsoleURL,
            'db-3',
            '--shellinabox',
            '--socat',
        )

    def test_a_mistyped_column_asks_for_no_console(self):
        said = self.error(server_wires.ShowConsoleURL, 'db-3', '-c', 'nope')
        self.assertIn('no column "nope"', said)
        self.assertEqual([], self.sent())

    def test_the_node_has_none(self):
        self.http.post(
            f'{ONE}/remote_consoles', status_code=400, json=base.fault('No.')
        )
        self.assertIn('No.', self.error(server_wires.ShowConsoleURL, 'db-3'))


class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_looked_up(self):
        for command, more in (
            (server_wires.AddPort, ['eth0']),
            (server_wires.RemovePort, ['eth0']),
            (server_wires.ShowNetInfo, []),
            (server_wires.ShowConsoleURL, []),
        ):
            said = self.error(command, 'db-3', *more)
            self.assertIn('API version 1.4 is needed', said)
        self.assertEqual([], self.sent())
