"""Consoles of machines that are given up."""

import dataclasses
from unittest import mock

import fixtures

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import consoles
from moganclient.service.flows import recovery
from moganclient.service.flows import unmanage
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage

NODE = machines.node_uuid(0)
OTHER = test_manage.OTHER
LOCKED = exceptions.UpstreamConflict('Node is locked by host x.')
DOWN = exceptions.UpstreamUnavailable('Ironic is down.', sent=False)


class Case(test_manage.Case):
    changes = {'properties': {'console_url': 'https://c.example.org/1'}}

    def setUp(self):
        super().setUp()
        self.driver = self.runtime.driver
        self.told = []

        def disable_console(inner, node_uuid):
            self.told.append(node_uuid)
            return inner(node_uuid)

        self.wrap(self.driver, 'disable_console', disable_console)

    def is_on(self):
        return self.driver.get_node_bare(NODE).console_enabled

    def unmanage(self, server):
        with deadline.limit(10):
            return unmanage.run(
                self.runtime, machines.context(), server.uuid
            )


class UnmanageTest(Case):
    """Of a server whose console was asked for."""

    def setUp(self):
        super().setUp()
        self.server = self.manage()
        self.driver.enable_console(NODE)

    def test_it_is_off_as_before(self):
        self.assertEqual([], self.unmanage(self.server))
        self.assertFalse(self.is_on())
        self.assertEqual([NODE], self.told)

    def test_it_is_off_before_the_machine_is_anybodys(self):
        seen = []

        def release_node(inner, *args, **kwargs):
            seen.append(self.is_on())
            return inner(*args, **kwargs)

        self.wrap(self.driver, 'release_node', release_node)
        self.unmanage(self.server)
        self.assertEqual([False], seen)

    def test_a_lock_is_waited_for(self):
        self.fail_first(self.driver, 'disable_console', LOCKED, LOCKED)
        self.assertEqual([], self.unmanage(self.server))
        self.assertFalse(self.is_on())

    def test_an_answer_that_is_lost_is_looked_for(self):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.driver, 'disable_console', lost, act=True)
        self.assertEqual([], self.unmanage(self.server))
        self.assertEqual([NODE], self.told)

    def test_it_is_waited_for_while_the_machine_is_at_it(self):
        self.driver.disable_console = told = mock.Mock()
        left = [3]

        def get_node_bare(inner, node):
            found = inner(node)
            if not told.called:
                return found
            left[0] -= 1
            return dataclasses.replace(
                found, reserved=True, console_enabled=left[0] > 0
            )

        self.wrap(self.driver, 'get_node_bare', get_node_bare)
        self.assertEqual([], self.unmanage(self.server))
        told.assert_called_once_with(NODE)

    def test_one_that_is_about_to_be_on_is_waited_for(self):
        """Ironic has a lock while it switches it on."""
        self.driver.disable_console(NODE)
        del self.told[:]
        left = [3]

        def get_node_bare(inner, node):
            left[0] -= 1
            if left[0] == 0:
                self.driver.enable_console(node)
            return dataclasses.replace(inner(node), reserved=left[0] > 0)

        self.wrap(self.driver, 'get_node_bare', get_node_bare)
        self.assertEqual([], self.unmanage(self.server))
        self.assertEqual([NODE], self.told)
        self.assertFalse(self.is_on())

    def test_one_that_stays_on_keeps_no_machine(self):
        self.driver.disable_console = mock.Mock()
        (sentence,) = self.unmanage(self.server)
        self.assertIn('still on', sentence)
        self.assertEqual([], self.world.rows())

    def test_one_that_cannot_be_told_keeps_no_machine(self):
        refused = exceptions.BadRequest('No console.')
        self.driver.disable_console = mock.Mock(side_effect=refused)
        self.assertEqual(['No console.'], self.unmanage(self.server))
        self.assertEqual([], self.world.rows())

    def test_an_outage_lets_go_of_nothing(self):
        managed = self.world.machine()
        self.fail_first(self.driver, 'disable_console', DOWN, DOWN, DOWN)
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.unmanage, self.server
        )
        self.assertEqual(managed, self.world.machine())
        (row,) = self.world.rows()
        self.assertEqual(('active', None), (row.status, row.flow))

    def test_anothers_by_now_is_left_alone(self):
        self.driver.release_node(NODE, protected=False)
        self.driver.claim_node(NODE, OTHER, 'theirs')
        self.unmanage(self.server)
        self.assertEqual((True, []), (self.is_on(), self.told))

    def test_nobodys_by_now_is_left_alone_and_said(self):
        self.driver.release_node(
            NODE, protected=True, protected_reason='before'
        )
        (sentence,) = self.unmanage(self.server)
        self.assertIn('console is on', sentence)
        self.assertEqual((True, []), (self.is_on(), self.told))

    def test_another_process_switches_it_off(self):
        real = self.driver.disable_console
        self.driver.disable_console = mock.Mock(side_effect=KeyboardInterrupt)
        self.assertRaises(KeyboardInterrupt, self.unmanage, self.server)
        self.driver.disable_console = real
        self.runtime.db.update_server(self.server.uuid, {'flow_lease': 0.0})
        self.assertEqual(1, recovery.recover(self.runtime))
        self.assertFalse(self.is_on())
        self.assertEqual([], self.world.rows())

    def test_taken_over_before_that_was_recorded_it_is_off_and_said(self):
        """Whoever was told where it is must not see the next server's."""
        before = dict(self.server.node_before)
        del before['console_enabled']
        self.runtime.db.update_server(
            self.server.uuid, {'node_before': before}
        )
        (sentence,) = self.unmanage(self.server)
        self.assertIn('not known', sentence)
        self.assertFalse(self.is_on())


class OnBeforeTest(Case):
    def test_one_that_was_on_before_the_takeover_stays_on(self):
        self.driver.enable_console(NODE)
        self.assertEqual([], self.unmanage(self.manage()))
        self.assertEqual((True, []), (self.is_on(), self.told))

    def test_one_that_is_off_is_not_told(self):
        self.unmanage(self.manage())
        self.assertEqual([], self.told)


class OffAgainTest(Case):
    """It was switched on, and the server is gone meanwhile."""

    def setUp(self):
        super().setUp()
        self.server = self.manage()
        self.driver.enable_console(NODE)
        self.log = self.useFixture(fixtures.FakeLogger(consoles.__name__))

    def off_again(self):
        with deadline.limit(10):
            consoles.off_again(self.runtime, self.server)

    def test_the_servers_own(self):
        self.off_again()
        self.assertFalse(self.is_on())

    def test_nobodys(self):
        self.driver.release_node(NODE)
        self.off_again()
        self.assertFalse(self.is_on())

    def test_anothers_is_left_alone(self):
        self.driver.release_node(NODE)
        self.driver.claim_node(NODE, OTHER, 'theirs')
        self.off_again()
        self.assertTrue(self.is_on())

    def test_anothers_since_it_was_locked_is_left_alone(self):
        def disable_console(inner, node_uuid):
            self.driver.release_node(NODE)
            self.driver.claim_node(NODE, OTHER, 'theirs')
            raise LOCKED

        self.wrap(self.driver, 'disable_console', disable_console)
        self.off_again()
        self.assertTrue(self.is_on())

    def test_a_lock_is_waited_for(self):
        self.fail_first(self.driver, 'disable_console', LOCKED, LOCKED)
        self.off_again()
        self.assertFalse(self.is_on())

    def test_one_that_is_only_about_to_be_on(self):
        self.wrap(
            self.driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node), console_enabled=False, reserved=True
            ),
        )
        self.off_again()
        self.assertEqual([NODE], self.told)

    def test_one_that_is_off_is_not_told(self):
        self.driver.disable_console(NODE)
        del self.told[:]
        self.off_again()
        self.assertEqual([], self.told)

    def test_a_machine_that_is_gone(self):
        self.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.NodeNotFound('Gone.')
        )
        self.off_again()
        self.assertEqual('', self.log.output)

    def test_one_that_cannot_be_is_told_to_the_log(self):
        self.fail_first(self.driver, 'disable_console', DOWN, DOWN, DOWN)
        self.off_again()
        self.assertIn(NODE, self.log.output)
