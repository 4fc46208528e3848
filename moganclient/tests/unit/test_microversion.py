"""Tests of agreeing on an API version."""

from __future__ import annotations

import ddt
import testtools

from moganclient import exceptions
from moganclient import microversion


@ddt.ddt
class TestParse(testtools.TestCase):
    @ddt.data('1', '1.latest', 'latest')
    def test_the_newest(self, wanted):
        self.assertIsNone(microversion.parse(wanted))

    @ddt.data(('1.1', (1, 1)), ('1.3', (1, 3)), ('1.4', (1, 4)))
    @ddt.unpack
    def test_a_certain_one(self, wanted, version):
        self.assertEqual(version, microversion.parse(wanted))

    def test_a_number(self):
        self.assertIsNone(microversion.parse(1))
        self.assertEqual((1, 2), microversion.parse(1.2))

    @ddt.data(
        '1.0', '1.5', '2', '2.latest', '', 'x', '1.1.1', '1.2 ', '1.²', '-1.1'
    )
    def test_others_are_refused(self, wanted):
        error = self.assertRaises(
            exceptions.UnsupportedVersion, microversion.parse, wanted
        )
        self.assertIn(repr(wanted), error.message)
        self.assertIn('1.1 to 1.4', error.message)


@ddt.ddt
class TestOffered(testtools.TestCase):
    def test_document_of_v1(self):
        document = {'version': {'min_version': '1.1', 'version': '1.10'}}
        self.assertEqual(((1, 1), (1, 10)), microversion.offered(document))

    def test_newer_spelling_of_the_maximum(self):
        document = {'version': {'min_version': '1.1', 'max_version': '1.4'}}
        self.assertEqual(((1, 1), (1, 4)), microversion.offered(document))

    def test_list_of_versions(self):
        document = {
            'versions': [
                {'id': 'v2', 'min_version': '2.1', 'version': '2.2'},
                {'id': 'v1', 'min_version': '1.1', 'version': '1.2'},
            ]
        }
        self.assertEqual(((1, 1), (1, 2)), microversion.offered(document))

    @ddt.data(
        None,
        [],
        'x',
        {},
        # The retired server.
        {'id': 'v1', 'servers': [{'href': 'x', 'rel': 'self'}]},
        {'name': 'Mogan API', 'description': 'x'},
        {'version': None},
        {'version': {'min_version': '', 'version': ''}},
        {'version': {'min_version': '1.1'}},
        {'version': {'min_version': 1.1, 'version': None}},
        {'versions': {}},
        {'versions': [None, {'id': 'v2'}]},
    )
    def test_none(self, document):
        self.assertIsNone(microversion.offered(document))


@ddt.ddt
class TestNegotiate(testtools.TestCase):
    @ddt.data(
        (None, ((1, 1), (1, 2)), (1, 2)),
        (None, ((1, 1), (1, 1)), (1, 1)),
        (None, ((1, 1), (1, 10)), (1, 4)),
        (None, ((1, 2), (1, 9)), (1, 4)),
        ((1, 1), ((1, 1), (1, 2)), (1, 1)),
        ((1, 2), ((1, 2), (1, 2)), (1, 2)),
    )
    @ddt.unpack
    def test_chosen(self, wanted, server, version):
        self.assertEqual(
            version, microversion.negotiate(wanted, server, 'http://x')
        )

    @ddt.data(
        ((1, 2), ((1, 1), (1, 1)), '1.2'),
        ((1, 1), ((1, 2), (1, 9)), '1.1'),
        (None, ((1, 5), (1, 9)), '1.4'),
        (None, ((0, 1), (1, 0)), '1.1'),
    )
    @ddt.unpack
    def test_no_common_version(self, wanted, server, needed):
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            microversion.negotiate,
            wanted,
            server,
            'http://x',
        )
        self.assertEqual(needed, error.needed)
        self.assertEqual(microversion.text(server[1]), error.maximum)
        self.assertIn('http://x', error.message)
