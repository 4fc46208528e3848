"""A real cloud: several servers at once, and in a place that was named."""

from __future__ import annotations

import threading
from typing import Any

import ddt

from moganclient.tests.functional.cloud import build
from moganclient.tests.functional import lifecycle
from moganclient.tests.functional import recorder

#: Writes at which a server is deleted that is being built.
WRITES = (('POST', '/allocations$'), ('POST', '/vifs$'))


@ddt.ddt
class TestMany(lifecycle.LifecycleTestCase):
    def test_all_machines_that_there_are(self) -> None:
        before = self.world()
        name = self.unique('many')

        shown = self.ask(
            f'server create {name} --flavor deploy --image trixie --min 2 '
            f'--max 9 --network {self.shared.networks["provider"]} --wait '
            '--timeout 180'
        )

        servers = [one['uuid'] for one in shown['Created']]
        for server in servers:
            self.addCleanup(self.destroy, server)
        self.assertEqual(
            {f'{name}-{n + 1}' for n in range(build.COUNT)},
            {self.admin.server.get(uuid).name for uuid in servers},
        )
        self.assertEqual(
            {f'build-{n:02}' for n in range(build.COUNT)},
            {self.node_of(uuid)['name'] for uuid in servers},
        )
        self.tell(f'server delete {" ".join(servers)} --wait')
        self.assert_world(before)

    def test_in_the_zone_that_was_asked_for(self) -> None:
        zone = self.unique('hall')
        aggregate = self.admin.aggregate.create(
            zone, {'availability_zone': zone}
        )
        self.addCleanup(self.admin.aggregate.delete, aggregate)
        self.admin.aggregate.add_node(aggregate, 'build-02')
        self.addCleanup(
            self.admin.aggregate.remove_node, aggregate, 'build-02'
        )

        server = self.built(availability_zone=zone)

        self.assertEqual('active', server.status)
        self.assertEqual('build-02', self.node_of(server.uuid)['name'])
        self.assertIn(zone, self.client('demo').availability_zone.list())

    @ddt.data(*WRITES)
    @ddt.unpack
    def test_one_is_deleted_while_it_is_built(
        self, method: str, path: str
    ) -> None:
        before = self.world()
        begun = threading.Event()
        servers: list[Any] = []

        def delete(_: recorder.Exchange) -> None:
            begun.wait(180)
            self.client('demo').server.delete(servers[0])

        self.recorders.ironic.on(method, path, after=delete)

        servers.append(self.build())
        begun.set()

        self.admin.server.wait(servers[0].uuid, until='deleted', interval=0.2)
        self.assert_world(before)
