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
