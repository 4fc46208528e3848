"""Which projects may use a flavor that is not public; traits."""

from __future__ import annotations

import ddt

from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone


@ddt.ddt
class AccessTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        self.public = self.make_flavor()
        private = self.make_flavor(name='private', is_public=False)
        self.path = f'/v1/flavors/{private["uuid"]}/access'
        self.public_path = f'/v1/flavors/{self.public["uuid"]}/access'

    def add(self, project, path=None):
        return self.call(
            'POST', path or self.path, json={'tenant_id': project}
        )

    def test_projects_are_added_and_listed(self):
        self.assertEqual(
            {'flavor_access': []}, self.call('GET', self.path).json
        )
        for project in ('q', 'p', 'q'):
            answer = self.add(project)
            self.assertEqual((204, ''), (answer.status_code, answer.text))
        self.assertEqual(
            {'flavor_access': ['p', 'q']}, self.call('GET', self.path).json
        )

    def test_project_is_removed(self):
        self.add('p')
        answer = self.call('DELETE', f'{self.path}/p')
        self.assertEqual(204, answer.status_code)
        error = self.fault(self.call('DELETE', f'{self.path}/p'), 404)
        self.assertEqual(
            'baremetal-compute.flavor_access_not_found', error['code']
        )
        self.assertIn('"p"', error['detail'])

    def test_public_flavor_has_no_list(self):
        error = self.fault(self.call('GET', self.public_path), 404)
        self.assertEqual('baremetal-compute.flavor_is_public', error['code'])
        error = self.fault(self.add('p', self.public_path), 409)
        self.assertEqual('baremetal-compute.flavor_is_public', error['code'])

    @ddt.data({}, {'tenant_id': ''}, {'project_id': 'p'}, {'tenant_id': 1})
    def test_bad_body_is_a_bad_request(self, body):
        self.fault(self.call('POST', self.path, json=body), 400)

    def test_unknown_flavor(self):
        path = f'/v1/flavors/{base.uuid(9, 9)}/access'
        for method, where in (
            ('GET', path),
            ('POST', path),
            ('DELETE', f'{path}/p'),
        ):
            body = {'tenant_id': 'p'} if method == 'POST' else None
            error = self.fault(self.call(method, where, json=body), 404)
            self.assertEqual(
                'baremetal-compute.flavor_not_found', error['code']
            )

    def test_needs_1_4(self):
        for method, path in (
            ('GET', self.path),
            ('POST', self.path),
            ('DELETE', f'{self.path}/p'),
        ):
            error = self.fault(self.call(method, path, version='1.3'), 404)
            self.assertEqual(
                'baremetal-compute.version_too_low', error['code']
            )


class VisibleTest(keystone.KeystoneTest):
    def setUp(self):
        super().setUp()
        self.uuids = {}
        for name in ('public', 'mine', 'theirs'):
            answer = self.call(
                'POST',
                '/v1/flavors',
                token=self.admin(),
                json={
                    'name': name,
                    'resources': {'x': 1},
                    'is_public': name == 'public',
                },
            )
            self.uuids[name] = answer.json['uuid']
        for name, project in (('mine', 'p'), ('theirs', 'q')):
            path = f'/v1/flavors/{self.uuids[name]}/access'
            self.call(
                'POST', path, token=self.admin(), json={'tenant_id': project}
            )
        self.member = self.token('member', 'reader', project='p')

    def names(self, token, query=''):
        answer = self.call('GET', f'/v1/flavors{query}', token=token)
        return [flavor['name'] for flavor in answer.json['flavors']]

    def test_project_with_access_sees_the_flavor(self):
        self.assertEqual(['public', 'mine'], self.names(self.member))
        self.assertEqual(['mine'], self.names(self.member, '?is_public=false'))
        path = f'/v1/flavors/{self.uuids["mine"]}'
        self.assertEqual(
            200, self.call('GET', path, token=self.member).status_code
        )

    def test_flavor_of_others_does_not_exist(self):
        path = f'/v1/flavors/{self.uuids["theirs"]}'
        self.fault(self.call('GET', path, token=self.member), 404)
        self.assertEqual([], self.names(self.member, '?name=theirs'))

    def test_reader_without_project_sees_what_is_public(self):
        reader = self.token('reader', system=True)
        self.assertEqual(['public'], self.names(reader))
        path = f'/v1/flavors/{self.uuids["mine"]}'
        self.fault(self.call('GET', path, token=reader), 404)

    def test_access_that_is_taken_away(self):
        path = f'/v1/flavors/{self.uuids["mine"]}/access/p'
        self.call('DELETE', path, token=self.admin())
        self.assertEqual(['public'], self.names(self.member))

    def test_members_see_and_change_no_access(self):
        path = f'/v1/flavors/{self.uuids["mine"]}/access'
        for method, where in (
            ('GET', path),
            ('POST', path),
            ('DELETE', f'{path}/p'),
        ):
            self.fault(self.call(method, where, token=self.member), 403)


@ddt.ddt
class TraitsTest(base.ApiTest):
    BODY = {
        'name': 'gold',
        'resources': {'gold': 1},
        'traits': ['CUSTOM_GPU', 'HW_CPU_X86_VMX'],
    }

    def make(self):
        answer = self.call(
            'POST', '/v1/flavors', json=self.BODY, version='1.4'
        )
        self.assertEqual(201, answer.status_code, answer.text)
        return f'/v1/flavors/{answer.json["uuid"]}'

    def test_traits_are_stored_and_shown(self):
        path = self.make()
        shown = self.call('GET', path, version='1.4').json
        self.assertEqual(self.BODY['traits'], shown['traits'])
        [listed] = self.call('GET', '/v1/flavors', version='1.4').json[
            'flavors'
        ]
        self.assertEqual(shown, listed)

    def test_flavor_without_traits_has_none(self):
        self.make_flavor()
        [shown] = self.call('GET', '/v1/flavors', version='1.4').json[
            'flavors'
        ]
        self.assertEqual([], shown['traits'])

    @ddt.data(None, '1.1', '1.3')
    def test_before_1_4_there_are_none(self, version):
        path = self.make()
        shown = self.call('GET', path, version=version).json
        self.assertNotIn('traits', shown)
        answer = self.call(
            'POST',
            '/v1/flavors',
            json={**self.BODY, 'name': 'other'},
            version=version,
        )
        self.assertIn('traits', self.fault(answer, 400)['detail'])
        patch = [{'op': 'replace', 'path': '/traits', 'value': []}]
        answer = self.call('PATCH', path, json=patch, version=version)
        self.assertIn('/traits', self.fault(answer, 400)['detail'])

    def test_traits_are_changed(self):
        path = self.make()
        answer = self.call(
            'PATCH',
            path,
            version='1.4',
            json=[
                {'op': 'add', 'path': '/traits/-', 'value': 'CUSTOM_SSD'},
                {'op': 'remove', 'path': '/traits/0'},
            ],
        )
        self.assertEqual(
            ['HW_CPU_X86_VMX', 'CUSTOM_SSD'], answer.json['traits']
        )
        self.assertEqual(
            answer.json, self.call('GET', path, version='1.4').json
        )

    @ddt.data(['lower'], ['A', 'A'], 'A', [''], [1])
    def test_bad_traits_are_a_bad_request(self, traits):
        answer = self.call(
            'POST',
            '/v1/flavors',
            json={**self.BODY, 'traits': traits},
            version='1.4',
        )
        self.assertIn('traits', self.fault(answer, 400)['detail'])

    def test_patch_of_another_version_keeps_them(self):
        path = self.make()
        patch = [{'op': 'replace', 'path': '/name', 'value': 'new'}]
        self.call('PATCH', path, json=patch, version='1.3')
        shown = self.call('GET', path, version='1.4').json
        self.assertEqual(
            ('new', self.BODY['traits']), (shown['name'], shown['traits'])
        )
