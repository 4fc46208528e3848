"""Tests of the way in."""

from __future__ import annotations

from keystoneauth1 import noauth
from keystoneauth1 import session as ksa_session
from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient import client
from moganclient import exceptions
from moganclient.tests.unit import loopback
from moganclient.v1 import client as v1

MOGAN = 'http://mogan.test:6688'


class TestClient(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http = self.useFixture(requests_mock.Fixture())
        self.http.get(MOGAN + '/v1', json=loopback.VERSIONS)
        self.session = ksa_session.Session(noauth.NoAuth(endpoint=MOGAN))

    def test_of_a_session(self):
        made = client.Client('1', session=self.session)
        self.assertIsInstance(made, v1.Client)
        self.assertEqual('1.4', made.api_version)
        self.assertEqual(MOGAN + '/v1', made.endpoint)

    def test_of_a_certain_version(self):
        made = client.Client('1.1', session=self.session)
        self.assertEqual('1.1', made.api_version)

    def test_of_a_version_that_there_is_not(self):
        for version in ('2', '1.99', 'x', 1.5):
            error = self.assertRaises(
                exceptions.UnsupportedVersion,
                client.Client,
                version,
                session=self.session,
            )
            self.assertIn(str(version), error.message)

    def test_of_an_endpoint_of_ones_own(self):
        other = 'http://other.test'
        self.http.get(other + '/v1', json=loopback.VERSIONS)
        made = client.Client(
            '1', session=self.session, endpoint_override=other
        )
        self.assertEqual(other + '/v1', made.endpoint)

    def test_making_one_asks_nobody(self):
        made = client.Client('1', session=self.session)
        self.assertIn('Client of', repr(made))
        self.assertEqual([], self.http.request_history)
