"""Kills a process at a chosen call of a flow, for real.

A case runs in a forked process with a runtime of its own.  Everything that a
flow asks of database, driver, networks and images goes through a
:class:`Tripwire`, which counts the calls; at the one that was chosen the
process sends itself SIGKILL: before the call, after it, or so that the call
acts only when the test says so, long after the process is dead, as a request
does that is still on its way.
"""

from __future__ import annotations

from collections.abc import Callable
import os
import signal
from typing import Any

#: Calls that write to the cloud: they can act after their process is dead.
CLOUD_WRITES = ('claim_node', 'release_node', 'set_device')
#: The same of building and deleting servers.
BUILD_WRITES = (
    'allocate',
    'attach_vif',
    'create_port',
    'delete_allocation',
    'delete_port',
    'detach_vif',
    'provision',
    'release_node',
    'set_device',
    'set_instance_info',
    'set_protected',
)


class Tripwire:
    """Counts calls and kills at one of them."""

    def __init__(self, at: int | None, when: str = 'before') -> None:
        """Choose the call.

        :param at: its number, None for none
        :param when: ``before``, ``after`` or ``late``
        """
        self.calls: list[str] = []
        self._at = at
        self._when = when
        self._late = _Late() if when == 'late' else None

    def land(self) -> None:
        """Let a late call act, and wait until it has; once."""
        if self._late is not None:
            self._late.land()
            self._late = None

    def passing(self, name: str, call: Callable[[], Any]) -> Any:
        self.calls.append(name)
        if self._at is not None and len(self.calls) == self._at + 1:
            if self._late is not None:
                self._late.wait_and(call)
            if self._when == 'after':
                call()
            os.kill(os.getpid(), signal.SIGKILL)
        return call()

    def guard(self, inner: Any, *names: str) -> Any:
        return _Guarded(self, inner, names)


class _Late:
    """A request that is still on its way when its sender dies."""

    def __init__(self) -> None:
        self._go = os.pipe()
        self._done = os.pipe()

    def wait_and(self, call: Callable[[], Any]) -> None:
        """In the process that is about to die: leave the call behind."""
        if os.fork() != 0:
            return
        try:
            os.close(self._go[1])
            os.read(self._go[0], 1)
            call()
        finally:
            # Its end of the second pipe closes with it, and that tells.
            os._exit(0)

    def land(self) -> None:
        """In the test's process: let it act, and wait for its end."""
        os.write(self._go[1], b'!')
        os.close(self._done[1])
        os.read(self._done[0], 1)
        for end in (*self._go, self._done[0]):
            os.close(end)


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


def arm_building(runtime: Any, wire: Tripwire) -> None:
    """The same for what building and deleting servers calls."""
    runtime.db = wire.guard(
        runtime.db,
        'insert_servers',
        'update_server',
        'forget_server',
        'take_flow',
        'add_server_port',
        'update_server_port',
        'remove_server_port',
    )
    runtime.driver = wire.guard(
        runtime.driver,
        *BUILD_WRITES,
        'get_allocation',
        'get_node',
        'get_node_bare',
    )
    runtime.networks = wire.guard(
        runtime.networks, *BUILD_WRITES, 'ports_by_id', 'ports_by_device'
    )


def start(work: Callable[[], Any]) -> int:
    """Begin something in a forked process, whose id is returned."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException as error:  # noqa: BLE001
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
