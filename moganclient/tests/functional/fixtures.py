"""The service as a process, started the way that operators start it."""

from __future__ import annotations

from collections.abc import Mapping
import json
import os
import pathlib
import signal
import sys
from typing import Any
import urllib.error
import urllib.request

import fixtures
from testtools import content
from testtools import content_type

from moganclient.tests import database
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional.cloud import stack

Sections = Mapping[str, Mapping[str, object]]

#: Where tools like ours are installed.
_BIN = pathlib.Path(sys.executable).parent


def merge(*parts: Sections) -> dict[str, dict[str, object]]:
    """Sections of a configuration file; what comes later wins."""
    result: dict[str, dict[str, object]] = {}
    for part in parts:
        for section, options in part.items():
            result.setdefault(section, {}).update(options)
    return result


def cloud_config(
    cloud: stack.Cloud,
    *,
    ironic: str | None = None,
    neutron: str | None = None,
    glance: str | None = None,
) -> dict[str, dict[str, object]]:
    """What the service needs to know of a cloud.

    It gets an account of its own, with the roles admin and service in the
    project service.

    :param ironic: URL of a recorder in front of Ironic, None for the
        endpoint in the catalog; likewise the others
    """
    auth = config.service_auth(cloud.layout, 'mogan')
    return {
        'DEFAULT': {'driver': 'ironic', 'auth_strategy': 'keystone'},
        'api': {'admin_project_name': 'admin'},
        'keystone_authtoken': config.authtoken(cloud.layout, 'mogan'),
        'ironic': {**auth, 'endpoint_override': ironic},
        'neutron': {**auth, 'endpoint_override': neutron},
        'glance': {**auth, 'endpoint_override': glance},
    }


class ServiceFixture(fixtures.Fixture):
    """``moganclient-api --config-file``; ``url`` is where it listens.

    Without anything said: the static driver with its sample inventory,
    noauth and an SQLite database of its own.
    """

    def __init__(
        self,
        *overrides: Sections,
        connection: str | None = None,
        backend: str = 'sqlite',
        port: int | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Describe it; it starts with ``setUp``.

        :param overrides: sections with options; what comes later wins
        :param connection: URL of a database that is set up already, to share
            it; None for one of its own
        :param backend: kind of the database of its own
        :param port: where it listens, None for a free port
        :param env: further environment variables of the process
        """
        super().__init__()
        self._overrides = overrides
        self._connection = connection
        self._backend = backend
        self._env = dict(env or {})
        self.port = port or processes.free_port()
        self.url = f'http://{processes.HOST}:{self.port}'
        self.directory = pathlib.Path()
        self.config: dict[str, dict[str, object]] = {}

    def _setUp(self) -> None:
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        if self._connection is None:
            fresh = self.useFixture(database.Fresh(self._backend))
            self._connection = fresh.connection
        self.config = merge(
            {
                'DEFAULT': {
                    'driver': 'static',
                    'auth_strategy': 'noauth',
                    'debug': True,
                },
                'api': {'host': processes.HOST, 'port': self.port},
                'database': {'connection': self._connection},
            },
            *self._overrides,
        )
        self.config_file = self.directory / 'moganclient.conf'
        config.write_ini(self.config_file, self.config)
        env = {k: v for k, v in os.environ.items() if not k.startswith('OS_')}
        self.process = processes.Process(
            'moganclient-api',
            [
                str(_BIN / 'moganclient-api'),
                '--config-file',
                str(self.config_file),
            ],
            log=self.directory / 'moganclient-api.log',
            env=env | self._env,
        )
        self.addCleanup(self.process.stop)
        self.addDetail(
            f'moganclient-api on {self.port}',
            content.Content(
                content_type.UTF8_TEXT,
                lambda: [self.process.tail(200_000).encode()],
            ),
        )
        self.start()

    def start(self) -> None:
        """Start it (again) and wait until it says that it is fit to serve."""
        self.process.start()
        self.process.wait_http(f'{self.url}/healthcheck', accept=(200,))

    def stop(self) -> None:
        """Stop it as an operator would, and wait for its end."""
        self.process.stop()

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self.process.kill()

    def terminate(self, seconds: float = 30) -> int:
        """Ask it to end; how it ended."""
        self.process.signal(signal.SIGTERM)
        return self.process.wait(seconds)

    @property
    def log(self) -> str:
        """All that it logged."""
        return self.process.log.read_text(errors='replace')

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, Any, Mapping[str, str]]:
        """A plain request: status, decoded body, headers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path,
            data,
            {'Content-Type': 'application/json', **(headers or {})},
            method=method,
        )
        try:
            with _opener.open(request, timeout=120) as answer:
                status, raw = answer.status, answer.read()
                received = dict(answer.headers)
        except urllib.error.HTTPError as exc:
            status, raw, received = exc.code, exc.read(), dict(exc.headers)
        try:
            return status, json.loads(raw), received
        except ValueError:
            return status, raw.decode(errors='replace'), received


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
