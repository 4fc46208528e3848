"""Several servers at once, and such as have no node yet."""

from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base
from moganclient.tests.unit.service.db import test_races


@database.on_every_backend
class Several(base.Base):
    def new(self, count, **values):
        flavor = self.flavor()
        return [
            base.new_server(
                flavor.uuid, **{'node_uuid': None, 'node_name': None, **values}
            )
            for _ in range(count)
        ]

    def test_all_are_stored_in_their_order(self):
        servers = self.new(3)
        servers[1].ports = [base.new_port()]
        stored = self.db.insert_servers(servers)
        self.assertEqual(
            [(server.uuid, None) for server in servers],
            [(server.uuid, server.node_uuid) for server in stored],
        )
        self.assertEqual(
            [0, 1, 0],
            [len(found.ports) for found in self.db.iterate_servers()],
        )

    def test_all_or_none(self):
        port = base.new_port()
        there = self.server(ports=[port])
        servers = self.new(3)
        servers[2].ports = [base.new_port(port_id=port.port_id)]
        error = self.assertRaises(
            exceptions.PortConflict, self.db.insert_servers, servers
        )
        self.assertEqual(there.uuid, error.server_uuid)
        self.assertEqual(
            [there.uuid], [found.uuid for found in self.db.iterate_servers()]
        )

    def test_uuid_of_a_server_without_node(self):
        [there] = self.db.insert_servers(self.new(1))
        error = self.assertRaises(
            exceptions.ServerExists,
            self.db.insert_servers,
            self.new(1, uuid=there.uuid),
        )
        self.assertNotIn('None', error.detail)

    def test_group_that_is_gone(self):
        gone = base.new_uuid()
        error = self.assertRaises(
            exceptions.ServerGroupNotFound,
            self.db.insert_servers,
            self.new(1, group_uuid=gone),
        )
        self.assertIn(gone, error.detail)

    def test_node_is_given_later(self):
        [server] = self.db.insert_servers(self.new(1))
        node = base.new_uuid()
        self.assertTrue(
            self.db.update_server(
                server.uuid, {'node_uuid': node, 'node_name': 'n1'}
            )
        )
        self.assertEqual(
            {node: server.uuid},
            {
                uuid: found.uuid
                for uuid, found in self.db.servers_of_nodes([node]).items()
            },
        )

    def test_node_that_has_a_server_is_given_to_none(self):
        there = self.server()
        [server] = self.db.insert_servers(self.new(1))
        error = self.assertRaises(
            exceptions.NodeHasServer,
            self.db.update_server,
            server.uuid,
            {'node_uuid': there.node_uuid, 'node_name': 'n1'},
        )
        self.assertEqual(there.uuid, error.server_uuid)
        self.assertIn('"n1"', error.detail)
        self.assertIsNone(self.db.get_server(server.uuid).node_uuid)

    def test_one_of_several_gets_the_node(self):
        servers = self.db.insert_servers(self.new(5))
        node = base.new_uuid()

        def work(number):
            try:
                return self.db.update_server(
                    servers[number].uuid, {'node_uuid': node}
                )
            except exceptions.NodeHasServer as error:
                return error.server_uuid

        found = test_races.together(5, work)
        self.assertEqual(1, found.count(True))
        winner = servers[found.index(True)].uuid
        self.assertEqual(4, found.count(winner))

    def test_those_that_a_power_action_is_under_way_on(self):
        first, _ = self.db.insert_servers(self.new(2))
        self.assertEqual([], self.db.list_powering())
        self.db.update_server(first.uuid, {'power_target': 'power off'})
        self.assertEqual(
            [first.uuid], [found.uuid for found in self.db.list_powering()]
        )

    def test_powering_ones_in_parts(self):
        first, second, third = self.db.insert_servers(self.new(3))
        for one in (first, second, third):
            self.db.update_server(one.uuid, {'power_target': 'power off'})
        (found,) = self.db.list_powering(after=first.id, limit=1)
        self.assertEqual(second.uuid, found.uuid)

    def test_what_was_asked_for_is_read_for_one_and_not_for_many(self):
        """User data and files: lists of them would be megabytes."""
        (server,) = self.db.insert_servers(self.new(1))
        self.db.update_server(
            server.uuid, {'plan': {'user_data': 'aGVsbG8='}, 'flow': 'build'}
        )
        for many in (
            self.db.list_flows,
            self.db.list_servers,
            lambda: list(self.db.iterate_servers()),
        ):
            read = self.statements(many)
            self.assertNotIn('plan', ''.join(read))
        found = self.db.get_server(server.uuid)
        self.assertEqual({'user_data': 'aGVsbG8='}, found.plan)

    def test_a_new_server_has_no_plan(self):
        (server,) = self.db.insert_servers(self.new(1))
        self.assertIsNone(server.plan)
