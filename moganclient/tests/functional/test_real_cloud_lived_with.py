"""A real cloud: a machine that was taken over is lived with, and destroyed.

Destroyed only once somebody has allowed that.
"""

from __future__ import annotations

from typing import Any

from moganclient import exceptions
from moganclient.tests.functional import lifecycle

_REASON = 'Managed as server {} of the bare metal compute API'


class TakenOverTestCase(lifecycle.LifecycleTestCase):
    def take(self, machine: dict[str, Any]) -> str:
        """Take a machine over for project demo; the server's UUID."""
        self.node = machine['uuid']
        server = self.manage(machine, project_id=self.shared.demo)
        return str(server.uuid)

    def with_a_free_nic(self) -> dict[str, Any]:
        """A machine with a second NIC, which carries nothing."""
        machine = self.spare()
        self.nic = self.api.create_nic(
            machine['uuid'],
            '52:57:00:00:00:01',
            pxe_enabled=False,
            local_link_connection={
                'switch_id': '00:11:22:33:44:77',
                'switch_info': 'rack8',
                'port_id': 'Eth7/1',
            },
        )['uuid']
        self.addCleanup(self.api.ironic.delete, f'/v1/ports/{self.nic}')
        return machine


class TestLivedWith(TakenOverTestCase):
    """One machine, until it is undeployed."""

    def test_until_it_is_destroyed(self) -> None:
        machine = self.with_a_free_nic()
        (self.vif,) = machine['vifs']
        self.own = self.own_port()
        self.uuid = self.take(machine)
        self.power()
        self.lock()
        self.wires()
        self.assert_refused()
        self.destroyed()

    def power(self) -> None:
        for command, status, power in (
            ('stop', 'stopped', 'power off'),
            ('start', 'active', 'power on'),
        ):
            self.tell(f'server {command} {self.uuid}')

            shown = self.settled(self.uuid)
            self.assertEqual(
                (status, power), (shown.status, shown.power_state)
            )
            self.assertEqual(power, self.api.node(self.node)['power_state'])

    def lock(self) -> None:
        self.tell(f'server lock {self.uuid}')
        for command in (
            f'server stop {self.uuid}',
            f'server unmanage {self.uuid}',
            f'server set --unprotected {self.uuid}',
        ):
            error = self.tell(command, by=self.operator, ok=False)
            self.assertIn('is locked by its owner', error)
        self.tell(f'server unlock {self.uuid}')

    def wires(self) -> None:
        self.tell(f'server add port {self.uuid} {self.own}')
        self.assertEqual({self.vif, self.own}, set(self.api.vifs(self.node)))
        address = self.cloud.seeded['floating_ips']['demo'][1]
        self.tell(f'server add floating ip {self.uuid} {address}')
        self.assertEqual(self.vif, self.api.floating_ip(address)['port_id'])
        addresses = [
            one
            for some in self.client('demo')
            .server.get(self.uuid)
            .addresses.values()
            for one in some
        ]
        self.assertIn({'addr': address, 'type': 'floating'}, addresses)
        self.tell(f'server remove floating ip {self.uuid} {address}')

    def assert_refused(self) -> None:
        """It is protected: nothing is written, whoever asks."""
        before = self.world()
        for one in self.recorders.all:
            one.clear()
        for by in (self.demo, self.operator):
            error = self.tell(f'server delete {self.uuid}', by=by, ok=False)
            self.assertIn('is protected', error)
            self.assertIn('"server unmanage" lets go', error)
            self.assertIn('"server set --unprotected" allows', error)
            self.assertNotIn('\n', error.strip())
        error = self.tell(f'server rebuild {self.uuid}', ok=False)
        self.assertIn('is protected', error)
        for call in (self.admin.server.delete, self.admin.server.rebuild):
            refused = self.assertRaises(exceptions.Conflict, call, self.uuid)
            self.assertEqual(
                (409, 'baremetal-compute.server_protected'),
                (refused.http_status, refused.code),
            )
        error = self.tell(f'server set --unprotected {self.uuid}', ok=False)
        self.assertIn('servers:protect', error)

        self.assert_nothing_written()
        self.assert_world(before)

    def destroyed(self) -> None:
        self.tell(f'server set --unprotected {self.uuid}', by=self.operator)
        node = self.api.node(self.node)
        self.assertEqual(
            (False, None, self.uuid),
            (
                node['protected'],
                node['protected_reason'],
                node['instance_uuid'],
            ),
        )
        before = self.world()

        self.tell(f'server delete {self.uuid} --wait')

        self.assertEqual(
            {
                'nodes': {self.node},
                'nics': {nic['uuid'] for nic in self.api.nics(self.node)},
                'ports': {self.vif, self.own},
            },
            self.touched(before),
        )
        node = self.api.node(self.node)
        self.assertEqual(
            ('available', None, {}, None),
            (
                node['provision_state'],
                node['instance_uuid'],
                node['instance_info'],
                node['allocation_uuid'],
            ),
        )
        self.assertEqual([], self.api.vifs(self.node))
        # They are the project's, and are there; nothing says a server is.
        for port_id in (self.vif, self.own):
            port = self.api.port(port_id)
            self.assertEqual(
                ('', '', ''),
                (
                    port['device_id'],
                    port['device_owner'],
                    port['binding:host_id'],
                ),
            )


class TestLetGo(TakenOverTestCase):
    """Protection is a server's only as long as it is one."""

    def test_unprotected_and_protected_again_it_is_let_go(self) -> None:
        # Somebody had protected it before.
        machine = self.machine('protected')
        before = self.world()
        server = self.take(machine)

        self.tell(f'server set --unprotected {server}', by=self.operator)
        self.assertFalse(self.api.node(self.node)['protected'])
        self.assertFalse(self.show(server)['Protected'])
        self.tell(f'server set --protected {server}', by=self.operator)
        node = self.api.node(self.node)
        self.assertEqual(
            (True, _REASON.format(server)),
            (node['protected'], node['protected_reason']),
        )
        self.tell(f'server unmanage {server}', by=self.operator)

        self.assert_world(before)

    def test_what_is_unprotected_gets_its_protection_back(self) -> None:
        machine = self.machine('protected')
        before = self.world()
        server = self.take(machine)

        self.admin.server.update(server, protected=False)
        self.admin.server.unmanage(server)

        self.assert_world(before)

    def test_what_was_attached_stays_on_the_machine(self) -> None:
        machine = self.with_a_free_nic()
        own = self.own_port()
        before = self.world()
        server = self.take(machine)
        self.tell(f'server add port {server} {own}')

        self.tell(f'server unmanage {server}', by=self.operator)

        self.addCleanup(self.api.detach, self.node, own)
        self.assertEqual(
            {'nics': {self.nic}, 'ports': {own}}, self.touched(before)
        )
        port = self.api.port(own)
        self.assertEqual(
            (self.node, '', ''),
            (
                port['binding:host_id'],
                port['device_id'],
                port['device_owner'],
            ),
        )

    def test_what_was_built_is_not_let_go(self) -> None:
        uuid = self.built().uuid
        before = self.world()

        error = self.tell(
            f'server unmanage {uuid}', by=self.operator, ok=False
        )

        self.assertIn('was built here', error)
        self.assert_world(before)
