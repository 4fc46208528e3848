"""Tests of servers."""

from __future__ import annotations

from typing import Any
import uuid

import ddt
from testtools import matchers

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import adoptable_node
from moganclient.v1 import client
from moganclient.v1 import flavor
from moganclient.v1 import server

SERVERS = fakes.MOGAN + '/servers'
MANAGE = SERVERS + '/manage'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'

WHOLE: dict[str, Any] = {
    'flavor': fakes.FLAVOR_UUID,
    'ports': [fakes.PORT_UUID],
}
BODY = {
    'name': 'db-3',
    'node_uuid': fakes.NODE_UUID,
    'flavor_uuid': fakes.FLAVOR_UUID,
    'networks': [{'port_id': fakes.PORT_UUID}],
}


class Base(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.post(MANAGE, json=fakes.SERVER, status_code=201)
        self.show_node()
        self.show_flavors(fakes.FLAVOR)

    def show_node(self, **more: Any) -> None:
        node = {**fakes.NODE, **more}
        for ident in (fakes.NODE['name'], fakes.NODE_UUID):
            self.http.get(f'{fakes.MOGAN}/adoptable_nodes/{ident}', json=node)

    def show_flavors(self, *flavors: dict[str, Any]) -> None:
        self.http.get(
            fakes.MOGAN + '/flavors', json={'flavors': list(flavors)}
        )
        for one in flavors:
            self.http.get(f'{fakes.MOGAN}/flavors/{one["uuid"]}', json=one)


@ddt.ddt
class TestManage(Base):
    def test_with_everything_it_is_one_request(self):
        made = self.client.server.manage(
            fakes.NODE_UUID,
            'db-3',
            project_id='p',
            metadata={'rack': '7'},
            description='d',
            availability_zone='z',
            **WHOLE,
        )
        self.assertIsInstance(made, server.Server)
        self.assertEqual(fakes.SERVER_UUID, made.uuid)
        self.assertEqual(['POST /servers/manage'], self.sent())
        self.assertEqual(
            {
                **BODY,
                'project_id': 'p',
                'metadata': {'rack': '7'},
                'description': 'd',
                'availability_zone': 'z',
            },
            self.body,
        )

    def test_with_just_a_node(self):
        self.client.server.manage('rack7-u12')
        self.assertEqual({**BODY, 'name': 'rack7-u12'}, self.body)
        self.assertEqual(
            [
                'GET /adoptable_nodes/rack7-u12',
                'GET /flavors',
                'POST /servers/manage',
            ],
            self.sent(),
        )

    @ddt.data(
        (
            adoptable_node.AdoptableNode(fakes.NODE),
            flavor.Flavor(fakes.FLAVOR),
        ),
        (uuid.UUID(fakes.NODE_UUID), uuid.UUID(fakes.FLAVOR_UUID)),
        (fakes.NODE_UUID.upper(), fakes.FLAVOR_UUID.upper()),
    )
    @ddt.unpack
    def test_with_objects_and_uuids(self, node, chosen):
        self.client.server.manage(
            node, 'db-3', flavor=chosen, ports=[fakes.PORT_UUID.upper()]
        )
        self.assertEqual(BODY, self.body)
        self.assertEqual(['POST /servers/manage'], self.sent())

    def test_with_names(self):
        self.client.server.manage(
            'rack7-u12', 'db-3', flavor='gold', ports=[fakes.PORT_UUID]
        )
        self.assertEqual(BODY, self.body)
        self.assertIn('GET /flavors?name=gold', self.sent())

    @ddt.data(
        fakes.SERVER_UUID.upper(),
        uuid.UUID(fakes.SERVER_UUID),
    )
    def test_with_a_uuid_of_ones_own(self, chosen):
        self.client.server.manage(
            fakes.NODE_UUID, 'db-3', uuid=chosen, **WHOLE
        )
        self.assertEqual({**BODY, 'uuid': fakes.SERVER_UUID}, self.body)

    def test_with_a_request_id_of_its_own(self):
        mine = 'req-' + fakes.OTHER_UUID
        self.client.server.manage('rack7-u12', global_request_id=mine)
        self.assertEqual(
            [None, None, mine],
            [
                asked.headers.get('X-OpenStack-Request-ID')
                for asked in self.http.request_history[-3:]
            ],
        )

    def test_port_with_its_type(self):
        port = {'port_id': fakes.PORT_UUID, 'port_type': 'bond'}
        self.client.server.manage(
            fakes.NODE_UUID, 'db-3', flavor=fakes.FLAVOR_UUID, ports=[port]
        )
        self.assertEqual([port], self.body['networks'])

    @ddt.data(
        ({'name': 'x' * 256}, 'name: '),
        ({'ports': ['abc']}, "networks[0].port_id: 'abc' is not a UUID"),
        ({'ports': []}, 'networks is empty'),
        ({'ports': [{'port_type': 'x'}]}, 'networks[0].port_id is missing'),
        ({'ports': fakes.PORT_UUID}, 'ports is a list'),
        ({'ports': [None]}, 'does not say which port'),
        ({'description': ''}, 'description is empty'),
        ({'metadata': {'a/b': 'c'}}, "the key 'a/b'"),
        ({'metadata': {'a': 5}}, 'metadata.a: 5 is not a string'),
        ({'project_id': ''}, 'project_id is empty'),
        ({'uuid': 'abc'}, "uuid: 'abc' is not a UUID"),
        ({'uuid': ''}, 'does not say which server'),
        ({'global_request_id': 'abc'}, "'abc' is not a request id"),
    )
    @ddt.unpack
    def test_sends_nothing_that_is_wrong(self, more, words):
        error = self.assertRaises(
            exceptions.ValidationError,
            self.client.server.manage,
            fakes.NODE_UUID,
            **{'name': 'db-3', **WHOLE, **more},
        )
        self.assertIn(words, error.message)
        self.assertEqual([], self.sent())

    def test_refusal_has_reasons_and_the_server_in_the_way(self):
        reasons = [{'code': 'managed', 'message': 'It is a server.'}]
        self.http.post(
            MANAGE,
            status_code=409,
            json={
                'errors': [
                    {
                        'code': 'baremetal-compute.node_has_server',
                        'detail': 'No.',
                        'reasons': reasons,
                        'server_uuid': fakes.OTHER_UUID,
                    }
                ]
            },
        )
        error = self.assertRaises(
            exceptions.Conflict,
            self.client.server.manage,
            fakes.NODE_UUID,
            'db-3',
            **WHOLE,
        )
        self.assertEqual(reasons, error.reasons)
        self.assertEqual(fakes.OTHER_UUID, error.server_uuid)
        self.assertEqual('baremetal-compute.node_has_server', error.code)

    def test_project_of_the_client_is_the_default(self):
        used = client.Client(fakes.MOGAN, project_id='mine')
        used.server.manage(fakes.NODE_UUID, 'db-3', **WHOLE)
        self.assertEqual('mine', self.body['project_id'])
        used.server.manage(
            fakes.NODE_UUID, 'db-3', project_id='other', **WHOLE
        )
        self.assertEqual('other', self.body['project_id'])

    def test_answer_that_is_no_server_tells_that_it_acted(self):
        self.http.post(MANAGE, text='<html>', status_code=201)
        error = self.assertRaises(
            exceptions.MalformedResponse,
            self.client.server.manage,
            fakes.NODE_UUID,
            'db-3',
            **WHOLE,
        )
        self.assertIn('carried out', error.message)


@ddt.ddt
class TestManageDefaults(Base):
    def refused(self, argument: str, **more: Any) -> str:
        error = self.assertRaises(
            exceptions.CannotChoose,
            self.client.server.manage,
            fakes.NODE_UUID,
            **more,
        )
        self.assertEqual(argument, error.argument)
        self.assertNotIn('POST /servers/manage', self.sent())
        return error.message

    def test_node_without_a_name(self):
        self.show_node(name=None)
        self.assertIn('pass a name', self.refused('name'))

    def test_node_without_ports(self):
        self.show_node(ports=[])
        message = self.refused('ports')
        self.assertIn("Node 'rack7-u12' carries no network port", message)

    def test_what_the_service_says_of_the_node_comes_first(self):
        reasons = [{'code': 'retired', 'message': 'It is retired.'}]
        self.show_node(ports=[], reasons=reasons)
        self.assertThat(
            self.refused('ports'),
            matchers.StartsWith(
                "Node 'rack7-u12' cannot be taken over: It is retired. "
                "Besides: Node 'rack7-u12' carries no network port"
            ),
        )

    @ddt.data(
        ('ports', {'ports': []}, 'no_port'),
        ('flavor', {'resource_class': None}, 'no_resource_class'),
    )
    @ddt.unpack
    def test_what_the_service_has_said_is_not_said_again(
        self, argument, node, code
    ):
        reasons = [{'code': code, 'message': 'It has none. Set one.'}]
        self.show_node(**node, reasons=reasons)
        self.assertEqual(
            "Node 'rack7-u12' cannot be taken over: It has none. Set one.",
            self.refused(argument),
        )

    def test_reasons_are_told_as_structures_too(self):
        reasons = [{'code': 'retired', 'message': 'It is retired.'}]
        self.show_node(ports=[], reasons=reasons)
        error = self.assertRaises(
            exceptions.CannotChoose,
            self.client.server.prepare,
            fakes.NODE_UUID,
            flavor=fakes.FLAVOR_UUID,
        )
        self.assertEqual(reasons, error.reasons)
        self.assertIn('It is retired.', error.message)

    def test_node_without_resource_class(self):
        self.show_node(resource_class=None)
        self.assertIn('no resource class', self.refused('flavor'))

    def test_no_flavor_fits(self):
        self.show_flavors({**fakes.FLAVOR, 'resources': {'x': 1}})
        self.assertIn("'baremetal.gold'", self.refused('flavor'))

    def test_several_flavors_fit(self):
        other = {**fakes.FLAVOR, 'uuid': fakes.OTHER_UUID, 'name': 'gold2'}
        self.show_flavors(fakes.FLAVOR, other)
        message = self.refused('flavor')
        self.assertIn("'gold' (" + fakes.FLAVOR_UUID, message)
        self.assertIn("'gold2' (" + fakes.OTHER_UUID, message)

    def test_flavor_that_asks_for_traits_is_chosen_last(self):
        special = {
            **fakes.FLAVOR,
            'uuid': fakes.OTHER_UUID,
            'traits': ['CUSTOM_GPU'],
        }
        self.show_flavors(special, fakes.FLAVOR)
        found = self.client.server.prepare(fakes.NODE_UUID)
        self.assertEqual(fakes.FLAVOR_UUID, found.flavor.uuid)
        self.show_flavors(special)
        found = self.client.server.prepare(fakes.NODE_UUID)
        self.assertEqual(fakes.OTHER_UUID, found.flavor.uuid)

    def test_disabled_flavor_is_not_chosen(self):
        self.show_flavors({**fakes.FLAVOR, 'disabled': True})
        self.refused('flavor')

    def test_only_what_is_left_out_is_looked_up(self):
        self.client.server.manage(fakes.NODE_UUID, **WHOLE)
        self.assertEqual('rack7-u12', self.body['name'])
        self.assertNotIn('GET /flavors', self.sent())


@ddt.ddt
class TestOlderServer(Base):
    NEWEST = '1.1'

    @ddt.data(
        ({'project_id': 'p'}, 'project_id'),
        ({'metadata': {'a': 'b'}}, 'metadata'),
    )
    @ddt.unpack
    def test_is_told_before_anything_is_sent(self, more, what):
        for ask in (self.client.server.manage, self.client.server.prepare):
            error = self.assertRaises(
                exceptions.UnsupportedVersion, ask, 'rack7-u12', **more
            )
            self.assertEqual('1.2', error.needed)
            self.assertEqual('1.1', error.maximum)
            self.assertIn(what, error.message)
        self.assertEqual([], self.sent())

    def test_is_enough_for_the_rest(self):
        self.client.server.manage(fakes.NODE_UUID, 'db-3', **WHOLE)
        self.assertEqual(BODY, self.body)

    def test_does_not_get_the_project_of_the_client(self):
        used = client.Client(fakes.MOGAN, project_id='mine')
        used.server.manage(fakes.NODE_UUID, 'db-3', **WHOLE)
        self.assertEqual(BODY, self.body)

    def test_empty_metadata_is_none(self):
        self.client.server.manage(
            fakes.NODE_UUID, 'db-3', metadata={}, **WHOLE
        )
        self.assertEqual(BODY, self.body)

    def test_an_address_in_a_list_is_refused(self):
        self.assertRaises(
            exceptions.UnsupportedVersion,
            self.client.server.list,
            ip='192.0.2.5',
        )
        self.assertEqual([], self.sent())


class TestServerWithoutChosenUuids(Base):
    NEWEST = '1.2'

    def test_is_told_before_anything_is_sent(self):
        for ask in (self.client.server.manage, self.client.server.prepare):
            error = self.assertRaises(
                exceptions.UnsupportedVersion,
                ask,
                'rack7-u12',
                uuid=fakes.SERVER_UUID,
            )
            self.assertEqual(('1.3', '1.2'), (error.needed, error.maximum))
            self.assertIn('the uuid of manage', error.message)
        self.assertEqual([], self.sent())

    def test_is_enough_for_the_rest(self):
        self.client.server.manage(
            fakes.NODE_UUID, 'db-3', metadata={'rack': '7'}, **WHOLE
        )
        self.assertEqual({**BODY, 'metadata': {'rack': '7'}}, self.body)
        self.assertEqual(
            'baremetal_compute 1.2',
            self.http.last_request.headers['OpenStack-API-Version'],
        )


class TestClientToldToBeOlder(Base):
    def setUp(self) -> None:
        super().setUp()
        self.client = client.Client(fakes.MOGAN, api_version='1.2')

    def test_refuses_a_uuid_before_anything_is_sent(self):
        error = self.assertRaises(
            exceptions.UnsupportedVersion,
            self.client.server.manage,
            'rack7-u12',
            uuid=fakes.SERVER_UUID,
        )
        self.assertIn('told to use 1.2', error.message)
        self.assertEqual([], self.sent())

    def test_works_as_before(self):
        self.client.server.manage(fakes.NODE_UUID, 'db-3', **WHOLE)
        self.assertEqual(BODY, self.body)


class TestPrepare(Base):
    def test_with_just_a_node(self):
        found = self.client.server.prepare('rack7-u12')
        self.assertTrue(found.ready)
        self.assertEqual({**BODY, 'name': 'rack7-u12'}, found.body)
        self.assertEqual('rack7-u12', found.node.name)
        self.assertEqual('gold', found.flavor.name)
        self.assertEqual([fakes.PORT_UUID], found.ports)

    def test_only_asks(self):
        self.client.server.prepare(
            fakes.NODE_UUID, 'db-3', metadata={'a': 'b'}, **WHOLE
        )
        self.assertEqual({'GET'}, {sent.split()[0] for sent in self.sent()})

    def test_is_what_manage_sends(self):
        more = {
            'flavor': 'gold',
            'project_id': 'p',
            'metadata': {'a': 'b'},
            'description': 'd',
            'availability_zone': 'z',
            'uuid': fakes.SERVER_UUID,
        }
        found = self.client.server.prepare('rack7-u12', 'x', **more)
        self.client.server.manage('rack7-u12', 'x', **more)
        self.assertEqual(self.body, found.body)

    def test_reasons_of_the_service_are_told(self):
        reasons = [{'code': 'retired', 'message': 'It is retired.'}]
        self.show_node(reasons=reasons)
        found = self.client.server.prepare('rack7-u12')
        self.assertFalse(found.ready)
        self.assertEqual(reasons, found.reasons)

    def test_wrong_arguments_are_raised(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.server.prepare,
            'rack7-u12',
            ports=['abc'],
        )


@ddt.ddt
class TestServers(Base):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(SERVERS, json={'servers': [fakes.SERVER]})
        self.http.get(SERVERS + '/detail', json={'servers': [fakes.SERVER]})
        self.http.get(ONE, json=fakes.SERVER)
        self.http.patch(ONE, json=fakes.SERVER)
        self.http.post(ONE + '/unmanage', status_code=204)

    @ddt.data(fakes.SERVER_UUID, server.Server(fakes.SERVER), 'db-3')
    def test_unmanage(self, thing):
        self.assertIsNone(self.client.server.unmanage(thing))
        self.assertEqual(
            f'POST /servers/{fakes.SERVER_UUID}/unmanage', self.sent()[-1]
        )
        self.assertEqual({}, self.body)

    def test_unmanage_with_a_request_id_of_its_own(self):
        mine = 'req-' + fakes.OTHER_UUID
        self.client.server.unmanage(fakes.SERVER_UUID, global_request_id=mine)
        self.assertEqual(
            mine, self.http.last_request.headers['X-OpenStack-Request-ID']
        )

    def test_list(self):
        (found,) = self.client.server.list()
        self.assertEqual('db-3', found.name)
        self.assertEqual(['GET /servers/detail'], self.sent())

    def test_list_in_outline(self):
        self.client.server.list(detailed=False)
        self.assertEqual(['GET /servers'], self.sent())

    def test_every_argument_is_sent(self):
        self.client.server.list(
            all_projects=True,
            project_id='p',
            name='n',
            status='active',
            node=adoptable_node.AdoptableNode(fakes.NODE),
            flavor=fakes.FLAVOR_UUID.upper(),
            image=fakes.OTHER_UUID,
            sort='name',
            limit=5,
            marker=server.Server(fakes.SERVER),
        )
        self.assertEqual(
            {
                'all_projects': ['true'],
                'project_id': ['p'],
                'name': ['n'],
                'status': ['active'],
                'node': [fakes.NODE_UUID],
                'flavor_uuid': [fakes.FLAVOR_UUID],
                'image_uuid': [fakes.OTHER_UUID],
                'sort': ['name'],
                'limit': ['5'],
                'marker': [fakes.SERVER_UUID],
            },
            self.http.last_request.qs,
        )

    def test_list_by_address(self):
        self.http.get(SERVERS + '/detail', json={'servers': []})
        self.client.server.list(ip='192.0.2.5')
        self.assertEqual(['GET /servers/detail?ip=192.0.2.5'], self.sent())

    def test_list_by_the_name_of_a_flavor(self):
        self.client.server.list(flavor='gold')
        self.assertEqual(
            [fakes.FLAVOR_UUID], self.http.last_request.qs['flavor_uuid']
        )

    def test_get(self):
        self.assertEqual(
            fakes.SERVER, self.client.server.get(fakes.SERVER_UUID).to_dict()
        )

    def test_update(self):
        found = self.client.server.update(
            fakes.SERVER_UUID,
            name='x',
            description=None,
            metadata={'a': 'b', 'c': None},
        )
        self.assertEqual('db-3', found.name)
        self.assertEqual(
            [
                {'op': 'replace', 'path': '/name', 'value': 'x'},
                {'op': 'replace', 'path': '/description', 'value': None},
                {'op': 'add', 'path': '/metadata/a', 'value': 'b'},
                {'op': 'remove', 'path': '/metadata/c'},
            ],
            self.body,
        )

    def test_update_by_name(self):
        self.client.server.update('db-3', name='x')
        self.assertEqual(
            f'PATCH /servers/{fakes.SERVER_UUID}', self.sent()[-1]
        )

    def test_update_with_a_patch(self):
        patch = [{'op': 'remove', 'path': '/metadata/a'}]
        self.client.server.update(fakes.SERVER_UUID, patch)
        self.assertEqual(patch, self.body)

    def test_update_of_nothing(self):
        self.assertRaises(
            exceptions.ValidationError,
            self.client.server.update,
            fakes.SERVER_UUID,
        )
        self.assertEqual([], self.sent())
