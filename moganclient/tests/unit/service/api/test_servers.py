"""Servers through the whole application, as admin of one project."""

from __future__ import annotations

import ddt

from moganclient.service.db import api as db_api
from moganclient.tests.unit.service.api import base


@ddt.ddt
class ManageTest(base.ApiTest):
    def post(self, number=1, version='1.2', **more):
        return self.call(
            'POST',
            '/v1/servers/manage',
            version=version,
            json=self.manage_body(number, **more),
        )

    def test_location_leads_to_the_server(self):
        answer = self.post()
        self.assertEqual(201, answer.status_code, answer.text)
        location = answer.headers['Location']
        self.assertEqual(
            f'http://localhost/v1/servers/{answer.json["uuid"]}', location
        )
        shown = self.call('GET', location).json
        for field in answer.json:
            if field != 'updated_at':
                self.assertEqual(answer.json[field], shown[field], field)

    def test_server_has_every_member(self):
        found = self.post(description='one', metadata={'rack': '7'}).json
        uuid = found['uuid']
        for time in ('created_at', 'updated_at', 'launched_at'):
            self.assertTrue(found.pop(time).endswith('+00:00'))
        flavor = found.pop('flavor_uuid')
        self.assertEqual(
            200, self.call('GET', f'/v1/flavors/{flavor}').status_code
        )
        self.assertEqual(
            {
                'uuid': uuid,
                'name': 'server-1',
                'description': 'one',
                'status': 'active',
                'power_state': 'power on',
                'node': 'node-1',
                'node_uuid': base.uuid(1, 1),
                'image_uuid': None,
                'availability_zone': None,
                'affinity_zone': None,
                'addresses': {
                    base.uuid(4, 1): [{'addr': '10.0.0.1', 'type': 'fixed'}]
                },
                'metadata': {'rack': '7'},
                'system_metadata': {'managed_server': 'True'},
                'key_name': None,
                'partitions': {},
                'locked': False,
                'project_id': 'local',
                'user_id': None,
                'links': [
                    {
                        'rel': 'self',
                        'href': f'http://localhost/v1/servers/{uuid}',
                    },
                    {
                        'rel': 'bookmark',
                        'href': f'http://localhost/servers/{uuid}',
                    },
                ],
            },
            found,
        )

    def test_bookmark_leads_to_the_server(self):
        server = self.post().json
        links = {link['rel']: link['href'] for link in server['links']}
        self.assertEqual(
            server['uuid'], self.call('GET', links['bookmark']).json['uuid']
        )

    def test_uuids_may_be_in_upper_case(self):
        body = self.manage_body()
        body['node_uuid'] = body['node_uuid'].upper()
        body['flavor_uuid'] = body['flavor_uuid'].upper()
        body['networks'] = [{'port_id': base.uuid(3, 1).upper()}]
        answer = self.call('POST', '/v1/servers/manage', json=body)
        self.assertEqual(201, answer.status_code, answer.text)
        self.assertEqual(base.uuid(1, 1), answer.json['node_uuid'])

    def test_port_that_is_named_twice_is_one(self):
        one = {'port_id': base.uuid(3, 1)}
        self.assertEqual(
            201,
            self.post(networks=[one, {**one, 'port_type': 'x'}]).status_code,
        )

    def test_project_may_be_another_at_1_2(self):
        self.assertEqual(
            'other', self.post(project_id='other').json['project_id']
        )

    def test_uuid_may_be_chosen_at_1_3(self):
        chosen = 'ABCDEF00-0000-4000-8000-000000000001'
        answer = self.post(version='1.3', uuid=chosen)
        self.assertEqual(201, answer.status_code, answer.text)
        self.assertEqual(chosen.lower(), answer.json['uuid'])
        self.assertIn(chosen.lower(), answer.headers['Location'])

    def test_1_2_does_not_know_uuid(self):
        answer = self.post(version='1.2', uuid=base.uuid(9, 1))
        self.assertIn(
            'uuid is not known here', self.fault(answer, 400)['detail']
        )

    def test_uuid_that_is_none_is_named(self):
        answer = self.post(version='1.3', uuid='server-1')
        self.assertIn(
            "uuid: 'server-1' is not a UUID",
            self.fault(answer, 400)['detail'],
        )

    def test_uuid_of_the_server_of_another_node_is_a_conflict(self):
        self.manage(2, uuid=base.uuid(9, 1))
        error = self.fault(self.post(version='1.3', uuid=base.uuid(9, 1)), 409)
        self.assertEqual('baremetal-compute.server_exists', error['code'])
        self.assertEqual(base.uuid(9, 1), error['server_uuid'])

    def test_same_request_again_is_a_conflict_with_that_server(self):
        self.manage(uuid=base.uuid(9, 1))
        error = self.fault(self.post(version='1.3', uuid=base.uuid(9, 1)), 409)
        self.assertEqual('baremetal-compute.node_has_server', error['code'])
        self.assertEqual(base.uuid(9, 1), error['server_uuid'])

    @ddt.data('project_id', 'metadata')
    def test_1_1_does_not_know_what_1_2_added(self, field):
        value = 'other' if field == 'project_id' else {'a': 'b'}
        answer = self.post(version='1.1', **{field: value})
        self.assertIn(field, self.fault(answer, 400)['detail'])

    @ddt.data(
        ('name', '', 'name is empty'),
        ('name', None, 'name'),
        ('node_uuid', 'node-1', "node_uuid: 'node-1' is not a UUID"),
        ('networks', [], 'networks is empty'),
        ('networks', [{'port_id': 'x'}], 'networks[0].port_id'),
        ('networks', [{}], 'networks[0].port_id is missing'),
        ('metadata', {'a': 1}, 'metadata.a'),
        ('metadata', {'ä': 'b'}, 'metadata'),
        ('metadata', {'a': 'b' * 256}, 'metadata.a'),
        ('colour', 'red', 'colour'),
    )
    @ddt.unpack
    def test_fault_is_named_with_its_place(self, field, value, words):
        error = self.fault(self.post(**{field: value}), 400)
        self.assertIn(words, error['detail'])

    def test_unknown_node_is_not_found(self):
        answer = self.post(node_uuid=base.uuid(9, 9))
        self.assertEqual(
            'baremetal-compute.node_not_found',
            self.fault(answer, 404)['code'],
        )

    def test_unknown_flavor_is_not_found(self):
        answer = self.post(flavor_uuid=base.uuid(9, 9))
        self.assertEqual(
            'baremetal-compute.flavor_not_found',
            self.fault(answer, 404)['code'],
        )

    def test_node_that_is_not_adoptable_is_a_conflict_with_reasons(self):
        error = self.fault(self.post(4), 409)
        self.assertEqual(
            ['in_maintenance'],
            [reason['code'] for reason in error['reasons']],
        )

    def test_node_that_has_a_server_is_a_conflict_with_the_server(self):
        server = self.post().json
        error = self.fault(self.post(), 409)
        self.assertEqual(server['uuid'], error['server_uuid'])

    def test_flavor_that_does_not_fit_is_a_bad_request(self):
        error = self.fault(self.post(3), 400)
        self.assertIn('baremetal.silver', error['detail'])

    def test_port_that_is_not_named_is_a_conflict(self):
        error = self.fault(
            self.post(networks=[{'port_id': base.uuid(3, 2)}]), 409
        )
        self.assertIn(base.uuid(3, 2), error['detail'])


class UuidOfAnInstanceTest(base.ApiTest):
    """Ironic refuses the same instance_uuid twice."""

    NODES = [base.node(1), base.node(2, instance_uuid=base.uuid(9, 1))]

    def test_is_a_conflict_that_names_the_node(self):
        answer = self.call(
            'POST',
            '/v1/servers/manage',
            version='1.3',
            json=self.manage_body(uuid=base.uuid(9, 1)),
        )
        error = self.fault(answer, 409)
        self.assertEqual('baremetal-compute.uuid_in_use', error['code'])
        self.assertIn('"node-2"', error['detail'])
        self.assertEqual([], self.call('GET', '/v1/servers').json['servers'])


class UnmanageTest(base.ApiTest):
    def test_node_is_adoptable_again(self):
        server = self.manage()
        before = self.call('GET', '/v1/adoptable_nodes/node-1').json
        self.assertFalse(before['adoptable'])
        path = f'/v1/servers/{server["uuid"]}'
        answer = self.call('POST', f'{path}/unmanage', json={})
        self.assertEqual((204, b''), (answer.status_code, answer.data))
        self.assertNotIn('Content-Type', answer.headers)
        self.fault(self.call('GET', path), 404)
        after = self.call('GET', '/v1/adoptable_nodes/node-1').json
        self.assertTrue(after['adoptable'])

    def test_no_body_is_taken_too(self):
        server = self.manage()
        answer = self.call(
            'POST',
            f'/v1/servers/{server["uuid"].upper()}/unmanage',
            content_type='application/json',
        )
        self.assertEqual(204, answer.status_code)

    def test_another_body_is_a_bad_request(self):
        server = self.manage()
        answer = self.call(
            'POST',
            f'/v1/servers/{server["uuid"]}/unmanage',
            json={'force': True},
        )
        self.fault(answer, 400)

    def test_unknown_server_is_not_found(self):
        answer = self.call(
            'POST', f'/v1/servers/{base.uuid(9, 9)}/unmanage', json={}
        )
        self.fault(answer, 404)


class ListTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        self.one = self.manage(1)
        self.two = self.manage(2, project_id='other')

    def names(self, query='', path='/v1/servers'):
        answer = self.call('GET', path + query)
        self.assertEqual(200, answer.status_code, answer.text)
        return [server['name'] for server in answer.json['servers']]

    def test_short_form(self):
        (server,) = self.call('GET', '/v1/servers').json['servers']
        self.assertEqual(
            {
                'uuid',
                'name',
                'description',
                'status',
                'power_state',
                'addresses',
                'locked',
                'links',
            },
            set(server),
        )

    def test_detail_is_the_whole_server(self):
        (server,) = self.call('GET', '/v1/servers/detail').json['servers']
        shown = self.call('GET', f'/v1/servers/{self.one["uuid"]}').json
        self.assertEqual(shown, server)

    def test_only_those_of_the_own_project(self):
        self.assertEqual(['server-1'], self.names())

    def test_those_of_another_project_for_an_admin(self):
        self.assertEqual(['server-2'], self.names('?project_id=other'))

    def test_those_of_all_projects_for_an_admin(self):
        for argument in ('all_projects', 'all_tenants'):
            self.assertEqual(
                ['server-1', 'server-2'], self.names(f'?{argument}=true')
            )
            self.assertEqual(['server-1'], self.names(f'?{argument}=false'))

    def test_filters(self):
        every = '?all_projects=1&'
        self.assertEqual(['server-2'], self.names(every + 'name=server-2'))
        self.assertEqual([], self.names(every + 'name=server'))
        self.assertEqual([], self.names(every + 'status=stopped'))
        self.assertEqual(['server-1'], self.names(every + 'node=node-1'))
        self.assertEqual(
            ['server-1'], self.names(every + f'node={base.uuid(1, 1)}')
        )
        self.assertEqual(
            [], self.names(every + f'image_uuid={base.uuid(5, 1)}')
        )
        flavor = self.one['flavor_uuid'].upper()
        self.assertEqual(
            ['server-1', 'server-2'],
            self.names(every + f'flavor_uuid={flavor}'),
        )

    def test_every_key_is_sorted_by(self):
        for key in db_api.SERVER_SORT_KEYS:
            self.names(f'?sort={key}:desc')
        self.assertEqual(
            ['server-2', 'server-1'],
            self.names('?all_projects=1&sort=name:desc'),
        )

    def test_fields_reduce(self):
        answer = self.call('GET', '/v1/servers?fields=name,node')
        self.assertEqual(
            {'uuid', 'name', 'node'}, set(answer.json['servers'][0])
        )

    def test_pages(self):
        first = self.call('GET', '/v1/servers/detail?all_tenants=1&limit=1')
        (link,) = first.json['servers_links']
        self.assertIn('/v1/servers/detail?', link['href'])
        second = self.call('GET', link['href']).json
        self.assertEqual('server-2', second['servers'][0]['name'])
        self.assertNotIn('servers_links', second)

    def test_detail_with_a_slash_is_the_same(self):
        self.assertEqual(['server-1'], self.names(path='/v1/servers/detail/'))


@ddt.ddt
class PatchTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        server = self.manage(description='old', metadata={'a': '1'})
        self.uuid = server['uuid']
        self.path = f'/v1/servers/{self.uuid}'

    def patch(self, *operations):
        return self.call('PATCH', self.path, json=list(operations))

    def test_patch_changes_what_it_names(self):
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'new'},
            {'op': 'remove', 'path': '/description'},
            {'op': 'add', 'path': '/metadata/b', 'value': '2'},
            {'op': 'remove', 'path': '/metadata/a'},
        )
        self.assertEqual(200, answer.status_code, answer.text)
        shown = self.call('GET', self.path).json
        self.assertEqual(answer.json, shown)
        self.assertEqual(
            ('new', None, {'b': '2'}),
            (shown['name'], shown['description'], shown['metadata']),
        )

    def test_metadata_goes_as_a_whole(self):
        answer = self.patch({'op': 'remove', 'path': '/metadata'})
        self.assertEqual({}, answer.json['metadata'])

    def test_patch_that_changes_nothing_leaves_the_time(self):
        before = self.call('GET', self.path).json
        answer = self.patch(
            {'op': 'replace', 'path': '/name', 'value': 'server-1'}
        )
        self.assertEqual(before['updated_at'], answer.json['updated_at'])

    @ddt.data('/status', '/node', '/project_id', '/system_metadata/x', '/x')
    def test_internal_attribute_is_refused_by_name(self, path):
        error = self.fault(
            self.patch({'op': 'add', 'path': path, 'value': 'x'}), 400
        )
        self.assertIn(f'"{path}"', error['detail'])
        self.assertIn('/metadata', error['detail'])

    @ddt.data(
        ({'op': 'remove', 'path': '/name'}, 'mandatory'),
        ({'op': 'remove', 'path': '/metadata/zz'}, '"/metadata/zz"'),
        ({'op': 'add', 'path': '/metadata/a/b', 'value': '1'}, 'a/b'),
        ({'op': 'add', 'path': '/metadata/a', 'value': 1}, 'metadata.a'),
        ({'op': 'add', 'path': '/metadata/\u00e4', 'value': '1'}, 'metadata'),
        ({'op': 'replace', 'path': '/metadata', 'value': None}, 'metadata'),
        ({'op': 'replace', 'path': '/name', 'value': ''}, 'name is empty'),
    )
    @ddt.unpack
    def test_bad_patch_is_a_bad_request(self, operation, words):
        error = self.fault(self.patch(operation), 400)
        self.assertIn(words, error['detail'])

    def test_change_of_somebody_else_in_between_is_kept(self):
        real = self.runtime.db.get_server
        others = [{'other': 'x'}]

        def get_server(uuid):
            found = real(uuid)
            if others:
                self.runtime.db.update_server(uuid, {'meta': others.pop()})
            return found

        self.runtime.db.get_server = get_server
        answer = self.patch({'op': 'add', 'path': '/metadata/b', 'value': '2'})
        self.assertEqual({'other': 'x', 'b': '2'}, answer.json['metadata'])

    def test_server_that_changes_all_the_time_is_a_conflict(self):
        real = self.runtime.db.get_server

        def get_server(uuid):
            found = real(uuid)
            self.runtime.db.update_server(uuid, {'description': 'busy'})
            return found

        self.runtime.db.get_server = get_server
        answer = self.patch({'op': 'add', 'path': '/metadata/b', 'value': '2'})
        self.assertEqual(
            'baremetal-compute.server_busy', self.fault(answer, 409)['code']
        )


@ddt.ddt
class ShowTest(base.ApiTest):
    def test_power_state_is_the_node_s(self):
        server = self.manage()
        path = f'/v1/servers/{server["uuid"]}'
        self.runtime.db.update_server(
            server['uuid'], {'power_state': 'power off', 'status': 'stopped'}
        )
        shown = self.call('GET', path).json
        self.assertEqual(
            ('power on', 'active'), (shown['power_state'], shown['status'])
        )

    def test_fields_reduce(self):
        server = self.manage()
        answer = self.call('GET', f'/v1/servers/{server["uuid"]}?fields=name')
        self.assertEqual({'uuid', 'name'}, set(answer.json))

    def test_name_is_not_found_with_a_hint(self):
        error = self.fault(self.call('GET', '/v1/servers/server-1'), 404)
        self.assertIn('?name=', error['detail'])

    @ddt.data('PUT', 'POST')
    def test_other_methods_are_not_allowed(self, method):
        answer = self.call(method, f'/v1/servers/{base.uuid(9, 9)}')
        self.fault(answer, 405)
        self.assertEqual('DELETE, GET, HEAD, PATCH', answer.headers['Allow'])
