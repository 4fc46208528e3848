"""Keypairs through the whole application, and whose they are."""

from __future__ import annotations

import logging
import urllib.parse

import ddt
import fixtures

from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone
from moganclient.tests.unit.service import test_keypairs

PUBLIC_KEY = test_keypairs.CAPTURED
FINGERPRINT = test_keypairs.CAPTURED_FINGERPRINT


@ddt.ddt
class KeypairTest(base.ApiTest):
    def create(self, **body):
        return self.call('POST', '/v1/keypairs', json={'name': 'key1', **body})

    def test_imported_key(self):
        answer = self.create(public_key=PUBLIC_KEY)
        self.assertEqual(201, answer.status_code, answer.text)
        shown = dict(answer.json)
        self.assertRegex(
            shown.pop('created_at'),
            r'^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$',
        )
        self.assertEqual(
            {
                'name': 'key1',
                'type': 'ssh',
                'fingerprint': FINGERPRINT,
                'public_key': PUBLIC_KEY,
                'user_id': 'local',
                'updated_at': None,
                'links': [
                    {
                        'rel': 'self',
                        'href': 'http://localhost/v1/keypairs/key1',
                    },
                    {
                        'rel': 'bookmark',
                        'href': 'http://localhost/keypairs/key1',
                    },
                ],
            },
            shown,
        )

    def test_location_leads_to_the_keypair(self):
        answer = self.create(public_key=PUBLIC_KEY)
        self.assertEqual(
            answer.json, self.call('GET', answer.headers['Location']).json
        )

    def test_key_that_is_made_is_there_once(self):
        answer = self.create()
        self.assertEqual(201, answer.status_code, answer.text)
        private = answer.json['private_key']
        self.assertIn('PRIVATE KEY', private)
        shown = {**answer.json}
        del shown['private_key']
        self.assertEqual(shown, self.call('GET', '/v1/keypairs/key1').json)
        self.assertEqual(
            [shown], self.call('GET', '/v1/keypairs').json['keypairs']
        )
        [row] = self.runtime.db.list_keypairs('local')
        self.assertNotIn(private.split()[-4], repr(vars(row)))

    def test_certificate_that_is_made(self):
        answer = self.create(type='x509')
        self.assertEqual('x509', answer.json['type'])
        self.assertTrue(
            answer.json['public_key'].startswith('-----BEGIN CERTIFICATE---')
        )
        self.assertRegex(answer.json['private_key'], r'^[A-Za-z0-9+/]+=*$')
        self.assertRegex(
            answer.json['fingerprint'], r'^([0-9a-f]{2}:){19}[0-9a-f]{2}$'
        )

    def test_private_key_is_not_in_the_log(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        private = self.create().json['private_key']
        self.assertIn('/v1/keypairs', log.output)
        self.assertNotIn(private.splitlines()[1], log.output)
        self.assertNotIn('PRIVATE KEY', log.output)

    def test_private_key_that_is_sent_is_in_no_log_and_no_answer(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        private = self.create().json['private_key']
        answer = self.create(name='key2', public_key=private)
        self.assertEqual(
            'baremetal-compute.invalid_public_key',
            self.fault(answer, 400)['code'],
        )
        for text in (answer.text, log.output):
            self.assertNotIn(private.splitlines()[1], text)

    def test_name_that_is_taken_is_a_conflict(self):
        self.create(public_key=PUBLIC_KEY)
        error = self.fault(self.create(public_key=PUBLIC_KEY), 409)
        self.assertEqual('baremetal-compute.keypair_exists', error['code'])

    @ddt.data(
        ({'name': 'a/b!'}, "'a/b!'"),
        ({'name': ''}, 'name'),
        ({'type': 'dsa'}, "'dsa'"),
        ({'public_key': ''}, 'public_key'),
        ({'public_key': 'ssh-rsa x'}, 'Base64'),
        ({'user_id': 'u' * 65}, 'user_id'),
        ({'private_key': 'x'}, 'private_key'),
        ({'type': 'x509', 'public_key': PUBLIC_KEY}, 'certificate'),
    )
    @ddt.unpack
    def test_bad_body_is_a_bad_request(self, body, words):
        self.assertIn(words, self.fault(self.create(**body), 400)['detail'])

    def test_name_with_a_space_has_an_address(self):
        answer = self.create(name='my key', public_key=PUBLIC_KEY)
        self.assertEqual(
            'http://localhost/v1/keypairs/my%20key',
            answer.headers['Location'],
        )
        self.assertEqual(
            'my key', self.call('GET', answer.headers['Location']).json['name']
        )

    def test_deleted_keypair_is_gone(self):
        self.create(public_key=PUBLIC_KEY)
        self.assertEqual(
            204, self.call('DELETE', '/v1/keypairs/key1').status_code
        )
        for method in ('GET', 'DELETE'):
            error = self.fault(self.call(method, '/v1/keypairs/key1'), 404)
            self.assertIn('"key1"', error['detail'])
        self.assertEqual([], self.call('GET', '/v1/keypairs').json['keypairs'])

    def test_admin_acts_for_another_user(self):
        self.create(public_key=PUBLIC_KEY)
        answer = self.create(public_key=PUBLIC_KEY, user_id='other')
        self.assertEqual(
            (201, 'other'), (answer.status_code, answer.json['user_id'])
        )
        path = '/v1/keypairs/key1?user_id=other'
        self.assertEqual('other', self.call('GET', path).json['user_id'])
        [found] = self.call('GET', '/v1/keypairs?user_id=other').json[
            'keypairs'
        ]
        self.assertEqual('other', found['user_id'])
        self.assertEqual(204, self.call('DELETE', path).status_code)
        self.fault(self.call('GET', path), 404)
        self.assertEqual(
            'local', self.call('GET', '/v1/keypairs/key1').json['user_id']
        )

    def test_unknown_argument_is_a_bad_request(self):
        self.fault(self.call('GET', '/v1/keypairs?limit=1'), 400)
        self.fault(self.call('GET', '/v1/keypairs/key1?all=1'), 400)

    @ddt.data(
        ('GET', '/v1/keypairs'),
        ('POST', '/v1/keypairs'),
        ('GET', '/v1/keypairs/key1'),
        ('DELETE', '/v1/keypairs/key1'),
    )
    @ddt.unpack
    def test_needs_1_4(self, method, path):
        error = self.fault(self.call(method, path, version='1.3'), 404)
        self.assertEqual('baremetal-compute.version_too_low', error['code'])

    def test_bookmark_leads_there_too(self):
        self.create(public_key=PUBLIC_KEY)
        self.assertEqual(200, self.call('GET', '/keypairs/key1').status_code)


class OwnerTest(keystone.KeystoneTest):
    def setUp(self):
        super().setUp()
        self.mine = self.token('member', 'reader', project='p', user='u1')
        self.theirs = self.token('member', 'reader', project='p', user='u2')
        self.create(self.mine)

    def create(self, token, **body):
        return self.call(
            'POST',
            '/v1/keypairs',
            token=token,
            json={'name': 'key1', 'public_key': PUBLIC_KEY, **body},
        )

    def test_user_of_the_token_has_it(self):
        answer = self.call('GET', '/v1/keypairs/key1', token=self.mine)
        self.assertEqual('u1', answer.json['user_id'])

    def test_own_id_may_be_said(self):
        path = '/v1/keypairs?user_id=u1'
        found = self.call('GET', path, token=self.mine).json['keypairs']
        self.assertEqual(['key1'], [one['name'] for one in found])

    def test_it_is_the_users_in_every_project(self):
        other = self.token('reader', project='q', user='u1')
        self.assertEqual(
            200,
            self.call('GET', '/v1/keypairs/key1', token=other).status_code,
        )

    def test_others_have_names_of_their_own(self):
        self.fault(
            self.call('GET', '/v1/keypairs/key1', token=self.theirs), 404
        )
        self.assertEqual(201, self.create(self.theirs).status_code)

    def test_nobody_but_an_admin_acts_for_another_user(self):
        path = '/v1/keypairs/key1?user_id=u1'
        for method, where in (
            ('GET', '/v1/keypairs?user_id=u1'),
            ('GET', path),
            ('DELETE', path),
        ):
            error = self.fault(
                self.call(method, where, token=self.theirs), 403
            )
            self.assertIn('keypairs:of_other_users', error['detail'])
        self.fault(self.create(self.theirs, name='x', user_id='u1'), 403)
        self.assertEqual(
            ['key1'],
            [row.name for row in self.runtime.db.list_keypairs('u1')],
        )

    def test_refusal_does_not_tell_whether_there_is_one(self):
        path = '/v1/keypairs/{}?user_id=u1'
        for name in ('key1', 'nope'):
            where = path.format(urllib.parse.quote(name))
            self.fault(self.call('GET', where, token=self.theirs), 403)

    def test_reader_sees_and_changes_nothing(self):
        reader = self.token('reader', project='p', user='u1')
        self.assertEqual(
            200,
            self.call('GET', '/v1/keypairs/key1', token=reader).status_code,
        )
        self.fault(self.create(reader, name='x'), 403)
        self.fault(self.call('DELETE', '/v1/keypairs/key1', token=reader), 403)

    def test_refused_caller_has_no_key_made(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.keypairs.generate',
                lambda *args: self.fail('made one'),
            )
        )
        reader = self.token('reader', project='p', user='u1')
        answer = self.call(
            'POST', '/v1/keypairs', token=reader, json={'name': 'x'}
        )
        self.fault(answer, 403)

    def test_admin_of_the_deployment_acts_for_others(self):
        path = '/v1/keypairs/key1?user_id=u1'
        answer = self.call('DELETE', path, token=self.admin())
        self.assertEqual(204, answer.status_code)
        self.assertEqual([], self.runtime.db.list_keypairs('u1'))
