"""Commands as somebody types them at a terminal, and what is left there.

For guides that show what is printed: standard output and standard error
together, without what was drawn over meanwhile.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pathlib

#: Lines and columns; what is wider is not wrapped here.
SIZE = 40, 100


def screen(written: str) -> str:
    """What is to be seen after everything was written.

    A carriage return goes back to the beginning of a line; other movements
    of the cursor do not occur.
    """
    lines = []
    for line in written.replace('\r\n', '\n').split('\n'):
        shown: list[str] = []
        for part in line.split('\r'):
            shown[: len(part)] = part
        lines.append(''.join(shown).rstrip())
    return '\n'.join(lines)


class Command:
    """A line that is run by a shell on a terminal of its own."""

    def __init__(
        self, line: str, cwd: pathlib.Path, env: dict[str, str]
    ) -> None:
        """Begin to run it.

        :param line: what is typed
        :param cwd: the directory
        :param env: all of its environment
        """
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(
            theirs, termios.TIOCSWINSZ, struct.pack('HHHH', *SIZE, 0, 0)
        )
        self._process = subprocess.Popen(
            ['bash', '-c', line],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=cwd,
            env=env | {'TERM': 'xterm'},
            start_new_session=True,
        )
        os.close(theirs)
        self._written = b''
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        # A terminal that nobody has open any more is an error.
        with contextlib.suppress(OSError):
            while piece := os.read(self._ours, 65536):
                self._written += piece

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to all processes of the line."""
        os.killpg(self._process.pid, number)

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.poll() is not None

    def wait(self, seconds: float) -> tuple[str, int]:
        """Wait for its end: what is on the screen then, and the exit code.

        :raises subprocess.TimeoutExpired: it did not end; it is killed
        """
        try:
            code = self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self._process.wait()
            raise
        finally:
            self._reader.join(5)
            os.close(self._ours)
        return screen(self._written.decode(errors='replace')), code
