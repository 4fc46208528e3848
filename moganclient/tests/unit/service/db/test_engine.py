"""Database URLs, and what each kind of database is set to."""

import fixtures
import sqlalchemy as sa
import testtools

from moganclient.service.db import engine
from moganclient.service.db import errors
from moganclient.service.db import store
from moganclient.service import exceptions
from moganclient.tests import database


class UrlTest(testtools.TestCase):
    def test_scheme_without_a_driver_gets_ours(self):
        for given, expected in (
            ('sqlite:////tmp/x', 'sqlite+pysqlite'),
            ('postgresql://u:p@h/d', 'postgresql+psycopg'),
            ('postgres://u:p@h/d', 'postgresql+psycopg'),
            ('mysql://u:p@h/d', 'mysql+pymysql'),
            ('mariadb://u:p@h/d', 'mysql+pymysql'),
            ('postgresql+psycopg2://h/d', 'postgresql+psycopg2'),
        ):
            self.assertEqual(expected, engine.parse_url(given).drivername)

    def test_the_rest_of_the_url_is_left_alone(self):
        url = engine.parse_url('postgresql://u:p%40@h:5433/d?sslmode=require')
        self.assertEqual(
            ('u', 'p@', 'h', 5433, 'd', {'sslmode': 'require'}),
            (
                url.username,
                url.password,
                url.host,
                url.port,
                url.database,
                dict(url.query),
            ),
        )

    def test_mariadb_speaks_all_of_unicode(self):
        self.assertEqual(
            'utf8mb4', engine.parse_url('mysql://h/d').query['charset']
        )
        self.assertEqual(
            'latin1',
            engine.parse_url('mysql://h/d?charset=latin1').query['charset'],
        )

    def test_no_url(self):
        for given in ('', 'nonsense', 'u:secret@h/d', 'postgresql://h:x/d'):
            error = self.assertRaises(
                exceptions.ConfigError, engine.parse_url, given
            )
            self.assertIn('should look like sqlite:///', str(error))
            self.assertNotIn('secret', str(error))

    def test_database_of_another_kind(self):
        error = self.assertRaises(
            exceptions.ConfigError, engine.parse_url, 'oracle://u:secret@h/d'
        )
        self.assertIn('"oracle"; known are sqlite,', str(error))
        self.assertNotIn('secret', str(error))

    def test_database_in_memory(self):
        for given in ('sqlite://', 'sqlite:///', 'sqlite:///:memory:'):
            error = self.assertRaises(
                exceptions.ConfigError, engine.parse_url, given
            )
            self.assertIn('name a file', str(error))

    def test_driver_that_is_not_installed(self):
        for given in (
            'postgresql+pg8000://u:secret@h/d',
            'mysql+nonesuch://u:secret@h/d',
        ):
            error = self.assertRaises(
                exceptions.ConfigError,
                engine.create_engine,
                engine.parse_url(given),
            )
            self.assertIn('pip install "python-moganclient[', str(error))
            self.assertNotIn('secret', str(error))

    def test_shown_without_secrets(self):
        url = engine.parse_url('postgresql://u:secret@h/d?sslpassword=secret')
        self.assertEqual('postgresql+psycopg://u:***@h/d', errors.shown(url))
        made = store.Store('postgresql://u:secret@h/d?sslpassword=secret')
        self.assertNotIn('secret', repr(made))


class SqliteTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.fresh = self.useFixture(database.Fresh())

    def pragma(self, name, **kwargs):
        made = engine.create_engine(
            engine.parse_url(self.fresh.connection), **kwargs
        )
        self.addCleanup(made.dispose)
        with made.connect() as connection:
            return connection.scalar(sa.text(f'PRAGMA {name}'))

    def test_readers_and_a_writer_at_once(self):
        self.assertEqual('wal', self.pragma('journal_mode'))

    def test_foreign_keys_hold(self):
        self.assertEqual(1, self.pragma('foreign_keys'))

    def test_foreign_keys_do_not_hold_up_a_migration(self):
        self.assertEqual(0, self.pragma('foreign_keys', migrates=True))

    def test_waits_for_the_lock(self):
        self.assertEqual(5000, self.pragma('busy_timeout'))
        self.assertEqual(600_000, self.pragma('busy_timeout', migrates=True))

    def test_writer_takes_the_lock_before_it_reads(self):
        db = self.fresh.open()
        other = self.fresh.open()
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.db.engine._LOCK_TIMEOUT', 0.01
            )
        )
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.service.db.store.PATIENCE', 0)
        )

        def write_too(session):
            session.connection()
            other.read(lambda session: session.connection())
            self.assertRaises(
                errors.Outage,
                other.write,
                lambda session: session.connection(),
            )

        db.write(write_too)


class PostgreSQLTest(testtools.TestCase):
    def test_waits_for_a_lock_for_some_seconds(self):
        db = self.useFixture(database.Fresh('postgresql')).open()
        shown = db.read(
            lambda session: session.scalar(sa.text('SHOW lock_timeout'))
        )
        self.assertEqual('5s', shown)
