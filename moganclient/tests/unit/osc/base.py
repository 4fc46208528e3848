"""What the tests of commands run them with.

The command is the real one, and so is the client below it; the API and the
other services are mocked at the level of HTTP.
"""

from __future__ import annotations

import contextlib
import io
import json
import types
from typing import Any

import fixtures
from keystoneauth1 import fixture as keystone
from keystoneauth1.identity import v3
from keystoneauth1 import session as ksa_session
from openstack import connection
from osc_lib import exceptions

from moganclient.tests.unit.v1 import fakes

KEYSTONE = 'http://keystone.test/v3'
NEUTRON = 'http://neutron.test'
GLANCE = 'http://glance.test'


class TestCase(fakes.TestCase):
    """Runs a command as the shell would, without the shell around it."""

    def setUp(self) -> None:
        super().setUp()
        self.logged = self.useFixture(fixtures.FakeLogger())
        self.stdin = io.StringIO()
        self.manager = types.SimpleNamespace(
            baremetal_compute=self.client,
            auth_plugin_name='none',
            auth_ref=None,
            sdk_connection=types.SimpleNamespace(
                config=types.SimpleNamespace(config={})
            ),
        )

    def run_command(self, command: type[Any], *argv: str) -> str:
        """Run it, as JSON where there is something to print.

        :returns: what it printed
        """
        stdout = io.StringIO()
        self.stderr = io.StringIO()
        app = types.SimpleNamespace(
            client_manager=self.manager,
            stdin=self.stdin,
            stdout=stdout,
            stderr=self.stderr,
        )
        made = command(app, None)
        try:
            with contextlib.redirect_stderr(self.stderr):
                made.run(made.get_parser('prog').parse_args(argv))
        finally:
            #: What it printed, though it may have failed.
            self.printed = stdout.getvalue()
        return self.printed

    def table(self, command: type[Any], *argv: str) -> list[list[str]]:
        """Run it, and take the cells of the table apart, headings first."""
        printed = self.run_command(command, *argv)
        return [
            [cell.strip() for cell in line.strip('|').split(' | ')]
            for line in printed.splitlines()
            if line.startswith('|')
        ]

    def json(self, command: type[Any], *argv: str) -> Any:
        """Run it with ``-f json``."""
        return json.loads(self.run_command(command, *argv, '-f', 'json'))

    def error(self, command: type[Any], *argv: str) -> str:
        """Run it and expect that it fails with a CommandError."""
        return str(
            self.assertRaises(
                exceptions.CommandError, self.run_command, command, *argv
            )
        )

    def log_in(self) -> None:
        """From here on the user is one of Keystone's, with a catalog."""
        token = keystone.V3Token()
        token.set_project_scope()
        for service_type, url in (
            ('identity', KEYSTONE),
            ('network', NEUTRON),
            ('image', GLANCE),
        ):
            token.add_service(service_type).add_standard_endpoints(
                public=url, region='RegionOne'
            )
        self.http.get(
            KEYSTONE, json={'version': keystone.V3Discovery(KEYSTONE)}
        )
        self.http.post(
            f'{KEYSTONE}/auth/tokens',
            json=token,
            headers={'X-Subject-Token': 'secret'},
        )
        for url, version in ((NEUTRON, 'v2.0'), (GLANCE, 'v2.0')):
            path = version.removesuffix('.0') if url == GLANCE else version
            document = keystone.DiscoveryList(href=url, v2=False, v3=False)
            document.add_microversion(
                href=f'{url}/{path}', id=version, status='CURRENT'
            )
            self.http.get(url, json=document)
        session = ksa_session.Session(
            v3.Password(KEYSTONE, username='u', password='p')
        )
        self.manager.auth_plugin_name = 'password'
        self.manager.auth_ref = session.auth.get_access(session)
        self.manager.sdk_connection = connection.Connection(
            session=session,
            region_name='RegionOne',
            identity_api_version='3',
        )


def fault(detail: str, **more: Any) -> dict[str, Any]:
    """The body of an answer of the service that is an error."""
    return {
        'errors': [{'code': 'baremetal-compute.x', 'detail': detail, **more}]
    }
