"""Tests of knowing a retired server, and of what is different about it."""

from __future__ import annotations

import logging
from typing import Any

import ddt
import fixtures
from keystoneauth1 import session as ksa_session
from keystoneauth1 import token_endpoint
from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient import exceptions
from moganclient import microversion
from moganclient import retired
from moganclient.tests.unit import loopback
from moganclient.tests.unit.v1 import retired as fakes
from moganclient import transport

MOGAN = 'http://mogan.test:6688'
ROOT = {'name': 'OpenStack Mogan API', 'description': 'x'}
#: Of a retired server that is older than the listing of manageable servers.
OLDER = {'id': 'v1', 'servers': [{'href': 'x', 'rel': 'self'}]}


class Base(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http = self.useFixture(requests_mock.Fixture())
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))

    def use(
        self,
        v1: Any = fakes.DOCUMENT,
        root: Any = None,
        version: str = '1',
        endpoint: str = MOGAN,
    ) -> transport.Transport:
        self.http.get(f'{endpoint}/v1', json=v1)
        if root is None:
            self.http.get(f'{endpoint}/', status_code=404)
        else:
            self.http.get(f'{endpoint}/', json=root)
        auth = token_endpoint.Token(endpoint, 't')
        return transport.Transport(
            ksa_session.Session(auth),
            endpoint_override=endpoint,
            version=version,
        )

    def asked(self) -> list[str]:
        return [one.url for one in self.http.request_history]


@ddt.ddt
class TestKnown(Base):
    def test_by_what_v1_lists(self):
        used = self.use()
        self.assertTrue(used.retired)
        self.assertEqual(microversion.RETIRED, used.version)
        self.assertEqual([f'{MOGAN}/v1'], self.asked())

    def test_by_the_name_of_the_root(self):
        used = self.use(OLDER, ROOT)
        self.assertTrue(used.retired)
        self.assertEqual([f'{MOGAN}/v1', f'{MOGAN}/'], self.asked())

    def test_root_is_above_v1_wherever_that_is(self):
        endpoint = 'https://cloud.test/baremetal'
        self.assertTrue(self.use(OLDER, ROOT, endpoint=endpoint).retired)

    @ddt.data(
        # Other names, of today's service and of anybody.
        (OLDER, {'name': 'OpenStack Bare Metal Compute API'}),
        (OLDER, {'name': 'openstack mogan api'}),
        (OLDER, {'title': 'OpenStack Mogan API'}),
        (OLDER, [ROOT]),
        (OLDER, None),
        # Nothing of the kind is listed, or there are versions of some kind.
        ({**fakes.DOCUMENT, 'manageable_servers': []}, None),
        ({**fakes.DOCUMENT, 'manageable_servers': ['x']}, None),
        ({**fakes.DOCUMENT, 'manageable_servers': {'href': 'x'}}, None),
        ({**fakes.DOCUMENT, 'version': {}}, None),
        ({**fakes.DOCUMENT, 'versions': []}, None),
        ([], None),
    )
    @ddt.unpack
    def test_not_where_it_is_not_certain(self, v1, root):
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            getattr,
            self.use(v1, root),
            'version',
        )
        self.assertNotIsInstance(error, exceptions.RetiredServer)
        self.assertIn('nor is it for certain a retired', error.message)

    def test_not_where_the_root_is_a_page(self):
        used = self.use(OLDER)
        self.http.get(f'{MOGAN}/', text='<html>OpenStack Mogan API</html>')
        self.assertRaises(
            exceptions.UnsupportedVersion, getattr, used, 'version'
        )

    def test_an_outage_is_no_answer(self):
        used = self.use(OLDER)
        self.http.get(f'{MOGAN}/', status_code=500)
        self.assertRaises(
            exceptions.InternalServerError, getattr, used, 'version'
        )

    def test_not_where_there_are_versions(self):
        document = {**fakes.DOCUMENT, **loopback.VERSIONS}
        used = self.use(document, ROOT)
        self.assertFalse(used.retired)
        self.assertEqual(microversion.NEWEST, used.version)

    @ddt.data(
        (fakes.DOCUMENT, 'its /v1 lists manageable_servers and gives no'),
        (OLDER, "its / calls itself 'OpenStack Mogan API'"),
    )
    @ddt.unpack
    def test_log_says_which_dialect_and_why(self, v1, why):
        self.assertTrue(self.use(v1, ROOT).retired)
        self.assertIn(
            f'dialect of a retired Mogan server at {MOGAN}/v1, because {why}',
            self.log.output,
        )

    def test_log_says_which_version_of_today_s_and_why(self):
        self.assertFalse(self.use(loopback.VERSIONS).retired)
        self.assertIn(
            f'API version 1.4 at {MOGAN}/v1, because it speaks 1.1 to 1.4',
            self.log.output,
        )

    def test_a_certain_version_is_not_to_be_had(self):
        error = self.assertRaises(
            exceptions.RetiredServer,
            getattr,
            self.use(version='1.2'),
            'version',
        )
        self.assertEqual('1.2', error.needed)
        self.assertIn("has no versions: ask for '1'", error.message)

    def test_its_number_cannot_be_asked_for(self):
        self.assertRaises(
            exceptions.UnsupportedVersion, microversion.parse, '1.0'
        )


class TestTransport(Base):
    def test_no_version_is_sent(self):
        used = self.use()
        self.http.get(f'{MOGAN}/v1/flavors', json={})
        used.request('GET', '/flavors')
        for sent in self.http.request_history:
            self.assertNotIn('OpenStack-API-Version', sent.headers)

    def test_a_request_id_is_sent(self):
        request_id = 'req-5be26c0b-03f2-4d2e-ae87-c02d7f33c1ee'
        used = self.use()
        self.http.get(f'{MOGAN}/v1/flavors', json={})
        used.request('GET', '/flavors', global_request_id=request_id)
        self.assertEqual(
            request_id,
            self.http.last_request.headers['X-OpenStack-Request-ID'],
        )

    def test_required_is_one_sentence(self):
        error = self.assertRaises(
            exceptions.RetiredServer, self.use().require, (1, 1), 'the x of y'
        )
        self.assertEqual(
            'API version 1.1 is needed for the x of y, and the server at '
            f'{MOGAN}/v1 is a retired Mogan server, which cannot do that.',
            error.message,
        )
        self.assertEqual('1.1', error.needed)

    def test_required_of_what_it_can_do(self):
        self.assertIsNone(self.use().require((1, 4), 'x', retired=True))

    def test_what_it_can_do_needs_its_version_elsewhere(self):
        older = {'version': {'min_version': '1.1', 'version': '1.3'}}
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            self.use(older).require,
            (1, 4),
            'x',
            retired=True,
        )
        self.assertEqual(('1.4', '1.3'), (error.needed, error.maximum))


@ddt.ddt
class TestWords(testtools.TestCase):
    @ddt.data((['b'], 'b'), (['b', 'a'], 'a and b'), ('cab', 'a, b and c'))
    @ddt.unpack
    def test_in_order(self, names, words):
        self.assertEqual(words, retired.words(names))


class TestServerQuery(testtools.TestCase):
    def test_in_its_spelling(self):
        self.assertEqual(
            {
                'name': 'x',
                'all_tenants': 'True',
                'sort_key': 'name',
                'sort_dir': 'desc',
            },
            retired.server_query(
                {'name': 'x', 'all_projects': 'true', 'sort': 'name:desc'}
            ),
        )

    def test_a_direction_that_is_none(self):
        # It would answer with 500.
        error = self.assertRaises(
            exceptions.ValidationError,
            retired.server_query,
            {'sort': 'name:sideways'},
        )
        self.assertIn("'sideways' is no direction", error.message)

    def test_direction_is_left_to_it_where_none_is_said(self):
        self.assertEqual(
            {'sort_key': 'name'}, retired.server_query({'sort': 'name'})
        )
