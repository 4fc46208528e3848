"""Tests of flavors."""

from __future__ import annotations

import ddt

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import flavor

FLAVORS = fakes.MOGAN + '/flavors'
ONE = f'{FLAVORS}/{fakes.FLAVOR_UUID}'


@ddt.ddt
class TestFlavors(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(FLAVORS, json={'flavors': [fakes.FLAVOR]})
        self.http.post(FLAVORS, json=fakes.FLAVOR, status_code=201)
        self.http.get(ONE, json=fakes.FLAVOR)
        self.http.patch(ONE, json=fakes.FLAVOR)
        self.http.delete(ONE, status_code=204)

    def test_create(self):
        made = self.client.flavor.create('gold', {'baremetal.gold': 1})
        self.assertIsInstance(made, flavor.Flavor)
        self.assertEqual(
            {
                'name': 'gold',
                'resources': {'baremetal.gold': 1},
                'is_public': True,
                'disabled': False,
            },
            self.body,
        )

    def test_create_with_everything(self):
        self.client.flavor.create(
            'gold',
            {'baremetal.gold': '1'},
            description='d',
            is_public=False,
            disabled=True,
            resource_aggregates={},
        )
        self.assertEqual(
            {
                'name': 'gold',
                'resources': {'baremetal.gold': '1'},
                'description': 'd',
                'is_public': False,
                'disabled': True,
                'resource_aggregates': {},
            },
            self.body,
        )

    def test_create_as_the_predecessor_did(self):
        sent = {
            'name': 'gold',
            'resources': {'gold': 1},
            'resource_aggregates': {'rack': '8'},
            'is_public': False,
            'disabled': True,
            'description': 'd',
        }
        self.client.flavor.create(*sent.values())
        self.assertEqual(sent, self.body)
        self.client.flavor.create(**sent)
        self.assertEqual(sent, self.body)

    def test_update_as_the_predecessor_did(self):
        updates = [{'op': 'replace', 'path': '/name', 'value': 'silver'}]
        self.client.flavor.update(fakes.FLAVOR_UUID, updates=updates)
        self.assertEqual(updates, self.body)

    def test_create_sends_nothing_that_is_wrong(self):
        error = self.assertRaises(
            exceptions.ValidationError,
            self.client.flavor.create,
            '',
            {'a b': 0},
        )
        self.assertEqual(2, len(error.faults))
        self.assertEqual([], self.sent())

    def test_list(self):
        (found,) = self.client.flavor.list(
            name='gold',
            is_public=True,
            disabled=False,
            sort='name',
            limit=3,
            marker=fakes.FLAVOR_UUID,
        )
        self.assertEqual('gold', found.name)
        self.assertEqual(
            {
                'name': ['gold'],
                'is_public': ['true'],
                'disabled': ['false'],
                'sort': ['name'],
                'limit': ['3'],
                'marker': [fakes.FLAVOR_UUID],
            },
            self.http.last_request.qs,
        )

    def test_get(self):
        found = self.client.flavor.get(fakes.FLAVOR_UUID.upper())
        self.assertEqual(fakes.FLAVOR, found.to_dict())

    def test_find_by_name(self):
        self.assertEqual(
            fakes.FLAVOR_UUID, self.client.flavor.find('gold').uuid
        )
        self.assertEqual(['GET /flavors?name=gold'], self.sent())

    @ddt.data(
        {'name': 'silver'},
        {'description': 'd'},
        {'description': None},
        {'is_public': False},
        {'disabled': True},
    )
    def test_update(self, change):
        self.client.flavor.update(fakes.FLAVOR_UUID, **change)
        ((name, value),) = change.items()
        self.assertEqual(
            [{'op': 'replace', 'path': f'/{name}', 'value': value}], self.body
        )

    def test_update_by_name(self):
        self.client.flavor.update('gold', name='silver')
        self.assertEqual(
            [
                'GET /flavors?name=gold',
                f'PATCH /flavors/{fakes.FLAVOR_UUID}',
            ],
            self.sent(),
        )

    @ddt.data(
        {},
        {'name': ''},
        {'name': None},
        {'is_public': 'no'},
        {'updates': [{'op': 'test', 'path': '/name'}]},
    )
    def test_update_sends_nothing_that_is_wrong(self, change):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.flavor.update,
            fakes.FLAVOR_UUID,
            **change,
        )
        self.assertEqual([], self.sent())

    @ddt.data(fakes.FLAVOR_UUID, flavor.Flavor(fakes.FLAVOR), 'gold')
    def test_delete(self, thing):
        self.assertIsNone(self.client.flavor.delete(thing))
        self.assertEqual(
            f'DELETE /flavors/{fakes.FLAVOR_UUID}', self.sent()[-1]
        )

    def test_delete_of_one_in_use(self):
        self.http.delete(
            ONE,
            status_code=409,
            json={
                'errors': [
                    {
                        'code': 'baremetal-compute.flavor_in_use',
                        'detail': 'Server x has it.',
                    }
                ]
            },
        )
        error = self.assertRaises(
            exceptions.Conflict, self.client.flavor.delete, fakes.FLAVOR_UUID
        )
        self.assertEqual('Server x has it.', error.message)

    def test_fits(self):
        found = flavor.Flavor(fakes.FLAVOR)
        self.assertTrue(found.fits('baremetal.gold'))
        self.assertFalse(found.fits('baremetal.silver'))
        self.assertFalse(found.fits(None))


@ddt.ddt
class TestTraits(fakes.TestCase):
    def test_create(self):
        self.http.post(FLAVORS, json=fakes.FLAVOR, status_code=201)
        self.client.flavor.create('gold', {'x': 1}, traits=['HW_CPU_X86_VMX'])
        self.assertEqual(['HW_CPU_X86_VMX'], self.body['traits'])

    @ddt.data(['CUSTOM_A', 'CUSTOM_B'], [])
    def test_update(self, traits):
        self.http.patch(ONE, json=fakes.FLAVOR)
        self.client.flavor.update(fakes.FLAVOR_UUID, traits=traits)
        self.assertEqual(
            [{'op': 'replace', 'path': '/traits', 'value': traits}], self.body
        )

    def test_none_of_a_flavor_of_an_older_server(self):
        self.assertIsNone(flavor.Flavor(fakes.FLAVOR).traits)

    def test_what_is_no_trait(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.flavor.update,
            fakes.FLAVOR_UUID,
            traits=['a b'],
        )
        self.assertEqual([], self.sent())


class TestAccess(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(f'{ONE}/access', json={'flavor_access': ['p1', 'p2']})
        self.http.post(f'{ONE}/access', status_code=204)
        self.http.delete(f'{ONE}/access/p1', status_code=204)

    def test_get(self):
        self.assertEqual(
            ['p1', 'p2'], self.client.flavor.get_access(fakes.FLAVOR_UUID)
        )

    def test_add(self):
        self.client.flavor.add_tenant_access(fakes.FLAVOR_UUID, 'p1')
        self.assertEqual({'tenant_id': 'p1'}, self.body)

    def test_remove_by_the_flavor_s_name(self):
        self.http.get(FLAVORS, json={'flavors': [fakes.FLAVOR]})
        self.client.flavor.remove_tenant_access('gold', 'p1')
        self.assertEqual(
            f'DELETE /flavors/{fakes.FLAVOR_UUID}/access/p1', self.sent()[-1]
        )


class TestOlderServer(fakes.TestCase):
    NEWEST = '1.3'

    def test_nothing_is_sent(self):
        flavors = self.client.flavor
        for call in (
            lambda: flavors.get_access('gold'),
            lambda: flavors.add_tenant_access('gold', 'p'),
            lambda: flavors.remove_tenant_access('gold', 'p'),
            lambda: flavors.update('gold', traits=[]),
            lambda: flavors.update(
                'gold', [{'op': 'add', 'path': '/traits/-', 'value': 'X'}]
            ),
            lambda: flavors.create('gold', {'x': 1}, traits=[]),
        ):
            self.assertRaises(exceptions.UnsupportedVersion, call)
        self.assertEqual([], self.sent())
