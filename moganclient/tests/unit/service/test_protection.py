"""Protection: of a server and its node, and what letting go makes of it."""

from unittest import mock

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import unmanage
from moganclient.service import protection
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage


class ProtectionTest(test_manage.Case):
    def setUp(self):
        super().setUp()
        self.server = self.manage()

    def change(self, protected):
        with deadline.limit(10):
            self.server = protection.change(
                self.runtime, self.server, protected
            )

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
