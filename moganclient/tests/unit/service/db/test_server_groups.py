"""Server groups in the database."""

from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class ServerGroups(base.Base):
    def group(self, **values):
        return self.db.create_server_group(base.new_group(**values))

    def test_everything_is_stored(self):
        values = {
            'uuid': base.new_uuid(),
            'name': 'sg',
            'policies': [],
            'project_id': 'demo',
            'user_id': None,
        }
        created = self.group(**values)
        found = base.columns(self.db.get_server_group(values['uuid']))
        self.assertEqual(base.columns(created), found)
        for name, value in values.items():
            self.assertEqual(value, found[name])
        self.assertIsNone(found['updated_at'])

    def test_several_may_have_one_name(self):
        self.assertNotEqual(
            self.group(name='sg').uuid, self.group(name='sg').uuid
        )

    def test_list_of_a_project_or_of_all(self):
        self.group(name='b')
        self.group(name='a', project_id='other')
        self.group(name='c')
        for project, names in (
            (None, ['b', 'a', 'c']),
            ('demo', ['b', 'c']),
            ('nope', []),
        ):
            self.assertEqual(
                names,
                [row.name for row in self.db.list_server_groups(project)],
            )

    def test_unknown(self):
        gone = base.new_uuid()
        for work in (self.db.get_server_group, self.db.delete_server_group):
            error = self.assertRaises(
                exceptions.ServerGroupNotFound, work, gone
            )
            self.assertIn(gone, error.detail)

    def test_members(self):
        first, second, empty = self.group(), self.group(), self.group()
        inside = [
            self.server(group_uuid=uuid)
            for uuid in (first.uuid, second.uuid, first.uuid)
        ]
        self.server()
        uuids = [server.uuid for server in inside]
        self.assertEqual(
            [uuids[0], uuids[2]],
            [server.uuid for server in self.db.group_members(first.uuid)],
        )
        self.assertEqual(
            {first.uuid: [uuids[0], uuids[2]], empty.uuid: []},
            self.db.members_of_groups([first.uuid, empty.uuid]),
        )

    def test_members_of_many_groups_are_one_statement(self):
        uuids = [self.group().uuid for _ in range(5)]
        self.assertEqual(
            1, len(self.statements(lambda: self.db.members_of_groups(uuids)))
        )

    def test_members_of_no_groups(self):
        self.assertEqual({}, self.db.members_of_groups([]))

    def test_group_that_is_deleted_leaves_its_servers(self):
        group = self.group()
        server = self.server(group_uuid=group.uuid)
        self.db.delete_server_group(group.uuid)
        self.assertIsNone(self.db.get_server(server.uuid).group_uuid)
        self.assertRaises(
            exceptions.ServerGroupNotFound,
            self.db.get_server_group,
            group.uuid,
        )
