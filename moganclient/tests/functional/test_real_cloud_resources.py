"""A real cloud: users and projects by name, and who may do what."""

from __future__ import annotations

import pathlib
from typing import Any

import fixtures

from moganclient.tests.functional import base
from moganclient.tests.functional import shell


class ResourcesTestCase(base.CloudTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.operator = self.shell('admin')
        self.demo = self.shell('demo')

    def ask(self, by: shell.OpenStackShell, command: str) -> Any:
        return by.run(f'baremetalcompute {command} -f json').json

    def tell(
        self, by: shell.OpenStackShell, command: str, *, ok: bool = True
    ) -> str:
        """What it says on standard error."""
        return by.run(f'baremetalcompute {command}', ok=ok).stderr


class TestKeypairs(ResourcesTestCase):
    def test_those_of_a_user_by_name(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        file = directory / 'key'
        self.tell(self.demo, f'keypair create mine --private-key {file}')
        self.addCleanup(self.tell, self.demo, 'keypair delete mine')

        self.assertEqual([], self.ask(self.operator, 'keypair list'))
        (listed,) = self.ask(
            self.operator, 'keypair list --user demo --user-domain Default'
        )
        self.assertEqual('mine', listed['Name'])
        said = self.tell(self.operator, 'keypair list --user nobody', ok=False)
        self.assertIn('No user "nobody"', said)
        # The private half has gone to one place.
        secret = file.read_text().splitlines()[3]
        self.assertNotIn(secret, self.service_log())

    def test_a_member_has_their_own_alone(self):
        self.tell(self.operator, 'keypair create theirs')
        self.addCleanup(self.tell, self.operator, 'keypair delete theirs')
        said = self.tell(self.demo, 'keypair delete theirs', ok=False)
        self.assertIn('theirs', said)
        admin = self.cloud.session('admin').get_user_id()
        for command in ('show', 'delete'):
            said = self.tell(
                self.demo, f'keypair {command} theirs --user {admin}', ok=False
            )
            self.assertNotIn('ssh-rsa', said)
        self.assertEqual(
            'theirs', self.ask(self.operator, 'keypair show theirs')['Name']
        )


class TestFlavors(ResourcesTestCase):
    def test_a_private_one_is_given_to_a_project_by_name(self):
        self.tell(
            self.operator,
            'flavor create hidden --resource baremetal.hidden --private',
        )
        self.addCleanup(self.tell, self.operator, 'flavor delete hidden')
        self.assertIn(
            "'hidden'", self.tell(self.demo, 'flavor show hidden', ok=False)
        )

        self.tell(self.operator, 'flavor set hidden --project demo')
        shown = self.ask(self.demo, 'flavor show hidden')
        self.assertEqual('hidden', shown['Name'])
        shown = self.ask(self.operator, 'flavor show hidden')
        self.assertEqual([self.cloud.project_id('demo')], shown['Access'])

        self.tell(self.operator, 'flavor unset hidden --project demo')
        self.assertIn(
            "'hidden'", self.tell(self.demo, 'flavor show hidden', ok=False)
        )


class TestAggregates(ResourcesTestCase):
    def test_an_operator_makes_a_zone_and_a_member_sees_its_name(self):
        node = self.machine(self.shared.spares[0])['name']
        self.tell(self.operator, 'aggregate create row --zone north')
        self.addCleanup(self.tell, self.operator, 'aggregate delete row')
        self.tell(self.operator, f'aggregate add node row {node}')

        self.assertEqual(
            [{'Node': node}],
            self.ask(self.operator, 'aggregate list node row'),
        )
        self.assertIn({'Node': node}, self.ask(self.operator, 'node list'))
        self.assertEqual(
            [{'Zone Name': 'north'}],
            self.ask(self.demo, 'availability zone list'),
        )
        for command in ('aggregate list', 'aggregate create x', 'node list'):
            said = self.tell(self.demo, command, ok=False)
            self.assertEqual(1, len(said.strip().splitlines()), said)


class TestServerGroups(ResourcesTestCase):
    def test_they_are_the_operator_s(self):
        made = self.ask(self.operator, 'server group create shards')
        self.addCleanup(self.tell, self.operator, 'server group delete shards')
        self.assertEqual(self.cloud.project_id('admin'), made['Project ID'])
        listed = self.ask(self.operator, 'server group list')
        self.assertEqual([made['UUID']], [one['UUID'] for one in listed])
        for command in ('list', 'create mine', f'show {made["UUID"]}'):
            said = self.tell(self.demo, f'server group {command}', ok=False)
            self.assertEqual(1, len(said.strip().splitlines()), said)


class TestManageable(ResourcesTestCase):
    def test_the_old_name_lists_the_same(self):
        listed = self.ask(self.operator, 'manageable server list')
        adoptable = self.ask(self.operator, 'adoptable node list')
        self.assertEqual(
            {node['UUID'] for node in adoptable},
            {node['UUID'] for node in listed},
        )
        said = self.tell(self.demo, 'manageable server list', ok=False)
        self.assertEqual(1, len(said.strip().splitlines()), said)
