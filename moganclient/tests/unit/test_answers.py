"""Tests of what is made of answers."""

from __future__ import annotations

import email.utils
import json
import time
from typing import Any

import ddt
import hypothesis
from hypothesis import strategies
import requests.structures
import testtools

from moganclient import answers
from moganclient import exceptions

URL = 'http://mogan.test:6688/v1/servers/manage?x=y'

OURS = {
    'errors': [
        {
            'code': 'baremetal-compute.node_has_server',
            'status': 409,
            'title': 'Conflict',
            'detail': 'Node "rack7-u12" has server 4f0c already.',
            'request_id': 'req-body',
            'links': [],
            'reasons': [{'code': 'managed', 'message': 'It has a server.'}],
            'server_uuid': '4f0c',
        }
    ]
}

HTML = b"""<html><head><title>503 Service&nbsp;Unavailable</title>
<style>body {color: red}</style></head><body><h1>Sorry</h1>
No server is available to handle this request.</body></html>"""


def headers(**some: str) -> Any:
    return requests.structures.CaseInsensitiveDict(
        {name.replace('_', '-'): value for name, value in some.items()}
    )


def error(
    body: Any = b'', status: int = 500, method: str = 'GET', **more: str
) -> exceptions.HttpError:
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return answers.error(status, headers(**more), body, method, URL)


@ddt.ddt
class TestError(testtools.TestCase):
    def test_everything_of_our_own_error(self):
        found = error(
            OURS, 409, 'POST', X_OpenStack_Request_Id='req-1', Retry_After='7'
        )
        self.assertIsInstance(found, exceptions.Conflict)
        self.assertEqual('baremetal-compute.node_has_server', found.code)
        self.assertEqual(409, found.http_status)
        self.assertEqual('req-1', found.request_id)
        self.assertEqual('4f0c', found.server_uuid)
        self.assertEqual(OURS['errors'], found.details)
        self.assertEqual(OURS['errors'][0]['reasons'], found.reasons)
        self.assertEqual(7, found.retry_after)
        self.assertEqual(
            'Node "rack7-u12" has server 4f0c already. It has a server.',
            found.message,
        )

    def test_request_id_of_the_body_where_no_header_has_one(self):
        self.assertEqual('req-body', error(OURS, 409).request_id)

    @ddt.data(
        'X-OpenStack-Request-Id',
        'openstack-request-id',
        'x-compute-request-id',
    )
    def test_request_id_of_a_header(self, name):
        found = error(OURS, 409, **{name: 'req-header'})
        self.assertEqual('req-header', found.request_id)

    def test_reasons_that_the_sentence_has_are_not_said_twice(self):
        body = {
            'errors': [
                {
                    'code': 'baremetal-compute.x',
                    'detail': 'No: it is in maintenance.',
                    'reasons': [
                        {'code': 'x', 'message': 'it is in maintenance.'}
                    ],
                }
            ]
        }
        self.assertEqual('No: it is in maintenance.', error(body).message)

    def test_several_errors_are_all_said(self):
        code = 'baremetal-compute.x'
        body = {
            'errors': [
                {'code': code, 'detail': 'One.'},
                {'code': code, 'detail': 'Two.'},
            ]
        }
        self.assertEqual('One. Two.', error(body, 400).message)

    @ddt.data(
        # The retired server, decoded twice.
        {
            'error_message': json.dumps(
                {'debuginfo': None, 'faultcode': 'Client', 'faultstring': 'No'}
            )
        },
        # And its unknown routes.
        {
            'error_message': json.dumps(
                {'code': 404, 'title': 'Not Found', 'description': 'No'}
            )
        },
        # Encoded as often as one likes, or not at all.
        {
            'error_message': json.dumps(
                {'error_message': json.dumps({'faultstring': 'No'})}
            )
        },
        {'error_message': {'faultstring': 'No'}},
        {'error_message': 'No'},
        # With the schema, or a piece of a traceback, after the sentence.
        {'error_message': {'faultstring': "No\n\nFailed validating 'x'"}},
        {'error_message': {'faultstring': "No\n[u'"}},
        # What its web framework says of a wrong Accept header.
        {'error_message': '<html><head><title>No</title></head></html>'},
        {'error_message': '  No\n\n '},
        # keystonemiddleware.
        {'error': {'code': 401, 'title': 'Unauthorized', 'message': 'No'}},
        {'error': 'No'},
        # Nova, Neutron, and whoever is in front.
        {'itemNotFound': {'code': 404, 'message': 'No'}},
        {'message': 'No'},
        {'errors': [{'title': 'No'}]},
        {'errors': ['x'], 'message': 'No'},
    )
    def test_sentence_is_found(self, body):
        self.assertEqual(
            'No (GET http://mogan.test:6688/v1/servers/manage)',
            error(body, 404).message,
        )

    def test_ours_is_preferred_where_the_retired_form_is_there_too(self):
        body = {
            'error_message': json.dumps({'faultstring': 'as then'}),
            'errors': [{'code': 'baremetal-compute.x', 'detail': 'as now'}],
        }
        found = error(body, 409)
        self.assertEqual('as now', found.message)
        self.assertEqual('baremetal-compute.x', found.code)

    @ddt.data(
        b'',
        b'   ',
        b'{"errors": [{"code": "baremetal-com',
        b'{}',
        b'[]',
        b'null',
        b'"x"',
        b'[1]',
        b'{"errors": []}',
        b'{"errors": null}',
        b'{"errors": [{}]}',
        b'{"error": null}',
        b'{"error_message": "{\\"faultstring\\": "}',
        b'{"error_message": null}',
        b'\xff\xfe\x00',
        b'[' * 100_000,
    )
    def test_body_without_a_sentence_still_makes_one(self, body):
        found = error(body, 503)
        self.assertIsInstance(found, exceptions.ServiceUnavailable)
        self.assertIn(
            'GET http://mogan.test:6688/v1/servers/manage was answered with '
            '503 Service Unavailable',
            found.message,
        )
        self.assertLess(len(found.message), 500)

    def test_page_of_a_proxy_is_told_by_its_headline(self):
        found = error(HTML, 503)
        self.assertIn("'503 Service Unavailable'", found.message)
        self.assertNotIn('<', found.message)
        self.assertNotIn('color', found.message)

    def test_page_without_headline_is_told_by_its_text(self):
        found = error(b'<html><script>x</script><p>Go &amp; log in', 403)
        self.assertIn("'Go & log in'", found.message)

    def test_plain_text_is_shown_and_cut(self):
        found = error(b'upstream connect error\n' + b'x' * 10_000, 503)
        self.assertIn("'upstream connect error xxx", found.message)
        self.assertLess(len(found.message), 600)

    def test_message_is_one_line_that_any_terminal_can_show(self):
        found = error({'message': 'a\nb\x1b[31m\ud800'}, 404)
        self.assertTrue(found.message.startswith('a b [31m '))

    def test_code_that_is_a_number_becomes_text(self):
        self.assertEqual('401', error({'error': {'code': 401}}, 401).code)

    @ddt.data(
        (400, exceptions.BadRequest),
        (401, exceptions.Unauthorized),
        (406, exceptions.NotAcceptable),
        (418, exceptions.HTTPClientError),
        (429, exceptions.TooManyRequests),
        (500, exceptions.InternalServerError),
        (501, exceptions.HttpNotImplemented),
        (504, exceptions.GatewayTimeout),
        (599, exceptions.HttpServerError),
        (300, exceptions.HttpError),
        (302, exceptions.HttpError),
    )
    @ddt.unpack
    def test_class_for_the_status(self, status, cls):
        found = error(b'', status)
        self.assertIs(cls, type(found))
        self.assertEqual(status, found.http_status)

    def test_redirect_tells_where_to_without_its_query(self):
        found = error(
            b'', 302, Location='https://user:pw@login.test/sso?token=t'
        )
        self.assertIn('https://login.test/sso.', found.message)
        self.assertNotIn('pw', found.message)
        self.assertNotIn('token', found.message)

    def test_write_that_a_gateway_lost_may_have_acted(self):
        self.assertIn('not known', error(b'', 504, 'POST').message)
        self.assertNotIn('not known', error(b'', 504, 'GET').message)


#: JSON of any shape, with the names in it that mean something.
NAMES = ('errors', 'error', 'error_message', 'detail', 'code', 'reasons')
LEAVES = strategies.one_of(
    strategies.none(),
    strategies.booleans(),
    strategies.integers(),
    strategies.text(max_size=20),
    strategies.sampled_from(['{', '{}', '{"error_message": 5}', '[]']),
)
DOCUMENTS = strategies.recursive(
    LEAVES,
    lambda inner: strategies.one_of(
        strategies.lists(inner, max_size=3),
        strategies.dictionaries(
            strategies.sampled_from(NAMES), inner, max_size=3
        ),
    ),
)


class TestAnyError(testtools.TestCase):
    def check(self, content: bytes) -> None:
        for status in (302, 404, 503):
            found = answers.error(status, headers(), content, 'POST', URL)
            self.assertNotEqual('', found.message.strip())
            self.assertTrue(found.message.isprintable(), found.message)
            self.assertEqual(status, found.http_status)
            self.assertTrue(found.code is None or isinstance(found.code, str))

    @hypothesis.given(DOCUMENTS)
    def test_of_any_json_has_a_message(self, document):
        self.check(json.dumps(document).encode())

    @hypothesis.given(strategies.binary(max_size=200))
    def test_of_any_bytes_has_a_message(self, content):
        self.check(content)


@ddt.ddt
class TestRetryAfter(testtools.TestCase):
    @ddt.data(
        ('0', 0),
        (' 120 ', 120),
        ('99999999999999999999', 999999999),
        ('-1', None),
        ('1.5', None),
        ('soon', None),
        ('', None),
        ('²', None),
        ('Thu, 32 Foo 2026', None),
    )
    @ddt.unpack
    def test_seconds(self, value, seconds):
        found = answers.retry_after(headers(Retry_After=value))
        self.assertEqual(seconds, found)

    def test_absent(self):
        self.assertIsNone(answers.retry_after(headers()))

    def test_date_counts_from_the_servers_own_clock(self):
        found = answers.retry_after(
            headers(
                Date='Mon, 23 Nov 2020 10:00:00 GMT',
                Retry_After='Mon, 23 Nov 2020 10:00:42 GMT',
            )
        )
        self.assertEqual(42, found)

    def test_date_without_the_servers_clock_counts_from_now(self):
        date = email.utils.formatdate(time.time() + 3600, usegmt=True)
        found = answers.retry_after(headers(Retry_After=date))
        self.assertTrue(3000 < found <= 3601, found)

    def test_date_that_is_over_is_now(self):
        date = 'Mon, 23 Nov 2020 10:00:42 GMT'
        self.assertEqual(0, answers.retry_after(headers(Retry_After=date)))


@ddt.ddt
class TestDecode(testtools.TestCase):
    def decode(self, content: bytes, method: str = 'GET') -> Any:
        return answers.decode(
            content, headers(X_OpenStack_Request_Id='req-1'), 200, method, URL
        )

    def test_json(self):
        self.assertEqual({'a': ['é']}, self.decode('{"a": ["é"]}'.encode()))

    def test_nothing(self):
        self.assertIsNone(self.decode(b''))

    @ddt.data(
        (b'{"servers": [{"uuid": "4f', 'breaks off'),
        (b'<html><title>Log in</title>', 'HTML, not JSON (a page that says'),
        (b'OK', "not JSON: 'OK'"),
        (b'  ', 'not a word'),
        (b'[' * 100_000, 'breaks off'),
    )
    @ddt.unpack
    def test_what_is_no_json_is_told(self, content, words):
        found = self.assertRaises(
            exceptions.MalformedResponse, self.decode, content
        )
        self.assertIn(words, found.message)
        self.assertEqual('req-1', found.request_id)
        self.assertEqual(200, found.http_status)

    def test_what_wrote_was_carried_out_all_the_same(self):
        found = self.assertRaises(
            exceptions.MalformedResponse, self.decode, b'OK', 'POST'
        )
        self.assertIn('carried out all the same', found.message)


class TestPlainUrl(testtools.TestCase):
    def test_user_password_query_and_fragment_are_gone(self):
        self.assertEqual(
            'https://mogan.test:1/v1/x',
            answers.plain_url('https://a:b@mogan.test:1/v1/x?y=z#f'),
        )
