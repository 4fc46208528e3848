"""A real cloud: machines of every kind are taken over and let go again."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient.tests.functional import base

#: Every adoptable kind that is seeded; see ``cloud.machines``.
KINDS = (
    'plain',
    'two-nics',
    'late-vif',
    'gold',
    'owned',
    'unnamed',
    'powered-off',
    'protected',
    'labelled',
    'bond',
    'bond-without-address',
    'image-gone',
    'image-url',
    'noop',
)


@ddt.ddt
class TestEveryKind(base.CloudTestCase):
    def take_over(self, name: str) -> tuple[dict[str, Any], Any]:
        machine = self.machine(name)
        # What records no VIFs has a port by its MAC.
        ports = machine['vifs'] or [machine['port']]
        flavor = 'gold' if name == 'gold' else 'general'
        server = self.manage(
            machine,
            f'db-{name}',
            ports=ports,
            flavor=self.shared.flavors[flavor],
        )
        return {**machine, 'vifs': ports}, server

    @ddt.data(*KINDS)
    def test_only_the_claim_is_written_and_all_of_it_taken_back(
        self, name: str
    ) -> None:
        before = self.picture(self.machine(name))

        machine, server = self.take_over(name)

        expected = {
            '/node/instance_uuid': (None, server.uuid),
            '/node/protected': (before['node']['protected'], True),
            '/node/protected_reason': (
                before['node']['protected_reason'],
                f'Managed as server {server.uuid} of the bare metal compute '
                'API',
            ),
        }
        for port in machine['vifs']:
            was = before['ports'][port]
            expected |= {
                f'/ports/{port}/device_id': (was['device_id'], server.uuid),
                f'/ports/{port}/device_owner': (
                    was['device_owner'],
                    'baremetal:none',
                ),
            }
        if before['node']['protected']:
            del expected['/node/protected']
        self.assertEqual(
            expected, base.differences(before, self.picture(machine))
        )

        self.admin.server.unmanage(server)

        self.assert_unchanged(machine, before)
        self.assert_only_its_own_written(machine)

    def test_a_machine_that_is_off_becomes_a_stopped_server(self) -> None:
        _, server = self.take_over('powered-off')

        self.assertEqual('stopped', server.status)
        self.assertEqual('power off', server.power_state)

    def test_a_machine_that_is_on_becomes_an_active_server(self) -> None:
        _, server = self.take_over('protected')

        self.assertEqual('active', server.status)
        self.assertEqual('power on', server.power_state)

    def test_the_image_is_recorded(self) -> None:
        machine, server = self.take_over('plain')

        self.assertEqual(
            self.api.node(machine['uuid'])['instance_info']['image_source'],
            server.image_uuid,
        )

    @ddt.data('image-gone', 'image-url')
    def test_an_image_that_glance_does_not_have_is_null(
        self, name: str
    ) -> None:
        _, server = self.take_over(name)

        self.assertIsNone(server.image_uuid)

    def test_the_addresses_of_all_ports_are_the_servers(self) -> None:
        machine, server = self.take_over('two-nics')

        ports = [self.api.port(port) for port in machine['vifs']]
        self.assertEqual({ports[0]['network_id']}, set(server.addresses))
        self.assertCountEqual(
            [port['fixed_ips'][0]['ip_address'] for port in ports],
            [
                address['addr']
                for address in server.addresses[ports[0]['network_id']]
            ],
        )


class TestWriting(base.CloudTestCase):
    """What is written, in which order and with what guard."""

    def test_one_patch_claims_and_protects_and_one_takes_it_back(
        self,
    ) -> None:
        machine = self.spare()

        server = self.manage(machine)
        self.admin.server.unmanage(server)

        claim, release = self.recorders.ironic.writes
        self.assertEqual(
            {
                '/instance_uuid': server.uuid,
                '/protected': True,
                '/protected_reason': claim.body[-1]['value'],
            },
            {one['path']: one['value'] for one in claim.body},
        )
        self.assertIn({'op': 'remove', 'path': '/instance_uuid'}, release.body)

    def test_a_port_is_written_only_at_the_revision_that_was_read(
        self,
    ) -> None:
        machine = self.spare()
        revision = self.api.port(machine['vifs'][0])['revision_number']

        server = self.manage(machine)

        (bind,) = self.recorders.neutron.writes
        self.assertEqual(
            f'revision_number={revision}', bind.headers['If-Match']
        )
        self.assertEqual(
            {'device_id': server.uuid, 'device_owner': 'baremetal:none'},
            bind.body['port'],
        )

    def test_the_claim_comes_before_the_ports(self) -> None:
        machine = self.spare()
        seen: list[str | None] = []

        def look(_: object) -> None:
            seen.append(self.api.node(machine['uuid'])['instance_uuid'])

        self.recorders.neutron.on('PUT', '/v2.0/ports/', before=look)

        server = self.manage(machine)

        self.assertEqual([server.uuid], seen)
