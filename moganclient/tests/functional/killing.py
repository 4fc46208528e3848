"""Kills a process at a chosen call of a flow, for real.

A case runs in a forked process with a runtime of its own.  Everything that a
flow asks of database, driver, networks and images goes through a
:class:`Tripwire`, which counts the calls; at the one that was chosen the
process sends itself SIGKILL: before the call, or so that the call acts only
some time after the process is dead, as a request does that is still on its
way.
"""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
import time
from typing import Any

#: Calls that write to the cloud: they can act after their process is dead.
CLOUD_WRITES = ('claim_node', 'release_node', 'set_device')

#: Seconds that a late write is late.
LATE = 0.3


class Tripwire:
    """Counts calls and kills at one of them."""

    def __init__(self, at: int | None, when: str = 'before') -> None:
        self.calls: list[str] = []
        self._at = at
        self._when = when

    def passing(self, name: str, call: Callable[[], Any]) -> Any:
        self.calls.append(name)
        if self._at is not None and len(self.calls) == self._at + 1:
            if self._when == 'late' and os.fork() == 0:
                # The request that is still on its way when its sender dies.
                try:
                    time.sleep(LATE)
                    call()
                finally:
                    os._exit(0)
            if self._when == 'after':
                call()
            os.kill(os.getpid(), signal.SIGKILL)
        return call()

    def guard(self, inner: Any, *names: str) -> Any:
        return _Guarded(self, inner, names)


class _Guarded:
    """An object some of whose methods pass the tripwire."""

    def __init__(
        self, wire: Tripwire, inner: Any, names: tuple[str, ...]
    ) -> None:
        self._wire = wire
        self._inner = inner
        self._names = names

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name not in self._names:
            return found
        return lambda *args, **kwargs: self._wire.passing(
            name, lambda: found(*args, **kwargs)
        )


def arm(runtime: Any, wire: Tripwire) -> None:
    """Put a tripwire into everything that the flows of a runtime call."""
    runtime.db = wire.guard(
        runtime.db,
        'reserve_server',
        'update_server',
        'begin_flow',
        'forget_server',
        'take_flow',
    )
    runtime.driver = wire.guard(
        runtime.driver, 'claim_node', 'release_node', 'get_node_bare'
    )
    runtime.networks = wire.guard(
        runtime.networks, 'set_device', 'ports_by_id'
    )
    runtime.images = wire.guard(runtime.images, 'exists')


def start(work: Callable[[], Any]) -> int:
    """Begin something in a forked process, whose id is returned."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:
            os.write(2, f'in the forked process: {error!r}\n'.encode())
        finally:
            os._exit(code)
    return pid


def end(pid: int) -> int:
    """Wait for a forked process.

    :returns: 0 when what it ran returned, -9 when it was killed, 1 when it
        raised
    """
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)
