"""Deleting a server: undeployed, and nothing of it left."""

import dataclasses

import ddt

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import destroy
from moganclient.service.flows import rebuild
from moganclient.service.flows import recovery
from moganclient.service import protection
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building
from moganclient.tests.unit.service.flows import test_build
from moganclient.tests.unit.service.flows import test_manage

BOTH = [{'net_id': building.NETWORK}, {'port_id': building.MINE}]


@ddt.ddt
class DestroyTest(building.Case):
    def setUp(self):
        super().setUp()
        self.server = self.build(networks=BOTH)
        del self.events[:]

    def delete(self):
        self.destroy(self.server)
        self.drain()

    def assert_gone(self):
        self.assertEqual([], self.rows())
        self.assert_nothing_left(self.server.uuid)

    def test_everything_is_as_before(self):
        self.delete()
        self.assert_gone()
        self.assertEqual(
            ['server.delete.start', 'server.delete.end'], self.events
        )

    def test_while_it_is_deleted(self):
        self.assertEqual('deleting', self.destroy(self.server).status)

    def test_again_while_it_is_deleted(self):
        self.destroy(self.server)
        self.assertEqual('deleting', self.destroy(self.server).status)
        self.drain()
        self.assert_gone()

    def test_once_it_is_gone(self):
        self.delete()
        self.assertRaises(exceptions.ServerNotFound, self.destroy, self.server)

    def update(self, **values):
        self.runtime.db.update_server(self.server.uuid, values)

    def test_a_locked_server(self):
        self.update(locked_by='admin')
        self.assertRaises(exceptions.ServerLocked, self.destroy, self.server)

    def test_a_protected_server(self):
        self.update(protected=True)
        error = self.assertRaises(
            exceptions.ServerProtected, self.destroy, self.server
        )
        self.assertNotIn('unmanage', error.detail)
        self.assertIn('--unprotected', error.detail)

    @ddt.data('managing', 'unmanaging')
    def test_a_server_that_is_taken_over_or_let_go(self, status):
        self.update(status=status)
        self.assertRaises(exceptions.ServerBusy, self.destroy, self.server)

    def test_a_power_action_is_under_way(self):
        self.update(status='powering-off', power_target='power off')
        self.delete()
        self.assert_gone()

    @ddt.data(
        ('driver', 'provision'),
        ('driver', 'delete_allocation'),
        ('networks', 'delete_port'),
        ('networks', 'set_device'),
    )
    @ddt.unpack
    def test_it_goes_on_until_it_is_done(self, place, name):
        self.fail_first(
            getattr(self.runtime, place),
            name,
            exceptions.UpstreamUnavailable('Down.'),
            exceptions.UpstreamConflict('Locked.'),
        )
        self.fail_first(
            getattr(self.runtime, place),
            name,
            exceptions.UpstreamUnavailable('No answer.'),
            act=True,
        )
        self.delete()
        self.assert_gone()

    def test_a_machine_that_another_has_by_now_is_left_alone(self):
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        driver.claim_node(self.server.node_uuid, building.IMAGE, 'theirs')
        self.delete()
        self.assertEqual([], self.rows())
        node = driver.get_node(self.server.node_uuid)
        self.assertEqual('active', node.provision_state)
        self.assertEqual(building.IMAGE, node.instance_uuid)

    def test_a_machine_that_another_failed_to_undeploy_is_left_alone(self):
        """It looks as one does that undeploying for this server failed on."""
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        self.wrap(
            driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node), provision_state='error'
            ),
        )
        driver.provision = None
        self.delete()
        self.assertEqual([], self.rows())

    def test_a_machine_that_is_nobodys_by_now_keeps_its_network(self):
        """An operator took the claim away; what runs there runs on."""
        self.runtime.driver.release_node(self.server.node_uuid)
        ports = {row.port_id for row in self.server.ports}
        self.delete()
        self.assertEqual([], self.rows())
        node = self.runtime.driver.get_node(self.server.node_uuid)
        self.assertEqual('active', node.provision_state)
        self.assertEqual(ports, set(node.vifs()))
        known = self.runtime.networks.ports_by_id(ports)
        self.assertEqual(
            dict.fromkeys(ports, ''),
            {port.id: port.device_id for port in known.values()},
        )

    def test_a_machine_that_is_anothers_by_now_keeps_its_network(self):
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        driver.claim_node(self.server.node_uuid, building.IMAGE, 'theirs')
        ports = {row.port_id for row in self.server.ports}
        self.delete()
        self.assertEqual(
            ports, set(driver.get_node(self.server.node_uuid).vifs())
        )
        self.assertEqual(
            ports, set(self.runtime.networks.ports_by_id(ports))
        )

    def test_a_port_made_for_it_that_another_has_by_now_is_kept(self):
        networks = self.runtime.networks
        (made,) = self.world.made_ports(self.server.uuid)
        networks.set_device(made, 'vm-7', 'compute:x', None)
        self.delete()
        (port,) = networks.ports_by_id([made]).values()
        self.assertEqual(
            ('vm-7', 'compute:x'), (port.device_id, port.device_owner)
        )
        self.assertEqual([], self.rows())

    def test_a_port_that_another_has_by_now_is_left_alone(self):
        networks = self.runtime.networks
        networks.set_device(building.MINE, 'vm-7', 'compute:x', None)
        self.delete()
        (port,) = networks.ports_by_id([building.MINE]).values()
        self.assertEqual(
            ('vm-7', 'compute:x'), (port.device_id, port.device_owner)
        )
        self.assertEqual([], self.rows())

    def test_a_machine_that_is_protected_in_the_inventory(self):
        """By somebody else: what is refused is not tried for an hour."""
        self.runtime.driver.set_protected(
            self.server.node_uuid, True, 'do not touch'
        )
        self.delete()
        found = self.row(self.server)
        self.assertEqual(('active', None), (found.status, found.plan))
        self.assertEqual('node_protected', found.fault['code'])
        self.runtime.driver.set_protected(self.server.node_uuid, False, None)
        self.delete()
        self.assert_gone()

    def test_a_server_in_error(self):
        self.update(status='error', fault={'code': 'x'})
        self.delete()
        self.assert_gone()

    def test_another_process_goes_on(self):
        self.destroy(self.server)
        self.runtime.worker.stop(0)
        self.update(flow_lease=0.0)
        recovery.recover(self.runtime)
        self.drain()
        self.assert_gone()


@ddt.ddt
class CancelTest(building.Case):
    """Deleted while it is built."""

    def cancel_in(self, where, name):
        """Delete it in the moment of a write; the write acts all the same."""
        asked = []

        def wrapper(inner, *args, **kwargs):
            found = inner(*args, **kwargs)
            if not asked:
                asked.append(True)
                (server,) = self.rows()
                self.destroy(server)
            return found

        self.wrap(where, name, wrapper)

    @ddt.data(*test_build.WRITES)
    @ddt.unpack
    def test_in_the_moment_of_a_write(self, place, name):
        self.cancel_in(getattr(self.runtime, place), name)
        server = self.start(networks=BOTH)
        self.drain()
        self.assertEqual([], self.rows())
        self.assert_nothing_left(server.uuid)
        self.assertEqual('server.delete.end', self.events[-1])
        self.assertNotIn('server.build.end', self.events)

    def test_before_anything_was_done(self):
        server = self.start(networks=BOTH)
        self.destroy(server)
        self.drain()
        self.assertEqual([], self.rows())
        self.assert_nothing_left(server.uuid)

    def test_while_it_is_undone(self):
        self.fail_first(
            self.runtime.driver,
            'provision',
            exceptions.BadRequest('Not so.'),
        )
        self.cancel_in(self.runtime.driver, 'delete_allocation')
        server = self.start(networks=BOTH)
        self.drain()
        self.assertEqual([], self.rows())
        self.assert_nothing_left(server.uuid)


class GivenUpTest(building.Case):
    """Deleting ends before it is known whether it was undeployed."""

    def test_what_others_fail_to_undeploy_later_is_theirs(self):
        server = self.build()
        driver = self.runtime.driver
        states = ['deleting']
        self.wrap(
            driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node),
                provision_state=states[0],
                provision_updated_at=states[0],
            ),
        )
        self.destroy(server)
        self.runtime.worker.drain(3)
        plan = {**self.row(server).plan, 'since': 0.0}
        self.runtime.db.update_server(server.uuid, {'plan': plan})
        self.drain()
        found = self.row(server)
        self.assertEqual('deploy_timeout', found.fault['code'])
        driver.release_node(found.node_uuid)
        states[0] = 'error'
        driver.provision = None
        self.destroy(server)
        self.drain()
        self.assertEqual([], self.rows())


class FailingTest(building.Case):
    """Undeploying fails, and the inventory gives the machine up."""

    changes = {'properties': {'simulate': {'undeploy': 'fail'}}}

    def setUp(self):
        super().setUp()
        self.server = self.build(networks=BOTH)
        self.destroy(self.server)
        self.drain()

    def test_it_is_said_and_the_server_stays(self):
        server = self.row(self.server)
        self.assertEqual('error', server.status)
        self.assertEqual('deploy_failed', server.fault['code'])
        self.assertIn('Undeploying failed', server.fault['detail'])
        self.assertEqual('error', self.node(server).provision_state)
        self.assertIsNone(self.node(server).instance_uuid)

    def test_not_once_others_failed_to_undeploy_it(self):
        """Somebody cleared it up, and somebody else had it since."""
        self.wrap(
            self.runtime.driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node), provision_updated_at='later'
            ),
        )
        self.runtime.driver.provision = None
        self.destroy(self.server)
        self.drain()
        self.assertEqual([], self.rows())

    def test_nor_where_it_is_not_known_to_have_failed_here(self):
        """The row was left by a version that did not see it fail."""
        self.runtime.db.update_server(
            self.server.uuid, {'plan': {'undeploying': {'seen': None}}}
        )
        self.runtime.driver.provision = None
        self.destroy(self.server)
        self.drain()
        self.assertIn('not known', self.row(self.server).fault['message'])
        self.destroy(self.server)
        self.drain()
        self.assertEqual([], self.rows())

    def test_rebuilding_that_fails_forgets_nothing_of_it(self):
        with deadline.limit(10):
            rebuild.start(
                self.runtime, machines.context(), self.server.uuid
            )
        self.drain()
        found = self.row(self.server)
        self.assertEqual('error', found.status)
        self.assertIn('undeploying', found.plan)

    def test_it_can_be_tried_again(self):
        told = []

        def provision(inner, node, target, **more):
            told.append((node, target))
            return inner(node, target, **more)

        self.wrap(self.runtime.driver, 'provision', provision)
        self.wrap(
            self.runtime.driver,
            'get_node_bare',
            lambda inner, node: (
                dataclasses.replace(inner(node), provision_state='cleaning')
                if told
                else inner(node)
            ),
        )
        self.destroy(self.server)
        self.drain()
        self.assertEqual([(self.server.node_uuid, 'deleted')], told)
        self.assertEqual([], self.rows())


class ConsoleTest(building.Case):
    changes = {'properties': {'console_url': 'https://c.example.org/1'}}

    def setUp(self):
        super().setUp()
        self.server = self.build()
        self.runtime.driver.enable_console(self.server.node_uuid)

    def delete(self):
        self.destroy(self.server)
        self.drain()
        self.assertEqual([], self.rows())
        return self.runtime.driver.console(self.server.node_uuid).enabled

    def test_nobody_sees_the_console_of_the_next_server(self):
        self.assertFalse(self.delete())

    def test_one_that_stays_on_keeps_no_machine(self):
        self.runtime.driver.disable_console = lambda node: None
        self.assertTrue(self.delete())

    def test_one_that_cannot_be_told_keeps_no_machine(self):
        def refuse(node):
            raise exceptions.BadRequest('No.')

        self.runtime.driver.disable_console = refuse
        self.assertTrue(self.delete())


class UndeployTest(building.Case):
    changes = {'properties': {'simulate': {'deploy': 'hang'}}}

    def test_a_machine_that_is_being_deployed(self):
        server = self.start(networks=BOTH)
        self.runtime.worker.drain(5)
        self.assertEqual(
            'wait call-back', self.node(self.row(server)).provision_state
        )
        self.destroy(server)
        self.drain()
        self.assertEqual([], self.rows())
        self.assert_nothing_left(server.uuid)


class AdoptedTest(test_manage.Case):
    """A machine that was taken over."""

    overrides = {'static.transition': 0, 'flows.poll_interval': 0.01}

    def setUp(self):
        super().setUp()
        self.server = self.manage()

    def delete(self):

        destroy.start(self.runtime, machines.context(), self.server.uuid)
        self.runtime.worker.drain(100)

    def unprotect(self):
        protection.change(
            self.runtime, machines.context(), self.server, False
        )

    def test_it_is_protected(self):
        managed = self.world.machine()
        self.assertRaises(exceptions.ServerProtected, self.delete)
        self.assertEqual(managed, self.world.machine())

    def test_unprotected_it_is_undeployed(self):
        self.unprotect()
        self.delete()
        node = self.runtime.driver.get_node(machines.node_uuid(0))
        self.assertEqual('available', node.provision_state)
        self.assertIsNone(node.instance_uuid)
        self.assertEqual([], self.world.rows())

    def test_its_ports_are_kept_and_cleared(self):
        self.unprotect()
        self.delete()
        ports = self.world.machine()['ports']
        self.assertEqual(set(machines.port_ids(0)), set(ports))
        for device, owner, _ in ports.values():
            self.assertEqual(('', ''), (device, owner))
