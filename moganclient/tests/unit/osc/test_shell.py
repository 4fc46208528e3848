"""Tests of the plugin inside the real ``openstack`` shell.

The shell is the real one, in this process; the clouds that it talks to are
mocked at the level of HTTP.
"""

from __future__ import annotations

import base64
import json
import pathlib
from typing import Any

import ddt
import fixtures
from keystoneauth1 import fixture as keystone
import requests

from moganclient.tests.functional import shell
from moganclient.tests.unit import loopback
from moganclient.tests.unit.v1 import fakes

KEYSTONE = 'http://keystone.test/v3'
TOKEN = 'the-token'  # noqa: S105
LIST = 'baremetalcompute server list -f value -c Name'


class Base(fakes.TestCase):
    """A cloud, and a shell without any options of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.http.get(
            f'{fakes.MOGAN}/servers', json={'servers': [fakes.SERVER]}
        )

    def shell(
        self, cloud: dict[str, Any] | None = None, **env: str
    ) -> shell.OpenStackShell:
        """A shell whose ``--os-cloud c`` is this one."""
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        clouds = path / 'clouds.yaml'
        # JSON is YAML.
        clouds.write_text(json.dumps({'clouds': {'c': cloud or {}}}))
        options = ('--os-cloud', 'c') if cloud else ()
        return self.useFixture(
            shell.OpenStackShell(*options, clouds_yaml=clouds, env=env)
        )

    def catalog(self, *services: tuple[str, str, str, str]) -> None:
        """A Keystone whose catalog has these.

        :param services: type, region, interface and URL of each endpoint
        """
        token = keystone.V3Token()
        token.set_project_scope()
        for service_type, region, interface, url in services:
            token.add_service(service_type).add_endpoint(
                interface, url, region=region
            )
        self.http.get(
            KEYSTONE, json={'version': keystone.V3Discovery(KEYSTONE)}
        )
        self.http.post(
            f'{KEYSTONE}/auth/tokens',
            json=token,
            headers={'X-Subject-Token': TOKEN},
        )


NONE = {
    'auth_type': 'none',
    'baremetal_compute_endpoint_override': fakes.MOGAN,
}


@ddt.ddt
class TestVersion(Base):
    OPTION = '--os-baremetal-compute-api-version'

    def version_sent(self) -> str:
        return str(self.http.last_request.headers['OpenStack-API-Version'])

    @ddt.data('1', 'latest', '1.latest', '1.4')
    def test_by_option(self, version):
        self.shell(NONE).run(f'{self.OPTION} {version} {LIST}')
        self.assertEqual('baremetal_compute 1.4', self.version_sent())

    @ddt.data('1.1', 1.1)
    def test_by_clouds_yaml(self, version):
        cloud = {**NONE, 'baremetal_compute_api_version': version}
        self.shell(cloud).run(LIST)
        self.assertEqual('baremetal_compute 1.1', self.version_sent())

    def test_latest_by_clouds_yaml(self):
        cloud = {**NONE, 'baremetal_compute_api_version': 'latest'}
        self.shell(cloud).run(LIST)
        self.assertEqual('baremetal_compute 1.4', self.version_sent())

    def test_by_the_environment(self):
        env = {'OS_BAREMETAL_COMPUTE_API_VERSION': 'latest'}
        self.shell(NONE, **env).run(LIST)
        self.assertEqual('baremetal_compute 1.4', self.version_sent())

    @ddt.data('2', '1.9', 'newest')
    def test_a_wrong_one_is_an_error_and_nothing_runs(self, version):
        ended = self.shell(NONE).run(
            f'{self.OPTION} {version} {LIST}', ok=False
        )
        self.assertIn(f'"{version}" is not one', ended.stderr)
        self.assertEqual('', ended.stdout)
        self.assertEqual([], self.sent())

    def test_a_wrong_one_in_clouds_yaml(self):
        cloud = {**NONE, 'baremetal_compute_api_version': 3}
        ended = self.shell(cloud).run(LIST, ok=False)
        self.assertIn('"3" is not one', ended.stderr)

    def test_a_server_that_is_older_than_wanted(self):
        old = {'version': {**loopback.VERSIONS['version'], 'version': '1.1'}}
        self.http.get(fakes.MOGAN, json=old)
        ended = self.shell(NONE).run(f'{self.OPTION} 1.2 {LIST}', ok=False)
        self.assertIn('1.2 is needed', ended.stderr)


class TestAuthentication(Base):
    """Every way in ends with the list."""

    def sent_header(self, name: str) -> str | None:
        found: str | None = self.http.last_request.headers.get(name)
        return found

    def test_none_by_options(self):
        ended = self.shell().run(
            f'--os-auth-type none --os-endpoint http://mogan.test:6688 {LIST}'
        )
        self.assertEqual('db-3\n', ended.stdout)

    def test_none_by_an_override_alone(self):
        self.assertEqual('db-3\n', self.shell(NONE).run(LIST).stdout)

    def test_http_basic(self):
        cloud = {
            'auth_type': 'http_basic',
            'auth': {
                'endpoint': 'http://mogan.test:6688/',
                'username': 'u',
                'password': 'p',
            },
        }
        self.assertEqual('db-3\n', self.shell(cloud).run(LIST).stdout)
        self.assertEqual(
            'Basic ' + base64.b64encode(b'u:p').decode(),
            self.sent_header('Authorization'),
        )

    def test_admin_token(self):
        ended = self.shell().run(
            f'--os-token {TOKEN} --os-endpoint {fakes.MOGAN} {LIST}'
        )
        self.assertEqual('db-3\n', ended.stdout)
        self.assertEqual(TOKEN, self.sent_header('X-Auth-Token'))

    def with_keystone(self, auth_type: str, **auth: str) -> None:
        self.catalog(('baremetal_compute', 'R', 'public', fakes.MOGAN))
        cloud = {
            'auth_type': auth_type,
            'auth': {'auth_url': KEYSTONE, **auth},
        }
        self.assertEqual('db-3\n', self.shell(cloud).run(LIST).stdout)
        self.assertEqual(TOKEN, self.sent_header('X-Auth-Token'))

    def test_password(self):
        self.with_keystone(
            'password', username='u', password='p', project_name='x',
            user_domain_id='default', project_domain_id='default',
        )  # fmt: skip

    def test_token(self):
        self.with_keystone('token', token='other', project_id='x')

    def test_application_credential(self):
        self.with_keystone(
            'v3applicationcredential',
            application_credential_id='a',
            application_credential_secret='s',
        )

    def test_a_token_that_is_not_accepted(self):
        self.http.get(
            f'{fakes.MOGAN}/servers',
            status_code=401,
            json={'error': {'code': 401, 'message': 'Not accepted.'}},
        )
        ended = self.shell().run(
            f'--os-token {TOKEN} --os-endpoint {fakes.MOGAN} {LIST}', ok=False
        )
        self.assertIn('Not accepted.', ended.stderr)
        self.assertNotIn(TOKEN, ended.stderr)


class TestCatalog(Base):
    PASSWORD = {
        'auth_type': 'password',
        'auth': {
            'auth_url': KEYSTONE,
            'username': 'u',
            'password': 'p',
            'project_name': 'x',
            'user_domain_id': 'default',
            'project_domain_id': 'default',
        },
    }
    OTHER = 'http://other.test'

    def list_with(self, **cloud: Any) -> shell.Result:
        return self.shell({**self.PASSWORD, **cloud}).run(LIST)

    def test_the_other_spelling_of_the_type(self):
        self.catalog(('baremetal-compute', 'R', 'public', fakes.MOGAN))
        self.assertEqual('db-3\n', self.list_with().stdout)

    def test_the_region(self):
        self.catalog(
            ('baremetal_compute', 'R1', 'public', self.OTHER),
            ('baremetal_compute', 'R2', 'public', fakes.MOGAN),
        )
        self.assertEqual('db-3\n', self.list_with(region_name='R2').stdout)

    def test_the_interface(self):
        self.catalog(
            ('baremetal_compute', 'R', 'public', self.OTHER),
            ('baremetal_compute', 'R', 'internal', fakes.MOGAN),
        )
        self.assertEqual('db-3\n', self.list_with(interface='internal').stdout)

    def test_an_interface_for_this_service_alone(self):
        self.catalog(
            ('baremetal_compute', 'R', 'public', self.OTHER),
            ('baremetal_compute', 'R', 'admin', fakes.MOGAN),
        )
        ended = self.list_with(baremetal_compute_interface='admin')
        self.assertEqual('db-3\n', ended.stdout)

    def test_another_type_by_clouds_yaml(self):
        self.catalog(('metal', 'R', 'public', fakes.MOGAN))
        ended = self.list_with(baremetal_compute_service_type='metal')
        self.assertEqual('db-3\n', ended.stdout)

    def test_an_override_is_stronger(self):
        self.catalog(('baremetal_compute', 'R', 'public', self.OTHER))
        ended = self.list_with(baremetal_compute_endpoint_override=fakes.MOGAN)
        self.assertEqual('db-3\n', ended.stdout)

    def test_without_the_service_it_says_what_to_set(self):
        self.catalog(('identity', 'R', 'public', KEYSTONE))
        ended = self.shell(self.PASSWORD).run(LIST, ok=False)
        self.assertIn('baremetal_compute_endpoint_override', ended.stderr)
        self.assertEqual('', ended.stdout)

    def test_nobody_listens_there(self):
        # Without waiting for a second attempt.
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.retries.Policy.delay', lambda *args: None
            )
        )
        self.http.get(
            fakes.MOGAN,
            exc=requests.exceptions.ConnectionError('Connection refused'),
        )
        ended = self.shell(NONE).run(LIST, ok=False)
        self.assertIn(fakes.MOGAN, ended.stderr)
        self.assertNotIn('HTTPConnectionPool', ended.stderr)


class TestWords(Base):
    def test_a_prefix_finds_the_command(self):
        ended = self.shell(NONE).run('baremetal server list -f value -c Name')
        self.assertEqual('db-3\n', ended.stdout)

    def test_completion_knows_the_commands(self):
        completion = self.shell().run('complete').stdout
        self.assertIn(
            "cmds_baremetalcompute='adoptable adoption aggregate availability "
            "console flavor keypair manageable node server'",
            completion,
        )
        self.assertIn('--dry-run', completion)

    def test_help_lists_them(self):
        listed = self.shell().run('help baremetalcompute').stdout
        self.assertIn('baremetalcompute server unmanage', listed)

    def test_an_empty_list_is_no_failure(self):
        self.http.get(f'{fakes.MOGAN}/servers', json={'servers': []})
        ended = self.shell(NONE).run('baremetalcompute server list -f json')
        self.assertEqual([], ended.json)
