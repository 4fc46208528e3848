"""Single ports of servers in the database."""

from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class ServerPorts(base.Base):
    def ids(self, server):
        return [port.port_id for port in self.db.get_server(server.uuid).ports]

    def test_add(self):
        first = base.new_port()
        server = self.server(ports=[first])
        second = base.new_port(created=True, attached=True)
        stored = self.db.add_server_port(server.uuid, second)
        self.assertEqual(
            (server.uuid, second.port_id, True, True),
            (
                stored.server_uuid,
                stored.port_id,
                stored.created,
                stored.attached,
            ),
        )
        self.assertEqual([first.port_id, second.port_id], self.ids(server))

    def test_port_that_a_server_has(self):
        port = base.new_port()
        first, second = self.server(ports=[port]), self.server()
        for server in (first, second):
            error = self.assertRaises(
                exceptions.PortConflict,
                self.db.add_server_port,
                server.uuid,
                base.new_port(port_id=port.port_id),
            )
            self.assertEqual(first.uuid, error.server_uuid)
            self.assertEqual('port_in_use', error.code)

    def test_unknown_server(self):
        gone = base.new_uuid()
        error = self.assertRaises(
            exceptions.ServerNotFound,
            self.db.add_server_port,
            gone,
            base.new_port(),
        )
        self.assertIn(gone, error.detail)

    def test_update(self):
        port = base.new_port()
        server = self.server(ports=[port])
        self.assertTrue(
            self.db.update_server_port(
                server.uuid, port.port_id, {'attached': True}
            )
        )
        [found] = self.db.get_server(server.uuid).ports
        self.assertTrue(found.attached)

    def test_remove(self):
        port, other = base.new_port(), base.new_port()
        server = self.server(ports=[port, other])
        self.assertTrue(self.db.remove_server_port(server.uuid, port.port_id))
        self.assertEqual([other.port_id], self.ids(server))

    def test_port_of_another_server_is_left(self):
        port = base.new_port()
        server, other = self.server(ports=[port]), self.server()
        self.assertFalse(self.db.remove_server_port(other.uuid, port.port_id))
        self.assertFalse(
            self.db.update_server_port(
                other.uuid, port.port_id, {'attached': True}
            )
        )
        [found] = self.db.get_server(server.uuid).ports
        self.assertFalse(found.attached)
