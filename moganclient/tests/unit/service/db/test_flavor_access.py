"""Access to flavors in the database."""

from moganclient.service.db import api
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class FlavorAccess(base.Base):
    def test_projects_are_sorted(self):
        uuid = self.flavor().uuid
        other = self.flavor().uuid
        self.db.add_flavor_access(other, 'c')
        for project in ('b', 'a'):
            self.db.add_flavor_access(uuid, project)
        self.assertEqual(['a', 'b'], self.db.list_flavor_access(uuid))

    def test_once_more_changes_nothing(self):
        uuid = self.flavor().uuid
        self.db.add_flavor_access(uuid, 'a')
        self.db.add_flavor_access(uuid, 'a')
        self.assertEqual(['a'], self.db.list_flavor_access(uuid))

    def test_unknown_flavor(self):
        gone = base.new_uuid()
        error = self.assertRaises(
            exceptions.FlavorNotFound, self.db.add_flavor_access, gone, 'a'
        )
        self.assertIn(gone, error.detail)

    def test_has(self):
        uuid = self.flavor().uuid
        self.db.add_flavor_access(uuid, 'a')
        self.assertTrue(self.db.has_flavor_access(uuid, 'a'))
        self.assertFalse(self.db.has_flavor_access(uuid, 'A'))

    def test_remove(self):
        uuid = self.flavor().uuid
        self.db.add_flavor_access(uuid, 'a')
        self.assertTrue(self.db.remove_flavor_access(uuid, 'a'))
        self.assertFalse(self.db.remove_flavor_access(uuid, 'a'))
        self.assertEqual([], self.db.list_flavor_access(uuid))

    def test_goes_with_the_flavor(self):
        uuid = self.flavor().uuid
        self.db.add_flavor_access(uuid, 'a')
        self.db.delete_flavor(uuid)
        self.assertEqual([], self.db.list_flavor_access(uuid))

    def visible(self, project, **query):
        rows, marker = self.db.list_flavors(
            api.FlavorQuery(visible_to=project, **query)
        )
        return [row.name for row in rows], marker

    def test_project_sees_public_flavors_and_those_it_has_access_to(self):
        self.flavor(name='public')
        mine = self.flavor(name='mine', is_public=False).uuid
        theirs = self.flavor(name='theirs', is_public=False).uuid
        for project, uuid in (('a', mine), ('b', mine), ('b', theirs)):
            self.db.add_flavor_access(uuid, project)
        self.assertEqual((['public', 'mine'], None), self.visible('a'))
        self.assertEqual((['public'], None), self.visible('c'))
        self.assertEqual((['mine'], None), self.visible('a', is_public=False))

    def test_pages_are_of_what_is_seen(self):
        first = self.flavor(name='public')
        self.flavor(name='theirs', is_public=False)
        second = self.flavor(name='mine', is_public=False)
        self.db.add_flavor_access(second.uuid, 'a')
        self.assertEqual((['public'], first.uuid), self.visible('a', limit=1))
        self.assertEqual(
            (['mine'], None), self.visible('a', limit=1, marker=first.uuid)
        )
