"""Tests of server groups."""

from __future__ import annotations

import ddt

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import server_group

GROUPS = fakes.MOGAN + '/server_groups'
ONE = f'{GROUPS}/{fakes.OTHER_UUID}'
GROUP = {
    'uuid': fakes.OTHER_UUID,
    'name': 'sg1',
    'policies': ['affinity'],
    'members': [],
}


@ddt.ddt
class TestServerGroups(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(GROUPS, json={'server_groups': [GROUP]})
        self.http.post(GROUPS, json=GROUP, status_code=201)
        self.http.get(ONE, json=GROUP)
        self.http.delete(ONE, status_code=204)

    @ddt.data(
        ((), []),
        (['affinity'], ['affinity']),
        ('anti-affinity', ['anti-affinity']),
    )
    @ddt.unpack
    def test_create(self, policies, sent):
        made = self.client.server_group.create('sg1', policies)
        self.assertIsInstance(made, server_group.ServerGroup)
        self.assertEqual({'name': 'sg1', 'policies': sent}, self.body)

    @ddt.data(['soft-affinity'], ['affinity', 'anti-affinity'])
    def test_create_sends_nothing_that_is_wrong(self, policies):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.server_group.create,
            'sg1',
            policies,
        )
        self.assertEqual([], self.sent())

    def test_list(self):
        (found,) = self.client.server_group.list()
        self.assertEqual(['affinity'], found.policies)
        self.assertEqual(['GET /server_groups'], self.sent())

    def test_get(self):
        found = self.client.server_group.get(fakes.OTHER_UUID)
        self.assertEqual('sg1', found.name)

    def test_find_by_name(self):
        self.assertEqual(
            fakes.OTHER_UUID, self.client.server_group.find('sg1').uuid
        )

    def test_find_where_several_have_the_name(self):
        other = {**GROUP, 'uuid': fakes.SERVER_UUID}
        self.http.get(GROUPS, json={'server_groups': [GROUP, other]})
        error = self.assertRaises(
            exceptions.NoUniqueMatch, self.client.server_group.find, 'sg1'
        )
        self.assertEqual(2, len(error.candidates))

    @ddt.data(fakes.OTHER_UUID, server_group.ServerGroup(GROUP), 'sg1')
    def test_delete(self, thing):
        self.assertIsNone(self.client.server_group.delete(thing))
        self.assertEqual(
            f'DELETE /server_groups/{fakes.OTHER_UUID}', self.sent()[-1]
        )


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        manager = self.client.server_group
        for call in (
            manager.list,
            lambda: manager.get(fakes.OTHER_UUID),
            lambda: manager.find('a'),
            lambda: manager.create('a'),
            lambda: manager.delete('a'),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())
