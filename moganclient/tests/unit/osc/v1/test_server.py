"""Tests of the commands of servers."""

from __future__ import annotations

from typing import Any
import urllib.parse

import ddt
import fixtures

from moganclient.osc.v1 import server
from moganclient.osc.v1 import server_set
from moganclient.service.db import api as db_api
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

SERVERS = f'{fakes.MOGAN}/servers'
DETAIL = f'{SERVERS}/detail'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'
FLAVORS = f'{fakes.MOGAN}/flavors'
SERVER: dict[str, Any] = {
    **fakes.SERVER,
    'power_state': 'power on',
    'description': None,
    'addresses': {'net': [{'addr': '192.0.2.5', 'type': 'fixed'}]},
    'metadata': {'rack': '7'},
    'flavor_uuid': fakes.FLAVOR_UUID,
    'node': 'rack7-u12',
}


class Base(base.TestCase):
    COMMAND: type[Any]

    def setUp(self) -> None:
        super().setUp()
        self.http.get(SERVERS, json={'servers': [SERVER]})
        self.http.get(DETAIL, json={'servers': [SERVER]})
        self.http.get(ONE, json=SERVER)
        self.http.patch(ONE, json=SERVER)
        self.http.get(FLAVORS, json={'flavors': [fakes.FLAVOR]})
        self.http.get(f'{FLAVORS}/{fakes.FLAVOR_UUID}', json=fakes.FLAVOR)

    def query(self, *argv: str) -> dict[str, list[str]]:
        """What the list is asked for when this is typed."""
        self.run_command(self.COMMAND, *argv)
        asked = next(
            one
            for one in self.http.request_history
            if one.url.startswith(SERVERS)
        )
        return urllib.parse.parse_qs(urllib.parse.urlsplit(asked.url).query)


@ddt.ddt
class TestList(Base):
    COMMAND = server.ListServer

    def test_a_short_table(self):
        self.assertEqual(
            [
                ['UUID', 'Name', 'Status', 'Power State', 'Addresses'],
                [
                    fakes.SERVER_UUID,
                    'db-3',
                    'active',
                    'power on',
                    'net=192.0.2.5',
                ],
            ],
            self.table(self.COMMAND),
        )

    def test_the_short_list_is_all_that_is_asked_for(self):
        self.run_command(self.COMMAND)
        self.assertEqual(['GET /servers'], self.sent())

    def test_long_has_the_names_of_flavors_for_one_request(self):
        self.http.get(DETAIL, json={'servers': [SERVER, SERVER]})
        listed = self.json(self.COMMAND, '--long')
        self.assertEqual(['gold', 'gold'], [one['Flavor'] for one in listed])
        self.assertEqual(['GET /servers/detail', 'GET /flavors'], self.sent())

    def test_a_flavor_that_one_may_not_see_is_its_uuid(self):
        self.http.get(FLAVORS, json={'flavors': []})
        listed = self.json(self.COMMAND, '--long')
        self.assertEqual(fakes.FLAVOR_UUID, listed[0]['Flavor'])

    @ddt.data('-n', '--no-name-lookup')
    def test_no_flavor_is_asked_for_where_nobody_wants_its_name(self, option):
        listed = self.json(self.COMMAND, '--long', option)
        self.assertEqual(fakes.FLAVOR_UUID, listed[0]['Flavor'])
        self.assertEqual(['GET /servers/detail'], self.sent())

    def test_a_project_counts_more_than_the_environment(self):
        self.useFixture(fixtures.EnvironmentVariable('ALL_PROJECTS', '1'))
        self.assertEqual({'project_id': ['p1']}, self.query('--project', 'p1'))

    def test_no_server_asks_for_no_flavor(self):
        self.http.get(DETAIL, json={'servers': []})
        self.assertEqual([], self.json(self.COMMAND, '--long'))
        self.assertEqual(['GET /servers/detail'], self.sent())

    def test_properties_are_a_structure(self):
        listed = self.json(self.COMMAND, '--long')
        self.assertEqual({'rack': '7'}, listed[0]['Properties'])

    @ddt.data(
        (('--all-projects',), {'all_projects': ['true']}),
        (('--project', 'p1'), {'project_id': ['p1']}),
        (('--name', 'x'), {'name': ['x']}),
        (('--status', 'active'), {'status': ['active']}),
        (('--node', 'rack7-u12'), {'node': ['rack7-u12']}),
        (('--flavor', 'gold'), {'flavor_uuid': [fakes.FLAVOR_UUID]}),
        (('--image', fakes.OTHER_UUID), {'image_uuid': [fakes.OTHER_UUID]}),
        (('--sort', 'name:desc'), {'sort': ['name:desc']}),
        (('--limit', '5'), {'limit': ['5']}),
        (('--max-items', '5'), {'limit': ['5']}),
        (('--marker', 'm'), {'marker': ['m']}),
        (('--ip', '192.0.2.5'), {'ip': ['192.0.2.5']}),
    )
    @ddt.unpack
    def test_what_is_typed_is_asked(self, argv, asked):
        self.assertEqual(asked, self.query(*argv))

    def test_no_such_flavor(self):
        self.http.get(FLAVORS, json={'flavors': []})
        self.assertIn("'x'", self.error(self.COMMAND, '--flavor', 'x'))

    def test_help_names_the_service_s_sort_keys(self):
        self.assertEqual(
            sorted(db_api.SERVER_SORT_KEYS), sorted(server.SORT_KEYS)
        )


class TestShow(Base):
    COMMAND = server.ShowServer

    def test_by_name_it_is_looked_at_again(self):
        self.run_command(self.COMMAND, 'db-3')
        self.assertIn(f'GET /servers/{fakes.SERVER_UUID}', self.sent())

    def test_with_the_flavor_s_name(self):
        shown = self.json(self.COMMAND, fakes.SERVER_UUID)
        self.assertEqual(
            ('gold', fakes.FLAVOR_UUID),
            (shown['Flavor'], shown['Flavor UUID']),
        )

    def test_in_all_projects(self):
        self.assertEqual(
            ['true'], self.query('db-3', '--all-projects')['all_projects']
        )

    def test_what_members_do_not_see_is_none(self):
        self.assertIsNone(
            self.json(self.COMMAND, fakes.SERVER_UUID)['Node UUID']
        )

    def test_no_such_server(self):
        self.http.get(DETAIL, json={'servers': []})
        self.assertIn("'x'", self.error(self.COMMAND, 'x'))

    def test_an_ambiguous_name_lists_the_candidates(self):
        other = {**SERVER, 'uuid': fakes.OTHER_UUID}
        self.http.get(DETAIL, json={'servers': [SERVER, other]})
        said = self.error(self.COMMAND, 'db-3')
        self.assertIn(fakes.SERVER_UUID, said)
        self.assertIn(fakes.OTHER_UUID, said)


@ddt.ddt
class TestSet(Base):
    COMMAND = server_set.SetServer

    @ddt.data(
        (('--name', 'n'), {'/name': 'n'}),
        (('--description', 'd'), {'/description': 'd'}),
        (
            ('--property', 'a=1', '--property', 'b=2=3'),
            {'/metadata/a': '1', '/metadata/b': '2=3'},
        ),
        (('--protected',), {'/protected': True}),
        (('--unprotected',), {'/protected': False}),
    )
    @ddt.unpack
    def test_only_what_is_typed_changes(self, argv, changed):
        printed = self.run_command(self.COMMAND, 'db-3', *argv)
        self.assertEqual('', printed)
        self.assertEqual(
            changed, {change['path']: change['value'] for change in self.body}
        )

    def test_nothing_to_change(self):
        self.assertIn('Nothing to change', self.error(self.COMMAND, 'db-3'))


class TestUnset(Base):
    COMMAND = server_set.UnsetServer

    def test_a_property(self):
        printed = self.run_command(self.COMMAND, 'db-3', '--property', 'rack')
        self.assertEqual('', printed)
        self.assertEqual(
            [{'op': 'remove', 'path': '/metadata/rack'}], self.body
        )

    def test_the_description(self):
        self.run_command(self.COMMAND, 'db-3', '--description')
        self.assertEqual(
            [{'op': 'replace', 'path': '/description', 'value': None}],
            self.body,
        )

    def test_a_property_that_it_does_not_have(self):
        self.assertEqual(
            'Server "db-3" has no property "x". It has: rack.',
            self.error(self.COMMAND, 'db-3', '--property', 'x'),
        )
        self.assertNotIn('PATCH', ' '.join(self.sent()))

    def test_nothing_to_change(self):
        self.assertIn('Nothing to change', self.error(self.COMMAND, 'db-3'))


class TestOlderService(Base):
    NEWEST = '1.3'

    def test_protection_and_no_name_is_looked_up(self):
        said = self.error(server_set.SetServer, 'db-3', '--unprotected')
        self.assertIn('API version 1.4 is needed', said)
        self.assertEqual([], self.sent())


class TestWhatItShows(Base):
    def test_what_a_newer_service_tells(self):
        self.http.get(
            ONE,
            json={
                **SERVER,
                'locked': True,
                'locked_by': 'admin',
                'protected': True,
                'adopted': False,
                'fault': {'code': 500, 'message': 'BMC is silent\nTraceback'},
            },
        )
        shown = self.table(server.ShowServer, fakes.SERVER_UUID)
        cells = {row[0]: row[1] for row in shown if len(row) > 1}
        self.assertEqual(
            ('True', 'admin', 'True', 'False', 'BMC is silent'),
            tuple(
                cells[name]
                for name in (
                    'Locked', 'Locked By', 'Protected', 'Adopted', 'Fault'
                )
            ),
        )  # fmt: skip

    def test_a_server_that_was_taken_over_without_a_flavor(self):
        self.http.get(ONE, json={**SERVER, 'flavor_uuid': None})
        shown = self.json(server.ShowServer, fakes.SERVER_UUID)
        self.assertIsNone(shown['Flavor'])
