"""Tests of making a plan at the command line."""

from __future__ import annotations

import json

from moganclient.adoption import plan as plans
from moganclient.tests.unit.adoption import cloud
from moganclient.tests.unit.osc.v1 import plans as base


class TestCreate(base.TestCase):
    def query(self) -> dict[str, list[str]]:
        """What nodes were asked for."""
        (asked,) = (
            one
            for one in self.cloud.http.request_history
            if one.path.endswith('/adoptable_nodes')
        )
        found: dict[str, list[str]] = asked.qs
        return found

    def test_a_plan_is_there_afterwards(self):
        self.openstack('create')
        self.assertEqual(
            [cloud.node_uuid(number) for number in range(self.COUNT)],
            [server.node for server in plans.Plan.load(self.path).servers],
        )

    def test_what_is_in_it_is_shown(self):
        self.reason(0)
        self.reason(1, 'retired')
        self.assertEqual(
            {
                'File': str(self.path),
                'Endpoint': cloud.ENDPOINT,
                'Region': None,
                'Servers': 1,
                'Left Out': {'not_active': 1, 'retired': 1},
            },
            self.json('create'),
        )

    def test_a_table_counts_reasons_one_a_line(self):
        self.reason(0)
        self.reason(1, 'retired')
        printed = self.openstack('create').stdout
        self.assertIn('| not_active=1', printed)
        self.assertIn('| retired=1', printed)

    def test_how_to_go_on_is_said(self):
        said = self.openstack('create').stderr
        self.assertIn(f'adoption plan check {self.path}\n', said)
        self.assertIn(f'adoption plan apply {self.path}\n', said)

    def test_a_file_with_a_blank_is_quoted(self):
        self.path = self.path.with_name('my fleet.yaml')
        said = self.openstack('create').stderr
        self.assertIn(f"adoption plan check '{self.path}'\n", said)

    def test_quietly(self):
        self.assertEqual('', self.openstack('create', quiet=True).stderr)

    def test_everything_that_can_be_said(self):
        self.openstack(
            'create',
            '--flavor', 'gold',
            '--project', 'p1',
            '--name-template', '{name}-{resource_class}',
            '--availability-zone', 'z',
        )  # fmt: skip
        server = plans.Plan.load(self.path).servers[0]
        self.assertEqual(
            ('rack1-u00-bm', 'gold', 'p1', 'z'),
            (
                server.name,
                server.flavor,
                server.project,
                server.availability_zone,
            ),
        )

    def test_filters(self):
        self.openstack(
            'create',
            '--name', 'n',
            '--resource-class', 'c',
            '--owner', 'o',
            '--conductor-group', 'g',
        )  # fmt: skip
        asked = self.query()
        self.assertEqual(
            [['n'], ['c'], ['o'], ['g']],
            [
                asked[key]
                for key in (
                    'name',
                    'resource_class',
                    'owner',
                    'conductor_group',
                )
            ],
        )

    def test_json_by_the_name(self):
        self.path = self.path.with_suffix('.json')
        self.openstack('create')
        self.assertEqual(1, json.loads(self.path.read_text())['version'])


class TestRefused(base.TestCase):
    """Nothing is asked of the cloud, and nothing is written."""

    def refused(self, *arguments: str) -> str:
        said = self.openstack('create', *arguments, code=2)
        self.assertEqual('', said.stdout)
        self.assertEqual([], self.cloud.asked)
        return said.stderr

    def test_a_file_that_there_is(self):
        self.path.write_text('mine')
        self.assertIn(str(self.path), self.refused())
        self.assertEqual('mine', self.path.read_text())

    def test_a_journal_of_an_earlier_plan(self):
        self.path.with_name('fleet.yaml.journal').write_text('mine')
        self.assertIn('fleet.yaml.journal', self.refused())

    def test_a_directory_that_there_is_not(self):
        self.path = self.path.parent / 'no' / 'fleet.yaml'
        self.assertIn(str(self.path), self.refused())

    def test_a_mistyped_column(self):
        self.assertIn('no column "Sevrers"', self.refused('-c', 'Sevrers'))

    def test_no_name_at_all(self):
        self.assertIn('empty', self.refused('--name-template', ''))


class TestNothing(base.TestCase):
    def test_nothing_can_be_taken_over(self):
        for number in range(self.COUNT):
            self.reason(number)
        said = self.openstack('create', code=2).stderr
        self.assertIn('not_active', said)
        self.assertIn('adoptable node list --all', said)
        self.assertFalse(self.path.exists())
