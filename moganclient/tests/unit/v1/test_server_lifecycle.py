"""Tests of making servers, making them anew, and deleting them."""

from __future__ import annotations

import base64
import logging
from typing import Any

import ddt
import fixtures

from moganclient import exceptions
from moganclient import retries
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import client

SERVERS = f'{fakes.MOGAN}/servers'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
IMAGE = fakes.OTHER_UUID
NETWORK = fakes.NODE_UUID


@ddt.ddt
class TestCreate(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.post(SERVERS, json=fakes.SERVER, status_code=201)
        self.http.get(
            f'{fakes.MOGAN}/flavors', json={'flavors': [fakes.FLAVOR]}
        )
        self.http.get(
            f'{fakes.MOGAN}/server_groups',
            json={'server_groups': [{'uuid': NETWORK, 'name': 'sg1'}]},
        )

    def create(self, **more: Any) -> Any:
        """What is sent, beside what always has to be."""
        given = {
            'name': 'db-3',
            'image_uuid': IMAGE,
            'flavor_uuid': fakes.FLAVOR_UUID,
            'networks': [NETWORK],
        } | more
        self.client.server.create(**given)
        return self.body

    def test_what_has_to_be_said_is_all_that_is_sent(self):
        self.assertEqual(
            {
                'server': {
                    'name': 'db-3',
                    'flavor_uuid': fakes.FLAVOR_UUID,
                    'image_uuid': IMAGE,
                    'networks': [{'net_id': NETWORK}],
                }
            },
            self.create(),
        )
        self.assertEqual(['POST /servers'], self.sent())

    def test_the_answer_is_a_server(self):
        made = self.client.server.create(
            'db-3', IMAGE, fakes.FLAVOR_UUID, [NETWORK]
        )
        self.assertEqual(fakes.SERVER_UUID, made.uuid)
        self.assertIsNone(made.created)

    def test_everything(self):
        self.assertEqual(
            {
                'server': {
                    'name': 'db-3',
                    'flavor_uuid': fakes.FLAVOR_UUID,
                    'image_uuid': IMAGE,
                    'networks': [{'net_id': NETWORK}],
                    'description': 'd',
                    'availability_zone': 'az1',
                    'metadata': {'role': 'db'},
                    'key_name': 'key1',
                    'adminPass': 'pw',
                    'partitions': {'root_gb': 20, 'swap_mb': 512},
                },
                'scheduler_hints': {'group': NETWORK},
            },
            self.create(
                flavor_uuid='gold',
                description='d',
                availability_zone='az1',
                metadata={'role': 'db'},
                key_name='key1',
                admin_pass='pw',
                partitions={'root_gb': 20, 'swap_mb': 512},
                hint={'group': 'sg1'},
            ),
        )

    @ddt.data(
        ([{'port_id': fakes.PORT_UUID}], [{'port_id': fakes.PORT_UUID}]),
        (NETWORK, [{'net_id': NETWORK}]),
        ({'net_id': NETWORK}, [{'net_id': NETWORK}]),
    )
    @ddt.unpack
    def test_networks(self, given, sent):
        self.assertEqual(
            sent, self.create(networks=given)['server']['networks']
        )

    @ddt.data('#cloud-config\n', b'#cloud-config\n')
    def test_user_data_is_encoded(self, given):
        sent = self.create(userdata=given)['server']['user_data']
        self.assertEqual(b'#cloud-config\n', base64.b64decode(sent))

    def test_files_are_encoded(self):
        (sent,) = self.create(files={'/etc/motd': b'\xff'})['server'][
            'personality'
        ]
        self.assertEqual({'path': '/etc/motd', 'contents': '/w=='}, sent)

    def test_several(self):
        sent = self.create(min_count=2, max_count=3)['server']
        self.assertEqual((2, 3), (sent['min_count'], sent['max_count']))

    @ddt.data(
        {'networks': None},
        {'networks': []},
        {'networks': ['private']},
        {'networks': [{'net_id': NETWORK, 'port_id': fakes.PORT_UUID}]},
        {'image_uuid': 'debian'},
        {'name': ''},
        {'partitions': {'swap_mb': 1}},
        {'min_count': 3, 'max_count': 2},
        {'min_count': 0},
    )
    def test_nothing_that_is_wrong_is_sent(self, wrong):
        # Not even to find out which flavor is meant.
        self.assertRaises(
            exceptions.ValidationError, self.create, flavor_uuid='gold', **wrong
        )
        self.assertEqual([], self.sent())

    @ddt.data(
        {'admin_pass': 'secret'},
        {'userdata': 'secret', 'metadata': {'a': 'b'}},
        {'files': {'/etc/key': b'secret'}},
    )
    def test_what_may_be_secret_is_in_no_log(self, more):
        logged = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.create(**more)
        self.assertNotIn('secret', logged.output)
        self.assertNotIn('c2VjcmV0', logged.output)

    def test_what_is_not_is_in_the_log(self):
        logged = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.create(metadata={'role': 'database'})
        self.assertIn('database', logged.output)

    def test_the_password_is_in_no_error(self):
        error = self.assertRaises(
            exceptions.ValidationError,
            self.create,
            name='',
            admin_pass='secret',
        )
        self.assertNotIn('secret', str(error))


@ddt.ddt
class TestRebuild(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.put(f'{ONE}/states/provision', status_code=202)

    @ddt.data(
        ({}, {}),
        ({'image_uuid': IMAGE}, {'image_uuid': IMAGE}),
        ({'preserve_ephemeral': True}, {'preserve_ephemeral': True}),
    )
    @ddt.unpack
    def test_what_is_sent(self, given, sent):
        self.assertIsNone(
            self.client.server.rebuild(fakes.SERVER_UUID, **given)
        )
        self.assertEqual({'target': 'rebuild', **sent}, self.body)

    def test_an_image_s_name_is_not_sent(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.server.rebuild,
            fakes.SERVER_UUID,
            'debian',
        )
        self.assertEqual([], self.sent())


class TestDelete(fakes.TestCase):
    def test_by_name(self):
        self.http.get(f'{SERVERS}/detail', json={'servers': [fakes.SERVER]})
        self.http.delete(ONE, status_code=204)
        self.assertIsNone(self.client.server.delete('db-3'))
        self.assertEqual(
            f'DELETE /servers/{fakes.SERVER_UUID}', self.sent()[-1]
        )

    def test_one_that_is_protected(self):
        self.http.delete(
            ONE,
            status_code=409,
            json={
                'errors': [
                    {
                        'code': 'baremetal-compute.server_protected',
                        'detail': 'No.',
                    }
                ]
            },
        )
        error = self.assertRaises(
            exceptions.Conflict, self.client.server.delete, fakes.SERVER_UUID
        )
        self.assertEqual('No.', error.message)


class TestWait(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.slept: list[float] = []
        self.client = client.Client(
            fakes.MOGAN,
            retry=retries.Policy(sleep=self.slept.append, clock=lambda: 0),
        )

    def test_until_it_is_there(self):
        self.http.get(
            ONE,
            [
                {'json': {**fakes.SERVER, 'status': 'building'}},
                {'json': {**fakes.SERVER, 'status': 'active'}},
            ],
        )
        found = self.client.server.wait(fakes.SERVER_UUID, interval=3)
        self.assertEqual('active', found.status)
        self.assertEqual([3], self.slept)

    def test_until_it_is_gone(self):
        self.http.get(
            ONE,
            [
                {'json': {**fakes.SERVER, 'status': 'deleting'}},
                {'status_code': 404},
            ],
        )
        self.assertIsNone(
            self.client.server.wait(fakes.SERVER_UUID, until='deleted')
        )


@ddt.ddt
class TestProtected(fakes.TestCase):
    @ddt.data(True, False)
    def test_update(self, protected):
        self.http.patch(ONE, json=fakes.SERVER)
        self.client.server.update(fakes.SERVER_UUID, protected=protected)
        self.assertEqual(
            [{'op': 'replace', 'path': '/protected', 'value': protected}],
            self.body,
        )


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        servers = self.client.server
        for call in (
            lambda: servers.create('a', IMAGE, 'gold', [NETWORK]),
            lambda: servers.rebuild('a'),
            lambda: servers.delete('a'),
            lambda: servers.update('a', protected=False),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())
