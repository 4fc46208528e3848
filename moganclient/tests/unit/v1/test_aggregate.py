"""Tests of aggregates."""

from __future__ import annotations

import ddt

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import adoptable_node
from moganclient.v1 import aggregate

AGGREGATES = fakes.MOGAN + '/aggregates'
ONE = f'{AGGREGATES}/{fakes.OTHER_UUID}'
AGGREGATE = {
    'uuid': fakes.OTHER_UUID,
    'name': 'rack1',
    'metadata': {'availability_zone': 'az1'},
}


@ddt.ddt
class TestAggregates(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        other = {**AGGREGATE, 'uuid': fakes.SERVER_UUID, 'name': 'rack2'}
        self.http.get(AGGREGATES, json={'aggregates': [other, AGGREGATE]})
        self.http.post(AGGREGATES, json=AGGREGATE, status_code=201)
        self.http.get(ONE, json=AGGREGATE)
        self.http.patch(ONE, json=AGGREGATE)
        self.http.delete(ONE, status_code=204)
        self.http.get(f'{ONE}/nodes', json={'nodes': ['n1', 'n2']})
        self.http.post(f'{ONE}/nodes', status_code=204)
        self.http.delete(f'{ONE}/nodes/n1', status_code=204)

    def test_create(self):
        made = self.client.aggregate.create('rack1')
        self.assertIsInstance(made, aggregate.Aggregate)
        self.assertEqual({'name': 'rack1'}, self.body)

    def test_create_with_metadata(self):
        self.client.aggregate.create('rack1', {'availability_zone': 'az1'})
        self.assertEqual(
            {'name': 'rack1', 'metadata': {'availability_zone': 'az1'}},
            self.body,
        )

    def test_create_sends_nothing_that_is_wrong(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.aggregate.create,
            'rack1',
            {'a': 1},
        )
        self.assertEqual([], self.sent())

    def test_list(self):
        self.assertEqual(
            ['rack2', 'rack1'],
            [one.name for one in self.client.aggregate.list()],
        )
        self.assertEqual(['GET /aggregates'], self.sent())

    def test_get(self):
        found = self.client.aggregate.get(fakes.OTHER_UUID.upper())
        self.assertEqual({'availability_zone': 'az1'}, found.metadata)

    def test_find_by_name_compares_here(self):
        found = self.client.aggregate.find('rack1')
        self.assertEqual(fakes.OTHER_UUID, found.uuid)
        self.assertEqual(['GET /aggregates'], self.sent())

    def test_find_none(self):
        self.assertRaises(
            exceptions.NotFound, self.client.aggregate.find, 'rack9'
        )

    def test_update(self):
        self.client.aggregate.update(
            'rack1', name='rack3', metadata={'a': 'b', 'c': None}
        )
        self.assertEqual(
            [
                {'op': 'replace', 'path': '/name', 'value': 'rack3'},
                {'op': 'add', 'path': '/metadata/a', 'value': 'b'},
                {'op': 'remove', 'path': '/metadata/c'},
            ],
            self.body,
        )
        self.assertEqual(
            f'PATCH /aggregates/{fakes.OTHER_UUID}', self.sent()[-1]
        )

    def test_update_of_nothing(self):
        self.assertRaises(
            exceptions.ValidationError, self.client.aggregate.update, 'rack1'
        )
        self.assertEqual([], self.sent())

    @ddt.data(fakes.OTHER_UUID, aggregate.Aggregate(AGGREGATE), 'rack1')
    def test_delete(self, thing):
        self.assertIsNone(self.client.aggregate.delete(thing))
        self.assertEqual(
            f'DELETE /aggregates/{fakes.OTHER_UUID}', self.sent()[-1]
        )

    def test_list_node(self):
        self.assertEqual(
            ['n1', 'n2'], self.client.aggregate.list_node('rack1')
        )

    @ddt.data(
        ('n1', 'n1'),
        (adoptable_node.AdoptableNode(fakes.NODE), 'rack7-u12'),
        (
            adoptable_node.AdoptableNode({**fakes.NODE, 'name': None}),
            fakes.NODE_UUID,
        ),
    )
    @ddt.unpack
    def test_add_node_by_its_name(self, node, sent):
        self.assertIsNone(self.client.aggregate.add_node('rack1', node))
        self.assertEqual({'node': sent}, self.body)

    def test_remove_node(self):
        self.client.aggregate.remove_node(fakes.OTHER_UUID, 'n1')
        self.assertEqual(
            [f'DELETE /aggregates/{fakes.OTHER_UUID}/nodes/n1'], self.sent()
        )


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        manager = self.client.aggregate
        for call in (
            manager.list,
            lambda: manager.get(fakes.OTHER_UUID),
            lambda: manager.find('a'),
            lambda: manager.create('a'),
            lambda: manager.update('a', name='b'),
            lambda: manager.delete('a'),
            lambda: manager.list_node('a'),
            lambda: manager.add_node('a', 'n'),
            lambda: manager.remove_node('a', 'n'),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())
