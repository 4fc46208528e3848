"""Server groups through the whole application."""

from __future__ import annotations

import pathlib

import ddt
import fixtures

from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone


@ddt.ddt
class GroupTest(base.ApiTest):
    def create(self, **body):
        return self.call(
            'POST',
            '/v1/server_groups',
            json={'name': 'sg1', 'policies': ['affinity'], **body},
        )

    def test_shape(self):
        answer = self.create()
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
                'name': 'sg1',
                'policies': ['affinity'],
                'members': [],
                'project_id': 'local',
                'user_id': None,
                'updated_at': None,
                'links': [
                    {
                        'rel': 'self',
                        'href': f'http://localhost/v1/server_groups/{uuid}',
                    },
                    {
                        'rel': 'bookmark',
                        'href': f'http://localhost/server_groups/{uuid}',
                    },
                ],
            },
            shown,
        )

    def test_location_leads_to_the_group(self):
        answer = self.create()
        self.assertEqual(
            answer.json, self.call('GET', answer.headers['Location']).json
        )

    def test_several_may_have_one_name_and_no_policy(self):
        for policies in (['affinity'], ['anti-affinity'], []):
            answer = self.create(policies=policies)
            self.assertEqual(policies, answer.json['policies'])
        found = self.call('GET', '/v1/server_groups').json
        self.assertEqual(['server_groups'], list(found))
        self.assertEqual(3, len(found['server_groups']))

    @ddt.data(
        ({'name': ''}, 'name is empty'),
        ({'policies': ['soft-affinity']}, "'soft-affinity'"),
        ({'policies': ['affinity', 'anti-affinity']}, 'policies'),
        ({'policies': None}, 'policies'),
        ({'rules': {}}, 'rules'),
    )
    @ddt.unpack
    def test_bad_body_is_a_bad_request(self, body, words):
        self.assertIn(words, self.fault(self.create(**body), 400)['detail'])

    def test_policies_are_needed(self):
        answer = self.call('POST', '/v1/server_groups', json={'name': 'x'})
        self.assertIn('policies is missing', self.fault(answer, 400)['detail'])

    def test_members_are_its_servers(self):
        group = self.create().json
        server = self.manage()
        self.runtime.db.update_server(
            server['uuid'], {'group_uuid': group['uuid']}
        )
        path = f'/v1/server_groups/{group["uuid"]}'
        self.assertEqual(
            [server['uuid']], self.call('GET', path).json['members']
        )
        [found] = self.call('GET', '/v1/server_groups').json['server_groups']
        self.assertEqual([server['uuid']], found['members'])

    def test_deleted_group_is_gone_and_its_servers_stay(self):
        group = self.create().json
        server = self.manage()
        self.runtime.db.update_server(
            server['uuid'], {'group_uuid': group['uuid']}
        )
        path = f'/v1/server_groups/{group["uuid"]}'
        self.assertEqual(204, self.call('DELETE', path).status_code)
        self.fault(self.call('GET', path), 404)
        self.fault(self.call('DELETE', path), 404)
        self.assertIsNone(
            self.runtime.db.get_server(server['uuid']).group_uuid
        )

    def test_uuid_may_be_in_upper_case(self):
        group = self.create().json
        path = f'/v1/server_groups/{group["uuid"].upper()}'
        self.assertEqual(group, self.call('GET', path).json)

    def test_name_is_not_found_with_a_hint(self):
        self.create()
        error = self.fault(self.call('GET', '/v1/server_groups/sg1'), 404)
        self.assertEqual(
            'baremetal-compute.server_group_not_found', error['code']
        )
        self.assertIn('GET /v1/server_groups', error['detail'])

    def test_unknown_argument_is_a_bad_request(self):
        self.fault(self.call('GET', '/v1/server_groups?limit=1'), 400)

    @ddt.data(
        ('GET', '/v1/server_groups'),
        ('POST', '/v1/server_groups'),
        ('GET', '/v1/server_groups/x'),
        ('DELETE', '/v1/server_groups/x'),
    )
    @ddt.unpack
    def test_needs_1_4(self, method, path):
        error = self.fault(self.call(method, path, version='1.3'), 404)
        self.assertEqual('baremetal-compute.version_too_low', error['code'])


class ProjectTest(keystone.KeystoneTest):
    def create(self, token):
        return self.call(
            'POST',
            '/v1/server_groups',
            token=token,
            json={'name': 'sg', 'policies': []},
        )

    def test_group_belongs_to_project_and_user_of_the_token(self):
        shown = self.create(self.admin()).json
        self.assertEqual(
            ('admins', 'user-1'), (shown['project_id'], shown['user_id'])
        )

    def test_list_is_of_the_project_of_the_token(self):
        self.create(self.admin())
        rows = self.runtime.db.list_server_groups('admins')
        self.assertEqual(1, len(rows))
        for project, count in (('admins', 1), (None, 1)):
            token = (
                self.admin() if project else self.token('admin', system=True)
            )
            found = self.call('GET', '/v1/server_groups', token=token).json
            self.assertEqual(count, len(found['server_groups']))

    def test_system_scope_has_no_project_for_a_group(self):
        error = self.fault(self.create(self.token('admin', system=True)), 400)
        self.assertEqual('baremetal-compute.project_needed', error['code'])

    def test_members_may_not(self):
        uuid = self.create(self.admin()).json['uuid']
        member = self.token('member', 'reader', project='admins')
        self.fault(self.create(member), 403)
        for method, path in (
            ('GET', '/v1/server_groups'),
            ('GET', f'/v1/server_groups/{uuid}'),
            ('DELETE', f'/v1/server_groups/{uuid}'),
            ('GET', f'/v1/server_groups/{base.uuid(9, 9)}'),
        ):
            self.fault(self.call(method, path, token=member), 403)


class OpenedTest(keystone.KeystoneTest):
    """Where the operator lets members have groups, they have their own."""

    POLICY = """
"baremetal_compute:server_groups:list": "rule:project_reader"
"baremetal_compute:server_groups:get":
  "rule:deployment_admin or rule:project_reader"
"baremetal_compute:server_groups:create": "rule:project_member"
"baremetal_compute:server_groups:delete": "rule:project_member"
"""

    def setUp(self):
        directory = self.useFixture(fixtures.TempDir()).path
        path = pathlib.Path(directory) / 'policy.yaml'
        path.write_text(self.POLICY)
        self.OPTIONS = {
            **self.OPTIONS,
            'oslo_policy': {'policy_file': str(path)},
        }
        super().setUp()
        self.mine = self.token('member', 'reader', project='p')
        self.theirs = self.token('member', 'reader', project='q')
        answer = self.call(
            'POST',
            '/v1/server_groups',
            token=self.mine,
            json={'name': 'sg', 'policies': []},
        )
        self.assertEqual(201, answer.status_code, answer.text)
        self.path = f'/v1/server_groups/{answer.json["uuid"]}'

    def test_others_have_none(self):
        found = self.call('GET', '/v1/server_groups', token=self.theirs).json
        self.assertEqual({'server_groups': []}, found)
        for method in ('GET', 'DELETE'):
            self.fault(self.call(method, self.path, token=self.theirs), 404)

    def test_own_one_is_seen_and_deleted(self):
        found = self.call('GET', '/v1/server_groups', token=self.mine).json
        self.assertEqual(1, len(found['server_groups']))
        reader = self.token('reader', project='p')
        self.assertEqual(
            200, self.call('GET', self.path, token=reader).status_code
        )
        self.fault(self.call('DELETE', self.path, token=reader), 403)
        answer = self.call('DELETE', self.path, token=self.mine)
        self.assertEqual(204, answer.status_code)
