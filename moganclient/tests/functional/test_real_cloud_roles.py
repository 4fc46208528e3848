"""A real cloud: who may do what, by the tokens of a real Keystone."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient import exceptions
from moganclient.tests.functional import base
from moganclient.v1 import client as v1

#: Plain users, and an admin of a plain project.
PLAIN = ('demo', 'viewer', 'demo-admin')


@ddt.ddt
class TestPlainUsers(base.CloudTestCase):
    @ddt.data(*PLAIN)
    def test_no_node_is_shown_to(self, name: str) -> None:
        plain = self.client(name)

        self.assertRaises(
            exceptions.Forbidden, plain.adoptable_node.list, all=True
        )
        self.assertRaises(
            exceptions.Forbidden, plain.adoptable_node.get, 'plain'
        )

    @ddt.data(*PLAIN)
    def test_no_machine_is_taken_over_by(self, name: str) -> None:
        machine = self.machine('owned')

        self.assertRaises(
            exceptions.Forbidden,
            self.manage,
            machine,
            by=self.client(name),
        )

        self.assert_nothing_written()

    @ddt.data(*PLAIN)
    def test_no_machine_is_let_go_by(self, name: str) -> None:
        demo = self.cloud.project_id('demo')
        server = self.manage(self.spare(), project_id=demo)

        self.assertRaises(
            exceptions.Forbidden, self.client(name).server.unmanage, server
        )

        self.assertEqual('active', self.admin.server.get(server).status)

    @ddt.data(*PLAIN)
    def test_the_shell_says_so_to(self, name: str) -> None:
        result = self.shell(name).run(
            'baremetalcompute adoptable node list', ok=False
        )

        self.assertEqual('', result.stdout)
        self.assertIn('adoptable_nodes:list', result.stderr)

    def test_a_member_sees_the_servers_of_the_project_only(self) -> None:
        demo = self.cloud.project_id('demo')
        mine = self.manage(self.spare(), project_id=demo)
        foreign = self.manage(self.spare())

        servers = self.client('demo').server.list()

        self.assertIn(mine.uuid, [server.uuid for server in servers])
        self.assertNotIn(foreign.uuid, [server.uuid for server in servers])

    def test_a_member_does_not_see_the_node(self) -> None:
        demo = self.cloud.project_id('demo')
        server = self.manage(self.spare(), project_id=demo)

        seen = self.client('demo').server.get(server.uuid).to_dict()

        self.assertEqual(
            set(),
            {'node', 'node_uuid', 'system_metadata', 'affinity_zone'}
            & set(seen),
        )

    def test_another_project_does_not_see_it_at_all(self) -> None:
        demo = self.cloud.project_id('demo')
        server = self.manage(self.spare(), project_id=demo)

        other = self.client('other')

        self.assertRaises(exceptions.NotFound, other.server.get, server.uuid)
        self.assertEqual([], other.server.list())


class TestAdministrators(base.CloudTestCase):
    def test_an_admin_with_system_scope_sees_all_servers(self) -> None:
        server = self.manage(self.spare())

        servers = self.client('system').server.list()

        self.assertIn(server.uuid, [one.uuid for one in servers])

    def test_system_scope_has_to_name_a_project(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest,
            self.manage,
            self.machine('plain'),
            by=self.client('system'),
        )

        self.assertIn('project', error.message)
        self.assert_nothing_written()

    def test_system_scope_takes_over_for_a_project(self) -> None:
        demo = self.cloud.project_id('demo')

        server = self.manage(
            self.spare(), by=self.client('system'), project_id=demo
        )

        self.assertEqual(demo, server.project_id)

    def test_the_server_is_the_callers_projects(self) -> None:
        server = self.manage(self.spare())

        self.assertEqual(self.cloud.project_id('admin'), server.project_id)


class TestTokens(base.CloudTestCase):
    def get(self, token: str | None) -> tuple[int, Any, Any]:
        headers = {} if token is None else {'X-Auth-Token': token}
        return self.service.request(
            'GET', '/v1/adoptable_nodes', headers=headers
        )

    def test_without_a_token_it_is_401(self) -> None:
        status, _, headers = self.get(None)

        self.assertEqual(401, status)
        self.assertIn('X-OpenStack-Request-Id', headers)

    def test_with_a_wrong_token_it_is_401(self) -> None:
        self.assertEqual(401, self.get('gAAAAnonsense')[0])

    def test_no_token_and_no_password_is_logged(self) -> None:
        self.manage(self.spare())
        token = self.cloud.session('admin').get_token()

        self.get(token)
        self.get('gAAAAnonsense')

        log = self.service.log
        for secret in (*base.SECRETS, str(token), 'gAAAAnonsense'):
            self.assertNotIn(secret, log)

    def test_a_token_and_an_endpoint_are_enough_for_a_dashboard(
        self,
    ) -> None:
        token = str(self.cloud.session('demo').get_token())
        server = self.manage(
            self.spare(), project_id=self.cloud.project_id('demo')
        )

        made = v1.Client(self.service.url, token=token)

        self.assertIn(server.uuid, [one.uuid for one in made.server.list()])
        self.assertNotIn(token, repr(made))

    def test_the_health_check_needs_no_token(self) -> None:
        self.assertEqual(200, self.service.request('GET', '/healthcheck')[0])

    def test_the_detailed_health_check_names_what_is_asked(self) -> None:
        token = str(self.cloud.session('admin').get_token())

        status, body, _ = self.service.request(
            'GET',
            '/healthcheck?detailed=true',
            headers={'X-Auth-Token': token},
        )

        self.assertEqual(200, status)
        for name in ('database', 'driver', 'networks', 'images'):
            self.assertIn(name, str(body).lower())
