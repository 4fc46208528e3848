"""Tests of the commands of keypairs."""

from __future__ import annotations

import io
import pathlib

import ddt
import fixtures

from moganclient.osc.v1 import keypair
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

KEYPAIRS = f'{fakes.MOGAN}/keypairs'
ONE = f'{KEYPAIRS}/key1'
KEYPAIR = {
    'name': 'key1',
    'type': 'ssh',
    'public_key': 'ssh-rsa AAAA',
    'fingerprint': 'd0:30',
    'user_id': 'u1',
}


class Base(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(KEYPAIRS, json={'keypairs': [KEYPAIR]})
        self.http.get(ONE, json=KEYPAIR)
        self.http.delete(ONE, status_code=204)
        self.http.post(
            KEYPAIRS, json={**KEYPAIR, 'private_key': 'PEM'}, status_code=201
        )
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)


@ddt.ddt
class TestNames(Base):
    @ddt.data('..', '.', 'a/b', '../servers', 'a?b', 'a.b', '')
    def test_what_cannot_be_one_asks_for_nothing(self, typed):
        for command in (
            keypair.CreateKeypair,
            keypair.ShowKeypair,
            keypair.DeleteKeypair,
        ):
            self.assertRaises(SystemExit, self.run_command, command, typed)
            self.assertIn(
                f'"{typed}" is no name of a keypair', self.stderr.getvalue()
            )
        self.assertEqual([], self.sent())


class TestCreate(Base):
    COMMAND = keypair.CreateKeypair

    def test_the_private_key_is_all_that_is_printed(self):
        self.assertEqual('PEM\n', self.run_command(self.COMMAND, 'key1'))
        self.assertEqual({'name': 'key1'}, self.body)

    def test_the_private_key_goes_to_a_file(self):
        file = self.path / 'key'
        shown = self.json(self.COMMAND, 'key1', '--private-key', str(file))
        self.assertEqual('PEM\n', file.read_text())
        self.assertEqual(0o600, file.stat().st_mode & 0o777)
        self.assertEqual('d0:30', shown['Fingerprint'])
        self.assertNotIn('PEM', self.printed)

    def test_a_file_that_there_is_is_kept_and_no_key_is_made(self):
        file = self.path / 'key'
        file.write_text('old')
        said = self.error(self.COMMAND, 'key1', '--private-key', str(file))
        self.assertIn('already', said)
        self.assertEqual('old', file.read_text())
        self.assertEqual([], self.sent())

    def test_where_no_key_is_made_there_is_no_file(self):
        self.http.post(KEYPAIRS, status_code=409, json=base.fault('Taken.'))
        file = self.path / 'key'
        said = self.error(self.COMMAND, 'key1', '--private-key', str(file))
        self.assertEqual('Taken.', said)
        self.assertFalse(file.exists())

    def test_a_service_that_sends_no_private_key(self):
        self.http.post(KEYPAIRS, json=KEYPAIR, status_code=201)
        self.assertIn('did not send', self.error(self.COMMAND, 'key1'))

    def test_a_public_key_is_imported(self):
        self.http.post(KEYPAIRS, json=KEYPAIR, status_code=201)
        file = self.path / 'key.pub'
        file.write_text('ssh-rsa AAAA me@here\n')
        shown = self.json(self.COMMAND, 'key1', '--public-key', str(file))
        self.assertEqual('ssh-rsa AAAA me@here', self.body['public_key'])
        self.assertEqual('key1', shown['Name'])

    def test_a_public_key_from_standard_input(self):
        self.http.post(KEYPAIRS, json=KEYPAIR, status_code=201)
        self.useFixture(
            fixtures.MonkeyPatch('sys.stdin', io.StringIO('ssh-rsa AAAA me\n'))
        )
        self.run_command(self.COMMAND, 'key1', '--public-key', '-')
        self.assertEqual('ssh-rsa AAAA me', self.body['public_key'])

    def test_a_program_gets_the_private_key_as_a_field(self):
        made = self.json(self.COMMAND, 'key1')
        self.assertEqual(('key1', 'PEM'), (made['Name'], made['Private Key']))

    def test_a_program_can_have_it_alone(self):
        self.assertEqual(
            'PEM\n',
            self.run_command(
                self.COMMAND, 'key1', '-f', 'value', '-c', 'Private Key'
            ),
        )

    def test_a_key_that_nobody_would_see_is_not_made(self):
        said = self.error(self.COMMAND, 'key1', '-f', 'json', '-c', 'Name')
        self.assertIn('-c "Private Key"', said)
        self.assertEqual([], self.sent())

    def test_a_program_has_no_field_for_a_key_in_a_file(self):
        made = self.json(
            self.COMMAND, 'key1', '--private-key', str(self.path / 'key')
        )
        self.assertNotIn('Private Key', made)

    def test_both_halves(self):
        self.assertRaises(
            SystemExit,
            self.run_command,
            self.COMMAND,
            'key1',
            '--public-key',
            __file__,
            '--private-key',
            'x',
        )
        self.assertEqual([], self.sent())

    def test_another_type_for_another_user(self):
        self.run_command(
            self.COMMAND, 'key1', '--key-type', 'x509', '--user', 'u2'
        )
        self.assertEqual(
            {'name': 'key1', 'type': 'x509', 'user_id': 'u2'}, self.body
        )

    def test_a_user_by_name(self):
        self.log_in()
        self.http.get(f'{base.KEYSTONE}/users/jane', status_code=404)
        self.http.get(
            f'{base.KEYSTONE}/users',
            json={'users': [{'id': 'u2', 'name': 'jane'}]},
        )
        self.run_command(self.COMMAND, 'key1', '--user', 'jane')
        self.assertEqual('u2', self.body['user_id'])

    def test_no_such_user(self):
        self.log_in()
        self.http.get(f'{base.KEYSTONE}/users/jane', status_code=404)
        self.http.get(f'{base.KEYSTONE}/users', json={'users': []})
        said = self.error(self.COMMAND, 'key1', '--user', 'jane')
        self.assertEqual('No user "jane".', said)

    def test_several_such_users(self):
        self.log_in()
        self.http.get(f'{base.KEYSTONE}/users/jane', status_code=404)
        self.http.get(
            f'{base.KEYSTONE}/users',
            json={
                'users': [
                    {'id': 'u2', 'name': 'jane'},
                    {'id': 'u3', 'name': 'jane'},
                ]
            },
        )
        said = self.error(self.COMMAND, 'key1', '--user', 'jane')
        self.assertIn('--user-domain', said)

    def test_a_mistyped_column_comes_before_the_keypair(self):
        self.assertIn(
            'no column "Nmae"', self.error(self.COMMAND, 'key1', '-c', 'Nmae')
        )
        self.assertEqual([], self.sent())


class TestList(Base):
    def test_a_short_table(self):
        self.assertEqual(
            [['Name', 'Type', 'Fingerprint'], ['key1', 'ssh', 'd0:30']],
            self.table(keypair.ListKeypair),
        )

    def test_long(self):
        (listed,) = self.json(keypair.ListKeypair, '--long')
        self.assertEqual('u1', listed['User ID'])

    def test_of_another_user(self):
        self.run_command(keypair.ListKeypair, '--user', 'u2')
        self.assertEqual(['GET /keypairs?user_id=u2'], self.sent())


class TestShow(Base):
    def test_show(self):
        shown = self.json(keypair.ShowKeypair, 'key1')
        self.assertEqual('d0:30', shown['Fingerprint'])

    def test_the_public_key_alone(self):
        self.assertEqual(
            'ssh-rsa AAAA\n',
            self.run_command(keypair.ShowKeypair, 'key1', '--public-key'),
        )

    def test_none(self):
        self.http.get(ONE, status_code=404, json=base.fault('No key1.'))
        self.assertEqual('No key1.', self.error(keypair.ShowKeypair, 'key1'))


class TestDelete(Base):
    def test_several_quietly(self):
        self.assertEqual(
            '', self.run_command(keypair.DeleteKeypair, 'key1', 'key1')
        )
        self.assertEqual(['DELETE /keypairs/key1'] * 2, self.sent())

    def test_one_of_two_is_not_there(self):
        self.http.delete(
            ONE,
            [
                {'status_code': 404, 'json': base.fault('No key1.')},
                {'status_code': 204},
            ],
        )
        self.assertEqual(
            '1 of 2 keypairs could not be deleted.',
            self.error(keypair.DeleteKeypair, 'key1', 'key1'),
        )
        self.assertIn('No key1.', self.logged.output)


@ddt.ddt
class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    @ddt.data(
        (keypair.CreateKeypair, ('key1',)),
        (keypair.ListKeypair, ()),
        (keypair.ShowKeypair, ('key1',)),
        (keypair.DeleteKeypair, ('key1',)),
    )
    @ddt.unpack
    def test_it_is_told(self, command, argv):
        said = self.error(command, *argv)
        self.assertIn('API version 1.4 is needed for keypairs', said)
        self.assertEqual([], self.sent())
