"""Letting go: everything as before, and nothing of others."""

import dataclasses
from unittest import mock

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import unmanage
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage

OTHER = test_manage.OTHER


class UnmanageTest(test_manage.Case):
    def setUp(self):
        super().setUp()
        self.server = self.manage()

    def unmanage(self):
        with deadline.limit(10):
            return unmanage.run(
                self.runtime, machines.context(), self.server.uuid
            )

    def test_everything_is_as_before(self):
        self.assertEqual([], self.unmanage())
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual([], self.world.rows())

    def test_it_can_be_taken_over_again(self):
        self.unmanage()
        self.assertEqual('active', self.manage().status)

    def test_unknown_server(self):
        self.unmanage()
        self.assertRaises(exceptions.ServerNotFound, self.unmanage)

    def test_a_server_that_is_being_let_go_already(self):
        self.runtime.db.update_server(
            self.server.uuid, {'status': 'unmanaging'}
        )
        error = self.assertRaises(exceptions.Conflict, self.unmanage)
        self.assertIn('"unmanaging"', error.detail)

    def in_error(self):
        """Undeploying it failed, or it was deployed anew and that failed."""
        self.runtime.db.update_server(
            self.server.uuid, {'status': 'error', 'fault': {'code': 'x'}}
        )

    def test_one_in_error(self):
        self.in_error()
        self.assertEqual([], self.unmanage())
        self.assertEqual(self.before, self.world.machine())
        self.assertEqual([], self.world.rows())

    def test_one_that_has_no_machine_any_more(self):
        """Deleting it was begun, and failed when it had given that up."""
        self.in_error()
        self.runtime.db.update_server(
            self.server.uuid, {'node_uuid': None, 'node_name': None}
        )
        error = self.assertRaises(exceptions.NodeLost, self.unmanage)
        self.assertIn('delete it', error.detail)
        row = self.runtime.db.get_server(self.server.uuid)
        self.assertEqual(('error', None), (row.status, row.flow))

    def test_one_in_error_that_cannot_be_let_go_stays_in_error(self):
        self.in_error()
        self.runtime.networks.ports_by_id = mock.Mock(
            side_effect=exceptions.UpstreamUnavailable('Neutron is down.')
        )
        self.assertRaises(exceptions.Unavailable, self.unmanage)
        (row,) = self.world.rows()
        self.assertEqual('error', row.status)

    def test_a_machine_that_does_not_run_cannot_be_protected_again(self):
        self.runtime.db.update_server(
            self.server.uuid,
            {
                'node_before': {
                    'protected': True,
                    'protected_reason': 'do not touch',
                }
            },
        )
        self.in_error()
        self.wrap(
            self.runtime.driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node), provision_state='deploy failed'
            ),
        )
        self.assertIn('protected', ' '.join(self.unmanage()))
        self.assertFalse(self.world.machine()['protected'])

    def test_a_node_that_is_anothers_by_now_is_not_written(self):
        driver = self.runtime.driver
        driver.release_node(machines.node_uuid(0), protected=False)
        driver.claim_node(machines.node_uuid(0), OTHER, 'theirs')
        release = mock.Mock()
        driver.release_node = release
        (sentence,) = self.unmanage()
        self.assertIn(OTHER, sentence)
        release.assert_not_called()
        self.assertEqual('theirs', self.world.machine()['protected_reason'])
        self.assertEqual([], self.world.rows())

    def test_a_port_that_is_anothers_by_now_is_not_written(self):
        first, second = machines.port_ids(0)
        port = self.runtime.networks.ports_by_id([first])[first]
        self.runtime.networks.set_device(
            first, 'vm-7', 'compute:x', port.revision_number
        )
        (sentence,) = self.unmanage()
        self.assertIn('vm-7', sentence)
        ports = self.world.machine()['ports']
        self.assertEqual('vm-7', ports[first][0])
        self.assertEqual(self.before['ports'][second], ports[second])

    def test_protection_that_somebody_else_changed_stays(self):
        self.runtime.driver.release_node(
            machines.node_uuid(0),
            instance_uuid=False,
            protected=True,
            protected_reason='do not touch',
        )
        (sentence,) = self.unmanage()
        self.assertIn('protected', sentence)
        machine = self.world.machine()
        self.assertIsNone(machine['instance_uuid'])
        self.assertEqual('do not touch', machine['protected_reason'])

    def test_a_node_that_is_gone(self):
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.NodeNotFound('There is no such node.')
        )
        (sentence,) = self.unmanage()
        self.assertIn(machines.node_uuid(0), sentence)
        self.assertEqual([], self.world.rows())

    def test_a_port_that_is_gone(self):
        first, second = machines.port_ids(0)

        def ports_by_id(inner, ids):
            return {k: v for k, v in inner(ids).items() if k != first}

        self.wrap(self.runtime.networks, 'ports_by_id', ports_by_id)
        (sentence,) = self.unmanage()
        self.assertIn(first, sentence)

    def test_ironic_down_stops_it_before_anything_is_written(self):
        managed = self.world.machine()
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.UpstreamUnavailable('Ironic is down.')
        )
        written = mock.Mock()
        self.runtime.networks.set_device = written
        self.assertRaises(exceptions.UpstreamUnavailable, self.unmanage)
        written.assert_not_called()
        self.assertEqual(managed, self.world.machine())
        self.assertEqual('active', self.world.rows()[0].status)

    def test_a_release_that_fails_takes_the_ports_back(self):
        managed = self.world.machine()
        down = exceptions.UpstreamUnavailable('Ironic is down.', sent=False)
        self.fail_first(
            self.runtime.driver, 'release_node', down, down, down
        )
        self.assertRaises(exceptions.UpstreamUnavailable, self.unmanage)
        self.assertEqual(managed, self.world.machine())
        (row,) = self.world.rows()
        self.assertEqual(('active', None), (row.status, row.flow))

    def test_an_unprotected_server_is_taken_back_with_one_write(self):
        """Nothing unprotects it: others may have protected it meanwhile."""
        self.runtime.driver.set_protected(machines.node_uuid(0), False, None)
        self.runtime.db.update_server(self.server.uuid, {'protected': False})
        claimed = []

        def claim_node(inner, *args):
            node = inner(*args)
            claimed.append((node.instance_uuid, node.protected))
            return node

        self.wrap(self.runtime.driver, 'claim_node', claim_node)
        gone = exceptions.Unavailable('No database.')
        self.fail_first(self.runtime.db, 'forget_server', gone)
        self.assertRaises(exceptions.Unavailable, self.unmanage)
        self.assertEqual([(self.server.uuid, True)], claimed)
        self.assertEqual(
            (self.before['protected'], self.before['protected_reason']),
            (
                self.world.machine()['protected'],
                self.world.machine()['protected_reason'],
            ),
        )
        (row,) = self.world.rows()
        self.assertEqual(('active', False), (row.status, row.protected))

    def test_what_others_protect_meanwhile_stays_protected(self):
        """An operator does not want the machine of a member wiped."""
        self.runtime.db.update_server(self.server.uuid, {'protected': False})
        driver = self.runtime.driver
        driver.set_protected(machines.node_uuid(0), True, 'keep it')
        down = exceptions.UpstreamUnavailable('Ironic is down.', sent=False)
        self.fail_first(driver, 'release_node', down, down, down)
        self.assertRaises(exceptions.UpstreamUnavailable, self.unmanage)
        node = driver.get_node_bare(machines.node_uuid(0))
        self.assertEqual(
            (self.server.uuid, True, 'keep it'),
            (node.instance_uuid, node.protected, node.protected_reason),
        )

    def test_a_lock_is_waited_for(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.fail_first(self.runtime.driver, 'release_node', locked)
        self.unmanage()
        self.assertEqual(self.before, self.world.machine())

    def test_claimed_by_another_between_two_looks(self):
        """Ironic would remove anybody's claim: look before every write."""
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        driver = self.runtime.driver
        real_release, real_claim = driver.release_node, driver.claim_node
        calls = []

        def release_node(node_uuid, **kwargs):
            calls.append(kwargs)
            real_release(node_uuid, protected=False)
            real_claim(node_uuid, OTHER, 'theirs')
            raise locked

        driver.release_node = release_node
        self.unmanage()
        self.assertEqual(1, len(calls))
        self.assertEqual(OTHER, self.world.machine()['instance_uuid'])

    def test_notifications(self):
        events = []
        self.runtime.notifier.emit = (
            lambda context, event, server, **more: events.append(
                (event, more.get('left_alone'))
            )
        )
        self.unmanage()
        self.assertEqual(
            [('server.unmanage.start', None), ('server.unmanage.end', [])],
            events,
        )
