"""Tests of how the commands of plans end."""

from __future__ import annotations

import argparse
import io
import os
import types
from typing import Any

import fixtures
from osc_lib.command import command
import testtools

from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.osc.v1 import adoption_plans


class Example(adoption_plans.Ending, command.Lister):
    """A command that does what a test says."""

    act: Any = None

    def take_action(self, parsed_args: argparse.Namespace) -> Any:
        self.exit_code = results.Outcome.ALL
        self.last_words = 'It is done.'
        return ('Name',), self.act()


class TestEnding(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.logged = self.useFixture(fixtures.FakeLogger())
        self.stderr = io.StringIO()
        self.stdout: Any = io.StringIO()

    def run_command(self, act: Any) -> int:
        app: Any = types.SimpleNamespace(
            stdout=self.stdout, stderr=self.stderr
        )
        made = self.command = Example(app, None)
        made.act = act
        return made.run(made.get_parser('prog').parse_args([]))

    def begun(self, failure: BaseException) -> Any:
        """What fails after a machine was begun."""

        def act() -> Any:
            with self.command.listener(results.State.DONE) as listener:
                listener(events.Begun('n', 'r1'))
                self.command.exit_code = results.Outcome.NOTHING
                self.command.last_words = ''
                raise failure

        return act

    def test_last_words_come_last(self):
        self.assertEqual(0, self.run_command(lambda: [('r1',)]))
        self.assertIn('r1', self.stdout.getvalue())
        self.assertEqual('It is done.\n', self.stderr.getvalue())

    def test_rows_that_fail_are_no_success(self):
        def rows():
            raise ValueError('No.')
            yield

        self.assertEqual(1, self.run_command(rows))
        self.assertEqual('No.\n', self.logged.output)

    def test_what_nobody_expected_after_a_beginning(self):
        self.assertEqual(1, self.run_command(self.begun(ValueError('No.'))))

    def test_an_error_without_words(self):
        self.run_command(self.begun(ValueError()))
        self.assertEqual('ValueError()\n', self.logged.output)

    def test_ctrl_c_in_the_middle(self):
        self.assertEqual(
            130, self.run_command(self.begun(KeyboardInterrupt()))
        )
        self.assertIn('What was in flight', self.stderr.getvalue())

    def test_nobody_reads_the_table(self):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, 'w') as self.stdout:
            self.assertEqual(0, self.run_command(lambda: [('r1',)] * 9))
            # What Python does at exit is no error, either.
            self.stdout.flush()
        self.assertEqual('It is done.\n', self.stderr.getvalue())
        self.assertEqual('', self.logged.output)
