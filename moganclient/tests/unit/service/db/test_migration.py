"""The schema: where it is, and how it gets to this release's."""

import datetime
import multiprocessing
import os
import pathlib
import stat

from alembic import autogenerate
from alembic.runtime import migration as alembic_migration
import fixtures
import sqlalchemy as sa
from sqlalchemy import exc
import testtools

from moganclient.service.db import api
from moganclient.service.db import engine
from moganclient.service.db import migration
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base

FLAVOR = '11111111-0000-4000-8000-000000000001'
SERVER = '22222222-0000-4000-8000-000000000001'
OTHER = '22222222-0000-4000-8000-000000000002'
PORT = '33333333-0000-4000-8000-000000000001'
LONG_AGO = datetime.datetime(2026, 1, 2, 3, 4, 5)
#: Types of columns that are no texts.
KINDS = {
    'addresses': sa.JSON(),
    'before': sa.JSON(),
    'created_at': sa.DateTime(),
    'disabled': sa.Boolean(),
    'flow_undo': sa.Boolean(),
    'is_public': sa.Boolean(),
    'metadata': sa.JSON(),
    'resource_aggregates': sa.JSON(),
    'resources': sa.JSON(),
    'system_metadata': sa.JSON(),
    'updated_at': sa.DateTime(),
}


def upgrade(connection, barrier, outcomes):
    """In a process of its own: upgrade together with others."""
    barrier.wait()
    try:
        migration.upgrade(connection)
        outcomes.put(migration.current(connection))
    except BaseException as error:  # noqa: BLE001
        outcomes.put(repr(error))


@database.on_every_backend
class Migration:
    backend: str

    def setUp(self):
        super().setUp()
        self.fresh = self.useFixture(
            database.Fresh(self.backend, migrated=False)
        )
        self.connection = self.fresh.connection

    def execute(self, *statements):
        """Run statements; the rows of the last one, if it has some."""
        made = engine.create_engine(
            engine.parse_url(self.connection), migrates=True
        )
        try:
            with made.begin() as connection:
                for statement in statements:
                    result = connection.exec_driver_sql(statement)
                return result.fetchall() if result.returns_rows else None
        finally:
            made.dispose()

    def tables(self):
        made = engine.create_engine(engine.parse_url(self.connection))
        try:
            return set(sa.inspect(made).get_table_names())
        finally:
            made.dispose()

    def test_empty_database_is_at_no_revision(self):
        self.assertIsNone(migration.current(self.connection))

    def test_upgrade(self):
        migration.upgrade(self.connection)
        self.assertEqual(migration.head(), migration.current(self.connection))
        self.assertEqual(
            {*models.Base.metadata.tables, migration.VERSION_TABLE},
            self.tables(),
        )

    def test_upgrade_twice_keeps_what_is_there(self):
        migration.upgrade(self.connection)
        flavor = self.fresh.open().create_flavor(base.new_flavor())
        migration.upgrade(self.connection)
        self.assertEqual(
            flavor.name, self.fresh.open().get_flavor(flavor.uuid).name
        )

    def test_models_are_what_the_migrations_make(self):
        migration.upgrade(self.connection)
        made = engine.create_engine(engine.parse_url(self.connection))
        self.addCleanup(made.dispose)
        with made.connect() as connection:
            context = alembic_migration.MigrationContext.configure(
                connection,
                opts={
                    'version_table': migration.VERSION_TABLE,
                    'compare_type': True,
                    'compare_server_default': True,
                },
            )
            self.assertEqual(
                [],
                autogenerate.compare_metadata(context, models.Base.metadata),
            )

    def test_foreign_keys_are_what_the_models_say(self):
        migration.upgrade(self.connection)
        made = engine.create_engine(engine.parse_url(self.connection))
        self.addCleanup(made.dispose)
        inspector = sa.inspect(made)
        found = {
            key['name']: (
                key['referred_table'],
                # What is the default everywhere is not always told.
                key['options'].get('ondelete', 'RESTRICT'),
            )
            for table in models.Base.metadata.tables
            for key in inspector.get_foreign_keys(table)
        }
        self.assertEqual(
            {
                'fk_aggregate_nodes_aggregate_uuid': ('aggregates', 'CASCADE'),
                'fk_flavor_access_flavor_uuid': ('flavors', 'CASCADE'),
                'fk_servers_flavor_uuid': ('flavors', 'RESTRICT'),
                'fk_servers_group_uuid': ('server_groups', 'SET NULL'),
                'fk_server_ports_server_uuid': ('servers', 'CASCADE'),
            },
            found,
        )

    def test_downgrade_and_upgrade_again(self):
        migration.upgrade(self.connection)
        migration.downgrade(self.connection, 'base')
        self.assertIsNone(migration.current(self.connection))
        self.assertEqual({migration.VERSION_TABLE}, self.tables())
        migration.upgrade(self.connection)
        self.fresh.open().check()

    def insert(self, table, **values):
        """Insert a row into a table as it is now, whatever the models say."""
        columns = [sa.column(name, KINDS.get(name)) for name in values]
        made = engine.create_engine(engine.parse_url(self.connection))
        try:
            with made.begin() as connection:
                connection.execute(
                    sa.table(table, *columns).insert().values(values)
                )
        finally:
            made.dispose()

    def database_of_0001(self):
        """A flavor, and two servers of which one has a port."""
        migration.upgrade(self.connection, '0001')
        self.insert(
            'flavors',
            uuid=FLAVOR,
            name='gold',
            resources={'gold': 1},
            resource_aggregates={},
            is_public=True,
            disabled=False,
            created_at=LONG_AGO,
        )
        for uuid in (SERVER, OTHER):
            self.insert(
                'servers',
                uuid=uuid,
                name='db',
                node_uuid=uuid,
                flavor_uuid=FLAVOR,
                project_id='demo',
                status='active',
                addresses={},
                metadata={'rack': '7'},
                system_metadata={},
                created_at=LONG_AGO,
                updated_at=LONG_AGO,
                flow_undo=False,
            )
        self.insert(
            'server_ports',
            server_uuid=SERVER,
            port_id=PORT,
            before={'device_id': ''},
        )

    def test_upgrade_from_0001_keeps_every_row(self):
        self.database_of_0001()
        migration.upgrade(self.connection)
        db = self.fresh.open()
        flavor = db.get_flavor(FLAVOR)
        self.assertEqual(
            ('gold', {'gold': 1}, LONG_AGO, []),
            (
                flavor.name,
                flavor.resources,
                flavor.created_at,
                flavor.traits,
            ),
        )
        self.assertEqual(
            [SERVER, OTHER], [server.uuid for server in db.iterate_servers()]
        )
        server = db.get_server(SERVER)
        self.assertEqual(
            (FLAVOR, {'rack': '7'}, LONG_AGO, {}),
            (
                server.flavor_uuid,
                server.meta,
                server.updated_at,
                server.partitions,
            ),
        )
        [port] = server.ports
        self.assertEqual(
            (PORT, {'device_id': ''}, False, False),
            (port.port_id, port.before, port.created, port.attached),
        )

    def test_servers_of_0001_were_taken_over_and_are_protected(self):
        self.database_of_0001()
        migration.upgrade(self.connection)
        server = self.fresh.open().get_server(SERVER)
        self.assertEqual(
            (True, True, None, None, None),
            (
                server.adopted,
                server.protected,
                server.locked_by,
                server.fault,
                server.plan,
            ),
        )

    def test_what_was_unique_stays_unique(self):
        self.database_of_0001()
        migration.upgrade(self.connection)
        db = self.fresh.open()
        error = self.assertRaises(
            exceptions.NodeHasServer,
            db.reserve_server,
            base.new_server(FLAVOR, node_uuid=SERVER),
        )
        self.assertEqual(SERVER, error.server_uuid)
        error = self.assertRaises(
            exceptions.Conflict, db.delete_flavor, FLAVOR
        )
        self.assertEqual('flavor_in_use', error.code)

    def test_downgrade_to_0001_keeps_what_was_taken_over(self):
        self.database_of_0001()
        migration.upgrade(self.connection)
        db = self.fresh.open()
        db.reserve_server(base.new_server(FLAVOR, adopted=False))
        db.reserve_server(base.new_server(FLAVOR, node_uuid=None))
        db.reserve_server(base.new_server(None))
        migration.downgrade(self.connection, '0001')
        self.assertEqual(
            {(SERVER, 'db', FLAVOR), (OTHER, 'db', FLAVOR)},
            {
                tuple(row)
                for row in self.execute(
                    'SELECT uuid, name, flavor_uuid FROM servers'
                )
            },
        )
        [[port]] = self.execute('SELECT port_id FROM server_ports')
        self.assertEqual(PORT, port)
        self.assertNotIn('keypairs', self.tables())
        migration.upgrade(self.connection)
        self.assertEqual('db', self.fresh.open().get_server(SERVER).name)

    def test_several_processes_at_once(self):
        processes = multiprocessing.get_context('fork')
        barrier = processes.Barrier(4)
        outcomes = processes.Queue()
        workers = [
            processes.Process(
                target=upgrade, args=(self.connection, barrier, outcomes)
            )
            for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        found = [outcomes.get() for _ in workers]
        for worker in workers:
            worker.join()
        self.assertEqual([migration.head()] * 4, found)
        self.fresh.open().check()

    def test_somebody_elses_version_table_is_left_alone(self):
        self.execute(
            'CREATE TABLE alembic_version (version_num VARCHAR(32))',
            "INSERT INTO alembic_version VALUES ('theirs')",
        )
        migration.upgrade(self.connection)
        self.assertEqual(migration.head(), migration.current(self.connection))
        self.assertEqual(
            [('theirs',)],
            [
                tuple(row)
                for row in self.execute('SELECT * FROM alembic_version')
            ],
        )

    def test_database_without_tables_is_refused(self):
        error = self.assertRaises(exceptions.ConfigError, self.fresh.open)
        self.assertIn('has no tables of the', str(error))
        self.assertIn('run "moganclient-api db upgrade"', str(error))
        self.assertEqual(set(), self.tables())

    def test_database_of_an_older_release_is_refused(self):
        migration.upgrade(self.connection, '0001')
        error = self.assertRaises(exceptions.ConfigError, self.fresh.open)
        self.assertIn('is at the older schema 0001, and', str(error))
        self.assertIn('run "moganclient-api db upgrade"', str(error))

    def database_of_a_newer_release(self):
        migration.upgrade(self.connection)
        self.execute(
            f"UPDATE {migration.VERSION_TABLE} SET version_num = '9999'"
        )

    def test_database_of_a_newer_release_is_refused(self):
        self.database_of_a_newer_release()
        error = self.assertRaises(exceptions.ConfigError, self.fresh.open)
        self.assertIn('a newer release has upgraded it', str(error))

    def test_database_of_a_newer_release_is_not_upgraded(self):
        self.database_of_a_newer_release()
        error = self.assertRaises(
            exceptions.ConfigError, migration.upgrade, self.connection
        )
        self.assertIn('9999', str(error))
        self.assertEqual('9999', migration.current(self.connection))

    def test_verifying_can_be_left_out(self):
        db = self.fresh.open(verify=False)
        db.check()

    def test_wrong_statement_is_not_taken_for_an_outage(self):
        self.execute('CREATE TABLE leases (x INTEGER)')
        self.assertRaises(exc.DBAPIError, migration.upgrade, self.connection)


class WholeTest(testtools.TestCase):
    """Where a schema is changed in a transaction, all of it or nothing."""

    def test_upgrade_that_fails_leaves_nothing_behind(self):
        for backend in ('sqlite', 'postgresql'):
            fresh = self.useFixture(database.Fresh(backend, migrated=False))
            made = engine.create_engine(
                engine.parse_url(fresh.connection), migrates=True
            )
            self.addCleanup(made.dispose)
            with made.begin() as connection:
                # The last table that the upgrade makes.
                connection.exec_driver_sql('CREATE TABLE leases (x INTEGER)')
            self.assertRaises(
                exc.DBAPIError, migration.upgrade, fresh.connection
            )
            self.assertEqual(['leases'], sa.inspect(made).get_table_names())


class FileTest(testtools.TestCase):
    """SQLite files."""

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def test_directory_is_made_for_the_user_alone(self):
        path = self.directory / 'a' / 'b' / 'db.sqlite'
        migration.upgrade(f'sqlite:///{path}')
        self.assertEqual(0o700, stat.S_IMODE(path.parent.stat().st_mode))
        self.assertTrue(path.exists())

    def test_directory_that_cannot_be_made(self):
        (self.directory / 'file').touch()
        path = self.directory / 'file' / 'db.sqlite'
        error = self.assertRaises(
            exceptions.ConfigError, migration.upgrade, f'sqlite:///{path}'
        )
        self.assertIn(f'"{path.parent}" of the database', str(error))

    def test_looking_makes_no_file(self):
        path = self.directory / 'db.sqlite'
        self.assertIsNone(migration.current(f'sqlite:///{path}'))
        self.assertRaises(
            exceptions.ConfigError, api.Database, f'sqlite:///{path}'
        )
        self.assertEqual([], os.listdir(self.directory))


class OutageTest(testtools.TestCase):
    """Whoever upgrades or starts the service hears what is wrong."""

    CONNECTION = 'postgresql://user:sesame@/name?host=/nonexistent'

    def test_reason_is_told_and_the_password_is_not(self):
        self.useFixture(fixtures.FakeLogger())
        for work in (migration.upgrade, migration.current, api.Database):
            error = self.assertRaises(
                exceptions.Unavailable, work, self.CONNECTION
            )
            self.assertEqual('database_unavailable', error.code)
            self.assertIn('//user:***@/name cannot be used', error.detail)
            self.assertIn('/nonexistent', error.detail)
            self.assertNotIn('sesame', error.detail)
