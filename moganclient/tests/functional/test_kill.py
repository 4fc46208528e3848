"""SIGKILL at every call of every flow, then recovery by another process.

The calls are not listed here: a run that nobody kills records them, and the
flow is then killed before each, and for each write to the cloud also so that
it acts after its process is dead.  Afterwards the machine must be as before
or as when done, and nothing half.
"""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import functools
from typing import Any
from unittest import mock


from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import manage
from moganclient.service.flows import recovery
from moganclient.service.flows import unmanage
from moganclient.tests import database
from moganclient.tests.functional import killing
from moganclient.tests import machines

_KILLED = -9
#: More machines than any flow has points to be killed at.
_MACHINES = 140

Flow = Callable[[Any, machines.World, int], Any]


def _manage(runtime: Any, world: machines.World, number: int) -> None:
    manage.run(runtime, machines.context(), world.request(number))


def _unmanage(runtime: Any, world: machines.World, number: int) -> None:
    row = world.rows(number)[0]
    unmanage.run(runtime, machines.context(), row.uuid)


def _expecting_failure(flow: Flow) -> Flow:
    @functools.wraps(flow)
    def run(runtime: Any, world: machines.World, number: int) -> None:
        with contextlib.suppress(exceptions.ServiceError):
            flow(runtime, world, number)

    return run


def _losing_a_port(runtime: Any, world: machines.World, number: int) -> None:
    """Somebody takes the second port in the moment of the first's binding."""
    inner = runtime.networks.set_device

    def set_device(port_id: str, device_id: str, *args: Any) -> Any:
        first, second = machines.port_ids(number)
        if port_id == first and device_id not in ('', 'stranger'):
            with contextlib.suppress(exceptions.UpstreamConflict):
                inner(second, 'stranger', 'compute:x', 1)
        return inner(port_id, device_id, *args)

    runtime.networks.set_device = set_device


def _losing_ironic(runtime: Any, world: machines.World, number: int) -> None:
    """Ironic is gone when the node is to be released."""

    def release_node(*args: Any, **kwargs: Any) -> Any:
        raise exceptions.UpstreamUnavailable('Ironic is down.', sent=False)

    runtime.driver.release_node = release_node


class Kills:
    """Kills flows on one kind of database."""

    def setUp(self) -> None:
        super().setUp()
        self.world = self.useFixture(
            machines.World(
                _MACHINES, self.backend, overrides={'flows.settle': 5}
            )
        )
        self.before = [self.world.machine(n) for n in range(_MACHINES)]
        self.numbers = iter(range(_MACHINES))

    def in_a_process(
        self,
        flow: Flow,
        number: int,
        wire: killing.Tripwire,
        sabotage: Flow | None = None,
    ) -> int:
        return killing.end(self.start(flow, number, wire, sabotage))

    def start(
        self,
        flow: Flow,
        number: int,
        wire: killing.Tripwire,
        sabotage: Flow | None = None,
    ) -> int:
        def work() -> None:
            runtime = self.world.open()
            if sabotage is not None:
                sabotage(runtime, self.world, number)
            killing.arm(runtime, wire)
            with deadline.limit(10):
                flow(runtime, self.world, number)

        return killing.start(work)

    def calls_of(self, flow: Flow, **how: Any) -> list[str]:
        """What a flow calls, from a run in this process that ends well."""
        number = next(self.numbers)
        self.prepare(flow, number)
        wire = killing.Tripwire(None)
        runtime = self.world.open()
        self.addCleanup(runtime.stop)
        sabotage = how.pop('sabotage', None)
        if sabotage is not None:
            sabotage(runtime, self.world, number)
        killing.arm(runtime, wire)
        with deadline.limit(10):
            flow(runtime, self.world, number)
        return wire.calls

    def prepare(self, flow: Flow, number: int) -> None:
        """A flow that lets go needs a server first."""
        if flow.__name__ == '_unmanage':
            _manage(self.world.runtime, self.world, number)

    def kill_everywhere(self, flow: Flow, **how: Any) -> None:
        calls = self.calls_of(flow, **dict(how))
        self.assertIn('update_server', calls)
        points = [(at, 'before') for at in range(len(calls))]
        points += [
            (at, 'late')
            for at, name in enumerate(calls)
            if name in killing.CLOUD_WRITES
        ]
        points.append((len(calls) - 1, 'after'))
        wrong = []
        for at, when in points:
            number = next(self.numbers)
            self.prepare(flow, number)
            wire = killing.Tripwire(at, when)
            code = self.in_a_process(flow, number, wire, **dict(how))
            point = f'{when} call {at} ({calls[at]})'
            if code != _KILLED:
                wrong.append(f'{point}: ended with {code}, not killed')
            self.recover(wire)
            wrong += [
                f'{point}: {fault}' for fault in self.faults_of(number)
            ]
        self.assertEqual([], wrong)

    def recover(self, wire: killing.Tripwire) -> None:
        """Recover, while a late write lands as late as it can be.

        That is while recovery waits for just that; where it sees no need to
        wait, after it is through.  Nobody sleeps here.
        """

        def sleep(seconds: float) -> None:
            wire.land()

        with mock.patch('time.sleep', sleep):
            recovery.recover(self.world.runtime)
        wire.land()

    def faults_of(self, number: int) -> list[str]:
        """What is neither as before nor as when done."""
        rows = self.world.rows(number)
        machine = self.world.machine(number)
        strangers = {
            port: use
            for port, use in machine['ports'].items()
            if use[0] == 'stranger'
        }
        if not rows:
            expected = dict(self.before[number])
            expected['ports'] = {**expected['ports'], **strangers}
            return [] if machine == expected else [f'not as before: {machine}']
        (row,) = rows
        faults = []
        if row.status != 'active' or row.flow is not None:
            faults.append(f'row {row.status}, flow {row.flow}')
        if machine['instance_uuid'] != row.uuid or not machine['protected']:
            faults.append(f'not claimed for {row.uuid}: {machine}')
        for port, use in machine['ports'].items():
            node = machines.node_uuid(number)
            if use != (row.uuid, 'baremetal:none', node):
                faults.append(f'port {port} says {use}')
        return faults

    def test_managing(self) -> None:
        self.kill_everywhere(_manage)

    def test_letting_go(self) -> None:
        self.kill_everywhere(_unmanage)

    def test_undoing_what_failed(self) -> None:
        self.kill_everywhere(
            _expecting_failure(_manage), sabotage=_losing_a_port
        )

    def test_taking_back_that_it_was_let_go(self) -> None:
        self.kill_everywhere(
            _expecting_failure(_unmanage), sabotage=_losing_ironic
        )

    def test_recovery_itself(self) -> None:
        """Killed while it finishes what another killed process began."""
        number = next(self.numbers)
        calls = self.calls_of(_manage)
        claim = calls.index('claim_node')
        # How many calls recovery makes is learnt in a process that is gone:
        # kill it at one after the other until it gets through.
        for at in range(len(calls) + 10):
            number = next(self.numbers)
            late = self.kill(number, claim, 'late')
            code = self.in_a_process(_recover, number, killing.Tripwire(at))
            self.recover(late)
            self.assertEqual([], self.faults_of(number), f'call {at}')
            if code == 0:
                return
        self.fail('recovery was never through')

    def kill(self, number: int, at: int, when: str) -> killing.Tripwire:
        wire = killing.Tripwire(at, when)
        self.assertEqual(_KILLED, self.in_a_process(_manage, number, wire))
        return wire

    def test_the_node_says_recovering_until_it_is_recovered(self) -> None:
        number = next(self.numbers)
        self.kill(number, self.calls_of(_manage).index('claim_node'), 'after')
        error = self.assertRaises(
            exceptions.NodeNotAdoptable,
            _manage,
            self.world.runtime,
            self.world,
            number,
        )
        self.assertEqual('recovering', error.code)

    def test_several_processes_recover_once(self) -> None:
        number = next(self.numbers)
        claim = self.calls_of(_manage).index('claim_node')
        late = self.kill(number, claim, 'late')
        pids = [
            self.start(_recover, number, killing.Tripwire(None))
            for _ in range(4)
        ]
        self.assertEqual([0] * 4, [killing.end(pid) for pid in pids])
        late.land()
        self.assertEqual([], self.faults_of(number))


def _recover(runtime: Any, world: machines.World, number: int) -> None:
    recovery.recover(runtime)


database.on_every_backend(Kills)
