"""Unit tests of reading nodes from Ironic, past the traps in its paging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import fixtures
import testtools

from moganclient.service.drivers import base
from moganclient.service.drivers import ironic
from moganclient.service import exceptions
from moganclient.tests.unit.service import clouds
from moganclient.tests.unit.service.drivers import fake_ironic


class IronicTestCase(testtools.TestCase):
    """A driver and the Ironic that it asks."""

    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.FakeLogger())

    def start(self, page_size: int | None = None, **options: Any) -> None:
        self.ironic = self.useFixture(fake_ironic.FakeIronic(**options))
        self.driver = ironic.IronicDriver(
            clouds.service('ironic', page_size=page_size)
        )

    def pages(self, **query: Any) -> Iterator[base.NodePage]:
        marker = None
        for _number in range(200):
            page = self.driver.list_adoptable_nodes(
                base.NodeQuery(marker=marker, **query)
            )
            yield page
            marker = page.next_marker
            if marker is None:
                return
        self.fail('The pages never end.')

    def names(self, **query: Any) -> list[str | None]:
        return [
            node.name for page in self.pages(**query) for node in page.nodes
        ]


class TestNode(IronicTestCase):
    def test_when_it_was_provisioned_last(self) -> None:
        self.start()
        when = '2026-03-04T05:06:07+00:00'
        node = self.ironic.add_node(provision_updated_at=when)
        found = self.driver.get_node_bare(node['uuid'])
        self.assertEqual(when, found.provision_updated_at)


class TestPaging(IronicTestCase):
    def test_page_is_filled_past_the_limit_of_ironic(self) -> None:
        self.start(max_limit=3)
        for _number in range(10):
            self.ironic.add_node()
        page = self.driver.list_adoptable_nodes(base.NodeQuery(limit=8))
        self.assertEqual(
            [f'node-{number:04}' for number in range(1, 9)],
            [node.name for node in page.nodes],
        )

    def test_filters_hold_on_every_page(self) -> None:
        self.start(max_limit=2)
        for number in range(6):
            self.ironic.add_node()
            self.ironic.add_node(
                provision_state='available' if number % 2 else 'active',
                maintenance=number % 2 == 0,
            )
            self.ironic.add_node(instance_uuid=f'someone-{number}')
            self.ironic.add_node(retired=True)
        self.assertEqual(
            [f'node-{number:04}' for number in range(1, 24, 4)], self.names()
        )

    def test_all_leaves_nothing_out(self) -> None:
        self.start(max_limit=2)
        self.ironic.add_node(provision_state='enroll')
        self.ironic.add_node(maintenance=True, retired=True)
        self.ironic.add_node(instance_uuid='someone')
        self.assertEqual(3, len(self.names(all=True)))

    def test_end_has_no_marker(self) -> None:
        self.start()
        self.ironic.add_node()
        page = self.driver.list_adoptable_nodes(base.NodeQuery(limit=2))
        self.assertIsNone(page.next_marker)

    def test_exact_filters_reach_ironic(self) -> None:
        self.start()
        self.ironic.add_node(owner='me')
        self.ironic.add_node(owner='you')
        self.ironic.add_node(resource_class='a&b')
        self.ironic.add_node(conductor_group='east')
        self.assertEqual(['node-0001'], self.names(owner='me'))
        self.assertEqual(['node-0003'], self.names(resource_class='a&b'))
        self.assertEqual(['node-0004'], self.names(conductor_group='east'))

    def test_match_of_a_database_that_ignores_case_is_dropped(self) -> None:
        self.start()
        self.ironic.http.get(
            f'{clouds.IRONIC}/v1/nodes/detail',
            json={'nodes': [self.ironic.add_node(resource_class='Gold')]},
        )
        self.assertEqual([], self.names(resource_class='gold'))

    def test_page_size_is_asked_for(self) -> None:
        self.start(page_size=4)
        for _number in range(9):
            self.ironic.add_node()
        self.assertEqual(9, len(self.names()))
        limits = [
            part
            for url in self.ironic.asked()
            if url.startswith('/nodes')
            for part in url.split('&')
            if part.startswith('limit=')
        ]
        self.assertEqual(['limit=4'] * 3, limits)

    def test_marker_deleted_between_two_pages(self) -> None:
        self.start(max_limit=2)
        for _number in range(6):
            self.ironic.add_node()
        asked = []

        def delete(path: str) -> None:
            asked.append(path)
            if len(asked) == 2:
                del self.ironic.nodes[1]

        self.ironic.before = delete
        self.assertEqual(
            [f'node-{number:04}' for number in range(1, 7)],
            self.names(all=True, limit=6),
        )

    def test_unknown_marker(self) -> None:
        self.start()
        marker = '0f9c917e-abc5-4241-8fb9-ffcf9850ec77'
        for sort_key in None, 'name':
            exc = self.assertRaises(
                exceptions.BadRequest,
                self.driver.list_adoptable_nodes,
                base.NodeQuery(marker=marker, sort_key=sort_key),
            )
            self.assertIn(marker, exc.detail)

    def test_marker_that_is_no_uuid(self) -> None:
        self.start()
        self.ironic.add_node(name='rack1')
        self.assertRaises(
            exceptions.BadRequest,
            self.driver.list_adoptable_nodes,
            base.NodeQuery(marker='rack1'),
        )

    def test_answer_without_nodes_is_no_empty_list(self) -> None:
        self.start()
        self.ironic.http.get(
            f'{clouds.IRONIC}/v1/nodes/detail', json={'servers': []}
        )
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.driver.list_adoptable_nodes,
            base.NodeQuery(),
        )
        self.assertIn('Ironic', exc.detail)


class TestSorting(IronicTestCase):
    """Every node once, those without a value last, by pages of any size."""

    def check(self, owners: list[str | None], nulls_first: bool) -> None:
        for max_limit in 2, 1000:
            self.start(max_limit=max_limit, nulls_first=nulls_first)
            for owner in owners:
                self.ironic.add_node(owner=owner)
            for down in False, True:
                for limit in 1, 2, 3, 5, 50:
                    found = [
                        (node.owner, node.name)
                        for page in self.pages(
                            sort_key='owner', descending=down, limit=limit
                        )
                        for node in page.nodes
                    ]
                    owned = [owner for owner, _name in found if owner]
                    self.assertEqual(sorted(owned, reverse=down), owned)
                    self.assertEqual(
                        owned, [o for o, _name in found[: len(owned)]]
                    )
                    self.assertEqual(
                        len(owners), len({name for _o, name in found})
                    )
                    self.assertEqual(len(owners), len(found))

    def test_nulls_between_values(self) -> None:
        owners = ['b', None, 'a', None, None, 'b', None, 'c', 'a', None]
        self.check(owners, nulls_first=True)
        self.check(owners, nulls_first=False)

    def test_no_nulls(self) -> None:
        self.check(['b', 'a', 'c', 'a', 'd'], nulls_first=True)
        self.check(['b', 'a', 'c', 'a', 'd'], nulls_first=False)

    def test_nothing_but_nulls(self) -> None:
        self.check([None] * 5, nulls_first=True)
        self.check([None] * 5, nulls_first=False)

    def test_as_many_values_as_fit_on_a_page(self) -> None:
        self.check(['a', 'b', 'c', None, None], nulls_first=True)
        self.check(['a', 'b', 'c', None, None], nulls_first=False)

    def test_nothing_at_all(self) -> None:
        self.start()
        self.assertEqual([], self.names(sort_key='name'))

    def test_key_that_is_never_null_is_left_to_ironic(self) -> None:
        self.start()
        for _number in range(3):
            self.ironic.add_node()
        uuids = [
            node.uuid
            for page in self.pages(sort_key='uuid', descending=True, limit=2)
            for node in page.nodes
        ]
        self.assertEqual(sorted(uuids, reverse=True), uuids)
        lists = [url for url in self.ironic.asked() if '/nodes' in url]
        self.assertEqual(2, len(lists))
