"""Tests of the commands that list what has nothing but a name."""

from __future__ import annotations

import ddt

from moganclient.osc.v1 import names
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes


@ddt.ddt
class TestNames(base.TestCase):
    @ddt.data(
        (names.ListAvailabilityZone, 'availability_zones', 'Zone Name'),
        (names.ListNode, 'nodes', 'Node'),
    )
    @ddt.unpack
    def test_list(self, command, collection, heading):
        self.http.get(
            f'{fakes.MOGAN}/{collection}', json={collection: ['a', 'b']}
        )
        self.assertEqual([{heading: 'a'}, {heading: 'b'}], self.json(command))

    @ddt.data(
        (names.ListAvailabilityZone, 'availability_zones'),
        (names.ListNode, 'nodes'),
    )
    @ddt.unpack
    def test_forbidden(self, command, collection):
        self.http.get(
            f'{fakes.MOGAN}/{collection}',
            status_code=403,
            json=base.fault('Admins only.'),
        )
        self.assertEqual('Admins only.', self.error(command))
