"""Power state and drift."""

import dataclasses
from unittest import mock

from moganclient.service import exceptions
from moganclient.service import refresh
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage


class RefreshTest(test_manage.Case):
    def setUp(self):
        super().setUp()
        self.server = self.manage()
        self.node = self.runtime.driver.get_node(machines.node_uuid(0))

    def powered_off(self):
        self.node.power_state = 'power off'
        self.runtime.driver.get_node_bare = mock.Mock(return_value=self.node)

    def released(self):
        self.runtime.driver.release_node(machines.node_uuid(0))

    def row(self):
        return self.world.rows()[0]

    def test_power_state_of_one_server(self):
        self.powered_off()
        found = refresh.refresh_server(self.runtime, self.server)
        self.assertEqual('stopped', found.status)
        self.assertEqual('power off', self.row().power_state)

    def test_a_server_whose_node_was_taken_is_detached(self):
        self.released()
        found = refresh.refresh_server(self.runtime, self.server)
        self.assertEqual('detached', found.status)

    def in_error(self, **values):
        self.runtime.db.update_server(
            self.server.uuid,
            {
                'status': 'error',
                'fault': {'code': 'deploy_timeout', 'message': 'Too long.'},
                'plan': {'undeploying': {'seen': None}},
                **values,
            },
        )

    def assert_out_of_error(self):
        row = self.runtime.db.get_server(self.server.uuid)
        self.assertEqual(('active', None), (row.status, row.plan))
        self.assertEqual('deploy_timeout', row.fault['code'])

    def test_one_in_error_whose_machine_runs_is_there_again(self):
        self.in_error()
        refresh.refresh_server(self.runtime, self.row())
        self.assert_out_of_error()

    def test_the_same_of_all(self):
        self.in_error()
        self.assertEqual(1, refresh.refresh_all(self.runtime))
        self.assert_out_of_error()

    def assert_in_error(self):
        found = refresh.refresh_server(self.runtime, self.row())
        self.assertEqual('error', found.status)
        self.assertEqual(0, refresh.refresh_all(self.runtime))
        self.assertEqual('error', self.row().status)

    def test_one_in_error_that_was_never_built_stays_so(self):
        self.in_error(launched_at=None)
        self.assert_in_error()

    def test_one_in_error_whose_machine_is_another_s_stays_so(self):
        self.in_error()
        self.released()
        self.assert_in_error()

    def test_one_in_error_whose_machine_does_not_run_stays_so(self):
        self.in_error()
        inner = self.runtime.driver.list_nodes
        self.node.provision_state = 'deploy failed'
        self.runtime.driver.get_node_bare = mock.Mock(return_value=self.node)
        self.runtime.driver.list_nodes = lambda: [
            dataclasses.replace(one, provision_state='deploy failed')
            for one in inner()
        ]
        self.assert_in_error()

    def test_drift_is_never_repaired(self):
        self.released()
        machine = self.world.machine()
        refresh.refresh_server(self.runtime, self.server)
        refresh.refresh_all(self.runtime)
        self.assertEqual(machine, self.world.machine())

    def test_a_detached_server_whose_node_carries_it_again(self):
        self.released()
        found = refresh.refresh_server(self.runtime, self.server)
        self.runtime.driver.claim_node(
            machines.node_uuid(0), self.server.uuid, 'by hand'
        )
        again = refresh.refresh_server(self.runtime, found)
        self.assertEqual('active', again.status)

    def test_a_node_that_is_gone_is_detached(self):
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.NodeNotFound('There is no such node.')
        )
        found = refresh.refresh_server(self.runtime, self.server)
        self.assertEqual('detached', found.status)

    def test_ironic_down_shows_it_as_last_seen(self):
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.UpstreamUnavailable('Ironic is down.')
        )
        found = refresh.refresh_server(self.runtime, self.server)
        self.assertEqual('active', found.status)

    def test_a_server_at_work_is_left_alone(self):
        self.released()
        self.runtime.db.update_server(
            self.server.uuid, {'status': 'unmanaging', 'flow': 'unmanage'}
        )
        row = refresh.refresh_server(self.runtime, self.row())
        self.assertEqual('unmanaging', row.status)
        self.assertEqual(0, refresh.refresh_all(self.runtime))

    def test_all_by_pages_and_not_by_node(self):
        self.manage(number=1)
        self.released()
        self.runtime.driver.get_node_bare = mock.Mock()
        self.runtime.driver.get_node = mock.Mock()
        self.assertEqual(1, refresh.refresh_all(self.runtime))
        self.runtime.driver.get_node_bare.assert_not_called()
        self.runtime.driver.get_node.assert_not_called()
        self.assertEqual('detached', self.runtime.db.get_server(
            self.server.uuid
        ).status)

    def test_an_inventory_that_shows_nothing_is_no_drift(self):
        self.runtime.driver.list_nodes = list
        self.assertEqual(0, refresh.refresh_all(self.runtime))
        self.assertEqual('active', self.row().status)

    def test_one_changed_meanwhile_is_left_to_the_next_time(self):
        self.released()
        stale = self.row()
        self.runtime.db.update_server(stale.uuid, {'name': 'renamed'})
        found = refresh.refresh_server(self.runtime, stale)
        self.assertEqual('active', found.status)
        self.assertEqual('renamed', found.name)
