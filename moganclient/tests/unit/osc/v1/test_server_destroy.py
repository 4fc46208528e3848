"""Tests of the commands that leave nothing of what was on a server."""

from __future__ import annotations

import ddt

from moganclient.osc.v1 import server_destroy
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

SERVERS = f'{fakes.MOGAN}/servers'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
REBUILD = f'{ONE}/states/provision'


class TestDelete(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(f'{SERVERS}/detail', json={'servers': [fakes.SERVER]})
        self.http.delete(ONE, status_code=204)

    def test_several_quietly(self):
        printed = self.run_command(
            server_destroy.DeleteServer, 'db-3', fakes.SERVER_UUID
        )
        self.assertEqual('', printed)
        self.assertEqual(
            2, self.sent().count(f'DELETE /servers/{fakes.SERVER_UUID}')
        )

    def test_a_protected_one_says_what_to_do(self):
        self.http.delete(
            ONE, status_code=409, json=base.fault('It is protected: unmanage.')
        )
        self.assertEqual(
            'It is protected: unmanage.',
            self.error(server_destroy.DeleteServer, 'db-3'),
        )

    def test_there_is_no_force(self):
        self.assertRaises(
            SystemExit,
            self.run_command,
            server_destroy.DeleteServer,
            'db-3',
            '--force',
        )
        self.assertEqual([], self.sent())

    def test_wait_until_it_is_gone(self):
        self.http.get(ONE, status_code=404)
        self.run_command(
            server_destroy.DeleteServer, fakes.SERVER_UUID, '--wait'
        )
        self.assertEqual(f'GET /servers/{fakes.SERVER_UUID}', self.sent()[-1])

    def test_wait_and_it_is_not(self):
        self.http.get(
            ONE,
            json={
                **fakes.SERVER,
                'status': 'error',
                'fault': {'message': 'Cleaning failed'},
            },
        )
        self.assertIn(
            'Cleaning failed',
            self.error(
                server_destroy.DeleteServer, fakes.SERVER_UUID, '--wait'
            ),
        )


@ddt.ddt
class TestRebuild(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(f'{SERVERS}/detail', json={'servers': [fakes.SERVER]})
        self.http.put(REBUILD, status_code=202)

    @ddt.data(
        ((), {}),
        (('--image', fakes.OTHER_UUID), {'image_uuid': fakes.OTHER_UUID}),
        (('--preserve-ephemeral',), {'preserve_ephemeral': True}),
        (('--no-preserve-ephemeral',), {'preserve_ephemeral': False}),
    )
    @ddt.unpack
    def test_what_is_typed_is_asked(self, argv, sent):
        self.assertEqual(
            '', self.run_command(server_destroy.RebuildServer, 'db-3', *argv)
        )
        self.assertEqual({'target': 'rebuild', **sent}, self.body)

    def test_an_image_by_name(self):
        self.log_in()
        self.http.get(
            f'{base.GLANCE}/v2/images',
            json={'images': [{'id': fakes.OTHER_UUID, 'name': 'debian'}]},
        )
        self.run_command(
            server_destroy.RebuildServer, 'db-3', '--image', 'debian'
        )
        self.assertEqual(fakes.OTHER_UUID, self.body['image_uuid'])

    def test_an_image_s_name_where_there_is_no_glance(self):
        said = self.error(
            server_destroy.RebuildServer, 'db-3', '--image', 'debian'
        )
        self.assertIn('"debian" is no image id', said)
        self.assertEqual([], self.sent())

    def test_wait(self):
        self.http.get(ONE, json=fakes.SERVER)
        self.run_command(server_destroy.RebuildServer, 'db-3', '--wait')
        self.assertEqual(f'GET /servers/{fakes.SERVER_UUID}', self.sent()[-1])


class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    def test_no_image_is_looked_up(self):
        said = self.error(
            server_destroy.RebuildServer, 'db-3', '--image', 'debian'
        )
        self.assertIn('API version 1.4 is needed', said)
