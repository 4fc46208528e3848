"""Tests of letting go of what a plan took over."""

from __future__ import annotations

import threading
from typing import Any

from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.adoption import settling
from moganclient.tests.unit.adoption import cloud


class TestRollback(cloud.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.patch_settle(0)

    def patch_settle(self, seconds: float) -> None:
        self.patch(settling, 'SETTLE', seconds)

    def test_lets_go_of_what_was_taken_over(self):
        self.apply()
        result = self.rollback()
        self.assertEqual(['released'] * 3, self.states(result))
        self.assertIs(results.Outcome.ALL, result.outcome)
        self.assertEqual({}, self.cloud.servers)

    def test_and_of_nothing_else(self):
        self.cloud.take(cloud.node_uuid(0), 'theirs')
        self.apply()
        result = self.rollback()
        self.assertEqual(['released'] * 2, self.states(result))
        self.assertEqual(['theirs'], list(self.cloud.servers))

    def test_nothing_was_taken_over(self):
        for node in self.cloud.nodes.values():
            node['adoptable'] = False
            node['reasons'] = [{'code': 'retired', 'message': 'm'}]
        self.apply()
        self.cloud.asked.clear()
        result = self.rollback()
        self.assertEqual([], result.machines)
        self.assertIs(results.Outcome.ALL, result.outcome)
        self.assertEqual([], self.cloud.asked)

    def test_a_journal_that_is_not_there_is_no_success(self):
        error = self.assertRaises(errors.JournalError, self.rollback)
        self.assertIn(str(self.plan.journal_path), error.message)
        self.assertFalse(self.plan.journal_path.exists())

    def test_what_is_not_in_the_plan_any_more_is_let_go_too(self):
        self.apply()
        del self.plan.servers[1]
        result = self.rollback()
        self.assertEqual(3, len(result.machines))
        self.assertEqual({}, self.cloud.servers)

    def test_what_is_gone_already_is_done(self):
        self.apply()
        self.cloud.let_go(self.cloud.made[0])
        result = self.rollback()
        self.assertEqual(['released'] * 3, self.states(result))
        self.assertEqual(['gone_already'], self.codes(result.machines[0]))

    def test_a_404_that_the_service_did_not_say_is_not(self):
        self.apply()
        self.cloud.faults = [cloud.answers(404, 'not_found')]
        result = self.rollback()
        self.assertEqual(
            ['failed', 'released', 'released'], self.states(result)
        )
        self.assertEqual(1, len(self.cloud.servers))

    def test_another_s_server_on_the_same_node_is_left_alone(self):
        self.apply()
        self.cloud.let_go(self.cloud.made[0])
        self.cloud.take(cloud.node_uuid(0), 'theirs')
        self.rollback()
        self.assertEqual(['theirs'], list(self.cloud.servers))

    def test_a_lost_answer_is_looked_at(self):
        self.apply()

        def act(request: Any, context: Any) -> Any:
            self.cloud.let_go(request.url.split('/')[-2])
            raise cloud.requests.exceptions.ConnectionError('Broken pipe')

        self.cloud.faults = [act]
        result = self.rollback()
        self.assertEqual(['released'] * 3, self.states(result))

    def test_one_that_may_be_on_its_way_is_not_said_to_be_kept(self):
        self.patch_settle(60)
        self.plan.servers = [self.planned(0)]
        self.apply()
        stop = threading.Event()
        self.cloud.faults = [cloud.breaks(stop.set)] * 9999
        result = self.rollback(stop=stop)
        self.assertEqual(['in progress'], self.states(result))
        self.assertEqual('releasing', self.journal()[-1]['event'])

    def test_a_busy_one_is_tried_again(self):
        self.apply()
        self.cloud.faults = [
            cloud.answers(409, 'server_busy'),
            cloud.answers(503, 'upstream_locked'),
        ]
        result = self.rollback()
        self.assertEqual(['released'] * 3, self.states(result))

    def test_a_refused_one_is_kept_and_tried_next_time(self):
        self.apply()
        self.cloud.faults = [cloud.answers(403, 'forbidden')]
        first = self.rollback()
        self.assertEqual(
            ['failed', 'released', 'released'], self.states(first)
        )
        self.assertIs(results.Outcome.SOME, first.outcome)
        second = self.rollback()
        self.assertEqual(['released'], self.states(second))
        self.assertEqual({}, self.cloud.servers)

    def test_what_failed_and_never_was_there_is_no_matter(self):
        self.cloud.faults = [cloud.answers(409, 'port_conflict')]
        self.apply()
        result = self.rollback()
        self.assertEqual(['released'] * 2, self.states(result))

    def test_a_dry_run_changes_nothing(self):
        self.apply()
        before = self.plan.journal_path.read_bytes()
        result = self.rollback(dry_run=True)
        self.assertEqual(['done'] * 3, self.states(result))
        self.assertEqual(3, len(self.cloud.servers))
        self.assertEqual(before, self.plan.journal_path.read_bytes())

    def test_stopped_by_an_event(self):
        self.apply()
        stop = threading.Event()

        def press(request: Any, context: Any) -> None:
            stop.set()

        self.cloud.faults = [press]
        result = self.rollback(stop=stop)
        self.assertEqual(
            ['released', 'not begun', 'not begun'], self.states(result)
        )
        self.assertTrue(result.interrupted)

    def test_one_list_and_a_request_each(self):
        self.apply()
        self.cloud.asked.clear()
        self.rollback()
        self.assertEqual(
            ['GET /servers']
            + [f'POST /servers/{uuid}/unmanage' for uuid in self.cloud.made],
            self.cloud.asked,
        )


class TestAfterAKill(cloud.TestCase):
    """Begun, killed, and rolled back at once."""

    COUNT = 1

    def setUp(self) -> None:
        super().setUp()

        def killed(request: Any, context: Any) -> Any:
            raise KeyboardInterrupt

        self.cloud.faults = [killed]
        self.assertRaises(KeyboardInterrupt, self.apply)
        self.chosen = self.journal()[0]['server']

    def settle(self, seconds: float) -> None:
        self.patch(settling, 'SETTLE', seconds)

    def test_a_request_on_its_way_is_waited_for_and_undone(self):
        self.settle(60.0)

        def land(request: Any, context: Any) -> None:
            self.cloud.take(cloud.node_uuid(0), self.chosen)

        self.cloud.look_faults = [land]
        halt = self.useFixture(cloud.Impatient())
        result = self.rollback()
        self.assertEqual(['released'], self.states(result))
        self.assertEqual([self.chosen], self.cloud.made)
        self.assertEqual({}, self.cloud.servers)
        self.assertNotEqual([], halt.waits)

    def test_one_that_never_came_is_forgotten(self):
        self.settle(0.0)
        result = self.rollback()
        self.assertEqual(['released'], self.states(result))
        self.assertEqual(['gone_already'], self.codes(result.machines[0]))
        self.assertEqual([], self.cloud.made)

    def test_a_stop_while_it_is_waited_for_says_so(self):
        self.settle(60.0)
        stop = threading.Event()
        result = None

        def press(event: Any) -> None:
            stop.set()

        result = self.plan.rollback(
            self.client, jobs=1, stop=stop, on_event=press
        )
        self.assertNotIn('released', self.states(result))
        self.assertIsNot(results.Outcome.ALL, result.outcome)


class TestAfterAKilledRollback(cloud.TestCase):
    """Let go of, killed, and taken over again at once."""

    COUNT = 1

    def setUp(self) -> None:
        super().setUp()
        self.apply()
        self.chosen = self.cloud.made[0]

        def killed(request: Any, context: Any) -> Any:
            raise KeyboardInterrupt

        self.cloud.faults = [killed]
        self.assertRaises(KeyboardInterrupt, self.rollback)
        self.useFixture(cloud.Impatient())

    def test_a_request_on_its_way_is_waited_for(self):
        def land(request: Any, context: Any) -> None:
            self.cloud.let_go(self.chosen)

        self.cloud.look_faults = [None, land]
        result = self.apply()
        self.assertEqual(['done'], self.states(result))
        # It was gone, and was taken over again.
        self.assertEqual([self.chosen] * 2, self.cloud.made)
        self.assertEqual([self.chosen], list(self.cloud.servers))

    def test_one_that_never_came_is_waited_for_in_vain(self):
        self.patch(settling, 'SETTLE', 0.1)
        result = self.apply()
        self.assertEqual(['done'], self.states(result))
        self.assertEqual([self.chosen], self.cloud.made)

    def test_a_stop_while_it_is_waited_for_says_so(self):
        stop = threading.Event()
        result = self.plan.apply(
            self.client,
            stop=stop,
            on_event=lambda event: (
                isinstance(event, events.Waiting) and stop.set()
            ),
        )
        self.assertEqual(['in progress'], self.states(result))
        self.assertEqual(['in_progress'], self.codes(result.machines[0]))
        self.assertEqual([self.chosen], list(self.cloud.servers))
