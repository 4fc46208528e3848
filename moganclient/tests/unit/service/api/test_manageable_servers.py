"""The retired API's way of taking machines over."""

from __future__ import annotations


import ddt

from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone

PATH = '/v1/manageable_servers'

NOOP = base.node(
    6,
    network_interface='noop',
    nics=[{'uuid': base.uuid(2, 6), 'address': '52:54:00:00:00:06'}],
)
BARE = base.node(7, name=None, nics=[])
GONE = base.node(8)
TEAMED = base.node(
    9,
    portgroups=[
        {
            'uuid': base.uuid(5, 9),
            'name': 'bond0',
            'address': '52:54:00:00:00:99',
            'mode': '802.3ad',
            'vif_port_id': base.uuid(3, 19),
        }
    ],
)
NODES = [*base.NODES, NOOP, BARE, GONE, TEAMED]
PORTS = [
    *base.PORTS,
    base.port(6, host_id=base.uuid(1, 6)),
    base.port(9),
    base.port(19, host_id=base.uuid(1, 9)),
]


class ListTest(base.ApiTest):
    NODES = NODES
    PORTS = PORTS

    def nodes(self):
        answer = self.call('GET', PATH)
        self.assertEqual(200, answer.status_code, answer.text)
        return {
            node['uuid']: node for node in answer.json['manageable_servers']
        }

    def test_node_has_the_members_of_then(self):
        self.assertEqual(
            {
                'uuid': base.uuid(1, 9),
                'name': 'node-9',
                'resource_class': 'baremetal.gold',
                'power_state': 'power on',
                'provision_state': 'active',
                'image_source': None,
                'ports': [
                    {
                        'uuid': base.uuid(2, 9),
                        'address': '52:54:00:00:00:09',
                        'neutron_port_id': base.uuid(3, 9),
                    }
                ],
                'portgroups': [
                    {
                        'uuid': base.uuid(5, 9),
                        'address': '52:54:00:00:00:99',
                        'mode': '802.3ad',
                        'neutron_port_id': base.uuid(3, 19),
                    }
                ],
            },
            self.nodes()[base.uuid(1, 9)],
        )

    def test_only_what_can_be_taken_over_is_there(self):
        self.assertEqual(
            {base.uuid(1, number) for number in (1, 2, 3, 6, 9)},
            set(self.nodes()),
        )

    def test_address_without_version_is_the_same(self):
        self.assertEqual(
            self.call('GET', PATH).json,
            self.call('GET', '/manageable_servers/').json,
        )

    def test_arguments_are_refused_as_then(self):
        error = self.fault(self.call('GET', PATH + '?limit=1'), 400)
        self.assertIn('limit', error['detail'])

    def test_version_before_it_is_told_so(self):
        error = self.fault(self.call('GET', PATH, version='1.3'), 404)
        self.assertEqual('baremetal-compute.version_too_low', error['code'])

    def test_driver_that_cannot_list_is_said(self):
        def refuse(*args, **kwargs):
            raise NotImplementedError

        self.runtime.driver.list_adoptable_nodes = refuse
        self.fault(self.call('GET', PATH), 501)


class PagesTest(base.ApiTest):
    OPTIONS = {'api': {'max_limit': 1}}

    def test_every_node_is_on_the_one_page(self):
        found = self.call('GET', PATH).json
        self.assertEqual({'manageable_servers'}, set(found))
        self.assertEqual(
            ['node-1', 'node-2', 'node-3'],
            [node['name'] for node in found['manageable_servers']],
        )


@ddt.ddt
class ManageTest(base.ApiTest):
    NODES = NODES
    PORTS = PORTS

    def post(self, number=1, **more):
        version = more.pop('version', None)
        body = {'name': 'db-3', 'node_uuid': base.uuid(1, number), **more}
        return self.call('POST', PATH, json=body, version=version)

    def test_server_is_there_with_the_ports_that_the_node_carries(self):
        answer = self.post(9, description='adopted', metadata={'rack': '1'})
        self.assertEqual(201, answer.status_code, answer.text)
        server = answer.json
        self.assertEqual(
            f'http://localhost/v1/servers/{server["uuid"]}',
            answer.headers['Location'],
        )
        self.assertEqual(
            ('active', 'node-9', None, 'adopted', {'rack': '1'}),
            (
                server['status'],
                server['node'],
                server['flavor_uuid'],
                server['description'],
                server['metadata'],
            ),
        )
        row = self.runtime.db.get_server(server['uuid'])
        self.assertEqual(
            {base.uuid(3, 9), base.uuid(3, 19)},
            {port.port_id for port in row.ports},
        )

    def test_members_of_the_server_are_those_of_then(self):
        found = set(self.post().json)
        self.assertEqual(set(), found & {'protected', 'adopted', 'locked_by'})

    def test_port_is_found_by_mac_where_no_vif_is_recorded(self):
        server = self.post(6).json
        row = self.runtime.db.get_server(server['uuid'])
        self.assertEqual(
            [base.uuid(3, 6)], [port.port_id for port in row.ports]
        )

    def test_uuid_can_be_in_any_case(self):
        answer = self.post(node_uuid=base.uuid(1, 1).upper())
        self.assertEqual(201, answer.status_code, answer.text)

    def test_description_can_be_null(self):
        answer = self.post(description=None)
        self.assertIsNone(answer.json['description'])

    def test_flavorless_server_is_shown_and_let_go(self):
        server = self.post().json
        path = f'/v1/servers/{server["uuid"]}'
        self.assertIsNone(self.call('GET', path).json['flavor_uuid'])
        answer = self.call(
            'POST', f'{path}/unmanage', content_type='application/json'
        )
        self.assertEqual(204, answer.status_code, answer.text)

    @ddt.data((4, 'in_maintenance'), (5, 'not_active'), (7, 'no_port'))
    @ddt.unpack
    def test_node_that_cannot_be_had_is_forbidden_as_then(self, number, code):
        error = self.fault(self.post(number), 403)
        self.assertEqual(code, error['reasons'][0]['code'])

    def test_node_that_has_a_server_is_forbidden_as_then(self):
        self.post()
        self.assertEqual(
            'baremetal-compute.node_has_server',
            self.fault(self.post(), 403)['code'],
        )

    def test_node_that_has_a_server_is_a_conflict_for_who_knows_1_4(self):
        self.post()
        self.fault(self.post(version='1.4'), 409)

    def test_name_of_a_node_is_forbidden_as_then(self):
        error = self.fault(self.post(node_uuid='node-1'), 403)
        self.assertIn('"node-1"', error['detail'])

    def test_name_of_a_node_is_not_found_for_who_knows_1_4(self):
        self.fault(self.post(node_uuid='node-1', version='1.4'), 404)

    def test_unknown_node_is_forbidden_as_then(self):
        self.fault(self.post(77), 403)

    def test_port_that_is_gone_is_not_found_as_then(self):
        self.assertEqual(
            'port_not_found',
            self.fault(self.post(8), 404)['reasons'][0]['code'],
        )

    @ddt.data({}, {'name': 'x'}, [], {'name': 1, 'node_uuid': 2})
    def test_body_that_is_none_is_refused(self, body):
        self.fault(self.call('POST', PATH, json=body), 400)

    def test_flavor_has_no_place_in_the_body(self):
        answer = self.post(flavor_uuid=base.uuid(9, 9))
        self.assertIn('flavor_uuid', self.fault(answer, 400)['detail'])

    def test_request_without_body_is_refused(self):
        answer = self.call('POST', PATH, content_type='application/json')
        self.fault(answer, 400)

    def test_nothing_else_can_be_done_with_one(self):
        answer = self.call('GET', f'{PATH}/{base.uuid(1, 1)}')
        self.fault(answer, 404)
        answer = self.call('DELETE', PATH)
        self.fault(answer, 405)
        self.assertEqual('GET, HEAD, POST', answer.headers['Allow'])


class PolicyTest(keystone.KeystoneTest):
    def test_member_may_neither_list_nor_take_over(self):
        who = self.token('member', 'reader', project='p')
        error = self.fault(self.call('GET', PATH, token=who), 403)
        self.assertIn('manageable_servers:list', error['detail'])
        body = {'name': 'x', 'node_uuid': base.uuid(1, 1)}
        error = self.fault(self.call('POST', PATH, token=who, json=body), 403)
        self.assertIn('manageable_servers:manage', error['detail'])

    def test_server_is_of_the_callers_project(self):
        body = {'name': 'x', 'node_uuid': base.uuid(1, 1)}
        answer = self.call('POST', PATH, token=self.admin(), json=body)
        self.assertEqual('admins', answer.json['project_id'])
        self.assertEqual('user-1', answer.json['user_id'])

    def test_system_scope_has_no_project_for_the_server(self):
        who = self.token('admin', system=True)
        body = {'name': 'x', 'node_uuid': base.uuid(1, 1)}
        error = self.fault(self.call('POST', PATH, token=who, json=body), 400)
        self.assertEqual('baremetal-compute.project_needed', error['code'])
        self.assertIn('/v1/servers/manage', error['detail'])
