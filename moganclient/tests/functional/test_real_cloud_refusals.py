"""A real cloud: what cannot be taken over is refused, and nothing written."""

from __future__ import annotations

from typing import Any
import uuid

import ddt

from moganclient import exceptions
from moganclient.tests.functional import base
from moganclient.tests.functional import recorder
from moganclient.tests.functional import test_real_cloud_list as listed


class RefusalTestCase(base.CloudTestCase):
    def refused(
        self,
        machine: dict[str, Any],
        error: type[Exception] = exceptions.Conflict,
        **more: Any,
    ) -> Any:
        """Try, and hold that nothing was written; the error."""
        # A port is needed to get as far as the node.
        more.setdefault('ports', machine['vifs'] or [self.any_port()])
        caught = self.assertRaises(error, self.manage, machine, 'db', **more)
        self.assert_nothing_written()
        self.assertEqual([], self.admin.server.list(name='db'))
        return caught

    def any_port(self) -> str:
        return str(self.machine('plain')['vifs'][0])

    def new_port(self, **fields: Any) -> str:
        """A port that nothing carries."""
        network = self.api.network('provider')['id']
        port = self.api.create_port(network_id=network, **fields)['id']
        self.addCleanup(self.api.delete_port, port)
        return str(port)


@ddt.ddt
class TestNodes(RefusalTestCase):
    @ddt.data(*sorted(listed.REASONS))
    def test_what_is_not_adoptable_is_refused_with_the_reasons(
        self, name: str
    ) -> None:
        error = self.refused(self.machine(name))

        self.assertEqual(409, error.http_status)
        self.assertEqual(
            listed.REASONS[name], [reason['code'] for reason in error.reasons]
        )

    def test_an_unknown_node_is_not_found(self) -> None:
        node = str(uuid.uuid4())

        error = self.refused(
            {'uuid': node, 'name': node, 'vifs': [self.any_port()]},
            exceptions.NotFound,
        )

        self.assertIn(node, error.message)
        self.assertEqual('baremetal-compute.node_not_found', error.code)

    def test_a_node_that_has_a_server_names_it(self) -> None:
        machine = self.spare()
        server = self.manage(machine)
        for one in self.recorders.all:
            one.clear()

        error = self.refused(machine)

        self.assertEqual(server.uuid, error.server_uuid)
        self.assertIn(server.uuid, error.message)


class TestFlavors(RefusalTestCase):
    def test_an_unknown_flavor_is_not_found(self) -> None:
        flavor = str(uuid.uuid4())

        error = self.refused(
            self.machine('plain'), exceptions.NotFound, flavor=flavor
        )

        self.assertIn(flavor, error.message)
        self.assertEqual('baremetal-compute.flavor_not_found', error.code)

    def test_a_flavor_that_does_not_fit_is_refused(self) -> None:
        error = self.refused(
            self.machine('plain'),
            exceptions.BadRequest,
            flavor=self.shared.flavors['gold'],
        )

        self.assertIn('baremetal.general', error.message)
        self.assertIn('CUSTOM_BAREMETAL_GOLD', error.message)

    def test_a_flavor_in_use_cannot_be_deleted(self) -> None:
        server = self.manage(self.spare())

        error = self.assertRaises(
            exceptions.Conflict,
            self.admin.flavor.delete,
            self.shared.flavors['general'],
        )

        self.assertIn(server.uuid, error.message)


class TestPorts(RefusalTestCase):
    def test_a_port_that_is_not_there_is_named(self) -> None:
        port = str(uuid.uuid4())
        machine = self.machine('plain')

        error = self.refused(machine, ports=[*machine['vifs'], port])

        self.assertIn(port, error.message)
        self.assertEqual(
            ['port_not_found'], [reason['code'] for reason in error.reasons]
        )

    def test_a_port_that_is_not_carried_is_told_how_to_attach(self) -> None:
        port = self.new_port()
        machine = self.machine('plain')

        error = self.refused(machine, ports=[*machine['vifs'], port])

        self.assertEqual(
            ['port_not_carried'], [reason['code'] for reason in error.reasons]
        )
        self.assertIn(
            f'node vif attach {machine["uuid"]} {port}', error.message
        )

    def test_a_carried_port_that_is_left_out_is_named(self) -> None:
        machine = self.machine('two-nics')
        named, left_out = machine['vifs']

        error = self.refused(machine, ports=[named])

        self.assertEqual(
            ['port_not_named'], [reason['code'] for reason in error.reasons]
        )
        self.assertIn(left_out, error.message)

    def test_a_port_that_something_uses_is_named_with_its_user(self) -> None:
        machine = self.machine('vif-taken')
        (vif,) = machine['vifs']
        user = self.api.port(vif)['device_id']

        error = self.refused(machine)

        self.assertIn(vif, error.message)
        self.assertIn(user, error.message)

    def test_the_port_of_another_node_is_refused(self) -> None:
        machine = self.machine('noop')

        error = self.refused(machine, ports=[machine['port'], self.any_port()])

        self.assertIn(self.any_port(), error.message)

    def test_a_port_with_the_mac_on_another_network_is_one_too_many(
        self,
    ) -> None:
        machine = self.machine('noop')
        other = self.api.create_port(
            network_id=self.api.network('backup')['id'],
            mac_address=machine['nics'][0],
        )['id']
        self.addCleanup(self.api.delete_port, other)

        error = self.refused(machine, ports=[machine['port'], other])

        self.assertIn(other, error.message)


class TestRequests(RefusalTestCase):
    """What is wrong with a request itself, as the service says it."""

    def post(self, body: Any, **headers: str) -> tuple[int, str]:
        token = str(self.cloud.session('admin').get_token())
        status, answer, received = self.service.request(
            'POST',
            '/v1/servers/manage',
            body,
            {'X-Auth-Token': token, **headers},
        )
        (fault,) = answer['errors']
        self.assertEqual(
            fault['request_id'], received['X-OpenStack-Request-Id']
        )
        self.assert_nothing_written()
        return status, fault['detail']

    def body(self, **more: Any) -> dict[str, Any]:
        machine = self.machine('plain')
        return {
            'name': 'db',
            'node_uuid': machine['uuid'],
            'flavor_uuid': self.shared.flavors['general'],
            'networks': [{'port_id': port} for port in machine['vifs']],
            **more,
        }

    def test_each_fault_of_a_body_is_told_with_its_place(self) -> None:
        status, detail = self.post(
            self.body(node_uuid='rack7', networks=[{'port': 'eth0'}])
        )

        self.assertEqual(400, status)
        self.assertIn('node_uuid', detail)
        self.assertIn('rack7', detail)
        self.assertIn('networks', detail)

    def test_what_came_with_1_2_is_unknown_in_1_1(self) -> None:
        status, detail = self.post(self.body(metadata={'rack': '7'}))

        self.assertEqual(400, status)
        self.assertIn('metadata', detail)

    def test_an_unknown_microversion_is_told_the_range(self) -> None:
        status, detail = self.post(
            self.body(),
            **{'OpenStack-API-Version': 'baremetal_compute 1.99'},
        )

        self.assertEqual(406, status)
        self.assertIn('1.99', detail)
        self.assertIn('1.4', detail)

    def test_another_content_type_is_refused(self) -> None:
        status, _ = self.post(self.body(), **{'Content-Type': 'text/plain'})

        self.assertEqual(415, status)


@ddt.ddt
class TestOutages(RefusalTestCase):
    """What does not answer is a 503 with Retry-After."""

    @ddt.data('ironic', 'neutron')
    def test_before_anything_is_written(self, name: str) -> None:
        one = getattr(self.recorders, name)
        one.on('GET', '', before=recorder.drop, times=None)

        error = self.refused(
            self.machine('plain'), exceptions.ServiceUnavailable
        )

        self.assertIn(name.capitalize(), error.message)
        self.assertGreater(error.retry_after, 0)

    @ddt.data(503, 403)
    def test_glance_that_cannot_tell_is_not_a_missing_image(
        self, status: int
    ) -> None:
        machine = self.spare()
        before = self.picture(machine)
        self.recorders.glance.on(
            'GET', '/v2/images/', before=recorder.reply(status), times=None
        )

        error = self.refused(machine, exceptions.HttpServerError)

        self.assertIn('Glance', error.message)
        self.assert_unchanged(machine, before)
