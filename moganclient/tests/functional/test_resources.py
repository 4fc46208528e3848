"""Everything beside servers, by the real shell against the real service."""

from __future__ import annotations

import pathlib

import fixtures

from moganclient.tests.functional import living


class TestFlavors(living.TestCase):
    def test_traits_and_access(self):
        made = self.json(
            'flavor create gpu --resource baremetal.gold --trait CUSTOM_GPU '
            '--private --project p1 --aggregate-property ssd=true'
        )
        self.assertEqual(['CUSTOM_GPU'], made['Traits'])
        self.assertEqual(['p1'], made['Access'])
        self.assertEqual({'ssd': 'true'}, made['Aggregates'])

        self.quiet('flavor set gpu --trait HW_CPU_X86_VMX --project p2')
        shown = self.json('flavor show gpu')
        self.assertEqual(['CUSTOM_GPU', 'HW_CPU_X86_VMX'], shown['Traits'])
        self.assertEqual({'p1', 'p2'}, set(shown['Access']))

        self.quiet('flavor unset gpu --trait CUSTOM_GPU --project p1')
        shown = self.json('flavor show gpu')
        self.assertEqual(['HW_CPU_X86_VMX'], shown['Traits'])
        self.assertEqual(['p2'], shown['Access'])

        self.quiet('flavor set gpu --no-trait')
        listed = self.json('flavor list --long')
        self.assertEqual(
            [[]], [one['Traits'] for one in listed if one['Name'] == 'gpu']
        )
        self.assertIn(
            'is public',
            self.refused('flavor set general --project p1'),
        )
        self.quiet('flavor delete gpu')


class TestKeypairs(living.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def test_one_that_the_service_makes(self):
        file = self.path / 'key'
        made = self.json(f'keypair create key1 --private-key {file}')
        self.assertIn('PRIVATE KEY', file.read_text())
        self.assertEqual(0o600, file.stat().st_mode & 0o777)
        self.assertNotIn('PRIVATE KEY', self.service.log)
        shown = self.json('keypair show key1')
        self.assertEqual(made['Fingerprint'], shown['Fingerprint'])
        self.assertIn(
            'already',
            self.refused(f'keypair create key2 --private-key {file}'),
        )
        listed = self.json('keypair list')
        self.assertEqual(['key1'], [one['Name'] for one in listed])

    def test_one_that_is_printed_and_imported_elsewhere(self):
        private = self.run_('keypair create key1').stdout
        self.assertTrue(private.startswith('-----BEGIN'), private[:20])
        self.assertTrue(private.endswith('-----\n'), private[-20:])
        public = self.run_('keypair show key1 --public-key').stdout
        file = self.path / 'key.pub'
        file.write_text(public)
        again = self.json(f'keypair create key2 --public-key {file}')
        first = self.json('keypair show key1')
        self.assertEqual(first['Fingerprint'], again['Fingerprint'])
        self.assertIn('key1', self.refused('keypair create key1'))
        third = self.json('keypair create key3')
        self.assertTrue(third['Private Key'].startswith('-----BEGIN'))
        self.quiet('keypair delete key3')
        self.assertIn('no name of a keypair', self.refused('keypair show ..'))
        said = self.refused('keypair delete key1 nope key2')
        self.assertIn('1 of 3 keypairs could not be deleted.', said)
        self.assertEqual([], self.json('keypair list --long'))

    def test_those_of_another_user(self):
        self.run_('keypair create key1 --user other')
        self.assertEqual([], self.json('keypair list'))
        (listed,) = self.json('keypair list --user other --long')
        self.assertEqual('other', listed['User ID'])
        self.json('keypair show key1 --user other')
        self.quiet('keypair delete key1 --user other')
        self.assertEqual([], self.json('keypair list --user other'))


class TestAggregates(living.TestCase):
    def test_all_nine(self):
        made = self.json('aggregate create rack8 --zone az1')
        self.assertEqual([], made['Nodes'])
        self.quiet('aggregate add node rack8 rack8-u01 rack8-u02')
        self.assertEqual(
            [{'Node': 'rack8-u01'}, {'Node': 'rack8-u02'}],
            sorted(
                self.json('aggregate list node rack8'),
                key=lambda row: row['Node'],
            ),
        )
        self.assertEqual(
            [{'Zone Name': 'az1'}], self.json('availability zone list')
        )
        said = self.refused('aggregate add node rack8 nope rack8-u03')
        self.assertIn('1 of 2 nodes could not be added.', said)
        self.quiet('aggregate remove node rack8 rack8-u02 rack8-u03')
        said = self.refused('aggregate remove node rack8 rack8-u03')
        self.assertIn('Node "rack8-u03" is not in aggregate "rack8"', said)

        self.quiet('aggregate set rack8 --name row8 --property ssd=true')
        shown = self.json('aggregate show row8')
        self.assertEqual(['rack8-u01'], shown['Nodes'])
        self.assertEqual(
            {'availability_zone': 'az1', 'ssd': 'true'}, shown['Properties']
        )
        self.quiet('aggregate unset row8 --property ssd')
        (listed,) = self.json('aggregate list --long')
        self.assertEqual(
            ('az1', {'availability_zone': 'az1'}),
            (listed['Availability Zone'], listed['Properties']),
        )
        self.assertIn(
            'has no property',
            self.refused('aggregate unset row8 --property x'),
        )
        said = self.refused('aggregate delete nope row8')
        self.assertIn('1 of 2 aggregates could not be deleted.', said)
        self.assertEqual([], self.json('aggregate list'))
        self.assertEqual([], self.json('availability zone list'))

    def test_a_node_is_in_one_availability_zone(self):
        self.run_('aggregate create one --zone az1')
        self.run_('aggregate create two --zone az2')
        self.quiet('aggregate add node one rack8-u01')
        said = self.refused('aggregate add node two rack8-u01')
        self.assertIn('az1', said)


class TestServerGroups(living.TestCase):
    def test_from_create_to_delete(self):
        made = self.json('server group create sg1 --policy anti-affinity')
        self.assertEqual(['anti-affinity'], made['Policies'])
        self.run_('server group create sg1')
        # Two of a name: the UUID says which.
        self.assertIn(made['UUID'], self.refused('server group show sg1'))
        shown = self.json(f'server group show {made["UUID"]}')
        self.assertEqual([], shown['Members'])
        self.assertEqual(2, len(self.json('server group list --long')))
        said = self.refused(f'server group delete nope {made["UUID"]}')
        self.assertIn('1 of 2 server groups could not be deleted.', said)
        self.quiet('server group delete sg1')
        self.assertEqual([], self.json('server group list'))


class TestNodes(living.TestCase):
    def test_all_are_named(self):
        listed = {row['Node'] for row in self.json('node list')}
        self.assertIn('rack8-u01', listed)
        # One that has no name is its UUID.
        self.assertIn('0ddaece8-9cb9-47a1-9ff9-0fbd3659b4fd', listed)
