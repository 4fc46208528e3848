"""Ports, networks and floating IPs of an inventory are as Neutron's."""

from __future__ import annotations

import concurrent.futures
from typing import Any

from moganclient.service import exceptions
from moganclient.service import networks
from moganclient.tests.unit.service.drivers import static_world as world

FLOATING = '64c1e3d4-3f7c-4dd1-9b55-cb0b6b8e8301'
FLOATING_2 = '64c1e3d4-3f7c-4dd1-9b55-cb0b6b8e8302'


class NetworkTest(world.StaticTestCase):
    def test_network_of_the_file(self) -> None:
        found = self.driver().networks().get_network(world.NETWORK)
        self.assertEqual(
            networks.Network(
                world.NETWORK, name='lan', subnets=[world.SUBNET]
            ),
            found,
        )

    def test_network_that_only_ports_are_in(self) -> None:
        found = self.driver(networks=[]).networks()
        self.assertEqual(
            networks.Network(world.NETWORK), found.get_network(world.NETWORK)
        )

    def test_no_such_network(self) -> None:
        found = self.driver().networks()
        self.assertIsNone(found.get_network(world.OTHER))


class MadePortTest(world.StaticTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.networks = self.driver().networks()

    def make(self, **values: Any) -> networks.Port:
        wanted = {
            'project_id': 'me',
            'name': 'web-1',
            'device_id': world.SERVER,
            'device_owner': 'baremetal:none',
        }
        return self.networks.create_port(world.NETWORK, **{**wanted, **values})

    def test_it_is_as_asked_for(self) -> None:
        port = self.make()
        self.assertEqual(
            (
                'web-1',
                world.NETWORK,
                'me',
                world.SERVER,
                'baremetal:none',
                '',
                'DOWN',
            ),
            (
                port.name,
                port.network_id,
                port.project_id,
                port.device_id,
                port.device_owner,
                port.host_id,
                port.status,
            ),
        )

    def test_it_is_found(self) -> None:
        port = self.make()
        for networks_ in (self.networks, self.driver().networks()):
            self.assertEqual({port.id: port}, networks_.ports_by_id([port.id]))
            self.assertEqual(
                [port], networks_.ports_by_mac([port.mac_address or ''])
            )
            self.assertEqual([port], networks_.ports_by_device(world.SERVER))

    def test_it_is_bound_and_written_to_as_any(self) -> None:
        port = self.make()
        found = self.networks.set_device(
            port.id, world.OTHER, 'x', port.revision_number
        )
        self.assertEqual(
            (world.OTHER, 2), (found.device_id, found.revision_number)
        )
        self.assertEqual(found, self.networks.one(port.id))

    def test_addresses_that_nobody_has(self) -> None:
        # A /29 has six; the first is the router's, two are of the file.
        found = [self.make().fixed_ips for _ in range(3)]
        self.assertEqual(
            [
                [{'ip_address': address, 'subnet_id': world.SUBNET}]
                for address in ('192.0.2.3', '192.0.2.5', '192.0.2.6')
            ],
            found,
        )

    def test_no_address_is_left(self) -> None:
        for _ in range(3):
            self.make()
        error = self.assertRaises(exceptions.UpstreamConflict, self.make)
        self.assertIn(world.NETWORK, error.detail)

    def test_address_of_a_deleted_port_is_given_again(self) -> None:
        ports = [self.make() for _ in range(3)]
        self.networks.delete_port(ports[1].id)
        self.assertEqual(ports[1].fixed_ips, self.make().fixed_ips)

    def test_addresses_are_given_once(self) -> None:
        with concurrent.futures.ThreadPoolExecutor(3) as pool:
            made = [pool.submit(self.make) for _ in range(3)]
        found = [one.result().fixed_ips[0]['ip_address'] for one in made]
        self.assertEqual(3, len(set(found)))

    def test_mac_of_the_callers_choice(self) -> None:
        port = self.make(mac_address='52:54:00:AA:BB:CC')
        self.assertEqual('52:54:00:aa:bb:cc', port.mac_address)

    def test_mac_that_is_in_use(self) -> None:
        error = self.assertRaises(
            exceptions.UpstreamConflict, self.make, mac_address=world.MAC
        )
        self.assertIn(world.MAC, error.detail)

    def test_no_such_network(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest,
            self.networks.create_port,
            world.OTHER,
            project_id='me',
            name='',
            device_id='',
            device_owner='',
        )
        self.assertEqual('network_not_found', error.code)

    def test_network_without_a_range_gives_no_address(self) -> None:
        self.networks = self.driver(networks=[]).networks()
        self.assertEqual([], self.make().fixed_ips)

    def test_deleted(self) -> None:
        port = self.make()
        for _ in range(2):
            self.networks.delete_port(port.id)
            self.assertEqual({}, self.networks.ports_by_id([port.id]))
        self.assertEqual([], self.networks.ports_by_device(world.SERVER))

    def test_port_of_the_file_deleted(self) -> None:
        for _ in range(2):
            self.networks.delete_port(world.PORT)
        self.assertEqual({}, self.networks.ports_by_id([world.PORT]))
        self.assertEqual([], self.networks.ports_by_mac([world.MAC]))
        self.assertRaises(
            exceptions.PortConflict,
            self.networks.set_device,
            world.PORT,
            world.SERVER,
            'x',
            None,
        )


class DeviceTest(world.StaticTestCase):
    def test_ports_of_the_file_by_device(self) -> None:
        found = self.driver().networks()
        self.assertEqual([], found.ports_by_device(world.SERVER))
        written = found.set_device(world.PORT, world.SERVER, 'x', 1)
        self.assertEqual([written], found.ports_by_device(world.SERVER))

    def test_mac_that_an_attached_port_has_now(self) -> None:
        driver = self.driver(world.node())
        driver.attach_vif(world.uuid_of(1), world.PORT)
        found = driver.networks()
        self.assertEqual([], found.ports_by_mac([world.MAC]))
        [port] = found.ports_by_mac(['52:54:00:00:00:01'])
        self.assertEqual(world.PORT, port.id)


class FloatingIPTest(world.StaticTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.networks = self.driver(
            floating_ips=[
                networks.FloatingIP(FLOATING, '203.0.113.10'),
                networks.FloatingIP(
                    FLOATING_2, '203.0.113.11', project_id='me'
                ),
            ]
        ).networks()

    def test_by_address(self) -> None:
        self.assertEqual(
            networks.FloatingIP(FLOATING_2, '203.0.113.11', project_id='me'),
            self.networks.floating_ip('203.0.113.11'),
        )
        self.assertIsNone(self.networks.floating_ip('203.0.113.12'))

    def test_led_to_a_port(self) -> None:
        for address in (None, '192.0.2.2'):
            found = self.networks.associate_floating_ip(
                FLOATING, world.PORT, address
            )
            self.assertEqual(
                (world.PORT, '192.0.2.2'),
                (found.port_id, found.fixed_address),
            )
            self.assertEqual(found, self.networks.floating_ip('203.0.113.10'))
            self.assertEqual(
                [found],
                self.networks.floating_ips_of_ports(
                    [world.PORT, world.PORT_2]
                ),
            )

    def test_taken_from_another_port(self) -> None:
        self.networks.associate_floating_ip(FLOATING, world.PORT)
        self.networks.associate_floating_ip(FLOATING, world.PORT_2)
        self.assertEqual([], self.networks.floating_ips_of_ports([world.PORT]))

    def test_address_that_has_one_already(self) -> None:
        self.networks.associate_floating_ip(FLOATING, world.PORT)
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            self.networks.associate_floating_ip,
            FLOATING_2,
            world.PORT,
        )
        self.assertIn('203.0.113.10', error.detail)

    def test_address_that_the_port_does_not_have(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest,
            self.networks.associate_floating_ip,
            FLOATING,
            world.PORT,
            '192.0.2.9',
        )
        self.assertEqual(
            f'Port {world.PORT} has the addresses 192.0.2.2, not 192.0.2.9.',
            error.detail,
        )

    def test_port_with_several_addresses_and_none_is_named(self) -> None:
        port = networks.Port(
            world.PORT,
            fixed_ips=[
                {'ip_address': '192.0.2.2'},
                {'ip_address': '192.0.2.3'},
            ],
        )
        self.networks = self.driver(
            ports=[port],
            floating_ips=[networks.FloatingIP(FLOATING, '203.0.113.10')],
        ).networks()
        error = self.assertRaises(
            exceptions.BadRequest,
            self.networks.associate_floating_ip,
            FLOATING,
            world.PORT,
        )
        self.assertIn('192.0.2.2, 192.0.2.3; say which', error.detail)

    def test_what_does_not_exist(self) -> None:
        for floating_ip, port, code in (
            (FLOATING, world.OTHER, 'port_not_found'),
            (world.OTHER, world.PORT, 'floating_ip_not_found'),
        ):
            error = self.assertRaises(
                exceptions.NotFound,
                self.networks.associate_floating_ip,
                floating_ip,
                port,
            )
            self.assertEqual(code, error.code)

    def test_led_nowhere(self) -> None:
        self.networks.associate_floating_ip(FLOATING, world.PORT)
        for _ in range(2):
            self.networks.disassociate_floating_ip(FLOATING)
            found = self.networks.floating_ip('203.0.113.10')
            self.assertIsNone(found and found.port_id)
        self.networks.disassociate_floating_ip(world.OTHER)

    def test_a_port_that_is_deleted_lets_go_of_it(self) -> None:
        self.networks.associate_floating_ip(FLOATING, world.PORT)
        self.networks.delete_port(world.PORT)
        found = self.networks.floating_ip('203.0.113.10')
        self.assertIsNone(found and found.port_id)
