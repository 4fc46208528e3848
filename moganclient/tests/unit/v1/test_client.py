"""Tests of the client of version 1."""

from __future__ import annotations

from keystoneauth1 import session as ksa_session

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import client


class TestClient(fakes.TestCase):
    def ask(self, **more) -> None:
        self.http.get(fakes.MOGAN + '/flavors', json={'flavors': []})
        client.Client(fakes.MOGAN, **more).flavor.list()

    def test_token_is_sent(self):
        self.ask(token='t')
        headers = self.http.last_request.headers
        self.assertEqual('t', headers['X-Auth-Token'])

    def test_certificates_are_verified(self):
        self.ask()
        # True, or the bundle that the environment names.
        self.assertTrue(self.http.last_request.verify)

    def test_insecure(self):
        self.ask(insecure=True)
        self.assertIs(False, self.http.last_request.verify)

    def test_cacert(self):
        self.ask(cacert='/ca.pem')
        self.assertEqual('/ca.pem', self.http.last_request.verify)

    def test_timeout(self):
        self.ask(timeout=7)
        self.assertEqual(7, self.http.last_request.timeout)

    def test_neither_session_nor_endpoint(self):
        self.assertRaises(exceptions.ValidationError, client.Client)

    def test_session_and_what_belongs_to_it(self):
        for more in ({'token': 't'}, {'insecure': True}, {'cacert': 'x'}):
            self.assertRaises(
                exceptions.ValidationError,
                client.Client,
                fakes.MOGAN,
                session=ksa_session.Session(),
                **more,
            )

    def test_repr_has_the_endpoint_and_no_token(self):
        made = client.Client(fakes.MOGAN, token='secret')
        for shown in (made, made.server, made.flavor, made.adoptable_node):
            self.assertIn(fakes.MOGAN, repr(shown))
            self.assertNotIn('secret', repr(shown))

    def test_region_is_the_one_that_was_asked_for(self):
        made = client.Client(fakes.MOGAN, region_name='RegionTwo')
        self.assertEqual('RegionTwo', made.region_name)

    def test_region_that_was_not_told_is_none(self):
        self.assertIsNone(client.Client(fakes.MOGAN).region_name)

    def test_clients_know_nothing_of_each_other(self):
        older = client.Client(fakes.MOGAN, api_version='1.1')
        self.assertEqual('1.1', older.api_version)
        self.assertEqual('1.4', client.Client(fakes.MOGAN).api_version)
