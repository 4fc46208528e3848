"""Tests of what is listed as strings."""

from __future__ import annotations

import ddt

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes


@ddt.ddt
class TestStrings(fakes.TestCase):
    @ddt.data(
        ('availability_zone', 'availability_zones', ['az1', 'az2']),
        ('node', 'nodes', ['rack7-u12', fakes.NODE_UUID]),
    )
    @ddt.unpack
    def test_list(self, attribute, collection, strings):
        self.http.get(
            f'{fakes.MOGAN}/{collection}', json={collection: strings}
        )
        self.assertEqual(strings, getattr(self.client, attribute).list())

    @ddt.data([1], {}, None, 'az1')
    def test_what_is_no_list_of_strings(self, answer):
        self.http.get(f'{fakes.MOGAN}/nodes', json={'nodes': answer})
        error = self.assertRaises(
            exceptions.MalformedResponse, self.client.node.list
        )
        self.assertIn("no list 'nodes' of strings", error.message)

    def test_repr_says_where(self):
        self.client.availability_zone._transport.endpoint  # noqa: B018
        self.assertIn(fakes.MOGAN, repr(self.client.availability_zone))


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_it_is_told_before_anything_is_sent(self):
        for manager in (self.client.node, self.client.availability_zone):
            self.assertRaises(exceptions.UnsupportedVersion, manager.list)
        self.assertEqual([], self.sent())
