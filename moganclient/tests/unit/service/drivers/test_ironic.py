"""Unit tests of the Ironic driver: one node, claims, versions."""

from __future__ import annotations

import json
from typing import Any

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.tests.unit.service import clouds
from moganclient.tests.unit.service.drivers import test_ironic_nodes

SERVER = '7c1f4a52-3a1f-4d6e-8d42-6f4ce8b6a8f1'
VIF = '0a3e1c22-54a9-4f0e-9d65-0b1f0d1a2b3c'


class TestOneNode(test_ironic_nodes.IronicTestCase):
    def test_by_name_with_nics_and_port_groups(self) -> None:
        self.start()
        node = self.ironic.add_node(name='rack1.json')
        port = self.ironic.add_port(node, VIF)
        self.ironic.add_portgroup(node, name='bond0')
        found = self.driver.get_node('rack1.json')
        self.assertEqual(node['uuid'], found.uuid)
        self.assertEqual([port['uuid']], [nic.uuid for nic in found.nics])
        self.assertEqual(['bond0'], [g.name for g in found.portgroups])
        self.assertEqual([VIF], found.vifs())

    def test_uuid_in_upper_case(self) -> None:
        self.start()
        uuid = 'abcdef00-abc5-4241-8fb9-ffcf9850ec77'
        self.ironic.add_node(uuid=uuid)
        self.assertEqual(uuid, self.driver.get_node(uuid.upper()).uuid)

    def test_node_that_was_created_with_a_uuid_in_upper_case(self) -> None:
        self.start()
        uuid = 'ABCDEF00-ABC5-4241-8FB9-FFCF9850EC77'
        for number in range(2):
            node = self.ironic.add_node(uuid=uuid.replace('77', f'7{number}'))
            self.ironic.add_port(node, VIF)
        for sort_key in None, 'name', 'owner':
            found = [
                (node.uuid, node.vifs())
                for page in self.pages(limit=1, sort_key=sort_key)
                for node in page.nodes
            ]
            expected = [uuid.lower()[:-1] + number for number in '01']
            self.assertEqual([(one, [VIF]) for one in expected], found)
        node = self.driver.get_node(expected[0])
        self.assertEqual([VIF], node.vifs())

    def test_unknown_name(self) -> None:
        self.start()
        exc = self.assertRaises(
            exceptions.NodeNotFound, self.driver.get_node, 'rack9'
        )
        self.assertIn('rack9', exc.detail)

    def test_a_look_at_a_node_that_is_gone(self) -> None:
        self.start()
        self.ironic.add_node()
        self.assertRaises(
            exceptions.NodeNotFound, self.driver.get_node_bare, SERVER
        )

    def test_an_account_that_sees_nothing_proves_nothing_gone(self) -> None:
        self.start()
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable, self.driver.get_node_bare, SERVER
        )
        self.assertIn('roles', exc.detail)

    def test_what_cannot_be_a_name_is_not_sent(self) -> None:
        self.start()
        self.driver.check()
        self.ironic.asked()
        for ident in '', '..', 'a/b', 'a b', 'ä', 'x?y', 'a' * 256:
            self.assertRaises(
                exceptions.NodeNotFound, self.driver.get_node, ident
            )
        self.assertEqual([], self.ironic.asked())

    def test_list_is_not_taken_for_a_node(self) -> None:
        self.start()
        self.ironic.add_node()
        self.assertRaises(
            exceptions.NodeNotFound, self.driver.get_node, 'detail'
        )

    def test_name_in_another_case_is_another_name(self) -> None:
        self.start()
        self.ironic.http.get(
            f'{clouds.IRONIC}/v1/nodes/rack1',
            json=self.ironic.add_node(name='Rack1'),
        )
        self.assertRaises(
            exceptions.NodeNotFound, self.driver.get_node, 'rack1'
        )

    def test_bare_look_is_one_request(self) -> None:
        self.start()
        uuid = self.ironic.add_node()['uuid']
        self.driver.check()
        self.ironic.asked()
        self.driver.get_node_bare(uuid)
        self.assertEqual([f'/nodes/{uuid}'], self.ironic.asked())

    def test_outage_is_not_not_found(self) -> None:
        self.start()
        self.ironic.http.get(
            f'{clouds.IRONIC}/v1/nodes/rack1', status_code=500
        )
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.driver.get_node, 'rack1'
        )

    def test_odd_nodes_do_not_spoil_a_list(self) -> None:
        self.start()
        self.ironic.add_node(name=None, properties=None, instance_info=None)
        node = self.ironic.add_node(
            instance_info={'image_source': 'http://x/y'}, resource_class=None
        )
        self.ironic.add_port(node, address=None, internal_info=None)
        self.ironic.add_portgroup(
            node, VIF.upper(), address=None, extra=None, mode=None
        )
        odd = self.ironic.add_node()
        del odd['properties'], odd['network_interface']
        page = self.driver.list_adoptable_nodes(base.NodeQuery())
        self.assertEqual(3, len(page.nodes))
        self.assertEqual({}, page.nodes[0].properties)
        self.assertIsNone(page.nodes[1].nics[0].address)
        self.assertEqual([VIF], page.nodes[1].vifs())

    def test_vif_of_an_older_cloud(self) -> None:
        self.start()
        node = self.ironic.add_node()
        self.ironic.add_port(node, extra={'vif_port_id': VIF})
        self.assertEqual([VIF], self.driver.get_node(node['uuid']).vifs())

    def test_mac_address_is_lower_case(self) -> None:
        self.start()
        node = self.ironic.add_node()
        self.ironic.add_port(node, address='52:54:00:AA:BB:CC')
        nic = self.driver.get_node(node['uuid']).nics[0]
        self.assertEqual('52:54:00:aa:bb:cc', nic.address)

    def test_holder_of_an_instance(self) -> None:
        self.start()
        self.ironic.add_node()
        node = self.ironic.add_node(instance_uuid=SERVER)
        holder = self.driver.find_holder(SERVER)
        assert holder is not None
        self.assertEqual(
            (node['uuid'], SERVER), (holder.uuid, holder.instance_uuid)
        )

    def test_holder_of_an_instance_that_nobody_has(self) -> None:
        self.start()
        self.ironic.add_node()
        self.assertIsNone(self.driver.find_holder(SERVER))

    def test_states(self) -> None:
        self.start(max_limit=2)
        for _number in range(4):
            self.ironic.add_node()
        self.ironic.add_node(instance_uuid=SERVER.upper(), power_state=None)
        states = self.driver.list_nodes()
        self.assertEqual(5, len(states))
        self.assertEqual(SERVER, states[4].instance_uuid)
        self.assertIsNone(states[4].power_state)

    def test_free_nodes_by_the_filters_of_ironic_on_every_page(self) -> None:
        self.start(max_limit=2)
        for _number in range(5):
            self.ironic.add_node(provision_state='available')
            self.ironic.add_node()
            self.ironic.add_node(
                provision_state='available', instance_uuid=SERVER
            )
            self.ironic.add_node(
                provision_state='available', maintenance=True
            )
            self.ironic.add_node(
                provision_state='available', resource_class='silver'
            )
        self.assertEqual(5, len(self.driver.list_free_nodes('gold')))
        asked = [one for one in self.ironic.asked() if 'nodes?' in one]
        self.assertEqual(3, len(asked))
        self.assertEqual(10, len(self.driver.list_free_nodes()))


class TestClaim(test_ironic_nodes.IronicTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.start()
        self.uuid = self.ironic.add_node()['uuid']
        self.url = f'{clouds.IRONIC}/v1/nodes/{self.uuid}'

    def patch(self, status: int = 200, **body: Any) -> Any:
        """Answer a PATCH with the node, or with an error."""
        answer = body or {**self.ironic.nodes[0], 'instance_uuid': SERVER}
        return self.ironic.http.patch(
            self.url, json=answer, status_code=status
        )

    def written(self, mock: Any) -> dict[str, Any]:
        """The one patch: what each path is set to, or removed."""
        self.assertEqual(1, mock.call_count)
        return {
            one['path']: one.get('value', one['op'])
            for one in mock.last_request.json()
        }

    def test_claim_is_one_patch(self) -> None:
        mock = self.patch()
        node = self.driver.claim_node(self.uuid, SERVER, 'Server db-1')
        self.assertEqual(SERVER, node.instance_uuid)
        self.assertEqual(
            {
                '/instance_uuid': SERVER,
                '/protected': True,
                '/protected_reason': 'Server db-1',
            },
            self.written(mock),
        )

    def test_claim_that_leaves_protection_alone(self) -> None:
        """What somebody protects meanwhile stays protected."""
        mock = self.patch()
        self.driver.claim_node(self.uuid, SERVER, None)
        self.assertEqual({'/instance_uuid': SERVER}, self.written(mock))

    def test_claim_of_a_node_with_a_uuid_in_upper_case(self) -> None:
        uuid = 'ABCDEF00-ABC5-4241-8FB9-FFCF9850EC77'
        node = self.ironic.add_node(uuid=uuid)

        def answer(request: Any, context: Any) -> Any:
            if uuid in request.url:
                return node
            context.status_code = 404
            return {'error_message': '{"faultstring": "no such node"}'}

        mock = self.ironic.http.patch(
            f'{clouds.IRONIC}/v1/nodes/{uuid}', json=answer
        )
        claimed = self.driver.claim_node(uuid.lower(), SERVER, 'why')
        self.assertEqual(uuid.lower(), claimed.uuid)
        self.assertEqual(2, mock.call_count)

    def test_claim_of_a_claimed_node(self) -> None:
        said = f'Node {self.uuid} is associated with instance x.'
        mock = self.patch(409, error_message=json.dumps({'faultstring': said}))
        exc = self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.claim_node,
            self.uuid,
            SERVER,
            'why',
        )
        self.assertIn(said, exc.detail)
        self.assertEqual(1, mock.call_count)

    def test_claim_is_tried_once(self) -> None:
        for status in 500, 503, 429:
            mock = self.patch(status)
            self.assertRaises(
                exceptions.UpstreamUnavailable,
                self.driver.claim_node,
                self.uuid,
                SERVER,
                'why',
            )
            self.assertEqual(1, mock.call_count)

    def test_claim_of_a_node_that_is_gone(self) -> None:
        self.patch(404, error_message='Node could not be found.')
        self.assertRaises(
            exceptions.NodeNotFound,
            self.driver.claim_node,
            self.uuid,
            SERVER,
            'why',
        )

    def test_release_of_a_node_that_was_not_protected(self) -> None:
        mock = self.patch()
        self.driver.release_node(self.uuid, protected=False)
        self.assertEqual(
            {'/instance_uuid': 'remove', '/protected': False},
            self.written(mock),
        )

    def test_release_of_a_node_that_was_protected(self) -> None:
        mock = self.patch()
        self.driver.release_node(
            self.uuid, protected=True, protected_reason='mine'
        )
        self.assertEqual(
            {
                '/instance_uuid': 'remove',
                '/protected': True,
                '/protected_reason': 'mine',
            },
            self.written(mock),
        )

    def test_release_of_a_node_that_was_protected_without_reason(
        self,
    ) -> None:
        mock = self.patch()
        self.driver.release_node(self.uuid, protected=True)
        self.assertEqual('remove', self.written(mock)['/protected_reason'])

    def test_release_that_leaves_the_protection_alone(self) -> None:
        mock = self.patch()
        self.driver.release_node(self.uuid)
        self.assertEqual({'/instance_uuid': 'remove'}, self.written(mock))

    def test_release_of_nothing_only_looks(self) -> None:
        mock = self.patch()
        node = self.driver.release_node(self.uuid, instance_uuid=False)
        self.assertEqual(self.uuid, node.uuid)
        self.assertEqual(0, mock.call_count)


class TestVersion(test_ironic_nodes.IronicTestCase):
    def spoken(self) -> str:
        header = 'X-OpenStack-Ironic-API-Version'
        self.driver.check()
        return str(self.ironic.http.last_request.headers[header])

    def test_no_newer_than_what_is_known(self) -> None:
        self.start(newest='1.115')
        self.assertEqual('1.83', self.spoken())

    def test_older_than_child_nodes(self) -> None:
        self.start(newest='1.61')
        self.assertEqual('1.61', self.spoken())
        self.driver.list_nodes()
        self.assertNotIn('include_children', self.ironic.asked()[-1])

    def test_child_nodes_are_listed(self) -> None:
        self.start()
        self.driver.list_nodes()
        self.assertIn('include_children=true', self.ironic.asked()[-1])

    def test_too_old(self) -> None:
        self.start(newest='1.58')
        exc = self.assertRaises(
            exceptions.UpstreamUnavailable, self.driver.get_node, 'x'
        )
        self.assertIn('1.58', exc.detail)
        self.assertIn('1.61', exc.detail)

    def test_something_else_than_ironic(self) -> None:
        self.start()
        self.ironic.http.get(f'{clouds.IRONIC}/v1', json={'versions': []})
        self.assertRaises(exceptions.UpstreamUnavailable, self.driver.check)

    def test_asked_once(self) -> None:
        self.start()
        self.driver.check()
        self.driver.check()
        urls = [request.url for request in self.ironic.http.request_history]
        self.assertEqual(1, urls.count(f'{clouds.IRONIC}/v1'))
