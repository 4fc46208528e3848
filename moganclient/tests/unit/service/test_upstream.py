"""Unit tests of asking the real cloud: login, deadline, retries, sentences."""

from __future__ import annotations

import json
import os
import socket
import threading
from typing import Any

import fixtures
from oslo_context import context
import requests
from requests_mock.contrib import fixture as rm_fixture
import testtools

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service import upstream
from moganclient.service import upstream_faults
from moganclient.tests.unit import loopback
from moganclient.tests.unit.service import clouds

NODES = f'{clouds.IRONIC}/v1/nodes'
TOKENS = f'{clouds.KEYSTONE}/auth/tokens'


class UpstreamTestCase(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger())
        self.http = self.useFixture(rm_fixture.Fixture())
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.upstream.RETRY_DELAY', 0.0
            )
        )

    def loopback(self) -> tuple[upstream.Upstream, loopback.Server]:
        """A service at a real server."""
        self.http.real_http = True
        server = self.useFixture(
            loopback.Server(loopback.Answer(body={}), versions=None)
        )
        return clouds.service('ironic', endpoint_override=server.url), server

    def failure(self, **answer: Any) -> exceptions.UpstreamUnavailable:
        """What an answer to a read becomes."""
        self.http.get(NODES, **answer)
        return self.assertRaises(
            exceptions.UpstreamUnavailable,
            clouds.service('ironic').get,
            '/nodes',
        )


class TestAnswers(UpstreamTestCase):
    def test_success_is_decoded(self) -> None:
        self.http.get(f'{NODES}?a=1', json={'nodes': []})
        self.assertEqual(
            {'nodes': []}, clouds.service('ironic').get('/nodes', 'a=1')
        )

    def test_something_that_is_no_json(self) -> None:
        exc = self.failure(text='<html>It works!</html>')
        self.assertIn('Ironic', exc.detail)
        self.assertIn('JSON', exc.detail)

    def test_write_with_nothing_to_answer(self) -> None:
        for status in (202, 204):
            self.http.put(NODES, status_code=status)
            answer = clouds.service('ironic').write('PUT', '/nodes', {})
            self.assertIsNone(answer)

    def test_write_that_answers_200_without_a_body(self) -> None:
        """A proxy that lost it: what was written is not known."""
        self.http.put(NODES, status_code=200)
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable,
            clouds.service('ironic').write,
            'PUT',
            '/nodes',
            {},
        )
        self.assertTrue(exc.sent)

    def test_5xx(self) -> None:
        exc = self.failure(status_code=502, text='<html>Bad Gateway</html>')
        self.assertEqual('upstream_unavailable', exc.code)
        self.assertTrue(exc.sent)
        self.assertIn('Ironic', exc.detail)
        self.assertIn('502', exc.detail)

    def test_retry_after_is_passed_on(self) -> None:
        for status in 503, 429:
            exc = self.failure(
                status_code=status, headers={'Retry-After': '17'}
            )
            self.assertEqual(17, exc.retry_after)

    def test_retry_after_that_is_a_date(self) -> None:
        exc = self.failure(
            status_code=503,
            headers={'Retry-After': 'Wed, 21 Oct 2026 07:28:00 GMT'},
        )
        self.assertEqual(5, exc.retry_after)

    def test_4xx_surely_did_nothing(self) -> None:
        for status in 400, 401, 403, 404, 406, 429:
            exc = self.failure(status_code=status)
            self.assertFalse(exc.sent)
            self.assertIn('Ironic', exc.detail)

    def test_403_says_which_roles_are_missing(self) -> None:
        exc = self.failure(status_code=403)
        self.assertIn('[ironic]', exc.detail)
        self.assertIn('admin and service', exc.detail)

    def test_404_is_told_apart(self) -> None:
        said = json.dumps({'faultstring': 'Node x could not be found.'})
        self.assertIsInstance(
            self.failure(status_code=404, json={'error_message': said}),
            upstream_faults.Missing,
        )

    def test_404_of_a_proxy_is_nothing_that_is_missing(self) -> None:
        for body in '', '<html>Not Found</html>', '[]', '{"error": "no"}':
            exc = self.failure(status_code=404, text=body)
            self.assertIsInstance(exc, upstream_faults.Refused)
            self.assertIn('proxy', exc.detail)

    def test_conflict_carries_what_was_said(self) -> None:
        said = 'Node x is locked by host y, please retry.'
        for status in 409, 412:
            self.http.patch(
                NODES,
                status_code=status,
                json={'error_message': json.dumps({'faultstring': said})},
            )
            exc = self.assertRaises(
                exceptions.UpstreamConflict,
                clouds.service('ironic').write,
                'PATCH',
                '/nodes',
                [],
            )
            self.assertIn(said, exc.detail)

    def test_a_conflict_with_a_read_is_none(self) -> None:
        exc = self.failure(status_code=409)
        self.assertIsInstance(exc, upstream_faults.Refused)
        self.assertEqual(503, exc.status)

    def test_sentence_of_any_error_body(self) -> None:
        said = 'It does not work.'
        for body in (
            {'error_message': json.dumps({'faultstring': said})},
            {'error_message': json.dumps({'description': said})},
            {'error_message': {'faultstring': said}},
            {'error_message': said},
            {'error': {'message': said}},
            {'NeutronError': {'type': 'X', 'message': said}},
            {'errors': [{'title': 'X', 'detail': said}]},
            {'message': f'{said}<br /><br />', 'code': '404 Not Found'},
            said,
        ):
            exc = self.failure(status_code=500, json=body)
            self.assertTrue(exc.detail.endswith(said), exc.detail)

    def test_error_bodies_that_say_nothing(self) -> None:
        for text in '', '{', '[]', '{"error_message": ""}', 'null', '[[[[[[':
            exc = self.failure(status_code=500, text=text, reason='Oops')
            self.assertIn('500 Oops', exc.detail)

    def test_long_error_is_cut(self) -> None:
        exc = self.failure(status_code=500, json={'message': 'x' * 5000})
        self.assertLess(len(exc.detail), 600)


class TestConnections(UpstreamTestCase):
    def test_read_is_tried_again(self) -> None:
        mock = self.http.get(
            NODES,
            [{'exc': requests.ConnectionError}, {'json': {'nodes': []}}],
        )
        clouds.service('ironic').get('/nodes')
        self.assertEqual(2, mock.call_count)

    def test_read_is_not_tried_for_ever(self) -> None:
        exc = self.failure(exc=requests.ConnectionError)
        self.assertEqual(3, self.http.call_count)
        self.assertIn('Ironic', exc.detail)

    def test_read_that_timed_out_is_not_tried_again(self) -> None:
        exc = self.failure(exc=requests.ReadTimeout)
        self.assertEqual(1, self.http.call_count)
        self.assertTrue(exc.sent)

    def test_write_is_sent_once(self) -> None:
        mock = self.http.put(NODES, exc=requests.ConnectionError)
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable,
            clouds.service('ironic').write,
            'PUT',
            '/nodes',
            {},
        )
        self.assertEqual(1, mock.call_count)
        self.assertTrue(exc.sent)

    def test_write_is_sent_once_whatever_is_configured(self) -> None:
        mock = self.http.put(NODES, status_code=503)
        service = clouds.service(
            'ironic', connect_retries=3, status_code_retries=3
        )
        self.assertRaises(
            exceptions.UpstreamUnavailable, service.write, 'PUT', '/nodes', {}
        )
        self.assertEqual(1, mock.call_count)

    def test_refused_connection_sent_nothing(self) -> None:
        self.http.real_http = True
        with socket.socket() as taken:
            taken.bind(('127.0.0.1', 0))
            port = taken.getsockname()[1]
            service = clouds.service(
                'ironic', endpoint_override=f'http://127.0.0.1:{port}'
            )
            exc = self.assertRaises(
                exceptions.UpstreamUnavailable,
                service.write,
                'PUT',
                '/nodes',
                {},
            )
        self.assertFalse(exc.sent)
        self.assertIn('connection refused', exc.detail)

    def test_answer_that_was_lost_may_have_been_sent(self) -> None:
        self.http.real_http = True
        with socket.create_server(('127.0.0.1', 0)) as server:

            def hang_up() -> None:
                peer = server.accept()[0]
                peer.recv(65536)
                peer.close()

            thread = threading.Thread(target=hang_up)
            thread.start()
            self.addCleanup(thread.join)
            port = server.getsockname()[1]
            service = clouds.service(
                'ironic', endpoint_override=f'http://127.0.0.1:{port}'
            )
            exc = self.assertRaises(
                exceptions.UpstreamUnavailable,
                service.write,
                'PUT',
                '/nodes',
                {},
            )
        self.assertTrue(exc.sent)

    def test_connections_are_kept(self) -> None:
        service, server = self.loopback()
        service.get('/nodes')
        service.get('/nodes')
        self.assertEqual(1, len({asked.port for asked in server.asked}))

    def test_a_connection_for_each_thread_that_may_ask(self) -> None:
        conf = clouds.config('flows', workers=30)
        conf.set_override('threads', 50, 'api')
        kept = upstream.load_session(conf, 'ironic').session
        pool = kept.get_adapter(clouds.IRONIC).poolmanager
        self.assertGreater(pool.connection_pool_kw['maxsize'], 80)

    def test_forked_worker_has_connections_of_its_own(self) -> None:
        service, server = self.loopback()
        service.get('/nodes')
        worker = os.fork()
        if not worker:
            try:
                service.get('/nodes')
            finally:
                os._exit(0)
        os.waitpid(worker, 0)
        service.get('/nodes')
        first, forked, last = (asked.port for asked in server.asked)
        self.assertNotEqual(first, forked)
        self.assertEqual(first, last)

    def test_timeout_is_what_is_configured(self) -> None:
        self.http.get(NODES, json={})
        clouds.service('ironic', timeout=7).get('/nodes')
        self.assertEqual(7, self.http.last_request.timeout)

    def test_timeout_is_at_most_what_is_left(self) -> None:
        self.http.get(NODES, json={})
        with deadline.limit(3):
            clouds.service('ironic', timeout=7).get('/nodes')
        self.assertLessEqual(self.http.last_request.timeout, 3)

    def test_nothing_is_sent_after_the_deadline(self) -> None:
        self.http.get(NODES, json={})
        with deadline.limit(0):
            exc = self.assertRaises(
                exceptions.DeadlineExceeded,
                clouds.service('ironic').get,
                '/nodes',
            )
        self.assertEqual(0, self.http.call_count)
        self.assertIn('Ironic', exc.detail)

    def test_request_id_goes_along(self) -> None:
        self.http.get(NODES, json={})
        current = context.RequestContext(overwrite=False)
        current.update_store()
        self.addCleanup(setattr, context._request_store, 'context', None)
        clouds.service('ironic').get('/nodes')
        self.assertEqual(
            current.request_id,
            self.http.last_request.headers['X-OpenStack-Request-Id'],
        )


class TestAddress(UpstreamTestCase):
    def test_version_at_the_end_of_the_address(self) -> None:
        self.http.get(NODES, json={'nodes': []})
        for end in '', '/', '/v1', '/v1/':
            service = clouds.service(
                'ironic', endpoint_override=clouds.IRONIC + end
            )
            self.assertEqual({'nodes': []}, service.get('/nodes'))

    def test_password_in_the_address_is_refused(self) -> None:
        address = clouds.IRONIC.replace('//', '//me:s3cret@')
        exc = self.assertRaises(
            exceptions.ConfigError,
            clouds.service,
            'ironic',
            endpoint_override=address,
        )
        self.assertIn('[ironic]', str(exc))
        self.assertNotIn('s3cret', str(exc))

    def test_group_that_says_nothing(self) -> None:
        conf = clouds.config()
        conf.set_override('endpoint_override', None, 'ironic')
        exc = self.assertRaises(
            exceptions.ConfigError, upstream.Upstream, conf, 'ironic'
        )
        self.assertIn('[ironic]', str(exc))
        self.assertFalse(upstream.is_configured(conf, 'ironic'))

    def test_login_that_does_not_exist(self) -> None:
        exc = self.assertRaises(
            exceptions.ConfigError,
            upstream.Upstream,
            clouds.config('ironic', auth_type='handshake'),
            'ironic',
        )
        self.assertIn('handshake', str(exc))

    def test_login_that_lacks_an_option(self) -> None:
        exc = self.assertRaises(
            exceptions.ConfigError,
            upstream.Upstream,
            clouds.config('ironic', auth_type='v3password'),
            'ironic',
        )
        self.assertIn('auth_url', str(exc))


class TestLogin(UpstreamTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.conf = clouds.config()
        self.http.get(
            clouds.KEYSTONE,
            json={
                'version': {
                    'id': 'v3.14',
                    'status': 'stable',
                    'links': [{'rel': 'self', 'href': clouds.KEYSTONE}],
                }
            },
        )
        self.tokens = self.http.post(
            TOKENS,
            json={'token': self.token()},
            headers={'X-Subject-Token': 't0ken'},
            status_code=201,
        )

    def token(self, url: str = f'{clouds.IRONIC}/v1') -> dict[str, Any]:
        endpoint = {
            'id': '1',
            'interface': 'public',
            'region': 'one',
            'region_id': 'one',
            'url': url,
        }
        return {
            'expires_at': '2099-01-01T00:00:00.000000Z',
            'issued_at': '2026-01-01T00:00:00.000000Z',
            'methods': ['password'],
            'user': {'id': 'u', 'name': 'mogan', 'domain': {'id': 'default'}},
            'catalog': [
                {
                    'id': '2',
                    'name': 'ironic',
                    'type': 'baremetal',
                    'endpoints': [endpoint],
                }
            ],
        }

    def login(self, *groups: str, user: str = 'mogan') -> None:
        for group in groups:
            self.conf.set_override('endpoint_override', None, group)
        clouds.password(self.conf, *groups, user=user)

    def ironic(self, user: str = 'mogan') -> upstream.Upstream:
        self.login('ironic', user=user)
        return upstream.Upstream(self.conf, 'ironic')

    def test_address_from_the_catalog(self) -> None:
        self.http.get(NODES, json={'nodes': []})
        self.ironic().get('/nodes')
        self.assertEqual(
            't0ken', self.http.last_request.headers['X-Auth-Token']
        )

    def test_token_is_kept(self) -> None:
        self.http.get(NODES, json={'nodes': []})
        service = self.ironic(user='keeper')
        service.get('/nodes')
        service.get('/nodes')
        self.assertEqual(1, self.tokens.call_count)

    def test_groups_with_the_same_user_share_the_session(self) -> None:
        self.login('ironic', 'neutron', user='both')
        self.login('glance', user='other')
        one, two, three = (
            upstream.load_session(self.conf, group)
            for group in ('ironic', 'neutron', 'glance')
        )
        self.assertIs(one, two)
        self.assertIsNot(one, three)

    def test_expired_token_is_replaced(self) -> None:
        self.http.get(NODES, [{'status_code': 401}, {'json': {'nodes': []}}])
        service = self.ironic(user='late')
        self.assertEqual({'nodes': []}, service.get('/nodes'))
        self.assertEqual(2, self.tokens.call_count)

    def test_not_in_the_catalog(self) -> None:
        self.conf.set_override('region_name', 'mars', 'ironic')
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable, self.ironic().get, '/nodes'
        )
        self.assertIn('baremetal', exc.detail)
        self.assertIn('mars', exc.detail)
        self.assertFalse(exc.sent)

    def test_wrong_password(self) -> None:
        self.http.post(TOKENS, status_code=401)
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.ironic(user='wrong').get,
            '/nodes',
        )
        self.assertIn('credentials', exc.detail)
        self.assertIn('[ironic]', exc.detail)
        self.assertNotIn('k33p-this', exc.detail + self.log.output)

    def test_keystone_is_down(self) -> None:
        self.http.post(TOKENS, exc=requests.ConnectionError)
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.ironic(user='down').write,
            'PUT',
            '/nodes',
            {},
        )
        self.assertIn('Keystone', exc.detail)
        self.assertFalse(exc.sent)

    def test_login_keeps_the_deadline_too(self) -> None:
        self.http.get(NODES, json={'nodes': []})
        with deadline.limit(2):
            self.ironic(user='quick').get('/nodes')
        self.assertLessEqual(self.tokens.last_request.timeout, 2)

    def test_token_is_in_no_message_and_no_log(self) -> None:
        self.http.get(NODES, status_code=500)
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.ironic(user='quiet').get,
            '/nodes',
        )
        for secret in 't0ken', 'k33p-this':
            self.assertNotIn(secret, exc.detail)
            self.assertNotIn(secret, self.log.output)
