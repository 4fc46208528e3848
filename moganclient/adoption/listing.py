"""Lists of the cloud that are told of as they are read, and can be stopped."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
import threading
from typing import TypeVar

from moganclient.adoption import errors
from moganclient.adoption import events

T = TypeVar('T')

#: An event for so many things that were read; a page of the service's.
STEP = 1000


def counted(
    things: Iterable[T],
    kind: str,
    on_event: events.Listener,
    stop: threading.Event | None = None,
) -> Iterator[T]:
    """The same things, with events, until ``stop`` is set.

    :param kind: what they are: ``nodes``, ``flavors`` or ``servers``
    :raises moganclient.adoption.errors.Stopped: it was set
    """
    count = 0
    try:
        for count, thing in enumerate(things, 1):
            _look_at(stop)
            yield thing
            if count % STEP == 0:
                on_event(events.Surveyed(kind, count))
        _look_at(stop)
    finally:
        # Also where the caller has seen enough.
        if count % STEP or not count:
            on_event(events.Surveyed(kind, count))


def _look_at(stop: threading.Event | None) -> None:
    if stop is not None and stop.is_set():
        raise errors.Stopped('Stopped while the cloud was being asked.')
