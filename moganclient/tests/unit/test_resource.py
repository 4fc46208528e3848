"""Tests of resources, and of lists that come in pages."""

from __future__ import annotations

import copy
import gc
import json
import pickle
from typing import Any
import uuid
import weakref

import ddt
from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient import exceptions
from moganclient import resource
from moganclient.tests.unit import loopback
from moganclient.v1 import adoptable_node
from moganclient.v1 import client
from moganclient.v1 import server

MOGAN = 'http://mogan.test:6688'
NODES = MOGAN + '/v1/adoptable_nodes'
UUID = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'

INFO = {
    'uuid': UUID,
    'name': 'rack7-u12',
    'ports': [{'vif_port_id': None}],
    'new': {'in': 'a newer server'},
}


@ddt.ddt
class TestResource(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.node = adoptable_node.AdoptableNode(copy.deepcopy(INFO))

    def test_fields_are_attributes(self):
        self.assertEqual('rack7-u12', self.node.name)
        self.assertEqual([{'vif_port_id': None}], self.node.ports)

    def test_fields_of_a_newer_server_are_attributes(self):
        self.assertEqual({'in': 'a newer server'}, self.node.new)
        self.assertIn('new', dir(self.node))

    def test_field_that_was_not_sent_is_told(self):
        error = self.assertRaises(AttributeError, getattr, self.node, 'owner')
        self.assertIn("'owner'", str(error))
        self.assertIn('name, new, ports, uuid', str(error))
        self.assertNotIn('owner', self.node)
        self.assertIn('name', self.node)

    @ddt.data('node', 'node_uuid', 'system_metadata', 'affinity_zone')
    def test_field_that_members_do_not_see_is_none(self, name):
        self.assertIsNone(getattr(server.Server({'uuid': UUID}), name))

    def test_equal_where_the_server_said_the_same(self):
        same = adoptable_node.AdoptableNode(copy.deepcopy(INFO))
        self.assertEqual(self.node, same)
        self.assertEqual(hash(self.node), hash(same))
        self.assertEqual(1, len({self.node, same}))

    def test_not_equal_where_it_said_another_thing(self):
        other = adoptable_node.AdoptableNode({**INFO, 'name': 'x'})
        self.assertNotEqual(self.node, other)

    def test_not_equal_to_another_kind(self):
        self.assertNotEqual(self.node, server.Server(INFO))
        self.assertNotEqual(self.node, INFO)

    def test_prints_kind_name_and_uuid(self):
        self.assertEqual(
            f"<AdoptableNode 'rack7-u12' {UUID}>", repr(self.node)
        )
        self.assertEqual(repr(self.node), str(self.node))

    def test_prints_without_a_name(self):
        node = adoptable_node.AdoptableNode({'uuid': UUID, 'name': None})
        self.assertEqual(f'<AdoptableNode {UUID}>', repr(node))

    @ddt.data(*range(pickle.HIGHEST_PROTOCOL + 1))
    def test_pickles(self, protocol):
        found = pickle.loads(pickle.dumps(self.node, protocol))
        self.assertEqual(self.node, found)
        self.assertIs(type(self.node), type(found))

    def test_copies(self):
        self.assertEqual(self.node, copy.copy(self.node))
        found = copy.deepcopy(self.node)
        found.ports.append('x')
        self.assertNotEqual(self.node, found)

    def test_to_dict_is_all_of_it_and_ones_own(self):
        found = self.node.to_dict()
        self.assertEqual(INFO, found)
        found['ports'][0]['vif_port_id'] = 'x'
        found['new']['in'] = 'x'
        self.assertEqual(INFO, self.node.to_dict())


@ddt.ddt
class TestNotes(testtools.TestCase):
    """What a program notes down on a resource."""

    def setUp(self) -> None:
        super().setUp()
        self.server = server.Server({'uuid': UUID, 'status': 'active'})
        # As dashboards do.
        self.server.full_flavor = 'gold'

    def test_it_can_be_read(self):
        self.assertEqual('gold', self.server.full_flavor)
        self.assertIn('full_flavor', dir(self.server))

    def test_the_server_did_not_say_it(self):
        self.assertEqual(
            {'uuid': UUID, 'status': 'active'}, self.server.to_dict()
        )
        self.assertNotIn('full_flavor', self.server)

    def test_another_one_has_none(self):
        other = server.Server({'uuid': UUID, 'status': 'active'})
        self.assertFalse(hasattr(other, 'full_flavor'))
        self.assertEqual(other, self.server)
        self.assertEqual(hash(other), hash(self.server))

    @ddt.data('status', 'uuid', 'fault', 'name')
    def test_a_declared_field_cannot_be_set(self, name):
        self.assertRaises(AttributeError, setattr, self.server, name, 'x')
        self.assertEqual('active', self.server.status)

    def test_it_can_be_deleted(self):
        del self.server.full_flavor
        self.assertFalse(hasattr(self.server, 'full_flavor'))

    def test_copies_have_it(self):
        self.assertEqual('gold', copy.copy(self.server).full_flavor)
        copied = copy.deepcopy(self.server)
        copied.full_flavor = 'silver'
        self.assertEqual('gold', self.server.full_flavor)

    @ddt.data(*range(pickle.HIGHEST_PROTOCOL + 1))
    def test_pickles_have_it(self, protocol):
        found = pickle.loads(pickle.dumps(self.server, protocol))
        self.assertEqual('gold', found.full_flavor)
        self.assertEqual(self.server, found)


@ddt.ddt
class TestIdent(testtools.TestCase):
    @ddt.data(
        (UUID, UUID),
        (UUID.upper(), UUID),
        (uuid.UUID(UUID), UUID),
        (server.Server({'uuid': UUID, 'name': 'x'}), UUID),
        ('Rack7-U12', 'Rack7-U12'),
        (' x ', ' x '),
    )
    @ddt.unpack
    def test_of(self, thing, ident):
        self.assertEqual(ident, resource.ident(thing, 'node'))

    @ddt.data('', '  ', None, 5, b'x', ['x'])
    def test_of_what_identifies_nothing(self, thing):
        error = self.assertRaises(
            exceptions.ValidationError, resource.ident, thing, 'node'
        )
        self.assertIn('which node', error.message)

    def test_of_bytes_that_are_no_text(self):
        # As Python decodes an argument of a command that is not UTF-8.
        error = self.assertRaises(
            exceptions.ValidationError, resource.ident, 'a\udcff', 'node'
        )
        self.assertIn('node', error.message)
        error.message.encode()

    @ddt.data(
        ('rack7-u12', 'rack7-u12'),
        ('a b', 'a%20b'),
        ('a/b?c#d%', 'a%2Fb%3Fc%23d%25'),
        ('é', '%C3%A9'),
        ('..a', '..a'),
    )
    @ddt.unpack
    def test_as_a_segment_of_a_path(self, name, segment):
        self.assertEqual(segment, resource.segment(name, 'node'))

    @ddt.data('.', '..')
    def test_name_that_would_be_another_path(self, name):
        self.assertRaises(
            exceptions.ValidationError, resource.segment, name, 'node'
        )


class TestQuery(testtools.TestCase):
    def test_arguments(self):
        self.assertEqual(
            {
                'all': 'true',
                'public': 'false',
                'fields': 'uuid,name',
                'name': UUID.upper(),
                'marker': UUID.upper(),
                'node': UUID,
                'number': '5',
            },
            resource.query(
                all=True,
                public=False,
                nothing=None,
                fields=['uuid', 'name'],
                none=[],
                # A name may look like a UUID, and be in upper case.
                name=UUID.upper(),
                marker=UUID.upper(),
                node=server.Server({'uuid': UUID}),
                number=5,
            ),
        )

    def test_what_makes_no_sense(self):
        for value in (object(), b'x', 'a\udcff', ['a\udcff']):
            self.assertRaises(
                exceptions.ValidationError, resource.query, name=value
            )


class Pages(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http = self.useFixture(requests_mock.Fixture())
        self.http.get(MOGAN + '/v1', json=loopback.VERSIONS)
        self.client = client.Client(MOGAN, token='t')  # noqa: S106

    def pages(self, *pages: Any, url: str = NODES) -> None:
        self.http.get(url, [{'json': page} for page in pages])

    def page(
        self, *names: str, following: str | None = None
    ) -> dict[str, Any]:
        page: dict[str, Any] = {
            'adoptable_nodes': [{'uuid': n, 'name': n} for n in names]
        }
        if following is not None:
            page['adoptable_nodes_links'] = [
                {'rel': 'next', 'href': following}
            ]
        return page

    def asked(self) -> list[str]:
        return [
            asked.url.partition('/v1/')[2]
            for asked in self.http.request_history
            if '/v1/' in asked.url
        ]

    def names(self, **more: Any) -> list[str | None]:
        return [node.name for node in self.client.adoptable_node.list(**more)]


@ddt.ddt
class TestPages(Pages):
    def test_one_page(self):
        self.pages(self.page('a', 'b'))
        self.assertEqual(['a', 'b'], self.names())

    def test_empty(self):
        self.pages(self.page())
        self.assertEqual([], self.names())

    def test_next_is_followed(self):
        self.pages(
            self.page('a', following=NODES + '?limit=1&marker=a'),
            self.page('b', following=NODES + '?limit=1&marker=b'),
            self.page('c'),
        )
        self.assertEqual(['a', 'b', 'c'], self.names(limit=1))
        self.assertEqual(
            [
                'adoptable_nodes?limit=1',
                'adoptable_nodes?limit=1&marker=a',
                'adoptable_nodes?limit=1&marker=b',
            ],
            self.asked(),
        )

    def test_page_shorter_than_asked_is_not_the_end(self):
        self.pages(self.page(following='?marker=a'), self.page('b'))
        self.assertEqual(['b'], self.names(limit=10))

    def test_page_as_long_as_asked_may_be_the_end(self):
        self.pages(self.page('a'))
        self.assertEqual(['a'], self.names(limit=1))
        self.assertEqual(1, len(self.asked()))

    @ddt.data(
        'http://evil.test/v1/adoptable_nodes?marker=a',
        'https://mogan.test:6688/v1/other?marker=a',
        '//evil.test/?marker=a',
        '/v1/adoptable_nodes?marker=a',
        '?marker=a',
        'ftp://u:p@[::1]/?marker=a#x',
    )
    def test_next_leads_nowhere_else(self, link):
        self.pages(self.page('a', following=link), self.page('b'))
        self.assertEqual(['a', 'b'], self.names())
        self.assertEqual(NODES + '?marker=a', self.http.last_request.url)

    def test_next_that_forgot_the_filters_keeps_them(self):
        self.pages(self.page('a', following='?marker=a'), self.page('b'))
        self.names(resource_class='gold')
        self.assertIn('resource_class=gold', self.http.last_request.url)

    @ddt.data('?marker=a', '?marker=a&marker=a')
    def test_next_that_leads_in_a_circle_is_an_error(self, link):
        self.pages(self.page('a', following=link))
        nodes = self.client.adoptable_node.iterate()
        self.assertEqual(['a', 'a'], [next(nodes).name for _ in range(2)])
        error = self.assertRaises(exceptions.MalformedResponse, next, nodes)
        self.assertIn('leads back', error.message)

    @ddt.data(NODES, NODES + '?', '', 'http://[')
    def test_next_without_a_query_is_an_error(self, link):
        self.pages(self.page('a', following=link))
        self.assertRaises(exceptions.MalformedResponse, self.names)
        self.assertEqual(1, len(self.asked()))

    @ddt.data(
        None,
        {},
        [None, {'rel': 'next'}, {'rel': 'prev', 'href': '?marker=x'}],
        [{'rel': 'next', 'href': None}],
    )
    def test_links_that_are_not_next(self, links):
        self.pages({'adoptable_nodes': [], 'adoptable_nodes_links': links})
        self.assertEqual([], self.names())

    @ddt.data(
        None,
        [],
        {},
        {'nodes': []},
        {'adoptable_nodes': None},
        {'adoptable_nodes': {}},
        {'adoptable_nodes': [{'uuid': 'a'}, 'b']},
        {'adoptable_nodes': ['a']},
    )
    def test_page_that_is_none_is_an_error(self, page):
        self.http.get(NODES, json=page)
        error = self.assertRaises(exceptions.MalformedResponse, self.names)
        self.assertIn("no list 'adoptable_nodes'", error.message)

    @ddt.data(
        b'{"adoptable_nodes": [{"uuid": "a"}, {"uu',
        b'<html><title>Log in</title></html>',
    )
    def test_page_that_is_no_json_is_an_error(self, content):
        self.http.get(NODES, content=content)
        self.assertRaises(exceptions.MalformedResponse, self.names)

    def test_empty_body_is_an_error(self):
        self.http.get(NODES, content=b'')
        self.assertRaises(exceptions.MalformedResponse, self.names)

    def test_second_page_that_fails_is_an_error(self):
        self.http.get(
            NODES,
            [
                {'json': self.page('a', following='?marker=a')},
                {'status_code': 500},
            ],
        )
        nodes = self.client.adoptable_node.iterate()
        self.assertEqual('a', next(nodes).name)
        self.assertRaises(exceptions.InternalServerError, next, nodes)


@ddt.ddt
class TestBounds(Pages):
    def test_max_items_stops(self):
        self.pages(
            self.page('a', 'b', following='?marker=b'),
            self.page('c', 'd', following='?marker=d'),
        )
        self.assertEqual(['a', 'b', 'c'], self.names(limit=2, max_items=3))
        self.assertEqual(2, len(self.asked()))

    def test_max_items_asks_for_no_more(self):
        self.pages(self.page('a', following='?marker=a'))
        self.assertEqual(['a'], self.names(max_items=1))
        self.assertEqual(['adoptable_nodes?limit=1'], self.asked())

    def test_server_that_sends_more_than_asked(self):
        self.pages(self.page('a', 'b', 'c'))
        self.assertEqual(['a', 'b'], self.names(max_items=2))

    def test_max_items_of_none_asks_nothing(self):
        self.assertEqual([], self.names(max_items=0))
        self.assertEqual([], self.asked())

    def test_limit_is_not_a_bound(self):
        self.pages(self.page('a', 'b', following='?marker=b'), self.page('c'))
        self.assertEqual(['a', 'b', 'c'], self.names(limit=2, max_items=9))
        self.assertIn('limit=2', self.asked()[0])

    @ddt.data(
        {'limit': 0},
        {'limit': -1},
        {'limit': '5'},
        {'limit': True},
        {'limit': 1.0},
        {'max_items': -1},
    )
    def test_bound_that_is_none_is_told_at_once(self, bound):
        error = self.assertRaises(
            exceptions.ValidationError,
            self.client.adoptable_node.iterate,
            **bound,
        )
        self.assertIn(*bound, error.message)


class TestIterate(Pages):
    def test_asks_when_it_is_wanted(self):
        self.pages(self.page('a', 'b', following='?marker=b'), self.page('c'))
        nodes = self.client.adoptable_node.iterate()
        self.assertEqual(0, len(self.asked()))
        next(nodes)
        next(nodes)
        self.assertEqual(1, len(self.asked()))
        self.assertEqual('c', next(nodes).name)
        self.assertRaises(StopIteration, next, nodes)
        self.assertEqual(2, len(self.asked()))

    def test_a_page_is_gone_when_the_next_is_asked_for(self):
        class Weak(dict):
            pass

        alive: list[int] = []
        pages: list[weakref.ref[Any]] = []

        class Transport:
            endpoint = MOGAN
            retired = False

            def request(self, method: str, path: str, params: Any) -> Any:
                gc.collect()
                alive.append(sum(1 for page in pages if page() is not None))
                number = len(alive)
                found = [Weak(uuid=str(n)) for n in range(3)]
                pages.extend(weakref.ref(node) for node in found)
                if number == 3:
                    return {'adoptable_nodes': found}
                links = [{'rel': 'next', 'href': f'?marker={number}'}]
                return {
                    'adoptable_nodes': found,
                    'adoptable_nodes_links': links,
                }

        manager = adoptable_node.AdoptableNodeManager(
            Transport()  # type: ignore[arg-type]
        )
        for _ in manager.iterate():
            pass
        # What the loop variable held, at most.
        self.assertEqual(3, len(alive))
        self.assertTrue(all(count <= 1 for count in alive), alive)

    def test_many_pages(self):
        answers = [
            loopback.Answer(
                body=json.dumps(
                    {
                        'adoptable_nodes': [{'uuid': str(n)}],
                        'adoptable_nodes_links': [
                            {'rel': 'next', 'href': f'?marker={n}'}
                        ],
                    }
                ).encode()
            )
            for n in range(50)
        ]
        answers.append(loopback.Answer(body={'adoptable_nodes': []}))
        served = self.useFixture(loopback.Server(*answers))
        # A real server beside the mock, which must not catch this.
        self.http.real_http = True
        real = client.Client(served.url)
        found = [node.uuid for node in real.adoptable_node.iterate()]
        self.assertEqual([str(n) for n in range(50)], found)


@ddt.ddt
class TestOne(Pages):
    @ddt.data(None, [], 'x', {}, {'node': {'uuid': 'x'}}, {'uuid': 5})
    def test_answer_that_is_none_is_an_error(self, body):
        self.http.get(NODES + '/x', json=body)
        error = self.assertRaises(
            exceptions.MalformedResponse, self.client.adoptable_node.get, 'x'
        )
        self.assertIn('has no uuid', error.message)
