"""Tests of endpoint, version, retries and errors over HTTP."""

from __future__ import annotations

import logging
import threading
import traceback
from typing import Any

import ddt
import fixtures
from keystoneauth1 import exceptions as ksa
from keystoneauth1 import fixture as ksa_fixture
from keystoneauth1 import http_basic
from keystoneauth1.identity import v3
from keystoneauth1 import noauth
from keystoneauth1 import plugin
from keystoneauth1 import session as ksa_session
from keystoneauth1 import token_endpoint
from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient import exceptions
from moganclient import retries
from moganclient.tests.unit import loopback
from moganclient import transport

KEYSTONE = 'http://keystone.test/v3'
MOGAN = 'http://mogan.test:6688'
TOKEN = 'a-very-secret-token'  # noqa: S105
REQUEST_UUID = '5be26c0b-03f2-4d2e-ae87-c02d7f33c1ee'


class Base(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.slept: list[float] = []
        self.policy = retries.Policy(sleep=self.slept.append)

    def transport(self, auth: Any = None, **more: Any) -> transport.Transport:
        more.setdefault('policy', self.policy)
        session = more.pop('session', None) or ksa_session.Session(auth=auth)
        return transport.Transport(session, **more)


class Mocked(Base):
    def setUp(self) -> None:
        super().setUp()
        self.http = self.useFixture(requests_mock.Fixture())

    def mogan(
        self, endpoint: str = MOGAN + '/v1', document: Any = loopback.VERSIONS
    ) -> None:
        self.http.get(endpoint, json=document)
        self.http.get(
            endpoint + '/flavors',
            json={'flavors': []},
            headers={'X-OpenStack-Request-Id': 'req-1'},
        )

    def keystone(self, *endpoints: tuple[str, str, str, str]) -> v3.Password:
        """A Keystone whose catalog has (type, interface, region, URL)."""
        token = ksa_fixture.V3Token()
        token.set_project_scope()
        for kind, interface, region, url in endpoints:
            token.add_service(kind).add_endpoint(interface, url, region)
        self.http.get(KEYSTONE, json={'version': {}})
        self.http.post(
            KEYSTONE + '/auth/tokens',
            json=token,
            headers={'X-Subject-Token': TOKEN},
        )
        return v3.Password(
            KEYSTONE,
            username='u',
            password='p',  # noqa: S106
            project_name='x',
            user_domain_id='default',
            project_domain_id='default',
        )

    def sent(self) -> list[str]:
        """What the bare metal compute API was asked."""
        return [
            f'{asked.method} {asked.url}'
            for asked in self.http.request_history
            if not asked.url.startswith(KEYSTONE)
        ]


@ddt.ddt
class TestEndpoint(Mocked):
    @ddt.data(
        'baremetal_compute',
        'baremetal-compute',
    )
    def test_of_the_catalog_in_both_spellings(self, kind):
        self.mogan()
        auth = self.keystone((kind, 'public', 'one', MOGAN))
        found = self.transport(auth)
        self.assertEqual(MOGAN + '/v1', found.endpoint)
        self.assertEqual([f'GET {MOGAN}/v1'], self.sent())

    def test_the_documented_spelling_comes_first(self):
        self.mogan()
        auth = self.keystone(
            ('baremetal-compute', 'public', 'one', 'http://other.test'),
            ('baremetal_compute', 'public', 'one', MOGAN),
        )
        self.assertEqual(MOGAN + '/v1', self.transport(auth).endpoint)

    def test_of_a_service_type_of_ones_own(self):
        self.mogan()
        auth = self.keystone(
            ('baremetal_compute', 'public', 'one', 'http://other.test'),
            ('mogan', 'public', 'one', MOGAN),
        )
        found = self.transport(auth, service_type='mogan')
        self.assertEqual(MOGAN + '/v1', found.endpoint)

    def test_of_interface_and_region(self):
        self.mogan()
        auth = self.keystone(
            ('baremetal_compute', 'public', 'one', 'http://a.test'),
            ('baremetal_compute', 'internal', 'two', 'http://b.test'),
            ('baremetal_compute', 'internal', 'one', MOGAN),
        )
        found = self.transport(auth, interface='internal', region_name='one')
        self.assertEqual(MOGAN + '/v1', found.endpoint)

    @ddt.data(
        (MOGAN, MOGAN + '/v1'),
        (MOGAN + '/', MOGAN + '/v1'),
        (MOGAN + '/v1', MOGAN + '/v1'),
        (MOGAN + '/v1/', MOGAN + '/v1'),
        (MOGAN + '//', MOGAN + '/v1'),
        (' ' + MOGAN, MOGAN + '/v1'),
        (MOGAN + '/metal', MOGAN + '/metal/v1'),
        (MOGAN + '/metal/v1?x=y#z', MOGAN + '/metal/v1'),
        ('http://[::1]:6688', 'http://[::1]:6688/v1'),
    )
    @ddt.unpack
    def test_given_with_or_without_version(self, given, endpoint):
        self.assertEqual(endpoint, transport.versioned(given))

    @ddt.data(
        '127.0.0.1:6688',
        'mogan.test',
        'ftp://mogan.test',
        'http://',
        'http://[::1',
        'http://mogan.test:port',
    )
    def test_given_that_is_no_url(self, given):
        error = self.assertRaises(
            exceptions.ValidationError, transport.versioned, given
        )
        self.assertIn(given, error.message)

    def test_given_with_a_password_is_refused_and_not_shown(self):
        error = self.assertRaises(
            exceptions.ValidationError,
            transport.versioned,
            'http://user:hunter2@mogan.test',
        )
        self.assertIn('http_basic', error.message)
        self.assertNotIn('hunter2', str(error))

    def test_given_of_another_api(self):
        error = self.assertRaises(
            exceptions.ValidationError, transport.versioned, MOGAN + '/v2.1'
        )
        self.assertIn('API v2.1', error.message)

    @ddt.data(
        noauth.NoAuth(endpoint=MOGAN),
        noauth.NoAuth(endpoint=MOGAN + '/v1'),
        http_basic.HTTPBasicAuth(MOGAN, 'u', 'p'),
        token_endpoint.Token(MOGAN, TOKEN),
    )
    def test_of_plugins_that_have_one(self, auth):
        self.mogan()
        self.assertEqual(MOGAN + '/v1', self.transport(auth).endpoint)

    @ddt.data(
        noauth.NoAuth(),
        http_basic.HTTPBasicAuth(username='u', password='p'),  # noqa: S106
        None,
    )
    def test_given_to_plugins_that_have_none(self, auth):
        self.mogan()
        found = self.transport(auth, endpoint_override=MOGAN)
        self.assertEqual(MOGAN + '/v1', found.endpoint)

    @ddt.data(noauth.NoAuth(), None)
    def test_nobody_says_one(self, auth):
        found = self.transport(auth, region_name='one')
        error = self.assertRaises(
            exceptions.EndpointNotFound, getattr, found, 'endpoint'
        )
        self.assertIn('baremetal_compute or baremetal-compute', error.message)
        self.assertIn('region one', error.message)

    def test_catalog_has_none(self):
        auth = self.keystone(('compute', 'public', 'one', 'http://nova.test'))
        found = self.transport(auth)
        error = self.assertRaises(
            exceptions.EndpointNotFound, getattr, found, 'endpoint'
        )
        self.assertIsInstance(error, ksa.EndpointNotFound)

    @ddt.data(300, 404, 410)
    def test_where_something_else_is(self, status):
        self.http.get(MOGAN + '/v1', status_code=status, text='nginx')
        found = self.transport(endpoint_override=MOGAN)
        error = self.assertRaises(
            exceptions.EndpointNotFound, getattr, found, 'endpoint'
        )
        self.assertIn(MOGAN + '/v1', error.message)


class TestAuthentication(Mocked):
    def test_wrong_password(self):
        auth = self.keystone(('baremetal_compute', 'public', 'one', MOGAN))
        self.http.post(
            KEYSTONE + '/auth/tokens',
            status_code=401,
            json={'error': {'message': 'No such user.', 'code': 401}},
            headers={'Content-Type': 'application/json'},
        )
        for more in ({}, {'endpoint_override': MOGAN}):
            used = self.transport(auth, **more)
            error = self.assertRaises(
                exceptions.Unauthorized, used.request, 'GET', '/flavors'
            )
            self.assertIn('No such user.', error.message)
            self.assertIn(KEYSTONE, error.message)
        self.assertEqual([], self.sent())

    def test_keystone_that_is_none_is_not_taken_for_us(self):
        auth = self.keystone()
        self.http.post(KEYSTONE + '/auth/tokens', status_code=404)
        used = self.transport(auth, endpoint_override=MOGAN)
        error = self.assertRaises(
            exceptions.AuthenticationFailed, used.request, 'GET', '/flavors'
        )
        self.assertEqual(404, error.http_status)
        self.assertIn(KEYSTONE, error.message)

    def test_token_that_ran_out_is_replaced(self):
        self.mogan()
        auth = self.keystone(('baremetal_compute', 'public', 'one', MOGAN))
        self.http.post(
            MOGAN + '/v1/servers/manage',
            [{'status_code': 401}, {'json': {'uuid': 'x'}}],
        )
        found = self.transport(auth).request('POST', '/servers/manage')
        self.assertEqual({'uuid': 'x'}, found)

    def test_no_authentication_at_all(self):
        self.mogan()
        self.transport(endpoint_override=MOGAN).request('GET', '/flavors')
        self.assertNotIn('X-Auth-Token', self.http.last_request.headers)


@ddt.ddt
class TestVersion(Mocked):
    def use(self, version: str, *offered: str) -> transport.Transport:
        oldest, newest = offered
        self.mogan(
            document={'version': {'min_version': oldest, 'version': newest}}
        )
        return self.transport(endpoint_override=MOGAN, version=version)

    @ddt.data(
        ('1', '1.1', '1.1', '1.1'),
        ('1', '1.1', '1.9', '1.4'),
        ('1.1', '1.1', '1.2', '1.1'),
        ('latest', '1.1', '1.2', '1.2'),
    )
    @ddt.unpack
    def test_is_sent(self, version, oldest, newest, sent):
        self.use(version, oldest, newest).request('GET', '/flavors')
        self.assertEqual(
            f'baremetal_compute {sent}',
            self.http.last_request.headers['OpenStack-API-Version'],
        )

    def test_is_agreed_on_once(self):
        used = self.use('1', '1.1', '1.2')
        used.request('GET', '/flavors')
        used.request('GET', '/flavors')
        self.assertEqual(1, self.sent().count(f'GET {MOGAN}/v1'))

    def test_is_asked_again_after_a_failure(self):
        self.http.get(
            MOGAN + '/v1',
            [{'status_code': 500}, {'json': loopback.VERSIONS}],
        )
        used = self.transport(endpoint_override=MOGAN)
        self.assertRaises(
            exceptions.InternalServerError, getattr, used, 'version'
        )
        self.assertEqual((1, 4), used.version)

    def test_server_too_old_for_what_is_asked(self):
        used = self.use('1.2', '1.1', '1.1')
        error = self.assertRaises(
            exceptions.UnsupportedVersion, used.request, 'GET', '/flavors'
        )
        self.assertEqual('1.2', error.needed)
        self.assertEqual('1.1', error.maximum)
        self.assertEqual([f'GET {MOGAN}/v1'], self.sent())

    @ddt.data(
        {'id': 'v1', 'servers': [{'href': 'x', 'rel': 'self'}]},
        {},
    )
    def test_another_api_names_none(self, document):
        self.mogan(document=document)
        self.http.get(MOGAN + '/', status_code=404)
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            self.transport(endpoint_override=MOGAN).request,
            'GET',
            '/flavors',
        )
        self.assertEqual('1.1', error.needed)
        self.assertIn(MOGAN, error.message)

    def test_required_and_there(self):
        self.assertIsNone(self.use('1', '1.1', '1.2').require((1, 2), 'x'))

    def test_required_of_an_older_server(self):
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            self.use('1', '1.1', '1.1').require,
            (1, 2),
            'the x of y',
        )
        self.assertIn('1.2 is needed for the x of y', error.message)
        self.assertIn(MOGAN, error.message)
        self.assertEqual(('1.2', '1.1'), (error.needed, error.maximum))

    def test_required_of_a_client_told_to_be_older(self):
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            self.use('1.1', '1.1', '1.2').require,
            (1, 2),
            'x',
        )
        self.assertIn('this client was told to use 1.1', error.message)

    def test_not_one_that_this_client_speaks(self):
        self.assertRaises(
            exceptions.UnsupportedVersion, self.transport, version='1.5'
        )

    def test_threads_agree_once(self):
        self.http.real_http = True
        answered = threading.Event()
        server = self.useFixture(
            loopback.Server(
                loopback.Answer(body=loopback.VERSIONS, after=answered),
                versions=None,
            )
        )
        used = self.transport(endpoint_override=server.url)
        threads = [
            threading.Thread(target=used.request, args=('GET', '/flavors'))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        # Whoever does not wait for the others would ask meanwhile.
        answered.wait(0.3)
        answered.set()
        for thread in threads:
            thread.join()
        self.assertEqual(1, server.paths().count('GET /v1'))
        self.assertEqual(8, server.paths().count('GET /v1/flavors'))


@ddt.ddt
class TestRequest(Mocked):
    def setUp(self) -> None:
        super().setUp()
        self.mogan()
        self.used = self.transport(endpoint_override=MOGAN)

    def test_answer_is_decoded(self):
        found = self.used.request('GET', '/flavors')
        self.assertEqual({'flavors': []}, found)

    def test_empty_answer_is_none(self):
        self.http.delete(MOGAN + '/v1/flavors/x', status_code=204)
        self.assertIsNone(self.used.request('DELETE', '/flavors/x'))

    def test_query_is_encoded(self):
        self.used.request('GET', '/flavors', params={'name': 'a b&c=é'})
        self.assertEqual(
            f'{MOGAN}/v1/flavors?name=a+b%26c%3D%C3%A9',
            self.http.last_request.url,
        )

    def test_body_is_sent_as_json(self):
        self.http.post(MOGAN + '/v1/flavors', json={})
        self.used.request('POST', '/flavors', body={'name': 'x'})
        self.assertEqual({'name': 'x'}, self.http.last_request.json())
        headers = self.http.last_request.headers
        self.assertEqual('application/json', headers['Content-Type'])
        self.assertEqual('application/json', headers['Accept'])

    def test_empty_body_is_sent_as_json(self):
        self.http.post(MOGAN + '/v1/servers/x/unmanage', status_code=204)
        self.used.request('POST', '/servers/x/unmanage', body={})
        self.assertEqual('{}', self.http.last_request.text)

    def test_user_agent_names_the_library(self):
        self.used.request('GET', '/flavors')
        self.assertIn(
            'python-moganclient/',
            self.http.last_request.headers['User-Agent'],
        )

    def test_global_request_id(self):
        self.transport(
            endpoint_override=MOGAN, global_request_id='req-mine'
        ).request('GET', '/flavors')
        self.assertEqual(
            'req-mine',
            self.http.last_request.headers['X-OpenStack-Request-ID'],
        )

    def test_global_request_id_of_one_request(self):
        mine = 'req-' + REQUEST_UUID
        used = self.transport(
            endpoint_override=MOGAN, global_request_id='req-all'
        )
        used.request('GET', '/flavors', global_request_id=mine)
        used.request('GET', '/flavors')
        self.assertEqual(
            [mine, 'req-all'],
            [
                asked.headers['X-OpenStack-Request-ID']
                for asked in self.http.request_history[-2:]
            ],
        )

    @ddt.data(
        REQUEST_UUID,
        'req-mine',
        'req-' + REQUEST_UUID.upper(),
        'req-' + REQUEST_UUID + '\n',
        '',
        5,
    )
    def test_what_is_no_request_id_is_not_sent(self, given):
        error = self.assertRaises(
            exceptions.ValidationError,
            self.transport(endpoint_override=MOGAN).request,
            'GET',
            '/flavors',
            global_request_id=given,
        )
        self.assertIn('"req-" and a UUID', error.message)
        self.assertEqual([], self.http.request_history)

    def test_limit_of_time_where_the_session_has_none(self):
        self.used.request('GET', '/flavors')
        self.assertEqual(transport.TIMEOUT, self.http.last_request.timeout)

    def test_limit_of_time_of_the_session(self):
        self.transport(
            session=ksa_session.Session(timeout=7), endpoint_override=MOGAN
        ).request('GET', '/flavors')
        self.assertEqual(7, self.http.last_request.timeout)

    def test_error_of_the_service(self):
        self.http.get(
            MOGAN + '/v1/flavors',
            status_code=403,
            json={'errors': [{'code': 'baremetal-compute.x', 'detail': 'No'}]},
            headers={'X-OpenStack-Request-Id': 'req-1'},
        )
        error = self.assertRaises(
            exceptions.Forbidden, self.used.request, 'GET', '/flavors'
        )
        self.assertIsInstance(error, ksa.Forbidden)
        self.assertEqual('No', error.message)
        self.assertEqual('req-1', error.request_id)

    @ddt.data('GET', 'POST')
    def test_redirect_is_not_followed(self, method):
        self.http.register_uri(
            method,
            MOGAN + '/v1/flavors',
            status_code=307,
            headers={'Location': 'http://evil.test/v1/flavors'},
        )
        self.http.register_uri(method, 'http://evil.test/v1/flavors', json={})
        error = self.assertRaises(
            exceptions.HttpError, self.used.request, method, '/flavors'
        )
        self.assertIn('http://evil.test', error.message)
        self.assertNotIn('evil', self.http.last_request.url)


@ddt.ddt
class TestRetries(Base):
    """Against a real server, with real connections."""

    def use(
        self, *answers: loopback.Answer, **more: Any
    ) -> transport.Transport:
        self.server = self.useFixture(loopback.Server(*answers))
        return self.transport(endpoint_override=self.server.url, **more)

    @ddt.data(429, 502, 503, 504)
    def test_get_after_a_passing_status(self, status):
        used = self.use(
            loopback.Answer(status), loopback.Answer(body={'flavors': []})
        )
        self.assertEqual({'flavors': []}, used.request('GET', '/flavors'))
        self.assertEqual(2, len(self.server.asked))
        self.assertEqual(1, len(self.slept))

    @ddt.data(
        loopback.Answer(hang_up=True),
        loopback.Answer(body={'flavors': ['x'] * 99}, cut_after=20),
    )
    def test_get_after_a_broken_connection(self, broken):
        used = self.use(broken, loopback.Answer(body={'flavors': []}))
        self.assertEqual({'flavors': []}, used.request('GET', '/flavors'))
        self.assertEqual(2, len(self.server.asked))

    def test_get_ends_after_some_attempts(self):
        used = self.use(loopback.Answer(503))
        self.assertRaises(
            exceptions.ServiceUnavailable, used.request, 'GET', '/flavors'
        )
        self.assertEqual(4, len(self.server.asked))
        self.assertEqual(3, len(self.slept))

    def test_get_honours_retry_after(self):
        used = self.use(
            loopback.Answer(503, headers={'Retry-After': '20'}),
            loopback.Answer(body={}),
        )
        used.request('GET', '/flavors')
        self.assertTrue(20 < self.slept[0] < 21, self.slept)

    def test_get_does_not_wait_for_long(self):
        used = self.use(loopback.Answer(503, headers={'Retry-After': '3600'}))
        error = self.assertRaises(
            exceptions.ServiceUnavailable, used.request, 'GET', '/flavors'
        )
        self.assertEqual(3600, error.retry_after)
        self.assertEqual([], self.slept)

    @ddt.data(400, 404, 409, 500, 501)
    def test_get_takes_other_statuses_as_they_are(self, status):
        used = self.use(loopback.Answer(status))
        self.assertRaises(
            exceptions.HttpError, used.request, 'GET', '/flavors'
        )
        self.assertEqual(1, len(self.server.asked))

    def test_get_where_nobody_listens_any_more(self):
        with loopback.Server(loopback.Answer()) as server:
            used = self.transport(endpoint_override=server.url)
            self.assertEqual((1, 4), used.version)
        self.assertRaises(
            exceptions.ConnectFailure, used.request, 'GET', '/flavors'
        )
        self.assertEqual(3, len(self.slept))

    def test_get_where_nobody_ever_listened(self):
        used = self.transport(endpoint_override=loopback.unused_url())
        self.assertRaises(
            exceptions.ConnectFailure, used.request, 'GET', '/flavors'
        )
        self.assertEqual(1, len(self.slept))

    def test_first_contact_is_waited_for_where_that_is_wanted(self):
        used = self.transport(
            endpoint_override=loopback.unused_url(),
            policy=retries.Policy(5, first=5, sleep=self.slept.append),
        )
        self.assertRaises(
            exceptions.ConnectFailure, used.request, 'GET', '/flavors'
        )
        self.assertEqual(5, len(self.slept))

    @ddt.data('POST', 'PATCH', 'DELETE')
    def test_write_is_sent_once_when_its_answer_is_lost(self, method):
        used = self.use(
            loopback.Answer(hang_up=True), loopback.Answer(body={})
        )
        self.assertRaises(
            exceptions.AnswerLost, used.request, method, '/x', body={}
        )
        self.assertEqual(1, len(self.server.asked))

    @ddt.data(502, 503, 504)
    def test_write_is_sent_once_when_it_may_have_acted(self, status):
        used = self.use(
            loopback.Answer(status, headers={'Retry-After': '1'}),
            loopback.Answer(body={}),
        )
        error = self.assertRaises(
            exceptions.HttpServerError, used.request, 'POST', '/x', body={}
        )
        self.assertEqual(1, len(self.server.asked))
        self.assertEqual(1, error.retry_after)

    def test_write_is_sent_again_when_a_limiter_refused_it(self):
        used = self.use(
            loopback.Answer(429, headers={'Retry-After': '2'}),
            loopback.Answer(201, {'uuid': 'x'}),
        )
        self.assertEqual(
            {'uuid': 'x'}, used.request('POST', '/x', body={'a': 1})
        )
        self.assertEqual([{'a': 1}] * 2, [a.json for a in self.server.asked])

    def test_write_is_sent_again_when_no_connection_came_to_be(self):
        self.server = loopback.Server(loopback.Answer(201, {'uuid': 'x'}))
        with self.server:
            used = self.transport(endpoint_override=self.server.url)
            self.assertEqual((1, 4), used.version)
        self.assertRaises(
            exceptions.ConnectFailure, used.request, 'POST', '/x', body={}
        )
        self.assertEqual(3, len(self.slept))

    def test_none_where_none_are_wanted(self):
        used = self.use(loopback.Answer(503), policy=retries.Policy(0))
        self.assertRaises(
            exceptions.ServiceUnavailable, used.request, 'GET', '/flavors'
        )
        self.assertEqual(1, len(self.server.asked))

    def test_none_at_first_contact_where_none_are_wanted(self):
        used = self.transport(
            endpoint_override=loopback.unused_url(),
            policy=retries.Policy(0, sleep=self.slept.append),
        )
        self.assertRaises(
            exceptions.ConnectFailure, used.request, 'GET', '/flavors'
        )
        self.assertEqual([], self.slept)

    def test_an_attempt_that_took_long_is_the_last(self):
        now = iter([0.0, 59.9])
        used = self.use(
            loopback.Answer(503),
            policy=retries.Policy(
                sleep=self.slept.append, clock=lambda: next(now, 1000.0)
            ),
        )
        # The version is agreed on at 0.0, the request begins at 59.9.
        self.assertRaises(
            exceptions.ServiceUnavailable, used.request, 'GET', '/flavors'
        )
        self.assertEqual(1, len(self.server.asked))


class TestConnections(Base):
    def test_are_used_again_whatever_was_answered(self):
        server = self.useFixture(
            loopback.Server(
                loopback.Answer(body={'flavors': []}),
                loopback.Answer(404, body={'errors': []}),
                loopback.Answer(204),
                loopback.Answer(body={'flavors': []}),
            )
        )
        used = self.transport(endpoint_override=server.url)
        used.request('GET', '/flavors')
        self.assertRaises(exceptions.NotFound, used.request, 'GET', '/x')
        used.request('DELETE', '/x')
        used.request('GET', '/flavors')
        self.assertEqual(1, len({asked.port for asked in server.asked}))

    def test_answers_are_read_with_the_debug_log_on_too(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        server = self.useFixture(
            loopback.Server(
                loopback.Answer(
                    body={'flavors': ['x']},
                    headers={'Content-Type': 'application/json'},
                )
            )
        )
        used = self.transport(endpoint_override=server.url)
        found = used.request('GET', '/flavors')
        self.assertEqual({'flavors': ['x']}, found)
        self.assertIn('{"flavors": ["x"]}', log.output)

    def test_more_threads_keep_more_connections(self):
        together = threading.Barrier(12, timeout=30)
        server = self.useFixture(loopback.Server(loopback.Answer(body=[])))
        real = server.answer

        def answer(asked: loopback.Asked) -> loopback.Answer:
            # All twelve are in flight at the same time.
            if asked.path == '/v1/x':
                together.wait()
            return real(asked)

        server.answer = answer
        logs = self.useFixture(fixtures.FakeLogger(level=logging.WARNING))
        made = self.transport(endpoint_override=server.url)
        made.keep(12)
        for _ in range(2):
            threads = [
                threading.Thread(target=made.request, args=('GET', '/x'))
                for _ in range(12)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        self.assertEqual('', logs.output)
        self.assertEqual(12, len({asked.port for asked in server.asked}))


@ddt.ddt
class TestSecrets(Mocked):
    """Tokens and passwords are in no log, message or repr."""

    def test_debug_log_has_no_token(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.mogan()
        auth = self.keystone(('baremetal_compute', 'public', 'one', MOGAN))
        self.transport(auth).request('GET', '/flavors')
        self.assertIn('/v1/flavors', log.output)
        self.assertNotIn(TOKEN, log.output)

    def test_log_is_below_the_name_of_the_library(self):
        log = self.useFixture(
            fixtures.FakeLogger('moganclient', level=logging.DEBUG)
        )
        self.mogan()
        self.transport(endpoint_override=MOGAN).request('GET', '/flavors')
        self.assertIn('/v1/flavors', log.output)

    def test_basic_password_is_not_logged(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        self.mogan()
        auth = http_basic.HTTPBasicAuth(MOGAN, 'u', 'hunter2')
        self.transport(auth).request('GET', '/flavors')
        header = self.http.last_request.headers['Authorization']
        self.assertNotIn(header.split()[1], log.output)

    def test_error_and_repr_have_no_token(self):
        self.mogan()
        self.http.get(MOGAN + '/v1/flavors', status_code=400, text='bad')
        used = self.transport(token_endpoint.Token(MOGAN, TOKEN))
        error = self.assertRaises(
            exceptions.BadRequest, used.request, 'GET', '/flavors'
        )
        for shown in (str(error), repr(error), repr(vars(error)), repr(used)):
            self.assertNotIn(TOKEN, shown)
        self.assertIn(MOGAN, repr(used))

    @ddt.data(TOKEN + '\n', TOKEN + '\u20ac')
    def test_token_that_no_header_can_hold_is_not_shown(self, token):
        self.http.real_http = True
        server = self.useFixture(loopback.Server(loopback.Answer()))
        used = self.transport(token_endpoint.Token(server.url, token))
        error = self.assertRaises(
            exceptions.ValidationError, used.request, 'GET', '/flavors'
        )
        self.assertIn('line break', error.message)
        self.assertEqual([], self.slept)
        shown = ''.join(traceback.format_exception(error))
        self.assertNotIn(TOKEN, shown)

    def test_repr_asks_nobody(self):
        repr(self.transport(plugin.BaseAuthPlugin()))
        self.assertEqual([], self.http.request_history)
