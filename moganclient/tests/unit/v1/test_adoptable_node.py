"""Tests of asking for adoptable nodes."""

from __future__ import annotations

import ddt

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import adoptable_node

NODES = fakes.MOGAN + '/adoptable_nodes'


@ddt.ddt
class TestAdoptableNodes(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(NODES, json={'adoptable_nodes': [fakes.NODE]})

    def test_list(self):
        (node,) = self.client.adoptable_node.list()
        self.assertIsInstance(node, adoptable_node.AdoptableNode)
        self.assertEqual(fakes.NODE, node.to_dict())
        self.assertEqual(['GET /adoptable_nodes'], self.sent())

    def test_iterate(self):
        (node,) = self.client.adoptable_node.iterate()
        self.assertEqual('rack7-u12', node.name)

    def test_every_argument_is_sent(self):
        self.client.adoptable_node.list(
            all=True,
            name='N',
            resource_class='gold',
            owner='o',
            conductor_group='g',
            fields=['uuid', 'name'],
            sort='name:desc',
            limit=5,
            marker=fakes.NODE_UUID.upper(),
            max_items=7,
        )
        self.assertEqual(
            {
                'all': ['true'],
                'name': ['n'],  # requests-mock lower-cases
                'resource_class': ['gold'],
                'owner': ['o'],
                'conductor_group': ['g'],
                'fields': ['uuid,name'],
                'sort': ['name:desc'],
                'limit': ['5'],
                'marker': [fakes.NODE_UUID],
            },
            self.http.last_request.qs,
        )
        self.assertIn('name=N', self.http.last_request.url)

    @ddt.data(
        ('rack7-u12', 'rack7-u12'),
        (fakes.NODE_UUID.upper(), fakes.NODE_UUID),
        (adoptable_node.AdoptableNode(fakes.NODE), fakes.NODE_UUID),
        ('a b/ü', 'a%20b%2F%C3%BC'),
    )
    @ddt.unpack
    def test_get(self, node, segment):
        self.http.get(f'{NODES}/{segment}', json=fakes.NODE)
        found = self.client.adoptable_node.get(node)
        self.assertEqual(fakes.NODE_UUID, found.uuid)
        self.assertEqual([f'GET /adoptable_nodes/{segment}'], self.sent())

    def test_get_of_nothing_is_not_the_list(self):
        self.assertRaises(
            exceptions.ValidationError, self.client.adoptable_node.get, ''
        )
        self.assertEqual([], self.sent())


class TestCarriedPorts(fakes.TestCase):
    def carried(self, **more) -> list[str]:
        node = adoptable_node.AdoptableNode({**fakes.NODE, **more})
        return node.carried_ports()

    def test_of_nics_and_groups(self):
        group = {'vif_port_id': fakes.OTHER_PORT_UUID}
        self.assertEqual(
            [fakes.PORT_UUID, fakes.OTHER_PORT_UUID],
            self.carried(portgroups=[group]),
        )

    def test_once_each(self):
        nic = {'vif_port_id': fakes.PORT_UUID}
        self.assertEqual(
            [fakes.PORT_UUID], self.carried(ports=[nic], portgroups=[nic])
        )

    def test_of_none(self):
        self.assertEqual([], self.carried(ports=[{'vif_port_id': None}, {}]))
