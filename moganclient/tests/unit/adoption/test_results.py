"""Tests of results."""

from __future__ import annotations

import json

import testtools

from moganclient.adoption import results

State = results.State


def result(*states: State, wanted: State = State.DONE, begun: int = 0):
    return results.Result(
        [results.Machine('n', None, 's', state) for state in states],
        wanted,
        begun=begun,
    )


class TestResult(testtools.TestCase):
    def test_all(self):
        self.assertIs(
            results.Outcome.ALL, result(State.DONE, State.DONE).outcome
        )

    def test_done_already_is_fine_for_a_check(self):
        found = result(State.DONE, State.READY, wanted=State.READY)
        self.assertIs(results.Outcome.ALL, found.outcome)

    def test_done_is_not_released(self):
        found = result(State.DONE, State.RELEASED, wanted=State.RELEASED)
        self.assertIs(results.Outcome.SOME, found.outcome)

    def test_ready_is_not_done(self):
        self.assertEqual(1, result(State.DONE, State.READY).missing)

    def test_some(self):
        found = result(State.DONE, State.FAILED)
        self.assertIs(results.Outcome.SOME, found.outcome)

    def test_all_tried_and_all_failed_is_some(self):
        found = result(State.FAILED, begun=1)
        self.assertIs(results.Outcome.SOME, found.outcome)

    def test_nothing_could_be_begun(self):
        found = result(State.NOT_READY, State.NOT_READY)
        self.assertIs(results.Outcome.NOTHING, found.outcome)

    def test_the_summary(self):
        found = result(State.DONE, State.FAILED, State.DONE)
        self.assertEqual('3 machines: 2 done, 1 failed', found.summary)
        self.assertEqual('1 machine: 1 done', result(State.DONE).summary)
        self.assertEqual('0 machines', result().summary)

    def test_a_machine_as_json(self):
        machine = results.Machine('n', 'rack1', 's', State.DONE, server='u')
        self.assertEqual(
            {
                'node': 'n',
                'node_name': 'rack1',
                'name': 's',
                'state': 'done',
                'server': 'u',
                'reasons': [],
                'request_id': None,
                'line': None,
                'status': None,
            },
            json.loads(json.dumps(machine.to_dict())),
        )
