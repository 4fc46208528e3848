"""The commands with a retired server: the real shell, recorded answers."""

from __future__ import annotations

from typing import Any

import ddt
import testtools

from moganclient.tests.contract import captures
from moganclient.tests.functional import retired
from moganclient.tests.functional import shell

#: Of the recordings.
NODE = '00000031-0000-4000-8000-000000000001'
NODE_NOT_ACTIVE = '00000031-0000-4000-8000-000000000011'
SERVER = 'c720c557-4a8f-4614-b513-9534db4354ae'
PORT = '00000051-0000-4000-8000-000000000001'


class TestCase(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.start()

    def start(self, *recorded: str) -> None:
        """Start a server with recordings beside those of one as it stands."""
        self.server = self.useFixture(retired.RetiredServer(*recorded))
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
        f'server set {SERVER} --protected',
        'server list --project demo',
        'flavor create x --resource gold=1 --description x --trait CUSTOM_X',
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


#: Of the recordings that made servers, and more.
BUILT = '7a9e5b7a-6179-47f7-ae12-1946d2836c05'
AGGREGATE = 'fcec22a0-0578-4e3d-b709-1aec4937a514'
GROUP = 'c408e0e9-7674-4254-a73a-1910be9e3903'
FLAVOR = 'b7bc3799-85f1-4874-be17-3917e94ee2cf'
NETWORK = '00000011-0000-4000-8000-000000000001'
NET_PORT = '00000052-0000-4000-8000-000000000104'


@ddt.ddt
class TestEverythingElse(TestCase):
    """One recorded exchange is what a command is about."""

    @ddt.data(
        ('server start', 'server-power-on'),
        ('server stop --soft', 'server-power-soft-off'),
        ('server reboot --soft', 'server-power-soft-reboot'),
        ('server lock', 'server-lock'),
        ('server unlock', 'server-unlock'),
        ('server rebuild', 'server-rebuild'),
        ('server delete', 'server-delete'),
        ('server set --name web-1b', 'server-patch-name'),
    )
    @ddt.unpack
    def test_what_is_done_to_a_server(self, command, recorded):
        # What is to be wiped is looked at before.
        self.start(recorded, 'server-get')
        self.run_(f'{command} {BUILT}')
        self.assert_carried_out(recorded)

    @ddt.data(
        (
            f'server add port {BUILT} --network {NETWORK}',
            'interface-attach-net',
        ),
        (f'server remove port {BUILT} {NET_PORT}', 'interface-detach'),
        (f'server add floating ip {BUILT} 203.0.113.1', 'floatingip-add'),
        (
            f'server remove floating ip {BUILT} 203.0.113.1',
            'floatingip-remove',
        ),
        ('keypair delete key3', 'keypair-delete'),
    )
    @ddt.unpack
    def test_what_is_done_to_other_things(self, command, recorded):
        self.start(recorded)
        self.run_(command)
        self.assert_carried_out(recorded)

    @ddt.data(
        (f'aggregate add node {AGGREGATE} avail-1', 'aggregate-node-add'),
        (
            f'aggregate remove node {AGGREGATE} avail-2',
            'aggregate-node-remove',
        ),
        (f'aggregate delete {AGGREGATE}', 'aggregate-delete'),
    )
    @ddt.unpack
    def test_what_is_done_to_an_aggregate(self, command, recorded):
        self.start(recorded, 'aggregate-get', 'aggregate-nodes-list')
        self.run_(command)
        self.assert_carried_out(recorded)

    def test_a_node_that_is_not_in_the_aggregate(self):
        self.start(
            'aggregate-node-remove-not-member',
            'aggregate-get',
            'aggregate-nodes-list',
        )
        said = self.run_(
            f'aggregate remove node {AGGREGATE} avail-3', ok=False
        ).stderr
        self.assertIn('It has: avail-2, avail-1.', said)
        self.assertFalse([one for one in self.server.sent() if 'DEL' in one])

    def test_what_is_done_to_a_group(self):
        self.start('server-group-delete', 'server-group-get')
        self.run_(f'server group delete {GROUP}')
        self.assert_carried_out('server-group-delete')

    @ddt.data(
        ('keypair list', 'keypairs-list', 'key1'),
        ('keypair show key1', 'keypair-get', 'key1'),
        ('aggregate list', 'server-unicode-get', 'rack1'),
        ('node list', 'nodes-list', 'avail-1'),
        ('availability zone list', 'availability-zones', 'az2'),
        ('server group list', 'server-groups-list', 'sg1'),
        (f'server group show {GROUP}', 'server-group-get', 'sg1'),
        ('manageable server list', 'manageable-list', 'adopt-1'),
        (f'server show {BUILT}', 'server-get', 'web-1'),
        (f'server netinfo {BUILT}', 'server-networks-two', '10.0.0.104'),
        (f'console url show {BUILT}', 'console', '127.0.0.1:8866'),
        # Names are found here, for there nobody knows them.
        ('flavor show gold', 'flavors-list', 'Gold flavor'),
    )
    @ddt.unpack
    def test_what_is_shown(self, command, recorded, told):
        self.start(recorded)
        self.assertIn(told, self.run_(command).stdout)
        self.assert_carried_out(recorded)

    @ddt.data(
        ('keypair create key1', 'keypair-create', 'BEGIN RSA PRIVATE KEY'),
        (
            'aggregate create rack1 --zone az1 --property affinity_zone=aff1',
            'aggregate-create',
            AGGREGATE,
        ),
        (
            'server group create sg1 --policy affinity',
            'server-group-create',
            GROUP,
        ),
        (
            'flavor create baremetal --resource baremetal=1 '
            "--description 'class baremetal'",
            'flavor-create-baremetal',
            FLAVOR,
        ),
        (
            f'server create multi --flavor {FLAVOR} '
            '--image 00000021-0000-4000-8000-000000000001 '
            f'--nic net-id={NETWORK} --min 2 --max 2',
            'server-create-multi',
            'multi-1',
        ),
    )
    @ddt.unpack
    def test_what_is_made(self, command, recorded, told):
        self.start(recorded)
        self.assertIn(told, self.run_(command).stdout)
        self.assert_carried_out(recorded)

    def assert_carried_out(self, recorded: str) -> None:
        """It was asked for, and nothing else was changed."""
        capture = captures.everything()[recorded]
        asked = f'{capture.method} {capture.path}'
        sent = self.server.sent()
        self.assertIn(asked, sent)
        self.assertEqual(
            [], [one for one in sent if one[:3] != 'GET' and one != asked]
        )
