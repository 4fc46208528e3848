"""The static driver's memory, and leases."""

import time

import fixtures
import sqlalchemy as sa

from moganclient.service.db import api
from moganclient.service.db import models
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class Claims(base.Base):
    def setUp(self):
        super().setUp()
        self.store = api.ClaimStore(self.db)

    def test_what_was_put_is_found(self):
        value = {'b': None, 'a': 'Grüße', 'c': {'d': [1, True]}}
        self.assertTrue(self.store.swap('kind', 'key', None, value))
        self.assertEqual({'key': value}, self.store.get_many('kind'))

    def test_what_is_there_is_not_put_again(self):
        self.store.swap('kind', 'key', None, {'a': 1})
        self.assertFalse(self.store.swap('kind', 'key', None, {'a': 2}))
        self.assertEqual({'key': {'a': 1}}, self.store.get_many('kind'))

    def test_swap_of_what_is_there(self):
        self.store.swap('kind', 'key', None, {'a': 1, 'b': 2})
        self.assertTrue(
            self.store.swap('kind', 'key', {'b': 2, 'a': 1}, {'a': 3})
        )
        self.assertEqual({'key': {'a': 3}}, self.store.get_many('kind'))

    def test_swap_of_something_for_the_same(self):
        self.store.swap('kind', 'key', None, {'a': 1})
        self.assertTrue(self.store.swap('kind', 'key', {'a': 1}, {'a': 1}))

    def test_swap_of_what_is_not_there(self):
        self.assertFalse(self.store.swap('kind', 'key', {'a': 1}, {'a': 2}))
        self.store.swap('kind', 'key', None, {'a': 3})
        self.assertFalse(self.store.swap('kind', 'key', {'a': 1}, {'a': 2}))
        self.assertFalse(self.store.swap('kind', 'key', {'a': 1}, None))
        self.assertEqual({'key': {'a': 3}}, self.store.get_many('kind'))

    def test_swap_for_nothing(self):
        self.store.swap('kind', 'key', None, {'a': 1})
        self.assertTrue(self.store.swap('kind', 'key', {'a': 1}, None))
        self.assertEqual({}, self.store.get_many('kind'))

    def test_swap_of_nothing_for_nothing(self):
        self.assertTrue(self.store.swap('kind', 'key', None, None))
        self.store.swap('kind', 'key', None, {'a': 1})
        self.assertFalse(self.store.swap('kind', 'key', None, None))

    def test_kinds_and_keys_are_apart(self):
        self.store.swap('kind', 'key', None, {'a': 1})
        self.store.swap('kind', 'KEY', None, {'a': 2})
        self.store.swap('Kind', 'key', None, {'a': 3})
        self.assertEqual(
            {'key': {'a': 1}, 'KEY': {'a': 2}}, self.store.get_many('kind')
        )

    def test_some_keys(self):
        for key in ('a', 'b', 'c'):
            self.store.swap('kind', key, None, {'is': key})
        self.assertEqual(
            {'a': {'is': 'a'}, 'c': {'is': 'c'}},
            self.store.get_many('kind', ['a', 'c', 'x']),
        )

    def test_more_keys_than_fit_into_one_statement(self):
        self.store.swap('kind', 'k1999', None, {'a': 1})
        keys = [f'k{number}' for number in range(2000)]
        statements = self.statements(
            lambda: self.assertEqual(
                {'k1999': {'a': 1}}, self.store.get_many('kind', keys)
            )
        )
        self.assertEqual(3, len(statements))

    def test_no_keys_ask_nothing(self):
        self.assertEqual(
            [], self.statements(lambda: self.store.get_many('kind', []))
        )


@database.on_every_backend
class Leases(base.Base):
    def setUp(self):
        super().setUp()
        self.now = time.time()
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.db.claims.time.time', lambda: self.now
            )
        )

    def test_first_has_it(self):
        self.assertTrue(self.db.take_lease('recovery', 'me', 10))
        self.assertFalse(self.db.take_lease('recovery', 'you', 10))

    def test_owner_prolongs_it(self):
        self.db.take_lease('recovery', 'me', 10)
        self.now += 9
        self.assertTrue(self.db.take_lease('recovery', 'me', 10))
        self.now += 9
        self.assertFalse(self.db.take_lease('recovery', 'you', 10))

    def test_another_has_it_when_it_is_over(self):
        self.db.take_lease('recovery', 'me', 10)
        self.now += 10.5
        self.assertTrue(self.db.take_lease('recovery', 'you', 10))
        self.assertFalse(self.db.take_lease('recovery', 'me', 10))

    def test_given_back(self):
        self.db.take_lease('recovery', 'me', 10)
        self.db.drop_lease('recovery', 'me')
        self.assertTrue(self.db.take_lease('recovery', 'you', 10))

    def test_not_given_back_by_another(self):
        self.db.take_lease('recovery', 'me', 10)
        self.db.drop_lease('recovery', 'you')
        self.assertFalse(self.db.take_lease('recovery', 'you', 10))

    def test_names_are_apart(self):
        self.db.take_lease('recovery', 'me', 10)
        self.assertTrue(self.db.take_lease('refresh', 'you', 10))

    def names(self):
        return self.db.look(
            lambda connection: sorted(
                connection.scalars(sa.select(models.Lease.name))
            )
        )

    def test_those_long_over_go_with_one_that_is_given_back(self):
        """Their owners died, and what they were on may be gone."""
        self.db.take_lease('server group x', 'dead', 10)
        self.now += 2 * 86400
        self.db.take_lease('refresh', 'me', 10)
        self.db.take_lease('recovery', 'me', 10)
        self.db.drop_lease('recovery', 'me')
        self.assertEqual(['refresh'], self.names())
