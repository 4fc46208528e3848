"""Bring a database to the schema of this release, and see where it is.

Several upgrades at once are safe: one works, the others wait for it and find
nothing left to do.  Nothing here runs by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import pathlib

from alembic import command
from alembic import config
from alembic.runtime import migration
from alembic import script
from alembic import util
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm
from sqlalchemy import pool

from moganclient.service.db import engine
from moganclient.service.db import errors
from moganclient.service.db import store
from moganclient.service import exceptions

#: Not alembic's own name: other things in the same database have that.
VERSION_TABLE = 'moganclient_alembic_version'

#: Any number, as long as it stays this one.
_POSTGRESQL_LOCK = 6_688_000_001

_SCRIPTS = pathlib.Path(__file__).parent / 'migrations'


def head() -> str:
    """The revision of this release's schema."""
    revision = script.ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None
    return str(revision)


def current(connection: str) -> str | None:
    """The revision that a database is at; None where there is no schema.

    :param connection: a database URL
    :raises moganclient.service.exceptions.ConfigError: the URL is wrong
    :raises moganclient.service.exceptions.Unavailable: no answer
    """
    url = engine.parse_url(connection)
    if _missing(url):
        # Looking must not make the file.
        return None
    database = store.Store(connection)
    try:
        return _revision(database)
    finally:
        database.dispose()


def upgrade(connection: str, revision: str = 'head') -> None:
    """Bring a database to a revision, by default this release's.

    The directory of a SQLite file is made where it is missing.

    :param connection: a database URL
    :raises moganclient.service.exceptions.ConfigError: the URL is wrong, or
        the database is at a revision that this release does not know
    :raises moganclient.service.exceptions.Unavailable: no answer
    """
    url = engine.parse_url(connection)
    if url.get_backend_name() == 'sqlite' and url.database:
        directory = pathlib.Path(url.database).parent
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise exceptions.ConfigError(
                f'The directory "{directory}" of the database cannot be '
                f'made: {error.strerror}.'
            ) from None
    _migrate(url, lambda conf: command.upgrade(conf, revision))


def downgrade(connection: str, revision: str) -> None:
    """Take a database back to an older revision; ``base`` is an empty one.

    What the older schema has no place for is lost.
    """
    url = engine.parse_url(connection)
    _migrate(url, lambda conf: command.downgrade(conf, revision))


def verify(database: store.Store) -> None:
    """Refuse a database whose schema is not this release's.

    :raises moganclient.service.exceptions.ConfigError: it is another one
    :raises moganclient.service.exceptions.Unavailable: no answer
    """
    found = None if _missing(database.url) else _revision(database)
    wanted = head()
    if found == wanted:
        return
    where = errors.shown(database.url)
    if found is None:
        state = 'has no tables of the bare metal compute service yet'
    elif _known(found):
        state = f'is at the older schema {found}'
    else:
        raise exceptions.ConfigError(
            f'The database {where} is at the schema {found}, which this '
            f'release does not know (its own is {wanted}): a newer release '
            'has upgraded it; run that one.'
        )
    raise exceptions.ConfigError(
        f'The database {where} {state}, and this release needs {wanted}: run '
        '"moganclient-api db upgrade" with the same configuration.'
    )


def _migrate(url: sa.URL, work: Callable[[config.Config], None]) -> None:
    migrator = engine.create_engine(
        url, migrates=True, poolclass=pool.NullPool
    )
    try:
        with _locked(migrator) as connection:
            conf = _config()
            conf.attributes['connection'] = connection
            work(conf)
    except util.CommandError as error:
        raise exceptions.ConfigError(
            f'The database {errors.shown(url)} cannot '
            f'be migrated by this release: {error}.'
        ) from None
    except exc.DBAPIError as error:
        translated = errors.translated(error, url)
        if isinstance(translated, errors.Outage):
            raise _for_operator(translated, url) from None
        raise
    finally:
        migrator.dispose()


@contextlib.contextmanager
def _locked(migrator: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose schema nobody else upgrades meanwhile.

    On PostgreSQL and SQLite the lock is the transaction's and so is the whole
    upgrade: it is done or it was not begun.
    """
    backend = migrator.dialect.name
    if backend == 'sqlite':
        with migrator.execution_options(**engine.WRITES).begin() as connection:
            yield connection
    elif backend == 'postgresql':
        with migrator.begin() as connection:
            connection.execute(
                sa.select(sa.func.pg_advisory_xact_lock(_POSTGRESQL_LOCK))
            )
            yield connection
    else:
        # The names of locks are the whole server's, and 64 long at most.
        name = f'moganclient_{migrator.url.database}'[:64]
        with migrator.connect() as connection:
            taken = connection.scalar(
                sa.select(sa.func.get_lock(name, engine.MIGRATION_PATIENCE))
            )
            if taken != 1:
                raise exceptions.Unavailable(
                    'Another upgrade of the database does not come to an '
                    'end; look after that one first.',
                    code='database_unavailable',
                )
            try:
                # Every statement that changes a table commits by itself
                # here; the lock is the connection's.
                connection.commit()
                yield connection
                connection.commit()
            finally:
                connection.rollback()
                connection.execute(sa.select(sa.func.release_lock(name)))


def _config() -> config.Config:
    conf = config.Config()
    conf.set_main_option('script_location', str(_SCRIPTS).replace('%', '%%'))
    return conf


def _revision(database: store.Store) -> str | None:
    def look(session: orm.Session) -> str | None:
        context = migration.MigrationContext.configure(
            session.connection(), opts={'version_table': VERSION_TABLE}
        )
        revision: str | None = context.get_current_revision()
        return revision

    try:
        return database.read(look)
    except errors.Outage as error:
        raise _for_operator(error, database.url) from None


def _for_operator(error: errors.Outage, url: sa.URL) -> exceptions.Unavailable:
    """Whoever starts or upgrades the service may hear what is wrong."""
    return exceptions.Unavailable(
        f'The database {errors.shown(url)} cannot be used: {error.said}',
        code=error.code,
    )


def _known(revision: str) -> bool:
    try:
        script.ScriptDirectory.from_config(_config()).get_revision(revision)
    except util.CommandError:
        return False
    return True


def _missing(url: sa.URL) -> bool:
    """Whether this is a SQLite file that does not exist."""
    return (
        url.get_backend_name() == 'sqlite'
        and not pathlib.Path(str(url.database)).exists()
    )
