"""Tests of the commands of a server's power, and of what locks it."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient.osc.v1 import server_power
from moganclient import retries
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import client

SERVERS = f'{fakes.MOGAN}/servers'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
POWER = f'{ONE}/states/power'
LOCK = f'{ONE}/states/lock'


class Base(base.TestCase):
    COMMAND: type[Any]

    def setUp(self) -> None:
        super().setUp()
        self.http.get(f'{SERVERS}/detail', json={'servers': [fakes.SERVER]})
        self.http.get(ONE, json=fakes.SERVER)
        self.http.put(POWER, status_code=202)
        self.http.put(LOCK, status_code=202)

    def target(self, command: type[Any], *argv: str) -> Any:
        """What is asked for when this is typed."""
        self.assertEqual('', self.run_command(command, 'db-3', *argv))
        return self.body['target']


@ddt.ddt
class TestPower(Base):
    @ddt.data(
        (server_power.StartServer, (), 'on'),
        (server_power.StopServer, (), 'off'),
        (server_power.StopServer, ('--soft',), 'soft_off'),
        (server_power.RebootServer, (), 'reboot'),
        (server_power.RebootServer, ('--hard',), 'reboot'),
        (server_power.RebootServer, ('--soft',), 'soft_reboot'),
    )
    @ddt.unpack
    def test_target(self, command, argv, target):
        self.assertEqual(target, self.target(command, *argv))

    def test_who_no_longer_waits_for_several_is_told_of_each(self):
        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        self.manager.baremetal_compute = client.Client(
            fakes.MOGAN, retry=retries.Policy(sleep=interrupt)
        )
        other = f'{SERVERS}/{fakes.OTHER_UUID}'
        self.http.put(f'{other}/states/power', status_code=202)
        self.http.get(ONE, json={**fakes.SERVER, 'status': 'powering-off'})
        self.assertRaises(
            KeyboardInterrupt, self.run_command, server_power.StopServer,
            fakes.SERVER_UUID, fakes.OTHER_UUID, '--wait',
        )  # fmt: skip
        said = self.stderr.getvalue()
        self.assertIn(f'{fakes.SERVER_UUID} ("db-3") is powering-off;', said)
        self.assertIn(f'{fakes.OTHER_UUID}: what was asked for goes on', said)

    def test_hard_and_soft(self):
        self.assertRaises(
            SystemExit,
            self.run_command,
            server_power.RebootServer,
            'db-3',
            '--hard',
            '--soft',
        )
        self.assertIn('not allowed with', self.stderr.getvalue())

    def test_without_wait_nothing_is_looked_at(self):
        self.run_command(server_power.StartServer, fakes.SERVER_UUID)
        self.assertEqual(
            [f'PUT /servers/{fakes.SERVER_UUID}/states/power'], self.sent()
        )

    def test_with_wait_it_is_looked_at(self):
        self.run_command(server_power.StartServer, fakes.SERVER_UUID, '--wait')
        self.assertEqual(
            [
                f'PUT /servers/{fakes.SERVER_UUID}/states/power',
                f'GET /servers/{fakes.SERVER_UUID}',
            ],
            self.sent(),
        )

    def test_all_are_begun_before_any_is_waited_for(self):
        self.run_command(
            server_power.StopServer,
            fakes.SERVER_UUID,
            fakes.SERVER_UUID,
            '--wait',
        )
        self.assertEqual(
            ['PUT', 'PUT', 'GET', 'GET'],
            [sent.split()[0] for sent in self.sent()],
        )

    def test_what_it_comes_to_is_an_error(self):
        self.http.get(
            ONE, json={**fakes.SERVER, 'fault': {'message': 'BMC is silent'}}
        )
        self.assertIn(
            'BMC is silent',
            self.error(server_power.StartServer, 'db-3', '--wait'),
        )

    def test_one_of_two_is_locked(self):
        self.http.put(
            POWER,
            [
                {'status_code': 409, 'json': base.fault('It is locked.')},
                {'status_code': 202},
            ],
        )
        self.assertEqual(
            '1 of 2 servers could not be powered off.',
            self.error(server_power.StopServer, 'db-3', 'db-3'),
        )
        self.assertIn('It is locked.', self.logged.output)

    def test_a_timeout_without_a_wait(self):
        said = self.error(server_power.StartServer, 'db-3', '--timeout', '5')
        self.assertIn('--wait', said)
        self.assertEqual([], self.sent())

    def test_in_all_projects(self):
        self.run_command(server_power.StartServer, 'db-3', '--all-projects')
        self.assertIn('all_projects=true', self.sent()[0])

    def test_no_such_server(self):
        self.http.get(f'{SERVERS}/detail', json={'servers': []})
        self.assertIn("'x'", self.error(server_power.StartServer, 'x'))


@ddt.ddt
class TestLock(Base):
    @ddt.data(
        (server_power.LockServer, True), (server_power.UnlockServer, False)
    )
    @ddt.unpack
    def test_target(self, command, target):
        self.assertIs(target, self.target(command))

    def test_the_other_side_has_locked_it(self):
        self.http.put(LOCK, status_code=403, json=base.fault('An admin has.'))
        self.assertIn(
            'An admin has.', self.error(server_power.UnlockServer, 'db-3')
        )


class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    def test_it_is_told_once_and_no_name_is_looked_up(self):
        for command in (server_power.StartServer, server_power.LockServer):
            said = self.error(command, 'db-3', 'db-4')
            self.assertIn('API version 1.4 is needed', said)
        self.assertEqual([], self.sent())
