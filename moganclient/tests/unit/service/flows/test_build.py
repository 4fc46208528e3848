"""Building a server: what ends how, and what is left behind."""

from moganclient.service import exceptions
from moganclient.tests.unit.service.flows import building


class BuildTest(building.Case):
    def test_it_is_built(self):
        server = self.build()
        self.assertIsNone(server.fault)
        self.assertEqual('active', server.status)
        self.assertEqual('active', self.node(server).provision_state)
        self.assertEqual(server.uuid, self.node(server).instance_uuid)

    def test_nothing_is_left_when_it_is_deleted(self):
        server = self.build(
            networks=[{'net_id': building.NETWORK}, {'port_id': building.MINE}]
        )
        self.assertEqual('active', server.status)
        self.destroy(server)
        self.drain()
        self.assertRaises(exceptions.ServerNotFound, self.row, server)
        self.assert_nothing_left(server.uuid)
