"""Tests of how far a run over a plan is said to have come."""

from __future__ import annotations

import errno
import io

import fixtures
import testtools

from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.osc import bar
from moganclient.osc import progress

STATE = results.State


def machine(
    name: str = 'r1',
    state: results.State = STATE.DONE,
    why: str | None = None,
    **more: object,
) -> results.Machine:
    reasons = [{'code': 'x', 'message': why}] if why else []
    return results.Machine(
        f'n-{name}', name, name, state, reasons=reasons, **more
    )


def finished(*arguments, **more):
    return events.Finished(machine(*arguments, **more))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class TestLines(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.stream = io.StringIO()
        self.now = 0.0
        self.lines = progress.Lines(
            STATE.DONE, self.stream, clock=lambda: self.now
        )

    def told(self, *happened: events.Event) -> list[str]:
        for event in happened:
            self.lines(event)
        return self.stream.getvalue().splitlines()

    def test_what_is_to_do_is_told_at_the_beginning(self):
        self.assertEqual(
            ['18 of 400 to do; 380 done, 2 not ready'],
            self.told(events.Checked(400, 18, 380, 2)),
        )

    def test_a_failure_is_a_line(self):
        self.assertEqual(
            ['r1: failed: It is locked. (req-1)'],
            self.told(
                finished(
                    'r1', STATE.FAILED, 'It is locked.', request_id='req-1'
                )
            ),
        )

    def test_what_went_well_is_none(self):
        self.assertEqual([], self.told(finished()))

    def test_that_it_went_well_depends_on_what_is_wanted(self):
        self.lines = progress.Lines(STATE.RELEASED, self.stream)
        self.assertEqual([], self.told(finished('r1', STATE.RELEASED)))

    def test_counts_come_by_time(self):
        self.told(events.Checked(3, 3, 0, 0), finished('r1'))
        self.now = progress.INTERVAL
        self.told(finished('r2'))
        self.now += 1
        told = self.told(finished('r3'))
        self.assertEqual(['3 of 3 to do', '2 of 3: 2 done'], told)

    def test_reading_is_told_by_time(self):
        self.told(events.Surveyed('nodes', 1000))
        self.now = progress.INTERVAL
        self.assertEqual(
            ['reading nodes: 2000'], self.told(events.Surveyed('nodes', 2000))
        )

    def test_a_long_pause_is_told(self):
        self.assertEqual(
            ['r1: again in 12 s: It is locked.'],
            self.told(events.Waiting('n', 'r1', 12.1, 'It is locked.')),
        )

    def test_a_short_pause_is_not(self):
        self.assertEqual(
            [], self.told(events.Waiting('n', 'r1', 9.9, 'It is locked.'))
        )

    def test_stopping_says_what_is_waited_for(self):
        self.assertEqual(
            [
                'It was stopped. 2 machines are in flight and are being '
                'finished.'
            ],
            self.told(events.Stopping('It was stopped.', 2)),
        )

    def test_stopping_with_one_machine(self):
        self.assertIn(
            '1 machine is in flight',
            self.told(events.Stopping('It was stopped.', 1))[0],
        )

    def test_stopping_with_nothing_in_flight(self):
        self.assertEqual(
            ['It was stopped.'],
            self.told(events.Stopping('It was stopped.', 0)),
        )

    def test_what_a_service_says_moves_no_cursor(self):
        self.assertEqual(
            ['r1: failed: a  [2Jb c'],
            self.told(finished('r1', STATE.FAILED, 'a\n\x1b[2Jb\rc')),
        )

    def test_a_reason_without_a_sentence_is_its_code(self):
        failed = machine('r1', STATE.FAILED)
        failed.reasons = [{'code': 'locked'}]
        self.assertEqual(
            ['r1: failed: locked'], self.told(events.Finished(failed))
        )

    def test_nobody_reads_it_any_more(self):
        self.stream.close()
        self.lines(finished('r1', STATE.FAILED))
        self.lines(finished('r2', STATE.FAILED))
        self.assertEqual(2, self.lines.states[STATE.FAILED])

    def test_a_pipe_that_broke_is_written_to_once(self):
        tries = []

        def broken(words):
            tries.append(words)
            raise BrokenPipeError(errno.EPIPE, 'Broken pipe')

        self.stream.write = broken
        self.lines(finished('r1', STATE.FAILED))
        self.lines(finished('r2', STATE.FAILED))
        self.assertEqual(1, len(tries))


class TestChoice(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.EnvironmentVariable('TERM', 'xterm'))

    def test_a_terminal_gets_a_bar(self):
        self.assertIsInstance(progress.to(Terminal(), STATE.DONE), bar.Bar)

    def test_a_file_gets_lines(self):
        self.assertIsInstance(
            progress.to(io.StringIO(), STATE.DONE), progress.Lines
        )

    def test_a_terminal_that_cannot_move_its_cursor_gets_lines(self):
        self.useFixture(fixtures.EnvironmentVariable('TERM', 'dumb'))
        self.assertIsInstance(
            progress.to(Terminal(), STATE.DONE), progress.Lines
        )

    def test_quiet_says_nothing_and_counts(self):
        stream = io.StringIO()
        with progress.to(stream, STATE.DONE, quiet=True) as quiet:
            quiet(events.Checked(1, 1, 0, 0))
            quiet(events.Begun('n', 'r1'))
            quiet(finished('r1', STATE.FAILED))
            quiet.say('x')
        self.assertEqual('', stream.getvalue())
        self.assertEqual(1, quiet.begun)
        self.assertEqual('1 failed', quiet.counts)
