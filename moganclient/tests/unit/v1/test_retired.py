"""Tests of managers with a retired server: what is sent, what is refused."""

from __future__ import annotations

import json
from typing import Any
import urllib.parse

import ddt

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.tests.unit.v1 import retired

SERVERS = fakes.MOGAN + '/servers'
UUIDS = [fakes.SERVER_UUID, fakes.OTHER_UUID]


class Base(retired.TestCase):
    def refused(self, ask: Any, *arguments: Any, **more: Any) -> str:
        """The sentence for what is refused before anything is sent."""
        error = self.assertRaises(
            exceptions.RetiredServer, ask, *arguments, **more
        )
        self.assertEqual([], self.sent())
        # One sentence.
        self.assertTrue(error.message.endswith('which cannot do that.'))
        self.assertNotIn('. ', error.message)
        return error.message


@ddt.ddt
class TestAdoptableNode(Base):
    def test_list(self):
        (node,) = self.client.adoptable_node.list()
        self.assertEqual(['GET /manageable_servers'], self.sent())
        self.assertEqual('rack7-u12', node.name)
        self.assertTrue(node.adoptable)
        self.assertEqual([], node.reasons)
        self.assertIsNone(node.server_uuid)
        self.assertEqual([retired.PORT_UUID], node.carried_ports())
        self.assertEqual(
            {'uuid': 'n1', 'address': 'm1', 'vif_port_id': retired.PORT_UUID},
            node.ports[0],
        )
        self.assertEqual('b', node.portgroups[0]['mode'])

    def test_what_it_does_not_tell_is_empty(self):
        (node,) = self.client.adoptable_node.list()
        self.assertEqual(
            (None, None, None, {}, {}),
            (
                node.owner,
                node.conductor_group,
                node.created_at,
                node.properties,
                node.instance_info,
            ),
        )

    def test_no_more_than_wanted(self):
        self.http.get(
            retired.NODES,
            json={'manageable_servers': [retired.NODE, retired.NODE]},
        )
        self.assertEqual(1, len(self.client.adoptable_node.list(max_items=1)))

    @ddt.data(
        {'all': True},
        {'name': 'x'},
        {'resource_class': 'x'},
        {'owner': 'x'},
        {'conductor_group': 'x'},
        {'fields': ['name']},
        {'sort': 'name'},
        {'limit': 5},
        {'marker': fakes.SERVER_UUID},
    )
    def test_list_with_an_argument(self, arguments):
        sentence = self.refused(self.client.adoptable_node.list, **arguments)
        (name,) = arguments
        self.assertIn(f'{name!r} in a list of adoptable nodes', sentence)

    def test_all_arguments_are_named(self):
        sentence = self.refused(
            self.client.adoptable_node.list, all=True, sort='name', limit=1
        )
        self.assertIn("'all', 'limit' and 'sort' in a list", sentence)

    @ddt.data(retired.NODE_UUID, retired.NODE_UUID.upper())
    def test_get(self, uuid):
        node = self.client.adoptable_node.get(uuid)
        self.assertEqual('rack7-u12', node.name)
        self.assertEqual(['GET /manageable_servers'], self.sent())

    def test_get_of_one_that_is_not_listed(self):
        error = self.assertRaises(
            exceptions.NotFound,
            self.client.adoptable_node.get,
            fakes.SERVER_UUID,
        )
        self.assertIn(f'does not list node {fakes.SERVER_UUID}', error.message)

    def test_get_by_name(self):
        sentence = self.refused(self.client.adoptable_node.get, 'rack7-u12')
        self.assertIn("its name ('rack7-u12', not its UUID)", sentence)

    @ddt.data(None, [], {}, {'adoptable_nodes': []})
    def test_answer_that_is_no_list(self, answer):
        self.http.get(retired.NODES, json=answer)
        self.assertRaises(
            exceptions.MalformedResponse, self.client.adoptable_node.list
        )


@ddt.ddt
class TestManage(Base):
    def setUp(self) -> None:
        super().setUp()
        self.http.post(
            retired.NODES,
            status_code=201,
            # Wrong, as that server has it; nobody looks.
            headers={'Location': f'{fakes.MOGAN}/server/x'},
            json={**fakes.SERVER, 'flavor_uuid': None},
        )

    def test_is_one_request(self):
        server = self.client.server.manage(
            retired.NODE_UUID,
            'db-3',
            description='x',
            metadata={'rack': '7'},
        )
        self.assertEqual(fakes.SERVER_UUID, server.uuid)
        self.assertEqual(['POST /manageable_servers'], self.sent())
        self.assertEqual(
            {
                'name': 'db-3',
                'node_uuid': retired.NODE_UUID,
                'description': 'x',
                'metadata': {'rack': '7'},
            },
            self.body,
        )

    def test_uuid_is_sent_as_it_was_given(self):
        self.client.server.manage(retired.NODE_UUID.upper(), 'x')
        self.assertEqual(retired.NODE_UUID.upper(), self.body['node_uuid'])

    def test_name_of_the_node_is_the_default(self):
        self.client.server.manage(retired.NODE_UUID)
        self.assertEqual(
            ['GET /manageable_servers', 'POST /manageable_servers'],
            self.sent(),
        )
        self.assertEqual('rack7-u12', self.body['name'])

    def test_node_without_a_name_needs_one(self):
        self.http.get(
            retired.NODES,
            json={'manageable_servers': [{**retired.NODE, 'name': None}]},
        )
        error = self.assertRaises(
            exceptions.CannotChoose,
            self.client.server.manage,
            retired.NODE_UUID,
        )
        self.assertEqual('name', error.argument)

    def test_what_is_wrong_is_not_sent(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.server.manage,
            retired.NODE_UUID,
            '',
        )
        self.assertEqual([], self.sent())

    @ddt.data(
        ({'flavor': 'gold'}, 'the flavor of manage'),
        ({'ports': [retired.PORT_UUID]}, 'the ports of manage'),
        ({'project_id': 'x'}, 'the project_id of manage'),
        ({'availability_zone': 'x'}, 'the availability_zone of manage'),
        ({'uuid': fakes.SERVER_UUID}, 'the uuid of manage'),
        (
            {'flavor': 'gold', 'ports': [retired.PORT_UUID]},
            'the flavor and the ports of manage',
        ),
    )
    @ddt.unpack
    def test_what_it_cannot_do(self, arguments, what):
        for ask in self.client.server.manage, self.client.server.prepare:
            self.assertIn(
                f'needed for {what},',
                self.refused(ask, retired.NODE_UUID, 'x', **arguments),
            )

    def test_node_by_its_name(self):
        for ask in self.client.server.manage, self.client.server.prepare:
            self.assertIn(
                "a node given by its name ('rack7-u12', not its UUID), and",
                self.refused(ask, 'rack7-u12', 'x'),
            )

    def test_all_that_it_cannot_do_is_one_sentence(self):
        self.assertIn(
            'the flavor and the uuid of manage and a node given by its name',
            self.refused(self.client.server.manage, 'x', flavor='x', uuid='x'),
        )

    def test_prepare(self):
        plan = self.client.server.prepare(retired.NODE_UUID, description='x')
        self.assertEqual(
            {
                'name': 'rack7-u12',
                'node_uuid': retired.NODE_UUID,
                'description': 'x',
            },
            plan.body,
        )
        self.assertIsNone(plan.flavor)
        self.assertEqual([retired.PORT_UUID], plan.ports)
        self.assertTrue(plan.ready)
        self.assertEqual(['GET /manageable_servers'], self.sent())
        self.assertIsNone(plan.to_dict()['flavor'])

    def test_unmanage(self):
        self.assertIn(
            'letting go of a server',
            self.refused(self.client.server.unmanage, 'db-3'),
        )


@ddt.ddt
class TestServers(Base):
    def listing(self, *pages: list[str]) -> None:
        self.http.get(
            f'{SERVERS}/detail',
            [
                {
                    'json': {
                        'servers': [{'uuid': one, 'name': 'x'} for one in page]
                    }
                }
                for page in pages
            ],
        )

    def test_pages_go_on_by_marker_until_an_empty_one(self):
        self.listing(UUIDS[:1], UUIDS[1:], [])
        found = self.client.server.list(name='x')
        self.assertEqual(UUIDS, [server.uuid for server in found])
        self.assertEqual(
            [
                'GET /servers/detail?name=x',
                f'GET /servers/detail?name=x&marker={UUIDS[0]}',
                f'GET /servers/detail?name=x&marker={UUIDS[1]}',
            ],
            self.sent(),
        )

    def named(self, *names: str) -> None:
        self.http.get(
            f'{SERVERS}/detail',
            [
                {
                    'json': {
                        'servers': [
                            {'uuid': uuid, 'name': name}
                            for uuid, name in zip(UUIDS, names, strict=False)
                        ]
                    }
                },
                {'json': {'servers': []}},
            ],
        )

    def test_a_part_of_a_name_is_no_name(self):
        """It may tell of more than it was asked for."""
        self.named('prod-web-1')
        self.assertRaises(
            exceptions.NotFound, self.client.server.delete, 'web'
        )
        self.assertEqual({'GET'}, {one.split()[0] for one in self.sent()})

    def test_a_name_that_is_part_of_another_is_one(self):
        self.named('prod-web-1', 'web')
        self.assertEqual(UUIDS[1], self.client.server.find('web').uuid)

    def test_a_list_by_name_has_no_others(self):
        self.named('prod-web-1', 'web')
        found = self.client.server.list(name='web', max_items=1)
        self.assertEqual([UUIDS[1]], [one.uuid for one in found])

    def test_nobody_asks_for_more_than_is_wanted(self):
        self.listing(UUIDS, [])
        self.assertEqual(2, len(self.client.server.list(max_items=2)))
        self.assertEqual(['GET /servers/detail?limit=2'], self.sent())

    def test_pages_that_go_round_are_an_error(self):
        self.listing(UUIDS)
        self.assertRaises(
            exceptions.MalformedResponse, self.client.server.list
        )
        self.assertEqual(2, len(self.sent()))

    def test_arguments_in_its_spelling(self):
        self.listing([])
        self.client.server.list(
            all_projects=True,
            status='active',
            flavor=fakes.FLAVOR_UUID.upper(),
            image='x',
            sort='name:desc',
            limit=7,
            marker=fakes.SERVER_UUID.upper(),
        )
        self.assertEqual(
            {
                'all_tenants': ['True'],
                'status': ['active'],
                'flavor_uuid': [fakes.FLAVOR_UUID.upper()],
                'image_uuid': ['x'],
                'sort_key': ['name'],
                'sort_dir': ['desc'],
                'limit': ['7'],
                'marker': [fakes.SERVER_UUID.upper()],
            },
            _query(self.http.last_request.url),
        )

    @ddt.data({'node': 'x'}, {'project_id': 'x'})
    def test_what_it_cannot_filter_by(self, arguments):
        (name,) = arguments
        self.assertIn(
            f'{name!r} in a list of servers',
            self.refused(self.client.server.list, **arguments),
        )

    def test_a_direction_to_sort_in_that_is_none(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.server.list,
            sort='name:sideways',
        )
        self.assertEqual([], self.sent())

    def test_uuid_is_asked_for_as_it_was_given(self):
        uuid = fakes.SERVER_UUID.upper()
        self.http.get(f'{SERVERS}/{uuid}', json=fakes.SERVER)
        self.client.server.get(uuid)
        # requests-mock would not tell the cases apart.
        self.assertTrue(self.http.last_request.url.endswith(uuid))

    def test_find_tries_the_other_case_of_a_uuid(self):
        upper = fakes.SERVER_UUID.upper()
        self.http.get(
            f'{SERVERS}/{fakes.SERVER_UUID}',
            [{'status_code': 404}, {'json': fakes.SERVER}],
        )
        found = self.client.server.find(upper)
        self.assertEqual('db-3', found.name)
        self.assertEqual(
            [f'GET /servers/{upper}', f'GET /servers/{fakes.SERVER_UUID}'],
            self.sent(),
        )

    def test_hidden_node_uuid(self):
        self.http.get(f'{SERVERS}/{fakes.SERVER_UUID}', json=fakes.SERVER)
        self.assertIsNone(self.client.server.get(fakes.SERVER_UUID).node_uuid)


@ddt.ddt
class TestFlavors(Base):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(
            f'{fakes.MOGAN}/flavors',
            json={
                'flavors': [fakes.FLAVOR, {**fakes.FLAVOR, 'name': 'other'}]
            },
        )

    def test_find_compares_here(self):
        found = self.client.flavor.find(fakes.FLAVOR['name'])
        self.assertEqual(fakes.FLAVOR_UUID, found.uuid)
        self.assertEqual(['GET /flavors'], self.sent())

    def test_list_is_one_page(self):
        self.assertEqual(2, len(self.client.flavor.list()))
        self.assertEqual(1, len(self.client.flavor.list(max_items=1)))
        self.assertEqual(['GET /flavors'] * 2, self.sent())

    def test_list_with_an_argument(self):
        self.assertIn(
            "'limit' in a list of flavors",
            self.refused(self.client.flavor.list, limit=1),
        )

    @ddt.data({}, {'description': None})
    def test_create_without_a_description(self, more):
        self.assertIn(
            'a flavor without a description',
            self.refused(
                self.client.flavor.create, 'gold', {'gold': 1}, **more
            ),
        )

    def test_create_with_one(self):
        self.http.post(
            f'{fakes.MOGAN}/flavors', json=fakes.FLAVOR, status_code=201
        )
        self.client.flavor.create('gold', {'gold': 1}, description='Gold')
        self.assertEqual('Gold', self.body['description'])

    @ddt.data(
        {'description': 'x'},
        {'description': None, 'name': 'x'},
        {'updates': [{'op': 'replace', 'path': '/description', 'value': 'x'}]},
    )
    def test_change_of_a_description(self, change):
        self.assertIn(
            'changing the description of a flavor',
            self.refused(
                self.client.flavor.update, fakes.FLAVOR_UUID, **change
            ),
        )

    def test_other_changes(self):
        self.http.patch(
            f'{fakes.MOGAN}/flavors/{fakes.FLAVOR_UUID}', json=fakes.FLAVOR
        )
        self.client.flavor.update(
            fakes.FLAVOR_UUID, name='silver', disabled=True
        )
        self.assertEqual(2, len(self.body))


class TestClient(Base):
    def test_says_what_it_talks_to(self):
        self.assertTrue(self.client.retired)
        self.assertEqual('1.0', self.client.api_version)

    def test_fault_is_decoded_twice(self):
        fault = {'faultcode': 'Client', 'faultstring': 'No such flavor.'}
        self.http.get(
            f'{fakes.MOGAN}/flavors/{fakes.FLAVOR_UUID}',
            status_code=404,
            json={'error_message': json.dumps(fault)},
            headers={'Openstack-Request-Id': 'req-1'},
        )
        error = self.assertRaises(
            exceptions.NotFound, self.client.flavor.get, fakes.FLAVOR_UUID
        )
        self.assertIn('No such flavor.', error.message)
        self.assertEqual('req-1', error.request_id)
        self.assertEqual([fault], error.details)


def _query(url: str) -> dict[str, list[str]]:
    # Not of requests-mock, which makes it lower case.
    return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)


@ddt.ddt
class TestWiping(Base):
    """Neither deleted nor rebuilt is what such a server took over."""

    def one(self, **told: Any) -> str:
        """There is a server; where it is."""
        url = f'{SERVERS}/{fakes.SERVER_UUID}'
        self.http.get(
            url, json={'uuid': fakes.SERVER_UUID, 'name': 'db-3', **told}
        )
        return url

    @ddt.data(
        {'flavor_uuid': 'f', 'system_metadata': {'managed_server': 'True'}},
        # As whoever it belongs to sees it.
        {'flavor_uuid': None},
    )
    def test_taken_over(self, told):
        self.one(**told)
        for wipe in self.client.server.delete, self.client.server.rebuild:
            error = self.assertRaises(
                exceptions.RetiredServer, wipe, fakes.SERVER_UUID
            )
            self.assertIn('("db-3"), which was taken over', error.message)
        self.assertEqual({'GET'}, {one.split()[0] for one in self.sent()})

    def test_built(self):
        url = self.one(flavor_uuid='f', system_metadata={})
        self.http.delete(url, status_code=204)
        self.http.put(f'{url}/states/provision', status_code=202)
        self.client.server.delete(fakes.SERVER_UUID)
        self.client.server.rebuild(fakes.SERVER_UUID)
        path = f'/servers/{fakes.SERVER_UUID}'
        self.assertEqual(
            [f'DELETE {path}', f'PUT {path}/states/provision'],
            [one for one in self.sent() if not one.startswith('GET')],
        )

    def test_a_server_that_was_listed_is_not_asked_for_again(self):
        self.http.get(
            f'{SERVERS}/detail',
            [
                {
                    'json': {
                        'servers': [
                            {'uuid': fakes.SERVER_UUID, 'flavor_uuid': 'f'}
                        ]
                    }
                },
                {'json': {'servers': []}},
            ],
        )
        self.http.delete(f'{SERVERS}/{fakes.SERVER_UUID}', status_code=204)
        (server,) = self.client.server.list()
        self.client.server.delete(server)
        self.assertNotIn(f'GET /servers/{fakes.SERVER_UUID}', self.sent())
