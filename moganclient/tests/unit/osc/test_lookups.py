"""Tests of names of other services' things."""

from __future__ import annotations

from typing import Any

from osc_lib import exceptions

from moganclient.osc import lookups
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

PROJECT = 'a' * 32
FOUND = {'id': PROJECT, 'name': 'db'}
PORTS = f'{base.NEUTRON}/v2.0/ports'
IMAGES = f'{base.GLANCE}/v2/images'
PROJECTS = f'{base.KEYSTONE}/projects'
DOMAINS = f'{base.KEYSTONE}/domains'


class Base(base.TestCase):
    def refused(self, look_up: Any, *arguments: str) -> str:
        error = self.assertRaises(
            exceptions.CommandError, look_up, self.manager, *arguments
        )
        return str(error)


class TestWithoutKeystone(Base):
    def test_an_id_is_one(self):
        wanted = fakes.PORT_UUID.upper()
        self.assertEqual(
            fakes.PORT_UUID, lookups.port_id(self.manager, wanted)
        )

    def test_a_name_cannot_be_looked_up(self):
        self.assertEqual(
            '"eth0" is no port id, and with authentication type "none" there '
            'is no network service to look a name up in: pass the id of the '
            'port.',
            self.refused(lookups.port_id, 'eth0'),
        )

    def test_a_project_is_taken_as_its_id(self):
        self.assertEqual('x', lookups.project_id(self.manager, 'x'))


class TestWithKeystone(Base):
    def setUp(self):
        super().setUp()
        self.log_in()

    def test_an_id_of_a_port_is_asked_of_nobody(self):
        before = len(self.http.request_history)
        lookups.port_id(self.manager, fakes.PORT_UUID)
        self.assertEqual(before, len(self.http.request_history))

    def test_a_port_s_name(self):
        self.http.get(PORTS, json={'ports': [{'id': fakes.PORT_UUID}]})
        self.assertEqual(
            fakes.PORT_UUID, lookups.port_id(self.manager, 'eth0')
        )
        self.assertEqual(['eth0'], self.http.last_request.qs['name'])

    def test_no_port_of_that_name(self):
        self.http.get(PORTS, json={'ports': []})
        self.assertEqual(
            'No port "eth0".', self.refused(lookups.port_id, 'eth0')
        )

    def test_several_ports_of_that_name(self):
        self.http.get(
            PORTS,
            json={
                'ports': [
                    {'id': fakes.PORT_UUID},
                    {'id': fakes.OTHER_PORT_UUID},
                ]
            },
        )
        said = self.refused(lookups.port_id, 'eth0')
        self.assertIn('More than one port', said)
        self.assertIn(fakes.PORT_UUID, said)
        self.assertIn(fakes.OTHER_PORT_UUID, said)

    def test_neutron_fails(self):
        self.http.get(PORTS, status_code=500, text='no')
        said = self.refused(lookups.port_id, 'eth0')
        self.assertIn('Could not look up port "eth0", pass its id', said)

    def test_an_image_s_name(self):
        self.http.get(IMAGES, json={'images': [{'id': fakes.OTHER_UUID}]})
        self.assertEqual(
            fakes.OTHER_UUID, lookups.image_id(self.manager, 'debian')
        )

    def test_a_project_s_name(self):
        self.http.get(f'{PROJECTS}/db', status_code=404)
        self.http.get(PROJECTS, json={'projects': [FOUND]})
        self.assertEqual(PROJECT, lookups.project_id(self.manager, 'db'))

    def test_a_project_s_name_in_a_domain(self):
        self.http.get(f'{DOMAINS}/lab', json={'domain': {'id': 'd1'}})
        self.http.get(f'{PROJECTS}/db', status_code=404)
        self.http.get(PROJECTS, json={'projects': [FOUND]})
        lookups.project_id(self.manager, 'db', 'lab')
        self.assertEqual(['d1'], self.http.last_request.qs['domain_id'])

    def test_no_such_project(self):
        self.http.get(f'{PROJECTS}/db', status_code=404)
        self.http.get(PROJECTS, json={'projects': []})
        self.assertEqual(
            'No project "db".', self.refused(lookups.project_id, 'db')
        )

    def test_no_such_project_as_none(self):
        self.http.get(f'{PROJECTS}/db', status_code=404)
        self.http.get(PROJECTS, json={'projects': []})
        self.assertIsNone(lookups.find_project_id(self.manager, 'db'))

    def test_several_projects_where_no_domain_can_be_said(self):
        self.http.get(f'{PROJECTS}/db', status_code=404)
        found = [FOUND, {'id': 'b', 'name': 'db'}]
        self.http.get(PROJECTS, json={'projects': found})
        self.assertEqual(
            'More than one project is named "db": pass its id.',
            self.refused(lookups.find_project_id, 'db'),
        )

    def test_several_projects_of_that_name(self):
        self.http.get(f'{PROJECTS}/db', status_code=404)
        found = [FOUND, {'id': 'b', 'name': 'db'}]
        self.http.get(PROJECTS, json={'projects': found})
        self.assertIn(
            '--project-domain', self.refused(lookups.project_id, 'db')
        )

    def test_a_name_that_one_may_not_look_up(self):
        self.http.get(f'{PROJECTS}/db', status_code=403)
        self.http.get(PROJECTS, status_code=403)
        self.assertIn(
            'You may not look up projects',
            self.refused(lookups.project_id, 'db'),
        )

    def test_an_id_that_one_may_not_look_up_is_believed(self):
        self.http.get(f'{PROJECTS}/{PROJECT}', status_code=403)
        self.http.get(PROJECTS, status_code=403)
        self.assertEqual(PROJECT, lookups.project_id(self.manager, PROJECT))


class TestNetworks(Base):
    NETWORKS = f'{base.NEUTRON}/v2.0/networks'

    def test_a_name(self):
        self.log_in()
        self.http.get(
            self.NETWORKS, json={'networks': [{'id': fakes.OTHER_UUID}]}
        )
        self.assertEqual(
            fakes.OTHER_UUID, lookups.network_id(self.manager, 'private')
        )

    def test_none(self):
        self.log_in()
        self.http.get(self.NETWORKS, json={'networks': []})
        self.assertEqual(
            'No network "private".',
            self.refused(lookups.network_id, 'private'),
        )

    def test_a_name_without_keystone(self):
        self.assertIn(
            '"private" is no network id',
            self.refused(lookups.network_id, 'private'),
        )


class TestUsers(Base):
    USERS = f'{base.KEYSTONE}/users'

    def test_one_without_keystone_is_taken_as_its_id(self):
        self.assertEqual('jane', lookups.user_id(self.manager, 'jane'))

    def test_one_of_a_domain(self):
        self.log_in()
        self.http.get(f'{DOMAINS}/d1', json={'domain': {'id': 'd1'}})
        self.http.get(f'{self.USERS}/jane', status_code=404)
        self.http.get(
            self.USERS, json={'users': [{'id': 'u2', 'name': 'jane'}]}
        )
        self.assertEqual('u2', lookups.user_id(self.manager, 'jane', 'd1'))

    def test_who_may_not_look_is_told_to_pass_the_id(self):
        self.log_in()
        self.http.get(f'{self.USERS}/jane', status_code=403)
        self.http.get(self.USERS, status_code=403)
        said = self.refused(lookups.user_id, 'jane')
        self.assertIn('pass the id of user "jane"', said)
