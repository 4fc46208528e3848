"""Tests of keypairs."""

from __future__ import annotations

import logging

import ddt
import fixtures

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import keypair

KEYPAIRS = fakes.MOGAN + '/keypairs'
KEYPAIR = {
    'name': 'key1',
    'type': 'ssh',
    'public_key': 'ssh-rsa AAAA',
    'fingerprint': 'd0:30',
    'user_id': 'u1',
}


@ddt.ddt
class TestKeypairs(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(KEYPAIRS, json={'keypairs': [KEYPAIR]})
        self.http.post(KEYPAIRS, json=KEYPAIR, status_code=201)
        self.http.get(f'{KEYPAIRS}/key1', json=KEYPAIR)
        self.http.delete(f'{KEYPAIRS}/key1', status_code=204)

    def test_one_is_made(self):
        made = self.client.keypair.create(name='key1')
        self.assertEqual('key1', made.name)
        self.assertEqual({'name': 'key1'}, self.body)

    def test_the_private_key_is_there_once(self):
        self.http.post(
            KEYPAIRS, json={**KEYPAIR, 'private_key': 'PEM'}, status_code=201
        )
        self.assertEqual('PEM', self.client.keypair.create('key1').private_key)
        self.assertIsNone(self.client.keypair.get('key1').private_key)

    def test_the_private_key_is_in_no_log(self):
        self.http.post(
            KEYPAIRS, json={**KEYPAIR, 'private_key': 'PEM'}, status_code=201
        )
        logged = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.client.keypair.create('key1')
        self.assertNotIn('PEM', logged.output)
        self.assertIn('POST', logged.output)

    def test_the_private_key_is_in_no_repr(self):
        made = keypair.Keypair({**KEYPAIR, 'private_key': 'PEM'})
        self.assertEqual("<Keypair 'key1'>", repr(made))

    def test_one_is_imported_for_another_user(self):
        self.client.keypair.create(
            name='key1', public_key='ssh-rsa AAAA', user_id='u2'
        )
        self.assertEqual(
            {
                'name': 'key1',
                'public_key': 'ssh-rsa AAAA',
                'user_id': 'u2',
            },
            self.body,
        )

    def test_as_the_predecessor_did(self):
        self.client.keypair.create('key1', 'u2', 'ssh-rsa AAAA', 'x509')
        self.assertEqual(
            {
                'name': 'key1',
                'user_id': 'u2',
                'public_key': 'ssh-rsa AAAA',
                'type': 'x509',
            },
            self.body,
        )

    @ddt.data(None, 'ssh')
    def test_the_usual_type_is_not_said(self, key_type):
        self.client.keypair.create('key1', key_type=key_type)
        self.assertEqual({'name': 'key1'}, self.body)

    def test_another_type(self):
        self.client.keypair.create('key1', key_type='x509')
        self.assertEqual({'name': 'key1', 'type': 'x509'}, self.body)

    @ddt.data(
        {'name': 'a/b!'},
        {'name': 'k', 'key_type': 'dsa'},
        {'name': 'k', 'public_key': ''},
    )
    def test_nothing_that_is_wrong_is_sent(self, wrong):
        self.assertRaises(
            exceptions.ValidationError, self.client.keypair.create, **wrong
        )
        self.assertEqual([], self.sent())

    def test_list(self):
        (found,) = self.client.keypair.list()
        self.assertEqual(KEYPAIR, found.to_dict())
        self.assertEqual(['GET /keypairs'], self.sent())

    def test_list_of_another_user(self):
        self.client.keypair.list(user_id='u2')
        self.assertEqual(['GET /keypairs?user_id=u2'], self.sent())

    def test_get(self):
        self.assertEqual('u1', self.client.keypair.get('key1').user_id)

    def test_get_of_another_user(self):
        self.client.keypair.get('key1', user_id='u2')
        self.assertEqual(['GET /keypairs/key1?user_id=u2'], self.sent())

    def test_a_name_that_looks_like_a_uuid_is_left_alone(self):
        name = fakes.OTHER_UUID.upper()
        self.http.get(f'{KEYPAIRS}/{name}', json={**KEYPAIR, 'name': name})
        self.client.keypair.get(name)
        self.assertEqual(f'{KEYPAIRS}/{name}', self.http.last_request.url)

    def test_an_answer_without_a_name_is_none(self):
        self.http.get(f'{KEYPAIRS}/key1', json={'uuid': fakes.OTHER_UUID})
        error = self.assertRaises(
            exceptions.MalformedResponse, self.client.keypair.get, 'key1'
        )
        self.assertIn('it has no name', error.message)

    @ddt.data('key1', keypair.Keypair(KEYPAIR))
    def test_delete(self, thing):
        self.assertIsNone(self.client.keypair.delete(thing, user_id='u2'))
        self.assertEqual(['DELETE /keypairs/key1?user_id=u2'], self.sent())

    def test_two_of_a_name_are_equal_where_they_say_the_same(self):
        self.assertEqual(
            1, len({keypair.Keypair(KEYPAIR), keypair.Keypair(dict(KEYPAIR))})
        )


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        for call in (
            lambda: self.client.keypair.list(),
            lambda: self.client.keypair.get('k'),
            lambda: self.client.keypair.create('k'),
            lambda: self.client.keypair.delete('k'),
        ):
            error = self.assertRaises(exceptions.UnsupportedVersion, call)
            self.assertIn('1.4 is needed for keypairs', error.message)
        self.assertEqual([], self.sent())
