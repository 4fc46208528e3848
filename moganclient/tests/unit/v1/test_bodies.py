"""Tests of putting bodies together."""

from __future__ import annotations

import testtools

from moganclient import exceptions
from moganclient.v1 import bodies
from moganclient.v1 import schemas


class TestCheck(testtools.TestCase):
    def test_every_fault_is_told(self):
        error = self.assertRaises(
            exceptions.ValidationError,
            bodies.check,
            {'name': 5},
            schemas.FLAVOR_CREATE,
            'the flavor',
        )
        self.assertEqual(
            ['name: 5 is not a string', 'resources is missing'],
            sorted(error.faults),
        )
        self.assertIn('the flavor is wrong', error.message)
        for fault in error.faults:
            self.assertIn(fault, error.message)


class TestPatch(testtools.TestCase):
    def patch(self, given=None, **changes):
        return bodies.patch(
            given, schemas.SERVER_MUTABLE, 'the change', **changes
        )

    def test_metadata_is_set_and_removed_key_by_key(self):
        self.assertEqual(
            [
                {'op': 'add', 'path': '/metadata/a', 'value': '1'},
                {'op': 'remove', 'path': '/metadata/b'},
            ],
            self.patch(metadata={'a': '1', 'b': None}),
        )

    def test_keys_are_escaped(self):
        (operation,) = self.patch(metadata={'~/': None})
        self.assertEqual('/metadata/~0~1', operation['path'])

    def test_metadata_that_is_wrong(self):
        for wrong in ({'a': 5}, {'a/b': 'x'}, {'a': 'x' * 256}, {5: 'x'}):
            self.assertRaises(
                exceptions.ValidationError, self.patch, metadata=wrong
            )

    def test_given_patch_comes_first_and_stays_as_it_is(self):
        given = [{'op': 'remove', 'path': '/description'}]
        found = self.patch(given, name='x')
        self.assertEqual(2, len(found))
        self.assertEqual(given[0], found[0])
        self.assertEqual(1, len(given))

    def test_what_is_unset_stays(self):
        found = self.patch(name='x', description=bodies.UNSET)
        self.assertEqual(['/name'], [one['path'] for one in found])

    def test_no_change_is_a_mistake(self):
        for changes in ({}, {'metadata': {}}, {'name': bodies.UNSET}):
            self.assertRaises(
                exceptions.ValidationError, self.patch, **changes
            )
