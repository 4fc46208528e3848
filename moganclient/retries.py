"""What is tried again, how often, and how long to wait in between.

A GET is tried again when the connection fails or the answer is 429, 502, 503
or 504.  Anything that writes is tried again only where it surely did not act:
when no connection came to be, and on 429, with which a rate limiter refuses a
request before it is looked at.  A 503 is not enough: the service says it of a
node that it could not claim, and then the attempt may still be being undone.
A lost answer is never a reason to send a write again.
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import random
import time

from moganclient import exceptions

_READS = frozenset({'GET', 'HEAD'})
_STATUSES = frozenset({429, 502, 503, 504})


def worthwhile(method: str, error: exceptions.ClientException) -> bool:
    """Whether a request that failed like this may be sent again."""
    if isinstance(error, exceptions.ConnectFailure):
        return True
    if isinstance(error, exceptions.TooManyRequests):
        return True
    if method not in _READS:
        return False
    return isinstance(error, exceptions.AnswerLost) or (
        isinstance(error, exceptions.HttpError)
        and error.http_status in _STATUSES
    )


@dataclasses.dataclass(frozen=True)
class Policy:
    """How often, and for how long at most."""

    #: Further attempts after the first; 0 for none.
    retries: int = 3
    #: So many of them for a connection that does not come to be before the
    #: server was ever talked to: then its address is wrong, mostly, or nobody
    #: runs there, and somebody waits for the sentence that says so.
    first: int = 1
    #: No attempt begins later than so many seconds after the first began.  A
    #: Retry-After beyond that is not waited for at all: the caller gets the
    #: error, and in it what the server asked for.
    within: float = 60.0
    #: Seconds before the second attempt; doubled each time, with jitter.
    pause: float = 0.5
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def delay(
        self,
        attempt: int,
        began: float,
        asked: int,
        first: bool = False,
        within: float | None = None,
    ) -> float | None:
        """Seconds to wait before the next attempt.

        :param attempt: how many there were
        :param began: when the first began, by :attr:`clock`
        :param asked: the seconds of a Retry-After, 0 for none
        :param first: whether :attr:`first` bounds them too
        :param within: replaces :attr:`within` where it is less
        :returns: None when it is time to give up
        """
        most = min(self.retries, self.first) if first else self.retries
        if attempt > most:
            return None
        # Many clients that failed together shall not come back together.
        jitter = 0.5 + random.random() / 2  # noqa: S311
        delay: float = asked + self.pause * 2 ** (attempt - 1) * jitter
        bound = min(self.within, within or self.within)
        if self.clock() + delay - began > bound:
            return None
        return delay
