"""The list of what could be taken over, through the whole application."""

from __future__ import annotations

import urllib.parse

from moganclient.service.drivers import base as driver_base
from moganclient.tests.unit.service.api import base


class ListTest(base.ApiTest):
    def names(self, query=''):
        answer = self.call('GET', f'/v1/adoptable_nodes{query}')
        self.assertEqual(200, answer.status_code, answer.text)
        return [node['name'] for node in answer.json['adoptable_nodes']]

    def test_only_adoptable_nodes_are_listed(self):
        self.assertEqual(['node-1', 'node-2', 'node-3'], self.names())

    def test_all_lists_the_others_with_reasons(self):
        answer = self.call('GET', '/v1/adoptable_nodes?all=true')
        reasons = {
            node['name']: [reason['code'] for reason in node['reasons']]
            for node in answer.json['adoptable_nodes']
        }
        self.assertEqual([], reasons['node-1'])
        self.assertEqual(['in_maintenance'], reasons['node-4'])
        self.assertIn('not_active', reasons['node-5'])

    def test_node_that_is_taken_over_is_listed_with_all_alone(self):
        server = self.manage()
        self.assertNotIn('node-1', self.names())
        answer = self.call('GET', '/v1/adoptable_nodes?all=true&name=node-1')
        (node,) = answer.json['adoptable_nodes']
        self.assertEqual(
            (False, server['uuid']), (node['adoptable'], node['server_uuid'])
        )

    def test_filters_are_exact(self):
        self.assertEqual(
            ['node-3'], self.names('?resource_class=baremetal.silver')
        )
        self.assertEqual(['node-3'], self.names('?owner=demo'))
        self.assertEqual(['node-2'], self.names('?name=node-2'))
        self.assertEqual([], self.names('?name=node'))

    def test_sorted_both_ways(self):
        self.assertEqual(
            ['node-3', 'node-2', 'node-1'], self.names('?sort=name:desc')
        )
        self.assertEqual(
            ['node-1', 'node-2', 'node-3'], self.names('?sort=name')
        )

    def test_pages_lead_to_every_node_once(self):
        found = []
        path = '/v1/adoptable_nodes?limit=2&all=true&sort=name:desc'
        while path:
            answer = self.call('GET', path).json
            found += [node['name'] for node in answer['adoptable_nodes']]
            links = answer.get('adoptable_nodes_links', [])
            path = links[0]['href'] if links else None
        self.assertEqual([f'node-{n}' for n in (5, 4, 3, 2, 1)], found)

    def test_next_link_keeps_the_query(self):
        answer = self.call(
            'GET', '/v1/adoptable_nodes?limit=1&resource_class=baremetal.gold'
        ).json
        (link,) = answer['adoptable_nodes_links']
        url = urllib.parse.urlsplit(link['href'])
        self.assertEqual('next', link['rel'])
        self.assertEqual('/v1/adoptable_nodes', url.path)
        self.assertEqual(
            {
                'limit': '1',
                'resource_class': 'baremetal.gold',
                'marker': base.uuid(1, 1),
            },
            dict(urllib.parse.parse_qsl(url.query)),
        )

    def test_fields_reduce_but_for_the_uuid(self):
        answer = self.call('GET', '/v1/adoptable_nodes?fields=name,reasons')
        self.assertEqual(
            {'uuid', 'name', 'reasons'},
            set(answer.json['adoptable_nodes'][0]),
        )

    def test_every_key_that_drivers_sort_by_is_taken(self):
        for key in driver_base.SORT_KEYS:
            self.names(f'?sort={key}:asc')

    def test_unknown_marker_is_a_bad_request(self):
        answer = self.call(
            'GET', f'/v1/adoptable_nodes?marker={base.uuid(9, 9)}'
        )
        self.assertIn('marker', self.fault(answer, 400)['detail'])

    def test_unversioned_path_answers_too(self):
        self.assertEqual(
            self.call('GET', '/v1/adoptable_nodes').json,
            self.call('GET', '/adoptable_nodes/').json,
        )


class ShowTest(base.ApiTest):
    def test_node_is_found_by_name_and_by_uuid_in_any_case(self):
        by_name = self.call('GET', '/v1/adoptable_nodes/node-1').json
        uuid = base.uuid(1, 1)
        self.assertEqual(uuid, by_name['uuid'])
        for ident in (uuid, uuid.upper()):
            self.assertEqual(
                by_name, self.call('GET', f'/v1/adoptable_nodes/{ident}').json
            )

    def test_node_has_every_member(self):
        answer = self.call('GET', '/v1/adoptable_nodes/node-1').json
        self.assertEqual(
            {
                'uuid': base.uuid(1, 1),
                'name': 'node-1',
                'power_state': 'power on',
                'provision_state': 'active',
                'created_at': None,
                'resource_class': 'baremetal.gold',
                'owner': None,
                'conductor_group': None,
                'properties': {},
                'instance_info': {},
                'image_source': None,
                'ports': [
                    {
                        'uuid': base.uuid(2, 1),
                        'address': '52:54:00:00:00:01',
                        'vif_port_id': base.uuid(3, 1),
                        'href': None,
                        'rel': 'bookmark',
                    }
                ],
                'portgroups': [],
                'adoptable': True,
                'reasons': [],
                'server_uuid': None,
            },
            answer,
        )

    def test_node_that_is_not_adoptable_is_shown(self):
        answer = self.call('GET', '/v1/adoptable_nodes/node-4').json
        self.assertFalse(answer['adoptable'])
        self.assertIn('disk', answer['reasons'][0]['message'])

    def test_fields_reduce(self):
        answer = self.call('GET', '/v1/adoptable_nodes/node-1?fields=ports')
        self.assertEqual({'uuid', 'ports'}, set(answer.json))

    def test_unknown_node_is_not_found(self):
        answer = self.call('GET', '/v1/adoptable_nodes/nonesuch')
        error = self.fault(answer, 404)
        self.assertEqual('baremetal-compute.node_not_found', error['code'])
        self.assertIn('nonesuch', error['detail'])

    def test_name_with_nul_is_not_found(self):
        self.fault(self.call('GET', '/v1/adoptable_nodes/a%00b'), 404)


class NetworkTest(base.ApiTest):
    """How port groups, and nodes that record no VIFs, are shown."""

    NODES = [
        base.node(
            1,
            nics=[{'uuid': base.uuid(2, 1), 'address': '52:54:00:00:01:01'}],
            portgroups=[
                {
                    'uuid': base.uuid(6, 1),
                    'name': 'bond0',
                    'mode': '802.3ad',
                    'vif_port_id': base.uuid(3, 1),
                }
            ],
        ),
        base.node(
            2,
            network_interface='noop',
            nics=[
                {'uuid': base.uuid(2, 2), 'address': '52:54:00:00:00:02'},
                {'uuid': base.uuid(2, 3)},
            ],
        ),
    ]
    PORTS = [base.port(1), base.port(2)]

    def test_port_group_carries_the_vif(self):
        node = self.call('GET', '/v1/adoptable_nodes/node-1').json
        self.assertEqual(
            [
                {
                    'uuid': base.uuid(6, 1),
                    'name': 'bond0',
                    'address': None,
                    'mode': '802.3ad',
                    'vif_port_id': base.uuid(3, 1),
                    'href': None,
                    'rel': 'bookmark',
                }
            ],
            node['portgroups'],
        )
        self.assertIsNone(node['ports'][0]['vif_port_id'])

    def test_noop_shows_the_free_port_with_the_mac(self):
        node = self.call('GET', '/v1/adoptable_nodes/node-2').json
        self.assertEqual(
            [base.uuid(3, 2), None],
            [port['vif_port_id'] for port in node['ports']],
        )


class SecretsTest(base.ApiTest):
    NODES = [
        base.node(
            1,
            properties={
                'vendor': 'acme',
                'bmc': 'https://root:calvin@10.1.1.1/redfish?token=abc',
                'ipmi_password': 'calvin',
            },
            instance_info={
                'image_source': 'https://u:calvin@h/a.img?Signature=abc',
                'display_name': 'db-3',
                'configdrive': 'calvin',
                'ssh_key': 'calvin',
                'some_new_thing': 'calvin',
            },
            maintenance=True,
            maintenance_reason='see http://root:calvin@wiki/?token=abc',
        )
    ]

    def test_no_secret_is_shown(self):
        for path in ('adoptable_nodes?all=1', 'adoptable_nodes/node-1'):
            text = self.call('GET', f'/v1/{path}').text
            self.assertNotIn('calvin', text)
            self.assertNotIn('abc', text)

    def test_the_rest_is_shown(self):
        node = self.call('GET', '/v1/adoptable_nodes/node-1').json
        self.assertEqual('https://h/a.img', node['image_source'])
        self.assertEqual(
            {'image_source': 'https://h/a.img', 'display_name': 'db-3'},
            node['instance_info'],
        )
        self.assertEqual('acme', node['properties']['vendor'])
        self.assertEqual('https://10.1.1.1/redfish', node['properties']['bmc'])


class NoListingTest(base.ApiTest):
    def test_driver_without_listing_is_not_implemented(self):
        self.runtime.driver = driver_base.Driver()
        error = self.fault(self.call('GET', '/v1/adoptable_nodes'), 501)
        self.assertEqual('baremetal-compute.not_implemented', error['code'])
        self.assertIn('cannot list', error['detail'])

    def test_driver_without_nodes_is_not_implemented(self):
        self.runtime.driver = driver_base.Driver()
        self.fault(self.call('GET', '/v1/adoptable_nodes/node-1'), 501)
