"""Units of work: run again where that helps; outages in words."""

import os
import socket
import threading
import time

import fixtures
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc
import testtools

from moganclient.service.db import engine
from moganclient.service.db import errors
from moganclient.service.db import models
from moganclient.service.db import store
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class Work(base.Base):
    def test_all_of_it_or_nothing(self):
        def work(session):
            session.add(base.new_flavor())
            session.flush()
            raise RuntimeError('in the middle')

        self.assertRaises(RuntimeError, self.db.write, work)
        self.assertEqual([], self.db.list_flavors()[0])

    def hold(self, server):
        """Lock a server's row (SQLite: everything) until it is rolled back."""
        writer = self.db.engine.execution_options(**engine.WRITES)
        holder = writer.connect()
        self.addCleanup(holder.close)
        holder.execute(
            sa.update(models.Server)
            .where(models.Server.uuid == server.uuid)
            .values(name='held')
        )
        return holder

    def hurry(self):
        """Have the database give up a lock soon."""
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.db.engine._LOCK_TIMEOUT', 0.05
            )
        )
        self.db.dispose()

    def test_runs_again_when_a_lock_was_held_for_too_long(self):
        server = self.server()
        self.hurry()
        holder = self.hold(server)
        failures = []

        def let_go(context):
            failures.append(context.original_exception)
            holder.rollback()

        event.listen(self.db.engine, 'handle_error', let_go)
        self.addCleanup(event.remove, self.db.engine, 'handle_error', let_go)
        self.assertTrue(self.db.update_server(server.uuid, {'name': 'new'}))
        self.assertEqual('new', self.db.get_server(server.uuid).name)
        self.assertEqual(1, len(failures))

    def test_gives_up_when_the_deadline_is_over(self):
        server = self.server()
        self.hold(server)
        with deadline.limit(0.2):
            error = self.assertRaises(
                exceptions.Unavailable,
                self.db.update_server,
                server.uuid,
                {'name': 'new'},
            )
        self.assertEqual('database_unavailable', error.code)
        self.assertIn('It was busy for too long', error.detail)
        self.assertIsNotNone(error.retry_after)

    def test_gives_up_after_a_while_without_a_deadline(self):
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.service.db.store.PATIENCE', 0.1)
        )
        server = self.server()
        self.hurry()
        self.hold(server)
        self.assertRaises(
            exceptions.Unavailable,
            self.db.update_server,
            server.uuid,
            {'name': 'new'},
        )

    def test_reading_waits_for_no_writer(self):
        server = self.server()
        self.hold(server)
        self.assertEqual('db-3', self.db.get_server(server.uuid).name)

    def test_text_that_is_none(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.flavor, name='\ud800'
        )
        self.assertIn('characters that are not text', error.detail)
        self.assertEqual([], self.db.list_flavors()[0])

    def test_statement_that_is_wrong_is_no_outage(self):
        self.assertRaises(
            exc.DBAPIError,
            self.db.read,
            lambda session: session.execute(sa.text('SELECT x FROM nowhere')),
        )

    def test_column_that_is_missing_is_no_outage(self):
        error = self.assertRaises(
            exc.DBAPIError,
            self.db.read,
            lambda session: session.execute(sa.text('SELECT x FROM servers')),
        )
        self.assertNotIsInstance(error, exceptions.Unavailable)

    def test_exception_does_not_show_what_is_in_the_rows(self):
        def work(session):
            for _ in range(2):
                session.add(base.new_flavor(name='a', description='sesame'))
                session.flush()

        error = self.assertRaises(exc.IntegrityError, self.db.write, work)
        self.assertNotIn('sesame', str(error))

    def test_all_connections_in_use(self):
        db = self.fresh.open(pool_size=1, pool_timeout=0.01)

        def work(session):
            session.connection()
            return self.assertRaises(exceptions.Unavailable, db.check)

        error = db.read(work)
        self.assertEqual('database_unavailable', error.code)
        self.assertIn('All connections to it are in use', error.detail)

    def test_forked_process_has_connections_of_its_own(self):
        server = self.server()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                self.db.update_server(server.uuid, {'name': 'child'})
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(0, status)
        self.assertEqual('child', self.db.get_server(server.uuid).name)


class QueueTest(base.Base, testtools.TestCase):
    """SQLite has one writer: the threads of a process wait for their turn."""

    backend = 'sqlite'

    def test_nobody_meets_a_locked_file(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.db.engine._LOCK_TIMEOUT', 0
            )
        )
        failures = []
        seen = failures.append
        event.listen(self.db.engine, 'handle_error', seen)
        self.addCleanup(event.remove, self.db.engine, 'handle_error', seen)
        began = threading.Barrier(8)

        def write(session):
            session.connection()
            # Longer than SQLite itself would wait.
            time.sleep(0.005)

        def work():
            began.wait()
            for _ in range(3):
                self.db.write(write)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([], failures)

    def test_a_turn_that_does_not_come_is_an_outage(self):
        began, end = threading.Event(), threading.Event()

        def write(session):
            began.set()
            end.wait()

        thread = threading.Thread(target=self.db.write, args=(write,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(end.set)
        began.wait()
        with deadline.limit(0.01):
            error = self.assertRaises(
                exceptions.Unavailable,
                self.db.update_server,
                base.new_uuid(),
                {'name': 'new'},
            )
        self.assertEqual('database_unavailable', error.code)

    def test_a_turn_ends_also_with_a_failure(self):
        def fail(session):
            raise KeyError

        self.assertRaises(KeyError, self.db.write, fail)
        self.assertFalse(
            self.db.update_server(base.new_uuid(), {'name': 'new'})
        )

    def test_forked_process_does_not_wait_for_threads_of_its_parent(self):
        server = self.server()
        self.db._queue.acquire()
        self.addCleanup(self.db._queue.release)
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                with deadline.limit(10):
                    self.db.update_server(server.uuid, {'name': 'child'})
                status = 0
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        self.assertEqual(0, status)
        self.assertEqual('child', self.db.get_server(server.uuid).name)


class OutageTest(testtools.TestCase):
    """Databases that are not there."""

    def closed_port(self):
        with socket.create_server(('127.0.0.1', 0)) as server:
            return server.getsockname()[1]

    def outage(self, connection):
        logger = self.useFixture(fixtures.FakeLogger())
        made = store.Store(connection)
        self.addCleanup(made.dispose)
        error = self.assertRaises(exceptions.Unavailable, made.check)
        self.assertEqual('database_unavailable', error.code)
        self.assertIn('It gives no answer; try again', error.detail)
        self.assertEqual(503, error.status)
        self.assertIsNotNone(error.retry_after)
        self.assertIn('The database ', logger.output)
        self.assertNotIn('sesame', logger.output + str(error) + error.said)
        self.assertIsNone(error.__cause__)
        return error, logger.output

    def test_nobody_listens(self):
        for scheme in ('postgresql', 'mysql'):
            port = self.closed_port()
            error, logged = self.outage(
                f'{scheme}://user:sesame@127.0.0.1:{port}/name'
            )
            self.assertIn(f'//user:***@127.0.0.1:{port}/name', logged)
            self.assertNotIn('127.0.0.1', error.detail)

    def test_file_that_cannot_be_opened(self):
        directory = self.useFixture(fixtures.TempDir()).path
        error, logged = self.outage(f'sqlite:///{directory}/gone/db.sqlite')
        self.assertIn('unable to open database file', logged)
        self.assertNotIn(directory, error.detail)

    def test_file_that_is_no_database(self):
        directory = self.useFixture(fixtures.TempDir()).path
        path = f'{directory}/db.sqlite'
        with open(path, 'w') as file:
            file.write('something else, and long enough to be told apart')
        made = store.Store(f'sqlite:///{path}')
        self.addCleanup(made.dispose)
        self.assertRaises(exceptions.Unavailable, made.check)

    def test_password_in_what_the_database_said(self):
        url = engine.parse_url('postgresql://user:sesame@h/d')
        error = errors.Outage('It gives no answer', url, 'not "sesame"\n!')
        self.assertEqual('not "***" !', error.said)


class PostgreSQLTest(base.Base, testtools.TestCase):
    backend = 'postgresql'

    def test_connection_that_was_cut_while_idle_is_replaced(self):
        self.db.check()
        other = self.fresh.open()
        other.write(
            lambda session: session.execute(
                sa.text(
                    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity '
                    'WHERE datname = current_database() '
                    'AND pid <> pg_backend_pid()'
                )
            )
        )
        self.db.check()

    def test_connection_that_is_cut_in_the_middle(self):
        def work(session):
            session.add(base.new_flavor())
            session.flush()
            session.execute(
                sa.text('SELECT pg_terminate_backend(pg_backend_pid())')
            )

        error = self.assertRaises(exceptions.Unavailable, self.db.write, work)
        self.assertEqual('database_unavailable', error.code)
        self.assertEqual([], self.db.list_flavors()[0])

    def test_server_that_only_reads_now(self):
        def work(session):
            session.execute(sa.text('SET TRANSACTION READ ONLY'))
            session.add(base.new_flavor())
            session.flush()

        self.assertRaises(exceptions.Unavailable, self.db.write, work)

    def test_text_that_is_too_long(self):
        self.assertRaises(exceptions.BadRequest, self.flavor, name='x' * 256)

    def test_text_with_a_zero_byte(self):
        self.assertRaises(exceptions.BadRequest, self.flavor, name='\0')

    def test_metadata_with_a_zero_byte_is_stored(self):
        server = self.server(meta={'key': '\0'})
        self.assertEqual({'key': '\0'}, self.db.get_server(server.uuid).meta)

    def test_no_connection_of_the_parent_in_a_forked_process(self):
        def backend(session):
            return session.scalar(sa.text('SELECT pg_backend_pid()'))

        mine = self.db.read(backend)
        pid = os.fork()
        if pid == 0:
            status = 2
            try:
                status = 0 if self.db.read(backend) != mine else 1
            finally:
                os._exit(status)
        self.assertEqual(0, os.waitpid(pid, 0)[1])
        self.assertEqual(mine, self.db.read(backend))
