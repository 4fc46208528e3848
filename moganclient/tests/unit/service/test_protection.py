"""Protection: of a server and its node, and what letting go makes of it."""

import dataclasses
from unittest import mock

import fixtures

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import destroy
from moganclient.service.flows import job
from moganclient.service.flows import recovery
from moganclient.service.flows import unmanage
from moganclient.service import protection
from moganclient.service import refresh
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage


class ProtectionTest(test_manage.Case):
    def setUp(self):
        super().setUp()
        self.server = self.manage()

    def change(self, protected):
        with deadline.limit(10):
            self.server = protection.change(
                self.runtime, machines.context(), self.server, protected
            )

    def row(self):
        return self.runtime.db.get_server(self.server.uuid)

    def assert_nothing_goes_on(self):
        row = self.row()
        self.assertEqual((None, None, None), (row.flow, row.plan, row.fault))

    def unmanage(self):
        with deadline.limit(10):
            return unmanage.run(
                self.runtime, machines.context(), self.server.uuid
            )

    def test_unprotected(self):
        self.change(False)
        self.assertFalse(self.server.protected)
        machine = self.world.machine()
        self.assertFalse(machine['protected'])
        self.assertEqual(self.server.uuid, machine['instance_uuid'])

    def test_protected_again_the_reason_names_the_server(self):
        managed = self.world.machine()
        self.change(False)
        self.change(True)
        self.assertTrue(self.server.protected)
        self.assertEqual(managed, self.world.machine())

    def test_as_it_is_already(self):
        written = mock.Mock()
        self.runtime.driver.set_protected = written
        self.change(True)
        written.assert_not_called()
        self.assert_nothing_goes_on()

    def test_one_that_says_so_and_whose_machine_does_not(self):
        self.runtime.driver.set_protected(machines.node_uuid(0), False, None)
        self.change(True)
        self.assertTrue(self.world.machine()['protected'])

    def test_that_is_told_to_the_log_when_it_is_looked_at(self):
        log = self.useFixture(fixtures.FakeLogger(refresh.__name__))
        refresh.refresh_server(self.runtime, self.server)
        self.assertEqual('', log.output)
        self.runtime.driver.set_protected(machines.node_uuid(0), False, None)
        refresh.refresh_server(self.runtime, self.server)
        self.assertIn(f'Server {self.server.uuid}', log.output)
        self.assertIn('--protected', log.output)

    def meanwhile(self, happening):
        """Something happens just before the node is written to."""
        left = [happening]

        def set_protected(inner, *args):
            if left:
                left.pop()()
            return inner(*args)

        self.wrap(self.runtime.driver, 'set_protected', set_protected)

    def test_it_is_not_let_go_in_the_middle_of_that(self):
        self.meanwhile(
            lambda: self.assertRaises(exceptions.ServerBusy, self.unmanage)
        )
        self.change(False)
        self.assertFalse(self.row().protected)
        self.assert_nothing_goes_on()

    def test_it_is_not_deleted_in_the_middle_of_that(self):
        self.change(False)
        self.meanwhile(
            lambda: self.assertRaises(
                exceptions.ServerBusy,
                destroy.start,
                self.runtime,
                machines.context(),
                self.server.uuid,
            )
        )
        self.change(True)
        self.assertEqual(
            (True, 'active'), (self.server.protected, self.server.status)
        )
        self.assertTrue(self.world.machine()['protected'])

    def test_one_that_is_let_go_and_taken_over_before_it(self):
        """What was asked for one server is not done to the next."""
        self.unmanage()
        after = self.manage()
        self.assertRaises(exceptions.ServiceError, self.change, False)
        self.assertTrue(self.world.machine()['protected'])
        self.assertTrue(self.runtime.db.get_server(after.uuid).protected)

    def test_one_that_is_locked_in_that_moment(self):
        self.runtime.db.update_server(self.server.uuid, {'locked_by': 'owner'})
        self.assertRaises(exceptions.ServerLocked, self.change, False)
        self.assertTrue(self.world.machine()['protected'])

    def test_one_that_is_renamed_in_that_moment(self):
        self.runtime.db.update_server(self.server.uuid, {'name': 'renamed'})
        self.change(False)
        self.assertEqual(
            ('renamed', False), (self.server.name, self.server.protected)
        )

    def test_what_the_machine_refuses_is_said(self):
        self.fail_first(
            self.runtime.driver, 'set_protected', exceptions.BadRequest('No.')
        )
        self.assertRaises(exceptions.BadRequest, self.change, False)
        self.assertTrue(self.row().protected)
        self.assert_nothing_goes_on()

    def test_the_server_says_what_the_machine_says_after_a_failure(self):
        self.fail_first(
            self.runtime.driver,
            'set_protected',
            exceptions.BadRequest('No.'),
            act=True,
        )
        self.assertRaises(exceptions.BadRequest, self.change, False)
        self.assertFalse(self.row().protected)

    def test_a_machine_that_is_lost_in_the_middle_of_that(self):
        def claim(inner, *args, **kwargs):
            found = inner(*args, **kwargs)
            self.runtime.driver.release_node(machines.node_uuid(0))
            return found

        self.wrap(self.runtime.db, 'update_server', claim)
        error = self.assertRaises(exceptions.NodeLost, self.change, False)
        self.assertEqual('node_lost', error.code)
        self.assertTrue(self.row().protected)
        self.assert_nothing_goes_on()

    def test_a_server_in_error_and_why_it_is(self):
        """Whose deleting failed can be kept from the next attempt."""
        self.change(False)
        fault = {'code': 'deploy_failed', 'message': 'No.', 'detail': ''}
        plan = {'undeploying': True}
        self.runtime.db.update_server(
            self.server.uuid,
            {'status': 'error', 'fault': fault, 'plan': plan},
        )
        self.change(True)
        self.assertTrue(self.server.protected)
        self.assertEqual(
            ('error', fault, plan),
            (self.server.status, self.server.fault, self.server.plan),
        )

    def in_state(self, provision_state):
        """A machine that does not run; Ironic refuses to protect such."""
        self.change(False)
        self.wrap(
            self.runtime.driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node), provision_state=provision_state
            ),
        )
        self.runtime.driver.set_protected = mock.Mock(
            side_effect=exceptions.UpstreamConflict('Not in that state.')
        )

    def test_a_machine_that_does_not_run_cannot_be(self):
        self.in_state('deploy failed')
        error = self.assertRaises(exceptions.ServerBusy, self.change, True)
        self.assertIn('"deploy failed"', error.detail)
        self.assertIn('only one that runs', error.detail)
        self.runtime.driver.set_protected.assert_not_called()
        self.assertFalse(self.row().protected)
        self.assert_nothing_goes_on()

    def test_a_machine_that_does_not_run_can_be_unprotected(self):
        self.in_state('deploy failed')
        self.runtime.driver.set_protected = mock.Mock()
        self.runtime.db.update_server(self.server.uuid, {'protected': True})
        self.wrap(
            self.runtime.driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node), protected=True
            ),
        )
        self.change(False)
        self.runtime.driver.set_protected.assert_called_once()

    def interrupted(self, where, name):
        """A process is killed; another one goes on."""

        def die(inner, *args, **kwargs):
            raise KeyboardInterrupt

        real = getattr(where, name)
        self.wrap(where, name, die)
        self.assertRaises(KeyboardInterrupt, self.change, False)
        setattr(where, name, real)
        self.assertEqual('protect', self.row().flow)
        self.runtime.db.update_server(self.server.uuid, {'flow_lease': 0.0})
        recovery.recover(self.runtime)
        self.runtime.worker.drain(20)

    def test_another_process_goes_on(self):
        self.interrupted(self.runtime.driver, 'set_protected')
        self.assertFalse(self.row().protected)
        self.assertFalse(self.world.machine()['protected'])
        self.assert_nothing_goes_on()

    def test_one_that_takes_longer_than_a_request_goes_on(self):
        self.runtime.conf.set_override('settle', 60, group='flows')
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.runtime.driver, 'set_protected', lost)
        error = self.assertRaises(exceptions.Unavailable, self.change, False)
        self.assertEqual('recovering', error.code)
        self.assertEqual('protect', self.row().flow)

    def test_a_lock_that_stays(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.runtime.driver.set_protected = mock.Mock(side_effect=locked)
        with mock.patch.object(job.FlowJob, 'failed_for', lambda job: 1e3):
            error = self.assertRaises(
                exceptions.Unavailable, self.change, False
            )
        self.assertEqual('upstream_locked', error.code)
        self.assertTrue(self.row().protected)
        self.assert_nothing_goes_on()

    def test_a_lock_is_waited_for(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.fail_first(self.runtime.driver, 'set_protected', locked)
        self.change(False)
        self.assertFalse(self.world.machine()['protected'])

    def test_a_lost_answer(self):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.runtime.driver, 'set_protected', lost, act=True)
        self.change(False)
        self.assertFalse(self.server.protected)

    def test_a_machine_that_is_not_the_servers(self):
        self.runtime.driver.release_node(machines.node_uuid(0))
        error = self.assertRaises(exceptions.ServerBusy, self.change, False)
        self.assertEqual('node_lost', error.code)

    def test_while_something_works_on_it(self):
        self.runtime.db.update_server(
            self.server.uuid, {'status': 'rebuilding'}
        )
        self.server = self.runtime.db.get_server(self.server.uuid)
        self.assertRaises(exceptions.ServerBusy, self.change, False)

    def test_letting_go_restores_what_was_before_the_takeover(self):
        self.change(False)
        self.assertEqual([], self.unmanage())
        self.assertEqual(self.before, self.world.machine())

    def test_protected_by_somebody_else_meanwhile_it_stays(self):
        self.change(False)
        self.runtime.driver.set_protected(
            machines.node_uuid(0), True, 'do not touch'
        )
        (sentence,) = self.unmanage()
        self.assertIn('protected', sentence)
        self.assertEqual(
            'do not touch', self.world.machine()['protected_reason']
        )

    def test_letting_go_that_fails_leaves_it_unprotected(self):
        self.change(False)
        managed = self.world.machine()
        down = exceptions.UpstreamUnavailable('Down.', sent=False)
        self.fail_first(self.runtime.driver, 'release_node', down, down, down)
        self.assertRaises(exceptions.UpstreamUnavailable, self.unmanage)
        self.assertEqual(managed, self.world.machine())

    def test_a_locked_server_is_not_let_go(self):
        self.runtime.db.update_server(self.server.uuid, {'locked_by': 'owner'})
        managed = self.world.machine()
        self.assertRaises(exceptions.ServerLocked, self.unmanage)
        self.assertEqual(managed, self.world.machine())

    def test_a_server_that_is_locked_in_that_moment_is_not_let_go(self):
        def begin_flow(inner, uuid, **kwargs):
            self.runtime.db.update_server(uuid, {'locked_by': 'owner'})
            return inner(uuid, **kwargs)

        self.wrap(self.runtime.db, 'begin_flow', begin_flow)
        managed = self.world.machine()
        self.assertRaises(exceptions.ServerLocked, self.unmanage)
        self.assertEqual(managed, self.world.machine())

    def test_one_that_is_only_renamed_in_that_moment_is(self):
        renames = ['renamed']

        def begin_flow(inner, uuid, **kwargs):
            if renames:
                self.runtime.db.update_server(uuid, {'name': renames.pop()})
            return inner(uuid, **kwargs)

        self.wrap(self.runtime.db, 'begin_flow', begin_flow)
        self.assertEqual([], self.unmanage())
        self.assertEqual(self.before, self.world.machine())

    def test_a_server_that_was_built_is_not_let_go(self):
        self.runtime.db.update_server(self.server.uuid, {'adopted': False})
        self.assertRaises(exceptions.NotAdopted, self.unmanage)
