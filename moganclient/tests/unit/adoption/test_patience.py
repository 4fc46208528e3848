"""Tests of waiting."""

from __future__ import annotations

import threading

import testtools

from moganclient.adoption import patience


class TestPatience(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.now = 100.0
        self.halt = threading.Event()

    def patience(self, seconds: float, share: float = 1.0):
        return patience.Patience(
            seconds,
            self.halt,
            clock=lambda: self.now,
            jitter=lambda low, high: low + (high - low) * share,
        )

    def test_pauses_grow_up_to_the_longest(self):
        waiting = self.patience(10_000)
        pauses = [waiting.next_pause() for _ in range(20)]
        self.assertEqual(patience.FIRST, pauses[0])
        self.assertEqual(sorted(pauses), pauses)
        self.assertEqual(patience.LONGEST, pauses[-1])

    def test_they_are_jittered(self):
        self.assertEqual(
            patience.FIRST / 2, self.patience(60, share=0).next_pause()
        )

    def test_a_retry_after_is_a_lower_bound(self):
        self.assertEqual(30.0, self.patience(60, share=0).next_pause(30))
        self.assertGreater(self.patience(60).next_pause(30), 30)

    def test_there_is_an_end(self):
        waiting = self.patience(60)
        self.now += 59.9
        self.assertIsNone(waiting.next_pause())

    def test_a_retry_after_beyond_the_end_is_not_waited_for(self):
        self.assertIsNone(self.patience(60).next_pause(61))

    def test_a_halt_allows_no_further_pause(self):
        self.halt.set()
        self.assertIsNone(self.patience(60).next_pause())

    def test_but_for_what_ends_by_itself(self):
        self.halt.set()
        self.assertIsNotNone(self.patience(60).next_pause(finish=True))

    def test_a_halt_ends_a_pause(self):
        self.halt.set()
        self.assertFalse(self.patience(60).sleep(3600))

    def test_a_whole_pause(self):
        self.assertTrue(self.patience(60).sleep(0))
        self.assertTrue(self.patience(60).sleep(0, finish=True))
