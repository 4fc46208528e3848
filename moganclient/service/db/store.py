"""Units of work: transactions, run again where that helps.

A unit of work is a function of a session.  It runs in one transaction and is
run again, within :mod:`moganclient.service.deadline`, where the database gave
up for a reason that passes: a lock held for too long, a deadlock, a conflict
of two transactions.  It must not act on anything but the session.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import os
import random
import threading
import time
from typing import Any
from typing import TypeVar
import weakref

from oslo_log import log as logging
import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import engine
from moganclient.service.db import errors
from moganclient.service import deadline
from moganclient.service import exceptions

LOG = logging.getLogger(__name__)

_T = TypeVar('_T')
#: What a unit of work is given.
_C = TypeVar('_C', orm.Session, sa.Connection)
_Transaction = contextlib.AbstractContextManager

#: Seconds for which work is tried again where no deadline is set.
PATIENCE = 30.0

#: Connections of the process that this one was forked from; kept, unused.
_inherited: list[sa.Pool] = []


class Store:
    """A database, and units of work on it."""

    def __init__(
        self, connection: str, *, pool_size: int = 24, pool_timeout: float = 10
    ) -> None:
        """Prepare; nothing is opened yet.

        :param connection: a database URL, see
            :func:`moganclient.service.db.engine.parse_url`
        :param pool_size: the most connections
        :param pool_timeout: seconds to wait for one of them
        :raises moganclient.service.exceptions.ConfigError: the URL is wrong
        """
        self.url = engine.parse_url(connection)
        self.engine = engine.create_engine(
            self.url,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=pool_timeout,
        )
        self._writer = self.engine.execution_options(**engine.WRITES)
        #: SQLite has one writer at a time, and those who wait for it sleep
        #: and look: the threads of one process queue up here instead.
        self._queue: threading.Lock | None = None
        if self.url.get_backend_name() == 'sqlite':
            self._queue = threading.Lock()
        # Connections must not be shared with a server's forked workers, nor
        # closed by them: SQLite would tidy up behind the parent's back.
        me = weakref.ref(self)

        def forget() -> None:
            store = me()
            if store is not None:
                _inherited.append(store.engine.pool)
                store.engine.dispose(close=False)
                if store._queue is not None:
                    # Whoever holds it is not in this process.
                    store._queue = threading.Lock()

        os.register_at_fork(after_in_child=forget)

    def __repr__(self) -> str:
        return f'<{type(self).__name__} {errors.shown(self.url)}>'

    def dispose(self) -> None:
        """Close the connections that are not in use."""
        self.engine.dispose()

    def check(self) -> None:
        """Answer the health check: one statement.

        :raises moganclient.service.exceptions.Unavailable: no answer
        """
        self.look(lambda connection: connection.execute(sa.text('SELECT 1')))

    def read(self, work: Callable[[orm.Session], _T]) -> _T:
        """Run a unit of work that only reads."""
        return self._run(lambda: _session(self.engine), work)

    def look(self, work: Callable[[sa.Connection], _T]) -> _T:
        """The same for what needs no objects, at half the cost."""
        return self._run(self.engine.begin, work)

    def write(self, work: Callable[[orm.Session], _T]) -> _T:
        """Run a unit of work that writes, in one commit.

        :raises sqlalchemy.exc.IntegrityError: a unique or foreign key stood
            against it; the caller finds words for it
        """
        return self._run(lambda: self._alone(_session(self._writer)), work)

    def change(self, statement: sa.Update | sa.Delete | sa.Insert) -> int:
        """Run one statement in a transaction; how many rows it touched."""
        return self._run(
            lambda: self._alone(self._writer.begin()),
            lambda connection: touched(connection, statement),
        )

    @contextlib.contextmanager
    def _alone(self, transaction: _Transaction[_C]) -> Iterator[_C]:
        """A transaction that writes, in its turn."""
        queue = self._queue
        if queue is None:
            with transaction as opened:
                yield opened
            return
        if not queue.acquire(timeout=min(deadline.remaining(), PATIENCE)):
            raise errors.Outage(
                'It was busy for too long',
                self.url,
                'other threads of this process wrote all the time',
            )
        try:
            with transaction as opened:
                yield opened
        finally:
            queue.release()

    def _run(
        self,
        transaction: Callable[[], _Transaction[_C]],
        work: Callable[[_C], _T],
    ) -> _T:
        began = time.monotonic()
        delay = 0.005
        while True:
            try:
                with transaction() as opened:
                    return work(opened)
            except exc.IntegrityError:
                raise
            except (exc.DataError, UnicodeEncodeError) as error:
                LOG.info('A value that the database refuses: %s', error)
                raise exceptions.BadRequest(
                    'The database cannot store one of the values: it is too '
                    'long, or holds characters that are not text.'
                ) from None
            except exc.TimeoutError as error:
                raise errors.Outage(
                    'All connections to it are in use', self.url, str(error)
                ) from None
            except exc.DBAPIError as error:
                if not errors.is_passing(error):
                    raise errors.translated(error, self.url) from None
                left = min(
                    deadline.remaining(), began + PATIENCE - time.monotonic()
                )
                if left <= delay:
                    raise errors.Outage(
                        'It was busy for too long', self.url, str(error.orig)
                    ) from None
            # Not all at once again.
            time.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311
            delay = min(delay * 2, 0.2)


@contextlib.contextmanager
def _session(bind: sa.Engine) -> Iterator[orm.Session]:
    """A session in a transaction; its objects stay as they are after it."""
    with orm.Session(bind, expire_on_commit=False) as session:
        with session.begin():
            yield session


def touched(
    where: orm.Session | sa.Connection,
    statement: sa.Update | sa.Delete | sa.Insert,
) -> int:
    """Execute; how many rows met the condition (on MariaDB too)."""
    result: Any = where.execute(
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
