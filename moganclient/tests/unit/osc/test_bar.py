"""Tests of the bar, on a terminal."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
import threading

import ddt
import testtools

from moganclient.adoption import events
from moganclient.adoption import results
from moganclient.osc import bar
from moganclient.tests.unit.osc import test_progress

STATE = results.State
finished = test_progress.finished


class Base(testtools.TestCase):
    """A terminal of a width, and a bar on it."""

    def setUp(self) -> None:
        super().setUp()
        self.master, slave = os.openpty()
        self.addCleanup(os.close, self.master)
        self.terminal = os.fdopen(slave, 'w', encoding='utf-8')
        self.written = b''
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.addCleanup(self._end)

    def _read(self) -> None:
        while True:
            try:
                got = os.read(self.master, 4096)
            except OSError:  # The other side was closed.
                return
            if not got:
                return
            self.written += got

    def _end(self) -> None:
        self.terminal.close()
        self.reader.join()

    def width(self, columns: int) -> None:
        size = struct.pack('HHHH', 24, columns, 0, 0)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, size)

    def drawn(
        self, *happened: events.Event, wanted: results.State = STATE.DONE
    ) -> list[str]:
        """What was to be seen on a line, one after the other."""
        with bar.Bar(wanted, self.terminal) as listener:
            for event in happened:
                listener(event)
        self._end()
        text = re.sub('\x1b\\[A', '', self.written.decode())
        return [
            line.rstrip() for line in re.split('[\r\n]+', text) if line.strip()
        ]


class TestBar(Base):
    BEGIN = events.Checked(400, 18, 380, 2)

    def setUp(self) -> None:
        super().setUp()
        self.width(120)

    def test_reading_is_a_line_that_counts(self):
        drawn = self.drawn(
            events.Surveyed('nodes', 1000), events.Surveyed('nodes', 2000)
        )
        self.assertEqual('reading nodes: 2000', drawn[-1])

    def test_what_is_done_already_is_done(self):
        drawn = self.drawn(self.BEGIN)
        self.assertIn(' 96%|', drawn[-1])
        self.assertIn('380 done, 2 not ready', drawn[-1])

    def test_counts_move_on(self):
        drawn = self.drawn(
            self.BEGIN, finished('a'), finished('b', STATE.FAILED, 'No.')
        )
        self.assertIn('381 done, 2 not ready, 1 failed', drawn[-1])

    def test_a_failure_is_a_line_above_and_stays_in_the_bar(self):
        drawn = self.drawn(
            self.BEGIN, finished('r7', STATE.FAILED, 'It is locked.'),
            finished('r8'),
        )  # fmt: skip
        self.assertIn('r7: failed: It is locked.', drawn)
        self.assertTrue(drawn[-1].endswith('r7: failed: It is locked.'))

    def test_who_waits_is_in_the_bar(self):
        drawn = self.drawn(
            self.BEGIN, events.Waiting('n-r7', 'r7', 3, 'It is locked.')
        )
        self.assertTrue(drawn[-1].endswith('r7: again in 3 s: It is locked.'))

    def test_who_waited_is_not_when_it_is_done(self):
        drawn = self.drawn(
            self.BEGIN,
            events.Waiting('n-r7', 'r7', 3, 'It is locked.'),
            finished('r7'),
        )
        self.assertNotIn('again', drawn[-1])

    def test_a_rate(self):
        drawn = self.drawn(self.BEGIN, finished('r7'))
        self.assertRegex(drawn[-1], r'[0-9.]+/s, .* left')

    def test_stopping_is_a_line(self):
        drawn = self.drawn(self.BEGIN, events.Stopping('It was stopped.', 0))
        self.assertIn('It was stopped.', drawn)

    def test_nothing_stays_of_it(self):
        self.drawn(self.BEGIN, finished('r7'))
        self.assertRegex(self.written.decode(), '\r *\r$')

    def test_no_colours(self):
        self.drawn(self.BEGIN, finished('r7', STATE.FAILED, 'No.'))
        self.assertNotIn('\x1b[3', self.written.decode())

    def test_no_thread_draws(self):
        before = threading.active_count()
        with bar.Bar(STATE.DONE, self.terminal) as listener:
            listener(self.BEGIN)
            self.assertEqual(before, threading.active_count())

    def test_a_terminal_that_went_away(self):
        with bar.Bar(STATE.DONE, self.terminal) as listener:
            listener(self.BEGIN)
            self.terminal.close()
            listener(finished('r7', STATE.FAILED, 'No.'))
        self.assertEqual(1, listener.states[STATE.FAILED])


@ddt.ddt
class TestWidth(Base):
    @ddt.data((20, 20), (39, 39), (80, 80), (0, 80))
    @ddt.unpack
    def test_it_fits(self, columns, expected):
        self.width(columns)
        drawn = self.drawn(
            events.Checked(400, 18, 380, 2),
            events.Waiting('n', 'r7', 3, 'x' * 400),
        )
        # Some releases of tqdm leave the last column free.
        widest = max(len(line) for line in drawn)
        self.assertIn(widest, (expected - 1, expected))
