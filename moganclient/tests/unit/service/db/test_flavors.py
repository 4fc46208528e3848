"""Flavors in the database."""

from moganclient.service.db import api
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class Flavors(base.Base):
    def test_everything_is_stored(self):
        values = {
            'uuid': base.new_uuid(),
            'name': 'gold',
            'description': 'The big ones.',
            'resources': {'CUSTOM_BAREMETAL_GOLD': '1'},
            'resource_aggregates': {'rack': 'seven'},
            'is_public': False,
            'disabled': True,
            'traits': ['CUSTOM_GPU'],
        }
        created = self.db.create_flavor(base.new_flavor(**values))
        found = base.columns(self.db.get_flavor(values['uuid']))
        self.assertEqual(base.columns(created), found)
        for name, value in values.items():
            self.assertEqual(value, found[name])
        self.assertIsNotNone(found['created_at'])
        self.assertIsNone(found['updated_at'])

    def test_what_is_not_said_has_a_default(self):
        flavor = self.flavor()
        self.assertEqual(
            ({}, True, False, []),
            (
                flavor.resource_aggregates,
                flavor.is_public,
                flavor.disabled,
                flavor.traits,
            ),
        )

    def test_name_that_is_taken(self):
        self.flavor(name='gold')
        error = self.assertRaises(
            exceptions.Conflict, self.flavor, name='gold'
        )
        self.assertEqual('flavor_exists', error.code)
        self.assertIn('"gold"', error.detail)

    def test_names_in_another_case_are_others(self):
        self.flavor(name='gold')
        self.assertEqual('Gold', self.flavor(name='Gold').name)

    def test_unknown_flavor(self):
        gone = base.new_uuid()
        for work in (
            lambda: self.db.get_flavor(gone),
            lambda: self.db.update_flavor(gone, {'name': 'x'}),
            lambda: self.db.delete_flavor(gone),
        ):
            error = self.assertRaises(exceptions.FlavorNotFound, work)
            self.assertIn(gone, error.detail)

    def test_named(self):
        wanted = self.flavor(name='gold')
        self.flavor(name='Gold')
        self.assertEqual(
            [wanted.uuid], [f.uuid for f in self.db.flavors_named('gold')]
        )
        self.assertEqual([], self.db.flavors_named('silver'))

    def names(self, **query):
        flavors, _ = self.db.list_flavors(api.FlavorQuery(**query))
        return [flavor.name for flavor in flavors]

    def test_list_in_the_order_of_creation(self):
        for name in ('b', 'a', 'c'):
            self.flavor(name=name)
        self.assertEqual(['b', 'a', 'c'], self.names())
        flavors, marker = self.db.list_flavors()
        self.assertEqual((3, None), (len(flavors), marker))

    def test_filters(self):
        self.flavor(name='private', is_public=False)
        self.flavor(name='disabled', disabled=True)
        self.assertEqual(['private'], self.names(is_public=False))
        self.assertEqual(['disabled'], self.names(disabled=True))
        self.assertEqual(['private'], self.names(disabled=False))
        self.assertEqual(['private'], self.names(name='private'))

    def test_statements_of_a_list_do_not_grow_with_it(self):
        for _ in range(5):
            self.flavor()
        self.assertEqual(1, len(self.statements(self.db.list_flavors)))

    def test_update(self):
        flavor = self.flavor(name='gold', description='x')
        changed = self.db.update_flavor(
            flavor.uuid, {'name': 'silver', 'description': None}
        )
        expected = {
            **base.columns(flavor),
            'name': 'silver',
            'description': None,
            'updated_at': changed.updated_at,
        }
        self.assertIsNotNone(changed.updated_at)
        self.assertEqual(expected, base.columns(changed))
        self.assertEqual(
            expected, base.columns(self.db.get_flavor(flavor.uuid))
        )

    def test_update_to_a_name_that_is_taken(self):
        self.flavor(name='gold')
        other = self.flavor(name='silver')
        error = self.assertRaises(
            exceptions.Conflict,
            self.db.update_flavor,
            other.uuid,
            {'name': 'gold'},
        )
        self.assertEqual('flavor_exists', error.code)
        self.assertEqual('silver', self.db.get_flavor(other.uuid).name)

    def test_delete(self):
        flavor = self.flavor()
        self.db.delete_flavor(flavor.uuid)
        self.assertEqual([], self.names())

    def test_delete_what_a_server_has(self):
        flavor = self.flavor()
        server = self.server(flavor_uuid=flavor.uuid, name='db-3')
        error = self.assertRaises(
            exceptions.Conflict, self.db.delete_flavor, flavor.uuid
        )
        self.assertEqual('flavor_in_use', error.code)
        self.assertEqual(server.uuid, error.server_uuid)
        self.assertIn(f'the server {server.uuid} ("db-3")', error.detail)
        self.db.get_flavor(flavor.uuid)
