"""Taking over a machine: what ends how, and what is left behind."""

from unittest import mock

import testtools

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import manage
from moganclient.service.flows import unmanage
from moganclient.tests import machines

OTHER = 'cccccccc-0000-4000-8000-000000000001'


class Case(testtools.TestCase):
    """Machines of an inventory file and SQLite."""

    overrides: dict = {}
    changes: dict = {}

    def setUp(self):
        super().setUp()
        self.world = self.useFixture(
            machines.World(2, overrides=self.overrides, **self.changes)
        )
        self.runtime = self.world.runtime
        self.before = self.world.machine()
        # Nobody waits in a unit test.
        self.sleeps = []
        patcher = mock.patch('time.sleep', self.sleeps.append)
        patcher.start()
        self.addCleanup(patcher.stop)

    def manage(self, number=0, **changes):
        with deadline.limit(10):
            return manage.run(
                self.runtime,
                machines.context(),
                self.world.request(number, **changes),
            )

    def refused(self, error, **changes):
        """It fails, and everything is as before."""
        found = self.assertRaises(error, self.manage, **changes)
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual([], self.world.rows())
        return found

    def wrap(self, where, name, wrapper):
        """Let a method of driver or networks pass through ``wrapper``."""
        inner = getattr(where, name)

        def method(*args, **kwargs):
            return wrapper(inner, *args, **kwargs)

        setattr(where, name, method)

    def fail_first(self, where, name, *failures, act=False):
        """The first calls fail; with ``act`` they act all the same."""
        left = list(failures)

        def wrapper(inner, *args, **kwargs):
            if not left:
                return inner(*args, **kwargs)
            if act:
                inner(*args, **kwargs)
            raise left.pop(0)

        self.wrap(where, name, wrapper)


class ManageTest(Case):
    def test_the_server_says_what_was_taken_over(self):
        server = self.manage(description='db', metadata={'rack': '7'})
        self.assertEqual('active', server.status)
        self.assertEqual('power on', server.power_state)
        self.assertEqual(machines.IMAGE, server.image_uuid)
        self.assertEqual({'rack': '7'}, server.meta)
        self.assertEqual(
            {
                machines.NETWORK: [
                    {'addr': '10.0.0.0', 'type': 'fixed'},
                    {'addr': '10.1.0.0', 'type': 'fixed'},
                ]
            },
            server.addresses,
        )
        self.assertIsNone(server.flow)
        self.assertIsNone(server.flow_owner)

    def test_node_and_ports_carry_the_server(self):
        uuid = self.manage().uuid
        machine = self.world.machine()
        self.assertEqual(uuid, machine['instance_uuid'])
        self.assertTrue(machine['protected'])
        self.assertIn(uuid, machine['protected_reason'])
        for device, owner, host in machine['ports'].values():
            self.assertEqual((uuid, 'baremetal:none'), (device, owner))
            self.assertEqual(machines.node_uuid(0), host)

    def test_unknown_node(self):
        self.refused(exceptions.NodeNotFound, node_uuid=OTHER)

    def test_unknown_flavor(self):
        self.refused(exceptions.FlavorNotFound, flavor_uuid=OTHER)

    def test_flavor_of_another_resource_class(self):
        flavor = self.runtime.db.create_flavor(
            models.Flavor(
                uuid=OTHER,
                name='gold',
                resources={'gold': 1},
                resource_aggregates={},
            )
        )
        error = self.refused(
            exceptions.BadRequest, flavor_uuid=flavor.uuid
        )
        self.assertEqual('flavor_does_not_fit', error.code)
        self.assertIn('baremetal.general=1', error.detail)
        self.assertIn('CUSTOM_BAREMETAL_GENERAL=1', error.detail)

    def test_flavor_with_traits_that_the_machine_lacks(self):
        self.runtime.db.create_flavor(
            models.Flavor(
                uuid=OTHER,
                name='gpu',
                resources={'baremetal.general': 1},
                resource_aggregates={},
                traits=['CUSTOM_GPU'],
            )
        )
        error = self.refused(exceptions.BadRequest, flavor_uuid=OTHER)
        self.assertEqual('flavor_does_not_fit', error.code)
        self.assertIn('CUSTOM_GPU', error.detail)

    def test_flavor_with_the_normalized_name_of_the_class(self):
        self.runtime.db.create_flavor(
            models.Flavor(
                uuid=OTHER,
                name='placement',
                resources={'CUSTOM_BAREMETAL_GENERAL': '1'},
                resource_aggregates={},
            )
        )
        self.assertEqual('active', self.manage(flavor_uuid=OTHER).status)

    def test_disabled_flavor(self):
        self.runtime.db.create_flavor(
            models.Flavor(
                uuid=OTHER,
                name='old',
                resources={'baremetal.general': 1},
                resource_aggregates={},
                disabled=True,
            )
        )
        error = self.refused(exceptions.BadRequest, flavor_uuid=OTHER)
        self.assertEqual('flavor_disabled', error.code)

    def test_a_node_that_has_a_server_names_it(self):
        uuid = self.manage().uuid
        error = self.assertRaises(exceptions.NodeHasServer, self.manage)
        self.assertEqual(uuid, error.server_uuid)

    def test_a_port_left_out(self):
        error = self.refused(
            exceptions.PortConflict, port_ids=machines.port_ids(0)[:1]
        )
        self.assertEqual('port_not_named', error.code)

    def test_a_port_of_another_project_is_refused_to_a_plain_caller(self):
        error = self.refused(exceptions.Forbidden, project_id='other')
        self.assertIn(machines.port_ids(0)[0], error.detail)

    def test_a_port_of_another_project_is_fine_for_an_admin(self):
        server = self.manage(project_id='other', foreign_ports=True)
        self.assertEqual('other', server.project_id)

    def test_image_that_glance_does_not_know_is_null(self):
        self.runtime.images.exists = lambda image_id: False
        self.assertIsNone(self.manage().image_uuid)

    def test_glance_down_is_not_image_not_found(self):
        def exists(image_id):
            raise exceptions.UpstreamUnavailable('Glance is down.')

        self.runtime.images.exists = exists
        self.refused(exceptions.UpstreamUnavailable)


class PoweredOffTest(Case):
    changes = {'power_state': 'power off'}

    def test_is_stopped(self):
        self.assertEqual('stopped', self.manage().status)


class ImageUrlTest(Case):
    changes = {'instance_info': {'image_source': 'http://x/y.qcow2'}}

    def test_an_image_that_is_a_url_is_null(self):
        self.assertIsNone(self.manage().image_uuid)


class ImageOfGlanceTest(Case):
    changes = {'instance_info': {'image_source': f'glance://{machines.IMAGE}'}}

    def test_an_image_with_the_scheme_of_glance_is_that_image(self):
        self.assertEqual(machines.IMAGE, self.manage().image_uuid)


class ChosenUuidTest(Case):
    def test_the_server_has_it_everywhere(self):
        server = self.manage(uuid=OTHER)
        self.assertEqual(OTHER, server.uuid)
        machine = self.world.machine()
        self.assertEqual(OTHER, machine['instance_uuid'])
        self.assertIn(OTHER, machine['protected_reason'])
        for device, _owner, _host in machine['ports'].values():
            self.assertEqual(OTHER, device)

    def test_uuid_of_another_nodes_server_changes_nothing(self):
        self.manage(1, uuid=OTHER)
        error = self.refused(exceptions.ServerExists, uuid=OTHER)
        self.assertEqual(OTHER, error.server_uuid)

    def test_uuid_of_a_server_that_is_being_taken_over(self):
        def claim_node(inner, *args):
            error = self.assertRaises(
                exceptions.NodeHasServer, self.manage, uuid=OTHER
            )
            self.assertEqual(OTHER, error.server_uuid)
            return inner(*args)

        self.wrap(self.runtime.driver, 'claim_node', claim_node)
        self.assertEqual(OTHER, self.manage(uuid=OTHER).uuid)

    def test_uuid_of_a_server_that_was_let_go_may_be_used_again(self):
        with deadline.limit(10):
            unmanage.run(
                self.runtime, machines.context(), self.manage(uuid=OTHER).uuid
            )
        self.assertEqual(OTHER, self.manage(1, uuid=OTHER).uuid)
        self.assertEqual(self.before, self.world.machine())

    def test_uuid_of_a_takeover_that_failed_may_be_used_again(self):
        down = exceptions.UpstreamUnavailable('Glance is down.')
        self.fail_first(self.runtime.images, 'exists', down)
        self.refused(exceptions.UpstreamUnavailable, uuid=OTHER)
        self.assertEqual(OTHER, self.manage(uuid=OTHER).uuid)

    def refused_by_ironic(self, *refusals):
        """Claiming fails so; what came of it."""
        self.fail_first(self.runtime.driver, 'claim_node', *refusals)
        return self.refused(exceptions.Conflict, uuid=OTHER)

    def test_uuid_of_somebodys_instance_is_a_conflict_at_once(self):
        self.runtime.driver.claim_node(machines.node_uuid(1), OTHER, 'x')
        taken = exceptions.UpstreamConflict('Instance is associated.')
        error = self.refused_by_ironic(taken)
        self.assertEqual('uuid_in_use', error.code)
        self.assertIn(machines.node_uuid(1), error.detail)
        self.assertEqual([], self.sleeps)

    def test_uuid_of_somebodys_instance_behind_a_lock(self):
        self.runtime.driver.claim_node(machines.node_uuid(1), OTHER, 'x')
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.assertEqual('uuid_in_use', self.refused_by_ironic(locked).code)

    def test_a_lock_is_not_taken_for_an_instance(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.fail_first(self.runtime.driver, 'claim_node', locked, locked)
        asked = []
        self.wrap(
            self.runtime.driver,
            'find_holder',
            lambda inner, uuid: asked.append(uuid) or inner(uuid),
        )
        self.assertEqual('active', self.manage(uuid=OTHER).status)
        self.assertEqual([OTHER], asked)


class RaceTest(Case):
    """What goes wrong in the middle."""

    def test_a_lock_is_waited_for(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.fail_first(self.runtime.driver, 'claim_node', locked, locked)
        self.assertEqual('active', self.manage().status)
        self.assertEqual(2, len(self.sleeps))

    def test_a_lock_that_stays_is_503_with_retry_after(self):
        def claim_node(*args):
            raise exceptions.UpstreamConflict('Node is locked by host x.')

        self.runtime.driver.claim_node = claim_node
        clock = mock.patch(
            'moganclient.service.deadline.remaining',
            side_effect=lambda: 10.0 - len(self.sleeps),
        )
        with clock:
            error = self.refused(exceptions.Unavailable)
        self.assertIn('locked', error.detail)
        self.assertTrue(error.retry_after)

    def test_a_lock_that_outlasts_the_deadline_is_named(self):
        def claim_node(*args):
            raise exceptions.UpstreamConflict('Node is locked by host x.')

        self.runtime.driver.claim_node = claim_node
        real = self.runtime.driver.get_node_bare
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=[exceptions.DeadlineExceeded('Too late.')]
            + [real(machines.node_uuid(0))] * 3
        )
        error = self.refused(exceptions.Unavailable)
        self.assertEqual('upstream_locked', error.code)
        self.assertIn('locked by host x', error.detail)

    def test_a_lock_is_named_also_when_waiting_for_it_was_cut_off(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        cut_off = exceptions.UpstreamUnavailable('Ironic gave no answer.')
        self.fail_first(
            self.runtime.driver, 'claim_node', locked, cut_off
        )
        node = self.runtime.driver.get_node_bare(machines.node_uuid(0))
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=[node, exceptions.DeadlineExceeded('Too late.')]
            + [node] * 3
        )
        error = self.refused(exceptions.Unavailable)
        self.assertEqual('upstream_locked', error.code)

    def test_an_answer_that_was_lost_is_looked_for(self):
        lost = exceptions.UpstreamUnavailable('Ironic gave no answer.')
        self.fail_first(self.runtime.driver, 'claim_node', lost, act=True)
        self.assertEqual('active', self.manage().status)
        self.assertEqual([], self.sleeps)

    def test_ironic_down_for_good_is_503_and_undone(self):
        down = exceptions.UpstreamUnavailable('Ironic is down.', sent=False)
        self.fail_first(
            self.runtime.driver, 'claim_node', down, down, down
        )
        error = self.refused(exceptions.UpstreamUnavailable)
        self.assertEqual('Ironic is down.', error.detail)

    def test_claimed_by_another_in_the_middle(self):
        driver = self.runtime.driver
        claim = driver.claim_node

        def claim_node(node_uuid, server_uuid, reason):
            claim(node_uuid, OTHER, 'theirs')
            return claim(node_uuid, server_uuid, reason)

        driver.claim_node = claim_node
        error = self.assertRaises(exceptions.NodeNotAdoptable, self.manage)
        self.assertEqual('in_use', error.reasons[0]['code'])
        self.assertIn(OTHER, error.detail)
        self.assertEqual(OTHER, self.world.machine()['instance_uuid'])
        self.assertEqual('theirs', self.world.machine()['protected_reason'])
        self.assertEqual([], self.world.rows())

    def test_maintenance_seen_in_the_answer_to_the_claim_undoes_it(self):
        def claim_node(inner, *args):
            node = inner(*args)
            node.maintenance = True
            return node

        self.wrap(self.runtime.driver, 'claim_node', claim_node)
        error = self.refused(exceptions.NodeNotAdoptable)
        self.assertEqual('in_maintenance', error.reasons[0]['code'])

    def test_a_port_that_changed_is_looked_at_and_bound(self):
        changed = exceptions.UpstreamConflict('Precondition failed.')
        self.fail_first(self.runtime.networks, 'set_device', changed)
        self.assertEqual('active', self.manage().status)

    def test_a_port_taken_in_the_middle_undoes_everything(self):
        first, second = machines.port_ids(0)
        real = self.runtime.networks.set_device

        def set_device(port_id, device_id, *args):
            if port_id == second and device_id not in ('', 'vm-7'):
                real(second, 'vm-7', 'compute:x', 1)
            return real(port_id, device_id, *args)

        self.runtime.networks.set_device = set_device
        error = self.assertRaises(exceptions.PortConflict, self.manage)
        self.assertEqual('port_in_use', error.code)
        machine = self.world.machine()
        self.assertEqual(
            ('vm-7', 'compute:x', machines.node_uuid(0)),
            machine['ports'].pop(second),
        )
        self.before['ports'].pop(second)
        self.assertEqual(self.before, machine)
        self.assertEqual([], self.world.rows())

    def test_an_answer_of_neutron_that_was_lost(self):
        lost = exceptions.UpstreamUnavailable('Neutron gave no answer.')
        self.fail_first(self.runtime.networks, 'set_device', lost, act=True)
        self.assertEqual('active', self.manage().status)

    def test_what_cannot_be_undone_is_left_to_recovery(self):
        down = exceptions.UpstreamUnavailable('Neutron is down.')

        def set_device(*args):
            raise down

        self.runtime.networks.set_device = set_device
        release = self.runtime.driver.release_node
        self.runtime.driver.release_node = mock.Mock(side_effect=down)
        error = self.assertRaises(exceptions.Unavailable, self.manage)
        self.assertEqual('recovering', error.code)
        (row,) = self.world.rows()
        self.assertTrue(row.flow_undo)
        self.assertEqual('managing', row.status)
        again = self.assertRaises(exceptions.NodeNotAdoptable, self.manage)
        self.assertEqual('recovering', again.code)
        self.runtime.driver.release_node = release

    def test_a_process_that_lost_its_lease_touches_nothing_more(self):
        def claim_node(inner, *args):
            (row,) = self.world.rows()
            self.assertTrue(
                self.runtime.db.take_flow(
                    row.uuid,
                    old_owner=row.flow_owner,
                    old_lease=row.flow_lease,
                    owner='another',
                    lease_until=row.flow_lease + 60,
                )
            )
            return inner(*args)

        self.wrap(self.runtime.driver, 'claim_node', claim_node)
        error = self.assertRaises(exceptions.Unavailable, self.manage)
        self.assertEqual('recovering', error.code)
        (row,) = self.world.rows()
        self.assertEqual('another', row.flow_owner)
        # Claimed it is, and that is now the other process's to finish.
        self.assertEqual(row.uuid, self.world.machine()['instance_uuid'])
        ports = self.world.machine()['ports']
        self.assertEqual(self.before['ports'], ports)


class NotificationTest(Case):
    def setUp(self):
        super().setUp()
        self.events = []
        self.runtime.notifier.emit = (
            lambda context, event, server, **more: self.events.append(event)
        )

    def test_start_and_end(self):
        self.manage()
        self.assertEqual(
            ['server.manage.start', 'server.manage.end'], self.events
        )

    def test_start_and_error(self):
        self.runtime.images.exists = mock.Mock(
            side_effect=exceptions.UpstreamUnavailable('Glance is down.')
        )
        self.refused(exceptions.UpstreamUnavailable)
        self.assertEqual(
            ['server.manage.start', 'server.manage.error'], self.events
        )

    def test_nothing_of_the_uuid_of_somebody_elses_server(self):
        self.manage(1, uuid=OTHER)
        del self.events[:]
        self.refused(exceptions.ServerExists, uuid=OTHER)
        self.assertEqual([], self.events)

    def test_nothing_for_what_was_refused_before_it_began(self):
        self.refused(exceptions.NodeNotFound, node_uuid=OTHER)
        self.assertEqual([], self.events)
