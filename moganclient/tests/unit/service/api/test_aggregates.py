"""Aggregates, their nodes and the zones that they name."""

from __future__ import annotations

import ddt

from moganclient.tests.unit.service.api import base


class AggregateTest(base.ApiTest):
    def create(self, name='rack1', **body):
        return self.call('POST', '/v1/aggregates', json={'name': name, **body})

    def make(self, name='rack1', zone=None):
        """A new aggregate; its address."""
        meta = {} if zone is None else {'availability_zone': zone}
        answer = self.create(name, metadata=meta)
        self.assertEqual(201, answer.status_code, answer.text)
        return f'/v1/aggregates/{answer.json["uuid"]}'


@ddt.ddt
class CreateTest(AggregateTest):
    def test_shape(self):
        meta = {'affinity_zone': 'aff1', 'availability_zone': 'az1'}
        answer = self.create(metadata=meta)
        self.assertEqual(201, answer.status_code, answer.text)
        shown = dict(answer.json)
        uuid = shown['uuid']
        self.assertRegex(
            shown.pop('created_at'),
            r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$',
        )
        self.assertEqual(
            {
                'uuid': uuid,
                'name': 'rack1',
                'metadata': meta,
                'updated_at': None,
                'links': [
                    {
                        'rel': 'self',
                        'href': f'http://localhost/v1/aggregates/{uuid}',
                    },
                    {
                        'rel': 'bookmark',
                        'href': f'http://localhost/aggregates/{uuid}',
                    },
                ],
            },
            shown,
        )

    def test_location_leads_to_the_aggregate(self):
        answer = self.create()
        self.assertEqual(
            answer.json, self.call('GET', answer.headers['Location']).json
        )

    def test_metadata_may_be_left_out(self):
        self.assertEqual({}, self.create().json['metadata'])

    def test_name_that_is_taken_is_a_conflict(self):
        self.create()
        error = self.fault(self.create(), 409)
        self.assertEqual('baremetal-compute.aggregate_exists', error['code'])

    @ddt.data(
        ({'name': ''}, 'name is empty'),
        ({'metadata': {'a': 1}}, 'metadata.a'),
        ({'metadata': {'a/b': 'c'}}, "'a/b'"),
        (
            {'metadata': {'availability_zone': ''}},
            'availability_zone is empty',
        ),
        ({'metadata': {'availability_zone': ' '}}, 'availability_zone'),
        ({'zone': 'az1'}, 'zone'),
    )
    @ddt.unpack
    def test_bad_body_is_a_bad_request(self, body, words):
        self.assertIn(words, self.fault(self.create(**body), 400)['detail'])


@ddt.ddt
class LookTest(AggregateTest):
    def test_list_in_the_order_of_creation(self):
        for name in ('b', 'a'):
            self.make(name)
        found = self.call('GET', '/v1/aggregates').json
        self.assertEqual(['aggregates'], list(found))
        self.assertEqual(
            ['b', 'a'], [one['name'] for one in found['aggregates']]
        )

    def test_uuid_may_be_in_upper_case(self):
        path = self.make()
        uuid = path.rpartition('/')[2]
        answer = self.call('GET', f'/v1/aggregates/{uuid.upper()}')
        self.assertEqual(uuid, answer.json['uuid'])

    def test_name_is_not_found_with_a_hint(self):
        self.make('rack1')
        error = self.fault(self.call('GET', '/v1/aggregates/rack1'), 404)
        self.assertEqual(
            'baremetal-compute.aggregate_not_found', error['code']
        )
        self.assertIn('"rack1"', error['detail'])
        self.assertIn('GET /v1/aggregates', error['detail'])

    def test_unknown_argument_is_a_bad_request(self):
        self.fault(self.call('GET', '/v1/aggregates?limit=1'), 400)

    def test_deleted_aggregate_is_gone_with_its_nodes(self):
        path = self.make()
        self.call('POST', f'{path}/nodes', json={'node': 'node-1'})
        self.assertEqual(204, self.call('DELETE', path).status_code)
        self.fault(self.call('GET', path), 404)
        self.fault(self.call('DELETE', path), 404)
        self.assertEqual({}, self.runtime.db.aggregates_of_nodes())

    @ddt.data(
        ('GET', ''),
        ('PATCH', ''),
        ('DELETE', ''),
        ('GET', '/nodes'),
        ('POST', '/nodes'),
        ('DELETE', '/nodes/node-1'),
    )
    @ddt.unpack
    def test_unknown_aggregate(self, method, what):
        gone = base.uuid(9, 9)
        body = {
            'PATCH': [{'op': 'replace', 'path': '/name', 'value': 'x'}],
            'POST': {'node': 'node-1'},
        }.get(method)
        answer = self.call(method, f'/v1/aggregates/{gone}{what}', json=body)
        error = self.fault(answer, 404)
        self.assertIn(gone, error['detail'])

    @ddt.data(
        ('GET', '/v1/aggregates'),
        ('POST', '/v1/aggregates'),
        ('GET', '/v1/aggregates/x'),
        ('PATCH', '/v1/aggregates/x'),
        ('DELETE', '/v1/aggregates/x'),
        ('GET', '/v1/aggregates/x/nodes'),
        ('POST', '/v1/aggregates/x/nodes'),
        ('DELETE', '/v1/aggregates/x/nodes/y'),
        ('GET', '/v1/nodes'),
        ('GET', '/v1/availability_zones'),
    )
    @ddt.unpack
    def test_needs_1_4(self, method, path):
        error = self.fault(self.call(method, path, version='1.3'), 404)
        self.assertEqual('baremetal-compute.version_too_low', error['code'])


@ddt.ddt
class PatchTest(AggregateTest):
    def setUp(self):
        super().setUp()
        self.path = self.make('rack1', 'az1')

    def patch(self, *operations):
        return self.call('PATCH', self.path, json=list(operations))

    def test_changes_what_it_names(self):
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'rack2'},
            {'op': 'add', 'path': '/metadata/a', 'value': 'b'},
            {'op': 'remove', 'path': '/metadata/availability_zone'},
        )
        self.assertEqual(200, answer.status_code, answer.text)
        self.assertEqual(
            ('rack2', {'a': 'b'}),
            (answer.json['name'], answer.json['metadata']),
        )
        self.assertIsNotNone(answer.json['updated_at'])
        self.assertEqual(answer.json, self.call('GET', self.path).json)

    @ddt.data(
        (
            {
                'op': 'add',
                'path': '/metadata/availability_zone',
                'value': '',
            },
            'availability_zone is empty',
        ),
        ({'op': 'remove', 'path': '/metadata/nope'}, '"/metadata/nope"'),
        ({'op': 'remove', 'path': '/name'}, 'mandatory'),
        ({'op': 'remove', 'path': '/metadata'}, 'mandatory'),
        ({'op': 'replace', 'path': '/uuid', 'value': 'x'}, '/metadata'),
        ({'op': 'replace', 'path': '/metadata', 'value': []}, 'metadata'),
    )
    @ddt.unpack
    def test_bad_patch_changes_nothing(self, operation, words):
        before = self.call('GET', self.path).json
        error = self.fault(
            self.patch(
                {'op': 'add', 'path': '/metadata/first', 'value': 'x'},
                operation,
            ),
            400,
        )
        self.assertIn(words, error['detail'])
        self.assertEqual(before, self.call('GET', self.path).json)

    def test_name_that_is_taken_is_a_conflict(self):
        self.make('rack2')
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'rack2'}
        )
        self.fault(answer, 409)

    def test_nodes_get_no_second_zone(self):
        other = self.make('rack2')
        for path in (self.path, other):
            self.call('POST', f'{path}/nodes', json={'node': 'node-1'})
        answer = self.call(
            'PATCH',
            other,
            json=[
                {
                    'op': 'add',
                    'path': '/metadata/availability_zone',
                    'value': 'az2',
                }
            ],
        )
        error = self.fault(answer, 400)
        self.assertEqual('baremetal-compute.node_in_other_zone', error['code'])


class NodeTest(AggregateTest):
    def setUp(self):
        super().setUp()
        self.path = self.make('rack1', 'az1')

    def add(self, node, path=None):
        return self.call(
            'POST', f'{path or self.path}/nodes', json={'node': node}
        )

    def nodes(self):
        return self.call('GET', f'{self.path}/nodes').json

    def test_node_is_added_by_name_or_uuid(self):
        for node in ('node-2', base.uuid(1, 1).upper()):
            answer = self.add(node)
            self.assertEqual((204, ''), (answer.status_code, answer.text))
        self.assertEqual({'nodes': ['node-1', 'node-2']}, self.nodes())

    def test_node_that_is_in_it_is_added_again(self):
        for _ in range(2):
            self.assertEqual(204, self.add('node-1').status_code)
        self.assertEqual({'nodes': ['node-1']}, self.nodes())

    def test_unknown_node(self):
        for node in ('nope', base.uuid(1, 99)):
            error = self.fault(self.add(node), 404)
            self.assertEqual('baremetal-compute.node_not_found', error['code'])
            self.assertIn(node, error['detail'])

    def test_body_is_strict(self):
        answer = self.call(
            'POST', f'{self.path}/nodes', json={'nodes': ['node-1']}
        )
        self.assertIn('nodes', self.fault(answer, 400)['detail'])

    def test_node_of_another_zone_is_refused(self):
        self.add('node-1')
        other = self.make('rack2', 'az2')
        error = self.fault(self.add('node-1', other), 400)
        self.assertEqual('baremetal-compute.node_in_other_zone', error['code'])
        self.assertIn('"az1"', error['detail'])

    def test_node_is_removed_by_name_or_uuid(self):
        self.add('node-1')
        self.add('node-2')
        for node in ('node-1', base.uuid(1, 2).upper()):
            answer = self.call('DELETE', f'{self.path}/nodes/{node}')
            self.assertEqual(204, answer.status_code, answer.text)
        self.assertEqual({'nodes': []}, self.nodes())

    def test_node_that_is_not_in_it_is_removed_all_the_same(self):
        answer = self.call('DELETE', f'{self.path}/nodes/node-3')
        self.assertEqual(204, answer.status_code)

    def test_node_that_nobody_knows_cannot_be_removed(self):
        answer = self.call('DELETE', f'{self.path}/nodes/nope')
        self.assertIn('nope', self.fault(answer, 404)['detail'])

    def test_node_that_is_gone_can_be_removed(self):
        uuid = self.path.rpartition('/')[2]
        for number, by in ((1, 'gone-1'), (2, base.uuid(8, 2).upper())):
            self.runtime.db.add_aggregate_node(
                uuid, base.uuid(8, number), f'gone-{number}'
            )
            answer = self.call('DELETE', f'{self.path}/nodes/{by}')
            self.assertEqual(204, answer.status_code, answer.text)
        self.assertEqual({'nodes': []}, self.nodes())

    def test_name_is_that_of_now(self):
        # node-1 has the name that another had when it was added.
        uuid = self.path.rpartition('/')[2]
        self.runtime.db.add_aggregate_node(uuid, base.uuid(8, 1), 'node-1')
        self.call('DELETE', f'{self.path}/nodes/node-1')
        self.assertEqual({'nodes': ['node-1']}, self.nodes())

    def test_node_without_a_name_is_shown_by_its_uuid(self):
        uuid = self.path.rpartition('/')[2]
        self.runtime.db.add_aggregate_node(uuid, base.uuid(8, 1), None)
        self.assertEqual({'nodes': [base.uuid(8, 1)]}, self.nodes())


class NamesTest(AggregateTest):
    NODES = [base.node(2), base.node(1), base.node(3, name=None)]

    def test_nodes_are_named_or_shown_by_uuid(self):
        self.assertEqual(
            {'nodes': [base.uuid(1, 3), 'node-1', 'node-2']},
            self.call('GET', '/v1/nodes').json,
        )

    def test_zones_are_sorted_and_there_once(self):
        self.assertEqual(
            {'availability_zones': []},
            self.call('GET', '/v1/availability_zones').json,
        )
        for number, zone in enumerate(('az2', 'az1', 'az2', None)):
            self.make(f'rack{number}', zone)
        self.assertEqual(
            {'availability_zones': ['az1', 'az2']},
            self.call('GET', '/v1/availability_zones').json,
        )

    def test_arguments_are_unknown(self):
        for path in ('/v1/nodes', '/v1/availability_zones'):
            self.fault(self.call('GET', f'{path}?limit=1'), 400)
