"""How long one machine is waited for, and the pauses in between."""

from __future__ import annotations

from collections.abc import Callable
import random
import threading
import time

#: Seconds of the first pause; each next one is longer, up to the last.
FIRST = 0.5
GROWTH = 1.7
LONGEST = 15.0


class Patience:
    """The time that one machine has, and how it is spent waiting.

    Pauses grow and are jittered, so that jobs that failed together do not
    come back together.  A Retry-After is a lower bound.  ``halt`` ends a
    pause at once and allows no further one.
    """

    def __init__(
        self,
        seconds: float,
        halt: threading.Event,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Begin to count.

        :param seconds: from now, all pauses included
        :param halt: set where somebody wants the run to end
        """
        self._until = clock() + seconds
        self._halt = halt
        self._clock = clock
        self._jitter = jitter
        self._pauses = 0

    @property
    def halted(self) -> bool:
        """Whether somebody wants the run to end."""
        return self._halt.is_set()

    def next_pause(
        self, retry_after: float = 0, *, finish: bool = False
    ) -> float | None:
        """Seconds until the next try, None where there is no time for one.

        :param retry_after: what the service asked for, 0 where it did not
        :param finish: also where ``halt`` is set: the end is near
        """
        if self.halted and not finish:
            return None
        pause = min(FIRST * GROWTH**self._pauses, LONGEST)
        pause = max(pause * self._jitter(0.5, 1.0), 0)
        if retry_after:
            pause = retry_after + self._jitter(0.0, 0.25) * retry_after
        if self._clock() + pause >= self._until:
            return None
        self._pauses += 1
        return pause

    def sleep(self, seconds: float, *, finish: bool = False) -> bool:
        """Wait; False where ``halt`` ended the wait.

        :param finish: wait although ``halt`` is set
        """
        if finish:
            time.sleep(seconds)
            return True
        return not self._halt.wait(seconds)
