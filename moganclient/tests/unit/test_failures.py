"""Tests of telling what kind of failure a failure is."""

from __future__ import annotations

import socket
import ssl
import threading
from typing import Any

from keystoneauth1 import exceptions as ksa
from keystoneauth1 import session as ksa_session
import requests
import testtools
import urllib3.exceptions

from moganclient import exceptions
from moganclient import failures
from moganclient.tests.unit import loopback


class TestRealFailures(testtools.TestCase):
    """What keystoneauth1 really raises, against real sockets."""

    def failure(
        self, url: str, method: str = 'GET', **more: Any
    ) -> exceptions.ClientException:
        session = ksa_session.Session()
        error = self.assertRaises(
            ksa.ClientException,
            session.request,
            url + '/v1/servers?name=x',
            method,
            authenticated=False,
            **more,
        )
        return failures.translate(error, method, url + '/v1/servers')

    def test_nobody_listens(self):
        url = loopback.unused_url()
        error = self.failure(url, 'POST')
        self.assertIs(exceptions.ConnectFailure, type(error))
        self.assertEqual(
            f'Cannot connect to {url}/v1/servers: Connection refused. '
            'Is it running there?',
            error.message,
        )

    def test_no_such_host(self):
        error = self.failure('http://no-such-host.invalid')
        self.assertIs(exceptions.ConnectFailure, type(error))
        self.assertIn('the host name is not known', error.message)

    def test_nobody_listens_at_the_proxy(self):
        error = self.failure(
            'http://mogan.test',
            'POST',
            proxies={'http': loopback.unused_url()},
        )
        self.assertIs(exceptions.ConnectFailure, type(error))

    def test_connection_that_does_not_come_to_be(self):
        # A listener whose queue is full lets everybody else wait.
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind(('127.0.0.1', 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            self.addCleanup(filler.close)
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        error = self.failure(
            f'http://127.0.0.1:{listener.getsockname()[1]}',
            'POST',
            timeout=0.2,
        )
        self.assertIs(exceptions.ConnectFailure, type(error))
        self.assertIn('does not answer', error.message)

    def test_connection_that_is_closed(self):
        server = self.useFixture(
            loopback.Server(loopback.Answer(hang_up=True))
        )
        error = self.failure(server.url, 'POST')
        self.assertIs(exceptions.AnswerLost, type(error))
        self.assertIn('closed connection without response', error.message)
        self.assertIn('not known', error.message)

    def test_answer_that_is_cut_off(self):
        server = self.useFixture(
            loopback.Server(loopback.Answer(body=b'x' * 100, cut_after=10))
        )
        error = self.failure(server.url)
        self.assertIs(exceptions.AnswerLost, type(error))
        self.assertNotIn('not known', error.message)

    def test_answer_that_does_not_come(self):
        event = threading.Event()
        server = self.useFixture(loopback.Server(loopback.Answer(after=event)))
        self.addCleanup(event.set)
        error = self.failure(server.url, 'POST', timeout=0.1)
        self.assertIs(exceptions.AnswerTimeout, type(error))
        self.assertIn('not known', error.message)

    def test_no_tls_at_the_other_end(self):
        server = self.useFixture(loopback.Server(loopback.Answer()))
        error = self.failure(server.url.replace('http', 'https'))
        self.assertIs(exceptions.SSLError, type(error))
        self.assertIn('not http', error.message)

    def test_what_keystoneauth_lets_through(self):
        for url, kind, said in (
            ('https://127.0.0.1', exceptions.SSLError, '/no/such/file'),
            (f'http://{"x" * 70}.test', exceptions.EndpointNotFound, 'URL'),
        ):
            session = ksa_session.Session(verify='/no/such/file')
            error = self.assertRaises(
                failures.RAISED, session.get, url, authenticated=False
            )
            self.assertNotIsInstance(error, ksa.ClientException)
            found = failures.translate(error, 'GET', url)
            self.assertIs(kind, type(found))
            self.assertIn(said, found.message)


class TestWhatMustNotBeTakenForUnsent(testtools.TestCase):
    """A write whose answer was lost, however it was called."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.useFixture(
            loopback.Server(loopback.Answer(hang_up=True))
        )
        self.session = ksa_session.Session()

    def lost(self, url: str) -> exceptions.ClientException:
        try:
            self.session.post(url, authenticated=False, json={})
        except ksa.ClientException as error:
            return failures.translate(error, 'POST', url)
        raise AssertionError('it was answered')

    def test_while_an_earlier_failure_is_handled(self):
        try:
            requests.get(loopback.unused_url())
        except requests.ConnectionError:
            found = self.lost(self.server.url + '/v1/x')
        self.assertIs(exceptions.AnswerLost, type(found))

    def test_at_a_url_that_is_sent_in_other_letters(self):
        for url in (
            self.server.url.replace('http:', 'HTTP:') + '/v1/x',
            self.server.url.replace('127.0.0.1', 'LocalHost') + '/v1/x',
            self.server.url + '/v1/./a%7eb/../x y',
            self.server.url + '/v1/x?name=a b',
        ):
            self.assertIs(exceptions.AnswerLost, type(self.lost(url)), url)


class TestTranslate(testtools.TestCase):
    def translate(
        self, error: Exception, method: str = 'GET'
    ) -> exceptions.ClientException:
        assert isinstance(error, ksa.ClientException)
        return failures.translate(error, method, 'http://mogan.test/v1')

    def wrapped(
        self, cls: type[ksa.ClientException], inner: Exception
    ) -> ksa.ClientException:
        """As keystoneauth1 does it."""
        try:
            try:
                raise inner
            except type(inner):
                raise cls('outer')  # noqa: B904
        except ksa.ClientException as error:
            return error

    def test_ours_stay_as_they_are(self):
        error = exceptions.NotFound('x')
        self.assertIs(error, self.translate(error))

    def test_refusal_of_keystone(self):
        found = self.translate(
            ksa.Unauthorized(
                'The password is wrong.',
                request_id='req-k',
                url='http://keystone.test/v3/auth/tokens',
                method='POST',
            )
        )
        self.assertIsInstance(found, exceptions.Unauthorized)
        self.assertEqual('req-k', found.request_id)
        self.assertEqual(
            'No token could be had from http://keystone.test/v3/auth/tokens: '
            'The password is wrong.',
            found.message,
        )

    def test_keystone_that_is_away_is_named(self):
        request = requests.Request('POST', 'http://keystone.test/v3').prepare()
        for inner in (
            requests.ConnectionError('x', request=request),
            requests.ReadTimeout('x', request=request),
        ):
            error = self.wrapped(ksa.ConnectFailure, inner)
            found = self.translate(error, 'POST')
            # The request itself was not sent.
            self.assertIsInstance(found, exceptions.ConnectFailure)
            self.assertIn('http://keystone.test/v3', found.message)
            self.assertNotIn('mogan.test', found.message)

    def test_other_trouble_with_credentials(self):
        found = self.translate(ksa.MissingRequiredOptions([]))
        self.assertIsInstance(found, exceptions.AuthenticationFailed)

    def test_certificate(self):
        reason = ssl.SSLCertVerificationError(
            1, 'certificate verify failed: self-signed certificate'
        )
        inner = requests.exceptions.SSLError(
            urllib3.exceptions.MaxRetryError(
                None,  # type: ignore[arg-type]
                '/x?token=secret',
                urllib3.exceptions.SSLError(reason),
            )
        )
        found = self.translate(self.wrapped(ksa.SSLError, inner))
        self.assertIsInstance(found, exceptions.SSLError)
        self.assertIn('self-signed certificate', found.message)
        self.assertIn('cacert', found.message)
        self.assertNotIn('secret', found.message)

    def test_chain_that_leads_in_a_circle_ends(self):
        first, second = ksa.ConnectFailure('a'), ValueError('b')
        first.__cause__, second.__cause__ = second, first
        self.assertIsInstance(self.translate(first), exceptions.AnswerLost)
