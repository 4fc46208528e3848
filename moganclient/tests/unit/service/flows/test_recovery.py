"""Recovery where the cloud is not as it was when the process died."""

import time
from unittest import mock

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import owner
from moganclient.service.flows import recovery
from moganclient.service.flows import unmanage
from moganclient.service import guard
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage


class Killed(BaseException):
    """Ends a flow without any undoing, as SIGKILL does."""


class RecoveryTest(test_manage.Case):
    def setUp(self):
        super().setUp()
        self.events = []
        self.runtime.notifier.emit = (
            lambda context, event, server, **more: self.events.append(event)
        )

    def kill(self, where, name, flow, *args, acted=False):
        """Kill a flow at its first call of something.

        :param acted: the call had acted by then
        """

        def die(inner, *args, **kwargs):
            if acted:
                inner(*args, **kwargs)
            raise Killed

        real = getattr(where, name)
        self.wrap(where, name, die)
        self.assertRaises(Killed, flow, *args)
        setattr(where, name, real)
        (row,) = self.world.rows()
        self.runtime.db.update_server(row.uuid, {'flow_lease': 0.0})
        del self.events[:]

    def unmanage(self, server):
        with deadline.limit(10):
            unmanage.run(self.runtime, machines.context(), server.uuid)

    def unreachable(self, where, name):
        """A method of something that does not answer any more."""
        down = exceptions.UpstreamUnavailable('It is down.', sent=False)
        patcher = mock.patch.object(where, name, side_effect=down)
        patcher.start()
        return patcher

    def test_a_port_bound_already_is_given_back_when_claiming_fails(self):
        """Claiming comes first, but the dead process was past it."""
        self.kill(
            self.runtime.networks, 'set_device', self.manage, acted=True
        )

        def claim_node(inner, *args):
            node = inner(*args)
            node.maintenance = True
            return node

        self.wrap(self.runtime.driver, 'claim_node', claim_node)
        self.assertEqual(1, recovery.recover(self.runtime))
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual([], self.world.rows())
        self.assertEqual(['server.manage.error'], self.events)

    def test_undone_because_ironic_refuses_is_told(self):
        self.kill(self.runtime.driver, 'claim_node', self.manage)
        self.unreachable(self.runtime.driver, 'claim_node')
        self.assertEqual(1, recovery.recover(self.runtime))
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual(['server.manage.error'], self.events)

    def test_ports_given_back_are_no_servers_when_ironic_is_down(self):
        server = self.manage()
        self.kill(
            self.runtime.driver, 'release_node', self.unmanage, server
        )
        ironic = self.unreachable(self.runtime.driver, 'get_node_bare')
        self.assertEqual(0, recovery.recover(self.runtime))
        (row,) = self.world.rows()
        self.assertEqual('unmanaging', row.status)
        ironic.stop()
        self.assertEqual(1, recovery.recover(self.runtime))
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual([], self.world.rows())
        self.assertEqual(['server.unmanage.end'], self.events)

    def stuck(self, **values):
        """Letting go of it was begun when it had no machine any more."""
        server = self.manage()
        self.runtime.db.update_server(
            server.uuid,
            {
                'status': 'unmanaging',
                'node_uuid': None,
                'node_name': None,
                'power_state': None,
                'flow': 'unmanage',
                'flow_step': 'examine',
                'flow_owner': 'dead',
                'flow_lease': 0.0,
                **values,
            },
        )
        del self.events[:]
        return server

    def assert_can_be_deleted(self, server):
        self.assertEqual(1, recovery.recover(self.runtime))
        row = self.runtime.db.get_server(server.uuid)
        self.assertEqual(('error', None), (row.status, row.flow))
        self.assertEqual(['server.unmanage.error'], self.events)
        self.assertIsNone(guard.require(row, 'delete'))

    def test_a_server_without_a_machine_is_not_let_go_but_can_be_deleted(self):
        self.assert_can_be_deleted(self.stuck(protected=False))

    def test_the_same_where_that_was_being_undone(self):
        self.assert_can_be_deleted(
            self.stuck(protected=False, flow_undo=True)
        )

    def test_a_database_that_goes_away_in_the_middle(self):
        outage = exceptions.Unavailable('No database.')
        real = self.runtime.db.update_server

        def claim_node(inner, *args):
            self.runtime.db.update_server = mock.Mock(side_effect=outage)
            return inner(*args)

        self.wrap(self.runtime.driver, 'claim_node', claim_node)
        error = self.assertRaises(exceptions.Unavailable, self.manage)
        self.assertEqual('recovering', error.code)
        self.runtime.db.update_server = real
        (row,) = self.world.rows()
        self.assertTrue(real(row.uuid, {'flow_lease': 0.0}))
        del self.runtime.driver.claim_node
        self.assertEqual(1, recovery.recover(self.runtime))
        (row,) = self.world.rows()
        self.assertEqual(('active', None), (row.status, row.flow))
        machine = self.world.machine()
        self.assertEqual(row.uuid, machine['instance_uuid'])
        for port in machine['ports'].values():
            self.assertEqual(row.uuid, port[0])

    def test_image_is_recorded_before_the_cloud_is_written_to(self):
        self.kill(self.runtime.driver, 'claim_node', self.manage)
        (row,) = self.world.rows()
        self.assertEqual(
            ('claim', machines.IMAGE), (row.flow_step, row.image_uuid)
        )

    def test_a_uuid_of_ones_own_is_finished_with(self):
        self.kill(
            self.runtime.driver,
            'claim_node',
            lambda: self.manage(uuid=test_manage.OTHER),
        )
        self.assertEqual(1, recovery.recover(self.runtime))
        (row,) = self.world.rows()
        self.assertEqual(
            (test_manage.OTHER, 'active'), (row.uuid, row.status)
        )
        self.assertEqual(
            test_manage.OTHER, self.world.machine()['instance_uuid']
        )
        self.assertEqual(['server.manage.end'], self.events)

    def test_a_uuid_that_is_an_instances_is_undone(self):
        self.kill(
            self.runtime.driver,
            'claim_node',
            lambda: self.manage(uuid=test_manage.OTHER),
        )
        self.runtime.driver.claim_node(
            machines.node_uuid(1), test_manage.OTHER, 'x'
        )
        refused = exceptions.UpstreamConflict('Instance is associated.')
        self.fail_first(self.runtime.driver, 'claim_node', refused)
        self.assertEqual(1, recovery.recover(self.runtime))
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual([], self.world.rows())
        self.assertEqual(['server.manage.error'], self.events)


class SettleTest(test_manage.Case):
    overrides = {'flows.settle': 5}

    def test_what_settles_is_waited_for_once_for_all(self):
        """A second process's flows have settled while the first's did."""
        servers = [self.manage(number) for number in range(2)]
        with mock.patch.object(
            self.runtime.driver, 'release_node', side_effect=Killed
        ):
            for server in servers:
                self.assertRaises(
                    Killed,
                    unmanage.run,
                    self.runtime,
                    machines.context(),
                    server.uuid,
                )
        began = time.time()
        patcher = mock.patch('time.time', lambda: began + sum(self.sleeps))
        patcher.start()
        self.addCleanup(patcher.stop)
        del self.sleeps[:]

        with mock.patch.object(owner, 'is_dead', return_value=True):
            self.assertEqual(2, recovery.recover(self.runtime))

        self.assertEqual([], self.world.rows(0) + self.world.rows(1))
        self.assertEqual(5, sum(self.sleeps))
