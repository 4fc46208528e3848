"""Tests of taking a machine over and of letting go of it."""

from __future__ import annotations

import json
from typing import Any

import ddt
from keystoneauth1 import access
from keystoneauth1 import fixture as keystone
from osc_lib import exceptions

from moganclient.osc.v1 import server_manage
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

NODES = f'{fakes.MOGAN}/adoptable_nodes'
SERVERS = f'{fakes.MOGAN}/servers'
MANAGE = f'{SERVERS}/manage'
FLAVORS = f'{fakes.MOGAN}/flavors'
PORTS = f'{base.NEUTRON}/v2.0/ports'
SERVER = {**fakes.SERVER, 'flavor_uuid': fakes.FLAVOR_UUID}


class Base(base.TestCase):
    COMMAND = server_manage.ManageServer

    def setUp(self) -> None:
        super().setUp()
        self.node()
        self.flavors(fakes.FLAVOR)
        self.http.post(MANAGE, json=SERVER, status_code=201)

    def node(self, **more: Any) -> None:
        node = {**fakes.NODE, **more}
        for ident in ('rack7-u12', fakes.NODE_UUID):
            self.http.get(f'{NODES}/{ident}', json=node)

    def flavors(self, *flavors: dict[str, Any]) -> None:
        self.http.get(FLAVORS, json={'flavors': list(flavors)})
        for one in flavors:
            self.http.get(f'{FLAVORS}/{one["uuid"]}', json=one)

    def said(self, *argv: str) -> Any:
        """The body that is sent when this is typed."""
        self.run_command(self.COMMAND, *argv)
        (asked,) = (
            one for one in self.http.request_history if one.method == 'POST'
        )
        return asked.json()

    def writes(self) -> list[str]:
        return [asked for asked in self.sent() if not asked.startswith('GET')]


@ddt.ddt
class TestManage(Base):
    def test_with_just_a_node(self):
        self.assertEqual(
            {
                'name': 'rack7-u12',
                'node_uuid': fakes.NODE_UUID,
                'flavor_uuid': fakes.FLAVOR_UUID,
                'networks': [{'port_id': fakes.PORT_UUID}],
            },
            self.said('rack7-u12'),
        )

    def test_with_a_name(self):
        self.assertEqual('db-3', self.said('rack7-u12', 'db-3')['name'])

    def test_with_everything(self):
        body = self.said(
            'rack7-u12', 'db-3',
            '--flavor', 'gold',
            '--port', fakes.PORT_UUID,
            '--port', fakes.OTHER_PORT_UUID,
            '--project', 'p1',
            '--property', 'rack=7',
            '--property', 'row=3',
            '--description', 'd',
            '--availability-zone', 'z',
        )  # fmt: skip
        self.assertEqual(
            {
                'name': 'db-3',
                'node_uuid': fakes.NODE_UUID,
                'flavor_uuid': fakes.FLAVOR_UUID,
                'networks': [
                    {'port_id': fakes.PORT_UUID},
                    {'port_id': fakes.OTHER_PORT_UUID},
                ],
                'project_id': 'p1',
                'metadata': {'rack': '7', 'row': '3'},
                'description': 'd',
                'availability_zone': 'z',
            },
            body,
        )

    def test_names_of_port_and_project_are_looked_up(self):
        self.log_in()
        self.http.get(PORTS, json={'ports': [{'id': fakes.PORT_UUID}]})
        self.http.get(f'{base.KEYSTONE}/projects/db', status_code=404)
        found = {'id': 'p1', 'name': 'db'}
        self.http.get(f'{base.KEYSTONE}/projects', json={'projects': [found]})
        self.run_command(
            self.COMMAND, 'rack7-u12', '--port', 'eth0', '--project', 'db'
        )
        (body,) = (
            asked.json()
            for asked in self.http.request_history
            if asked.url == MANAGE
        )
        self.assertEqual([{'port_id': fakes.PORT_UUID}], body['networks'])
        self.assertEqual('p1', body['project_id'])

    def test_the_server_is_shown(self):
        shown = self.json(self.COMMAND, 'rack7-u12')
        self.assertEqual(
            (fakes.SERVER_UUID, 'db-3', 'gold'),
            (shown['UUID'], shown['Name'], shown['Flavor']),
        )

    def test_a_flavor_without_name_afterwards_is_no_failure(self):
        self.http.get(
            f'{FLAVORS}/{fakes.FLAVOR_UUID}',
            status_code=403,
            json=base.fault('No.'),
        )
        shown = self.json(self.COMMAND, 'rack7-u12')
        self.assertEqual(fakes.FLAVOR_UUID, shown['Flavor'])

    def test_a_mistyped_column_comes_before_the_takeover(self):
        said = self.error(self.COMMAND, 'rack7-u12', '-c', 'Nmae')
        self.assertIn('There is no column "Nmae"', said)
        self.assertEqual([], self.writes())

    @ddt.data('name', 'Name', 'Power State', 'power_state')
    def test_a_column_in_any_spelling(self, column):
        self.run_command(self.COMMAND, 'rack7-u12', '-c', column)
        self.assertEqual(['POST /servers/manage'], self.writes())

    def test_another_server_has_it(self):
        self.http.post(
            MANAGE,
            status_code=409,
            json=base.fault('It is active, but server x has it.'),
        )
        self.assertEqual(
            'It is active, but server x has it.',
            self.error(self.COMMAND, 'rack7-u12'),
        )

    def test_a_port_by_name_without_neutron(self):
        said = self.error(self.COMMAND, 'rack7-u12', '--port', 'eth0')
        self.assertIn('pass the id of the port', said)
        self.assertEqual([], self.writes())

    def test_no_flavor_fits(self):
        self.flavors()
        said = self.error(self.COMMAND, 'rack7-u12')
        self.assertIn('No flavor fits', said)
        self.assertIn('flavor create', said)

    def test_several_flavors_fit(self):
        self.flavors(
            fakes.FLAVOR,
            {**fakes.FLAVOR, 'uuid': fakes.OTHER_UUID, 'name': 'gold-2'},
        )
        said = self.error(self.COMMAND, 'rack7-u12')
        self.assertIn('gold-2', said)
        self.assertIn('--flavor', said)

    def test_an_empty_name_is_no_name(self):
        self.assertRaises(SystemExit, self.said, 'rack7-u12', '')


class TestOldServer(Base):
    NEWEST = '1.1'

    def test_a_project_needs_a_newer_one(self):
        said = self.error(self.COMMAND, 'rack7-u12', '--project', 'p')
        self.assertIn('1.2 is needed', said)
        self.assertEqual([], self.writes())


class TestDryRun(Base):
    def plan(self, *argv: str) -> Any:
        return self.json(self.COMMAND, 'rack7-u12', '--dry-run', *argv)

    def not_ready(self, *argv: str) -> Any:
        """What it prints, where it ends with an error."""
        self.assertRaises(
            exceptions.CommandError,
            self.run_command,
            self.COMMAND,
            'rack7-u12',
            '--dry-run',
            *argv,
        )
        return self.printed

    def test_nothing_is_written(self):
        self.plan()
        self.assertEqual([], self.writes())

    def test_defaults_are_shown(self):
        plan = self.plan()
        self.assertEqual(
            ('rack7-u12', 'gold', fakes.FLAVOR_UUID, True),
            (
                plan['Name'],
                plan['Flavor'],
                plan['Flavor UUID'],
                plan['Ready'],
            ),
        )
        self.assertEqual(
            [fakes.PORT_UUID], [port['vif_port_id'] for port in plan['Ports']]
        )

    def test_what_was_typed_is_shown(self):
        plan = self.plan('--property', 'a=b', '--project', 'p1')
        self.assertEqual(
            ({'a': 'b'}, 'p1'), (plan['Properties'], plan['Project ID'])
        )

    def test_every_reason_is_shown_and_it_fails(self):
        self.node(
            reasons=[{'code': 'retired', 'message': 'It is retired.'}],
            resource_class='baremetal.silver',
        )
        printed = self.not_ready(
            '--flavor', 'gold', '--port', fakes.OTHER_PORT_UUID
        )
        self.assertIn('- It is retired.', printed)
        self.assertIn("- Flavor 'gold' is for", printed)
        self.assertIn(fakes.OTHER_PORT_UUID, printed)

    def test_the_error_counts_the_reasons(self):
        self.node(reasons=[{'code': 'retired', 'message': 'It is retired.'}])
        self.assertEqual(
            'Node "rack7-u12" cannot be taken over like this: '
            '1 reason why not.',
            self.error(self.COMMAND, 'rack7-u12', '--dry-run'),
        )

    def test_system_scope_has_to_name_a_project(self):
        token = keystone.V3Token()
        token.set_system_scope()
        self.manager.auth_ref = access.create(body=token)
        self.error(self.COMMAND, 'rack7-u12', '--dry-run', '-f', 'json')
        plan = json.loads(self.printed)
        self.assertFalse(plan['Ready'])
        (reason,) = plan['Reasons']
        self.assertEqual('project_needed', reason['code'])
        self.assertIn('--project', reason['message'])

    def test_missing_defaults_are_reasons_too(self):
        self.node(
            name=None,
            ports=[],
            reasons=[{'code': 'retired', 'message': 'It is retired.'}],
        )
        self.flavors()
        printed = self.not_ready('-f', 'json')
        for code in ('retired', 'no_name', 'no_flavor', 'no_ports'):
            self.assertIn(f'"{code}"', printed)
        self.assertEqual(1, printed.count('It is retired.'))

    def test_what_has_a_default_is_shown_beside_a_gap(self):
        self.flavors()
        printed = self.not_ready('-f', 'value', '-c', 'Name')
        self.assertEqual('rack7-u12\n', printed)

    def test_what_the_node_says_itself_is_not_said_twice(self):
        self.node(
            resource_class=None,
            ports=[],
            reasons=[
                {'code': 'no_resource_class', 'message': 'It has no class.'},
                {'code': 'no_port', 'message': 'It has no port.'},
            ],
        )
        printed = self.not_ready()
        self.assertEqual(2, printed.count('- '))

    def test_other_faults_beside_a_gap(self):
        self.node(name=None, resource_class='baremetal.silver')
        printed = self.not_ready('--flavor', 'gold', '-f', 'json')
        self.assertIn('"no_name"', printed)
        self.assertIn('"flavor_does_not_fit"', printed)

    def test_a_node_that_there_is_not(self):
        self.http.get(
            f'{NODES}/x', status_code=404, json=base.fault('No node.')
        )
        self.assertEqual(
            'No node.', self.error(self.COMMAND, 'x', '--dry-run')
        )


class TestUnmanage(Base):
    COMMAND = server_manage.UnmanageServer
    LET_GO = f'{SERVERS}/{fakes.SERVER_UUID}/unmanage'

    def setUp(self):
        super().setUp()
        self.http.get(f'{SERVERS}/detail', json={'servers': [SERVER]})
        self.http.post(self.LET_GO, status_code=204)

    def test_by_name_quietly(self):
        self.assertEqual('', self.run_command(self.COMMAND, 'db-3'))
        self.assertEqual(
            [f'POST /servers/{fakes.SERVER_UUID}/unmanage'], self.writes()
        )

    def test_by_uuid_it_is_one_request(self):
        self.run_command(self.COMMAND, fakes.SERVER_UUID)
        self.assertEqual(
            [f'POST /servers/{fakes.SERVER_UUID}/unmanage'], self.sent()
        )

    def test_one_of_three_fails(self):
        self.http.post(
            self.LET_GO,
            [
                {'status_code': 204},
                {'status_code': 409, 'json': base.fault('It is locked.')},
                {'status_code': 204},
            ],
        )
        said = self.error(self.COMMAND, *[fakes.SERVER_UUID] * 3)
        self.assertEqual('1 of 3 servers could not be let go of.', said)
        self.assertIn('It is locked.', self.logged.output)
        self.assertEqual(3, len(self.writes()))

    def test_in_all_projects(self):
        self.run_command(self.COMMAND, 'db-3', '--all-projects')
        self.assertIn('all_projects=true', self.sent()[0])
