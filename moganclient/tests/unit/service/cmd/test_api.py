"""``moganclient-api``: what it takes, says, writes, and how it fails."""

from __future__ import annotations

import contextlib
import io
import pathlib
import signal
import socket
import subprocess
import sys
import time

import ddt
import fixtures
import requests
import testtools
import yaml

from moganclient.service.cmd import api
from moganclient.service import conf as service_conf

#: Seconds after which a process that hangs is ended; nothing is timed.
PATIENCE = 120


class Home(fixtures.Fixture):
    """A home directory without any configuration."""

    def _setUp(self):
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        for name, value in (
            ('HOME', str(self.path)),
            ('XDG_DATA_HOME', str(self.path / 'data')),
            (service_conf.CONFIG_FILES_VARIABLE, None),
        ):
            self.useFixture(fixtures.EnvironmentVariable(name, value))

    def write(self, text, name='service.conf'):
        path = self.path / name
        path.write_text(text)
        return str(path)


def run(*args):
    """Exit code, standard output and standard error of the command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = api.main(args)
        except SystemExit as exc:
            code = exc.code
    return code, out.getvalue(), err.getvalue()


@ddt.ddt
class RefusalTest(testtools.TestCase):
    """What is wrong is one sentence, and exit code 1."""

    def setUp(self):
        super().setUp()
        self.home = self.useFixture(Home())

    def refused(self, *args):
        code, out, err = run(*args)
        self.assertEqual((1, ''), (code, out))
        self.assertTrue(err.startswith('moganclient-api: '), err)
        self.assertEqual(1, err.count('\n'), err)
        return err

    @ddt.data('0.0.0.0', '::', '192.0.2.1', 'api.example')
    def test_without_configuration_it_is_for_loopback_only(self, host):
        self.assertIn(host, self.refused('--host', host, '--port', '0'))

    def test_file_that_does_not_say_who_may_call(self):
        path = self.home.write('[api]\nport = 0\n')
        err = self.refused('--config-file', path)
        self.assertIn('auth_strategy', err)
        self.assertIn(path, err)

    def test_missing_file(self):
        self.assertIn(
            '/nonesuch.conf', self.refused('--config-file', '/nonesuch.conf')
        )

    def test_wrong_value(self):
        path = self.home.write('[api]\nport = many\n')
        self.assertIn('port', self.refused('--config-file', path))

    def test_missing_file_of_the_environment(self):
        self.useFixture(
            fixtures.EnvironmentVariable(
                service_conf.CONFIG_FILES_VARIABLE, '/nonesuch.conf'
            )
        )
        self.assertIn('/nonesuch.conf', self.refused('db', 'version'))

    def test_sample_that_cannot_be_written(self):
        self.assertIn(
            '/nonesuch/x',
            self.refused('config', 'generate', '--output-file', '/nonesuch/x'),
        )

    @ddt.data('a b', '', 'http://localhost')
    def test_host_that_is_none(self, host):
        self.assertIn(f'--host "{host}"', self.refused('--host', host))

    def test_configuration_file_that_is_a_directory(self):
        directory = str(self.home.path)
        self.assertIn(directory, self.refused('--config-file', directory))

    def test_data_directory_that_cannot_be_made(self):
        self.useFixture(
            fixtures.EnvironmentVariable('XDG_DATA_HOME', '/dev/null')
        )
        self.assertIn('/dev/null', self.refused('db', 'upgrade'))

    @ddt.data('-1', '65536', 'http')
    def test_port_that_is_none(self, port):
        code, _, err = run('--port', port)
        self.assertEqual(2, code)
        self.assertIn(f'"{port}" is no port', err)

    def test_unknown_command(self):
        code, _, err = run('serve')
        self.assertEqual(2, code)
        self.assertIn("argument [COMMAND]: invalid choice: 'serve'", err)


class DatabaseTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.home = self.useFixture(Home())
        self.useFixture(fixtures.FakeLogger())

    def test_upgrade_makes_what_version_then_finds(self):
        code, out, err = run('db', 'version')
        self.assertEqual((0, ''), (code, err))
        self.assertIn('no tables yet', out)
        for _ in range(2):
            self.assertEqual(0, run('db', 'upgrade')[0])
        self.assertIn('what this release needs', run('db', 'version')[1])

    def test_database_is_the_configured_one(self):
        path = self.home.path / 'own.sqlite'
        config = self.home.write(
            f'[database]\nconnection = sqlite:///{path}\n'
        )
        self.assertEqual(0, run('db', 'upgrade', '--config-file', config)[0])
        self.assertTrue(path.exists())


class SampleTest(testtools.TestCase):
    def test_config_can_be_read_as_it_is(self):
        home = self.useFixture(Home())
        path = str(home.path / 'sample.conf')
        self.assertEqual(
            (0, '', ''), run('config', 'generate', '--output-file', path)
        )
        text = pathlib.Path(path).read_text()
        for words in (
            '#auth_strategy = <None>',
            '[keystone_authtoken]',
            '#service_type = baremetal\n',
            '#enable_proxy_headers_parsing = false',
        ):
            self.assertIn(words, text)
        self.assertNotIn(socket.gethostname() + '\n', text)
        conf = service_conf.load(config_files=[path])
        self.assertEqual(6688, conf.api.port)

    def test_policy_can_be_read_as_it_is(self):
        code, out, err = run('policy', 'generate')
        self.assertEqual((0, ''), (code, err))
        rules = yaml.safe_load(out.replace('\n#"', '\n"'))
        self.assertEqual(
            'rule:deployment_admin', rules['baremetal_compute:servers:manage']
        )
        self.assertIn('# POST  /v1/servers/manage', out)


class ServeTest(testtools.TestCase):
    """The command as a process of its own."""

    def setUp(self):
        super().setUp()
        self.home = self.useFixture(Home())

    def start(self, *args):
        process = subprocess.Popen(
            [sys.executable, '-m', api.__name__, *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, PATIENCE)
        self.addCleanup(process.kill)
        return process

    def told(self, process):
        """What the process says until it is ready, and its URL."""
        said = []
        for line in process.stdout:
            said.append(line)
            if line.startswith('Ctrl-C'):
                (first,) = [one for one in said if ' on http' in one]
                return ''.join(said), first.split(' on ')[1].strip()
        self.fail(''.join(said))

    def test_laptop(self):
        process = self.start('--port', '0')
        said, url = self.told(process)
        with self.subTest('it says how to go on'):
            self.assertIn(f'OS_AUTH_TYPE=none OS_ENDPOINT={url}', said)
            self.assertIn('baremetalcompute adoptable node list', said)
        with self.subTest('it serves the sample'):
            found = requests.get(f'{url}/v1/adoptable_nodes', timeout=PATIENCE)
            self.assertEqual(
                'rack7-u01', found.json()['adoptable_nodes'][0]['name']
            )
        with self.subTest('a second one is told that the port is taken'):
            second = self.start('--port', url.rpartition(':')[2])
            out = second.communicate(timeout=PATIENCE)[0]
            self.assertEqual(1, second.returncode, out)
            self.assertIn('in use already', out.splitlines()[-1])
            self.assertNotIn('Traceback', out)
        with self.subTest('it stops when told to'):
            process.send_signal(signal.SIGTERM)
            rest = process.stdout.read()
            self.assertEqual(0, process.wait(PATIENCE), rest)
            self.assertTrue(rest.endswith('Stopped.\n'), rest)

    def test_request_that_runs_is_answered_before_it_stops(self):
        process = self.start('--port', '0')
        _, url = self.told(process)
        host, port = url.removeprefix('http://').split(':')
        with socket.create_connection((host, int(port)), PATIENCE) as one:
            one.sendall(
                b'POST /v1/flavors HTTP/1.1\r\nHost: localhost\r\n'
                b'Content-Type: application/json\r\nContent-Length: 42\r\n\r\n'
                b'{"name": "late", '
            )
            # A second connection is answered, so the first was taken up.
            requests.get(f'{url}/v1', timeout=PATIENCE)
            process.send_signal(signal.SIGINT)
            _until_refused(host, int(port))
            one.sendall(b'"resources": {"gold": 1}}')
            answer = one.makefile('rb').read()
        self.assertIn(b'201 Created', answer)
        self.assertEqual(0, process.wait(PATIENCE))

    def test_wrong_inventory_is_told_with_file_and_line(self):
        inventory = self.home.write('nodes:\n  - uuid: x\n', 'inventory.yaml')
        config = self.home.write(
            '[DEFAULT]\nauth_strategy = noauth\n'
            f'[static]\ninventory_file = {inventory}\n'
        )
        self.assertEqual(0, run('db', 'upgrade', '--config-file', config)[0])
        process = self.start('--config-file', config, '--port', '0')
        out = process.communicate(timeout=PATIENCE)[0]
        self.assertEqual(1, process.returncode)
        self.assertIn(f'{inventory}:2', out)
        self.assertNotIn('Traceback', out)


def _until_refused(host, port):
    """Wait until nobody listens any more."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection((host, port), 1).close()
        except OSError:
            return
        time.sleep(0.05)
    raise AssertionError('It still listens.')
