"""A real cloud: others act at the same moment; each is told."""

from __future__ import annotations

import concurrent.futures
from typing import Any
import uuid

from moganclient import client
from moganclient import exceptions
from moganclient import retries
from moganclient.tests import database
from moganclient.tests.functional import base
from moganclient.tests.functional import fixtures
from moganclient.tests.functional import recorder

NODE = base.NODE_PATH
PORT = base.PORT_PATH


class TestSomebodyElse(base.MachineTestCase):
    """Somebody else is quicker, after the look and before the write."""

    def test_who_claims_the_node_keeps_it(self) -> None:
        holder = str(uuid.uuid4())

        def claim(_: recorder.Exchange) -> None:
            self.api.patch_node(self.node['uuid'], instance_uuid=holder)

        self.recorders.ironic.on('PATCH', NODE, before=claim)

        error = self.assertRaises(exceptions.Conflict, self.take_over)

        self.assertIn(holder, error.message)
        self.assertEqual(['in_use'], [one['code'] for one in error.reasons])
        self.assert_no_server()
        self.assertEqual(
            {'/node/instance_uuid': (None, holder)},
            base.differences(self.before, self.picture(self.node)),
        )

    def test_whose_instance_has_the_chosen_uuid_keeps_it(self) -> None:
        holder = self.machine('claimed')
        theirs = self.api.node(holder['uuid'])['instance_uuid']

        error = self.assertRaises(
            exceptions.Conflict,
            self.manage,
            self.node,
            by=self.impatient(),
            uuid=theirs,
        )

        self.assertEqual('baremetal-compute.uuid_in_use', error.code)
        self.assertIn(holder['uuid'], error.message)
        self.assert_no_server()
        self.assert_unchanged(self.node, self.before)

    def test_who_takes_the_port_keeps_it(self) -> None:
        (port,) = self.node['vifs']
        user = str(uuid.uuid4())

        def take(_: recorder.Exchange) -> None:
            self.api.update_port(
                port, device_id=user, device_owner='compute:nova'
            )

        self.recorders.neutron.on('PUT', PORT, before=take)

        error = self.assertRaises(exceptions.Conflict, self.take_over)

        self.assertIn(port, error.message)
        self.assertIn(user, error.message)
        self.assert_no_server()
        self.assertEqual(
            {
                f'/ports/{port}/device_id': ('', user),
                f'/ports/{port}/device_owner': ('', 'compute:nova'),
            },
            base.differences(self.before, self.picture(self.node)),
        )

    def test_who_deletes_the_port_is_told_of(self) -> None:
        (port,) = self.node['vifs']
        self.recorders.neutron.on(
            'PUT', PORT, before=lambda _: self.api.delete_port(port)
        )

        error = self.assertRaises(exceptions.Conflict, self.take_over)

        self.assertIn(port, error.message)
        self.assert_no_server()
        node = self.picture(self.node)['node']
        self.assertEqual({}, base.differences(self.before['node'], node))

    def test_a_port_that_somebody_renames_is_bound_all_the_same(self) -> None:
        (port,) = self.node['vifs']

        def rename(_: recorder.Exchange) -> None:
            self.api.update_port(port, name='uplink')

        rule = self.recorders.neutron.on('PUT', PORT, before=rename)

        server = self.take_over()

        self.assertEqual(1, rule.hits)
        # 412, a look, and once more.
        self.assertEqual(2, self.recorders.neutron.count('PUT', PORT))
        self.assert_taken_over(server)

    def test_maintenance_in_between_is_seen_in_the_answer(self) -> None:
        def maintain(_: recorder.Exchange) -> None:
            self.api.set_maintenance(self.node['uuid'], 'fan 3')
            self.addCleanup(self.api.set_maintenance, self.node['uuid'], None)

        self.recorders.ironic.on('PATCH', NODE, before=maintain)

        error = self.assertRaises(exceptions.Conflict, self.take_over)

        self.assertEqual(
            ['in_maintenance'], [one['code'] for one in error.reasons]
        )
        self.assert_no_server()
        node = self.picture(self.node)['node']
        self.assertIsNone(node['instance_uuid'])
        self.assertFalse(node['protected'])

    def test_letting_go_leaves_what_went_to_somebody_else(self) -> None:
        (port,) = self.node['vifs']
        server = self.take_over()
        holder = str(uuid.uuid4())
        self.api.patch_node(self.node['uuid'], instance_uuid=None)
        self.api.patch_node(self.node['uuid'], instance_uuid=holder)
        self.api.update_port(port, device_id=holder)
        stolen = self.picture(self.node)
        for one in self.recorders.all:
            one.clear()

        self.admin.server.unmanage(server)

        self.assert_nothing_written()
        self.assert_unchanged(self.node, stolen)
        self.assert_no_server()


class TestLocks(base.MachineTestCase):
    def test_a_node_that_is_locked_for_a_while_is_waited_for(self) -> None:
        self.cloud.reserve_node(self.node['uuid'], 'somebody')

        def unlock(exchange: recorder.Exchange) -> None:
            self.cloud.reserve_node(self.node['uuid'], None)

        rule = self.recorders.ironic.on('PATCH', NODE, after=unlock)

        server = self.take_over()

        self.assertEqual(1, rule.hits)
        self.assertEqual(409, self.recorders.ironic.writes[0].status)
        self.assert_taken_over(server)

    def test_a_node_that_stays_locked_is_503_with_nothing_left(self) -> None:
        service = self.useFixture(
            fixtures.ServiceFixture(
                self.recorders.config(self.cloud), {'api': {'deadline': 6}}
            )
        )
        admin = self.client(
            'admin',
            endpoint_override=service.url,
            retry=retries.Policy(retries=0),
        )
        flavor = admin.flavor.create('general', {'baremetal.general': 1})
        self.cloud.reserve_node(self.node['uuid'], 'somebody')
        self.addCleanup(self.cloud.reserve_node, self.node['uuid'], None)

        error = self.assertRaises(
            exceptions.ServiceUnavailable,
            admin.server.manage,
            self.node['uuid'],
            'db',
            flavor=flavor,
            ports=self.node['vifs'],
        )

        self.assertGreater(error.retry_after, 0)
        self.assertIn(
            error.code,
            (
                'baremetal-compute.upstream_locked',
                # The deadline may also end the request that waits for the
                # lock inside Ironic, or the look after it.
                'baremetal-compute.upstream_unavailable',
                'baremetal-compute.deadline_exceeded',
            ),
        )
        self.assertEqual([], admin.server.list())
        self.cloud.reserve_node(self.node['uuid'], None)
        self.assert_unchanged(self.node, self.before)


class TestReplicas(base.CloudTestCase):
    """Two processes of the service on one PostgreSQL."""

    def test_of_twenty_callers_one_wins(self) -> None:
        connection = self.useFixture(database.Fresh('postgresql')).connection
        replicas = [
            self.useFixture(
                fixtures.ServiceFixture(
                    self.recorders.config(self.cloud), connection=connection
                )
            )
            for _ in range(2)
        ]
        clients = [
            client.Client(
                '1',
                session=self.cloud.session('admin'),
                endpoint_override=replica.url,
                retry=retries.Policy(retries=0),
            )
            for replica in replicas
        ]
        flavor = clients[0].flavor.create('general', {'baremetal.general': 1})
        node = self.spare()
        before = self.picture(node)

        def call(number: int) -> Any:
            try:
                return clients[number % 2].server.manage(
                    node['uuid'],
                    f'db-{number}',
                    flavor=flavor.uuid,
                    ports=node['vifs'],
                )
            except exceptions.ClientException as exc:
                return exc

        with concurrent.futures.ThreadPoolExecutor(20) as pool:
            results = list(pool.map(call, range(20)))

        lost = [
            one
            for one in results
            if isinstance(one, exceptions.ClientException)
        ]
        self.assertEqual(
            [409] * 19,
            [one.http_status for one in lost],
            str([str(one) for one in lost]),
        )
        (won,) = (one for one in results if one not in lost)
        self.assertEqual(
            [won.uuid], [one.uuid for one in clients[1].server.list()]
        )
        self.assertEqual(
            won.uuid, self.api.node(node['uuid'])['instance_uuid']
        )
        self.assertEqual({won.uuid}, {one.server_uuid for one in lost})
        # What one replica took over, the other lets go.
        clients[1].server.unmanage(won.uuid)
        self.assert_unchanged(node, before)
