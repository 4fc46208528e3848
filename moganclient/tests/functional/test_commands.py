"""The commands against a service with its sample inventory.

The shell is the real one and the service a process of its own, without
authentication.  What a real cloud makes of it is tested in
``test_real_cloud_*``.
"""

from __future__ import annotations

import csv
import io
from typing import Any

import testtools

from moganclient.tests.functional import fixtures
from moganclient.tests.functional import shell

#: Of the sample inventory.
TWO_NICS = 'rack7-u02'
BOND = 'rack7-u03'
UNNAMED = '0ddaece8-9cb9-47a1-9ff9-0fbd3659b4fd'
OFF = 'rack7-u05'
IN_MAINTENANCE = 'rack7-u10'
NO_CLASS = 'rack7-u12'
NO_PORT = 'rack7-u14'


class TestCase(testtools.TestCase):
    """A service and two flavors of its own."""

    def setUp(self) -> None:
        super().setUp()
        self.service = self.useFixture(self.new_service())
        self.openstack = self.useFixture(
            shell.OpenStackShell(
                '--os-auth-type', 'none', '--os-endpoint', self.service.url
            )
        )
        # Not by commands: each takes a third of a second.
        for name, resource_class in (
            ('general', 'baremetal.general'),
            ('gold', 'CUSTOM_BAREMETAL_GOLD'),
        ):
            body = {'name': name, 'resources': {resource_class: 1}}
            status, _, _ = self.service.request('POST', '/v1/flavors', body)
            self.assertEqual(201, status)

    def new_service(self) -> fixtures.ServiceFixture:
        return fixtures.ServiceFixture()

    def run_(self, command: str, *, ok: bool = True) -> shell.Result:
        return self.openstack.run(f'baremetalcompute {command}', ok=ok)

    def json(self, command: str, *, ok: bool = True) -> Any:
        return self.run_(f'{command} -f json', ok=ok).json

    def node(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.json(f'adoptable node show {name}')
        return found


class TestAdoptableNodes(TestCase):
    """One test for all: nothing here changes anything."""

    def test_the_lists(self):
        good = self.json('adoptable node list')
        everything = self.json('adoptable node list --all')

        self.assertEqual(7, len(good))
        self.assertEqual(18, len(everything))
        # All says of each whether, and why not.
        for node in everything:
            self.assertEqual(node['Adoptable'], not node['Reasons'], node)
        self.assertEqual(
            {node['UUID'] for node in good},
            {node['UUID'] for node in everything if node['Adoptable']},
        )
        # Pages are put together, whatever their size.
        self.assertEqual(
            everything, self.json('adoptable node list --all --limit 3')
        )
        self.assertEqual(
            everything[:5],
            self.json('adoptable node list --all --limit 3 --max-items 5'),
        )
        self.assertEqual(
            everything[5:],
            self.json(
                f'adoptable node list --all --marker {everything[4]["UUID"]}'
            ),
        )
        self.assertEqual(
            sorted(node['Name'] for node in good if node['Name'])[::-1],
            [
                node['Name']
                for node in self.json('adoptable node list --sort name:desc')
                if node['Name']
            ],
        )
        self.assertEqual(
            [TWO_NICS, BOND],
            [
                node['Name']
                for node in self.json(
                    'adoptable node list --resource-class baremetal.gold '
                    '--fields name'
                )
            ],
        )
        self.assertEqual([], self.json('adoptable node list --name nope'))

    def test_a_table_is_for_people(self):
        printed = self.run_('adoptable node list').stdout
        printed += self.run_('adoptable node list --all').stdout

        self.assertIn('52:54:00:07:02:01 -> 9e143bfa..', printed)
        self.assertIn('bond0 -> 99145e6b..', printed)
        self.assertIn('It is in maintenance', printed)
        self.assertNotIn('vif_port_id', printed)
        self.assertNotIn('{', printed)

    def test_csv_is_for_programs(self):
        printed = self.run_(
            'adoptable node list --long -f csv -c Name -c Image'
        ).stdout
        rows = list(csv.DictReader(io.StringIO(printed)))

        self.assertEqual(7, len(rows))
        self.assertTrue(all(row['Image'] for row in rows))

    def test_show(self):
        node = self.node(NO_CLASS)

        self.assertFalse(node['Adoptable'])
        self.assertEqual(
            ['no_resource_class'], [one['code'] for one in node['Reasons']]
        )
        self.assertIn(
            '"nope"', self.run_('adoptable node show nope', ok=False).stderr
        )

    def test_what_there_is_not_is_a_sentence(self):
        for typed, said in (
            ('adoptable node list --fields colour', '"colour"'),
            ('adoptable node list --sort colour', '"colour"'),
            ('adoptable node list --sort name:up', '"up"'),
            ('server list --status asleep', 'detached'),
            ('server list --flavor silver', "'silver'"),
            ('server show nope', "'nope'"),
            ('flavor show nope', "'nope'"),
        ):
            ended = self.run_(typed, ok=False)
            self.assertIn(said, ended.stderr)
            self.assertEqual(('', 1), (ended.stdout, ended.code))


class TestTakingOver(TestCase):
    def test_and_letting_go(self):
        before = self.node(TWO_NICS)

        server = self.json(f'server manage {TWO_NICS}')
        managed = self.node(TWO_NICS)
        self.run_(f'server unmanage {TWO_NICS}')

        self.assertEqual(
            (TWO_NICS, 'active', 'gold'),
            (server['Name'], server['Status'], server['Flavor']),
        )
        self.assertEqual(server['UUID'], managed['Server UUID'])
        self.assertEqual(
            ['managed'], [one['code'] for one in managed['Reasons']]
        )
        self.assertEqual(before, self.node(TWO_NICS))
        self.assertEqual([], self.json('server list'))

    def test_a_machine_that_is_off_is_stopped(self):
        server = self.json(f'server manage {OFF}')

        self.assertEqual(
            ('stopped', 'power off'), (server['Status'], server['Power State'])
        )

    def test_with_everything(self):
        ports = ' '.join(
            f'--port {nic["vif_port_id"]}'
            for nic in self.node(TWO_NICS)['Ports']
        )
        server = self.json(
            f'server manage {TWO_NICS} db-3 --flavor gold {ports} '
            '--project payroll --property rack=7 --property row=3 '
            '--description "the payroll" --availability-zone hall-2'
        )

        self.assertEqual(
            ('db-3', 'payroll', 'the payroll', 'hall-2'),
            (
                server['Name'],
                server['Project ID'],
                server['Description'],
                server['Availability Zone'],
            ),
        )
        self.assertEqual({'rack': '7', 'row': '3'}, server['Properties'])

    def test_a_second_time(self):
        server = self.json(f'server manage {BOND} db-3')

        ended = self.run_(f'server manage {BOND}', ok=False)

        self.assertIn(server['UUID'], ended.stderr)
        self.assertIn('"db-3"', ended.stderr)

    def test_what_is_in_the_way_is_said(self):
        for typed, said in (
            (f'{IN_MAINTENANCE}', 'maintenance'),
            (f'{NO_CLASS} --flavor gold', 'resource class'),
            (f'{UNNAMED}', 'pass a name'),
            (f'{NO_PORT}', 'carries no'),
            (f'{BOND} --flavor general', 'baremetal.gold'),
            (f'{BOND} --flavor silver', "'silver'"),
            (f'{BOND} --port eth0', 'pass the id of the port'),
            (f'{BOND} --port {UNNAMED}', UNNAMED),
            ('nope', '"nope"'),
        ):
            ended = self.run_(f'server manage {typed}', ok=False)
            self.assertIn(said, ended.stderr)
            self.assertEqual(('', 1), (ended.stdout, ended.code))
        self.assertEqual([], self.json('server list'))

    def test_a_dry_run_changes_nothing(self):
        plan = self.json(f'server manage {BOND} --dry-run')

        self.assertEqual(
            (True, BOND, 'gold'),
            (plan['Ready'], plan['Name'], plan['Flavor']),
        )
        self.assertTrue(self.node(BOND)['Adoptable'])

    def test_a_dry_run_tells_every_reason(self):
        plan = self.json(
            f'server manage {NO_PORT} --flavor gold --dry-run', ok=False
        )

        self.assertEqual(
            ['no_port', 'flavor_does_not_fit'],
            [one['code'] for one in plan['Reasons']],
        )


class TestServers(TestCase):
    def setUp(self):
        super().setUp()
        for node, name in ((OFF, 'db-1'), (BOND, 'db-2'), (TWO_NICS, 'db-2')):
            self.run_(f'server manage {node} {name}')

    def names(self, options: str = '') -> list[str]:
        return [one['Name'] for one in self.json(f'server list {options}')]

    def test_the_lists(self):
        for options, names in (
            ('', ['db-1', 'db-2', 'db-2']),
            ('--limit 1', ['db-1', 'db-2', 'db-2']),
            ('--max-items 2', ['db-1', 'db-2']),
            ('--sort name:desc', ['db-2', 'db-2', 'db-1']),
            ('--name db-2', ['db-2', 'db-2']),
            ('--status stopped', ['db-1']),
            (f'--node {OFF}', ['db-1']),
            ('--flavor gold', ['db-2', 'db-2']),
            ('--all-projects', ['db-1', 'db-2', 'db-2']),
            ('--project payroll', []),
        ):
            self.assertEqual(names, self.names(options), options)
        long = self.json('server list --long --name db-1')[0]
        self.assertEqual((OFF, 'general'), (long['Node'], long['Flavor']))

    def test_set_and_unset(self):
        self.run_('server set db-1 --property a=1 --property b=2')
        done = self.run_('server set db-1 --name db-9 --description hello')
        self.assertEqual('', done.stdout + done.stderr)
        self.run_('server unset db-9 --property a')

        server = self.json('server show db-9')
        self.assertEqual(
            ('hello', {'b': '2'}),
            (server['Description'], server['Properties']),
        )

        self.run_('server unset db-9 --description')
        self.assertIsNone(self.json('server show db-9')['Description'])

    def test_an_ambiguous_name_lists_the_candidates(self):
        ended = self.run_('server show db-2', ok=False)

        for server in self.json('server list --name db-2'):
            self.assertIn(server['UUID'], ended.stderr)

    def test_letting_go_of_several(self):
        ended = self.run_('server unmanage nope db-1 db-2', ok=False)

        self.assertIn("'nope'", ended.stderr)
        self.assertIn('2 of 3 servers could not be let go of.', ended.stderr)
        self.assertEqual(['db-2', 'db-2'], self.names())


class TestFlavors(TestCase):
    def test_create(self):
        made = self.json(
            'flavor create huge --resource baremetal.huge --description big '
            '--private --disable'
        )

        self.assertEqual(made, self.json('flavor show huge'))
        self.assertEqual(
            ({'baremetal.huge': 1}, 'big', False, True),
            (
                made['Resources'],
                made['Description'],
                made['Public'],
                made['Disabled'],
            ),
        )

    def test_set(self):
        done = self.run_(
            'flavor set gold --name silver --description shiny --private '
            '--disable'
        )

        flavor = self.json('flavor show silver')
        self.assertEqual('', done.stdout)
        self.assertEqual(
            ('shiny', False, True),
            (flavor['Description'], flavor['Public'], flavor['Disabled']),
        )

    def test_a_disabled_one_is_not_chosen(self):
        self.run_('flavor set gold --disable')

        ended = self.run_(f'server manage {BOND}', ok=False)

        self.assertIn('No flavor fits', ended.stderr)

    def test_one_in_use_stays(self):
        self.run_(f'server manage {BOND}')

        ended = self.run_('flavor delete gold general', ok=False)

        self.assertIn('1 of 2 flavors could not be deleted.', ended.stderr)
        self.assertEqual(
            ['gold'], [one['Name'] for one in self.json('flavor list')]
        )


class TestWithoutAService(testtools.TestCase):
    def test_a_stopped_one_is_a_sentence(self):
        service = self.useFixture(fixtures.ServiceFixture())
        openstack = self.useFixture(
            shell.OpenStackShell(
                '--os-auth-type', 'none', '--os-endpoint', service.url
            )
        )
        service.stop()

        ended = openstack.run('baremetalcompute server list', ok=False)

        self.assertIn(service.url, ended.stderr)
        self.assertIn('Connection refused', ended.stderr)
        self.assertEqual('', ended.stdout)
