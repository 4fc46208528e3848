"""Tests of examining a plan."""

from __future__ import annotations

import threading

from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.tests.unit.adoption import cloud


class TestCheck(cloud.TestCase):
    def check(self, **options):
        return self.plan.check(
            self.client, on_event=self.events.append, **options
        )

    def test_all_ready(self):
        result = self.check()
        self.assertEqual(['ready'] * 3, self.states(result))
        self.assertIs(results.Outcome.ALL, result.outcome)

    def test_asks_for_two_lists(self):
        self.check()
        self.assertEqual(
            ['GET /flavors', 'GET /adoptable_nodes'], self.cloud.asked
        )

    def test_a_check_that_is_not_all_ready(self):
        self.cloud.take(cloud.node_uuid(1), 'theirs')
        result = self.check()
        self.assertEqual(['ready', 'not ready', 'ready'], self.states(result))
        self.assertIs(results.Outcome.SOME, result.outcome)

    def test_every_reason_is_told(self):
        self.cloud.take(cloud.node_uuid(0), 'theirs')
        self.plan.servers = [
            self.planned(
                0,
                node_name='rack9',
                flavor='silver',
                project='nobody',
            )
        ]
        machine = self.check(find_project=lambda project: None).machines[0]
        self.assertEqual(
            [
                'managed',
                'flavor_not_found',
                'node_name_differs',
                'project_not_found',
            ],
            self.codes(machine),
        )

    def test_ports_are_compared(self):
        self.plan.servers = [self.planned(0, ports=[cloud.port_id(7)])]
        self.assertEqual(
            ['port_not_carried', 'port_not_named'],
            self.codes(self.check().machines[0]),
        )

    def test_a_flavor_by_uuid_in_any_case(self):
        self.plan.servers = [self.planned(0, flavor=cloud.FLAVOR.upper())]
        self.assertEqual(['ready'], self.states(self.check()))

    def test_a_node_name_that_the_cloud_does_not_know(self):
        self.cloud.nodes[cloud.node_uuid(0)]['name'] = None
        self.plan.servers = [self.planned(0)]
        machine = self.check().machines[0]
        self.assertEqual(['node_name_differs'], self.codes(machine))
        self.assertIn('nothing', machine.reasons[0]['message'])

    def test_a_node_name_may_be_left_out(self):
        self.plan.servers = [self.planned(0, node_name=None)]
        self.assertEqual(['ready'], self.states(self.check()))

    def test_a_node_that_is_not_there(self):
        self.plan.servers.append(self.planned(9))
        self.assertEqual(
            ['node_not_found'], self.codes(self.check().machines[3])
        )

    def test_machines_come_in_the_order_of_the_plan(self):
        self.plan.servers.reverse()
        self.assertEqual(
            ['server-2', 'server-1', 'server-0'],
            [machine.name for machine in self.check().machines],
        )

    def test_what_is_done_is_done(self):
        self.apply()
        result = self.check()
        self.assertEqual(['done'] * 3, self.states(result))
        self.assertIs(results.Outcome.ALL, result.outcome)

    def test_a_plan_without_a_file_can_be_checked(self):
        self.plan.path = None
        self.assertEqual(['ready'] * 3, self.states(self.check()))

    def test_it_can_be_stopped(self):
        stop = threading.Event()
        stop.set()
        result = self.check(stop=stop)
        self.assertTrue(result.interrupted)
        self.assertEqual(['not begun'] * 3, self.states(result))

    def test_progress_is_told(self):
        self.check()
        self.assertEqual(
            [events.Surveyed('flavors', 1), events.Surveyed('nodes', 3)],
            self.events,
        )


class TestManyNodes(cloud.TestCase):
    COUNT = 2500

    def test_pages_end_when_all_are_found(self):
        self.plan.servers = [self.planned(0), self.planned(1500)]
        result = self.plan.check(self.client)
        self.assertEqual(['ready'] * 2, self.states(result))
        self.assertEqual(2, self.cloud.asked.count('GET /adoptable_nodes'))

    def test_requests_by_page(self):
        self.plan.check(self.client)
        self.assertEqual(3, self.cloud.asked.count('GET /adoptable_nodes'))
        self.assertEqual(4, len(self.cloud.asked))
