"""Who may do what, with tokens, with passwords, and with neither."""

from __future__ import annotations

import base64
import logging
import os
import pathlib

import bcrypt
import ddt
import fixtures
from keystoneauth1 import fixture as keystone_fixture
import requests
import testtools

from moganclient.service.api import authentication
from moganclient.service import conf as service_conf
from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone

KEYSTONE = keystone.KEYSTONE


@ddt.ddt
class TokenTest(keystone.KeystoneTest):
    @ddt.data(None, 'nonsense')
    def test_without_valid_token_it_is_unauthorized(self, token):
        answer = self.call('GET', '/v1/servers', token=token)
        error = self.fault(answer, 401)
        self.assertEqual('baremetal-compute.unauthorized', error['code'])
        self.assertIn('Keystone uri=', answer.headers['WWW-Authenticate'])
        self.assertEqual(
            error['request_id'], answer.headers['X-OpenStack-Request-Id']
        )

    def test_keystone_is_not_waited_for_beyond_the_deadline(self):
        self.call('GET', '/v1/flavors', token=self.admin())
        timeouts = {one.timeout for one in self.keystone.request_history}
        # A fifth of 60 s, because it is asked up to four times.
        self.assertEqual({12}, timeouts)

    @ddt.data('/', '/v1', '/v1/', '/healthcheck')
    def test_discovery_and_health_need_no_token(self, path):
        self.assertEqual(200, self.call('GET', path).status_code)

    def test_unknown_path_needs_a_token(self):
        self.fault(self.call('GET', '/v1/nonesuch'), 401)

    def test_headers_of_the_caller_say_nothing_about_the_caller(self):
        answer = self.call(
            'GET',
            '/v1/adoptable_nodes',
            headers={
                'X-Identity-Status': 'Confirmed',
                'X-Roles': 'admin',
                'OpenStack-System-Scope': 'all',
            },
        )
        self.fault(answer, 401)

    def test_health_in_detail_is_for_admins(self):
        path = '/healthcheck?detailed=true'
        self.fault(self.call('GET', path), 401)
        member = self.token('member', 'reader', project='p')
        self.fault(self.call('GET', path, token=member), 403)
        answer = self.call('GET', path, token=self.admin())
        self.assertEqual(200, answer.status_code)
        self.assertIn('checks', answer.json)

    def test_health_in_detail_cannot_be_had_by_another_spelling(self):
        answer = self.call('GET', '/healthcheck?detai%6ced=true')
        self.fault(answer, 403)

    def test_keystone_that_is_down_is_unavailable(self):
        self.keystone.get(
            f'{KEYSTONE}/v3/auth/tokens', exc=requests.ConnectionError
        )
        answer = self.call('GET', '/v1/servers', token=self.admin())
        self.assertIn('Keystone', self.fault(answer, 503)['detail'])
        self.assertIn('Retry-After', answer.headers)

    def test_account_that_keystone_refuses_is_unavailable(self):
        self.keystone.post(f'{KEYSTONE}/v3/auth/tokens', status_code=401)
        answer = self.call('GET', '/v1/servers', token=self.admin())
        self.assertNotIn('pa55', answer.text)
        self.fault(answer, 503)

    def test_keystone_without_endpoint_is_unavailable(self):
        self.keystone.post(
            f'{KEYSTONE}/v3/auth/tokens',
            json=keystone_fixture.V3Token(),
            headers={'X-Subject-Token': 'of-the-service'},
        )
        log = self.useFixture(fixtures.FakeLogger())
        answer = self.call('GET', '/v1/servers', token=self.admin())
        self.assertIn('Keystone', self.fault(answer, 503)['detail'])
        self.assertIn('[keystone_authtoken]', log.output)

    def test_token_is_not_in_the_log(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        token = self.admin()
        self.call('GET', '/v1/adoptable_nodes', token=token)
        self.call('GET', '/v1/servers', token='nonsense-token')
        self.assertIn('GET /v1/adoptable_nodes: 200', log.output)
        for secret in (token, 'nonsense-token', 'of-the-service', 'pa55'):
            self.assertNotIn(secret, log.output)


@ddt.ddt
class AdoptionTest(keystone.KeystoneTest):
    ACTIONS = (
        ('GET', '/v1/adoptable_nodes', None),
        ('GET', '/v1/adoptable_nodes/node-1', None),
        ('POST', '/v1/servers/manage', {}),
        ('POST', '/v1/flavors', {}),
    )

    def test_plain_project_admin_is_forbidden(self):
        token = self.token('admin', 'member', 'reader', project='plain')
        for method, path, body in self.ACTIONS:
            error = self.fault(
                self.call(method, path, token=token, json=body), 403
            )
            self.assertEqual('baremetal-compute.forbidden', error['code'])

    @ddt.data(
        {'roles': ('member', 'reader'), 'project': 'admins'},
        {'roles': ('reader',), 'project': 'p'},
        {'roles': ('reader',), 'system': True},
        {'roles': ('admin',), 'domain': 'default'},
        {'roles': ('service',), 'project': 'service'},
        {'roles': ()},
    )
    def test_others_are_forbidden(self, who):
        who = dict(who)
        token = self.token(*who.pop('roles'), **who)
        for method, path, body in self.ACTIONS:
            self.fault(self.call(method, path, token=token, json=body), 403)

    def test_admin_of_the_admin_project_may(self):
        answer = self.call('GET', '/v1/adoptable_nodes', token=self.admin())
        self.assertEqual(200, answer.status_code)

    def test_admin_with_system_scope_may(self):
        token = self.token('admin', system=True)
        answer = self.call('GET', '/v1/adoptable_nodes', token=token)
        self.assertEqual(200, answer.status_code)


class NoAdminProjectTest(keystone.KeystoneTest):
    OPTIONS = {'DEFAULT': {'auth_strategy': 'keystone'}}

    def test_only_system_scope_may(self):
        token = self.token('admin', project='admins')
        self.fault(self.call('GET', '/v1/adoptable_nodes', token=token), 403)
        token = self.token('admin', system=True)
        self.assertEqual(
            200,
            self.call('GET', '/v1/adoptable_nodes', token=token).status_code,
        )


class AdminProjectByNameTest(keystone.KeystoneTest):
    OPTIONS = {
        'DEFAULT': {'auth_strategy': 'keystone'},
        'api': {'admin_project_name': 'admin'},
    }

    def status(self, **project):
        token = self.token('admin', **project)
        return self.call('GET', '/v1/adoptable_nodes', token=token).status_code

    def test_project_of_that_name_and_domain_may(self):
        self.assertEqual(200, self.status(project='1', name='admin'))

    def test_project_of_that_name_in_another_domain_may_not(self):
        self.assertEqual(
            403, self.status(project='1', name='admin', domain_id='other')
        )

    def test_project_of_another_name_may_not(self):
        self.assertEqual(403, self.status(project='1', name='Admin'))


class ManageForTest(keystone.KeystoneTest):
    def setUp(self):
        super().setUp()
        self.who = self.admin()
        self.system = self.token('admin', system=True)
        answer = self.call(
            'POST',
            '/v1/flavors',
            token=self.who,
            json={'name': 'gold', 'resources': {'baremetal.gold': 1}},
        )
        self.body = {
            'name': 'server-1',
            'node_uuid': base.uuid(1, 1),
            'flavor_uuid': answer.json['uuid'],
            'networks': [{'port_id': base.uuid(3, 1)}],
        }

    def post(self, token, version, **more):
        return self.call(
            'POST',
            '/v1/servers/manage',
            token=token,
            version=version,
            json={**self.body, **more},
        )

    def test_default_is_the_callers_project_and_user(self):
        server = self.post(self.who, '1.1').json
        self.assertEqual(
            ('admins', 'user-1'), (server['project_id'], server['user_id'])
        )

    def test_system_scope_has_to_name_a_project(self):
        error = self.fault(self.post(self.system, '1.2'), 400)
        self.assertEqual('baremetal-compute.project_needed', error['code'])
        self.assertIn('project_id', error['detail'])

    def test_system_scope_is_told_of_1_2_at_1_1(self):
        error = self.fault(self.post(self.system, '1.1'), 400)
        self.assertIn('1.2', error['detail'])

    def test_system_scope_with_project_may(self):
        answer = self.post(self.system, '1.2', project_id='p')
        self.assertEqual(201, answer.status_code, answer.text)
        self.assertEqual('p', answer.json['project_id'])


class ProjectTest(keystone.KeystoneTest):
    """Servers of a project, as its members and readers see them."""

    HIDDEN = {'node', 'node_uuid', 'affinity_zone', 'system_metadata'}

    def setUp(self):
        super().setUp()
        who = self.admin()
        flavor = self.call(
            'POST',
            '/v1/flavors',
            token=who,
            json={'name': 'gold', 'resources': {'baremetal.gold': 1}},
        ).json
        self.servers = []
        for number, project in ((1, 'p'), (2, 'q')):
            answer = self.call(
                'POST',
                '/v1/servers/manage',
                token=who,
                version='1.2',
                json={
                    'name': f'server-{number}',
                    'node_uuid': base.uuid(1, number),
                    'flavor_uuid': flavor['uuid'],
                    'networks': [{'port_id': base.uuid(3, number)}],
                    'project_id': project,
                },
            )
            self.assertEqual(201, answer.status_code, answer.text)
            self.servers.append(answer.json['uuid'])
        self.mine, self.others = self.servers
        self.member = self.token('member', 'reader', project='p')
        self.reader = self.token('reader', project='p')

    def names(self, token, query=''):
        answer = self.call('GET', f'/v1/servers/detail{query}', token=token)
        self.assertEqual(200, answer.status_code, answer.text)
        return [server['name'] for server in answer.json['servers']]

    def test_list_has_those_of_the_project(self):
        self.assertEqual(['server-1'], self.names(self.reader))
        self.assertEqual(
            ['server-1'], self.names(self.reader, '?project_id=p')
        )

    def test_member_does_not_see_where_it_runs(self):
        for path in ('/v1/servers/detail', f'/v1/servers/{self.mine}'):
            found = self.call('GET', path, token=self.member).json
            for server in found.get('servers', [found]):
                self.assertEqual(set(), self.HIDDEN & set(server))
                self.assertEqual('p', server['project_id'])

    def test_member_cannot_ask_for_where_it_runs(self):
        for query in ('fields=node', 'sort=node', 'sort=node_uuid'):
            answer = self.call(
                'GET', f'/v1/servers?{query}', token=self.member
            )
            known = self.fault(answer, 400)['detail'].partition('known are')
            self.assertNotIn('node', known[2])

    def test_lists_of_others_are_for_admins(self):
        for query in ('project_id=q', 'all_projects=true', 'node=node-1'):
            answer = self.call(
                'GET', f'/v1/servers?{query}', token=self.member
            )
            self.fault(answer, 403)

    def test_admin_sees_the_others_when_asked(self):
        self.assertEqual([], self.names(self.admin()))
        self.assertEqual(
            ['server-1', 'server-2'],
            self.names(self.admin(), '?all_projects=true'),
        )

    def test_system_scope_sees_all(self):
        token = self.token('admin', system=True)
        self.assertEqual(['server-1', 'server-2'], self.names(token))

    def test_server_of_another_project_does_not_exist(self):
        patch = [{'op': 'replace', 'path': '/name', 'value': 'x'}]
        path = f'/v1/servers/{self.others}'
        for method, more, body in (
            ('GET', '', None),
            ('PATCH', '', patch),
            ('POST', '/unmanage', {}),
        ):
            error = self.fault(
                self.call(method, path + more, token=self.member, json=body),
                404,
            )
            nonesuch = self.fault(
                self.call(
                    method,
                    f'/v1/servers/{base.uuid(9, 9)}{more}',
                    token=self.member,
                    json=body,
                ),
                404,
            )
            self.assertEqual(
                nonesuch['detail'].replace(base.uuid(9, 9), self.others),
                error['detail'],
            )

    def test_member_changes_and_reader_does_not(self):
        patch = [{'op': 'replace', 'path': '/name', 'value': 'x'}]
        path = f'/v1/servers/{self.mine}'
        self.fault(
            self.call('PATCH', path, token=self.reader, json=patch), 403
        )
        answer = self.call('PATCH', path, token=self.member, json=patch)
        self.assertEqual('x', answer.json['name'])
        self.assertNotIn('node', answer.json)

    def test_member_does_not_let_go(self):
        answer = self.call(
            'POST',
            f'/v1/servers/{self.mine}/unmanage',
            token=self.member,
            json={},
        )
        self.fault(answer, 403)

    def test_without_role_nothing_is_seen(self):
        token = self.token('other', project='p')
        self.fault(self.call('GET', '/v1/servers', token=token), 403)
        self.fault(
            self.call('GET', f'/v1/servers/{self.mine}', token=token), 404
        )


class FlavorTest(keystone.KeystoneTest):
    def setUp(self):
        super().setUp()
        self.member = self.token('member', 'reader', project='p')
        self.flavors = {}
        for name in ('public', 'private'):
            self.flavors[name] = self.call(
                'POST',
                '/v1/flavors',
                token=self.admin(),
                json={
                    'name': name,
                    'resources': {'x': 1},
                    'is_public': name == 'public',
                },
            ).json

    def names(self, token, query=''):
        answer = self.call('GET', f'/v1/flavors{query}', token=token)
        return [flavor['name'] for flavor in answer.json['flavors']]

    def test_private_flavor_is_not_listed(self):
        self.assertEqual(['public'], self.names(self.member))
        self.assertEqual([], self.names(self.member, '?is_public=false'))
        self.assertEqual([], self.names(self.member, '?name=private'))

    def test_private_flavor_does_not_exist(self):
        path = f'/v1/flavors/{self.flavors["private"]["uuid"]}'
        self.fault(self.call('GET', path, token=self.member), 404)

    def test_admin_sees_both(self):
        self.assertEqual(['public', 'private'], self.names(self.admin()))

    def test_member_sees_and_changes_nothing(self):
        path = f'/v1/flavors/{self.flavors["public"]["uuid"]}'
        self.assertEqual(
            200, self.call('GET', path, token=self.member).status_code
        )
        patch = [{'op': 'replace', 'path': '/name', 'value': 'x'}]
        for method, body in (('PATCH', patch), ('DELETE', None)):
            self.fault(
                self.call(method, path, token=self.member, json=body), 403
            )


@ddt.ddt
class HttpBasicTest(base.ApiTest):
    OPTIONS = {'DEFAULT': {'auth_strategy': 'http_basic'}}

    def setUp(self):
        directory = self.useFixture(fixtures.TempDir()).path
        self.file = pathlib.Path(directory) / 'htpasswd'
        self.write('pa55')
        self.OPTIONS = {
            **self.OPTIONS,
            'http_basic': {'user_file': str(self.file)},
        }
        super().setUp()

    def write(self, password):
        crypted = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4))
        self.file.write_text(f'ann:{crypted.decode()}\n')

    def get(self, user, password, path='/v1/adoptable_nodes'):
        pair = base64.b64encode(f'{user}:{password}'.encode()).decode()
        return self.call(
            'GET', path, headers={'Authorization': f'Basic {pair}'}
        )

    def test_right_password_is_admin(self):
        self.assertEqual(200, self.get('ann', 'pa55').status_code)

    def test_it_is_still_right_the_second_time(self):
        self.get('ann', 'pa55')
        self.assertEqual(200, self.get('ann', 'pa55').status_code)

    @ddt.data(
        ('ann', 'wrong'), ('bob', 'pa55'), ('ann', ''), ('ann', 'x' * 100)
    )
    @ddt.unpack
    def test_wrong_password_is_unauthorized(self, user, password):
        answer = self.get(user, password)
        error = self.fault(answer, 401)
        self.assertIn('password', error['detail'])
        self.assertTrue(
            answer.headers['WWW-Authenticate'].startswith('Basic realm=')
        )

    @ddt.data('Bearer x', 'Basic', 'Basic !!!', 'Basic YW5u', '')
    def test_odd_header_is_unauthorized(self, header):
        answer = self.call(
            'GET', '/v1/servers', headers={'Authorization': header}
        )
        self.fault(answer, 401)

    def test_changed_file_counts_at_once(self):
        self.get('ann', 'pa55')
        before = self.file.stat()
        self.write('new')
        os.utime(self.file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
        self.fault(self.get('ann', 'pa55'), 401)
        self.assertEqual(200, self.get('ann', 'new').status_code)

    def test_discovery_needs_no_password(self):
        self.assertEqual(200, self.call('GET', '/v1').status_code)

    def test_server_has_project_and_user(self):
        pair = base64.b64encode(b'ann:pa55').decode()
        flavor = self.call(
            'POST',
            '/v1/flavors',
            headers={'Authorization': f'Basic {pair}'},
            json={'name': 'gold', 'resources': {'baremetal.gold': 1}},
        ).json
        server = self.call(
            'POST',
            '/v1/servers/manage',
            headers={'Authorization': f'Basic {pair}'},
            json={
                'name': 's',
                'node_uuid': base.uuid(1, 1),
                'flavor_uuid': flavor['uuid'],
                'networks': [{'port_id': base.uuid(3, 1)}],
            },
        ).json
        self.assertEqual(
            ('local', 'ann'), (server['project_id'], server['user_id'])
        )


@ddt.ddt
class ConfigurationTest(testtools.TestCase):
    def conf(self, **options):
        conf = service_conf.load(config_files=[])
        for name, value in options.items():
            group, _, name = name.rpartition('__')
            conf.set_override(name, value, group or None)
        return conf

    def refused(self, **options):
        error = self.assertRaises(
            exceptions.ConfigError,
            authentication.build,
            lambda environ, start_response: [],
            self.conf(**options),
        )
        return str(error)

    def test_no_strategy_is_refused(self):
        self.assertIn('auth_strategy', self.refused())

    def test_keystone_without_plugin_is_refused(self):
        self.assertIn(
            '[keystone_authtoken]', self.refused(auth_strategy='keystone')
        )

    def test_keystone_with_a_plugin_that_is_none_is_refused(self):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'c'
        path.write_text(
            '[DEFAULT]\nauth_strategy = keystone\n'
            '[keystone_authtoken]\nauth_type = nonesuch\n'
        )
        error = self.assertRaises(
            exceptions.ConfigError,
            authentication.build,
            lambda environ, start_response: [],
            service_conf.load(config_files=[str(path)]),
        )
        self.assertIn('nonesuch', str(error))

    def test_missing_user_file_is_refused(self):
        self.assertIn(
            '/nonesuch',
            self.refused(
                auth_strategy='http_basic', http_basic__user_file='/nonesuch'
            ),
        )

    @ddt.data('ann:{SHA}x\n', 'ann:pa55\n')
    def test_user_file_without_bcrypt_is_refused(self, content):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'f'
        path.write_text(content)
        sentence = self.refused(
            auth_strategy='http_basic', http_basic__user_file=str(path)
        )
        self.assertIn('htpasswd -B', sentence)
        self.assertNotIn('pa55', sentence)
