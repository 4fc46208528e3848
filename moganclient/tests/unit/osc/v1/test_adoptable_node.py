"""Tests of the commands of adoptable nodes."""

from __future__ import annotations

from typing import Any
import urllib.parse

import ddt

from moganclient.osc.v1 import adoptable_node
from moganclient.service.drivers import base as driver
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

NODES = f'{fakes.MOGAN}/adoptable_nodes'
NODE: dict[str, Any] = {
    **fakes.NODE,
    'power_state': 'power on',
    'ports': [
        {
            'uuid': fakes.OTHER_UUID,
            'address': '52:54:00:5a:01:07',
            'vif_port_id': fakes.PORT_UUID,
        },
    ],
}
BAD_NODE = {
    **NODE,
    'name': None,
    'ports': [],
    'adoptable': False,
    'reasons': [{'code': 'retired', 'message': 'It is retired.'}],
}


@ddt.ddt
class TestList(base.TestCase):
    COMMAND = adoptable_node.ListAdoptableNode

    def setUp(self):
        super().setUp()
        self.answer(NODE)

    def answer(self, *nodes: dict[str, Any]) -> None:
        self.http.get(NODES, json={'adoptable_nodes': list(nodes)})

    def query(self, *argv: str) -> dict[str, list[str]]:
        """What the service is asked when this is typed."""
        self.run_command(self.COMMAND, *argv)
        url = urllib.parse.urlsplit(self.http.last_request.url)
        return urllib.parse.parse_qs(url.query)

    def fields(self, *argv: str) -> set[str]:
        return set(self.query(*argv)['fields'][0].split(','))

    def test_a_short_table(self):
        self.assertEqual(
            [
                ['UUID', 'Name', 'Resource Class', 'Power State', 'Ports'],
                [
                    fakes.NODE_UUID,
                    'rack7-u12',
                    'baremetal.gold',
                    'power on',
                    '52:54:00:5a:01:07 -> 3be26c0b..',
                ],
            ],
            self.table(self.COMMAND),
        )

    def test_programs_get_structures(self):
        self.assertEqual(NODE['ports'], self.json(self.COMMAND)[0]['Ports'])

    def test_no_node_is_an_empty_list(self):
        self.answer()
        self.assertEqual([], self.json(self.COMMAND))

    def test_port_groups_are_among_the_ports_of_the_table(self):
        self.answer(
            {
                **NODE,
                'ports': [],
                'portgroups': [
                    {'name': 'bond0', 'vif_port_id': fakes.PORT_UUID}
                ],
            }
        )
        self.assertIn('bond0 -> 3be26c0b..', self.run_command(self.COMMAND))

    def test_all_adds_the_reasons(self):
        self.answer(NODE, BAD_NODE)
        listed = self.json(self.COMMAND, '--all')
        self.assertEqual(
            [(True, []), (False, BAD_NODE['reasons'])],
            [(node['Adoptable'], node['Reasons']) for node in listed],
        )

    def test_reasons_take_the_place_of_the_ports(self):
        headings = self.table(self.COMMAND, '--all')[0]
        self.assertEqual(['Adoptable', 'Reasons'], headings[-2:])
        self.assertNotIn('Ports', headings)

    def test_all_and_long_has_both(self):
        headings = self.table(self.COMMAND, '--all', '--long')[0]
        self.assertIn('Ports', headings)
        self.assertIn('Reasons', headings)

    def test_all_is_asked_for(self):
        self.assertEqual(['true'], self.query('--all')['all'])

    def test_only_what_is_shown_is_asked_for(self):
        self.assertEqual(
            {
                'uuid',
                'name',
                'resource_class',
                'power_state',
                'ports',
                'portgroups',
            },
            self.fields(),
        )

    def test_long_shows_more(self):
        headings = self.json(self.COMMAND, '--long')[0]
        self.assertLessEqual(
            {'Image', 'Owner', 'Port Groups', 'Created At'}, set(headings)
        )

    @ddt.data(
        ('--fields', 'name,uuid'),
        ('--fields', 'name', 'uuid'),
        ('--fields', 'name', '--fields', 'uuid'),
        ('--fields', 'name, uuid'),
    )
    def test_fields_are_shown_in_the_order_typed(self, argv):
        self.assertEqual(['Name', 'UUID'], self.table(self.COMMAND, *argv)[0])

    def test_fields_are_asked_for(self):
        self.assertEqual(
            {'name', 'owner'}, self.fields('--fields', 'name,owner')
        )

    def test_a_field_of_a_newer_service_is_shown(self):
        self.answer({**NODE, 'lessee': 'x'})
        self.assertEqual(
            [{'Lessee': 'x'}], self.json(self.COMMAND, '--fields', 'lessee')
        )

    def test_no_field_is_no_choice(self):
        self.assertEqual(
            '--fields names no field.',
            self.error(self.COMMAND, '--fields', ','),
        )

    def test_fields_and_long_exclude_each_other(self):
        self.assertRaises(SystemExit, self.query, '--long', '--fields', 'name')

    @ddt.data(
        ('--name', 'name'),
        ('--resource-class', 'resource_class'),
        ('--owner', 'owner'),
        ('--conductor-group', 'conductor_group'),
        ('--sort', 'sort'),
        ('--marker', 'marker'),
    )
    @ddt.unpack
    def test_what_is_typed_is_asked(self, option, argument):
        self.assertEqual(['x'], self.query(option, 'x')[argument])

    def test_limit_is_a_page_and_max_items_is_all(self):
        self.answer(NODE, NODE, NODE)
        query = self.query('--limit', '2', '--max-items', '10')
        self.assertEqual(['2'], query['limit'])

    def test_max_items_ends_the_list(self):
        self.answer(NODE, NODE, NODE)
        self.assertEqual(2, len(self.json(self.COMMAND, '--max-items', '2')))

    def test_the_next_page_fails(self):
        self.http.get(
            NODES,
            [
                {
                    'json': {
                        'adoptable_nodes': [NODE],
                        'adoptable_nodes_links': [
                            {'rel': 'next', 'href': f'{NODES}?marker=x'}
                        ],
                    }
                },
                {'status_code': 403, 'json': base.fault('You may not.')},
            ],
        )
        self.assertEqual('You may not.', self.error(self.COMMAND))

    def test_help_names_the_service_s_sort_keys(self):
        self.assertEqual(
            sorted(driver.SORT_KEYS), sorted(adoptable_node.SORT_KEYS)
        )


class TestShow(base.TestCase):
    COMMAND = adoptable_node.ShowAdoptableNode

    def test_by_name(self):
        self.http.get(f'{NODES}/rack7-u12', json=NODE)
        shown = self.json(self.COMMAND, 'rack7-u12')
        self.assertEqual(fakes.NODE_UUID, shown['UUID'])
        self.assertEqual(NODE['ports'], shown['Ports'])

    def test_ports_are_whole(self):
        self.http.get(f'{NODES}/rack7-u12', json=NODE)
        self.assertIn(
            f'52:54:00:5a:01:07 -> {fakes.PORT_UUID}',
            self.run_command(self.COMMAND, 'rack7-u12'),
        )

    def test_reasons_are_sentences(self):
        self.http.get(f'{NODES}/rack7-u12', json=BAD_NODE)
        self.assertIn(
            'It is retired.', self.run_command(self.COMMAND, 'rack7-u12')
        )

    def test_no_such_node(self):
        self.http.get(
            f'{NODES}/x', status_code=404, json=base.fault('No node "x".')
        )
        self.assertEqual('No node "x".', self.error(self.COMMAND, 'x'))
