"""A real cloud: servers that cannot be built, and nothing left of them."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient import exceptions
from moganclient.tests.functional import lifecycle
from moganclient.tests.functional import recorder


class FailingTestCase(lifecycle.LifecycleTestCase):
    def setUp(self) -> None:
        super().setUp()
        # The one with the trait, for flavor nvme.
        self.node = self.machine('build-03')['uuid']
        self.nvme = self.shared.flavors['nvme']

    def break_it(self, how: str) -> None:
        """Have the machine fail; see ``cloud.hardware``."""
        self.api.patch_node(self.node, extra__broken=how)
        self.addCleanup(self.api.patch_node, self.node, extra={})

    def failed(self, server: Any) -> Any:
        """A server whose building has failed; its fault."""
        error = self.assertRaises(
            exceptions.ServerFailed, self.settled, server.uuid
        )
        shown = self.admin.server.get(server)
        self.assertEqual('error', shown.status)
        self.assertEqual({}, shown.addresses)
        self.assertIsNone(shown.node_uuid)
        assert shown.fault is not None
        self.assertIn(shown.fault['message'], str(error))
        return shown.fault


@ddt.ddt
class TestRefused(FailingTestCase):
    """What is refused at once, before anything is written."""

    def refused(self, error: type[Exception], code: str, **more: Any) -> str:
        before = self.client('demo').server.list()
        raised: Any = self.assertRaises(error, self.build, **more)
        self.assertEqual(f'baremetal-compute.{code}', raised.code)
        self.assertEqual(
            [one.uuid for one in before],
            [one.uuid for one in self.client('demo').server.list()],
        )
        self.assert_nothing_written()
        return str(raised.message)

    def test_an_image_without_data(self) -> None:
        body = {
            'name': 'empty',
            'disk_format': 'raw',
            'container_format': 'bare',
            'visibility': 'public',
        }
        image = self.api.glance.post('/v2/images', json=body).json()['id']
        self.addCleanup(self.api.delete_image, image)

        sentence = self.refused(
            exceptions.BadRequest, 'image_not_active', image_uuid=image
        )

        self.assertIn(f'{image} is "queued"', sentence)

    def test_a_port_that_is_used(self) -> None:
        port = self.own_port(device_id='a-router')

        sentence = self.refused(
            exceptions.Conflict, 'port_in_use', networks=[{'port_id': port}]
        )

        self.assertIn('a-router', sentence)

    def test_a_port_of_another_project(self) -> None:
        port = self.own_port(project_id=self.cloud.project_id('other'))

        self.refused(
            exceptions.NotFound,
            'port_not_found',
            networks=[{'port_id': port}],
        )

    def test_a_network_of_another_project(self) -> None:
        tenant = self.shared.networks['tenant']

        self.refused(
            exceptions.NotFound,
            'network_not_found',
            by=self.client('other'),
            networks=[tenant],
        )


class TestFails(FailingTestCase):
    """What fails later: undone, with a fault, and can be deleted."""

    def test_no_node_fits(self) -> None:
        before = self.world()
        name = self.unique('web')

        said = self.tell(
            f'server create {name} --flavor lasers --image trixie '
            f'--network {self.shared.networks["tenant"]} --wait',
            ok=False,
        )

        (server,) = self.client('demo').server.list(name=name)
        self.addCleanup(self.destroy, server.uuid)
        self.assertIn('No node fits.', said)
        # What there is, is not for members.
        self.assertNotIn('CUSTOM_LASERS', said)
        fault = self.failed(server)
        self.assertEqual('no_valid_node', fault['code'])
        self.assertIn('lack the trait CUSTOM_LASERS', fault['detail'])
        self.assert_world(before)
        self.tell(f'server delete {name} --wait')
        self.assertEqual([], self.client('demo').server.list(name=name))

    def test_ironic_cannot_deploy_it(self) -> None:
        self.break_it('deploy')
        own = self.own_port()
        before = self.world()

        server = self.build(
            flavor_uuid=self.nvme,
            networks=[
                {'port_id': own},
                {'net_id': self.shared.networks['provider']},
            ],
        )

        fault = self.failed(server)
        self.assertEqual('deploy_failed', fault['code'])
        # Which machine, and what Ironic says of it, is not for members.
        self.assertIn('"build-03"', fault['detail'])
        self.assertIn('The disk is worn out.', fault['detail'])
        mine = self.client('demo').server.get(server).fault
        self.assertNotIn('build-03', str(mine))
        self.assertNotIn('worn out', str(mine))
        self.assertEqual({own}, self.touched(before)['ports'])
        self.assert_port_is_free(own)
        self.assertEqual({'ports'}, set(self.touched(before)))

    def test_it_is_rebuilt_in_vain(self) -> None:
        server = self.built(flavor_uuid=self.nvme)
        vifs = self.api.vifs(self.node)
        self.break_it('deploy')

        self.client('demo').server.rebuild(server)
        error = self.assertRaises(
            exceptions.ServerFailed, self.settled, server.uuid
        )

        self.assertIn('The disk is worn out.', str(error))
        # It stays its own, and can be tried again.
        self.assertEqual(vifs, self.api.vifs(self.node))
        self.api.patch_node(self.node, extra={})
        self.client('demo').server.rebuild(server)
        self.assertEqual('active', self.settled(server.uuid).status)
        self.assertNotIn('fault', self.admin.server.get(server).to_dict())

    def test_ironic_cannot_undeploy_it(self) -> None:
        before = self.world()
        server = self.built(flavor_uuid=self.nvme)
        self.break_it('tear_down')

        said = self.tell(f'server delete {server.uuid} --wait', ok=False)

        self.assertIn('The machine could not be undeployed.', said)
        found = self.admin.server.get(server)
        self.assertEqual('error', found.status)
        self.assertIn('The BMC is on fire.', found.fault['detail'])
        # Ironic gives it up all the same.
        node = self.api.node(self.node)
        self.assertEqual(
            ('error', None), (node['provision_state'], node['instance_uuid'])
        )
        self.api.patch_node(self.node, extra={})
        self.tell(f'server delete {server.uuid} --wait')
        self.assert_world(before)

    def test_the_machine_goes_into_maintenance_meanwhile(self) -> None:
        before = self.world()
        self.addCleanup(self.api.set_maintenance, self.node, None)
        self.recorders.ironic.on(
            'POST',
            '/vifs$',
            after=lambda _: self.api.set_maintenance(self.node, 'on fire'),
        )

        server = self.build(flavor_uuid=self.nvme)

        self.assertIn('in maintenance mode', self.failed(server)['detail'])
        self.api.set_maintenance(self.node, None)
        self.assert_world(before)

    def test_the_port_is_taken_meanwhile(self) -> None:
        port = self.own_port()

        def take(_: recorder.Exchange) -> None:
            self.api.update_port(port, device_id='a-router')

        self.recorders.ironic.on('POST', '/allocations$', before=take)
        before = self.world()

        server = self.build(networks=[{'port_id': port}])

        fault = self.failed(server)
        self.assertEqual('port_in_use', fault['code'])
        self.assertIn('a-router', fault['message'])
        self.assert_world(
            before, {f'/ports/{port}/device_id': ('', 'a-router')}
        )

    def test_it_is_deleted_while_it_is_deployed(self) -> None:
        self.break_it('silent')
        before = self.world()
        server = self.build(flavor_uuid=self.nvme)
        self.wait_for(
            lambda: (
                self.api.node(self.node)['provision_state'] == 'wait call-back'
            ),
            'being deployed',
        )

        self.tell(f'server delete {server.uuid} --wait')

        self.assert_world(before)

    def assert_port_is_free(self, port_id: str) -> None:
        port = self.api.port(port_id)
        self.assertEqual(
            ('', '', ''),
            (
                port['device_id'],
                port['device_owner'],
                port['binding:host_id'],
            ),
        )
