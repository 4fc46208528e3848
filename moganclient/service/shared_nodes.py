"""What the inventory says of its nodes, shared by builds that ask together.

Twenty servers that are asked for at once would list an inventory of
thousands of nodes twenty times.  An answer that has just come serves the
others, too: that a node is free is checked by the inventory itself when it
allocates, and for the answer that none is there is ``since``.
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import threading
import time
import typing

from moganclient.service import deadline

if typing.TYPE_CHECKING:
    from moganclient.service.drivers import base

#: Seconds for which an answer is shared once it is there.
SECONDS = 2.0


@dataclasses.dataclass
class _Answer:
    """The last answer to one question; who holds the lock asks."""

    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)
    nodes: list[base.NodeState] | None = None
    #: ``time.time()`` at which it was asked, and at which it was there.
    asked: float = 0.0
    came: float = 0.0


class SharedNodes:
    """Lists of nodes; safe to use from several threads.

    What is returned is shared: nobody changes it.
    """

    def __init__(self, driver: Callable[[], base.Driver]) -> None:
        """Ask nothing yet."""
        self._driver = driver
        self._lock = threading.Lock()
        #: By resource class, None for any, and ``''`` for every node.
        self._answers: dict[str | None, _Answer] = {}

    def free(
        self, resource_class: str | None, since: float = 0.0
    ) -> list[base.NodeState]:
        """Nodes that a server could be built on.

        :param resource_class: exactly; None for any
        :param since: ``time.time()`` before which it must not have been asked
        """
        return self._get(
            resource_class,
            since,
            lambda: self._driver().list_free_nodes(resource_class),
        )

    def every(self, since: float = 0.0) -> list[base.NodeState]:
        """Every node; see :meth:`free`."""
        return self._get('', since, lambda: self._driver().list_nodes())

    def _get(
        self,
        key: str | None,
        since: float,
        ask: Callable[[], list[base.NodeState]],
    ) -> list[base.NodeState]:
        with self._lock:
            answer = self._answers.setdefault(key, _Answer())
        longest = min(deadline.remaining(), threading.TIMEOUT_MAX)
        while not answer.lock.acquire(timeout=longest):
            deadline.check('the inventory had answered')
        try:
            now = time.time()
            fresh = 0 <= now - answer.came <= SECONDS
            if answer.nodes is None or not fresh or answer.asked < since:
                answer.nodes = None
                answer.nodes = ask()
                answer.asked, answer.came = now, time.time()
            return answer.nodes
        finally:
            answer.lock.release()
