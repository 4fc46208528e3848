"""Tests of what every openstack command loads of us."""

from __future__ import annotations

import argparse
from importlib import metadata
import json
import pathlib
import subprocess
import sys
import types

import ddt
import fixtures
from openstack import config
from osc_lib.command import command
from osc_lib import exceptions
import testtools

from moganclient import microversion
from moganclient.osc import plugin
from moganclient.tests.unit import loopback
from moganclient.tests.unit.v1 import fakes

#: Loads the shell without us, then us: what comes in by that?
_MEASURE = """
import json, sys, stevedore
entry_points = stevedore.ExtensionManager.list_entry_points
stevedore.ExtensionManager.list_entry_points = lambda self: [
    one for one in entry_points(self) if one.module != 'moganclient.osc.plugin'
]
import openstackclient.shell
before = set(sys.modules)
import moganclient.osc.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""

COMMANDS = {
    'adoptable_node': {'list', 'show'},
    'adoption_plan': {'apply', 'check', 'create', 'rollback', 'show'},
    'aggregate': {
        'add_node',
        'create',
        'delete',
        'list',
        'list_node',
        'remove_node',
        'set',
        'show',
        'unset',
    },
    'availability_zone': {'list'},
    'console_url': {'show'},
    'flavor': {'create', 'delete', 'list', 'set', 'show', 'unset'},
    'keypair': {'create', 'delete', 'list', 'show'},
    'manageable_server': {'list'},
    'node': {'list'},
    'server': {
        'add_floating_ip',
        'add_port',
        'create',
        'delete',
        'list',
        'lock',
        'manage',
        'netinfo',
        'reboot',
        'rebuild',
        'remove_floating_ip',
        'remove_port',
        'set',
        'show',
        'start',
        'stop',
        'unlock',
        'unmanage',
        'unset',
    },
    'server_group': {'create', 'delete', 'list', 'show'},
}


class TestImport(testtools.TestCase):
    def test_nothing_comes_in_but_the_module_and_its_packages(self):
        done = subprocess.run(
            [sys.executable, '-W', 'ignore', '-c', _MEASURE],
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(
            ['moganclient', 'moganclient.osc', 'moganclient.osc.plugin'],
            json.loads(done.stdout),
        )


class TestEntryPoints(testtools.TestCase):
    def group(self, name: str) -> dict[str, str]:
        return {
            one.name: one.value for one in metadata.entry_points(group=name)
        }

    def test_the_shell_finds_the_plugin(self):
        found = self.group('openstack.cli.extension')[plugin.API_NAME]
        self.assertEqual('moganclient.osc.plugin', found)

    def test_every_command_is_there(self):
        self.assertEqual(
            {
                f'baremetalcompute_{noun}_{verb}'
                for noun, verbs in COMMANDS.items()
                for verb in verbs
            },
            set(self.group(f'openstack.{plugin.API_NAME}.v1')),
        )

    def test_latest_has_the_same_commands(self):
        self.assertEqual(
            self.group(f'openstack.{plugin.API_NAME}.v1'),
            self.group(f'openstack.{plugin.API_NAME}.vlatest'),
        )

    def test_every_command_can_be_loaded_and_says_what_it_does(self):
        for one in metadata.entry_points(
            group=f'openstack.{plugin.API_NAME}.v1'
        ):
            loaded = one.load()
            self.assertTrue(issubclass(loaded, command.Command), one)
            summary = (loaded.__doc__ or '').splitlines()[0]
            self.assertTrue(summary.endswith('.'), one)


@ddt.ddt
class TestVersions(testtools.TestCase):
    def test_they_are_the_library_s(self):
        major, newest = microversion.NEWEST
        self.assertEqual(
            (1, microversion.OLDEST[1], newest),
            (major, plugin.MINOR_VERSIONS[0], plugin.MINOR_VERSIONS[-1]),
        )

    @ddt.data('1', '1.1', '1.2', '1.3', '1.4', 'latest', '1.latest')
    def test_known(self, version):
        self.assertTrue(plugin.check_api_version(version))

    @ddt.data('2', '1.99', '1.0', 'newest', '', 'v1')
    def test_unknown(self, version):
        error = self.assertRaises(
            exceptions.CommandError, plugin.check_api_version, version
        )
        self.assertIn(f'"{version}"', str(error))
        self.assertIn('1.4 or latest', str(error))

    def option(self, *argv: str) -> str | None:
        parser = plugin.build_option_parser(argparse.ArgumentParser())
        found: str | None = vars(parser.parse_args(argv))[
            plugin.API_VERSION_OPTION
        ]
        return found

    def test_the_option(self):
        self.assertEqual(
            '1.1', self.option('--os-baremetal-compute-api-version', '1.1')
        )

    def test_the_environment(self):
        self.useFixture(
            fixtures.EnvironmentVariable(
                'OS_BAREMETAL_COMPUTE_API_VERSION', '1.2'
            )
        )
        self.assertEqual('1.2', self.option())

    def test_without_any_clouds_yaml_decides(self):
        self.useFixture(
            fixtures.EnvironmentVariable('OS_BAREMETAL_COMPUTE_API_VERSION')
        )
        self.assertIsNone(self.option())


class TestMakeClient(fakes.TestCase):
    """Which server the client asks, by what clouds.yaml says."""

    CLOUD = {'auth_type': 'none', 'auth': {'endpoint': 'http://auth.test'}}

    def make(self, version: str = '1', **cloud: object):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        clouds = path / 'clouds.yaml'
        # JSON is YAML.
        clouds.write_text(json.dumps({'clouds': {'c': self.CLOUD | cloud}}))
        region = config.OpenStackConfig(
            config_files=[str(clouds)], load_envvars=False
        ).get_one('c')
        return plugin.make_client(
            types.SimpleNamespace(
                _api_version={plugin.API_NAME: version},
                session=region.get_session(),
                sdk_connection=types.SimpleNamespace(config=region),
            )
        )

    def test_the_endpoint_of_the_authentication(self):
        self.http.get('http://auth.test/v1', json=loopback.VERSIONS)
        self.assertEqual('http://auth.test/v1', self.make().endpoint)

    def test_an_override_is_stronger(self):
        made = self.make(baremetal_compute_endpoint_override=fakes.MOGAN)
        self.assertEqual(fakes.MOGAN, made.endpoint)

    def test_an_override_without_version(self):
        made = self.make(
            baremetal_compute_endpoint_override='http://mogan.test:6688'
        )
        self.assertEqual(fakes.MOGAN, made.endpoint)

    def test_the_version_is_asked_for(self):
        made = self.make(
            '1.1', baremetal_compute_endpoint_override=fakes.MOGAN
        )
        self.assertEqual('1.1', made.api_version)

    def test_latest_is_what_both_know(self):
        made = self.make(
            'latest', baremetal_compute_endpoint_override=fakes.MOGAN
        )
        self.assertEqual('1.4', made.api_version)
