"""A real cloud: every way that people prove who they are."""

from __future__ import annotations

import json
import pathlib
from typing import Any
import uuid

import bcrypt
import fixtures
from keystoneauth1 import adapter

from moganclient import exceptions
from moganclient.tests.functional import base
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional import fixtures as functional
from moganclient.tests.functional import shell

LIST = 'baremetalcompute adoptable node list --name gold -f json'


class ShellTestCase(base.CloudTestCase):
    def openstack(self, *options: str, **env: str) -> shell.OpenStackShell:
        return self.useFixture(shell.OpenStackShell(*options, env=env))

    def assert_lists(self, openstack: shell.OpenStackShell) -> None:
        rows = openstack.run(LIST).json
        self.assertEqual(['gold'], [row['Name'] for row in rows])


class TestKeystone(ShellTestCase):
    def test_name_and_password_as_options(self) -> None:
        self.assert_lists(
            self.openstack(
                *('--os-auth-url', self.cloud.layout.auth_url),
                *('--os-username', 'admin'),
                *('--os-password', config.ADMIN_PASSWORD),
                *('--os-project-name', 'admin'),
                *('--os-user-domain-id', 'default'),
                *('--os-project-domain-id', 'default'),
            )
        )

    def test_a_token_in_the_environment(self) -> None:
        self.assert_lists(
            self.openstack(
                OS_AUTH_TYPE='token',
                OS_AUTH_URL=self.cloud.layout.auth_url,
                OS_TOKEN=str(self.cloud.session('admin').get_token()),
                OS_PROJECT_NAME='admin',
                OS_PROJECT_DOMAIN_ID='default',
            )
        )

    def test_an_application_credential(self) -> None:
        session = self.cloud.session('admin')
        keystone = adapter.Adapter(
            session, endpoint_override=self.cloud.layout.auth_url
        )
        user = session.get_user_id()
        path = f'/users/{user}/application_credentials'
        made = keystone.post(
            path, json={'application_credential': {'name': str(uuid.uuid4())}}
        ).json()['application_credential']
        self.addCleanup(keystone.delete, f'{path}/{made["id"]}')

        self.assert_lists(
            self.openstack(
                OS_AUTH_TYPE='v3applicationcredential',
                OS_AUTH_URL=self.cloud.layout.auth_url,
                OS_APPLICATION_CREDENTIAL_ID=made['id'],
                OS_APPLICATION_CREDENTIAL_SECRET=made['secret'],
            )
        )

    def test_a_token_and_an_endpoint(self) -> None:
        self.assert_lists(
            self.openstack(
                *('--os-auth-type', 'admin_token'),
                *('--os-endpoint', self.service.url),
                *('--os-token', str(self.cloud.session('admin').get_token())),
            )
        )

    def elsewhere(self, **more: str) -> shell.OpenStackShell:
        """In a region where the catalog has nothing of ours."""
        clouds = json.loads(self.cloud.layout.clouds_yaml.read_text())
        admin = clouds['clouds']['admin']
        admin['region_name'] = 'RegionTwo'
        admin.update(more)
        directory = self.useFixture(fixtures.TempDir()).path
        path = pathlib.Path(directory) / 'clouds.yaml'
        path.write_text(json.dumps(clouds))
        return self.openstack(
            '--os-cloud', 'admin', OS_CLIENT_CONFIG_FILE=str(path)
        )

    def test_an_endpoint_in_clouds_yaml(self) -> None:
        self.assert_lists(
            self.elsewhere(
                baremetal_compute_endpoint_override=self.service.url
            )
        )

    def test_a_catalog_without_us_is_told_with_what_would_help(self) -> None:
        result = self.elsewhere().run(LIST, ok=False)

        self.assertIn('baremetal_compute_endpoint_override', result.stderr)

    def test_a_version_that_is_too_old_is_told_before_anything_is_sent(
        self,
    ) -> None:
        result = self.shell().run(
            '--os-baremetal-compute-api-version 1.1 baremetalcompute server '
            'manage plain --project demo',
            ok=False,
        )

        self.assertIn('1.2', result.stderr)
        self.assert_nothing_written()

    def test_an_older_version_takes_over_all_the_same(self) -> None:
        server = self.manage(self.spare(), by=self.client('admin', '1.1'))

        self.assertEqual('active', server.status)

    def test_what_an_older_version_lacks_is_an_error_of_its_own(self) -> None:
        self.assertRaises(
            exceptions.UnsupportedVersion,
            self.manage,
            self.machine('plain'),
            by=self.client('admin', '1.1'),
            metadata={'rack': '7'},
        )


class TestWithoutKeystone(ShellTestCase):
    """Our own service without Keystone, in front of the same Ironic."""

    def start(self, *overrides: Any) -> functional.ServiceFixture:
        cloud = self.recorders.config(self.cloud)
        del cloud['keystone_authtoken']
        return self.useFixture(functional.ServiceFixture(cloud, *overrides))

    def test_nobody_asks_who_it_is(self) -> None:
        service = self.start({'DEFAULT': {'auth_strategy': 'noauth'}})

        self.assert_lists(
            self.openstack(
                '--os-auth-type', 'none', '--os-endpoint', service.url
            )
        )

    def test_a_name_and_a_password_for_this_service_alone(self) -> None:
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        users = directory / 'htpasswd'
        hashed = bcrypt.hashpw(b'secret-4716', bcrypt.gensalt(4)).decode()
        users.write_text(f'operator:{hashed}\n')
        service = self.start(
            {'DEFAULT': {'auth_strategy': 'http_basic'}},
            {'http_basic': {'user_file': users}},
        )
        options = ['--os-auth-type', 'http_basic']
        options += ['--os-endpoint', service.url, '--os-username', 'operator']

        self.assert_lists(
            self.openstack(*options, '--os-password', 'secret-4716')
        )
        refused = self.openstack(*options, '--os-password', 'guess-4717')
        refused.run(LIST, ok=False)
        self.assertNotIn('4716', service.log)
        self.assertNotIn('4717', service.log)

    def test_the_catalog_tells_where_the_cloud_is(self) -> None:
        service = self.useFixture(
            functional.ServiceFixture(functional.cloud_config(self.cloud))
        )

        nodes = self.client(
            'admin', endpoint_override=service.url
        ).adoptable_node.list(name='gold')

        self.assertEqual(['gold'], [node.name for node in nodes])
