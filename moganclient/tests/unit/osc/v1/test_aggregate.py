"""Tests of the commands of aggregates and of their nodes."""

from __future__ import annotations

import re
from typing import Any

import ddt

from moganclient.osc.v1 import aggregate
from moganclient.osc.v1 import aggregate_node
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

AGGREGATES = f'{fakes.MOGAN}/aggregates'
ONE = f'{AGGREGATES}/{fakes.OTHER_UUID}'
AGGREGATE = {
    'uuid': fakes.OTHER_UUID,
    'name': 'rack1',
    'metadata': {'availability_zone': 'az1', 'ssd': 'true'},
}


class Base(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(AGGREGATES, json={'aggregates': [AGGREGATE]})
        self.http.post(AGGREGATES, json=AGGREGATE, status_code=201)
        self.http.get(ONE, json=AGGREGATE)
        self.http.patch(ONE, json=AGGREGATE)
        self.http.delete(ONE, status_code=204)
        self.http.get(f'{ONE}/nodes', json={'nodes': ['n1', 'n2']})
        self.http.post(f'{ONE}/nodes', status_code=204)


@ddt.ddt
class TestAggregate(Base):
    @ddt.data(
        ((), {'name': 'rack1'}),
        (
            ('--zone', 'az1', '--property', 'ssd=true'),
            {
                'name': 'rack1',
                'metadata': {'availability_zone': 'az1', 'ssd': 'true'},
            },
        ),
    )
    @ddt.unpack
    def test_create(self, argv, sent):
        shown = self.json(aggregate.CreateAggregate, 'rack1', *argv)
        self.assertEqual(sent, self.body)
        self.assertEqual(AGGREGATE['metadata'], shown['Properties'])

    def test_a_mistyped_column_comes_before_the_aggregate(self):
        self.error(aggregate.CreateAggregate, 'rack1', '-c', 'Nmae')
        self.assertEqual([], self.sent())

    def test_list(self):
        self.assertEqual(
            [
                ['UUID', 'Name', 'Availability Zone'],
                [fakes.OTHER_UUID, 'rack1', 'az1'],
            ],
            self.table(aggregate.ListAggregate),
        )

    def test_list_one_without_a_zone(self):
        self.http.get(
            AGGREGATES, json={'aggregates': [{**AGGREGATE, 'metadata': {}}]}
        )
        (listed,) = self.json(aggregate.ListAggregate)
        self.assertIsNone(listed['Availability Zone'])

    def test_long(self):
        (listed,) = self.json(aggregate.ListAggregate, '--long')
        self.assertEqual(AGGREGATE['metadata'], listed['Properties'])

    def test_show_by_name_with_the_nodes(self):
        shown = self.json(aggregate.ShowAggregate, 'rack1')
        self.assertEqual(['n1', 'n2'], shown['Nodes'])

    def test_no_such_aggregate(self):
        said = self.error(aggregate.ShowAggregate, 'rack9')
        self.assertIn("'rack9'", said)

    @ddt.data(
        (('--name', 'n'), {'/name': 'n'}),
        (('--zone', 'az2'), {'/metadata/availability_zone': 'az2'}),
        (('--property', 'a=1'), {'/metadata/a': '1'}),
    )
    @ddt.unpack
    def test_set(self, argv, changed):
        self.assertEqual(
            '', self.run_command(aggregate.SetAggregate, 'rack1', *argv)
        )
        self.assertEqual(
            changed, {change['path']: change['value'] for change in self.body}
        )

    @ddt.data(
        (('--zone',), ['/metadata/availability_zone']),
        (('--property', 'ssd'), ['/metadata/ssd']),
    )
    @ddt.unpack
    def test_unset(self, argv, gone):
        self.run_command(aggregate.UnsetAggregate, 'rack1', *argv)
        self.assertEqual(
            [{'op': 'remove', 'path': path} for path in gone], self.body
        )

    def test_unset_what_it_does_not_have(self):
        said = self.error(aggregate.UnsetAggregate, 'rack1', '--property', 'x')
        self.assertEqual(
            'Aggregate "rack1" has no property "x". It has: '
            'availability_zone, ssd.',
            said,
        )
        self.assertNotIn('PATCH', ' '.join(self.sent()))

    @ddt.data(aggregate.SetAggregate, aggregate.UnsetAggregate)
    def test_nothing_to_change(self, command):
        self.assertIn('Nothing to change', self.error(command, 'rack1'))
        self.assertEqual([], self.sent())

    def test_delete_one_of_two(self):
        self.assertEqual(
            '1 of 2 aggregates could not be deleted.',
            self.error(aggregate.DeleteAggregate, 'rack9', 'rack1'),
        )
        self.assertEqual(
            f'DELETE /aggregates/{fakes.OTHER_UUID}', self.sent()[-1]
        )


class TestNodes(Base):
    def test_list(self):
        self.assertEqual(
            [['Node'], ['n1'], ['n2']],
            [
                [cell.strip('| ') for cell in row]
                for row in self.table(aggregate_node.ListNode, 'rack1')
            ],
        )

    def test_add_several(self):
        self.assertEqual(
            '', self.run_command(aggregate_node.AddNode, 'rack1', 'n1', 'n2')
        )
        self.assertEqual({'node': 'n2'}, self.body)
        self.assertEqual(
            2,
            self.sent().count(f'POST /aggregates/{fakes.OTHER_UUID}/nodes'),
        )

    def test_one_of_two_is_in_another_zone(self):
        self.http.post(
            f'{ONE}/nodes',
            [
                {'status_code': 409, 'json': base.fault('It is in az2.')},
                {'status_code': 204},
            ],
        )
        self.assertEqual(
            '1 of 2 nodes could not be added.',
            self.error(aggregate_node.AddNode, 'rack1', 'n1', 'n2'),
        )
        self.assertIn('It is in az2.', self.logged.output)

    def members(self, *names: str) -> list[str]:
        """Nodes of the aggregate, from here on; ``n1`` has a UUID too."""
        members = list(names)

        def delete(request: Any, context: Any) -> None:
            context.status_code = 204
            node = request.path.rpartition('/')[2]
            node = 'n1' if node == fakes.NODE_UUID else node
            if node in members:
                members.remove(node)

        self.http.get(
            f'{ONE}/nodes', json=lambda request, context: {'nodes': members}
        )
        self.http.delete(re.compile(f'{ONE}/nodes/.'), json=delete)
        return members

    def test_remove_several(self):
        members = self.members('n1', 'n2', 'n3')
        self.run_command(aggregate_node.RemoveNode, 'rack1', 'n1', 'n2')
        self.assertEqual(['n3'], members)

    def test_remove_by_uuid_what_is_listed_by_name(self):
        members = self.members('n1', 'n2')
        self.run_command(aggregate_node.RemoveNode, 'rack1', fakes.NODE_UUID)
        self.assertEqual(['n2'], members)

    def test_remove_what_is_not_in_it(self):
        members = self.members('n1', 'n2')
        self.assertEqual(
            'Node "n3" is not in aggregate "rack1". It has: n1, n2.',
            self.error(aggregate_node.RemoveNode, 'rack1', 'n3'),
        )
        self.assertEqual(['n1', 'n2'], members)

    def test_remove_by_uuid_what_is_not_in_it(self):
        members = self.members('n2')
        self.assertIn(
            f'Node "{fakes.NODE_UUID}" is not in aggregate',
            self.error(aggregate_node.RemoveNode, 'rack1', fakes.NODE_UUID),
        )
        self.assertEqual(['n2'], members)

    def test_remove_what_is_in_it_and_what_is_not(self):
        members = self.members('n1', 'n2')
        self.assertEqual(
            '1 of 2 nodes could not be removed.',
            self.error(aggregate_node.RemoveNode, 'rack1', 'n3', 'n1'),
        )
        self.assertEqual(['n2'], members)

    def test_a_name_that_would_be_another_url(self):
        self.members('n1')
        said = self.error(aggregate_node.RemoveNode, 'rack1', '..')
        self.assertIn('Node ".." is not in', said)
        self.assertFalse([one for one in self.sent() if 'DELETE' in one])


class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    def test_it_is_told(self):
        for command, argv in (
            (aggregate.ListAggregate, []),
            (aggregate.ShowAggregate, ['a']),
            (aggregate_node.AddNode, ['a', 'n']),
        ):
            said = self.error(command, *argv)
            self.assertIn('API version 1.4 is needed', said)
        self.assertEqual([], self.sent())
