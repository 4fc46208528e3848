"""Servers that are built, rebuilt and deleted, through the application."""

from __future__ import annotations

import logging

import ddt
import fixtures

from moganclient.service.drivers import lifecycle as base_lifecycle
from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import lifecycle

NOBODY = base.uuid(9, 9)


@ddt.ddt
class CreateTest(lifecycle.LifecycleTest):
    def post(self, version=None, token=None, hints=None, **more):
        body = self.body(**more)
        if hints is not None:
            body['scheduler_hints'] = hints
        return self.call(
            'POST',
            '/v1/servers',
            token=token or self.member,
            version=version,
            json=body,
        )

    def test_server_is_building_and_has_a_location(self):
        answer = self.post(description='first', metadata={'role': 'web'})
        self.assertEqual(201, answer.status_code, answer.text)
        server = answer.json
        self.assertEqual(
            f'http://localhost/v1/servers/{server["uuid"]}',
            answer.headers['Location'],
        )
        self.assertEqual(
            ('building', 'web-1', 'first', {'role': 'web'}, 'p', 'user-1'),
            tuple(
                server[name]
                for name in (
                    'status',
                    'name',
                    'description',
                    'metadata',
                    'project_id',
                    'user_id',
                )
            ),
        )

    def test_server_runs_in_the_end(self):
        server = self.show(self.build(), token=self.operator)
        self.assertEqual(
            ('active', 'power on', 'node-21'),
            (server['status'], server['power_state'], server['node']),
        )
        self.assertEqual([lifecycle.NETWORK], list(server['addresses']))

    def test_building_server_has_no_node_for_an_admin_either(self):
        server = self.post().json['uuid']
        found = self.show(server, token=self.operator)
        self.assertEqual((None, None), (found['node'], found['node_uuid']))

    def test_uuids_can_be_in_any_case(self):
        answer = self.post(
            flavor_uuid=self.flavor.upper(),
            image_uuid=lifecycle.IMAGE.upper(),
            networks=[{'net_id': lifecycle.NETWORK.upper()}],
        )
        self.assertEqual(201, answer.status_code, answer.text)

    def test_partitions_can_be_digits(self):
        answer = self.post(partitions={'root_gb': '10'})
        # The image is one of a whole disk: it is read, and refused.
        self.assertIn('partition', self.fault(answer, 400)['detail'])

    def test_several_are_numbered_and_the_answer_is_the_first(self):
        answer = self.post(max_count=2)
        self.assertEqual('web-1-1', answer.json['name'])
        self.assertNotIn('created', answer.json)
        listed = self.call('GET', '/v1/servers', token=self.member).json
        self.assertEqual(
            ['web-1-1', 'web-1-2'], [one['name'] for one in listed['servers']]
        )

    def test_all_of_several_are_said_to_who_knows_1_4(self):
        found = self.post(version='1.4', min_count=2).json
        self.assertEqual(2, len(found['created']))
        self.assertEqual(found['uuid'], found['created'][0])

    def test_no_more_are_begun_than_nodes_are_free(self):
        found = self.post(version='1.4', max_count=1000).json
        self.assertLess(len(found['created']), 1000)
        self.settle()
        self.assertEqual(
            {'active'},
            {self.show(server)['status'] for server in found['created']},
        )

    def test_so_many_at_least_or_none(self):
        answer = self.post(version='1.4', min_count=900, max_count=1000)
        fault = self.fault(answer, 409)
        self.assertEqual('baremetal-compute.no_valid_node', fault['code'])
        self.assertIn('900 servers at least are wanted', fault['detail'])
        listed = self.call('GET', '/v1/servers', token=self.member).json
        self.assertEqual([], listed['servers'])

    @ddt.data(
        ({'min_count': 2, 'max_count': 1}, 'more than max_count'),
        ({'min_count': 1001}, '1000'),
        (
            {
                'max_count': 2,
                'networks': [{'port_id': lifecycle.FREE_PORT}],
            },
            'the same port',
        ),
        ({'max_count': 2, 'name': 'x' * 254}, 'leaves no room'),
        ({'user_data': '###'}, 'base64'),
        ({'networks': []}, 'networks'),
        (
            {
                'networks': [
                    {
                        'net_id': lifecycle.NETWORK,
                        'port_id': lifecycle.FREE_PORT,
                    }
                ]
            },
            'networks',
        ),
        ({'flavor_uuid': 'gold'}, 'flavor_uuid'),
        ({'colour': 'red'}, 'colour'),
    )
    @ddt.unpack
    def test_what_is_wrong_is_said(self, more, words):
        error = self.fault(self.post(**more), 400)
        self.assertEqual('baremetal-compute.invalid_body', error['code'])
        self.assertIn(words, error['detail'])
        listed = self.call('GET', '/v1/servers', token=self.member).json
        self.assertEqual([], listed['servers'])

    @ddt.data(
        ({'flavor_uuid': NOBODY}, 'flavor_not_found'),
        ({'image_uuid': NOBODY}, 'image_not_found'),
        ({'networks': [{'net_id': NOBODY}]}, 'network_not_found'),
        ({'networks': [{'port_id': NOBODY}]}, 'port_not_found'),
        ({'key_name': 'nokey'}, 'keypair_not_found'),
        ({'hints': {'group': NOBODY}}, 'server_group_not_found'),
    )
    @ddt.unpack
    def test_what_is_not_there_is_not_found(self, more, code):
        self.assertEqual(code, self.code(self.post(**more), 404))

    def test_port_of_something_else_is_a_conflict(self):
        answer = self.post(networks=[{'port_id': lifecycle.USED_PORT}])
        self.assertEqual('port_in_use', self.code(answer, 409))

    def test_reader_may_not(self):
        error = self.fault(self.post(token=self.reader), 403)
        self.assertIn('servers:create', error['detail'])

    def test_system_scope_has_no_project_for_it(self):
        who = self.token('admin', system=True)
        self.assertEqual(
            'project_needed', self.code(self.post(token=who), 400)
        )

    def test_version_before_it_is_told_so(self):
        self.assertEqual(
            'version_too_low', self.code(self.post(version='1.3'), 404)
        )

    @ddt.data(
        {'adminPass': 's3cr3t-of-mine' * 30},
        {'adminPass': ['s3cr3t-of-mine']},
        {'user_data': '#cloud-config password: s3cr3t-of-mine'},
        {'personality': [{'path': '/k', 'contents': 's3cr3t-of-mine!'}]},
    )
    def test_secret_that_is_wrong_is_not_repeated(self, more):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        answer = self.post(**more)
        (name,) = more
        self.assertIn(f'server.{name}', self.fault(answer, 400)['detail'])
        self.assertNotIn('s3cr3t', answer.text + log.output)

    def test_password_is_in_no_answer(self):
        answer = self.post(adminPass='s3cr3t-of-mine')
        self.assertEqual(201, answer.status_code)
        self.assertNotIn('s3cr3t-of-mine', answer.text)


class ShowTest(lifecycle.LifecycleTest):
    """What 1.4 shows of a server, to whom."""

    NEW = {'locked_by', 'protected', 'adopted'}

    def test_built_one_is_neither_protected_nor_adopted(self):
        server = self.show(self.build(), version='1.4')
        self.assertEqual(
            (False, False, None),
            (server['protected'], server['adopted'], server['locked_by']),
        )

    def test_adopted_one_is_protected(self):
        server = self.show(self.adopt(), version='1.4')
        self.assertEqual(
            (True, True), (server['protected'], server['adopted'])
        )

    def test_other_versions_do_not_show_that(self):
        server = self.build()
        for version in (None, '1.1', '1.3'):
            found = self.show(server, version=version)
            self.assertEqual(set(), self.NEW & set(found))

    def test_it_can_be_picked(self):
        path = f'/v1/servers/{self.build()}?fields=adopted'
        answer = self.call('GET', path, token=self.member, version='1.4')
        self.assertEqual({'uuid', 'adopted'}, set(answer.json))
        answer = self.call('GET', path, token=self.member, version='1.3')
        self.fault(answer, 400)

    def test_fault_is_there_where_one_is(self):
        server = self.build()
        self.assertNotIn('fault', self.show(server))
        fault = {'code': 'odd', 'message': 'Smoke.', 'detail': 'node-21'}
        self.runtime.db.update_server(server, {'fault': fault})
        self.assertEqual(
            fault,
            self.show(server, token=self.operator, version='1.1')['fault'],
        )
        self.assertEqual(
            {**fault, 'detail': ''},
            self.show(server, version='1.4')['fault'],
        )

    def test_code_of_a_fault_is_a_number_for_clients_of_that_time(self):
        server = self.build()
        fault = {'code': 'odd', 'message': 'Smoke.', 'detail': ''}
        self.runtime.db.update_server(server, {'fault': fault})
        self.assertEqual(500, self.show(server)['fault']['code'])

    def test_server_is_found_by_its_address(self):
        server = self.build()
        ((address,),) = self.show(server)['addresses'].values()
        for query, found in (
            (address['addr'], [server]),
            ('10.9.9.9', []),
            ('2001:DB8::0:1', []),
        ):
            answer = self.call(
                'GET', f'/v1/servers?ip={query}', token=self.member
            )
            self.assertEqual(
                found, [one['uuid'] for one in answer.json['servers']]
            )

    def test_part_of_an_address_is_none(self):
        answer = self.call('GET', '/v1/servers?ip=10.0', token=self.member)
        self.assertEqual('invalid_query', self.code(answer, 400))


@ddt.ddt
class RebuildTest(lifecycle.LifecycleTest):
    def put(self, server, token=None, version=None, **body):
        return self.call(
            'PUT',
            f'/v1/servers/{server}/states/provision',
            token=token or self.member,
            version=version,
            json={'target': 'rebuild', **body},
        )

    def test_it_is_accepted_and_runs_again_in_the_end(self):
        server = self.build()
        self.slow()
        answer = self.put(server, image_uuid=None, preserve_ephemeral=None)
        self.assertEqual(
            (202, b''), (answer.status_code, answer.data), answer.text
        )
        self.assertEqual(
            f'http://localhost/v1/servers/{server}',
            answer.headers['Location'],
        )
        self.settle(10)
        self.assertEqual('rebuilding', self.show(server)['status'])
        self.later()
        self.assertEqual('active', self.show(server)['status'])

    def test_protected_one_is_refused_with_what_to_do(self):
        error = self.fault(self.put(self.adopt()), 409)
        self.assertEqual('baremetal-compute.server_protected', error['code'])
        self.assertIn('--unprotected', error['detail'])

    def test_wrong_status_is_as_then(self):
        server = self.build()
        self.slow()
        self.put(server)
        self.settle(10)
        self.assertEqual('server_busy', self.code(self.put(server), 400))
        self.assertEqual(
            'server_busy', self.code(self.put(server, version='1.4'), 409)
        )

    @ddt.data({'target': 'deleted'}, {'image_uuid': 'debian'}, {'key': 'x'})
    def test_body_that_is_none_is_refused(self, body):
        self.fault(self.put(self.build(), **body), 400)

    def test_unknown_image_is_not_found(self):
        answer = self.put(self.build(), image_uuid=NOBODY)
        self.assertEqual('image_not_found', self.code(answer, 404))

    def test_who_may_not(self):
        server = self.build()
        self.fault(self.put(server, token=self.stranger), 404)
        self.fault(self.put(server, token=self.reader), 403)
        self.fault(self.put(server, version='1.3'), 404)


class DriverTest(lifecycle.LifecycleTest):
    """A driver that is made for taking over only."""

    def setUp(self):
        super().setUp()
        self.server = self.build()
        driver = self.runtime.driver
        none = {
            name: getattr(base_lifecycle.Lifecycle, name)
            for name in vars(base_lifecycle.Lifecycle)
            if not name.startswith('_')
        }
        driver.__class__ = type('TakesOver', (type(driver),), none)

    def check(self, method, path, body=None):
        more = {} if body is None else {'json': body}
        answer = self.call(method, path, token=self.member, **more)
        self.assertEqual('not_implemented', self.code(answer, 501))
        self.settle()
        listed = self.call('GET', '/v1/servers', token=self.member).json
        self.assertEqual(
            ['active'], [one['status'] for one in listed['servers']]
        )

    def test_nothing_is_begun_that_it_cannot_do(self):
        path = f'/v1/servers/{self.server}'
        self.check('POST', '/v1/servers', self.body())
        self.check('PUT', f'{path}/states/provision', {'target': 'rebuild'})
        self.check('PUT', f'{path}/states/power', {'target': 'off'})
        self.check(
            'POST',
            f'{path}/networks/interfaces',
            {'port_id': lifecycle.FREE_PORT},
        )
        self.check(
            'POST',
            f'{path}/remote_consoles',
            {'protocol': 'serial', 'type': 'socat'},
        )
        self.check('DELETE', path)


class DeleteTest(lifecycle.LifecycleTest):
    def delete(self, server, token=None, version=None):
        return self.call(
            'DELETE',
            f'/v1/servers/{server}',
            token=token or self.member,
            version=version,
        )

    def test_it_is_gone_in_the_end_and_its_node_available(self):
        server = self.build()
        self.slow()
        answer = self.delete(server)
        self.assertEqual((204, b''), (answer.status_code, answer.data))
        self.settle(10)
        self.assertEqual('deleting', self.show(server)['status'])
        self.later()
        self.fault(self.delete(server), 404)
        node = self.runtime.driver.get_node(base.uuid(1, 21))
        self.assertEqual('available', node.provision_state)

    def test_protected_one_is_refused_with_what_to_do(self):
        server = self.adopt()
        for version in (None, '1.4'):
            error = self.fault(self.delete(server, version=version), 409)
            self.assertEqual(
                'baremetal-compute.server_protected', error['code']
            )
            self.assertIn('unmanage', error['detail'])
        self.assertEqual('active', self.show(server)['status'])

    def test_unprotected_one_is_deleted_though_it_was_taken_over(self):
        server = self.adopt()
        answer = self.call(
            'PATCH',
            f'/v1/servers/{server}',
            token=self.operator,
            version='1.4',
            json=[{'op': 'replace', 'path': '/protected', 'value': False}],
        )
        self.assertEqual(200, answer.status_code, answer.text)
        self.assertEqual(204, self.delete(server).status_code)
        self.settle()
        self.fault(self.delete(server), 404)

    def test_one_that_was_built_cannot_be_let_go(self):
        answer = self.call(
            'POST',
            f'/v1/servers/{self.build()}/unmanage',
            token=self.operator,
            content_type='application/json',
        )
        self.assertEqual('not_adopted', self.code(answer, 409))

    def test_who_may_not(self):
        server = self.build()
        self.fault(self.delete(server, token=self.stranger), 404)
        self.fault(self.delete(server, token=self.reader), 403)
        self.fault(self.delete(server, version='1.3'), 404)
        self.assertEqual('active', self.show(server)['status'])
