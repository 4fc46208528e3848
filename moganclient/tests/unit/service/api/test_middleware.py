"""What holds for every answer, and who is kept out."""

from __future__ import annotations

import logging
import uuid

import ddt
import fixtures
import testtools

from moganclient.service.api import faults
from moganclient.service.api import middleware
from moganclient.service import conf as service_conf
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base

REQUEST_ID = r'^req-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'


@ddt.ddt
class RequestIdTest(base.ApiTest):
    @ddt.data(
        ('GET', '/'),
        ('GET', '/v1'),
        ('GET', '/healthcheck'),
        ('GET', '/v1/servers'),
        ('GET', '/v1/nonesuch'),
        ('PUT', '/v1/servers'),
        ('POST', '/v1/servers'),
        ('GET', '/v1/servers?colour=red'),
    )
    @ddt.unpack
    def test_every_answer_has_one(self, method, path):
        answer = self.call(method, path)
        self.assertRegex(answer.headers['X-OpenStack-Request-Id'], REQUEST_ID)

    def test_error_says_the_same(self):
        answer = self.call('GET', '/v1/nonesuch')
        self.assertEqual(
            answer.headers['X-OpenStack-Request-Id'],
            answer.json['errors'][0]['request_id'],
        )

    def test_two_answers_have_two(self):
        ids = {
            self.call('GET', '/').headers['X-OpenStack-Request-Id']
            for _ in range(2)
        }
        self.assertEqual(2, len(ids))

    def log_of_call(self, request_id):
        log = self.useFixture(_ContextLogger())
        answer = self.call(
            'GET',
            '/v1/servers',
            headers={'X-OpenStack-Request-Id': request_id},
        )
        return answer.headers['X-OpenStack-Request-Id'], log.records

    def test_callers_id_is_logged_as_the_global_one(self):
        given = f'req-{uuid.uuid4()}'
        own, records = self.log_of_call(given)
        self.assertNotEqual(given, own)
        self.assertEqual({(own, given)}, set(records))

    def test_callers_id_of_another_form_is_left_out(self):
        own, records = self.log_of_call('req-1 INFO forged')
        self.assertEqual({(own, None)}, set(records))


class _ContextLogger(fixtures.Fixture):
    """Keeps ``(request id, global request id)`` of each line of the API."""

    def _setUp(self):
        self.records = []
        handler = logging.Handler()
        handler.emit = self._emit
        logger = logging.getLogger(middleware.__name__)
        self.addCleanup(logger.setLevel, logger.level)
        self.addCleanup(logger.removeHandler, handler)
        logger.setLevel(logging.DEBUG)
        logger.addHandler(handler)

    def _emit(self, record):
        context = middleware.oslo_context.get_current()
        self.records.append((context.request_id, context.global_request_id))


class InternalErrorTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))

        def fail(*args, **kwargs):
            raise RuntimeError('password=pa55 at /srv/secret.py')

        self.runtime.db.list_servers = fail

    def test_answer_says_nothing_of_the_inside(self):
        answer = self.call('GET', '/v1/servers')
        error = self.fault(answer, 500)
        self.assertEqual('baremetal-compute.internal_error', error['code'])
        for word in ('pa55', 'secret', 'RuntimeError', 'Traceback'):
            self.assertNotIn(word, answer.text)

    def test_log_has_the_traceback_and_the_sentence_where_to_look(self):
        error = self.fault(self.call('GET', '/v1/servers'), 500)
        self.assertIn('GET /v1/servers failed', self.log.output)
        self.assertIn('RuntimeError', self.log.output)
        self.assertIn(error['request_id'], error['detail'])


class FaultTest(base.ApiTest):
    def answer_for(self, error):
        def fail(*args, **kwargs):
            raise error

        self.runtime.db.list_servers = fail
        return self.call('GET', '/v1/servers', version='1.1')

    def test_members_are_those_of_api_sig(self):
        answer = self.answer_for(exceptions.Conflict('No.', code='odd'))
        request_id = answer.headers['X-OpenStack-Request-Id']
        self.assertEqual('application/json', answer.content_type)
        self.assertEqual(
            {
                'errors': [
                    {
                        'code': 'baremetal-compute.odd',
                        'status': 409,
                        'title': 'Conflict',
                        'detail': 'No.',
                        'request_id': request_id,
                        'links': [],
                    }
                ]
            },
            answer.json,
        )

    def test_reasons_and_server_are_there_when_they_apply(self):
        error = self.fault(
            self.answer_for(
                exceptions.NodeNotAdoptable(
                    'No.',
                    reasons=[{'code': 'x', 'message': 'y'}],
                    server_uuid='z',
                )
            ),
            409,
        )
        self.assertEqual(
            ([{'code': 'x', 'message': 'y'}], 'z'),
            (error['reasons'], error['server_uuid']),
        )

    def test_unavailable_says_when_to_come_back(self):
        answer = self.answer_for(
            exceptions.UpstreamUnavailable('Ironic is down.', retry_after=7)
        )
        self.assertEqual('7', answer.headers['Retry-After'])
        self.assertEqual(
            'baremetal-compute.upstream_unavailable',
            self.fault(answer, 503)['code'],
        )

    def test_urls_in_sentences_hold_no_secret(self):
        answer = self.answer_for(
            exceptions.Conflict('See https://u:pa55@h/x?sig=abc for more.')
        )
        self.assertEqual(
            'See https://h/x for more.', self.fault(answer, 409)['detail']
        )

    def test_sentence_stays_one_line_in_the_log(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))
        self.answer_for(exceptions.BadRequest('a\nINFO forged'))
        self.assertIn('a INFO forged', log.output)

    def test_status_without_a_name_has_a_title_all_the_same(self):
        self.assertIn(b'"title": "Error"', faults.of_status(499, 'req-1'))


class DeadlineTest(base.ApiTest):
    OPTIONS = {'api': {'deadline': 42}}

    def test_request_runs_inside_its_deadline(self):
        left = []
        real = self.runtime.db.list_servers

        def look(query):
            left.append(deadline.remaining())
            return real(query)

        self.runtime.db.list_servers = look
        self.call('GET', '/v1/servers')
        self.assertTrue(0 < left[0] <= 42, left)

    def test_deadline_that_is_over_is_unavailable(self):
        def late(query):
            with deadline.limit(0):
                deadline.check('Ironic was asked')

        self.runtime.db.list_servers = late
        answer = self.call('GET', '/v1/servers')
        error = self.fault(answer, 503)
        self.assertEqual('baremetal-compute.deadline_exceeded', error['code'])
        self.assertIn('Retry-After', answer.headers)


@ddt.ddt
class GuardTest(base.ApiTest):
    @ddt.data(
        'localhost', 'LOCALHOST:6688', '127.0.0.1', '127.0.0.1:80', '[::1]:80'
    )
    def test_own_names_are_answered(self, host):
        answer = self.call('GET', '/v1/flavors', headers={'Host': host})
        self.assertEqual(200, answer.status_code)

    @ddt.data(
        'evil.example',
        'localhost.evil.example',
        'evil.example:6688',
        'localhost@evil.example',
        'localhost:80:evil',
        '[::1',
        ' ',
        '127.0.0.1"<>',
    )
    def test_other_names_are_refused_with_what_to_do(self, host):
        answer = self.call('GET', '/v1/flavors', headers={'Host': host})
        error = self.fault(answer, 403)
        self.assertEqual('baremetal-compute.host_refused', error['code'])
        self.assertIn('allowed_hosts', error['detail'])

    def test_other_names_are_refused_for_discovery_too(self):
        answer = self.call('GET', '/', headers={'Host': 'evil.example'})
        self.fault(answer, 403)

    @ddt.data('http://evil.example', 'http://localhost', 'null')
    def test_no_web_page_changes_anything(self, origin):
        body = {'name': 'x', 'resources': {'x': 1}}
        answer = self.call(
            'POST', '/v1/flavors', json=body, headers={'Origin': origin}
        )
        error = self.fault(answer, 403)
        self.assertEqual('baremetal-compute.origin_refused', error['code'])
        self.assertEqual([], self.call('GET', '/v1/flavors').json['flavors'])

    def test_no_web_page_is_let_in_by_a_preflight(self):
        answer = self.call(
            'OPTIONS',
            '/v1/flavors',
            headers={
                'Origin': 'http://evil.example',
                'Access-Control-Request-Method': 'POST',
            },
        )
        self.assertEqual(403, answer.status_code)
        self.assertNotIn('Access-Control-Allow-Origin', answer.headers)


class MoreHostsTest(base.ApiTest):
    OPTIONS = {
        'api': {
            'host': '0.0.0.0',
            'allowed_hosts': ['api.example'],
            'public_endpoint': 'https://public.example/x',
        }
    }

    def status(self, host):
        return self.call(
            'GET', '/v1/flavors', headers={'Host': host}
        ).status_code

    def test_configured_names_are_answered(self):
        self.assertEqual(200, self.status('api.example'))
        self.assertEqual(200, self.status('public.example'))

    def test_wildcard_address_is_no_name(self):
        self.assertEqual(403, self.status('0.0.0.0'))
        self.assertEqual(403, self.status('localhost'))


class AnyHostTest(base.ApiTest):
    OPTIONS = {'api': {'allowed_hosts': ['*']}}

    def test_every_name_is_answered(self):
        answer = self.call('GET', '/v1/flavors', headers={'Host': 'a.example'})
        self.assertEqual(200, answer.status_code)


@ddt.ddt
class RoutesTest(base.ApiTest):
    def test_unknown_path_is_not_found(self):
        error = self.fault(self.call('GET', '/v1/nonesuch'), 404)
        self.assertIn('/v1/nonesuch', error['detail'])

    def test_wrong_method_says_which_are_right(self):
        answer = self.call('PUT', '/v1/flavors')
        self.assertIn('GET, HEAD, POST', self.fault(answer, 405)['detail'])
        self.assertEqual('GET, HEAD, POST', answer.headers['Allow'])

    @ddt.data('/v1/%0d%0aX:%20y', '/v1/%ff', '/v1/a%00b', '/v1/<script>')
    def test_odd_path_is_not_found(self, path):
        self.fault(self.call('GET', path), 404)

    def test_head_has_no_body(self):
        answer = self.call('HEAD', '/v1/flavors')
        self.assertEqual((200, b''), (answer.status_code, answer.data))

    def test_log_has_no_query(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))
        self.call('GET', '/v1/flavors?name=secret')
        self.assertIn('GET /v1/flavors: 200', log.output)
        self.assertNotIn('secret', log.output)


class ForeignMiddlewareTest(testtools.TestCase):
    """Answers of middleware that is not ours, behind the envelope."""

    def call(self, app):
        conf = service_conf.load(config_files=[])
        envelope = middleware.Envelope(app, conf)
        started = []
        environ = {'REQUEST_METHOD': 'GET', 'PATH_INFO': '/v1/servers'}
        body = b''.join(envelope(environ, lambda *args: started.append(args)))
        ((status, headers),) = started
        return status, dict(headers), body

    def test_error_gets_the_form_of_all_others(self):
        def app(environ, start_response):
            start_response(
                '503 Whatever',
                [('Content-Type', 'text/html'), ('Retry-After', '9')],
            )
            return [b'<html>']

        status, headers, body = self.call(app)
        self.assertEqual('503 Service Unavailable', status)
        self.assertEqual(
            ('application/json', '9'),
            (headers['Content-Type'], headers['Retry-After']),
        )
        self.assertIn(b'"baremetal-compute.unavailable"', body)

    def test_exception_is_an_internal_error(self):
        def app(environ, start_response):
            raise ZeroDivisionError

        self.useFixture(fixtures.FakeLogger())
        status, headers, body = self.call(app)
        self.assertEqual('500 Internal Server Error', status)
        self.assertNotIn(b'ZeroDivision', body)

    def test_answer_is_closed(self):
        closed = []

        class Body(list):
            def close(self):
                closed.append(True)

        def app(environ, start_response):
            write = start_response('200 OK', [])
            write(b'a')
            return Body([b'b'])

        self.assertEqual(b'ab', self.call(app)[2])
        self.assertEqual([True], closed)
