"""Aggregates, their nodes and zones in the database."""

from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base
from moganclient.tests.unit.service.db import test_races


@database.on_every_backend
class Aggregates(base.Base):
    def aggregate(self, zone=None, **values):
        if zone is not None:
            values['meta'] = {'availability_zone': zone}
        return self.db.create_aggregate(base.new_aggregate(**values))

    def names(self, uuid):
        return [node.node_name for node in self.db.aggregate_nodes(uuid)]

    def test_everything_is_stored(self):
        values = {
            'uuid': base.new_uuid(),
            'name': 'rack1',
            'meta': {'availability_zone': 'az1', 'key': 'Gr\u00fc\u00dfe'},
        }
        created = self.aggregate(**values)
        found = base.columns(self.db.get_aggregate(values['uuid']))
        self.assertEqual(base.columns(created), found)
        for name, value in values.items():
            self.assertEqual(value, found[name])
        self.assertIsNotNone(found['created_at'])
        self.assertIsNone(found['updated_at'])

    def test_name_that_is_taken(self):
        self.aggregate(name='rack1')
        other = self.aggregate()
        for work in (
            lambda: self.aggregate(name='rack1'),
            lambda: self.db.update_aggregate(other.uuid, {'name': 'rack1'}),
        ):
            error = self.assertRaises(exceptions.Conflict, work)
            self.assertEqual('aggregate_exists', error.code)
            self.assertIn('"rack1"', error.detail)

    def test_list_in_the_order_of_creation(self):
        for name in ('b', 'a', 'c'):
            self.aggregate(name=name)
        self.assertEqual(
            ['b', 'a', 'c'], [row.name for row in self.db.list_aggregates()]
        )

    def test_unknown(self):
        gone = base.new_uuid()
        for work in (
            lambda: self.db.get_aggregate(gone),
            lambda: self.db.update_aggregate(gone, {'name': 'x'}),
            lambda: self.db.delete_aggregate(gone),
            lambda: self.db.aggregate_nodes(gone),
            lambda: self.db.add_aggregate_node(gone, base.new_uuid(), 'n'),
        ):
            error = self.assertRaises(exceptions.AggregateNotFound, work)
            self.assertIn(gone, error.detail)

    def test_update(self):
        uuid = self.aggregate(name='old', zone='az1').uuid
        changed = self.db.update_aggregate(
            uuid, {'name': 'new', 'meta': {'a': 'b'}}
        )
        found = self.db.get_aggregate(uuid)
        self.assertEqual(base.columns(changed), base.columns(found))
        self.assertEqual(
            ('new', {'a': 'b'}, True),
            (found.name, found.meta, found.updated_at is not None),
        )

    def test_update_from_what_is_there(self):
        uuid = self.aggregate(zone='az1').uuid
        found = self.db.update_aggregate(
            uuid, lambda row: {'meta': {**row.meta, 'a': 'b'}}
        )
        self.assertEqual({'availability_zone': 'az1', 'a': 'b'}, found.meta)

    def test_update_that_raises_changes_nothing(self):
        uuid = self.aggregate(name='old').uuid

        def change(row):
            row.name = 'new'
            raise exceptions.BadRequest('no')

        self.assertRaises(
            exceptions.BadRequest, self.db.update_aggregate, uuid, change
        )
        self.assertEqual('old', self.db.get_aggregate(uuid).name)

    def test_no_change_is_lost_among_several(self):
        uuid = self.aggregate().uuid

        def work(number):
            self.db.update_aggregate(
                uuid, lambda row: {'meta': {**row.meta, f'k{number}': 'v'}}
            )

        test_races.together(8, work)
        self.assertEqual(
            {f'k{number}': 'v' for number in range(8)},
            self.db.get_aggregate(uuid).meta,
        )

    def test_nodes_come_and_go(self):
        uuid = self.aggregate().uuid
        other = self.aggregate().uuid
        first, second = base.new_uuid(), base.new_uuid()
        self.db.add_aggregate_node(uuid, first, 'b')
        self.db.add_aggregate_node(uuid, second, 'a')
        self.db.add_aggregate_node(other, first, 'b')
        self.assertEqual(['a', 'b'], self.names(uuid))
        self.assertTrue(self.db.remove_aggregate_node(uuid, first))
        self.assertFalse(self.db.remove_aggregate_node(uuid, first))
        self.assertEqual((['a'], ['b']), (self.names(uuid), self.names(other)))

    def test_node_that_is_added_again_has_its_new_name(self):
        uuid, node = self.aggregate().uuid, base.new_uuid()
        self.db.add_aggregate_node(uuid, node, None)
        self.db.add_aggregate_node(uuid, node, 'a')
        self.assertEqual(['a'], self.names(uuid))

    def test_nodes_go_with_the_aggregate(self):
        uuid = self.aggregate().uuid
        self.db.add_aggregate_node(uuid, base.new_uuid(), 'a')
        self.db.delete_aggregate(uuid)
        self.assertEqual({}, self.db.aggregates_of_nodes())

    def test_aggregates_of_all_nodes_are_one_statement(self):
        first, second = self.aggregate(), self.aggregate()
        node, other = base.new_uuid(), base.new_uuid()
        for uuid, node_uuid in (
            (first.uuid, node),
            (second.uuid, node),
            (second.uuid, other),
        ):
            self.db.add_aggregate_node(uuid, node_uuid, None)
        found = {
            node_uuid: [row.uuid for row in rows]
            for node_uuid, rows in self.db.aggregates_of_nodes().items()
        }
        self.assertEqual(
            {node: [first.uuid, second.uuid], other: [second.uuid]}, found
        )
        self.assertEqual(1, len(self.statements(self.db.aggregates_of_nodes)))

    def test_zones_are_sorted_and_there_once(self):
        for zone in ('az2', 'az1', 'az2', None):
            self.aggregate(zone=zone)
        self.assertEqual(['az1', 'az2'], self.db.availability_zones())

    def test_node_is_in_one_zone(self):
        first = self.aggregate(zone='az1', name='rack1')
        second = self.aggregate(zone='az2', name='rack2')
        node = base.new_uuid()
        self.db.add_aggregate_node(first.uuid, node, 'n1')
        error = self.assertRaises(
            exceptions.BadRequest,
            self.db.add_aggregate_node,
            second.uuid,
            node,
            'n1',
        )
        self.assertEqual('node_in_other_zone', error.code)
        for words in ('"n1"', '"az1"', '"rack1"', '"az2"'):
            self.assertIn(words, error.detail)
        self.assertEqual([], self.names(second.uuid))

    def test_node_may_be_in_one_zone_twice_and_in_aggregates_without(self):
        node = base.new_uuid()
        uuids = [self.aggregate(zone=zone).uuid for zone in ('a', 'a', None)]
        for uuid in uuids:
            self.db.add_aggregate_node(uuid, node, 'n1')
        self.assertEqual(
            uuids,
            [row.uuid for row in self.db.aggregates_of_nodes()[node]],
        )

    def test_aggregate_becomes_no_second_zone_of_its_nodes(self):
        first, second = self.aggregate(zone='az1'), self.aggregate()
        node = base.new_uuid()
        for row in (first, second):
            self.db.add_aggregate_node(row.uuid, node, 'n1')
        error = self.assertRaises(
            exceptions.BadRequest,
            self.db.update_aggregate,
            second.uuid,
            {'meta': {'availability_zone': 'az2'}},
        )
        self.assertEqual('node_in_other_zone', error.code)
        self.assertEqual({}, self.db.get_aggregate(second.uuid).meta)

    def test_one_of_several_puts_a_node_into_its_zone(self):
        uuids = [self.aggregate(zone=f'az{n}').uuid for n in range(6)]
        node = base.new_uuid()

        def work(number):
            try:
                self.db.add_aggregate_node(uuids[number], node, 'n1')
            except exceptions.BadRequest as error:
                return error.code
            return 'in'

        found = test_races.together(6, work)
        self.assertEqual(['in'] + ['node_in_other_zone'] * 5, sorted(found))
        self.assertEqual(1, len(self.db.aggregates_of_nodes()[node]))
