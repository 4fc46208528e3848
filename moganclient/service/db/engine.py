"""Connections, transactions, retries; and errors in words for people.

A unit of work is a function of a session.  It runs in one transaction and is
run again, within :mod:`moganclient.service.deadline`, where the database gave
up for a reason that passes: a lock held for too long, a deadlock, a conflict
of two transactions.  It must not act on anything but the session.
"""

from __future__ import annotations

from collections.abc import Callable
import math
import os
import random
import sqlite3
import time
from typing import Any
from typing import TypeVar
import weakref

from oslo_log import log as logging
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service import deadline
from moganclient.service import exceptions

LOG = logging.getLogger(__name__)

_T = TypeVar('_T')

#: Seconds for which work is tried again where no deadline is set.
PATIENCE = 30.0

#: Seconds to wait for a connection, for a lock, and for an answer.
_CONNECT_TIMEOUT = 5
_LOCK_TIMEOUT = 5
_ANSWER_TIMEOUT = 30

#: Seconds to wait for somebody else's upgrade of the schema.
MIGRATION_PATIENCE = 600

_DRIVERS = {
    'sqlite': 'sqlite+pysqlite',
    'postgres': 'postgresql+psycopg',
    'postgresql': 'postgresql+psycopg',
    'mysql': 'mysql+pymysql',
    'mariadb': 'mysql+pymysql',
}

#: serialization_failure, deadlock_detected, lock_not_available.
_PASSING_SQLSTATES = {'40001', '40P01', '55P03'}
#: Record has changed since last read, lock wait timeout, deadlock.
_PASSING_MYSQL = {1020, 1205, 1213}
#: SQLITE_BUSY, SQLITE_LOCKED.
_PASSING_SQLITE = {5, 6}
#: SQLITE_ERROR: the statement is wrong, not the database.
_SQLITE_ERROR = 1
#: Unknown column, which PyMySQL calls an operational error.
_MYSQL_BAD_FIELD = 1054
#: What a server says that is a standby now.
_READ_ONLY_SQLSTATE = '25006'

#: Execution options of a connection whose transactions write.
WRITES = {'moganclient_writes': True}


def parse_url(connection: str) -> sa.URL:
    """Read a database URL; a scheme without a driver gets ours.

    :param connection: ``sqlite:///path``, ``postgresql://user:password@host/
        name`` or ``mysql://user:password@host/name``
    :raises moganclient.service.exceptions.ConfigError: it is no such URL; the
        sentence does not repeat it, as there may be a password in it
    """
    try:
        url = sa.make_url(connection)
    except exc.ArgumentError:
        raise exceptions.ConfigError(
            '[database] connection is not a URL. It should look like '
            'sqlite:////var/lib/moganclient/db.sqlite, '
            'postgresql://user:password@host/name or '
            'mysql://user:password@host/name.'
        ) from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    backend = url.get_backend_name()
    if backend not in ('sqlite', 'postgresql', 'mysql', 'mariadb'):
        raise exceptions.ConfigError(
            f'[database] connection names a database of the kind '
            f'"{backend}"; known are sqlite, postgresql and mysql.'
        )
    if backend == 'sqlite' and url.database in (None, '', ':memory:'):
        raise exceptions.ConfigError(
            f'[database] connection is "{url}", a database in memory, which '
            'every connection would see empty; name a file, as in '
            'sqlite:////var/lib/moganclient/db.sqlite.'
        )
    if backend in ('mysql', 'mariadb') and 'charset' not in url.query:
        url = url.update_query_dict({'charset': 'utf8mb4'})
    return url


def create_engine(
    url: sa.URL, *, migrates: bool = False, **kwargs: Any
) -> sa.Engine:
    """An engine with what each kind of database needs.

    :param url: as :func:`parse_url` returns it
    :param migrates: for changing the schema: statements may take as long as
        they need, and SQLite does not check foreign keys meanwhile
    :raises moganclient.service.exceptions.ConfigError: the module that talks
        to this kind of database is not installed
    """
    backend = url.get_backend_name()
    arguments: dict[str, Any] = {}
    if backend == 'postgresql':
        arguments['connect_timeout'] = _CONNECT_TIMEOUT
        # A server that vanished from the network; milliseconds.
        arguments['tcp_user_timeout'] = _ANSWER_TIMEOUT * 1000
    elif backend != 'sqlite':
        arguments['connect_timeout'] = _CONNECT_TIMEOUT
        if not migrates:
            arguments['read_timeout'] = _ANSWER_TIMEOUT
            arguments['write_timeout'] = _ANSWER_TIMEOUT
        kwargs['isolation_level'] = 'READ COMMITTED'
    for name in url.query:
        arguments.pop(name, None)
    try:
        engine = sa.create_engine(
            url,
            connect_args=arguments,
            # An exception must not show what is in the rows.
            hide_parameters=True,
            pool_pre_ping=backend != 'sqlite',
            **kwargs,
        )
    except (ImportError, exc.NoSuchModuleError) as error:
        extra = 'postgresql' if backend == 'postgresql' else 'mysql'
        raise exceptions.ConfigError(
            f'[database] connection asks for "{url.drivername}", which is '
            f'not installed ({error}); try pip install '
            f'"python-moganclient[{extra}]".'
        ) from None
    if backend == 'sqlite':
        _prepare_sqlite(engine, migrates)
    elif not migrates and backend == 'postgresql':
        _bound_postgresql(engine)
    elif not migrates:
        _bound_mariadb(engine)
    return engine


def _prepare_sqlite(engine: sa.Engine, migrates: bool) -> None:
    """WAL, foreign keys, and transactions that begin when we say so."""

    @event.listens_for(engine, 'connect')
    def on_connect(connection: Any, _record: Any) -> None:
        # The sqlite3 module would begin transactions by its own rules.
        connection.isolation_level = None
        connection.execute(f'PRAGMA busy_timeout = {_LOCK_TIMEOUT * 1000}')
        connection.execute(
            f'PRAGMA foreign_keys = {"OFF" if migrates else "ON"}'
        )
        # Kept in the file.  Changing it takes the whole file for a moment
        # and does not wait: whoever comes second goes on without.
        mode = connection.execute('PRAGMA journal_mode').fetchone()[0]
        if mode != 'wal':
            try:
                connection.execute('PRAGMA journal_mode = WAL').fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in _PASSING_SQLITE:
                    raise

    @event.listens_for(engine, 'begin')
    def on_begin(connection: sa.Connection) -> None:
        seconds = MIGRATION_PATIENCE if migrates else _lock_timeout()
        _set(connection, f'PRAGMA busy_timeout = {int(seconds * 1000)}')
        # A transaction that reads first and writes later could fail in the
        # middle without waiting: writers take the lock at once.
        connection.exec_driver_sql(
            'BEGIN IMMEDIATE' if _writes(connection) else 'BEGIN'
        )


def _bound_postgresql(engine: sa.Engine) -> None:
    """Have the server give up waiting for a lock, so that we can retry."""

    @event.listens_for(engine, 'connect')
    def on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{_LOCK_TIMEOUT}s'")
        cursor.close()
        connection.commit()

    @event.listens_for(engine, 'begin')
    def on_begin(connection: sa.Connection) -> None:
        seconds = _lock_timeout()
        if _writes(connection) and seconds < _LOCK_TIMEOUT:
            connection.exec_driver_sql(
                f"SET LOCAL lock_timeout = '{int(seconds * 1000)}ms'"
            )


def _bound_mariadb(engine: sa.Engine) -> None:
    """The same; it knows whole seconds only, for the session."""

    @event.listens_for(engine, 'begin')
    def on_begin(connection: sa.Connection) -> None:
        if _writes(connection):
            _set(
                connection,
                f'SET innodb_lock_wait_timeout = {math.ceil(_lock_timeout())}',
            )


def _writes(connection: sa.Connection) -> bool:
    return WRITES.items() <= connection.get_execution_options().items()


def _lock_timeout() -> float:
    """Seconds to wait for a lock now, more than zero."""
    return max(0.001, min(_LOCK_TIMEOUT, deadline.remaining()))


def _set(connection: sa.Connection, statement: str) -> None:
    """Set the one thing of a session that changes, where it is another."""
    if connection.info.get('moganclient_set') != statement:
        connection.exec_driver_sql(statement)
        connection.info['moganclient_set'] = statement


class Store:
    """A database, and units of work on it."""

    def __init__(
        self, connection: str, *, pool_size: int = 24, pool_timeout: float = 10
    ) -> None:
        """Prepare; nothing is opened yet.

        :param connection: a database URL, see :func:`parse_url`
        :param pool_size: the most connections
        :param pool_timeout: seconds to wait for one of them
        :raises moganclient.service.exceptions.ConfigError: the URL is wrong
        """
        self.url = parse_url(connection)
        self.engine = create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout,
        )
        self._writer = self.engine.execution_options(**WRITES)
        # Connections must not be shared with a server's forked workers.
        me = weakref.ref(self)

        def forget() -> None:
            store = me()
            if store is not None:
                store.engine.dispose(close=False)

        os.register_at_fork(after_in_child=forget)

    def __repr__(self) -> str:
        return f'<{type(self).__name__} {self.url!r}>'

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        self.engine.dispose()

    def check(self) -> None:
        """Answer the health check: one statement.

        :raises moganclient.service.exceptions.Unavailable: no answer
        """
        self.read(lambda session: session.execute(sa.text('SELECT 1')))

    def read(self, work: Callable[[orm.Session], _T]) -> _T:
        """Run a unit of work that only reads."""
        return self._run(self.engine, work)

    def write(self, work: Callable[[orm.Session], _T]) -> _T:
        """Run a unit of work that writes, in one commit.

        :raises sqlalchemy.exc.IntegrityError: a unique or foreign key stood
            against it; the caller finds words for it
        """
        return self._run(self._writer, work)

    def change(self, statement: sa.Update | sa.Delete | sa.Insert) -> int:
        """Run one statement in a transaction; how many rows it touched."""
        return self.write(lambda session: touched(session, statement))

    def _run(self, engine: sa.Engine, work: Callable[[orm.Session], _T]) -> _T:
        began = time.monotonic()
        delay = 0.005
        while True:
            try:
                with orm.Session(engine, expire_on_commit=False) as session:
                    with session.begin():
                        return work(session)
            except exc.IntegrityError:
                raise
            except (exc.DataError, UnicodeEncodeError) as error:
                LOG.info('A value that the database refuses: %s', error)
                raise exceptions.BadRequest(
                    'The database cannot store one of the values: it is too '
                    'long, or holds characters that are not text.'
                ) from None
            except exc.TimeoutError:
                raise _unavailable(
                    'All connections to it are in use'
                ) from None
            except exc.DBAPIError as error:
                if not is_passing(error):
                    raise translated(error, self.url) from None
                left = min(
                    deadline.remaining(), began + PATIENCE - time.monotonic()
                )
                if left <= delay:
                    _log(error, self.url)
                    raise _unavailable('It was busy for too long') from None
            # Not all at once again.
            time.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311
            delay = min(delay * 2, 0.2)


def translated(error: exc.DBAPIError, url: sa.URL) -> Exception:
    """What to raise instead: ``Unavailable`` for an outage, or itself."""
    if not is_outage(error):
        return error
    _log(error, url)
    return _unavailable('It gives no answer')


def _log(error: exc.DBAPIError, url: sa.URL) -> None:
    """Say in the log what the database said, without the password."""
    said = ' '.join(str(error.orig).split())
    if url.password:
        said = said.replace(str(url.password), '***')
    LOG.error(
        'The database %s: %s', url.render_as_string(hide_password=True), said
    )


def touched(
    session: orm.Session, statement: sa.Update | sa.Delete | sa.Insert
) -> int:
    """Execute; how many rows met the condition (on MariaDB too)."""
    result: Any = session.execute(
        statement, execution_options={'synchronize_session': False}
    )
    count: int = result.rowcount
    return count


def set_values(row: orm.DeclarativeBase) -> dict[str, Any]:
    """The columns of a new object that were set, for another one.

    Work may run twice, and an object cannot be inserted twice.
    """
    return {
        attribute.key: row.__dict__[attribute.key]
        for attribute in sa.inspect(type(row)).column_attrs
        if attribute.key in row.__dict__ and attribute.key != 'id'
    }


def _unavailable(what: str) -> exceptions.Unavailable:
    return exceptions.Unavailable(
        f'The database of the bare metal compute service cannot be used now. '
        f'{what}; try again in a moment.',
        code='database_unavailable',
    )


def is_passing(error: exc.DBAPIError) -> bool:
    """Whether the same work may succeed when it is run again."""
    return (
        _sqlstate(error) in _PASSING_SQLSTATES
        or _mysql_code(error) in _PASSING_MYSQL
        or _sqlite_code(error) in _PASSING_SQLITE
    )


def is_outage(error: exc.DBAPIError) -> bool:
    """Whether the database is to blame, rather than the statement."""
    if error.connection_invalidated or _sqlstate(error) == _READ_ONLY_SQLSTATE:
        return True
    return (
        isinstance(error, exc.OperationalError | exc.InterfaceError)
        and _sqlite_code(error) != _SQLITE_ERROR
        and _mysql_code(error) != _MYSQL_BAD_FIELD
    )


def _sqlstate(error: exc.DBAPIError) -> str | None:
    """What PostgreSQL says, through psycopg or psycopg2."""
    state = getattr(error.orig, 'sqlstate', None)
    return state or getattr(error.orig, 'pgcode', None)


def _mysql_code(error: exc.DBAPIError) -> int | None:
    arguments = getattr(error.orig, 'args', ())
    first = arguments[0] if arguments else None
    return first if isinstance(first, int) else None


def _sqlite_code(error: exc.DBAPIError) -> int | None:
    code = getattr(error.orig, 'sqlite_errorcode', None)
    return None if code is None else code & 0xFF
