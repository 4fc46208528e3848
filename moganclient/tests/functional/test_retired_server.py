"""The commands with a retired server: the real shell, recorded answers."""

from __future__ import annotations

from typing import Any

import ddt
import testtools

from moganclient.tests.functional import retired
from moganclient.tests.functional import shell

#: Of the recordings.
NODE = '00000031-0000-4000-8000-000000000001'
NODE_NOT_ACTIVE = '00000031-0000-4000-8000-000000000011'
SERVER = 'c720c557-4a8f-4614-b513-9534db4354ae'
PORT = '00000051-0000-4000-8000-000000000001'


class TestCase(testtools.TestCase):
    #: Recordings beside those of a server as it stands.
    RECORDED: tuple[str, ...] = ()

    def setUp(self) -> None:
        super().setUp()
        self.server = self.useFixture(retired.RetiredServer(*self.RECORDED))
        self.openstack = self.useFixture(
            shell.OpenStackShell(
                '--os-auth-type', 'none', '--os-endpoint', self.server.url
            )
        )

    def run_(self, command: str, *, ok: bool = True) -> shell.Result:
        return self.openstack.run(f'baremetalcompute {command}', ok=ok)

    def json(self, command: str) -> Any:
        return self.run_(f'{command} -f json').json

    def refused(self, command: str) -> str:
        """The one sentence for what is refused before anything is sent."""
        said = self.run_(command, ok=False).stderr.strip()
        self.assertEqual([], self.server.sent())
        self.assertEqual(1, len(said.splitlines()), said)
        self.assertTrue(said.endswith('which cannot do that.'), said)
        self.assertIn(self.server.url, said)
        return said


class TestTakingOver(TestCase):
    def test_list(self):
        rows = self.json('adoptable node list')
        self.assertEqual(5, len(rows))
        (row,) = (row for row in rows if row['UUID'] == NODE)
        self.assertEqual('adopt-1', row['Name'])
        self.assertIn(PORT, str(row['Ports']))
        self.assertEqual(['GET /v1/manageable_servers'], self.server.sent())

    def test_long_list_as_a_table(self):
        said = self.run_('adoptable node list --long').stdout
        self.assertIn('adopt-1', said)
        self.assertIn('silver', said)

    def test_show(self):
        node = self.json(f'adoptable node show {NODE.upper()}')
        self.assertEqual(NODE, node['UUID'])
        self.assertTrue(node['Adoptable'])

    def test_manage(self):
        server = self.json(
            f'server manage {NODE} managed-1 --description adopted '
            '--property rack=1'
        )
        self.assertEqual(SERVER, server['UUID'])
        self.assertEqual({'rack': '1'}, server['Properties'])
        self.assertEqual('adopt-1', server['Node'])
        self.assertEqual(['POST /v1/manageable_servers'], self.server.sent())

    def test_dry_run(self):
        plan = self.json(f'server manage {NODE} managed-1 --dry-run')
        self.assertTrue(plan['Ready'])
        self.assertEqual('adopt-1', plan['Node'])
        self.assertEqual(['GET /v1/manageable_servers'], self.server.sent())

    def test_fault_is_its_sentence(self):
        said = self.run_(f'server manage {NODE_NOT_ACTIVE} x', ok=False).stderr
        self.assertIn(
            f'The bare metal node {NODE_NOT_ACTIVE} is not allowed to be '
            'managed',
            said,
        )
        self.assertNotIn('{', said)

    def test_node_that_is_not_listed(self):
        said = self.run_(
            f'server manage {NODE_NOT_ACTIVE} --dry-run', ok=False
        ).stderr
        self.assertIn(f'does not list node {NODE_NOT_ACTIVE}', said)


@ddt.ddt
class TestRefused(TestCase):
    @ddt.data(
        'adoptable node list --all',
        'adoptable node list --limit 5',
        'adoptable node list --sort name',
        'adoptable node list --name adopt-1',
        'adoptable node list --fields name',
        'adoptable node show adopt-1',
        'server manage adopt-1 x',
        f'server manage {NODE} x --flavor gold',
        f'server manage {NODE} x --port nic1',
        f'server manage {NODE} x --project demo',
        f'server manage {NODE} x --availability-zone az1',
        f'server manage {NODE} x --flavor gold --dry-run',
        'server unmanage managed-1',
        f'server unmanage {SERVER}',
        'server list --node adopt-1',
        'flavor list --limit 5',
        'adoption plan create fleet.yaml',
    )
    def test_in_one_sentence(self, command):
        self.refused(command)

    def test_a_version_that_it_has_not(self):
        said = self.openstack.run(
            '--os-baremetal-compute-api-version 1.2 '
            'baremetalcompute server list',
            ok=False,
        ).stderr
        self.assertIn("has no versions: ask for '1'", said)


class TestDebug(TestCase):
    def test_says_which_dialect_and_why(self):
        said = self.openstack.run(
            '--debug baremetalcompute adoptable node list'
        ).stderr
        self.assertIn(
            'Using the dialect of a retired Mogan server at '
            f'{self.server.url}/v1, because its /v1 lists manageable_servers '
            'and gives no versions',
            said,
        )


class TestServers(TestCase):
    def test_list(self):
        rows = self.json('server list --long')
        self.assertEqual(
            ['m-maint', 'managed-1', 'managed-2', 'managed-3'],
            sorted(row['Name'] for row in rows),
        )
        first, flavors, last = self.server.sent()
        self.assertEqual('GET /v1/servers/detail', first)
        self.assertEqual('GET /v1/flavors', flavors)
        self.assertIn('GET /v1/servers/detail?marker=', last)

    def test_show(self):
        server = self.json(f'server show {SERVER}')
        self.assertEqual('managed-1', server['Name'])
        self.assertIsNone(server['Flavor'])
