"""Tests of Ctrl-C while machines are being worked on."""

from __future__ import annotations

import os
import signal
import threading

import ddt
import testtools

from moganclient.osc import interrupts


def press(number: signal.Signals = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)
    # The handler runs before the next line at the latest.


@ddt.ddt
class TestInterrupts(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self.addCleanup(signal.signal, number, signal.getsignal(number))
        signal.signal(signal.SIGINT, signal.default_int_handler)

    @ddt.data(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    def test_the_first_only_asks(self, number):
        with interrupts.Interrupts() as signals:
            press(number)
            self.assertTrue(signals.stop.is_set())
            self.assertTrue(signals.came)

    @ddt.data(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    def test_the_second_leaves(self, number):
        with interrupts.Interrupts():
            press(number)
            self.assertRaises(KeyboardInterrupt, press, number)

    def test_handlers_are_put_back(self):
        before = signal.getsignal(signal.SIGTERM)
        with interrupts.Interrupts():
            self.assertNotEqual(before, signal.getsignal(signal.SIGTERM))
        self.assertEqual(before, signal.getsignal(signal.SIGTERM))
        self.assertRaises(KeyboardInterrupt, press)

    def test_handlers_are_put_back_before_the_second_leaves(self):
        with interrupts.Interrupts():
            press()
            self.assertRaises(KeyboardInterrupt, press)
            self.assertEqual(
                signal.default_int_handler, signal.getsignal(signal.SIGINT)
            )

    def test_what_is_ignored_stays_ignored(self):
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with interrupts.Interrupts() as signals:
            press(signal.SIGHUP)
            self.assertFalse(signals.stop.is_set())

    def test_nothing_is_touched_outside_of_the_main_thread(self):
        before = signal.getsignal(signal.SIGTERM)
        seen = []

        def elsewhere():
            with interrupts.Interrupts():
                seen.append(signal.getsignal(signal.SIGTERM))

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        self.assertEqual([before], seen)
