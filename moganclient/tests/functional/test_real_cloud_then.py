"""A real cloud: a client of the retired API, which knows no versions.

It has a token, sends plain requests and reads what it read then.
"""

from __future__ import annotations

import json
from typing import Any

from moganclient.tests.functional import base

PATH = '/v1/manageable_servers'


class TestClientOfThatTime(base.CloudTestCase):
    def ask(
        self, method: str, path: str, body: Any = None, user: str = 'admin'
    ) -> tuple[int, Any]:
        token = str(self.cloud.session(user).get_token())
        status, answer, _ = self.service.request(
            method, path, body, {'X-Auth-Token': token}
        )
        return status, answer

    def listed(self) -> dict[str, Any]:
        status, answer = self.ask('GET', PATH)
        self.assertEqual(200, status, answer)
        return {node['uuid']: node for node in answer['manageable_servers']}

    def take_over(self, machine: dict[str, Any]) -> Any:
        status, server = self.ask(
            'POST', PATH, {'name': 'then', 'node_uuid': machine['uuid']}
        )
        self.assertEqual(201, status, server)
        self.addCleanup(self.let_go, server['uuid'])
        return server

    def test_a_machine_is_listed_with_the_ports_that_it_carries(self) -> None:
        machine = self.spare()

        node = self.listed()[machine['uuid']]

        self.assertEqual(machine['name'], node['name'])
        self.assertEqual(
            set(machine['vifs']),
            {port['neutron_port_id'] for port in node['ports']} - {None},
        )

    def test_a_machine_in_maintenance_is_not_listed(self) -> None:
        machine = self.machine('in-maintenance')

        self.assertNotIn(machine['uuid'], self.listed())

        status, answer = self.ask(
            'POST', PATH, {'name': 'x', 'node_uuid': machine['uuid']}
        )
        self.assertEqual(403, status)
        self.assertIn(
            'maintenance',
            json.loads(answer['error_message'])['faultstring'],
        )
        self.assert_nothing_written()

    def test_a_machine_is_taken_over_and_looked_at(self) -> None:
        machine = self.spare()

        server = self.take_over(machine)

        self.assertEqual(
            (machine['name'], None, {'managed_server': 'True'}),
            (
                server['node'],
                server['flavor_uuid'],
                server['system_metadata'],
            ),
        )
        self.assertNotIn(machine['uuid'], self.listed())
        self.assert_only_its_own_written(machine)
        status, answer = self.ask(
            'GET', f'/v1/servers/{server["uuid"]}/networks'
        )
        self.assertEqual(200, status)
        self.assertEqual(
            machine['vifs'], [nic['port_id'] for nic in answer['nics']]
        )

    def test_it_is_taken_over_once(self) -> None:
        machine = self.spare()
        self.take_over(machine)

        status, answer = self.ask(
            'POST', PATH, {'name': 'again', 'node_uuid': machine['uuid']}
        )

        self.assertEqual(403, status, answer)

    def test_it_is_not_deleted_by_accident(self) -> None:
        machine = self.spare()
        server = self.take_over(machine)

        status, answer = self.ask('DELETE', f'/v1/servers/{server["uuid"]}')

        self.assertEqual(409, status)
        self.assertIn('unmanage', answer['error_message'])
        self.assertEqual(
            'active', self.api.node(machine['uuid'])['provision_state']
        )

    def test_a_member_may_neither_list_nor_take_over(self) -> None:
        machine = self.machine('owned')
        for method, body in (
            ('GET', None),
            ('POST', {'name': 'x', 'node_uuid': machine['uuid']}),
        ):
            status, answer = self.ask(method, PATH, body, 'demo')
            self.assertEqual(403, status)
            self.assertIn('manageable_servers', answer['error_message'])
        self.assert_nothing_written()

    def test_a_token_that_is_none_is_told_as_then(self) -> None:
        status, answer, _ = self.service.request(
            'GET', PATH, headers={'X-Auth-Token': 'nonsense'}
        )

        self.assertEqual(401, status)
        self.assertEqual(401, answer['error']['code'])
