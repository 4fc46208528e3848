"""A cloud that fails now and then, by chance and in every way."""

from __future__ import annotations

import collections
from collections.abc import Iterator
from collections.abc import Sequence
import random
import threading
import time

from moganclient.tests.functional import recorder

#: Seconds after which the service no longer waits for the cloud; see
#: :func:`config`.
PATIENCE = 3.0
#: Seconds after that in which a request may still act.
SETTLE = 3.0

#: Every way in which a request goes wrong.
KINDS = (
    'conflict',
    'unavailable',
    'unavailable, with Retry-After',
    'bad gateway, and it acted',
    'reset, and it did not act',
    'reset, and it acted',
    'no answer in time, and it did not act',
    'no answer in time, and it acted',
    'no answer in time, and it acts after that',
    'slow',
)

_METHODS = ('GET', 'PATCH', 'PUT', 'POST', 'DELETE')


def config() -> dict[str, dict[str, object]]:
    """Sections for a service that does not wait for long."""
    return {
        **{
            group: {'timeout': PATIENCE}
            for group in ('ironic', 'neutron', 'glance')
        },
        'api': {'deadline': 20, 'revert_timeout': 20},
        'flows': {'settle': SETTLE, 'recovery_interval': 1},
    }


class Faults:
    """What goes wrong at some recorders, from :meth:`begin` to :meth:`end`."""

    def __init__(
        self, seed: object, rate: float, kinds: Sequence[str] = KINDS
    ) -> None:
        """Choose how much.

        :param seed: of what is chosen by chance
        :param rate: the part of the requests at which something goes wrong
        :param kinds: in which ways
        """
        self._random = random.Random(str(seed))
        self._window = round(1 / rate)
        self._next = 0
        self._kinds = self._all_of(list(kinds))
        self._lock = threading.Lock()
        self._chosen: dict[int, str] = {}
        #: How many requests there were.
        self.requests = 0
        #: How often each kind occurred.
        self.counts: collections.Counter[str] = collections.Counter()
        self._recorders: tuple[recorder.Recorder, ...] = ()

    def begin(self, *recorders: recorder.Recorder) -> None:
        """Get in the way of all requests."""
        self._recorders = recorders
        for one in recorders:
            for method in _METHODS:
                one.on(
                    method,
                    '',
                    before=self._before,
                    after=self._after,
                    times=None,
                )

    def end(self) -> None:
        """Let everything pass from now on."""
        for one in self._recorders:
            one.clear()

    def _all_of(self, kinds: list[str]) -> Iterator[str]:
        """Each kind once, then each again, in another order."""
        while True:
            self._random.shuffle(kinds)
            yield from kinds

    def _choose(self, exchange: recorder.Exchange) -> str | None:
        with self._lock:
            # One in each window of requests: as many as the rate says, at
            # moments that nobody knows.
            at = self.requests % self._window
            if at == 0:
                self._next = self._random.randrange(self._window)
            self.requests += 1
            if at != self._next:
                return None
            kind = next(self._kinds)
            self.counts[kind] += 1
            self._chosen[id(exchange)] = kind
            return kind

    def _before(self, exchange: recorder.Exchange) -> recorder.Reply | None:
        kind = self._choose(exchange)
        if kind == 'conflict':
            return _reply(409, 'Somebody is at it; please retry.')
        if kind == 'unavailable':
            return _reply(503, 'All hands are full.')
        if kind == 'unavailable, with Retry-After':
            return _reply(503, 'Come back later.', **{'Retry-After': '1'})
        if kind == 'reset, and it did not act':
            raise recorder.Drop
        if kind == 'no answer in time, and it did not act':
            time.sleep(PATIENCE + 1)
            raise recorder.Drop
        if kind == 'no answer in time, and it acts after that':
            time.sleep(PATIENCE + SETTLE / 2)
        if kind == 'slow':
            time.sleep(self._random.uniform(0.1, PATIENCE / 3))
        return None

    def _after(self, exchange: recorder.Exchange) -> recorder.Reply | None:
        with self._lock:
            kind = self._chosen.pop(id(exchange), None)
        if kind == 'bad gateway, and it acted':
            return _reply(502, 'The answer was none.')
        if kind == 'reset, and it acted':
            raise recorder.Drop
        if kind == 'no answer in time, and it acted':
            time.sleep(PATIENCE + 1)
        return None


def _reply(status: int, sentence: str, **headers: str) -> recorder.Reply:
    """An error that Ironic, and Neutron, could have given."""
    body = {
        'error_message': {'faultstring': sentence},
        'NeutronError': {'type': 'Fault', 'message': sentence},
    }
    return recorder.Reply(status, body, headers)
