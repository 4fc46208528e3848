"""Tests of what the retired API called machines that could be taken over."""

from __future__ import annotations

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import server

MANAGEABLE = fakes.MOGAN + '/manageable_servers'
ENTRY = {
    'uuid': fakes.NODE_UUID,
    'name': 'rack7-u12',
    'resource_class': 'gold',
    'ports': [{'neutron_port_id': fakes.PORT_UUID}],
    'portgroups': [],
}


class TestManageableServers(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(MANAGEABLE, json={'manageable_servers': [ENTRY]})
        self.http.post(MANAGEABLE, json=fakes.SERVER, status_code=201)

    def test_list(self):
        (found,) = self.client.manageable_server.list()
        self.assertEqual('gold', found.resource_class)
        self.assertEqual(['GET /manageable_servers'], self.sent())

    def test_manage_makes_a_server(self):
        made = self.client.manageable_server.manage(
            name='db-3', node_uuid=fakes.NODE_UUID.upper()
        )
        self.assertIsInstance(made, server.Server)
        self.assertEqual(
            {'name': 'db-3', 'node_uuid': fakes.NODE_UUID}, self.body
        )

    def test_manage_by_position_as_automation_calls_it(self):
        self.client.manageable_server.manage(
            'db-3', fakes.NODE_UUID, 'd', {'rack': '1'}
        )
        self.assertEqual(
            {
                'name': 'db-3',
                'node_uuid': fakes.NODE_UUID,
                'description': 'd',
                'metadata': {'rack': '1'},
            },
            self.body,
        )

    def test_a_node_s_name_is_not_sent(self):
        error = self.assertRaises(
            exceptions.ValidationError,
            self.client.manageable_server.manage,
            'db-3',
            'rack7-u12',
        )
        self.assertIn('node_uuid', error.message)
        self.assertEqual([], self.sent())


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        manager = self.client.manageable_server
        for call in (
            manager.list,
            lambda: manager.manage('a', fakes.NODE_UUID),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())
