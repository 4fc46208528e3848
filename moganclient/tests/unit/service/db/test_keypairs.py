"""Keypairs in the database."""

from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class Keypairs(base.Base):
    def keypair(self, **values):
        return self.db.create_keypair(base.new_keypair(**values))

    def test_everything_is_stored(self):
        values = {
            'user_id': 'u' * 64,
            'name': 'my key-1_',
            'type': 'x509',
            'fingerprint': '4d:af',
            'public_key': 'x' * 16384,
        }
        created = self.keypair(**values)
        found = base.columns(self.db.get_keypair('u' * 64, 'my key-1_'))
        self.assertEqual(base.columns(created), found)
        for name, value in values.items():
            self.assertEqual(value, found[name])
        self.assertIsNotNone(found['created_at'])
        self.assertIsNone(found['updated_at'])

    def test_name_that_the_user_has(self):
        self.keypair()
        error = self.assertRaises(exceptions.Conflict, self.keypair)
        self.assertEqual('keypair_exists', error.code)
        self.assertIn('"mine"', error.detail)

    def test_other_users_have_names_of_their_own(self):
        self.keypair(user_id='someone', fingerprint='1')
        self.keypair(user_id='other', fingerprint='2')
        self.assertEqual('2', self.db.get_keypair('other', 'mine').fingerprint)

    def test_names_in_another_case_are_others(self):
        self.keypair(name='mine')
        self.assertRaises(
            exceptions.KeypairNotFound, self.db.get_keypair, 'someone', 'Mine'
        )

    def test_list_is_of_one_user_in_the_order_of_creation(self):
        for name in ('b', 'a', 'c'):
            self.keypair(name=name)
        self.keypair(user_id='other')
        self.assertEqual(
            ['b', 'a', 'c'],
            [found.name for found in self.db.list_keypairs('someone')],
        )
        self.assertEqual([], self.db.list_keypairs('nobody'))

    def test_delete(self):
        self.keypair()
        self.keypair(user_id='other')
        self.db.delete_keypair('someone', 'mine')
        self.assertEqual([], self.db.list_keypairs('someone'))
        self.assertEqual(1, len(self.db.list_keypairs('other')))

    def test_unknown(self):
        for work in (self.db.get_keypair, self.db.delete_keypair):
            error = self.assertRaises(
                exceptions.KeypairNotFound, work, 'someone', 'nope'
            )
            self.assertIn('"nope"', error.detail)
