"""Tests of doing something about many machines."""

from __future__ import annotations

import dataclasses
import threading

import testtools

from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.adoption import runner
from moganclient import exceptions

State = results.State


@dataclasses.dataclass
class Order:
    machine: results.Machine


def orders(count: int) -> list[Order]:
    return [
        Order(results.Machine(f'n{i}', None, f's{i}', State.READY))
        for i in range(count)
    ]


class Work:
    """Notes how many are at it at the same time."""

    def __init__(self, together: int = 1) -> None:
        self._barrier = threading.Barrier(together, timeout=30)
        self.threads: set[str] = set()

    def run(self, order, tell):
        self.threads.add(threading.current_thread().name)
        self._barrier.wait()
        order.machine.state = State.DONE
        return None


class TestRun(testtools.TestCase):
    def run_over(self, work, found, **options):
        self.told: list[events.Event] = []
        self.told_in: set[str] = set()

        def listen(event):
            self.told.append(event)
            self.told_in.add(threading.current_thread().name)

        options = {'jobs': 1, 'stop': threading.Event(), **options}
        run = runner.Run(
            work,
            wanted=State.DONE,
            halt=threading.Event(),
            on_event=listen,
            **options,
        )
        run.over(found)
        return run

    def test_all_are_done(self):
        found = orders(5)
        run = self.run_over(Work(), found)
        self.assertEqual(
            [State.DONE] * 5, [order.machine.state for order in found]
        )
        self.assertEqual(5, run.begun)
        self.assertIsNone(run.stopped)

    def test_so_many_at_a_time(self):
        # The barrier breaks unless four are at it together.
        work = Work(together=4)
        self.run_over(work, orders(8), jobs=4)
        self.assertEqual(4, len(work.threads))

    def test_no_more_threads_than_machines(self):
        work = Work(together=2)
        self.run_over(work, orders(2), jobs=64)
        self.assertEqual(2, len(work.threads))

    def test_events_come_in_the_calling_thread(self):
        self.run_over(Work(), orders(3), jobs=3)
        self.assertEqual({threading.current_thread().name}, self.told_in)

    def test_each_begins_before_it_ends(self):
        self.run_over(Work(), orders(1))
        self.assertEqual(
            ['Begun', 'Finished'], [type(e).__name__ for e in self.told]
        )

    def test_nothing_to_do(self):
        run = self.run_over(Work(), [])
        self.assertEqual(0, run.begun)
        self.assertEqual([], self.told)

    def test_what_nobody_expected_is_raised_at_the_end(self):
        class Broken:
            def run(self, order, tell):
                raise ZeroDivisionError('bug')

        found = orders(2)
        self.assertRaises(
            ZeroDivisionError, self.run_over, Broken(), found
        )
        self.assertEqual(
            [State.FAILED, State.NOT_BEGUN],
            [order.machine.state for order in found],
        )

    def test_a_fatal_end_begins_nothing_more(self):
        class Fatal:
            def run(self, order, tell):
                order.machine.state = State.FAILED
                return 'The token is refused.'

        found = orders(3)
        run = self.run_over(Fatal(), found)
        self.assertEqual('The token is refused.', run.stopped)
        self.assertEqual(State.NOT_BEGUN, found[2].machine.state)
        self.assertFalse(run.interrupted)

    def test_stop_is_told_with_what_is_in_flight(self):
        stop = threading.Event()
        seen = threading.Event()

        class Pressed:
            def run(self, order, tell):
                stop.set()
                seen.wait(30)
                order.machine.state = State.DONE
                return None

        def listen(event):
            self.stopping = event
            if isinstance(event, events.Stopping):
                seen.set()

        found = orders(2)
        run = runner.Run(
            Pressed(),
            wanted=State.DONE,
            jobs=1,
            stop=stop,
            halt=threading.Event(),
            on_event=lambda event: isinstance(event, events.Stopping)
            and listen(event),
        )
        run.over(found)
        self.assertEqual(1, self.stopping.in_flight)
        self.assertTrue(run.interrupted)
        self.assertEqual(State.DONE, found[0].machine.state)


class TestArguments(testtools.TestCase):
    def test_jobs(self):
        for wrong in (0, -1, True, 1.5, '4', None):
            error = self.assertRaises(
                exceptions.ValidationError, runner.check_jobs, wrong
            )
            self.assertIn(repr(wrong), error.message)

    def test_timeout(self):
        for wrong in (0, -1, True, '4', None, float('nan')):
            error = self.assertRaises(
                exceptions.ValidationError, runner.check_timeout, wrong
            )
            self.assertIn(repr(wrong), error.message)
