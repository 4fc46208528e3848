"""Tests of making servers, making them anew, and deleting them."""

from __future__ import annotations

import base64
import io
import logging
from typing import Any
from typing import ClassVar

import ddt
import fixtures
import requests

from moganclient import exceptions
from moganclient import retries
from moganclient.tests.contract import captures
from moganclient.tests.unit.v1 import fakes
from moganclient.tests.unit.v1 import retired
from moganclient.v1 import client

SERVERS = f'{fakes.MOGAN}/servers'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
IMAGE = fakes.OTHER_UUID
NETWORK = fakes.NODE_UUID


RENAMED = [{'op': 'replace', 'path': '/name', 'value': 'x'}]
PROTECTED = [{'op': 'replace', 'path': '/protected', 'value': False}]


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

    def test_as_a_dashboard_of_the_predecessor_s_time_did(self):
        arguments = {
            'name': 'web-1',
            'image_uuid': IMAGE,
            'flavor_uuid': fakes.FLAVOR_UUID,
            'networks': [{'net_id': NETWORK}, {'port_id': fakes.PORT_UUID}],
            'description': 'first',
            'availability_zone': 'az1',
            'metadata': {'role': 'web'},
            'userdata': '#cloud-config\n',
            'files': {'/etc/motd': 'hello\n'},
            'key_name': 'key1',
            'min_count': 1,
            'max_count': 2,
            'hint': {'group': NETWORK},
            'partitions': {'root_gb': 20, 'swap_mb': 512},
        }
        sent = {
            'server': {
                'name': 'web-1',
                'image_uuid': IMAGE,
                'flavor_uuid': fakes.FLAVOR_UUID,
                'networks': [
                    {'net_id': NETWORK},
                    {'port_id': fakes.PORT_UUID},
                ],
                'description': 'first',
                'availability_zone': 'az1',
                'metadata': {'role': 'web'},
                'user_data': 'I2Nsb3VkLWNvbmZpZwo=',
                'personality': [{'path': '/etc/motd', 'contents': 'aGVsbG8K'}],
                'key_name': 'key1',
                'min_count': 1,
                'max_count': 2,
                'partitions': {'root_gb': 20, 'swap_mb': 512},
            },
            'scheduler_hints': {'group': NETWORK},
        }
        self.client.server.create(*arguments.values())
        self.assertEqual(sent, self.body)
        self.client.server.create(**arguments)
        self.assertEqual(sent, self.body)
        self.assertEqual(['POST /servers'] * 2, self.sent())

    def test_what_a_dashboard_was_not_told_is_not_sent(self):
        bare = self.create()
        # What an empty form gives.
        self.assertEqual(
            bare,
            self.create(
                description=None,
                availability_zone=None,
                metadata={},
                userdata='',
                files={},
                key_name=None,
                min_count=None,
                max_count=None,
                hint={},
                partitions={},
            ),
        )

    def test_what_is_sent_is_what_was_recorded(self):
        capture = captures.everything()['server-create']
        given = {**capture.request['server']}
        given['admin_pass'] = given.pop('adminPass')
        self.assertEqual(capture.request, self.create(**given))

    @ddt.data(io.BytesIO(b'#cloud-config\n'), io.StringIO('#cloud-config\n'))
    def test_an_open_file_is_read(self, given):
        given.seek(0)
        sent = self.create(userdata=given)['server']['user_data']
        self.assertEqual(b'#cloud-config\n', base64.b64decode(sent))

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
        for given, counts in (
            ({'min_count': 2, 'max_count': 3}, (2, 3)),
            ({'min_count': 2}, (2, 2)),
            ({'max_count': 2}, (1, 2)),
        ):
            sent = self.create(**given)['server']
            self.assertEqual(counts, (sent['min_count'], sent['max_count']))

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
        {'min_count': '2'},
        {'userdata': 5},
        {'files': {'/etc/motd': 5}},
        {'hint': {'cell': NETWORK}},
        {'hint': 'sg1'},
    )
    def test_nothing_that_is_wrong_is_sent(self, wrong):
        # Not even to find out which flavor is meant.
        self.assertRaises(
            exceptions.ValidationError,
            self.create,
            flavor_uuid='gold',
            **wrong,
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

    def test_as_the_predecessor_did(self):
        self.client.server.rebuild(fakes.SERVER_UUID, image_uuid=IMAGE)
        self.client.server.rebuild(fakes.SERVER_UUID, IMAGE)
        self.assertEqual({'target': 'rebuild', 'image_uuid': IMAGE}, self.body)

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
class TestWaitThroughFailures(fakes.TestCase):
    BUILDING: ClassVar[dict[str, Any]] = {
        'json': {**fakes.SERVER, 'status': 'building'}
    }
    ACTIVE: ClassVar[dict[str, Any]] = {'json': fakes.SERVER}

    def setUp(self) -> None:
        super().setUp()
        self.now = 0.0
        self.slept: list[float] = []
        self.client = client.Client(
            fakes.MOGAN,
            retry=retries.Policy(0, sleep=self.sleep, clock=lambda: self.now),
        )

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, *answers: Any, **more: Any) -> Any:
        self.http.get(ONE, list(answers))
        return self.client.server.wait(fakes.SERVER_UUID, interval=5, **more)

    @ddt.data(
        {'exc': requests.exceptions.ConnectionError},
        {'exc': requests.exceptions.ConnectTimeout},
        {'exc': requests.exceptions.ReadTimeout},
        {'status_code': 500},
        {'status_code': 502, 'text': '<html>'},
        {'status_code': 503},
        {'status_code': 504},
        {'status_code': 429},
    )
    def test_what_passes_is_waited_out(self, failure):
        found = self.wait(failure, self.BUILDING, failure, self.ACTIVE)
        self.assertEqual('active', found.status)
        self.assertEqual([5, 5, 5], self.slept)

    @ddt.data(503, 429)
    def test_until_the_service_wants_to_be_asked_again(self, status):
        self.wait(
            {'status_code': status, 'headers': {'Retry-After': '30'}},
            self.ACTIVE,
        )
        self.assertEqual([30], self.slept)

    def test_a_retry_after_of_less_is_no_reason_to_hurry(self):
        self.wait(
            {'status_code': 503, 'headers': {'Retry-After': '1'}},
            self.ACTIVE,
        )
        self.assertEqual([5], self.slept)

    def test_one_beyond_the_end_is_not_waited_for(self):
        error = self.assertRaises(
            exceptions.WaitTimeout,
            self.wait,
            {'status_code': 503, 'headers': {'Retry-After': '600'}},
            timeout=60,
        )
        self.assertIn('nobody shall look for 600 seconds', error.message)
        self.assertEqual([], self.slept)

    def test_the_last_failure_is_told_in_the_end(self):
        error = self.assertRaises(
            exceptions.WaitTimeout,
            self.wait,
            self.BUILDING,
            {'status_code': 500},
            {'status_code': 503, 'json': {'errors': [{'detail': 'Tea.'}]}},
            timeout=12,
        )
        self.assertEqual([5, 5, 2], self.slept)
        self.assertEqual('building', error.server.status)
        self.assertIn('was building when it was seen last', error.message)
        self.assertIn('failed until 12 seconds were over: Tea.', error.message)
        self.assertIsInstance(error.__cause__, exceptions.ServiceUnavailable)

    def test_of_a_server_that_was_never_seen(self):
        error = self.assertRaises(
            exceptions.WaitTimeout,
            self.wait,
            {'exc': requests.exceptions.ConnectTimeout},
            timeout=12,
        )
        self.assertIsNone(error.server)
        self.assertIn('The server was not seen; looking', error.message)
        self.assertIn('it does not answer', error.message)

    def test_no_failure_is_told_where_it_passed(self):
        error = self.assertRaises(
            exceptions.WaitTimeout,
            self.wait,
            {'status_code': 503},
            self.BUILDING,
            timeout=6,
        )
        self.assertIn('is still building after 6 seconds', error.message)

    @ddt.data(
        (401, exceptions.Unauthorized),
        (403, exceptions.Forbidden),
        (404, exceptions.NotFound),
        (400, exceptions.BadRequest),
    )
    @ddt.unpack
    def test_what_does_not_pass_ends_it(self, status, kind):
        self.assertRaises(kind, self.wait, {'status_code': status})
        self.assertEqual([], self.slept)

    def test_a_failure_is_no_deletion(self):
        self.assertIsNone(
            self.wait(
                {'status_code': 502}, {'status_code': 404}, until='deleted'
            )
        )
        self.assertEqual([5], self.slept)

    def test_a_certificate_that_is_not_trusted_ends_it(self):
        self.assertRaises(
            exceptions.SSLError,
            self.wait,
            {'exc': requests.exceptions.SSLError},
        )

    def test_tls_that_worked_before_does_not(self):
        found = self.wait(
            self.BUILDING,
            {'exc': requests.exceptions.SSLError},
            self.ACTIVE,
        )
        self.assertEqual('active', found.status)

    @ddt.data(
        {'exc': KeyboardInterrupt},
        {'status_code': 503},
    )
    def test_it_can_be_interrupted(self, answer):
        def sleep(seconds: float) -> None:
            raise KeyboardInterrupt

        self.client = client.Client(
            fakes.MOGAN, retry=retries.Policy(0, sleep=sleep)
        )
        self.assertRaises(KeyboardInterrupt, self.wait, answer)

    def test_a_look_gets_no_more_time_than_is_left(self):
        self.wait(self.BUILDING, self.ACTIVE, timeout=30)
        looks = [
            asked.timeout
            for asked in self.http.request_history
            if asked.url == ONE
        ]
        self.assertEqual([30, 25], looks)


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
            lambda: servers.update('a', PROTECTED),
            lambda: servers.update('a', [*RENAMED, *PROTECTED]),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())

    def test_other_changes_are(self):
        self.http.patch(ONE, json=fakes.SERVER)
        self.client.server.update(fakes.SERVER_UUID, updates=RENAMED)
        self.assertEqual(RENAMED, self.body)


class TestRetiredServer(retired.TestCase):
    def test_nothing_is_sent(self):
        servers = self.client.server
        for call in (
            lambda: servers.update('a', protected=False),
            lambda: servers.update('a', updates=PROTECTED),
        ):
            self.assertRaises(exceptions.RetiredServer, call)
        self.assertEqual([], self.sent())
