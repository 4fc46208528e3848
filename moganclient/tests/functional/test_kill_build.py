"""SIGKILL at every call of what is done to servers.

As in :mod:`.test_kill`: the calls are recorded by a run that nobody kills.
Afterwards another process goes on.  Whatever it makes of it, in the end the
server is there as a whole or in error, and when it is deleted nothing of it
is left: no claimed node, no allocation, no port, no device.
"""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import Any
from unittest import mock

from moganclient.service import attach
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import build
from moganclient.service.flows import destroy
from moganclient.service.flows import rebuild
from moganclient.service.flows import recovery
from moganclient.service import protection
from moganclient.tests import database
from moganclient.tests.functional import killing
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building

_KILLED = -9

Flow = Callable[[Any, building.World], Any]


def _build(runtime: Any, world: building.World) -> None:
    request = world.build_request(
        networks=[{'net_id': building.NETWORK}, {'port_id': building.MINE}]
    )
    build.start(runtime, machines.context(), [request])
    runtime.worker.drain(100)


def _delete(runtime: Any, world: building.World) -> None:
    (row,) = runtime.db.iterate_servers()
    destroy.start(runtime, machines.context(), row.uuid)
    runtime.worker.drain(100)


def _rebuild(runtime: Any, world: building.World) -> None:
    (row,) = runtime.db.iterate_servers()
    rebuild.start(runtime, machines.context(), row.uuid)
    runtime.worker.drain(100)


def _protect(runtime: Any, world: building.World) -> None:
    (row,) = runtime.db.iterate_servers()
    row = runtime.db.get_server(row.uuid)
    protection.change(runtime, machines.context(), row, True)


def _attach(**wanted: str) -> Flow:
    def flow(runtime: Any, world: building.World) -> None:
        (row,) = runtime.db.iterate_servers()
        attach.attach(runtime, machines.context(), row, **wanted)

    return flow


def _detach(*, created: bool) -> Flow:
    def flow(runtime: Any, world: building.World) -> None:
        (row,) = runtime.db.iterate_servers()
        (port,) = [one for one in row.ports if one.created is created]
        attach.detach(runtime, machines.context(), row, port.port_id)

    return flow


def _failing(name: str) -> Callable[[Any], None]:
    """A write of the driver that is always refused."""

    def sabotage(runtime: Any) -> None:
        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise exceptions.BadRequest('Refused.')

        setattr(runtime.driver, name, refuse)

    return sabotage


class BuildKills:
    """Kills building and deleting on one kind of database."""

    def setUp(self) -> None:
        super().setUp()
        self.world = self.useFixture(
            building.World(1, self.backend, overrides={'flows.settle': 0.02})
        )
        self.before = self.world.state()

    def rows(self) -> list[Any]:
        return list(self.world.runtime.db.iterate_servers())

    def run_armed(
        self,
        flow: Flow,
        wire: killing.Tripwire,
        sabotage: Callable[[Any], None] | None,
    ) -> None:
        runtime = self.world.open()
        if sabotage is not None:
            sabotage(runtime)
        killing.arm_building(runtime, wire)
        with deadline.limit(20):
            flow(runtime, self.world)
        runtime.stop()

    def clean(self) -> None:
        """Delete what there is, and hold that nothing is left."""
        runtime, caller = self.world.runtime, machines.context()
        for row in self.rows():
            if row.protected:
                row = runtime.db.get_server(row.uuid)
                protection.change(runtime, caller, row, False)
            destroy.start(runtime, caller, row.uuid)
        runtime.worker.drain(100)

    def kill_everywhere(
        self,
        flow: Flow,
        prepare: Callable[[], None] = lambda: None,
        sabotage: Callable[[Any], None] | None = None,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """Kill at each call.

        :param meanwhile: what somebody asks for before recovery comes
        """
        prepare()
        wire = killing.Tripwire(None)
        self.run_armed(flow, wire, sabotage)
        calls = wire.calls
        self.clean()
        self.assertIn('update_server', calls)
        points = [(at, 'before') for at in range(len(calls))]
        points += [
            (at, 'late')
            for at, name in enumerate(calls)
            if name in killing.BUILD_WRITES
        ]
        points.append((len(calls) - 1, 'after'))
        wrong: list[str] = []
        for at, when in points:
            prepare()
            wire = killing.Tripwire(at, when)
            code = killing.end(
                killing.start(
                    lambda wire=wire: self.run_armed(flow, wire, sabotage)
                )
            )
            point = f'{when} call {at} ({calls[at]})'
            if code != _KILLED:
                wrong.append(f'{point}: ended with {code}, not killed')
            uuids = [row.uuid for row in self.rows()]
            meanwhile()
            self.recover(wire)
            wrong += [f'{point}: {fault}' for fault in self.faults(uuids)]
        self.assertEqual([], wrong)

    def recover(self, wire: killing.Tripwire) -> None:
        """Recover, while a late write lands as late as it can be.

        That is at the end of the time in which recovery waits for just that.
        """
        real_sleep = time.sleep

        def sleep(seconds: float) -> None:
            if seconds > 0:
                wire.land()
            real_sleep(seconds)

        recovery.recover(self.world.runtime)
        with mock.patch('time.sleep', sleep):
            self.world.runtime.worker.drain(200)
        wire.land()

    def faults(self, uuids: list[str]) -> list[str]:
        """What is half, and what is left when it is deleted.

        :param uuids: of the servers that there were
        """
        found = []
        for row in self.rows():
            if row.flow is not None or row.status not in ('active', 'error'):
                found.append(f'row {row.status}, flow {row.flow}')
            elif row.status == 'active':
                found += self.faults_of(row)
            elif self.world.state() != self.before:
                found.append(f'in error: {self.world.state()}')
        self.clean()
        if self.world.state() != self.before:
            found.append(f'left: {self.world.state()}')
        found += [f'row {row.status} is left' for row in self.rows()]
        for uuid in uuids:
            found += [
                f'port {port} is left' for port in self.world.made_ports(uuid)
            ]
        return found

    def faults_of(self, row: Any) -> list[str]:
        runtime = self.world.runtime
        node = runtime.driver.get_node(row.node_uuid)
        ports = {port.port_id for port in row.ports}
        found = []
        if node.instance_uuid != row.uuid or set(node.vifs()) != ports:
            found.append(f'not its node: {node}')
        row = runtime.db.get_server(row.uuid)
        if row.plan is not None:
            found.append(f'plan {row.plan}')
        if row.protected != node.protected:
            found.append(f'protected {row.protected}, the node is not that')
        made = {port.port_id for port in row.ports if port.created}
        if made != set(self.world.made_ports(row.uuid)):
            found.append(f'ports {ports}, {made} of them made')
        (mine,) = runtime.networks.ports_by_id([building.MINE]).values()
        device = row.uuid if building.MINE in ports else ''
        if mine.device_id != device:
            found.append(f'their port says {mine}')
        return found

    def built(self) -> None:
        _build(self.world.runtime, self.world)

    def test_building(self) -> None:
        self.kill_everywhere(_build)

    def test_deleting(self) -> None:
        self.kill_everywhere(_delete, self.built)

    def test_rebuilding(self) -> None:
        self.kill_everywhere(_rebuild, self.built)

    def test_protecting(self) -> None:
        self.kill_everywhere(_protect, self.built)

    def built_with_one_port(self) -> None:
        """One port is made, so that a NIC is free."""
        request = self.world.build_request()
        build.start(self.world.runtime, machines.context(), [request])
        self.world.runtime.worker.drain(100)

    def test_attaching_a_new_port(self) -> None:
        self.kill_everywhere(
            _attach(net_id=building.NETWORK), self.built_with_one_port
        )

    def test_attaching_a_port_of_theirs(self) -> None:
        self.kill_everywhere(
            _attach(port_id=building.MINE), self.built_with_one_port
        )

    def test_detaching_a_port_that_was_made(self) -> None:
        self.kill_everywhere(_detach(created=True), self.built)

    def test_detaching_a_port_of_theirs(self) -> None:
        self.kill_everywhere(_detach(created=False), self.built)

    def test_undoing_what_could_not_be_built(self) -> None:
        self.kill_everywhere(_build, sabotage=_failing('provision'))

    def test_deleted_before_recovery_comes(self) -> None:
        """Somebody deletes what was being built by a process that is dead."""

        def delete() -> None:
            for row in self.rows():
                destroy.start(self.world.runtime, machines.context(), row.uuid)

        self.kill_everywhere(_build, meanwhile=delete)


database.on_every_backend(BuildKills)
