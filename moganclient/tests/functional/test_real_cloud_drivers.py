"""What the drivers count on is what Ironic and Neutron do.

The guide for contributors tells it ("What Ironic and Neutron do"); here it is
held against the real ones, through the drivers, without a service.
"""

from __future__ import annotations

import pathlib
from typing import Any
import uuid

import fixtures as fx
import testtools

from moganclient.service import conf as service_conf
from moganclient.service import configdrive
from moganclient.service.drivers import base
from moganclient.service.drivers import ironic
from moganclient.service import exceptions
from moganclient.service import images
from moganclient.service import neutron
from moganclient.service import upstream
from moganclient.tests.functional.cloud import build
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional.cloud import stack
from moganclient.tests.functional import fixtures

#: The machine that has the trait.
NAME = f'build-{build.COUNT - 1:02}'


class TestDrivers(testtools.TestCase):
    """One machine, which every test leaves as it was."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fx.FakeLogger())
        self.cloud = stack.get('build')
        self.api = self.cloud.api
        path = pathlib.Path(self.useFixture(fx.TempDir()).join('conf'))
        config.write_ini(path, fixtures.cloud_config(self.cloud))
        conf = service_conf.load(config_files=[str(path)])
        self.driver = ironic.IronicDriver(upstream.Upstream(conf, 'ironic'))
        self.networks = neutron.NeutronNetworks(
            upstream.Upstream(conf, 'neutron')
        )
        self.images = images.GlanceImages(upstream.Upstream(conf, 'glance'))
        self.node = self.cloud.seeded[NAME]['uuid']
        self.server = str(uuid.uuid4())
        self.image = self.api.node('plain')['instance_info']['image_source']
        self.addCleanup(self._clean_up)

    def _clean_up(self) -> None:
        node = self.settled()
        if node.protected:
            self.driver.set_protected(self.node, False, None)
        if node.provision_state != 'available':
            self.driver.provision(self.node, 'deleted')
            self.settled('available')
        if self.driver.console(self.node).enabled:
            self.driver.disable_console(self.node)
            self.settled()
        for vif in self.driver.get_node(self.node).vifs():
            self.driver.detach_vif(self.node, vif)
        self.driver.delete_allocation(self.server)
        for port in self.networks.ports_by_device(self.server):
            self.networks.delete_port(port.id)

    def settled(self, *states: str) -> base.Node:
        """The machine when nothing works on it, and in one of the states."""

        def look() -> base.Node | None:
            node = self.driver.get_node_bare(self.node)
            good = not states or node.provision_state in states
            return node if good and not node.reserved else None

        found: base.Node = processes.wait_for(look, 60, f'{NAME} {states}')
        return found

    def allocate(self, **values: Any) -> base.Allocation:
        """What becomes of an allocation."""
        wanted = {'traits': [build.TRAIT], 'candidates': [self.node]}
        self.driver.allocate(
            self.server, build.RESOURCE_CLASS, **{**wanted, **values}
        )

        def look() -> base.Allocation | None:
            found = self.driver.get_allocation(self.server)
            return found if found and found.state != 'allocating' else None

        found: base.Allocation = processes.wait_for(look, 30, 'allocation')
        return found

    def port(self, network: str = 'provider') -> str:
        """A port of the server's."""
        made = self.networks.create_port(
            self.api.network(network)['id'],
            project_id=self.cloud.project_id('demo'),
            name='driver',
            device_id=self.server,
            device_owner='baremetal:none',
        )
        return made.id

    def drive(self, text: bytes = b'#cloud-config') -> str:
        return configdrive.build(
            configdrive.Contents(self.server, 'web', 'p', user_data=text)
        )

    def deploy(self) -> str:
        """Deploy the machine with one port."""
        self.allocate()
        port = self.port()
        self.driver.attach_vif(self.node, port)
        self.driver.set_instance_info(
            self.node, {'image_source': self.image, 'no_such_key': None}
        )
        self.driver.provision(self.node, 'active', configdrive=self.drive())
        self.settled('active')
        return port

    def test_an_allocation_claims_the_node_for_its_uuid(self) -> None:
        found = self.allocate()
        self.assertEqual(('active', self.node), (found.state, found.node_uuid))
        self.assertEqual(found, self.allocate())
        node = self.driver.get_node_bare(self.node)
        self.assertEqual(
            (self.server, self.server, [build.TRAIT]),
            (node.instance_uuid, node.allocation_uuid, node.traits),
        )
        for _ in range(2):
            self.driver.delete_allocation(self.server)
        node = self.driver.get_node_bare(self.node)
        self.assertIsNone(node.instance_uuid)

    def test_an_allocation_that_finds_nothing_says_whose_nodes(self) -> None:
        self.driver.allocate(
            self.server, 'baremetal.general', traits=[], candidates=None
        )
        found = processes.wait_for(
            lambda: (
                (one := self.driver.get_allocation(self.server))
                and one.last_error
            ),
            30,
            'an error',
        )
        self.assertIn(self.cloud.project_id('service'), found)
        self.assertIn('lessee', found)

    def test_what_ironic_refuses_of_an_allocation(self) -> None:
        for values in (
            {'traits': ['nonsense']},
            {'candidates': [str(uuid.uuid4())]},
            {'candidates': []},
        ):
            self.assertRaises(exceptions.BadRequest, self.allocate, **values)
            self.assertIsNone(self.driver.get_allocation(self.server))

    def test_deployed_rebuilt_and_undeployed(self) -> None:
        port = self.deploy()
        node = self.driver.get_node(self.node)
        self.assertEqual(
            (self.server, 'power on', [port], '******'),
            (
                node.instance_uuid,
                node.power_state,
                node.vifs(),
                node.instance_info['configdrive'],
            ),
        )
        self.assertNotIn('no_such_key', node.instance_info)
        self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.delete_allocation,
            self.server,
        )
        error = self.assertRaises(
            exceptions.BadRequest, self.driver.provision, self.node, 'active'
        )
        self.assertIn('in state "active"', error.detail)

        self.driver.provision(self.node, 'rebuild', configdrive=self.drive())
        self.settled('active')
        self.driver.provision(self.node, 'deleted')
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.provision,
            self.node,
            'deleted',
        )
        self.assertIn('locked', error.detail)
        self.settled('available')

        node = self.driver.get_node(self.node)
        self.assertEqual(
            (None, None, [], {}),
            (
                node.instance_uuid,
                node.allocation_uuid,
                node.vifs(),
                node.instance_info,
            ),
        )
        self.assertIsNone(self.driver.get_allocation(self.server))
        left = self.networks.ports_by_id([port])[port]
        self.assertEqual(
            (self.server, 'baremetal:none', ''),
            (left.device_id, left.device_owner, left.host_id),
        )

    def test_config_drive_that_is_none(self) -> None:
        self.allocate()
        self.driver.provision(self.node, 'active', configdrive='H4sIAAAA')
        node = self.settled('deploy failed')
        self.assertIn('configdrive', node.last_error or '')

    def test_protected(self) -> None:
        self.deploy()
        node = self.driver.set_protected(self.node, True, 'Payroll.')
        self.assertEqual('Payroll.', node.protected_reason)
        for target in ('deleted', 'rebuild'):
            error = self.assertRaises(
                exceptions.UpstreamConflict,
                self.driver.provision,
                self.node,
                target,
            )
            self.assertEqual('node_protected', error.code)
        node = self.driver.set_protected(self.node, False, 'Payroll.')
        self.assertEqual(
            (False, None), (node.protected, node.protected_reason)
        )

    def test_only_an_active_node_can_be_protected(self) -> None:
        self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.set_protected,
            self.node,
            True,
            None,
        )

    def test_power(self) -> None:
        for target, ends in (
            ('power on', 'power on'),
            ('rebooting', 'power on'),
            ('soft power off', 'power off'),
            ('power on', 'power on'),
            ('soft rebooting', 'power on'),
            ('power off', 'power off'),
        ):
            self.driver.set_power(self.node, target)
            node = self.settled()
            self.assertEqual(
                (ends, None, None),
                (node.power_state, node.target_power_state, node.last_error),
            )

    def test_vifs(self) -> None:
        first, second, third = (self.port() for _ in range(3))
        for port in (first, second, first):
            self.driver.attach_vif(self.node, port)
        self.assertEqual(
            {first, second}, set(self.driver.get_node(self.node).vifs())
        )
        bound = self.networks.ports_by_id([first])[first]
        self.assertEqual((self.node, 'ACTIVE'), (bound.host_id, bound.status))
        for port in (third, str(uuid.uuid4())):
            self.assertRaises(
                exceptions.BadRequest,
                self.driver.attach_vif,
                self.node,
                port,
            )
        self.networks.delete_port(second)
        for port in (first, second, first):
            self.driver.detach_vif(self.node, port)
        self.assertEqual([], self.driver.get_node(self.node).vifs())

    def test_console(self) -> None:
        self.driver.enable_console(self.node)
        found = processes.wait_for(
            lambda: (one := self.driver.console(self.node)).enabled and one,
            30,
            'the console',
        )
        self.assertEqual('shellinabox', found.type)
        self.assertIn(NAME, found.url)
        self.driver.enable_console(self.node)

    def test_machine_without_a_console(self) -> None:
        node = self.cloud.seeded['enrolled']['uuid']
        self.api.patch_node(node, console_interface='no-console')
        self.assertRaises(
            exceptions.NotImplementedByDriver,
            self.driver.enable_console,
            node,
        )

    def test_floating_ips(self) -> None:
        [address, _] = self.cloud.seeded['floating_ips']['demo']
        floating = self.networks.floating_ip(address)
        assert floating is not None
        self.addCleanup(self.networks.disassociate_floating_ip, floating.id)
        self.assertIsNone(self.networks.floating_ip('192.0.2.1'))
        near, far = self.port('tenant'), self.port('backup')
        nowhere = str(uuid.uuid4())

        self.assertRaises(
            exceptions.BadRequest,
            self.networks.associate_floating_ip,
            floating.id,
            far,
        )
        for one, port, code in (
            (floating.id, nowhere, 'port_not_found'),
            (nowhere, near, 'floating_ip_not_found'),
        ):
            error = self.assertRaises(
                exceptions.NotFound,
                self.networks.associate_floating_ip,
                one,
                port,
            )
            self.assertEqual(code, error.code)
        for _ in range(2):
            led = self.networks.associate_floating_ip(floating.id, near)
            self.assertEqual(near, led.port_id)
        self.assertEqual(
            [led], self.networks.floating_ips_of_ports([near, far])
        )
        self.networks.delete_port(near)
        found = self.networks.floating_ip(address)
        self.assertIsNone(found and found.port_id)

    def test_networks_and_made_ports(self) -> None:
        tenant = self.networks.get_network(
            self.cloud.seeded['networks']['tenant']
        )
        assert tenant is not None
        self.assertEqual(
            ('tenant', self.cloud.project_id('demo'), False, False, 1),
            (
                tenant.name,
                tenant.project_id,
                tenant.shared,
                tenant.external,
                len(tenant.subnets),
            ),
        )
        self.assertIsNone(self.networks.get_network(self.server))
        made = {self.port(), self.port('tenant')}
        found = self.networks.ports_by_device(self.server)
        self.assertEqual(made, {port.id for port in found})
        error = self.assertRaises(
            exceptions.BadRequest,
            self.networks.create_port,
            self.server,
            project_id='p',
            name='',
            device_id='',
            device_owner='',
        )
        self.assertEqual('network_not_found', error.code)
        self.assertRaises(
            exceptions.UpstreamConflict,
            self.networks.create_port,
            found[0].network_id or '',
            project_id='p',
            name='',
            device_id='',
            device_owner='',
            mac_address=found[0].mac_address,
        )

    def test_image(self) -> None:
        image = self.images.get(self.image)
        assert image is not None
        self.assertEqual(
            ('debian', 'active', 'raw', 'public'),
            (image.name, image.status, image.disk_format, image.visibility),
        )
        self.assertIsNone(self.images.get(self.server))
