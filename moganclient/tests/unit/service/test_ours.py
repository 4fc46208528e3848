"""Whose the node of a server is."""

from unittest import mock

from moganclient.service import exceptions
from moganclient.service import ours
from moganclient.tests.unit.service.flows import building

OTHER = 'cccccccc-0000-4000-8000-000000000009'


class OursTest(building.Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()

    def lost(self):
        return self.assertRaises(
            exceptions.NodeLost, ours.node_of, self.runtime, self.server
        )

    def test_its_own(self):
        found = ours.node_of(self.runtime, self.server)
        self.assertEqual(self.server.node_uuid, found.uuid)
        self.assertTrue(ours.is_of(self.server, found))

    def test_free(self):
        self.runtime.driver.release_node(self.server.node_uuid)
        self.assertIsNone(self.lost().instance_uuid)

    def test_that_of_another_who_is_not_named_to_everybody(self):
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        driver.claim_node(self.server.node_uuid, OTHER, 'theirs')
        error = self.lost()
        self.assertEqual(OTHER, error.instance_uuid)
        self.assertNotIn(OTHER, error.detail)
        self.assertIn(self.server.uuid, error.detail)

    def test_gone(self):
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.NodeNotFound('There is no such node.')
        )
        self.lost()

    def test_a_server_without_node(self):
        self.server.node_uuid = None
        self.lost()

    def test_an_inventory_that_is_down_says_nothing(self):
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.UpstreamUnavailable('Down.')
        )
        self.assertRaises(
            exceptions.UpstreamUnavailable,
            ours.node_of,
            self.runtime,
            self.server,
        )
