"""Tests of the commands of server groups."""

from __future__ import annotations

import ddt

from moganclient.osc.v1 import server_group
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

GROUPS = f'{fakes.MOGAN}/server_groups'
ONE = f'{GROUPS}/{fakes.OTHER_UUID}'
GROUP = {
    'uuid': fakes.OTHER_UUID,
    'name': 'sg1',
    'policies': ['affinity'],
    'members': [fakes.SERVER_UUID],
    'project_id': 'p1',
}


@ddt.ddt
class TestServerGroup(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(GROUPS, json={'server_groups': [GROUP]})
        self.http.post(GROUPS, json=GROUP, status_code=201)
        self.http.delete(ONE, status_code=204)

    @ddt.data(((), []), (('--policy', 'anti-affinity'), ['anti-affinity']))
    @ddt.unpack
    def test_create(self, argv, policies):
        shown = self.json(server_group.CreateServerGroup, 'sg1', *argv)
        self.assertEqual({'name': 'sg1', 'policies': policies}, self.body)
        self.assertEqual(fakes.OTHER_UUID, shown['UUID'])

    def test_a_policy_that_there_is_not(self):
        self.assertRaises(
            SystemExit,
            self.run_command,
            server_group.CreateServerGroup,
            'sg1',
            '--policy',
            'near',
        )

    def test_list(self):
        self.assertEqual(
            [
                ['UUID', 'Name', 'Policies'],
                [fakes.OTHER_UUID, 'sg1', 'affinity'],
            ],
            self.table(server_group.ListServerGroup),
        )

    def test_long(self):
        (listed,) = self.json(server_group.ListServerGroup, '--long')
        self.assertEqual([fakes.SERVER_UUID], listed['Members'])

    def test_show_by_name(self):
        shown = self.json(server_group.ShowServerGroup, 'sg1')
        self.assertEqual('p1', shown['Project ID'])

    def test_no_such_group(self):
        self.assertIn("'x'", self.error(server_group.ShowServerGroup, 'x'))

    def test_delete_one_of_two(self):
        self.assertEqual(
            '1 of 2 server groups could not be deleted.',
            self.error(server_group.DeleteServerGroup, 'x', 'sg1'),
        )
        self.assertEqual(
            f'DELETE /server_groups/{fakes.OTHER_UUID}', self.sent()[-1]
        )
