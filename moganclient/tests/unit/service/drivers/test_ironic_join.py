"""Unit tests of joining NICs and port groups to a page of nodes."""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.tests.unit.service import clouds
from moganclient.tests.unit.service.drivers import test_ironic_nodes


class TestJoin(test_ironic_nodes.IronicTestCase):
    def fleet(self, count: int, **options: Any) -> None:
        """Nodes with one, two, or (every fifth) no NIC."""
        self.start(**options)
        for number in range(count):
            node = self.ironic.add_node(owner='few' if number % 20 else 'one')
            for _nic in range((1, 2, 1, 1, 0)[number % 5]):
                self.ironic.add_port(node)

    def expected(self) -> dict[str, list[str]]:
        return {
            node['uuid']: [
                port['uuid']
                for port in self.ironic.ports
                if port['node_uuid'] == node['uuid']
            ]
            for node in self.ironic.nodes
        }

    def check(self, **query: Any) -> int:
        """Every page has its NICs; how many requests it took."""
        found = {}
        self.ironic.asked()
        for page in self.pages(**query):
            for node in page.nodes:
                found[node.uuid] = [nic.uuid for nic in node.nics]
        self.assertNotEqual({}, found)
        expected = self.expected()
        for uuid, nics in found.items():
            self.assertEqual(expected[uuid], nics)
        return len(self.ironic.asked())

    def ports_asked(self) -> list[str]:
        return [url for url in self.ironic.asked() if url.startswith('/ports')]

    def test_pages_of_any_size_in_ironics_order(self) -> None:
        self.fleet(60, max_limit=7)
        for limit in 1, 3, 10, 1000:
            for down in False, True:
                self.check(limit=limit, descending=down)

    def test_pages_in_another_order(self) -> None:
        self.fleet(60, max_limit=7)
        for limit in 3, 10, 1000:
            self.check(limit=limit, sort_key='uuid')

    def test_nodes_far_apart(self) -> None:
        self.fleet(400, max_limit=50)
        self.check(owner='one')

    def test_ironic_whose_nodes_have_another_order(self) -> None:
        for max_limit in 7, 1000:
            self.fleet(60, max_limit=max_limit, shuffled=True)
            self.check(limit=20)

    def test_nics_keep_their_order_whatever_the_fallback(self) -> None:
        self.fleet(60, shuffled=True)
        self.check(limit=20, descending=True)

    def test_ironic_that_refuses_to_sort_by_node(self) -> None:
        self.fleet(8)

        def refuse(request: Any, context: Any) -> Any:
            if 'sort_key=node_id' not in request.url:
                return self.ironic._answer(request, context)
            context.status_code = 400
            return {'error_message': '{"faultstring": "invalid"}'}

        self.ironic.http.get(f'{clouds.IRONIC}/v1/ports', json=refuse)
        self.check()

    def test_login_that_is_refused_is_no_reason_to_read_everything(
        self,
    ) -> None:
        self.fleet(8)
        self.ironic.http.get(f'{clouds.IRONIC}/v1/ports', status_code=403)
        self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.driver.list_adoptable_nodes,
            base.NodeQuery(),
        )
        self.assertEqual(1, len(self.ports_asked()))

    def test_page_in_the_middle_reads_its_own_range(self) -> None:
        self.start()
        for _number in range(500):
            self.ironic.add_port(self.ironic.add_node())
        marker = self.ironic.nodes[250]['uuid']
        self.driver.list_adoptable_nodes(
            base.NodeQuery(limit=20, marker=marker)
        )
        asked = self.ports_asked()
        self.assertEqual(2, len(asked))
        self.assertIn('limit=88', asked[1])

    def test_big_page_takes_few_requests(self) -> None:
        self.fleet(1000)
        self.assertLessEqual(self.check(), 9)

    def test_end_of_the_list_takes_no_request_more(self) -> None:
        self.start()
        for _number in range(60):
            self.ironic.add_port(self.ironic.add_node())
        self.driver.check()
        # Nodes, the ports of the first and of the others, port groups.
        self.assertEqual(4, self.check())

    def test_far_apart_takes_no_scan_of_everything(self) -> None:
        self.fleet(4000)
        for node in self.ironic.nodes:
            node['owner'] = 'x'
        for number in 10, 1900, 3100, 3990:
            self.ironic.nodes[number]['owner'] = 'mine'
        # The version, nodes, two for each node and a page or two.
        self.assertLessEqual(self.check(owner='mine'), 13)

    def test_two_nodes_are_asked_for_one_by_one(self) -> None:
        self.fleet(50)
        self.driver.list_adoptable_nodes(base.NodeQuery(limit=2))
        asked = self.ports_asked()
        self.assertEqual(2, len(asked))
        self.assertTrue(all('node=' in url for url in asked), asked)

    def test_next_is_not_trusted_while_nodes_are_deleted(self) -> None:
        # Ironic drops ports of a node that is being deleted from a page,
        # and as the page is then too short, the next link as well.
        self.fleet(60, max_limit=20)
        cut = []

        def answer(request: Any, context: Any) -> Any:
            body = self.ironic._answer(request, context)
            if 'marker=' in request.url and not cut:
                cut.append(body['ports'].pop())
                self.ironic.ports.remove(cut[0])
                body.pop('next')
            return body

        self.ironic.http.get(f'{clouds.IRONIC}/v1/ports', json=answer)
        self.check(limit=50)
        self.assertEqual(1, len(cut))

    def test_port_groups(self) -> None:
        self.start(max_limit=5)
        for number in range(40):
            node = self.ironic.add_node()
            if number % 3 == 0:
                self.ironic.add_portgroup(node, name=f'bond-{number}')
        found = [
            (number, [group.name for group in node.portgroups])
            for page in self.pages(limit=15)
            for number, node in enumerate(page.nodes)
        ]
        self.assertEqual(40, len(found))
        groups = [name for _number, names in found for name in names]
        self.assertEqual([f'bond-{n}' for n in range(0, 40, 3)], groups)

    def test_port_groups_far_into_the_list(self) -> None:
        self.start(max_limit=1000)
        for _number in range(300):
            node = self.ironic.add_node()
            self.ironic.add_portgroup(node)
        page = self.driver.list_adoptable_nodes(
            base.NodeQuery(limit=20, marker=self.ironic.nodes[270]['uuid'])
        )
        self.assertEqual([1] * 20, [len(n.portgroups) for n in page.nodes])

    def test_no_port_groups_cost_one_request(self) -> None:
        self.fleet(50)
        self.driver.list_adoptable_nodes(base.NodeQuery())
        asked = [url for url in self.ironic.asked() if 'portgroups' in url]
        self.assertEqual(1, len(asked))
