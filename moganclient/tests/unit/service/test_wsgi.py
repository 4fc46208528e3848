"""``moganclient.service.wsgi:application`` in a process of its own."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import fixtures
import testtools

from moganclient.service import conf as service_conf
from moganclient.service.db import migration

#: Imports the application as a WSGI server does, and asks it for health.
SERVER = """
import threading
from moganclient.service import wsgi
from werkzeug import test

print(threading.active_count())
client = test.Client(wsgi.application)
print(client.get('/healthcheck').status_code)
print(client.get('/v1/adoptable_nodes').status_code)
print(threading.active_count())
"""


class WsgiTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def serve(self, config):
        path = self.home / 'service.conf'
        path.write_text(config)
        return subprocess.run(
            [sys.executable, '-c', SERVER],
            env={
                **os.environ,
                'HOME': str(self.home),
                service_conf.CONFIG_FILES_VARIABLE: str(path),
            },
            capture_output=True,
            text=True,
        )

    def test_it_refuses_to_start_without_auth_strategy(self):
        done = self.serve('[api]\nport = 1\n')
        self.assertNotEqual(0, done.returncode)
        self.assertIn('set auth_strategy', done.stderr)

    def test_it_serves_and_starts_the_background_with_the_first_request(self):
        connection = f'sqlite:///{self.home}/db.sqlite'
        migration.upgrade(connection)
        done = self.serve(
            '[DEFAULT]\nauth_strategy = noauth\n'
            f'[database]\nconnection = {connection}\n'
            '[flows]\nworkers = 3\n',
        )
        # One looks after all of them, and one keeps their leases.
        self.assertEqual(
            ['1', '200', '200', '6'], done.stdout.split(), done.stderr
        )

    def test_it_does_not_migrate_by_itself(self):
        done = self.serve(
            '[DEFAULT]\nauth_strategy = noauth\n'
            f'[database]\nconnection = sqlite:///{self.home}/db.sqlite\n'
        )
        self.assertNotEqual(0, done.returncode)
        self.assertIn('db upgrade', done.stderr)
