"""What is taken as JSON, and what is said of the rest."""

from __future__ import annotations

import ddt
import hypothesis
from hypothesis import strategies
import testtools

from moganclient.service.api import body
from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base


@ddt.ddt
class ParseTest(testtools.TestCase):
    @ddt.data(
        (b'{', 'line 1, column 2'),
        (b'{"a":\n"b" 1}', 'line 2, column 5'),
        (b'{"a": 1}{', 'line 1, column 9'),
        (b'', 'needs a body'),
        (b'  \n', 'needs a body'),
        (b'NaN', 'NaN is no number'),
        (b'[-Infinity]', '-Infinity is no number'),
        (b'[1e999]', '1e999 is too large'),
        (b'{"a": 1, "a": 1}', '"a" is there twice'),
        (b'{"x": {"a": 1, "b": 2, "a": 3}}', '"a" is there twice'),
        (b'"\xff"', 'byte 2 is no UTF-8'),
        (b'"\\u0000"', 'NUL'),
        (b'{"\\u0000": 1}', 'NUL'),
        (b'"\\ud800"', 'surrogate'),
        (b'[' * 99 + b']' * 99, 'nested too deeply'),
        (b'[' * 100000, 'nested too deeply'),
        (b'{"a":' * 50000, 'nested too deeply'),
        (b'1' * 5000, 'integer'),
    )
    @ddt.unpack
    def test_fault_is_named(self, raw, words):
        error = self.assertRaises(exceptions.BadRequest, body.parse, raw)
        self.assertIn(words, error.detail)

    @ddt.data(
        (
            b'{"a": [1, 2.5, true, null, "\\u00e4"]}',
            {'a': [1, 2.5, True, None, '\u00e4']},
        ),
        (b'"\\ud83d\\ude00"', '\U0001f600'),
        (b'[' * 32 + b']' * 32, None),
    )
    @ddt.unpack
    def test_json_is_read(self, raw, expected):
        found = body.parse(raw)
        if expected is not None:
            self.assertEqual(expected, found)

    @hypothesis.given(strategies.binary(max_size=200))
    def test_any_bytes_are_json_or_a_sentence(self, raw):
        try:
            body.parse(raw)
        except exceptions.BadRequest as error:
            self.assertIn('body', error.detail)


@ddt.ddt
class ContentTypeTest(base.ApiTest):
    @ddt.data(
        None,
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data; boundary=x',
        'application/octet-stream',
        'application/jsonp',
    )
    def test_other_than_json_is_unsupported(self, content_type):
        answer = self.call(
            'POST', '/v1/flavors', data=b'{}', content_type=content_type
        )
        self.assertIn('application/json', self.fault(answer, 415)['detail'])

    def test_json_with_charset_is_read(self):
        answer = self.call(
            'POST',
            '/v1/flavors',
            data=b'{"name": "a", "resources": {"gold": 1}}',
            content_type='application/json; charset=utf-8',
        )
        self.assertEqual(201, answer.status_code)

    def test_unmanage_needs_json_though_it_has_no_body(self):
        server = self.manage()
        answer = self.call('POST', f'/v1/servers/{server["uuid"]}/unmanage')
        self.fault(answer, 415)


class BodySizeTest(base.ApiTest):
    OPTIONS = {'api': {'max_body_size': 1024}}

    def test_body_beyond_the_limit_is_too_large(self):
        answer = self.call(
            'POST',
            '/v1/flavors',
            data=b' ' * 1025,
            content_type='application/json',
        )
        error = self.fault(answer, 413)
        self.assertEqual('baremetal-compute.request_too_large', error['code'])

    def test_chunked_body_beyond_the_limit_is_too_large(self):
        answer = self.call(
            'POST',
            '/v1/flavors',
            data=b' ' * 1025,
            content_type='application/json',
            headers={'Transfer-Encoding': 'chunked'},
        )
        self.fault(answer, 413)

    def test_chunked_body_within_the_limit_is_read(self):
        answer = self.call(
            'POST',
            '/v1/flavors',
            data=b'{"name": "a", "resources": {"gold": 1}}',
            content_type='application/json',
            headers={'Transfer-Encoding': 'chunked'},
        )
        self.assertEqual(201, answer.status_code, answer.text)
