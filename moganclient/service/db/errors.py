"""What a database's errors mean, and words for those that people see."""

from __future__ import annotations

from oslo_log import log as logging
import sqlalchemy as sa
from sqlalchemy import exc

from moganclient.service import exceptions

LOG = logging.getLogger(__name__)

#: serialization_failure, deadlock_detected, lock_not_available.
_PASSING_SQLSTATES = {'40001', '40P01', '55P03'}
#: Record has changed since last read, lock wait timeout, deadlock.
_PASSING_MYSQL = {1020, 1205, 1213}
#: SQLITE_BUSY, SQLITE_LOCKED.
PASSING_SQLITE = {5, 6}
#: SQLITE_ERROR: the statement is wrong, not the database.
_SQLITE_ERROR = 1
#: SQLITE_CORRUPT, SQLITE_NOTADB: no operational errors to Python.
_BROKEN_SQLITE = {11, 26}
#: What MariaDB itself says when it cannot serve: memory, disk, connections,
#: access, Galera not ready, shutdown, network, read-only, killed.  PyMySQL
#: calls much else an operational error, too.
_OUTAGE_MYSQL = {
    *(1021, 1037, 1040, 1041, 1044, 1045, 1047, 1049, 1053, 1114, 1129),
    *(1130, 1152, 1158, 1159, 1160, 1161, 1184, 1203, 1226, 1290, 1792),
    *(1836, 1927),
}
#: What a server says that is a standby now.
_READ_ONLY_SQLSTATE = '25006'


class Outage(exceptions.Unavailable):
    """The database cannot be used now.

    The message is for everybody; ``said`` is what the database said, without
    a password, for the log and for whoever runs the service.
    """

    code = 'database_unavailable'

    def __init__(self, what: str, url: sa.URL, said: str) -> None:
        super().__init__(
            'The database of the bare metal compute service cannot be used '
            f'now. {what}; try again in a moment.'
        )
        if url.password:
            said = said.replace(str(url.password), '***')
        self.said = ' '.join(said.split())
        LOG.error('The database %s: %s', shown(url), self.said)


def shown(url: sa.URL) -> str:
    """A URL for messages, without the password or what else is secret."""
    return url.set(query={}).render_as_string(hide_password=True)


def translated(error: exc.DBAPIError, url: sa.URL) -> Exception:
    """What to raise instead: an ``Outage``, or the error itself."""
    if not is_outage(error):
        return error
    return Outage('It gives no answer', url, str(error.orig))


def is_passing(error: exc.DBAPIError) -> bool:
    """Whether the same work may succeed when it is run again."""
    return (
        _sqlstate(error) in _PASSING_SQLSTATES
        or _mysql_code(error) in _PASSING_MYSQL
        or _sqlite_code(error) in PASSING_SQLITE
    )


def is_outage(error: exc.DBAPIError) -> bool:
    """Whether the database is to blame, rather than the statement."""
    if error.connection_invalidated or _sqlstate(error) == _READ_ONLY_SQLSTATE:
        return True
    sqlite = _sqlite_code(error)
    if sqlite is not None:
        return sqlite in _BROKEN_SQLITE or (
            isinstance(error, exc.OperationalError) and sqlite != _SQLITE_ERROR
        )
    mysql = _mysql_code(error)
    if mysql is not None and 1000 <= mysql < 2000:
        return mysql in _OUTAGE_MYSQL
    return isinstance(error, exc.OperationalError | exc.InterfaceError)


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
