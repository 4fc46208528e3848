"""A real cloud: an operator's day at the ``openstack`` shell."""

from __future__ import annotations

import pathlib

import fixtures

from moganclient.tests.functional import base
from moganclient.tests.functional import shell

COMMANDS = 'baremetalcompute'


class TestTakingOver(base.CloudTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.openstack = self.shell()
        self.node = self.spare()

    def run_manage(self, arguments: str) -> dict[str, object]:
        result = self.openstack.run(
            f'{COMMANDS} server manage {arguments} -f json'
        )
        self.addCleanup(self.let_go, result.json['UUID'])
        return dict(result.json)

    def test_the_name_of_a_node_is_enough(self) -> None:
        server = self.run_manage(self.node['name'])

        self.assertEqual(self.node['name'], server['Name'])
        self.assertEqual('active', server['Status'])
        self.assertEqual(self.node['uuid'], server['Node UUID'])
        self.assertEqual(self.shared.flavors['general'], server['Flavor UUID'])

    def test_everything_can_be_said(self) -> None:
        (port,) = self.node['vifs']
        name = self.api.port(port)['name']

        server = self.run_manage(
            f'{self.node["uuid"]} db-7 --flavor general --port {name} '
            '--project demo --property rack=7 --property row=b '
            '--description "the payroll" --availability-zone hall-2'
        )

        self.assertEqual('db-7', server['Name'])
        self.assertEqual(self.cloud.project_id('demo'), server['Project ID'])
        self.assertEqual({'rack': '7', 'row': 'b'}, server['Properties'])
        self.assertEqual('the payroll', server['Description'])
        self.assertEqual('hall-2', server['Availability Zone'])

    def test_a_dry_run_shows_what_would_be_taken_over(self) -> None:
        result = self.openstack.run(
            f'{COMMANDS} server manage {self.node["name"]} --dry-run -f json'
        )

        self.assertEqual(self.node['uuid'], result.json['Node UUID'])
        self.assertEqual('general', result.json['Flavor'])
        self.assertEqual([], result.json['Reasons'])
        self.assertIn(self.node['vifs'][0], str(result.json['Ports']))
        self.assert_nothing_written()

    def test_a_dry_run_shows_every_reason_why_not(self) -> None:
        result = self.openstack.run(
            f'{COMMANDS} server manage in-maintenance --dry-run '
            '--flavor gold -f json',
            ok=False,
        )

        self.assertEqual(1, result.code)
        self.assertEqual(
            ['in_maintenance', 'flavor_does_not_fit'],
            [reason['code'] for reason in result.json['Reasons']],
        )
        self.assert_nothing_written()

    def test_a_node_without_name_asks_for_one(self) -> None:
        node = self.machine('unnamed')['uuid']

        result = self.openstack.run(
            f'{COMMANDS} server manage {node}', ok=False
        )

        self.assertIn('name', result.stderr)
        self.assertIn(node, result.stderr)
        self.assert_nothing_written()

    def test_two_flavors_that_fit_ask_for_one(self) -> None:
        flavor = self.admin.flavor.create(
            'general-2', {'baremetal.general': 1}
        )
        self.addCleanup(self.admin.flavor.delete, flavor)

        result = self.openstack.run(
            f'{COMMANDS} server manage {self.node["name"]}', ok=False
        )

        self.assertIn('general-2', result.stderr)
        self.assertIn(self.shared.flavors['general'], result.stderr)

    def test_a_failure_says_why_in_a_sentence(self) -> None:
        self.manage(self.node, 'payroll')

        result = self.openstack.run(
            f'{COMMANDS} server manage {self.node["name"]}', ok=False
        )

        self.assertEqual('', result.stdout)
        self.assertIn('"payroll"', result.stderr)
        self.assertIn(self.node['uuid'], result.stderr)


class TestServers(base.CloudTestCase):
    """What has been taken over: see it, change it, let it go."""

    def setUp(self) -> None:
        super().setUp()
        self.openstack = self.shell()
        self.node = self.spare()
        self.before = self.picture(self.node)
        self.server = self.manage(self.node, 'payroll')

    def rows(self, arguments: str = '') -> dict[str, dict[str, object]]:
        result = self.openstack.run(
            f'{COMMANDS} server list {arguments} -f json'
        )
        return {row['UUID']: row for row in result.json}

    def test_it_is_listed(self) -> None:
        row = self.rows()[self.server.uuid]

        self.assertEqual('payroll', row['Name'])
        self.assertEqual('active', row['Status'])
        self.assertEqual(self.server.addresses, row['Addresses'])

    def test_it_is_listed_by_its_node(self) -> None:
        rows = self.rows(f'--long --node {self.node["name"]}')

        self.assertEqual([self.server.uuid], list(rows))
        self.assertEqual(self.node['name'], rows[self.server.uuid]['Node'])

    def test_it_is_shown_by_name(self) -> None:
        result = self.openstack.run(f'{COMMANDS} server show payroll -f json')

        self.assertEqual(self.server.uuid, result.json['UUID'])

    def test_it_is_no_longer_adoptable(self) -> None:
        result = self.openstack.run(f'{COMMANDS} adoptable node list -f json')

        self.assertNotIn(
            self.node['uuid'], [row['UUID'] for row in result.json]
        )

    def test_what_is_said_about_it_can_be_changed(self) -> None:
        self.openstack.run(
            f'{COMMANDS} server set payroll --name wages --property rack=7 '
            '--description "see ticket 12"'
        )

        server = self.admin.server.get(self.server)
        self.assertEqual('wages', server.name)
        self.assertEqual({'rack': '7'}, server.metadata)
        self.assertEqual('see ticket 12', server.description)

    def test_letting_go_leaves_everything_as_it_was(self) -> None:
        result = self.openstack.run(f'{COMMANDS} server unmanage payroll')

        self.assertEqual('', result.stdout)
        self.assertNotIn(self.server.uuid, self.rows())
        self.assert_unchanged(self.node, self.before)
        self.assert_only_its_own_written(self.node)

    def test_several_are_let_go_and_the_one_that_fails_is_told(self) -> None:
        other = self.manage(self.spare(), 'wages')

        result = self.openstack.run(
            f'{COMMANDS} server unmanage payroll nonsense wages', ok=False
        )

        self.assertIn('nonsense', result.stderr)
        self.assertIn('1 of 3', result.stderr)
        self.assertEqual(
            set(), {self.server.uuid, other.uuid} & set(self.rows())
        )

    def test_a_power_state_that_changed_is_seen(self) -> None:
        self.api.set_power(self.node['uuid'], 'power off')

        result = self.openstack.run(f'{COMMANDS} server show payroll -f json')

        self.assertEqual('power off', result.json['Power State'])
        self.assertEqual('stopped', result.json['Status'])

    def test_a_node_that_somebody_let_go_is_said_and_not_repaired(
        self,
    ) -> None:
        self.api.patch_node(self.node['uuid'], instance_uuid=None)
        for one in self.recorders.all:
            one.clear()

        result = self.openstack.run(f'{COMMANDS} server show payroll -f json')

        self.assertEqual('detached', result.json['Status'])
        self.assert_nothing_written()


class TestBesideIronic(base.CloudTestCase):
    """In a shell that has python-ironicclient's commands too."""

    def setUp(self) -> None:
        super().setUp()
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.env = {'PYTHONPATH': shell.plugin_alone(directory)}

    def spawn(self, name: str, command: str) -> shell.Result:
        openstack = self.useFixture(
            shell.OpenStackShell(
                *('--os-cloud', name),
                clouds_yaml=self.cloud.layout.clouds_yaml,
                env=self.env,
            )
        )
        program = self.cloud.layout.bin / 'openstack'
        return openstack.spawn(command, program=str(program))

    def test_our_commands_work(self) -> None:
        result = self.spawn(
            'admin', f'{COMMANDS} adoptable node list --name gold -f json'
        )

        self.assertEqual(['gold'], [row['Name'] for row in result.json])

    def test_theirs_stay_what_they_are(self) -> None:
        result = self.spawn('system', 'baremetal node show gold -f json')

        self.assertEqual(self.machine('gold')['uuid'], result.json['uuid'])

    def test_completion_knows_both(self) -> None:
        result = self.spawn('admin', 'complete')

        self.assertIn('baremetalcompute_adoptable_node', result.stdout)
        self.assertIn('baremetal_node_vif', result.stdout)
