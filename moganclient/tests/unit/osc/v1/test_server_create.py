"""Tests of the command that makes servers."""

from __future__ import annotations

import base64
import getpass
import io
import json
import logging
import pathlib
from typing import Any

import ddt
import fixtures

from moganclient.osc import files
from moganclient.osc.v1 import server_create
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

SERVERS = f'{fakes.MOGAN}/servers'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
IMAGE = fakes.OTHER_UUID
NETWORK = fakes.NODE_UUID
LEAST = ('db-3', '--flavor', 'gold', '--image', IMAGE)


class Base(base.TestCase):
    COMMAND = server_create.CreateServer

    def setUp(self) -> None:
        super().setUp()
        self.http.post(SERVERS, json=fakes.SERVER, status_code=201)
        self.http.get(ONE, json=fakes.SERVER)
        self.http.get(
            f'{fakes.MOGAN}/flavors', json={'flavors': [fakes.FLAVOR]}
        )
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def said(self, *argv: str) -> Any:
        """The body that is sent when this is typed."""
        self.run_command(self.COMMAND, *LEAST, '--network', NETWORK, *argv)
        for asked in self.http.request_history:
            if asked.method == 'POST':
                return asked.json()
        raise AssertionError('nothing was sent')


@ddt.ddt
class TestWhatIsSent(Base):
    def test_the_least(self):
        self.assertEqual(
            {
                'server': {
                    'name': 'db-3',
                    'flavor_uuid': fakes.FLAVOR_UUID,
                    'image_uuid': IMAGE,
                    'networks': [{'net_id': NETWORK}],
                }
            },
            self.said(),
        )

    @ddt.data(
        (('--description', 'd'), 'description', 'd'),
        (('--availability-zone', 'az1'), 'availability_zone', 'az1'),
        (('--key-name', 'key1'), 'key_name', 'key1'),
        (
            ('--property', 'a=1', '--property', 'b=2'),
            'metadata',
            {'a': '1', 'b': '2'},
        ),
        (
            ('--partition', 'root-gb=20,swap-mb=512'),
            'partitions',
            {'root_gb': 20, 'swap_mb': 512},
        ),
        (
            ('--partition', 'root_gb=20', '--partition', 'ephemeral-gb=1'),
            'partitions',
            {'root_gb': 20, 'ephemeral_gb': 1},
        ),
        (('--password', 'pw'), 'adminPass', 'pw'),
        (('--min', '2'), 'max_count', 2),
        (('--min', '2', '--max', '3'), 'max_count', 3),
        (('--max', '3'), 'min_count', 1),
    )
    @ddt.unpack
    def test_what_is_typed(self, argv, member, value):
        self.assertEqual(value, self.said(*argv)['server'][member])

    def test_wires_in_the_order_typed(self):
        said = self.said(
            '--nic', f'port-id={fakes.PORT_UUID}',
            '--network', fakes.OTHER_UUID,
            '--port', fakes.OTHER_PORT_UUID,
            '--nic', f'net-id={NETWORK}',
        )  # fmt: skip
        self.assertEqual(
            [
                {'net_id': NETWORK},
                {'port_id': fakes.PORT_UUID},
                {'net_id': fakes.OTHER_UUID},
                {'port_id': fakes.OTHER_PORT_UUID},
                {'net_id': NETWORK},
            ],
            said['server']['networks'],
        )

    def test_user_data(self):
        file = self.path / 'user-data'
        file.write_text('#cloud-config\n')
        sent = self.said('--user-data', str(file))['server']['user_data']
        self.assertEqual(b'#cloud-config\n', base64.b64decode(sent))

    def test_files(self):
        file = self.path / 'motd'
        file.write_bytes(b'\xff')
        said = self.said('--file', f'/etc/motd={file}')
        self.assertEqual(
            [{'path': '/etc/motd', 'contents': '/w=='}],
            said['server']['personality'],
        )

    def test_a_server_group_by_name(self):
        self.http.get(
            f'{fakes.MOGAN}/server_groups',
            json={'server_groups': [{'uuid': NETWORK, 'name': 'sg1'}]},
        )
        self.assertEqual(
            {'group': NETWORK},
            self.said('--hint', 'group=sg1')['scheduler_hints'],
        )

    def test_names_of_other_services_things(self):
        self.log_in()
        self.http.get(
            f'{base.NEUTRON}/v2.0/networks',
            json={'networks': [{'id': NETWORK, 'name': 'private'}]},
        )
        self.http.get(
            f'{base.GLANCE}/v2/images',
            json={'images': [{'id': IMAGE, 'name': 'debian'}]},
        )
        self.run_command(
            self.COMMAND, 'db-3', '--flavor', 'gold', '--image', 'debian',
            '--network', 'private',
        )  # fmt: skip
        sent = next(
            one.json()
            for one in self.http.request_history
            if one.url == SERVERS
        )
        self.assertEqual(
            (IMAGE, [{'net_id': NETWORK}]),
            (sent['server']['image_uuid'], sent['server']['networks']),
        )


@ddt.ddt
class TestMisuse(Base):
    @ddt.data(
        ((), '--network, --port or --nic'),
        (('--network', NETWORK, '--min', '3', '--max', '2'), '--min 3'),
        (('--network', NETWORK, '--timeout', '3'), '--wait'),
        (('--network', NETWORK, '--partition', 'swap-mb=1'), 'root-gb'),
        (('--network', NETWORK, '-c', 'Nmae'), 'no column "Nmae"'),
        (('--network', 'private'), 'no network id'),
    )
    @ddt.unpack
    def test_a_sentence_and_nothing_is_sent(self, argv, words):
        self.assertIn(words, self.error(self.COMMAND, *LEAST, *argv))
        self.assertEqual([], self.sent())

    @ddt.data(
        ('--nic', 'auto'),
        ('--nic', 'net-id='),
        ('--nic', 'net-id=a,v4-fixed-ip=192.0.2.1'),
        ('--nic', 'net-id=a,port-type=10GE'),
        ('--partition', 'root-gb=much'),
        ('--partition', 'home-gb=1'),
        ('--hint', 'same_host=x'),
        ('--file', '/etc/motd'),
        ('--user-data', '/does/not/exist'),
        ('--min', '0'),
        ('--password', 'x', '--password-prompt'),
    )
    def test_what_argparse_refuses(self, argv):
        self.assertRaises(
            SystemExit, self.run_command, self.COMMAND, *LEAST, *argv
        )
        self.assertIn(f'argument {argv[0]}', self.stderr.getvalue())


class TestPortType(Base):
    def test_it_is_said_what_to_do_instead(self):
        self.assertRaises(
            SystemExit, self.run_command, self.COMMAND, *LEAST,
            '--nic', 'net-id=lan,port-type=10GE',
        )  # fmt: skip
        self.assertIn(
            'leave port-type out, and if it must be a certain kind of '
            'machine, pass a flavor with a trait',
            self.stderr.getvalue(),
        )


class TestPassword(Base):
    def test_it_is_asked_for(self):
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        self.useFixture(
            fixtures.MonkeyPatch('getpass.getpass', lambda prompt: 'secret')
        )
        self.assertEqual('secret', getpass.getpass(''))
        self.stdin = Terminal()
        said = self.said('--password-prompt')
        self.assertEqual('secret', said['server']['adminPass'])

    def test_the_shell_s_log_does_not_show_it(self):
        logged = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.run_command(
            self.COMMAND, *LEAST, '--network', NETWORK, '--password', 'hunter2'
        )
        self.assertNotIn('hunter2', logged.output)
        # It does show what else was typed.
        self.assertIn('db-3', logged.output)

    def test_an_empty_one(self):
        self.assertRaises(
            SystemExit, self.run_command, self.COMMAND, *LEAST,
            '--password', '',
        )  # fmt: skip

    def test_where_nobody_can_be_asked(self):
        said = self.error(
            self.COMMAND, *LEAST, '--network', NETWORK, '--password-prompt'
        )
        self.assertIn('No terminal', said)
        self.assertEqual([], self.sent())


class TestWhatIsShown(Base):
    def shown(self, *argv: str) -> Any:
        return self.json(self.COMMAND, *LEAST, '--network', NETWORK, *argv)

    def test_the_server(self):
        self.assertEqual(fakes.SERVER_UUID, self.shown()['UUID'])

    def test_without_wait_as_it_is_now(self):
        self.http.post(
            SERVERS,
            json={**fakes.SERVER, 'status': 'building'},
            status_code=201,
        )
        self.assertEqual('building', self.shown()['Status'])

    def test_with_wait_as_it_is_then(self):
        self.http.post(
            SERVERS,
            json={**fakes.SERVER, 'status': 'building'},
            status_code=201,
        )
        self.assertEqual('active', self.shown('--wait')['Status'])

    def test_several_are_all_named_and_waited_for(self):
        created = [fakes.SERVER_UUID, fakes.OTHER_UUID]
        self.http.post(
            SERVERS,
            json={**fakes.SERVER, 'created': created},
            status_code=201,
        )
        other = f'{SERVERS}/{fakes.OTHER_UUID}'
        self.http.get(other, json={**fakes.SERVER, 'uuid': fakes.OTHER_UUID})
        self.assertEqual(
            [(uuid, 'active') for uuid in created],
            [
                (one['uuid'], one['status'])
                for one in self.shown('--min', '2', '--wait')['Created']
            ],
        )
        self.assertIn(f'GET /servers/{fakes.OTHER_UUID}', self.sent())

    def test_one_of_two_is_not_created(self):
        self.http.post(
            SERVERS,
            json={
                **fakes.SERVER,
                'created': [fakes.SERVER_UUID, fakes.OTHER_UUID],
            },
            status_code=201,
        )
        self.http.get(
            f'{SERVERS}/{fakes.OTHER_UUID}',
            json={
                **fakes.SERVER,
                'uuid': fakes.OTHER_UUID,
                'status': 'error',
                'fault': {'message': 'No node is free'},
            },
        )
        said = self.error(
            self.COMMAND, *LEAST, '--network', NETWORK, '--min', '2', '--wait',
            '-f', 'json',
        )  # fmt: skip
        self.assertEqual('1 of 2 servers did not come to run.', said)
        self.assertIn('No node is free', self.logged.output)
        # What was made is told nevertheless.
        shown = json.loads(self.printed)
        self.assertEqual('active', shown['Status'])
        self.assertEqual(
            [
                (fakes.SERVER_UUID, 'active', None),
                (
                    fakes.OTHER_UUID,
                    'error',
                    {'message': 'No node is free'},
                ),
            ],
            [
                (one['uuid'], one['status'], one['fault'])
                for one in shown['Created']
            ],
        )

    def test_without_wait_what_is_not_known_is_not_told(self):
        self.http.post(
            SERVERS,
            json={
                **fakes.SERVER,
                'created': [fakes.SERVER_UUID, fakes.OTHER_UUID],
            },
            status_code=201,
        )
        self.assertEqual(
            ['active', None],
            [one['status'] for one in self.shown('--min', '2')['Created']],
        )

    def test_a_column_that_only_several_have(self):
        said = self.error(
            self.COMMAND, *LEAST, '--network', NETWORK, '-c', 'created'
        )
        self.assertIn('no column "created"', said)
        self.assertEqual([], self.sent())

    def test_a_service_that_takes_less_than_it_is_given(self):
        file = self.path / 'data'
        file.write_text('x' * 99)
        self.http.post(
            SERVERS, status_code=413, json=base.fault('It is too large.')
        )
        said = self.error(
            self.COMMAND, *LEAST, '--network', NETWORK,
            '--user-data', str(file), '--file', f'/etc/motd={file}',
        )  # fmt: skip
        self.assertEqual(
            f'It is too large. It was given, in bytes: "{file}" 99, "{file}" '
            '99.',
            said,
        )

    def test_too_much_in_all(self):
        file = self.path / 'data'
        file.write_bytes(b'x' * (files.MOST // 2 + 1))
        said = self.error(
            self.COMMAND, *LEAST, '--network', NETWORK,
            '--user-data', str(file), '--file', f'/etc/motd={file}',
        )  # fmt: skip
        self.assertIn(f'have {files.MOST + 2} bytes together', said)
        self.assertIn(f'"{file}" {files.MOST // 2 + 1}', said)
        self.assertEqual([], self.sent())

    def test_an_error_while_it_is_built(self):
        self.http.get(
            ONE,
            json={
                **fakes.SERVER,
                'status': 'error',
                'fault': {'message': 'Deploying failed'},
            },
        )
        said = self.error(self.COMMAND, *LEAST, '--network', NETWORK, '--wait')
        self.assertIn('Deploying failed', said)
        # The server is there, and is shown.
        self.assertIn(fakes.SERVER_UUID, self.printed)

    def test_what_the_service_refuses(self):
        self.http.post(SERVERS, status_code=409, json=base.fault('Used.'))
        said = self.error(self.COMMAND, *LEAST, '--network', NETWORK)
        self.assertEqual('Used.', said)


class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_looked_up(self):
        said = self.error(
            server_create.CreateServer, *LEAST, '--network', 'private'
        )
        self.assertIn('API version 1.4 is needed', said)
        self.assertEqual([], self.sent())
