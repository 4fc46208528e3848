"""Ctrl-C while machines are being worked on.

The first one asks the run to finish what is in flight and to begin nothing
more, the second one leaves at once: the journal of the plan knows what was
begun.
"""

from __future__ import annotations

import signal
import threading
import types
import typing

#: What asks a command to end: Ctrl-C, a service manager, a lost terminal.
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """A context in which the first signal only sets :attr:`stop`.

    Outside of the main thread signals are somebody else's: nothing is done
    there.
    """

    def __init__(self) -> None:
        #: What the library looks at.
        self.stop = threading.Event()
        #: Whether there was a signal.
        self.came = False
        self._before: dict[signal.Signals, typing.Any] = {}

    def __enter__(self) -> typing.Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                # What is ignored (nohup, a shell's background job) stays so,
                # and what was not installed by Python cannot be put back.
                if signal.getsignal(number) not in (signal.SIG_IGN, None):
                    self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        self._put_back()

    def _take(self, number: int, frame: types.FrameType | None) -> None:
        if self.came:
            self._put_back()
            raise KeyboardInterrupt
        self.came = True
        # The library never waits for it in the calling thread, which is the
        # one that is interrupted here: so this cannot wait for itself.
        self.stop.set()

    def _put_back(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)
