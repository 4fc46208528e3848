"""The running cloud: one for a test process, started at the first need."""

from __future__ import annotations

import atexit
from collections.abc import Callable
import json
import os
import pathlib
import sqlite3
import sys
import threading
from typing import Any

from keystoneauth1.identity import v3
from keystoneauth1 import session

from moganclient.tests.functional.cloud import api
from moganclient.tests.functional.cloud import build
from moganclient.tests.functional.cloud import bulk
from moganclient.tests.functional.cloud import cache
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import databases
from moganclient.tests.functional.cloud import identity
from moganclient.tests.functional.cloud import machines
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional.cloud import venv

_HERE = pathlib.Path(__file__).parent


class Cloud:
    """Keystone, Ironic, Glance and Neutron, with what is seeded in them."""

    def __init__(self) -> None:
        run = processes.temporary_directory('cloud')
        self.layout = config.Layout(
            run=run,
            venv=venv.path(),
            keystone=processes.free_port(),
            glance=processes.free_port(),
            neutron=processes.free_port(),
            ironic=processes.free_port(),
            compute=processes.free_port(),
        )
        #: What the seeding knows: name of a machine to what it is.
        self.seeded: dict[str, Any] = {}
        self._sessions: dict[str, session.Session] = {}
        self._lock = threading.Lock()
        self.env = self._environment()
        config.write(self.layout)
        identity.write_clouds(self.layout)
        self.services = self._services()
        self.api = api.Api(
            self.session('system'),
            self.session('admin'),
            {
                name: self.layout.url(name)
                for name in ('ironic', 'neutron', 'glance')
            },
        )

    def _environment(self) -> dict[str, str]:
        drop = ('OS_', 'PYTHON', 'VIRTUAL_ENV')
        env = {k: v for k, v in os.environ.items() if not k.startswith(drop)}
        etc = self.layout.etc
        return env | {
            'PYTHONPATH': str(self.layout.run / 'plugins'),
            # Banners of deprecation.
            'PYTHONWARNINGS': 'ignore',
            'OS_KEYSTONE_CONFIG_DIR': str(etc / 'keystone'),
            'OS_KEYSTONE_CONFIG_FILES': 'keystone.conf',
            'OS_GLANCE_CONFIG_DIR': str(etc / 'glance'),
            'OS_NEUTRON_CONFIG_DIR': str(etc / 'neutron'),
            'OS_NEUTRON_CONFIG_FILES': 'neutron.conf',
        }

    def _services(self) -> dict[str, processes.Process]:
        layout = self.layout
        python = str(layout.bin / 'python')
        # -P: the modules beside serve.py are not theirs to import.
        commands = {
            name: [
                python,
                '-P',
                str(_HERE / 'serve.py'),
                f'{name}.wsgi.api',
                str(getattr(layout, name)),
            ]
            for name in ('keystone', 'glance', 'neutron')
        }
        commands['ironic'] = [
            str(layout.bin / 'ironic'),
            '--config-file',
            str(layout.etc / 'ironic' / 'ironic.conf'),
        ]
        return {
            name: processes.Process(
                name, command, log=layout.log(name), env=self.env
            )
            for name, command in commands.items()
        }

    def start(self) -> None:
        """Start all services and wait until they answer."""
        for service in self.services.values():
            service.start()
        for name, service in self.services.items():
            service.wait_http(self.layout.url(name) + '/')

    def stop(self) -> None:
        """End all services; what they know stays in the directory."""
        for service in self.services.values():
            service.kill()

    def stop_ironic(self) -> None:
        """End Ironic as a power cut would."""
        self.services['ironic'].kill()

    def start_ironic(self, delay: int = 0) -> None:
        """Start it again, on the same port, and wait until it answers.

        :param delay: seconds that each part of power actions, deploying and
            undeploying takes from now on
        """
        config.write_ini(
            self.layout.etc / 'ironic' / 'ironic.conf',
            config.ironic(self.layout, delay),
        )
        self.services['ironic'].start()
        self.services['ironic'].wait_http(self.layout.url('ironic') + '/')

    def session(self, name: str) -> session.Session:
        """A session of one of the users in :data:`identity.CLOUDS`."""
        with self._lock:
            if name not in self._sessions:
                user, password, scope = identity.CLOUDS[name]
                auth = v3.Password(
                    auth_url=self.layout.auth_url,
                    username=user,
                    password=password,
                    user_domain_id='default',
                    **scope,  # type: ignore[arg-type]
                )
                self._sessions[name] = session.Session(auth=auth, timeout=60)
            return self._sessions[name]

    def forget_tokens(self) -> None:
        """Have everybody log in anew: a token keeps its old catalog."""
        with self._lock:
            for kept in self._sessions.values():
                kept.invalidate()

    def project_id(self, name: str) -> str:
        """The id of a project by name."""
        return identity.project_id(self.session('admin'), self.layout, name)

    def reserve_node(self, uuid: str, holder: str | None) -> None:
        """Lock a node as a conductor does while it works, or (None) unlock.

        Ironic answers 409 to writes then, after two seconds of trying.
        """
        with sqlite3.connect(
            self.layout.database('ironic'), timeout=30
        ) as connection:
            connection.execute(
                'UPDATE nodes SET reservation = ? WHERE uuid = ?',
                (holder, uuid),
            )
        connection.close()

    def save(self, directory: pathlib.Path) -> None:
        """Keep what the cloud knows."""
        databases.save(self.layout, directory)
        (directory / 'seeded.json').write_text(json.dumps(self.seeded))

    def load(self, directory: pathlib.Path) -> None:
        """Begin with what another one knew."""
        databases.load(self.layout, directory)
        self.seeded = json.loads((directory / 'seeded.json').read_text())


def _seed_base(cloud: Cloud) -> None:
    identity.seed(cloud.session('admin'), cloud.layout)
    identity.seed_networks(cloud.session('admin'), cloud.layout)
    cloud.forget_tokens()


def _seed_machines(cloud: Cloud) -> None:
    cloud.seeded = machines.seed(
        cloud.api, cloud.project_id('demo'), cloud.layout
    )


def _seed_bulk(cloud: Cloud) -> None:
    cloud.seeded = bulk.seed(cloud.api, cloud.project_id('demo'), cloud.layout)


def _seed_build(cloud: Cloud) -> None:
    projects = (cloud.project_id(one) for one in ('service', 'demo', 'other'))
    cloud.seeded = {**cloud.seeded, **build.seed(cloud.api, *projects)}


#: Snapshot to the one it is built on, what is added to it, and the modules
#: that decide what that is.
_SNAPSHOTS: dict[
    str, tuple[str | None, Callable[[Cloud], None], tuple[str, ...]]
] = {
    'base': (
        None,
        _seed_base,
        ('bindall', 'config', 'databases', 'hardware', 'identity'),
    ),
    'machines': ('base', _seed_machines, ('api', 'copies', 'machines')),
    'build': ('machines', _seed_build, ('build',)),
    'bulk': ('base', _seed_bulk, ('api', 'copies', 'machines', 'bulk')),
}


def _key(name: str) -> str:
    """What a snapshot depends on: the services, and all that is seeded."""
    parent, _, modules = _SNAPSHOTS[name]
    below = venv.key() if parent is None else _key(parent)
    return cache.digest(below, *(_HERE / f'{name}.py' for name in modules))


def start(snapshot: str = 'machines') -> Cloud:
    """A new running cloud, from the snapshot or by building that."""
    name = f'snapshot-{snapshot}-{_key(snapshot)}'
    path = cache.directory() / name
    with cache.lock(name):
        if not cache.is_complete(path):
            print(f'Building {path}', file=sys.stderr, flush=True)
            return _build(snapshot, path)
    cloud = Cloud()
    cloud.load(path)
    cloud.start()
    return cloud


def _build(snapshot: str, path: pathlib.Path) -> Cloud:
    parent, seed, _ = _SNAPSHOTS[snapshot]
    if parent is None:
        cloud = Cloud()
        databases.create(cloud.layout, cloud.env)
        cloud.start()
    else:
        cloud = start(parent)
    seed(cloud)
    cloud.save(path)
    cache.complete(path)
    return cloud


def _stop(cloud: Cloud, owner: int) -> None:
    if os.getpid() == owner:
        cloud.stop()


_running: dict[str, Cloud] = {}
_running_lock = threading.Lock()


def get(snapshot: str = 'machines') -> Cloud:
    """The cloud of this process, shared by all that asks for it."""
    with _running_lock:
        if snapshot not in _running:
            cloud = _running[snapshot] = start(snapshot)
            atexit.register(_stop, cloud, os.getpid())
        return _running[snapshot]
