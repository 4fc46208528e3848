"""Machines of the static driver go through what Ironic puts them through."""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import lifecycle
from moganclient.service.drivers import static
from moganclient.service import exceptions
from moganclient.tests.unit.service.drivers import static_world as world

NODE = world.uuid_of(1)


class PowerTest(world.StaticTestCase):
    def test_power_changes_after_the_transition(self) -> None:
        driver = self.driver(world.node())
        driver.set_power(NODE, 'power on')
        node = driver.get_node(NODE)
        self.assertEqual(
            ('power off', 'power on', True),
            (node.power_state, node.target_power_state, node.reserved),
        )
        self.wait()
        node = driver.get_node(NODE)
        self.assertEqual(
            ('power on', None, False),
            (node.power_state, node.target_power_state, node.reserved),
        )

    def test_what_each_target_leads_to(self) -> None:
        driver = self.driver(world.node(power_state='error'), transition=0)
        found = {}
        for target in lifecycle.POWER_TARGETS:
            driver.set_power(NODE, target)
            found[target] = driver.get_node(NODE).power_state
        self.assertEqual(
            {
                'power on': 'power on',
                'power off': 'power off',
                'rebooting': 'power on',
                'soft power off': 'power off',
                'soft rebooting': 'power on',
            },
            found,
        )

    def test_the_list_of_all_nodes_shows_it_too(self) -> None:
        driver = self.driver(world.node())
        driver.set_power(NODE, 'power on')
        [state] = driver.list_nodes()
        self.assertEqual(
            ('power on', True), (state.target_power_state, state.reserved)
        )

    def test_another_process_sees_it(self) -> None:
        self.driver(world.node()).set_power(NODE, 'power on')
        self.wait()
        other = self.driver(world.node())
        self.assertEqual('power on', other.get_node(NODE).power_state)

    def test_a_node_that_is_being_switched_is_locked(self) -> None:
        driver = self.driver(world.node())
        driver.set_power(NODE, 'power on')
        error = self.assertRaises(
            exceptions.UpstreamConflict, driver.set_power, NODE, 'power off'
        )
        self.assertIn('locked', error.detail)
        self.assertRaises(
            exceptions.UpstreamConflict,
            driver.claim_node,
            NODE,
            world.SERVER,
            'reason',
        )

    def test_unknown_target(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest, self.driver().set_power, NODE, 'off'
        )
        self.assertIn('"off"', error.detail)

    def test_no_such_node(self) -> None:
        self.assertRaises(
            exceptions.NodeNotFound, self.driver().set_power, NODE, 'power on'
        )

    def test_failure_that_the_file_asks_for(self) -> None:
        properties = {'simulate': {'power': 'fail'}}
        driver = self.driver(world.node(properties=properties))
        driver.set_power(NODE, 'power on')
        self.wait()
        node = driver.get_node(NODE)
        self.assertEqual(
            ('power off', None), (node.power_state, node.target_power_state)
        )
        self.assertIn('"power on"', node.last_error or '')

    def test_the_next_action_forgets_the_error(self) -> None:
        driver = self.driver(world.node(last_error='Out of luck.'))
        driver.set_power(NODE, 'power on')
        self.wait()
        self.assertIsNone(driver.get_node(NODE).last_error)


class ProtectTest(world.StaticTestCase):
    def test_protected_and_no_longer(self) -> None:
        driver = self.driver(world.node(provision_state='active'))
        node = driver.set_protected(NODE, True, 'Payroll.')
        self.assertEqual(
            (True, 'Payroll.'), (node.protected, node.protected_reason)
        )
        node = driver.set_protected(NODE, False, 'Payroll.')
        self.assertEqual(
            (False, None), (node.protected, node.protected_reason)
        )
        self.assertEqual(node, driver.get_node(NODE))

    def test_only_an_active_node(self) -> None:
        driver = self.driver(world.node())
        self.assertRaises(
            exceptions.UpstreamConflict,
            driver.set_protected,
            NODE,
            True,
            None,
        )
        self.assertFalse(driver.set_protected(NODE, False, None).protected)


class InstanceInfoTest(world.StaticTestCase):
    def test_merged_and_removed(self) -> None:
        driver = self.driver(world.node(instance_info={'a': 1, 'b': 2}))
        node = driver.set_instance_info(NODE, {'b': None, 'c': {'d': 3}})
        self.assertEqual({'a': 1, 'c': {'d': 3}}, node.instance_info)
        self.assertEqual(node, driver.get_node(NODE))


class DeployTestCase(world.StaticTestCase):
    def deployable(self, **values: Any) -> static.StaticDriver:
        """A driver of a node that was prepared for a server."""
        driver = self.driver(world.node(**values))
        driver.allocate(world.SERVER, 'gold', traits=[], candidates=None)
        driver.set_instance_info(NODE, {'image_source': world.IMAGE})
        driver.attach_vif(NODE, world.PORT)
        return driver

    def deployed(self, **values: Any) -> static.StaticDriver:
        driver = self.deployable(**values)
        driver.provision(NODE, 'active', configdrive=world.configdrive())
        self.wait()
        return driver

    def states(self, driver: static.StaticDriver) -> tuple[str | None, ...]:
        node = driver.get_node(NODE)
        return node.provision_state, node.target_provision_state


class DeployTest(DeployTestCase):
    def test_available_to_active(self) -> None:
        driver = self.deployable()
        driver.provision(NODE, 'active', configdrive=world.configdrive())
        self.assertEqual(('deploying', 'active'), self.states(driver))
        self.assertTrue(driver.get_node(NODE).reserved)
        self.wait()
        self.assertEqual(('active', None), self.states(driver))
        node = driver.get_node(NODE)
        self.assertEqual(
            (world.SERVER, 'power on', False, [world.PORT]),
            (node.instance_uuid, node.power_state, node.reserved, node.vifs()),
        )

    def test_what_was_in_the_config_drive_is_not_kept(self) -> None:
        driver = self.deployed()
        info = driver.get_node(NODE).instance_info
        self.assertEqual('******', info['configdrive'])

    def test_without_a_config_drive(self) -> None:
        driver = self.deployable()
        driver.provision(NODE, 'active')
        self.wait()
        self.assertEqual(('active', None), self.states(driver))

    def test_at_once_where_nothing_takes_time(self) -> None:
        driver = self.driver(
            world.node(instance_info={'image_source': world.IMAGE}),
            transition=0,
        )
        driver.provision(NODE, 'active')
        self.assertEqual(('active', None), self.states(driver))

    def test_without_an_image(self) -> None:
        driver = self.driver(world.node())
        error = self.assertRaises(
            exceptions.BadRequest, driver.provision, NODE, 'active'
        )
        self.assertIn('image_source', error.detail)
        self.assertEqual(('available', None), self.states(driver))

    def test_config_drive_that_is_none(self) -> None:
        for drive in ('%', 'aXNv', world.configdrive(b'no image')):
            driver = self.deployable()
            driver.provision(NODE, 'active', configdrive=drive)
            self.wait()
            self.assertEqual(('deploy failed', 'active'), self.states(driver))
            self.assertIn(
                'configdrive', driver.get_node(NODE).last_error or ''
            )
            driver.provision(NODE, 'deleted')
            self.wait(2)

    def test_failure_that_the_file_asks_for(self) -> None:
        driver = self.deployed(properties={'simulate': {'deploy': 'fail'}})
        self.assertEqual(('deploy failed', 'active'), self.states(driver))
        node = driver.get_node(NODE)
        self.assertIn('simulated', node.last_error or '')
        self.assertEqual(world.SERVER, node.instance_uuid)

    def test_hanging_that_the_file_asks_for(self) -> None:
        driver = self.deployed(properties={'simulate': {'deploy': 'hang'}})
        self.wait(1000)
        self.assertEqual(('wait call-back', 'active'), self.states(driver))
        driver.provision(NODE, 'deleted')
        self.wait(2)
        self.assertEqual(('available', None), self.states(driver))

    def test_again_after_a_failure(self) -> None:
        driver = self.deployable()
        driver.provision(NODE, 'active', configdrive='%')
        self.wait()
        driver.provision(NODE, 'active')
        self.wait()
        self.assertEqual(('active', None), self.states(driver))
        self.assertIsNone(driver.get_node(NODE).last_error)

    def test_rebuild(self) -> None:
        driver = self.deployed()
        driver.provision(NODE, 'rebuild', configdrive=world.configdrive())
        self.assertEqual(('deploying', 'active'), self.states(driver))
        self.wait()
        self.assertEqual(('active', None), self.states(driver))

    def test_a_machine_says_when_it_was_deployed_again(self) -> None:
        driver = self.deployed()
        first = driver.get_node(NODE).provision_updated_at
        driver.set_power(NODE, 'power off')
        self.wait()
        self.assertEqual(first, driver.get_node(NODE).provision_updated_at)
        driver.provision(NODE, 'rebuild')
        begun = driver.get_node(NODE).provision_updated_at
        self.wait()
        ended = driver.get_node(NODE).provision_updated_at
        self.assertEqual(3, len({first, begun, ended}))

    def test_not_from_another_state(self) -> None:
        driver = self.deployed()
        error = self.assertRaises(
            exceptions.BadRequest, driver.provision, NODE, 'active'
        )
        self.assertIn('in state "active"', error.detail)

    def test_not_in_maintenance(self) -> None:
        driver = self.driver(
            world.node(
                maintenance=True, instance_info={'image_source': world.IMAGE}
            )
        )
        error = self.assertRaises(
            exceptions.BadRequest, driver.provision, NODE, 'active'
        )
        self.assertIn('maintenance', error.detail)

    def test_unknown_target(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest,
            self.driver(world.node()).provision,
            NODE,
            'rescue',
        )
        self.assertIn('"rescue"', error.detail)


class UndeployTest(DeployTestCase):
    def test_active_to_available_through_cleaning(self) -> None:
        driver = self.deployed()
        driver.provision(NODE, 'deleted')
        self.assertEqual(('deleting', 'available'), self.states(driver))
        self.assertEqual(world.SERVER, driver.get_node(NODE).instance_uuid)
        self.wait()
        self.assertEqual(('cleaning', 'available'), self.states(driver))
        self.wait()
        self.assertEqual(('available', None), self.states(driver))

    def test_nothing_of_the_server_is_left_on_the_node(self) -> None:
        driver = self.deployed()
        driver.provision(NODE, 'deleted')
        self.wait()
        node = driver.get_node(NODE)
        self.assertEqual(
            (None, None, {}, []),
            (
                node.instance_uuid,
                node.allocation_uuid,
                node.instance_info,
                node.vifs(),
            ),
        )
        self.assertIsNone(driver.get_allocation(world.SERVER))

    def test_the_port_keeps_its_device_and_loses_its_node(self) -> None:
        driver = self.deployed()
        networks = driver.networks()
        networks.set_device(world.PORT, world.SERVER, 'baremetal:none', None)
        driver.provision(NODE, 'deleted')
        port = networks.one(world.PORT)
        self.assertEqual(
            (world.SERVER, '', 'DOWN'),
            (port.device_id, port.host_id, port.status),
        )
        self.assertNotEqual('52:54:00:00:00:01', port.mac_address)

    def test_not_while_it_is_protected(self) -> None:
        driver = self.deployed()
        driver.set_protected(NODE, True, None)
        for target in ('deleted', 'rebuild'):
            error = self.assertRaises(
                exceptions.UpstreamConflict, driver.provision, NODE, target
            )
            self.assertEqual('node_protected', error.code)
        self.assertEqual(('active', None), self.states(driver))

    def test_not_while_it_deploys(self) -> None:
        driver = self.deployable()
        driver.provision(NODE, 'active')
        self.assertRaises(
            exceptions.UpstreamConflict, driver.provision, NODE, 'deleted'
        )

    def test_not_what_is_not_deployed(self) -> None:
        driver = self.driver(world.node())
        self.assertRaises(
            exceptions.BadRequest, driver.provision, NODE, 'deleted'
        )

    def test_cleaning_that_fails(self) -> None:
        driver = self.deployed(properties={'simulate': {'clean': 'fail'}})
        driver.provision(NODE, 'deleted')
        self.wait(2)
        node = driver.get_node(NODE)
        self.assertEqual(
            ('clean failed', True), (node.provision_state, node.maintenance)
        )
        self.assertFalse(driver.list_nodes()[0].available)

    def test_an_adopted_machine_is_no_longer_adoptable(self) -> None:
        driver = self.driver(world.node(provision_state='active'))
        self.assertEqual(
            1, len(driver.list_adoptable_nodes(base.NodeQuery()).nodes)
        )
        driver.provision(NODE, 'deleted')
        self.wait(2)
        self.assertEqual(
            [], driver.list_adoptable_nodes(base.NodeQuery()).nodes
        )
        self.assertTrue(driver.list_nodes()[0].available)


class VifTest(world.StaticTestCase):
    def test_the_node_carries_the_port(self) -> None:
        driver = self.driver(world.node())
        driver.attach_vif(NODE, world.PORT)
        self.assertEqual([world.PORT], driver.get_node(NODE).vifs())
        port = driver.networks().one(world.PORT)
        self.assertEqual(
            (NODE, '52:54:00:00:00:01', 'ACTIVE'),
            (port.host_id, port.mac_address, port.status),
        )

    def test_again_is_no_error(self) -> None:
        driver = self.driver(world.node())
        driver.attach_vif(NODE, world.PORT)
        before = driver.networks().one(world.PORT)
        driver.attach_vif(NODE, world.PORT)
        self.assertEqual(before, driver.networks().one(world.PORT))

    def test_no_nic_is_free(self) -> None:
        driver = self.driver(world.node())
        driver.attach_vif(NODE, world.PORT)
        error = self.assertRaises(
            exceptions.BadRequest, driver.attach_vif, NODE, world.PORT_2
        )
        self.assertIn('no free NIC', error.detail)

    def test_port_groups_come_before_nics(self) -> None:
        group = base.PortGroup(world.nic_of(9), address='52:54:00:00:00:99')
        driver = self.driver(world.node(portgroups=[group]))
        driver.attach_vif(NODE, world.PORT)
        node = driver.get_node(NODE)
        self.assertEqual(world.PORT, node.portgroups[0].vif_port_id)
        self.assertRaises(
            exceptions.BadRequest, driver.attach_vif, NODE, world.PORT_2
        )

    def test_port_that_another_node_carries(self) -> None:
        driver = self.driver(world.node(1), world.node(2))
        driver.attach_vif(world.uuid_of(2), world.PORT)
        self.assertRaises(
            exceptions.UpstreamConflict, driver.attach_vif, NODE, world.PORT
        )

    def test_no_such_port(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest,
            self.driver(world.node()).attach_vif,
            NODE,
            world.SERVER,
        )
        self.assertEqual('port_not_found', error.code)

    def test_noop_records_nothing(self) -> None:
        driver = self.driver(world.node(network_interface='noop'))
        driver.attach_vif(NODE, world.PORT)
        self.assertEqual([], driver.get_node(NODE).vifs())
        self.assertEqual('', driver.networks().one(world.PORT).host_id)

    def test_detached(self) -> None:
        driver = self.driver(world.node())
        driver.attach_vif(NODE, world.PORT)
        for _ in range(2):
            driver.detach_vif(NODE, world.PORT)
            self.assertEqual([], driver.get_node(NODE).vifs())
        port = driver.networks().one(world.PORT)
        self.assertEqual(('', 'DOWN'), (port.host_id, port.status))

    def test_detached_from_what_the_file_says(self) -> None:
        nic = base.Nic(world.nic_of(1), world.MAC, world.PORT)
        driver = self.driver(world.node(nics=[nic]))
        driver.detach_vif(NODE, world.PORT)
        self.assertEqual([], driver.get_node(NODE).vifs())

    def test_another_port_stays(self) -> None:
        nic = base.Nic(world.nic_of(1), world.MAC, world.PORT)
        driver = self.driver(world.node(nics=[nic]))
        driver.detach_vif(NODE, world.PORT_2)
        self.assertEqual([world.PORT], driver.get_node(NODE).vifs())


class ConsoleTest(world.StaticTestCase):
    def test_url_once_it_is_enabled(self) -> None:
        urls = ['https://consoles.example.org/n1', 'tcp://192.0.2.7:8023']
        driver = self.driver(
            *(
                world.node(number, properties={'console_url': url})
                for number, url in enumerate(urls)
            )
        )
        for number, kind in enumerate(('shellinabox', 'socat')):
            uuid = world.uuid_of(number)
            self.assertEqual(base.Console(False), driver.console(uuid))
            driver.enable_console(uuid)
            self.assertEqual(
                base.Console(True, kind, urls[number]), driver.console(uuid)
            )
            self.assertTrue(driver.get_node(uuid).console_enabled)

    def test_switched_off_again(self) -> None:
        url = 'https://consoles.example.org/n1'
        driver = self.driver(world.node(properties={'console_url': url}))
        driver.enable_console(NODE)
        driver.disable_console(NODE)
        self.assertEqual(base.Console(False), driver.console(NODE))

    def test_machine_without_one(self) -> None:
        driver = self.driver(world.node())
        for ask in (driver.console, driver.enable_console):
            error = self.assertRaises(
                exceptions.NotImplementedByDriver, ask, NODE
            )
            self.assertIn('n1', error.detail)
