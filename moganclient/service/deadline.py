"""The time one request may take, known to everything that it calls.

The limit is set once where a request (or a recovery) begins and is read where
something waits: an upstream call, a retry, a lock.  It lives in a context
variable, so no signature carries it.
"""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import contextvars
import math
import time

from moganclient.service import exceptions

_until: contextvars.ContextVar[float] = contextvars.ContextVar(
    'moganclient_deadline', default=math.inf
)


@contextlib.contextmanager
def limit(seconds: float) -> Iterator[None]:
    """Bound what runs inside; replaces an outer limit (for reverts)."""
    token = _until.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _until.reset(token)


def remaining() -> float:
    """Seconds left; infinite where no limit is set, never below zero."""
    return max(0.0, _until.get() - time.monotonic())


def check(doing: str) -> float:
    """Seconds left, more than zero.

    :param doing: what was about to be done, for the sentence
    :raises moganclient.service.exceptions.DeadlineExceeded: none is left
    """
    left = remaining()
    if left <= 0:
        raise exceptions.DeadlineExceeded(
            f'The time for this request was over before {doing}. '
            'Nothing is lost; try again.'
        )
    return left
