"""Tests of carrying a plan out."""

from __future__ import annotations

import threading
from typing import Any

from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import journal as journals
from moganclient.adoption import results
from moganclient import exceptions
from moganclient.tests.unit.adoption import cloud

RECOVERING = [{'code': 'recovering', 'message': 'It is recovering.'}]


class TestApply(cloud.TestCase):
    def test_takes_every_machine_over(self):
        result = self.apply()
        self.assertEqual(['done'] * 3, self.states(result))
        self.assertIs(results.Outcome.ALL, result.outcome)
        self.assertEqual(
            [machine.server for machine in result.machines], self.cloud.made
        )

    def test_one_request_a_machine_and_the_lists(self):
        self.apply()
        self.assertEqual(
            ['GET /flavors', 'GET /adoptable_nodes']
            + ['POST /servers/manage'] * 3,
            self.cloud.asked,
        )

    def test_what_is_sent_is_what_is_planned(self):
        self.plan.servers = [
            self.planned(
                0,
                project='p',
                availability_zone='z',
                description='d',
                metadata={'k': 'v'},
            )
        ]
        result = self.apply()
        self.assertEqual(
            [
                {
                    'name': 'server-0',
                    'node_uuid': cloud.node_uuid(0),
                    'flavor_uuid': cloud.FLAVOR,
                    'networks': [{'port_id': cloud.port_id(0)}],
                    'project_id': 'p',
                    'availability_zone': 'z',
                    'description': 'd',
                    'metadata': {'k': 'v'},
                    'uuid': result.machines[0].server,
                }
            ],
            self.cloud.bodies,
        )

    def test_the_request_id_of_the_journal_is_the_one_that_is_sent(self):
        self.plan.servers = [self.planned(0)]
        self.apply()
        begun = self.journal()[0]
        self.assertEqual('begun', begun['event'])
        self.assertEqual(
            begun['request_id'],
            self.cloud.headers[0]['X-OpenStack-Request-ID'],
        )

    def test_it_is_written_down_before_it_is_sent(self):
        seen: list[Any] = []

        def look(request: Any, context: Any) -> None:
            seen.extend(self.journal())

        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [look]
        self.apply()
        self.assertEqual(['begun'], [line['event'] for line in seen])
        self.assertEqual(self.cloud.bodies[0]['uuid'], seen[0]['server'])

    def test_several_at_a_time(self):
        result = self.apply(jobs=3)
        self.assertEqual(['done'] * 3, self.states(result))

    def test_an_older_service_is_told_before_anything(self):
        self.cloud.newest = '1.2'
        error = self.assertRaises(
            exceptions.UnsupportedVersion, self.apply
        )
        self.assertIn('1.3', error.message)
        self.assertFalse(self.plan.journal_path.exists())

    def test_a_plan_without_a_file_wants_a_journal(self):
        self.plan.path = None
        self.assertRaises(exceptions.ValidationError, self.apply)
        result = self.apply(journal=self.path.with_name('elsewhere'))
        self.assertEqual(['done'] * 3, self.states(result))

    def test_jobs_and_timeout_are_checked(self):
        for options in ({'jobs': 0}, {'jobs': 'x'}, {'timeout': 0}):
            self.assertRaises(
                exceptions.ValidationError, self.apply, **options
            )
        self.assertEqual([], self.cloud.asked)

    def test_a_dry_run_changes_nothing(self):
        result = self.apply(dry_run=True)
        self.assertEqual(['ready'] * 3, self.states(result))
        self.assertIs(results.Outcome.ALL, result.outcome)
        self.assertEqual([], self.cloud.made)
        self.assertFalse(self.plan.journal_path.exists())

    def test_another_endpoint_is_refused(self):
        self.plan.endpoint = 'http://elsewhere.test:6688/v1'
        error = self.assertRaises(errors.OtherEndpoint, self.apply)
        self.assertIn('elsewhere.test', error.message)
        self.assertEqual([], self.cloud.asked)

    def test_another_endpoint_is_taken_when_told(self):
        self.plan.endpoint = 'http://elsewhere.test:6688/v1'
        result = self.apply(any_endpoint=True)
        self.assertEqual(['done'] * 3, self.states(result))

    def test_the_same_endpoint_written_differently_is_the_same(self):
        self.plan.endpoint = 'http://MOGAN.test:6688/'
        self.assertEqual(['done'] * 3, self.states(self.apply()))

    def test_second_run_while_the_first_lives(self):
        with journals.Journal.open(
            self.plan.journal_path,
            action='apply',
            plan='fleet.yaml',
            endpoint=cloud.ENDPOINT,
            region=None,
            jobs=1,
        ):
            self.assertRaises(errors.JournalInUse, self.apply)
        self.assertEqual([], self.cloud.made)

    def test_projects_are_looked_up_once_each(self):
        asked: list[str] = []

        def find(project: str) -> str | None:
            asked.append(project)
            return {'demo': 'id-of-demo'}.get(project)

        self.plan.servers = [
            self.planned(0, project='demo'),
            self.planned(1, project='demo'),
            self.planned(2, project='dmo'),
        ]
        result = self.apply(find_project=find)
        self.assertEqual(['demo', 'dmo'], sorted(asked))
        self.assertEqual(
            ['id-of-demo'] * 2,
            [body['project_id'] for body in self.cloud.bodies],
        )
        self.assertEqual(
            ['project_not_found'], self.codes(result.machines[2])
        )


class TestResume(cloud.TestCase):
    def test_nothing_left_to_do_asks_for_lists_only(self):
        self.apply()
        self.cloud.asked.clear()
        result = self.apply()
        self.assertEqual(
            ['GET /flavors', 'GET /adoptable_nodes'], self.cloud.asked
        )
        self.assertIs(results.Outcome.ALL, result.outcome)
        self.assertEqual(3, len(self.cloud.made))

    def test_what_failed_is_tried_again_with_the_same_uuid(self):
        self.cloud.faults = [cloud.answers(409, 'port_conflict')]
        first = self.apply()
        self.assertEqual(['failed', 'done', 'done'], self.states(first))
        second = self.apply()
        self.assertEqual(['done'] * 3, self.states(second))
        self.assertEqual(
            first.machines[0].server, second.machines[0].server
        )

    def test_begun_and_there_is_looked_at_and_not_sent_again(self):
        def killed(request: Any, context: Any) -> Any:
            self.cloud.manage(request.json(), context)
            raise KeyboardInterrupt

        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [killed]
        self.assertRaises(KeyboardInterrupt, self.apply)
        self.cloud.asked.clear()
        result = self.apply()
        self.assertEqual(['done'], self.states(result))
        self.assertNotIn('POST /servers/manage', self.cloud.asked)
        self.assertEqual(1, len(self.cloud.made))

    def test_begun_and_not_there_is_sent_with_the_same_uuid(self):
        def killed(request: Any, context: Any) -> Any:
            raise KeyboardInterrupt

        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [killed]
        self.assertRaises(KeyboardInterrupt, self.apply)
        chosen = self.journal()[0]['server']
        self.apply()
        self.assertEqual([chosen], self.cloud.made)

    def test_what_somebody_let_go_of_is_not_taken_again(self):
        self.apply()
        self.cloud.let_go(self.cloud.made[1])
        result = self.apply()
        self.assertEqual(['done', 'lost', 'done'], self.states(result))
        self.assertEqual(['let_go'], self.codes(result.machines[1]))
        self.assertEqual(3, len(self.cloud.made))
        self.assertIs(results.Outcome.SOME, result.outcome)

    def test_what_somebody_else_took_is_reported(self):
        self.cloud.take(cloud.node_uuid(1), 'theirs')
        result = self.apply()
        self.assertEqual(['done', 'not ready', 'done'], self.states(result))
        self.assertEqual(['managed'], self.codes(result.machines[1]))

    def test_a_server_whose_node_went_to_another_instance_is_lost(self):
        self.apply()
        self.cloud.nodes[cloud.node_uuid(0)]['reasons'].append(
            {'code': 'in_use', 'message': 'Instance X has it.'}
        )
        result = self.apply()
        self.assertEqual('lost', result.machines[0].state)
        self.assertEqual(['in_use'], self.codes(result.machines[0]))

    def test_a_node_that_is_gone(self):
        self.apply()
        del self.cloud.nodes[cloud.node_uuid(2)]
        result = self.apply()
        self.assertEqual('lost', result.machines[2].state)
        self.assertEqual(['node_not_found'], self.codes(result.machines[2]))

    def test_after_a_rollback_it_is_a_new_server(self):
        self.apply()
        self.rollback()
        result = self.apply()
        self.assertEqual(['done'] * 3, self.states(result))
        self.assertEqual(6, len(set(self.cloud.made)))


class TestFailures(cloud.TestCase):
    COUNT = 2

    def test_one_failure_stops_nothing_else(self):
        self.cloud.faults = [cloud.answers(409, 'node_not_adoptable')]
        result = self.apply()
        self.assertEqual(['failed', 'done'], self.states(result))
        self.assertIs(results.Outcome.SOME, result.outcome)
        self.assertIsNone(result.stopped)

    def test_unless_it_shall(self):
        self.cloud.faults = [cloud.answers(409, 'node_not_adoptable')]
        result = self.apply(stop_on_error=True)
        self.assertEqual(['failed', 'not begun'], self.states(result))
        self.assertIn('server-0', result.stopped)
        self.assertFalse(result.interrupted)

    def test_with_stop_on_error_nothing_begins_where_one_is_not_ready(self):
        self.cloud.take(cloud.node_uuid(1), 'theirs')
        result = self.apply(stop_on_error=True)
        self.assertEqual(['not begun', 'not ready'], self.states(result))
        self.assertIs(results.Outcome.NOTHING, result.outcome)

    def test_no_machine_is_ready(self):
        for number in range(2):
            self.cloud.take(cloud.node_uuid(number), f'theirs-{number}')
        result = self.apply()
        self.assertIs(results.Outcome.NOTHING, result.outcome)

    def test_a_busy_service_is_tried_again(self):
        self.cloud.faults = [
            cloud.answers(503, 'upstream_locked'),
            cloud.answers(409, 'recovering'),
        ]
        result = self.apply()
        self.assertEqual(['done'] * 2, self.states(result))
        waits = [e for e in self.events if isinstance(e, events.Waiting)]
        self.assertEqual(
            ['It is upstream_locked.', 'It is recovering.'],
            [event.why for event in waits],
        )

    def test_a_lost_answer_is_looked_at(self):
        def act(request: Any, context: Any) -> Any:
            self.cloud.manage(request.json(), context)
            raise cloud.requests.exceptions.ConnectionError('Broken pipe')

        self.cloud.faults = [act]
        result = self.apply()
        self.assertEqual(['done'] * 2, self.states(result))
        self.assertEqual(2, len(self.cloud.made))
        self.assertIn(
            f'GET /servers/{self.cloud.made[0]}', self.cloud.asked
        )

    def test_a_lost_request_is_sent_again_with_the_same_uuid(self):
        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [cloud.breaks()]
        result = self.apply()
        self.assertEqual(['done'], self.states(result))
        self.assertEqual([self.journal()[0]['server']], self.cloud.made)

    def test_our_own_server_in_the_way_is_waited_for(self):
        def busy(request: Any, context: Any) -> Any:
            server = request.json()['uuid']
            self.cloud.take(cloud.node_uuid(0), server)
            self.cloud.servers[server]['status'] = 'managing'
            self.cloud.look_faults = [None, self._finish(server)]
            return cloud.error(
                context, 409, 'node_has_server', server_uuid=server
            )

        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [busy]
        result = self.apply()
        self.assertEqual(['done'], self.states(result))
        self.assertEqual(1, len(self.cloud.made))

    def _finish(self, server: str) -> Any:
        def finish(request: Any, context: Any) -> None:
            self.cloud.servers[server]['status'] = 'active'

        return finish

    def test_a_failing_service_is_not_asked_for_ever(self):
        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [cloud.answers(500, 'internal_error')] * 10
        result = self.apply()
        self.assertEqual(['failed'], self.states(result))
        self.assertEqual(3, self.cloud.asked.count('POST /servers/manage'))

    def test_a_look_that_stays_without_answer_is_in_progress(self):
        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [cloud.breaks()]
        self.cloud.look_faults = [cloud.answers(403, 'forbidden')]
        result = self.apply()
        self.assertEqual(['in progress'], self.states(result))
        self.assertEqual('unknown', self.journal()[-1]['event'])

    def test_a_404_that_the_service_did_not_say_proves_nothing(self):
        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [cloud.breaks()]
        self.cloud.look_faults = [cloud.answers(404, 'not_found')]
        result = self.apply()
        self.assertEqual(['in progress'], self.states(result))

    def test_a_refused_token_ends_the_run(self):
        self.cloud.faults = [cloud.answers(401, 'unauthorized')] * 9
        result = self.apply()
        self.assertEqual(['failed', 'not begun'], self.states(result))
        self.assertIn('unauthorized', result.stopped)

    def test_a_service_that_stays_away_ends_the_run(self):
        self.cloud.faults = [cloud.answers(503, 'upstream_unavailable')] * 99
        result = self.apply(timeout=0.05)
        self.assertEqual(['failed', 'not begun'], self.states(result))
        self.assertIn('upstream_unavailable', result.stopped)

    def test_a_node_that_stays_locked_does_not(self):
        self.cloud.nodes[cloud.node_uuid(0)]['locked'] = True

        def locked(request: Any, context: Any) -> Any:
            self.cloud.faults.insert(0, locked)
            if request.json()['node_uuid'] == cloud.node_uuid(0):
                return cloud.error(context, 503, 'upstream_locked')
            return None

        self.cloud.faults = [locked]
        result = self.apply(timeout=0.05)
        self.assertEqual(['failed', 'done'], self.states(result))

    def test_the_reason_and_request_id_of_a_failure_are_kept(self):
        self.cloud.faults = [
            cloud.answers(
                409, 'node_not_adoptable', reasons=RECOVERING
            )
        ]
        machine = self.apply().machines[0]
        self.assertEqual(RECOVERING, machine.reasons)
        self.assertEqual('req-of-node_not_adoptable', machine.request_id)
        failed = [x for x in self.journal() if x['event'] == 'failed'][0]
        self.assertEqual(RECOVERING, failed['reasons'])
        self.assertEqual('req-of-node_not_adoptable', failed['request_id'])

    def test_a_listener_that_fails_loses_nothing(self):
        def listener(event: events.Event) -> None:
            if isinstance(event, events.Finished):
                raise RuntimeError('listener')

        self.assertRaises(
            RuntimeError,
            self.plan.apply,
            self.client,
            jobs=1,
            on_event=listener,
        )
        said = [line['event'] for line in self.journal()]
        self.assertEqual(len(said), 2 * said.count('done'))


    def test_a_listener_that_always_fails_is_waited_for_too(self):
        def listener(event: events.Event) -> None:
            if not isinstance(event, events.Surveyed | events.Checked):
                raise RuntimeError('listener')

        self.assertRaises(
            RuntimeError, self.plan.apply, self.client, on_event=listener
        )
        said = [line['event'] for line in self.journal()]
        self.assertEqual(len(said), 2 * said.count('done'))

    def test_what_may_be_on_its_way_did_not_fail(self):
        stop = threading.Event()
        self.plan.servers = [self.planned(0)]
        self.cloud.faults = [cloud.breaks(stop.set)] * 9999
        result = self.apply(stop=stop)
        self.assertEqual(['in progress'], self.states(result))
        self.assertEqual('unknown', self.journal()[-1]['event'])

    def test_a_project_that_is_gone_is_not_the_callers(self):
        def killed(request: Any, context: Any) -> Any:
            self.cloud.manage(request.json(), context)
            raise KeyboardInterrupt

        self.plan.servers = [self.planned(0, project='demo')]
        self.cloud.faults = [killed]
        self.assertRaises(KeyboardInterrupt, self.apply)
        self.cloud.bodies.clear()
        self.cloud.look_faults = [
            lambda request, context: cloud.missing(context)
        ]
        result = self.apply(find_project=lambda project: None)
        self.assertEqual(['failed'], self.states(result))
        self.assertEqual(
            ['project_not_found'], self.codes(result.machines[0])
        )
        self.assertEqual([], self.cloud.bodies)

    def test_a_plan_renamed_after_the_takeover_says_so(self):
        self.plan.servers = [self.planned(0)]
        self.apply()
        self.plan.servers[0].name = 'another'
        machine = self.apply().machines[0]
        self.assertEqual('done', machine.state)
        self.assertEqual('server-0', machine.name)
        self.assertEqual(['differs_from_plan'], self.codes(machine))


class TestStop(cloud.TestCase):
    def test_what_is_in_flight_is_finished(self):
        stop = threading.Event()

        def press(request: Any, context: Any) -> None:
            stop.set()

        self.cloud.faults = [press]
        result = self.apply(stop=stop)
        self.assertEqual(
            ['done', 'not begun', 'not begun'], self.states(result)
        )
        self.assertTrue(result.interrupted)
        self.assertIsNotNone(result.stopped)

    def test_nothing_is_tried_again(self):
        stop = threading.Event()

        def press(request: Any, context: Any) -> Any:
            stop.set()
            return cloud.error(context, 503, 'upstream_locked')

        # Without an end, for the run may hear of it a little later.
        self.cloud.faults = [press] * 9999
        result = self.apply(stop=stop)
        self.assertEqual(
            ['failed', 'not begun', 'not begun'], self.states(result)
        )

    def test_before_anything_began(self):
        stop = threading.Event()
        stop.set()
        result = self.apply(stop=stop)
        self.assertEqual(['not begun'] * 3, self.states(result))
        self.assertTrue(result.interrupted)
        self.assertEqual([], self.cloud.made)

    def test_the_caller_s_event_is_left_as_it_is(self):
        stop = threading.Event()
        self.cloud.faults = [cloud.answers(409)]
        self.apply(stop=stop, stop_on_error=True)
        self.assertFalse(stop.is_set())

    def test_a_journal_that_cannot_be_written_ends_the_run(self):
        def refuse(*args: Any, **kwargs: Any) -> None:
            raise errors.JournalError('The disk is full.')

        self.patch(journals.Journal, 'begun', refuse)
        result = self.apply()
        self.assertEqual(['not begun'] * 3, self.states(result))
        self.assertEqual('The disk is full.', result.stopped)
        self.assertEqual([], self.cloud.made)
        self.assertIs(results.Outcome.NOTHING, result.outcome)

    def test_an_end_that_cannot_be_written_hides_no_result(self):
        def refuse(*args: Any, **kwargs: Any) -> None:
            raise errors.JournalError('The disk is full.')

        self.patch(journals.Journal, 'end', refuse)
        for run, state in ((self.apply, 'done'), (self.rollback, 'released')):
            result = run()
            self.assertEqual([state] * 3, self.states(result))
            self.assertEqual('The disk is full.', result.stopped)
