"""What others are told, when, and through what."""

from __future__ import annotations

import copy
import datetime
import json
import logging
import pathlib
import subprocess
import sys
import threading
from unittest import mock

import ddt
import fixtures
import testtools

import moganclient
from moganclient.service import conf as service_conf
from moganclient.service import context
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.service import notifications
from moganclient.tests.unit.service.api import base

SAMPLES = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc/source/admin/notification-samples'
)
#: Another one in every notification.
UNSTABLE = ('message_id', 'timestamp')


def server():
    """The server of the documented samples."""
    return models.Server(
        uuid='a0a98b9c-5ee4-4f4e-8b8e-1c8f3d1f9a01',
        name='db-3',
        description='billing database',
        status='managing',
        power_state=None,
        node_uuid='1be26c0b-03f2-4d2e-ae87-c02d7f33c123',
        node_name='rack7-u12',
        flavor_uuid='5c2f6f0e-2f0a-4f39-8f2c-9a4f4b8a2e11',
        image_uuid=None,
        availability_zone=None,
        addresses={
            'd32019d3-bc6e-4319-9c1d-6722fc136a22': [
                {'addr': '10.0.0.17', 'type': 'fixed'}
            ]
        },
        meta={'rack': '7'},
        project_id='6f70656e737461636b20342065766572',
        user_id='b80b8d4b28b74ed08d0ad6b8fd0ec6ac',
        created_at=datetime.datetime(2026, 11, 23, 14, 53, 53, 385798),
        launched_at=None,
        request_id='req-bb0b262a-e295-4791-9401-76d40d98286d',
        partitions={},
        locked_by=None,
        protected=True,
        adopted=True,
        ports=[
            models.ServerPort(port_id='4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01')
        ],
    )


def caller():
    return context.Context(
        user_id='b80b8d4b28b74ed08d0ad6b8fd0ec6ac',
        project_id='6f70656e737461636b20342065766572',
        auth_token='of-the-caller',
        request_id='req-bb0b262a-e295-4791-9401-76d40d98286d',
    )


PORT = {'port_id': '4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01'}
NO_NODE = {
    'code': 'no_valid_node',
    'message': 'No node fits. Of 12 there are: 7 have another resource '
    'class, 5 are in use.',
    'detail': '',
}
FAILED = {
    'code': 'deploy_failed',
    'message': 'Node rack7-u12 could not be deployed: it is "deploy failed". '
    'Timeout reached while waiting for callback.',
    'detail': '',
}
POWER = {
    'code': 'power_failed',
    'message': 'The power action "power off" did not end as it was asked to: '
    'the machine is in the state "power on".',
    'detail': 'The BMC does not answer.',
}


def _failure(fault):
    return {
        'error': exceptions.ServiceError(fault['message'], code=fault['code'])
    }


_NOWHERE = {
    'node_uuid': None,
    'node_name': None,
    'power_state': None,
    'launched_at': None,
    'addresses': {},
    'ports': [],
}
#: Event to what the server of its sample has otherwise, and ``more``.
_CHANGES = {
    'server.build.start': {**_NOWHERE, 'status': 'building'},
    'server.build.end': {},
    'server.build.error': {
        **_NOWHERE,
        'status': 'error',
        'fault': NO_NODE,
        'more': _failure(NO_NODE),
    },
    'server.rebuild.start': {'status': 'rebuilding'},
    'server.rebuild.end': {},
    'server.rebuild.error': {
        'status': 'error',
        'fault': FAILED,
        'more': _failure(FAILED),
    },
    'server.delete.start': {'status': 'deleting'},
    'server.delete.end': {**_NOWHERE, 'status': 'deleting'},
    'server.delete.error': {
        'status': 'error',
        'fault': FAILED,
        'more': _failure(FAILED),
    },
    'server.power.start': {
        'status': 'powering-off',
        'more': {'about': {'target': 'off'}},
    },
    'server.power.end': {
        'status': 'stopped',
        'power_state': 'power off',
        'more': {'about': {'target': 'off'}},
    },
    'server.power.error': {
        'fault': POWER,
        'more': {'about': {'target': 'off'}},
    },
    'server.lock.start': {'locked_by': 'owner'},
    'server.lock.end': {'locked_by': 'owner'},
    'server.unlock.start': {},
    'server.unlock.end': {},
    'server.attach.start': {'more': {'about': PORT}},
    'server.attach.end': {'more': {'about': PORT}},
    'server.attach.error': {
        'more': {
            'about': PORT,
            **_failure(
                {
                    'code': 'no_free_nic',
                    'message': 'Port 4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01 '
                    'cannot be attached: node rack7-u12 has no free NIC.',
                }
            ),
        },
    },
    'server.detach.start': {'more': {'about': PORT}},
    'server.detach.end': {'more': {'about': PORT}},
    'server.detach.error': {
        'more': {
            'about': PORT,
            **_failure(
                {
                    'code': 'upstream_conflict',
                    'message': 'Ironic: Node rack7-u12 is locked by host '
                    'conductor-1, please retry.',
                }
            ),
        },
    },
}


#: What ends when nobody waits for it any more.
_LATER = ('attach', 'build', 'delete', 'detach', 'power', 'rebuild')


def _caller_of(event):
    _, action, phase = event.split('.')
    if phase != 'start' and action in _LATER:
        return None
    return caller()


class Log(fixtures.Fixture):
    """The notifications that go to the log, decoded, in ``messages``."""

    def _setUp(self):
        self.messages = []
        handler = logging.Handler()
        handler.emit = lambda record: self.messages.append(
            json.loads(record.getMessage())
        )
        logger = logging.getLogger('oslo.messaging.notification')
        self.addCleanup(logger.setLevel, logger.level)
        self.addCleanup(setattr, logger, 'propagate', logger.propagate)
        self.addCleanup(logger.removeHandler, handler)
        logger.propagate = False
        logger.setLevel(logging.INFO)
        logger.addHandler(handler)


def _end(found):
    found.status, found.power_state = 'active', 'power on'
    found.launched_at = found.created_at + datetime.timedelta(seconds=1)
    return found


@ddt.ddt
class SampleTest(testtools.TestCase):
    """The documented samples are what is sent."""

    def sent(self, event, found, **more):
        log = self.useFixture(Log())
        notifications.Notifier('moganclient-api.controller-1').emit(
            _caller_of(event), event, found, **more
        )
        (message,) = log.messages
        return message

    def assert_sample(self, message):
        sample = json.loads(
            (SAMPLES / f'{message["event_type"]}.json').read_text()
        )
        expected = copy.deepcopy(message)
        for name in UNSTABLE:
            expected[name] = sample[name]
        self.assertEqual(expected, sample)

    @ddt.data('server.manage.start', 'server.manage.end')
    def test_manage(self, event):
        found = _end(server()) if event.endswith('end') else server()
        self.assert_sample(self.sent(event, found))

    def test_manage_error(self):
        self.assert_sample(
            self.sent(
                'server.manage.error',
                server(),
                error=exceptions.Unavailable(
                    'Could not claim node rack7-u12 in time: it is locked by '
                    'host conductor-1.',
                    code='upstream_locked',
                ),
            )
        )

    @ddt.data('server.unmanage.start', 'server.unmanage.end')
    def test_unmanage(self, event):
        found = _end(server())
        found.status = 'unmanaging'
        more = {}
        if event.endswith('end'):
            more['left_alone'] = [
                'Port 4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01 is used by '
                'another device now.'
            ]
        self.assert_sample(self.sent(event, found, **more))

    def test_unmanage_error(self):
        found = _end(server())
        found.status = 'unmanaging'
        self.assert_sample(
            self.sent(
                'server.unmanage.error',
                found,
                error=exceptions.UpstreamUnavailable(
                    'Ironic does not answer.'
                ),
            )
        )

    @ddt.data(*sorted(_CHANGES))
    def test_what_is_done_to_servers(self, event):
        found = _end(server())
        found.adopted = found.protected = False
        changes = dict(_CHANGES[event])
        more = changes.pop('more', {})
        for name, value in changes.items():
            setattr(found, name, value)
        self.assert_sample(self.sent(event, found, **more))

    def test_there_is_a_sample_of_every_event(self):
        self.assertEqual(
            {
                f'server.{action}.{phase}.json'
                for action in notifications.ACTIONS
                for phase in ('start', 'end', 'error')
            }
            - {
                # Nothing can go wrong with these.
                'server.lock.error.json',
                'server.unlock.error.json',
            },
            {path.name for path in SAMPLES.glob('*.json')},
        )


class PayloadTest(testtools.TestCase):
    def data(self, *args, **kwargs):
        found = notifications.payload(*args, **kwargs)
        return found['baremetal_compute_object.data']

    def test_token_is_not_in_it(self):
        self.assertNotIn(
            'of-the-caller', json.dumps(self.data(caller(), server()))
        )

    def test_recovery_has_no_initiator_but_the_first_request(self):
        found = self.data(None, server())
        self.assertIsNone(found['initiator_user_id'])
        self.assertEqual(
            'req-bb0b262a-e295-4791-9401-76d40d98286d', found['request_id']
        )

    def test_unexpected_error_says_its_kind_alone(self):
        found = self.data(None, server(), error=RuntimeError('pa55'))
        self.assertEqual('RuntimeError', found['error']['type'])
        self.assertNotIn('pa55', json.dumps(found))

    def test_urls_hold_no_secret(self):
        found = server()
        found.description = 'from https://u:pa55@h/x?sig=1'
        self.assertEqual(
            'from https://h/x', self.data(None, found)['description']
        )


class EmitTest(testtools.TestCase):
    def test_it_never_raises(self):
        log = self.useFixture(fixtures.FakeLogger())
        notifications.Notifier('x').emit(None, 'server.manage.start', None)
        self.assertIn('server.manage.start', log.output)


class ApiTest(base.ApiTest):
    """The events of real workflows."""

    def setUp(self):
        super().setUp()
        self.log = self.useFixture(Log())

    def events(self):
        return [
            (
                message['event_type'],
                message['payload']['baremetal_compute_object.data']['status'],
            )
            for message in self.log.messages
        ]

    def test_taking_over_and_letting_go(self):
        found = self.manage()
        self.call('POST', f'/v1/servers/{found["uuid"]}/unmanage', json={})
        self.assertEqual(
            [
                ('server.manage.start', 'managing'),
                ('server.manage.end', 'active'),
                ('server.unmanage.start', 'unmanaging'),
                ('server.unmanage.end', 'unmanaging'),
            ],
            self.events(),
        )

    def test_request_id_is_that_of_the_answer(self):
        answer = self.call(
            'POST', '/v1/servers/manage', json=self.manage_body()
        )
        data = self.log.messages[0]['payload']['baremetal_compute_object.data']
        self.assertEqual(
            answer.headers['X-OpenStack-Request-Id'], data['request_id']
        )

    def test_failure_is_an_error(self):
        def fail(*args, **kwargs):
            raise exceptions.UpstreamConflict('Locked.')

        self.runtime.driver.claim_node = fail
        self.api.conf.set_override('deadline', 1, 'api')
        self.call('POST', '/v1/servers/manage', json=self.manage_body())
        last = self.log.messages[-1]
        self.assertEqual(
            ('server.manage.error', 'ERROR'),
            (last['event_type'], last['priority']),
        )


class BuildTest(testtools.TestCase):
    def build(self, *drivers):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'c'
        path.write_text(
            '[oslo_messaging_notifications]\n'
            + ''.join(f'driver = {driver}\n' for driver in drivers)
            + 'transport_url = fake://\n'
        )
        conf = service_conf.load(config_files=[str(path)])
        notifier = notifications.build(conf)
        self.addCleanup(notifier.close)
        return notifier

    def test_default_is_the_log(self):
        conf = service_conf.load(config_files=[])
        self.assertIs(notifications.Notifier, type(notifications.build(conf)))

    def test_the_log_does_not_import_oslo_messaging(self):
        code = (
            'import sys\n'
            'from moganclient.service import conf, notifications\n'
            'notifications.build(conf.load(config_files=[]))\n'
            'sys.exit("oslo_messaging" in sys.modules)\n'
        )
        self.assertEqual(0, subprocess.call([sys.executable, '-c', code]))

    def test_noop_says_nothing(self):
        log = self.useFixture(Log())
        self.build('noop').emit(caller(), 'server.manage.start', server())
        self.assertEqual([], log.messages)

    def test_other_drivers_are_those_of_oslo_messaging(self):
        notifier = self.build('test')
        from oslo_messaging.notify import _impl_test

        self.addCleanup(_impl_test.reset)
        notifier.emit(caller(), 'server.manage.start', server())
        notifier.emit(
            caller(), 'server.manage.error', server(), error=ValueError()
        )
        notifier.close()
        sent = [
            (context, message['event_type'], message['publisher_id'], priority)
            for context, message, priority, retry in _impl_test.NOTIFICATIONS
        ]
        publisher = notifier.publisher_id
        self.assertEqual(
            [
                ({}, 'server.manage.start', publisher, 'INFO'),
                ({}, 'server.manage.error', publisher, 'ERROR'),
            ],
            sent,
        )

    def test_without_oslo_messaging_it_is_a_sentence(self):
        # None in sys.modules is how Python says that there is no such module.
        without = mock.patch.dict(sys.modules, {'oslo_messaging': None})
        without.start()
        self.addCleanup(without.stop)
        error = self.assertRaises(
            exceptions.ConfigError, self.build, 'messagingv2'
        )
        self.assertIn('python-moganclient[notifications]', str(error))

    def test_broken_transport_url_is_a_sentence_without_it(self):
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path) / 'c'
        path.write_text(
            '[oslo_messaging_notifications]\ndriver = messagingv2\n'
            'transport_url = odd://u:pa55@h\n'
        )
        conf = service_conf.load(config_files=[str(path)])
        error = self.assertRaises(
            exceptions.ConfigError, notifications.build, conf
        )
        self.assertIn('transport_url', str(error))
        self.assertNotIn('pa55', str(error))


class _Broker:
    """Stands for ``oslo_messaging.Notifier`` with a broker that hangs."""

    def __init__(self):
        self.goes_on = threading.Event()
        self.sent = []

    def info(self, context, event, payload):
        self.goes_on.wait()
        self.sent.append(event)

    error = info


class BrokerTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.broker = _Broker()
        self.notifier = notifications.MessagingNotifier('x', self.broker)
        self.addCleanup(self.notifier.close)
        self.addCleanup(self.broker.goes_on.set)

    def test_nobody_waits_for_a_broker(self):
        for number in range(3):
            self.notifier.emit(None, f'event-{number}', server())
        self.assertEqual([], self.broker.sent)
        self.broker.goes_on.set()
        self.notifier.close()
        self.assertEqual(['event-0', 'event-1', 'event-2'], self.broker.sent)

    def test_what_is_too_much_is_dropped_with_a_word(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.notifications._WAITING', 1
            )
        )
        log = self.useFixture(fixtures.FakeLogger())
        # One is with the broker or waits, one waits: the third is too much.
        for number in range(3):
            self.notifier.emit(None, f'event-{number}', server())
        self.assertIn('is dropped', log.output)

    def test_failure_of_the_broker_is_logged(self):
        log = self.useFixture(fixtures.FakeLogger())
        # It has none of the methods.
        notifier = notifications.MessagingNotifier('x', object())
        notifier.emit(None, 'event-0', server())
        notifier.close()
        self.assertIn('event-0', log.output)
