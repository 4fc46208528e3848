"""Servers are created, rebuilt and deleted: the real shell and service."""

from __future__ import annotations

import json
import pathlib

import fixtures

from moganclient.tests.functional import living
from moganclient.tests.functional import test_commands


class TestCreate(living.TestCase):
    def test_a_server_with_everything(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        data = directory / 'user-data'
        data.write_text('#cloud-config\n')
        self.run_(f'keypair create key1 --private-key {directory / "key1"}')
        self.quiet_aggregate()
        group = self.json('server group create sg1 --policy affinity')

        server = self.create(
            'web',
            f'--key-name key1 --user-data {data} --file /etc/motd={data} '
            '--property role=web --description "the first" '
            '--availability-zone az1 --hint group=sg1 --password secret',
        )

        self.assertEqual('active', server['Status'])
        self.assertEqual('power on', server['Power State'])
        self.assertEqual('general', server['Flavor'])
        self.assertEqual(living.DEBIAN, server['Image UUID'])
        self.assertEqual('key1', server['Key Pair'])
        self.assertEqual({'role': 'web'}, server['Properties'])
        self.assertEqual('the first', server['Description'])
        self.assertEqual('az1', server['Availability Zone'])
        self.assertEqual('a1', server['Affinity Zone'])
        self.assertIn(server['Node'], living.FREE)
        self.assertEqual(
            (False, False), (server['Protected'], server['Adopted'])
        )
        self.assertEqual([living.LAN], list(server['Addresses']))
        group = self.json('server group show sg1')
        self.assertEqual([server['UUID']], group['Members'])
        # The address is the server's, and the list can be asked for it.
        (entry,) = server['Addresses'][living.LAN]
        (found,) = self.json(f'server list --ip {entry["addr"]}')
        self.assertEqual('web', found['Name'])
        # Nobody but the machine is told of the password.
        self.assertNotIn('secret', self.service.log)

    def quiet_aggregate(self) -> None:
        self.run_(
            'aggregate create rack8 --zone az1 --property affinity_zone=a1'
        )
        self.quiet(f'aggregate add node rack8 {" ".join(living.FREE)}')

    def test_without_wait_it_is_being_built(self):
        server = self.json(
            f'server create web --flavor general --image {living.DEBIAN} '
            f'--network {living.LAN}'
        )
        self.assertEqual('building', server['Status'])
        # And deleting it is all right at any time.
        self.quiet('server delete web --wait')
        self.assertEqual([], self.json('server list'))

    def test_several_at_once(self):
        first = self.create('many', '--flavor gold --min 2')

        self.assertEqual('many-1', first['Name'])
        servers = self.json('server list --long')
        self.assertEqual(
            {(one['uuid'], one['name']) for one in first['Created']},
            {(server['UUID'], server['Name']) for server in servers},
        )
        self.assertEqual(
            set(living.FREE_GOLD), {server['Node'] for server in servers}
        )
        self.quiet('server delete many-1 many-2 --wait')
        self.assertEqual([], self.json('server list'))

    def test_where_no_node_fits(self):
        self.run_(
            'flavor create odd --resource baremetal.gold --trait CUSTOM_ODD'
        )
        said = self.refused(
            f'server create web --flavor odd --image {living.DEBIAN} '
            f'--network {living.LAN} --wait'
        )
        self.assertIn('is in error', said)
        shown = self.show('web')
        self.assertEqual('error', shown['Status'])
        self.assertIn(shown['Fault']['message'].splitlines()[0], said)
        self.quiet('server delete web --wait')

    def test_an_availability_zone_that_there_is_not(self):
        said = self.refused(
            f'server create web --flavor gold --image {living.DEBIAN} '
            f'--network {living.LAN} --availability-zone nowhere'
        )
        self.assertIn('"nowhere"', said)
        self.assertEqual([], self.json('server list'))

    def test_an_image_that_there_is_not(self):
        said = self.refused(
            f'server create web --flavor general --image {living.LAN} '
            f'--network {living.LAN}'
        )
        self.assertIn(living.LAN, said)
        self.assertEqual([], self.json('server list'))

    def test_a_private_flavor_of_another_project(self):
        self.run_(
            'flavor create secret --resource baremetal.general --private '
            '--project other'
        )
        shown = self.json('flavor show secret')
        self.assertEqual(['other'], shown['Access'])

    def test_traits_choose_the_node(self):
        self.run_(
            'flavor create gpu --resource baremetal.gold --trait CUSTOM_GPU'
        )
        server = self.create('brain', '--flavor gpu')
        self.assertEqual('rack8-u04', server['Node'])


class TestRebuild(living.TestCase):
    def test_another_image(self):
        before = self.create('web')
        self.quiet(f'server rebuild web --image {living.ROCKY} --wait')

        after = self.show('web')
        self.assertEqual(living.ROCKY, after['Image UUID'])
        self.assertEqual(
            (before['UUID'], before['Node'], 'active'),
            (after['UUID'], after['Node'], after['Status']),
        )

    def test_a_protected_server_is_not(self):
        self.create('web')
        self.quiet('server set web --protected')
        self.assertTrue(self.show('web')['Protected'])
        self.assertIn('is protected', self.refused('server rebuild web'))
        self.assertIn('is protected', self.refused('server delete web'))
        self.quiet('server set web --unprotected')
        self.quiet('server rebuild web --wait')
        self.assertEqual('active', self.show('web')['Status'])


class TestTakenOver(living.TestCase):
    """A machine that ran before: it is not destroyed by accident."""

    def test_deleting_is_refused_until_it_is_unprotected(self):
        server = self.json(f'server manage {test_commands.TWO_NICS}')
        self.assertEqual(
            (True, True), (server['Protected'], server['Adopted'])
        )

        name = test_commands.TWO_NICS
        said = self.refused(f'server delete {name}')
        self.assertIn('server unmanage', said)
        self.assertIn('server set --unprotected', said)
        self.assertEqual('active', self.show(name)['Status'])

        self.quiet(f'server set {name} --unprotected')
        self.quiet(f'server delete {name} --wait')
        self.assertEqual([], self.json('server list'))
        # It has been undeployed: it is nobody's, and not adoptable any more.
        self.assertNotIn(
            name,
            [node['Name'] for node in self.json('adoptable node list')],
        )

    def test_letting_go_of_what_was_built_here_is_refused(self):
        self.create('web')
        said = self.refused('server unmanage web')
        self.assertIn('web', said)
        self.assertEqual('active', self.show('web')['Status'])

    def test_by_the_name_that_the_listing_had_before(self):
        listed = self.json('manageable server list --long')
        adoptable = self.json('adoptable node list')
        self.assertEqual(
            {node['UUID'] for node in adoptable},
            {node['UUID'] for node in listed},
        )
        self.assertEqual(
            {'active'}, {one['Provision State'] for one in listed}
        )
        printed = self.run_('manageable server list').stdout
        self.assertIn('52:54:00:07:02:01 -> 9e143bfa', printed)


class TestMachinesThatFail(living.TestCase):
    SIMULATED = dict.fromkeys(living.FREE, {'deploy': 'fail'})

    def test_a_deployment_that_fails(self):
        said = self.refused(
            f'server create web --flavor general --image {living.DEBIAN} '
            f'--network {living.LAN} --wait'
        )
        self.assertIn('is in error', said)
        self.assertIn('simulated', said)
        self.assertIn('simulated', self.show('web')['Fault']['detail'])
        self.quiet('server delete web --wait')
        self.assertEqual([], self.json('server list'))


class TestOneMachineThatFails(living.TestCase):
    SIMULATED = {living.FREE[0]: {'deploy': 'fail'}}

    def test_what_was_made_of_several_is_printed(self):
        done = self.run_(
            f'server create web --flavor general --image {living.DEBIAN} '
            f'--network {living.LAN} --min 3 --wait -f json',
            ok=False,
        )
        self.assertIn('1 of 3 servers did not come to run.', done.stderr)
        created = json.loads(done.stdout)['Created']
        self.assertEqual(
            ['active', 'active', 'error'],
            sorted(one['status'] for one in created),
        )
        (fault,) = (one['fault'] for one in created if one['fault'])
        self.assertEqual('deploy_failed', fault['code'])
