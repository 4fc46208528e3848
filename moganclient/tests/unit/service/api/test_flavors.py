"""Flavors through the whole application, as admin."""

from __future__ import annotations

import ddt

from moganclient.tests.unit.service.api import base


@ddt.ddt
class CreateTest(base.ApiTest):
    def create(self, **body):
        return self.call('POST', '/v1/flavors', json=body)

    def test_location_leads_to_the_flavor(self):
        answer = self.create(name='gold', resources={'baremetal.gold': 1})
        self.assertEqual(201, answer.status_code)
        self.assertEqual(
            answer.json, self.call('GET', answer.headers['Location']).json
        )

    def test_what_is_left_out_has_a_default(self):
        answer = self.create(name='gold', resources={'GOLD': '1'}).json
        uuid = answer['uuid']
        self.assertRegex(
            answer.pop('created_at'),
            r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$',
        )
        self.assertEqual(
            {
                'uuid': uuid,
                'name': 'gold',
                'description': None,
                'resources': {'GOLD': '1'},
                'resource_aggregates': {},
                'is_public': True,
                'disabled': False,
                'updated_at': None,
                'links': [
                    {
                        'rel': 'self',
                        'href': f'http://localhost/v1/flavors/{uuid}',
                    },
                    {
                        'rel': 'bookmark',
                        'href': f'http://localhost/flavors/{uuid}',
                    },
                ],
            },
            answer,
        )

    def test_count_that_is_written_as_a_fraction_is_whole(self):
        answer = self.create(name='gold', resources={'GOLD': 1.0})
        self.assertIn('"resources":{"GOLD":1}', answer.text)

    def test_name_that_is_taken_is_a_conflict(self):
        self.make_flavor()
        answer = self.create(name='gold', resources={'x': 1})
        self.assertIn('"gold"', self.fault(answer, 409)['detail'])

    @ddt.data(
        ({'name': 'x'}, 'resources is missing'),
        ({'name': '', 'resources': {'a': 1}}, 'name is empty'),
        ({'name': 'x', 'resources': {}}, 'resources is empty'),
        ({'name': 'x', 'resources': {'a': 0}}, 'resources.a'),
        ({'name': 'x', 'resources': {'a': True}}, 'resources.a'),
        ({'name': 'x', 'resources': {'a b': 1}}, "'a b'"),
        ({'name': 'x', 'resources': {'a': 1}, 'uuid': 'y'}, 'uuid'),
        ({'name': 'x' * 256, 'resources': {'a': 1}}, '256 characters'),
        ([], 'not an object'),
    )
    @ddt.unpack
    def test_fault_is_named_with_its_place(self, body, words):
        answer = self.call('POST', '/v1/flavors', json=body)
        error = self.fault(answer, 400)
        self.assertEqual('baremetal-compute.invalid_body', error['code'])
        self.assertIn(words, error['detail'])

    def test_each_fault_is_named(self):
        error = self.fault(self.create(colour='red'), 400)
        for word in ('colour', 'name is missing', 'resources is missing'):
            self.assertIn(word, error['detail'])

    @ddt.data(('yes', True), ('True', True), ('OFF', False), ('0', False))
    @ddt.unpack
    def test_flag_may_be_a_word_as_the_retired_api_had_it(self, word, value):
        answer = self.create(
            name='gold', resources={'x': 1}, disabled=word, is_public=word
        )
        self.assertEqual(201, answer.status_code, answer.text)
        self.assertEqual(
            (value, value), (answer.json['disabled'], answer.json['is_public'])
        )

    @ddt.data('maybe', '', 1, None)
    def test_flag_that_is_neither_is_a_bad_request(self, flag):
        answer = self.create(name='gold', resources={'x': 1}, disabled=flag)
        self.assertIn('disabled', self.fault(answer, 400)['detail'])

    def test_flag_is_no_word_where_a_version_is_stated(self):
        answer = self.call(
            'POST',
            '/v1/flavors',
            version='1.1',
            json={'name': 'x', 'resources': {'x': 1}, 'disabled': 'yes'},
        )
        self.assertIn('disabled', self.fault(answer, 400)['detail'])


class ListTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        for name in ('b', 'a', 'c'):
            self.make_flavor(name=name, is_public=name != 'c')

    def names(self, query=''):
        answer = self.call('GET', f'/v1/flavors{query}')
        self.assertEqual(200, answer.status_code, answer.text)
        return [flavor['name'] for flavor in answer.json['flavors']]

    def test_in_order_of_creation(self):
        self.assertEqual(['b', 'a', 'c'], self.names())

    def test_sorted(self):
        self.assertEqual(['c', 'b', 'a'], self.names('?sort=name:desc'))
        self.assertEqual(
            ['c', 'b', 'a'], self.names('?sort_key=name&sort_dir=desc')
        )

    def test_filtered(self):
        self.assertEqual(['a'], self.names('?name=a'))
        self.assertEqual(['c'], self.names('?is_public=false'))

    def test_pages(self):
        first = self.call('GET', '/v1/flavors?limit=2').json
        self.assertEqual(2, len(first['flavors']))
        second = self.call('GET', first['flavors_links'][0]['href']).json
        self.assertEqual(
            ['c'], [flavor['name'] for flavor in second['flavors']]
        )
        self.assertNotIn('flavors_links', second)


@ddt.ddt
class ChangeTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        self.flavor = self.make_flavor(description='old')
        self.path = f'/v1/flavors/{self.flavor["uuid"]}'

    def patch(self, *operations, **kwargs):
        return self.call('PATCH', self.path, json=list(operations), **kwargs)

    def test_patch_changes_what_it_names(self):
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'new'},
            {'op': 'remove', 'path': '/description'},
            {'op': 'add', 'path': '/disabled', 'value': True},
        )
        self.assertEqual(200, answer.status_code, answer.text)
        found = self.call('GET', self.path).json
        self.assertEqual(
            ('new', None, True, True),
            (
                found['name'],
                found['description'],
                found['disabled'],
                found['is_public'],
            ),
        )
        self.assertIsNotNone(found['updated_at'])

    def test_json_patch_has_a_content_type_of_its_own(self):
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'new'},
            content_type='application/json-patch+json',
        )
        self.assertEqual('new', answer.json['name'])

    def test_name_that_is_taken_is_a_conflict(self):
        self.make_flavor(name='other')
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'other'}
        )
        self.fault(answer, 409)

    @ddt.data('/resources', '/uuid', '/created_at', '/resources/gold')
    def test_internal_attribute_is_refused_by_name(self, path):
        answer = self.patch({'op': 'replace', 'path': path, 'value': 'x'})
        error = self.fault(answer, 400)
        self.assertIn(f'"{path}"', error['detail'])
        self.assertIn('/is_public', error['detail'])

    @ddt.data(
        ({'op': 'remove', 'path': '/name'}, 'mandatory'),
        ({'op': 'replace', 'path': '/name', 'value': 1}, 'name'),
        ({'op': 'replace', 'path': '/name'}, 'needs a value'),
        ({'op': 'replace', 'path': '/name/x', 'value': 'y'}, '"/name/x"'),
        ({'op': 'move', 'path': '/name', 'from': '/x'}, 'move'),
        ({'op': 'test', 'path': '/name', 'value': 'gold'}, 'test'),
        ({'op': 'add', 'path': 'name', 'value': 'x'}, "'name'"),
        ({'op': 'add', 'path': '/', 'value': 'x'}, "'/'"),
        ({'op': 'add', 'value': 'x'}, 'path is missing'),
    )
    @ddt.unpack
    def test_bad_patch_is_a_bad_request(self, operation, words):
        error = self.fault(self.patch(operation), 400)
        self.assertIn(words, error['detail'])

    def test_patch_is_not_empty(self):
        self.fault(self.patch(), 400)

    def test_patch_that_fails_changes_nothing(self):
        self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'new'},
            {'op': 'replace', 'path': '/disabled', 'value': 'perhaps'},
        )
        self.assertEqual('gold', self.call('GET', self.path).json['name'])

    def test_deleted_flavor_is_gone(self):
        self.assertEqual(204, self.call('DELETE', self.path).status_code)
        self.fault(self.call('GET', self.path), 404)
        self.fault(self.call('DELETE', self.path), 404)

    def test_flavor_in_use_stays(self):
        server = self.manage()
        error = self.fault(self.call('DELETE', self.path), 409)
        self.assertEqual(server['uuid'], error['server_uuid'])
        self.assertEqual(200, self.call('GET', self.path).status_code)

    def test_uuid_may_be_in_upper_case(self):
        answer = self.call('GET', f'/v1/flavors/{self.flavor["uuid"].upper()}')
        self.assertEqual(self.flavor, answer.json)

    def test_name_is_not_found_with_a_hint(self):
        error = self.fault(self.call('GET', '/v1/flavors/gold'), 404)
        self.assertIn('?name=', error['detail'])
