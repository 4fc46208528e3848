"""The services' databases: made from nothing, kept, and put back."""

from __future__ import annotations

import concurrent.futures
import contextlib
import getpass
import grp
import os
import pathlib
import shutil
import sqlite3
import subprocess

from moganclient.tests.functional.cloud import config

#: Neutron's migrations ALTER constraints, which SQLite cannot; its own
#: functional tests make the schema this way too.
_NEUTRON_SCHEMA = """
import sys
import sqlalchemy
from neutron.db.migration.models import head
head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))
"""

#: What a snapshot holds beside the databases.
_TREES = (
    'glance/images',
    'etc/keystone/fernet-keys',
    'etc/keystone/credential-keys',
)


def create(layout: config.Layout, env: dict[str, str]) -> None:
    """Make all of them, side by side.

    :raises RuntimeError: a command failed; with the end of its output
    """
    manage = [
        str(layout.bin / 'keystone-manage'),
        '--config-file',
        str(layout.etc / 'keystone' / 'keystone.conf'),
    ]
    group = grp.getgrgid(os.getgid()).gr_name
    owner = ['--keystone-user', getpass.getuser(), '--keystone-group', group]
    bootstrap = ['--bootstrap-password', config.ADMIN_PASSWORD]
    bootstrap += ['--bootstrap-region-id', config.REGION]
    for interface in ('public', 'internal', 'admin'):
        bootstrap += [f'--bootstrap-{interface}-url', layout.auth_url]
    python = str(layout.bin / 'python')
    jobs = {
        'keystone': [
            [*manage, 'db_sync'],
            [*manage, 'fernet_setup', *owner],
            [*manage, 'credential_setup', *owner],
            [*manage, 'bootstrap', *bootstrap],
        ],
        'neutron': [
            [
                python,
                '-c',
                _NEUTRON_SCHEMA,
                f'sqlite:///{layout.database("neutron")}',
            ]
        ],
        'glance': [
            [
                str(layout.bin / 'glance-manage'),
                '--config-file',
                str(layout.etc / 'glance' / 'glance-api.conf'),
                'db_sync',
            ]
        ],
        'ironic': [
            [
                str(layout.bin / 'ironic-dbsync'),
                '--config-file',
                str(layout.etc / 'ironic' / 'ironic.conf'),
                'create_schema',
            ]
        ],
    }

    def run(commands: list[list[str]]) -> None:
        for command in commands:
            _run(command, env)

    with concurrent.futures.ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, jobs.values()))
    _let_readers_read(layout)


def _let_readers_read(layout: config.Layout) -> None:
    """Write-ahead logs; without them Ironic's threads meet locks, and 500s.

    The database files remember it.
    """
    for path in (layout.run / 'db').glob('*.sqlite'):
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute('PRAGMA journal_mode=WAL')


def _run(command: list[str], env: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f'Failed with {done.returncode}: {" ".join(command)}\n'
            f'{done.stdout[-3000:]}'
        )


def save(layout: config.Layout, directory: pathlib.Path) -> None:
    """Copy what the cloud knows; its services may run meanwhile."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for source in (layout.run / 'db').glob('*.sqlite'):
        with (
            contextlib.closing(sqlite3.connect(source)) as origin,
            contextlib.closing(
                sqlite3.connect(directory / source.name)
            ) as copy,
        ):
            origin.backup(copy)
    for tree in _TREES:
        shutil.copytree(layout.run / tree, directory / tree)


def load(layout: config.Layout, directory: pathlib.Path) -> None:
    """Put it back, under the ports of this cloud; no service runs yet."""
    for source in directory.glob('*.sqlite'):
        shutil.copy(source, layout.run / 'db')
    for tree in _TREES:
        shutil.copytree(
            directory / tree, layout.run / tree, dirs_exist_ok=True
        )
    urls = {
        'identity': layout.auth_url,
        **{kind: layout.url(name) for kind, name in SERVICES.items()},
    }
    with contextlib.closing(
        sqlite3.connect(layout.database('keystone'))
    ) as keystone:
        for kind, url in urls.items():
            keystone.execute(
                'UPDATE endpoint SET url = ? WHERE service_id IN '
                '(SELECT id FROM service WHERE type = ?)',
                (url, kind),
            )
        keystone.commit()
    _let_readers_read(layout)


#: Type in the catalog to the name in :class:`config.Layout`.
SERVICES = {
    'baremetal': 'ironic',
    'image': 'glance',
    'network': 'neutron',
    'baremetal_compute': 'compute',
}
