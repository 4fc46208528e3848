"""A real cloud: which machines can be taken over, and why not the others."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient import exceptions
from moganclient.tests.functional import base
from moganclient.tests.functional.cloud import machines
from moganclient.tests.functional import recorder
from moganclient.tests.functional import test_real_cloud_takeover as takeover

#: Machine to the codes of all that speaks against it.
REASONS = {
    'no-vif': ['no_port'],
    'claimed': ['in_use'],
    'no-class': ['no_resource_class'],
    'in-maintenance': ['in_maintenance'],
    'retired': ['retired'],
    'vif-gone': ['port_not_found'],
    'vif-taken': ['port_in_use'],
    'available': ['not_active'],
    'manageable': ['not_active'],
    'enrolled': ['not_active'],
}


class ListTestCase(base.CloudTestCase):
    def seeded_uuids(self, *, adoptable: bool) -> set[str]:
        return {
            machine['uuid']
            for name, machine in self.cloud.seeded.items()
            if (name in takeover.KINDS or name.startswith('spare-'))
            is adoptable
        }


class TestShell(ListTestCase):
    """What an operator sees."""

    def test_exactly_the_adoptable_nodes_are_listed(self) -> None:
        rows = self.shell().run('baremetalcompute adoptable node list -f json')

        self.assertEqual(
            self.seeded_uuids(adoptable=True),
            {row['UUID'] for row in rows.json},
        )

    def test_with_all_the_others_are_listed_with_their_reasons(self) -> None:
        result = self.shell().run(
            'baremetalcompute adoptable node list --all -f json'
        )

        rows = {row['UUID']: row for row in result.json}
        self.assertEqual(
            self.seeded_uuids(adoptable=True)
            | self.seeded_uuids(adoptable=False),
            set(rows),
        )
        self.assertEqual(
            REASONS,
            {
                name: [r['code'] for r in rows[machine['uuid']]['Reasons']]
                for name, machine in self.cloud.seeded.items()
                if not rows[machine['uuid']]['Adoptable']
            },
        )

    def test_a_table_is_for_people(self) -> None:
        result = self.shell().run('baremetalcompute adoptable node list')

        vif = self.machine('plain')['vifs'][0]
        self.assertIn(f'52:54:00:00:00:01 -> {vif[:8]}', result.stdout)
        self.assertNotIn('{', result.stdout)

    def test_the_long_list_has_no_secret_of_a_signed_url(self) -> None:
        result = self.shell().run(
            'baremetalcompute adoptable node list --long -f json'
        )

        images = {row['UUID']: row['Image'] for row in result.json}
        self.assertEqual(
            machines.SIGNED_URL_SHOWN,
            images[self.machine('image-url')['uuid']],
        )
        for secret in base.SECRETS:
            self.assertNotIn(secret, result.stdout + self.service_log())

    def test_a_node_is_shown_by_its_name(self) -> None:
        result = self.shell().run(
            'baremetalcompute adoptable node show two-nics -f json'
        )

        machine = self.machine('two-nics')
        self.assertEqual(machine['uuid'], result.json['UUID'])
        self.assertEqual(
            dict(zip(machine['nics'], machine['vifs'], strict=True)).keys(),
            {port['address'] for port in result.json['Ports']},
        )
        self.assertCountEqual(
            machine['vifs'],
            [port['vif_port_id'] for port in result.json['Ports']],
        )

    def test_a_node_is_shown_by_a_uuid_in_upper_case(self) -> None:
        machine = self.machine('plain')

        result = self.shell().run(
            'baremetalcompute adoptable node show '
            f'{machine["uuid"].upper()} -f json'
        )

        self.assertEqual('plain', result.json['Name'])

    def test_a_node_that_is_not_there_is_named(self) -> None:
        result = self.shell().run(
            'baremetalcompute adoptable node show rack7-u12', ok=False
        )

        self.assertIn('rack7-u12', result.stderr)

    def test_another_process_prints_the_same(self) -> None:
        command = 'baremetalcompute adoptable node list --name gold -f json'
        shell = self.shell()

        self.assertEqual(shell.run(command).json, shell.spawn(command).json)


@ddt.ddt
class TestLibrary(ListTestCase):
    """What a program gets."""

    def nodes(self, **query: Any) -> list[Any]:
        return self.admin.adoptable_node.list(**query)

    def test_pages_of_any_size_are_the_same_list(self) -> None:
        whole = [node.uuid for node in self.nodes(all=True)]

        self.assertEqual(
            whole, [n.uuid for n in self.nodes(all=True, limit=7)]
        )

    def test_the_filters_are_repeated_on_every_page(self) -> None:
        # Ironic's own "next" links lose them.
        self.nodes()

        pages = [
            exchange.query
            for exchange in self.recorders.ironic.exchanges
            if exchange.path == '/v1/nodes/detail'
        ]
        self.assertGreater(len(pages), 3)
        for query in pages:
            del query['limit']
            query.pop('marker', None)
            self.assertEqual(pages[0], query)
        self.assertEqual(['active'], pages[0]['provision_state'])

    def test_what_it_costs_is_counted_in_pages_and_not_in_nodes(self) -> None:
        nodes = self.nodes()

        ironic = self.recorders.ironic
        asked = {exchange.path for exchange in ironic.exchanges}
        self.assertLessEqual(
            asked - {'/', '/v1'},
            {
                '/v1/nodes',
                '/v1/nodes/detail',
                '/v1/ports',
                '/v1/ports/detail',
                '/v1/portgroups',
                '/v1/portgroups/detail',
            },
        )
        self.assertLess(len(self.recorders.neutron.exchanges), len(nodes) / 2)

    def test_a_node_of_a_name(self) -> None:
        (node,) = self.nodes(name='late-vif')

        self.assertEqual(self.machine('late-vif')['uuid'], node.uuid)

    def test_nodes_of_a_resource_class(self) -> None:
        nodes = self.nodes(resource_class='baremetal.gold')

        self.assertEqual(['gold'], [node.name for node in nodes])

    def test_nodes_of_an_owner(self) -> None:
        demo = self.cloud.project_id('demo')

        self.assertEqual(['owned'], [n.name for n in self.nodes(owner=demo)])

    def test_nodes_in_an_order(self) -> None:
        names = [n.name for n in self.nodes(sort='name:desc') if n.name]

        self.assertEqual(sorted(names, reverse=True), names)

    def test_only_the_fields_that_are_asked_for(self) -> None:
        (node,) = self.nodes(name='gold', fields=['name', 'resource_class'])

        self.assertEqual(
            {'uuid', 'name', 'resource_class'}, set(node.to_dict())
        )

    def test_a_bond_has_its_vif(self) -> None:
        node = self.admin.adoptable_node.get('bond-without-address')

        (group,) = node.portgroups
        self.assertIsNone(group['address'])
        self.assertEqual(
            self.machine('bond-without-address')['vifs'],
            [group['vif_port_id']],
        )

    def test_a_nic_without_recorded_vif_has_the_port_of_its_mac(self) -> None:
        node = self.admin.adoptable_node.get('noop')

        (nic,) = node.ports
        self.assertEqual(self.machine('noop')['port'], nic['vif_port_id'])

    def test_a_server_that_has_it_is_named(self) -> None:
        machine = self.spare()
        server = self.manage(machine)

        node = self.admin.adoptable_node.get(machine['uuid'])

        self.assertEqual(server.uuid, node.server_uuid)
        self.assertEqual(['managed'], [r['code'] for r in node.reasons])

    @ddt.data('ironic', 'neutron')
    def test_a_cloud_that_fails_is_an_error_and_no_empty_list(
        self, name: str
    ) -> None:
        one = getattr(self.recorders, name)
        one.on('GET', '', before=recorder.reply(503), times=None)

        error = self.assertRaises(
            exceptions.ServiceUnavailable,
            self.impatient().adoptable_node.list,
        )

        self.assertIn(name.capitalize(), error.message)

    @ddt.data('ironic', 'neutron')
    def test_a_reset_connection_is_an_error_and_no_empty_list(
        self, name: str
    ) -> None:
        one = getattr(self.recorders, name)
        one.on('GET', '', before=recorder.drop, times=None)

        error = self.assertRaises(
            exceptions.ServiceUnavailable,
            self.impatient().adoptable_node.list,
        )

        self.assertIn(name.capitalize(), error.message)
