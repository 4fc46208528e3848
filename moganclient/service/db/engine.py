"""Connections to each kind of database, with what each needs."""

from __future__ import annotations

import math
import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy import exc

from moganclient.service.db import errors
from moganclient.service import deadline
from moganclient.service import exceptions

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
    except (exc.ArgumentError, ValueError):
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
                if error.sqlite_errorcode not in errors.PASSING_SQLITE:
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
