"""Pages: every row once, in the same order on every database."""

from moganclient.service.db import api
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class Paging(base.Base):
    def setUp(self):
        super().setUp()
        self.flavor_uuid = self.flavor().uuid

    def make(self, *names, **values):
        return [
            self.server(name=name, flavor_uuid=self.flavor_uuid, **values)
            for name in names
        ]

    def pages(self, **query):
        """The names of the servers of each page."""
        names = []
        marker = None
        while True:
            servers, marker = self.db.list_servers(
                api.ServerQuery(marker=marker, **query)
            )
            names.append([server.name for server in servers])
            if marker is None:
                return names

    def test_pages_in_the_order_of_creation(self):
        self.make('c', 'a', 'b', 'e', 'd')
        self.assertEqual([['c', 'a'], ['b', 'e'], ['d']], self.pages(limit=2))

    def test_backwards_without_a_key(self):
        self.make('c', 'a', 'b')
        self.assertEqual(
            [['b', 'a'], ['c']], self.pages(limit=2, descending=True)
        )

    def test_full_last_page_says_that_it_is_the_last(self):
        self.make('a', 'b')
        self.assertEqual([['a', 'b']], self.pages(limit=2))

    def test_nothing(self):
        self.assertEqual([[]], self.pages())

    def test_sorted_pages(self):
        self.make('c', 'a', 'b', 'e', 'd')
        self.assertEqual(
            [['a', 'b'], ['c', 'd'], ['e']],
            self.pages(sort_key='name', limit=2),
        )
        self.assertEqual(
            [['e', 'd'], ['c', 'b'], ['a']],
            self.pages(sort_key='name', descending=True, limit=2),
        )

    def test_equal_values_keep_the_order_of_creation(self):
        self.make('a', 'b', 'c', 'd', status='active')
        for descending in (False, True):
            self.assertEqual(
                [['a'], ['b'], ['c'], ['d']],
                self.pages(sort_key='status', descending=descending, limit=1),
            )

    def test_rows_without_a_value_come_last(self):
        for name, zone in (
            ('a', None),
            ('b', 'z2'),
            ('c', None),
            ('d', 'z1'),
        ):
            self.make(name, availability_zone=zone)
        for limit in (1, 2, 3, 4):
            up = self.pages(sort_key='availability_zone', limit=limit)
            self.assertEqual(['d', 'b', 'a', 'c'], sum(up, []))
            down = self.pages(
                sort_key='availability_zone', descending=True, limit=limit
            )
            self.assertEqual(['b', 'd', 'a', 'c'], sum(down, []))

    def test_every_sort_key(self):
        self.make('a', 'b', 'c')
        for key in api.SERVER_SORT_KEYS:
            for descending in (False, True):
                pages = self.pages(
                    sort_key=key, descending=descending, limit=2
                )
                self.assertEqual(['a', 'b', 'c'], sorted(sum(pages, [])), key)
        for key in api.FLAVOR_SORT_KEYS:
            query = api.FlavorQuery(sort_key=key)
            self.assertEqual(1, len(self.db.list_flavors(query)[0]), key)

    def test_filters_hold_on_every_page(self):
        self.make('a', 'b', 'c', project_id='one')
        self.make('d', 'e', project_id='two')
        self.make('f', project_id='one')
        self.assertEqual(
            [['a', 'b'], ['c', 'f']], self.pages(project_id='one', limit=2)
        )

    def test_page_after_rows_that_came_and_went(self):
        servers = self.make('b', 'd', 'f', flow_owner='me')
        query = {'sort_key': 'name', 'limit': 2}
        _, marker = self.db.list_servers(api.ServerQuery(**query))
        self.make('a', 'e')
        self.db.forget_server(servers[0].uuid, 'me')
        found, _ = self.db.list_servers(
            api.ServerQuery(marker=marker, **query)
        )
        self.assertEqual(['e', 'f'], [server.name for server in found])

    def test_marker_that_is_there_no_more(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.pages_after, base.new_uuid()
        )
        self.assertEqual('marker_not_found', error.code)

    def test_marker_that_the_list_does_not_have(self):
        [server] = self.make('a', project_id='one')
        error = self.assertRaises(
            exceptions.BadRequest,
            self.pages_after,
            server.uuid,
            project_id='two',
        )
        self.assertIn(server.uuid, error.detail)

    def pages_after(self, marker, **query):
        return self.db.list_servers(api.ServerQuery(marker=marker, **query))

    def test_marker_whose_row_is_changed_has_its_ports_when_found_again(self):
        port = base.new_port()
        [server] = self.make('a', ports=[port])
        found, _ = self.db.list_servers(
            api.ServerQuery(sort_key='name', marker=server.uuid)
        )
        self.assertEqual([], found)
        [again] = self.db.list_servers()[0]
        self.assertEqual(port.port_id, again.ports[0].port_id)

    def test_unknown_sort_key(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.pages, sort_key='size'
        )
        self.assertIn(
            'servers cannot be sorted by "size"; known are', error.detail
        )

    def test_keys_are_attributes_of_the_rows(self):
        for keys, model in (
            (api.SERVER_SORT_KEYS, models.Server),
            (api.FLAVOR_SORT_KEYS, models.Flavor),
        ):
            for name in keys.values():
                self.assertTrue(hasattr(model, name), name)
