"""Tests of the commands of flavors."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient.osc.v1 import flavor
from moganclient.osc.v1 import flavor_set
from moganclient.service.db import api as db_api
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

FLAVORS = f'{fakes.MOGAN}/flavors'
ONE = f'{FLAVORS}/{fakes.FLAVOR_UUID}'


class Base(base.TestCase):
    COMMAND: type[Any]

    def setUp(self) -> None:
        super().setUp()
        self.http.get(FLAVORS, json={'flavors': [fakes.FLAVOR]})
        self.http.get(ONE, json=fakes.FLAVOR)
        self.http.post(FLAVORS, json=fakes.FLAVOR, status_code=201)
        self.http.patch(ONE, json=fakes.FLAVOR)
        self.http.delete(ONE, status_code=204)

    def said(self, *argv: str) -> Any:
        """The body that is sent when this is typed."""
        self.run_command(self.COMMAND, *argv)
        return self.body


@ddt.ddt
class TestCreate(Base):
    COMMAND = flavor.CreateFlavor

    @ddt.data(
        ('baremetal.gold', {'baremetal.gold': 1}),
        ('CUSTOM_BAREMETAL_GOLD=2', {'CUSTOM_BAREMETAL_GOLD': 2}),
    )
    @ddt.unpack
    def test_resources(self, typed, sent):
        body = self.said('gold', '--resource', typed)
        self.assertEqual(sent, body['resources'])

    def test_defaults(self):
        self.assertEqual(
            {
                'name': 'gold',
                'resources': {'x': 1},
                'is_public': True,
                'disabled': False,
            },
            self.said('gold', '--resource', 'x'),
        )

    def test_private_disabled_and_described(self):
        body = self.said(
            'gold', '--resource', 'x', '--private', '--disable',
            '--description', 'd',
        )  # fmt: skip
        self.assertEqual(
            (False, True, 'd'),
            (body['is_public'], body['disabled'], body['description']),
        )

    @ddt.data('=1', 'x=', 'x=0', 'x=y')
    def test_no_such_resource(self, typed):
        self.assertRaises(SystemExit, self.said, 'gold', '--resource', typed)
        self.assertIn('argument --resource', self.stderr.getvalue())

    def test_it_is_shown(self):
        shown = self.json(self.COMMAND, 'gold', '--resource', 'x')
        self.assertEqual('gold', shown['Name'])
        self.assertEqual({'CUSTOM_BAREMETAL_GOLD': 1}, shown['Resources'])

    def test_a_mistyped_column_comes_before_the_flavor(self):
        said = self.error(
            self.COMMAND, 'gold', '--resource', 'x', '-c', 'Nmae'
        )
        self.assertIn('There is no column "Nmae"', said)
        self.assertEqual([], self.sent())

    def test_the_name_is_taken(self):
        self.http.post(FLAVORS, status_code=409, json=base.fault('Taken.'))
        self.assertEqual(
            'Taken.', self.error(self.COMMAND, 'gold', '--resource', 'x')
        )

    def test_traits_and_aggregates(self):
        body = self.said(
            'gold', '--resource', 'x', '--trait', 'CUSTOM_A', '--trait',
            'CUSTOM_B', '--aggregate-property', 'ssd=true',
        )  # fmt: skip
        self.assertEqual(
            (['CUSTOM_A', 'CUSTOM_B'], {'ssd': 'true'}),
            (body['traits'], body['resource_aggregates']),
        )

    def test_a_private_one_for_projects(self):
        self.http.post(f'{ONE}/access', status_code=204)
        shown = self.json(
            self.COMMAND, 'gold', '--resource', 'x', '--private',
            '--project', 'p1', '--project', 'p2',
        )  # fmt: skip
        self.assertEqual({'tenant_id': 'p2'}, self.body)
        self.assertEqual(['p1', 'p2'], shown['Access'])

    def test_a_public_one_for_a_project(self):
        said = self.error(
            self.COMMAND, 'gold', '--resource', 'x', '--project', 'p1'
        )
        self.assertIn('--private', said)
        self.assertEqual([], self.sent())


class TestList(Base):
    COMMAND = flavor.ListFlavor

    def test_a_short_table(self):
        self.assertEqual(
            [
                ['UUID', 'Name', 'Resources', 'Description'],
                [
                    fakes.FLAVOR_UUID,
                    'gold',
                    'CUSTOM_BAREMETAL_GOLD=1',
                    'None',
                ],
            ],
            self.table(self.COMMAND),
        )

    def test_long_says_who_may_have_it(self):
        listed = self.json(self.COMMAND, '--long')[0]
        self.assertEqual((True, False), (listed['Public'], listed['Disabled']))

    def test_help_names_the_service_s_sort_keys(self):
        self.assertEqual(
            sorted(db_api.FLAVOR_SORT_KEYS), sorted(flavor.SORT_KEYS)
        )


class TestShow(Base):
    COMMAND = flavor.ShowFlavor

    def test_by_name(self):
        self.assertEqual(
            fakes.FLAVOR_UUID, self.json(self.COMMAND, 'gold')['UUID']
        )

    def test_no_such_flavor(self):
        self.http.get(FLAVORS, json={'flavors': []})
        self.assertIn("'silver'", self.error(self.COMMAND, 'silver'))

    def test_a_private_one_says_who_may_have_it(self):
        self.http.get(ONE, json={**fakes.FLAVOR, 'is_public': False})
        self.http.get(f'{ONE}/access', json={'flavor_access': ['p1']})
        shown = self.json(self.COMMAND, fakes.FLAVOR_UUID)
        self.assertEqual(['p1'], shown['Access'])

    def test_a_private_one_to_who_may_not_know(self):
        self.http.get(ONE, json={**fakes.FLAVOR, 'is_public': False})
        self.http.get(f'{ONE}/access', status_code=403)
        shown = self.json(self.COMMAND, fakes.FLAVOR_UUID)
        self.assertIsNone(shown['Access'])


@ddt.ddt
class TestSet(Base):
    COMMAND = flavor_set.SetFlavor

    @ddt.data(
        (('--name', 'n'), {'/name': 'n'}),
        (('--description', 'd'), {'/description': 'd'}),
        (('--description', ''), {'/description': None}),
        (('--public',), {'/is_public': True}),
        (('--private',), {'/is_public': False}),
        (('--enable',), {'/disabled': False}),
        (('--disable', '--private'), {'/disabled': True, '/is_public': False}),
    )
    @ddt.unpack
    def test_only_what_is_typed_changes(self, argv, changed):
        patch = self.said('gold', *argv)
        self.assertEqual(
            changed, {change['path']: change['value'] for change in patch}
        )

    def test_it_is_quiet(self):
        self.assertEqual(
            '', self.run_command(self.COMMAND, 'gold', '--public')
        )

    def test_nothing_to_change(self):
        self.assertIn('Nothing to change', self.error(self.COMMAND, 'gold'))

    def test_a_trait_is_added(self):
        self.http.get(ONE, json={**fakes.FLAVOR, 'traits': ['CUSTOM_A']})
        (change,) = self.said(fakes.FLAVOR_UUID, '--trait', 'CUSTOM_B')
        self.assertEqual(
            ('/traits', ['CUSTOM_A', 'CUSTOM_B']),
            (change['path'], change['value']),
        )

    @ddt.data((('--trait', 'CUSTOM_B'), ['CUSTOM_B']), ((), []))
    @ddt.unpack
    def test_traits_are_replaced(self, argv, traits):
        self.http.get(ONE, json={**fakes.FLAVOR, 'traits': ['CUSTOM_A']})
        (change,) = self.said(fakes.FLAVOR_UUID, '--no-trait', *argv)
        self.assertEqual(traits, change['value'])

    def test_projects_are_let_in(self):
        self.http.post(f'{ONE}/access', status_code=204)
        self.assertEqual(
            {'tenant_id': 'p1'}, self.said('gold', '--project', 'p1')
        )

    def test_one_of_two_projects_is_not(self):
        self.http.post(
            f'{ONE}/access',
            [
                {'status_code': 409, 'json': base.fault('It is public.')},
                {'status_code': 204},
            ],
        )
        self.assertEqual(
            '1 of 2 projects could not be let in.',
            self.error(
                self.COMMAND, 'gold', '--project', 'p1', '--project', 'p2'
            ),
        )
        self.assertIn('It is public.', self.logged.output)


@ddt.ddt
class TestUnset(Base):
    COMMAND = flavor_set.UnsetFlavor

    def setUp(self) -> None:
        super().setUp()
        self.http.get(
            ONE, json={**fakes.FLAVOR, 'traits': ['CUSTOM_A', 'CUSTOM_B']}
        )
        self.http.delete(f'{ONE}/access/p1', status_code=204)

    @ddt.data(
        (('--description',), '/description', None),
        (('--trait', 'CUSTOM_A'), '/traits', ['CUSTOM_B']),
    )
    @ddt.unpack
    def test_what_is_typed_goes(self, argv, path, value):
        (change,) = self.said(fakes.FLAVOR_UUID, *argv)
        self.assertEqual((path, value), (change['path'], change['value']))

    def test_a_project_is_shut_out(self):
        self.run_command(self.COMMAND, fakes.FLAVOR_UUID, '--project', 'p1')
        self.assertEqual(
            f'DELETE /flavors/{fakes.FLAVOR_UUID}/access/p1', self.sent()[-1]
        )

    def test_a_trait_that_it_does_not_have(self):
        said = self.error(self.COMMAND, fakes.FLAVOR_UUID, '--trait', 'X')
        self.assertIn('has no trait "X"', said)
        self.assertNotIn('PATCH', ' '.join(self.sent()))

    def test_nothing_to_change(self):
        self.assertIn('Nothing to change', self.error(self.COMMAND, 'gold'))


@ddt.ddt
class TestOlderService(base.TestCase):
    NEWEST = '1.3'

    @ddt.data(('--trait', 'CUSTOM_A'), ('--project', 'p1'))
    def test_nothing_is_looked_up(self, argv):
        for command in (flavor_set.SetFlavor, flavor_set.UnsetFlavor):
            said = self.error(command, 'gold', *argv)
            self.assertIn('API version 1.4 is needed', said)
        self.assertEqual([], self.sent())


class TestDelete(Base):
    COMMAND = flavor.DeleteFlavor

    def test_several_quietly(self):
        printed = self.run_command(self.COMMAND, 'gold', fakes.FLAVOR_UUID)
        self.assertEqual('', printed)
        self.assertEqual(
            2,
            self.sent().count(f'DELETE /flavors/{fakes.FLAVOR_UUID}'),
        )

    def test_one_of_two_is_in_use(self):
        self.http.delete(
            ONE,
            [
                {'status_code': 409, 'json': base.fault('In use.')},
                {'status_code': 204},
            ],
        )
        self.assertEqual(
            '1 of 2 flavors could not be deleted.',
            self.error(self.COMMAND, 'gold', 'gold'),
        )
        self.assertIn('In use.', self.logged.output)
