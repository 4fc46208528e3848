"""A real cloud: a server is built, lived with, and deleted."""

from __future__ import annotations

import base64
import gzip
import io
import json
from typing import Any

import pycdlib

from moganclient import exceptions
from moganclient.tests.functional import lifecycle

#: Power commands, to what the server and its node are then.
POWER = (
    ('stop', 'stopped', 'power off'),
    ('start', 'active', 'power on'),
    ('reboot', 'active', 'power on'),
    ('reboot --soft', 'active', 'power on'),
    ('stop --soft', 'stopped', 'power off'),
    ('start', 'active', 'power on'),
)


class TestLife(lifecycle.LifecycleTestCase):
    """One server of a member, from its keypair to nothing left of it."""

    def test_from_create_to_delete(self) -> None:
        self.own = self.own_port()
        before = self.world()

        self.create()
        self.look_at_its_node()
        self.look_at_its_config_drive()
        self.power()
        self.lock()
        self.add_and_remove_ports()
        self.floating_ip()
        self.rebuild()
        self.console()
        self.tell(f'server delete {self.name} --wait')

        # Its own port is there, and says nothing of the server; Neutron
        # gives one that is detached a new MAC, and the kind of it stays.
        mac = self.api.port(self.own)['mac_address']
        self.assert_world(
            before,
            {
                f'/ports/{self.own}/mac_address': (
                    before['ports'][self.own]['mac_address'],
                    mac,
                ),
                f'/ports/{self.own}/binding:vnic_type': (
                    'normal',
                    'baremetal',
                ),
            },
        )
        gone = self.tell(f'server show {self.name}', ok=False)
        self.assertIn(f"'{self.name}'", gone)

    def create(self) -> None:
        self.name, self.key = self.unique('web'), self.unique('key')
        here = self.directory
        (here / 'data').write_text('#!/bin/sh\necho hello\n')
        (here / 'motd').write_text('be nice')
        self.tell(f'keypair create {self.key} --private-key {here / "key"}')
        self.addCleanup(self.client('demo').keypair.delete, self.key)

        shown = self.ask(
            f'server create {self.name} --flavor nvme --image trixie '
            f'--network {self.shared.networks["provider"]} '
            f'--port {self.own} --key-name {self.key} '
            f'--user-data {here / "data"} --file /etc/motd={here / "motd"} '
            '--property rack=9 --description "what it is for" --wait'
        )

        self.uuid = shown['UUID']
        self.addCleanup(self.destroy, self.uuid)
        self.assertEqual('active', shown['Status'])
        self.assertEqual('power on', shown['Power State'])
        self.assertEqual('nvme', shown['Flavor'])
        self.assertEqual({'rack': '9'}, shown['Properties'])
        self.assertEqual(
            {self.shared.networks[n] for n in ('provider', 'tenant')},
            set(shown['Addresses']),
        )
        self.assertIs(False, shown['Protected'])
        self.assertIs(False, shown['Adopted'])

    def look_at_its_node(self) -> None:
        node = self.node_of(self.uuid)
        # Only this one has the flavor's trait.
        self.assertEqual('build-03', node['name'])
        self.assertEqual('active', node['provision_state'])
        self.assertEqual(self.uuid, node['allocation_uuid'])
        self.assertEqual(self.name, node['instance_info']['display_name'])
        self.assertEqual(
            self.shared.image, node['instance_info']['image_source']
        )
        self.node = node['uuid']
        self.assertEqual(
            {'build-03'},
            {self.show(self.uuid)['Node']},
        )
        (self.made,) = set(self.api.vifs(self.node)) - {self.own}
        for port_id in (self.own, self.made):
            port = self.api.port(port_id)
            self.assertEqual(
                (self.uuid, 'baremetal:none', self.node, self.shared.demo),
                (
                    port['device_id'],
                    port['device_owner'],
                    port['binding:host_id'],
                    port['project_id'],
                ),
            )

    def look_at_its_config_drive(self) -> None:
        (deploy,) = (
            one
            for one in self.recorders.ironic.writes
            if one.path.endswith('/states/provision')
        )
        files = _read(deploy.body['configdrive'])

        meta = json.loads(files['openstack/latest/meta_data.json'])
        self.assertEqual(self.uuid, meta['uuid'])
        self.assertEqual({'rack': '9'}, meta['meta'])
        public = self.client('demo').keypair.get(self.key).public_key
        self.assertEqual({self.key: public}, meta['public_keys'])
        self.assertEqual('/etc/motd', meta['files'][0]['path'])
        self.assertEqual(
            b'#!/bin/sh\necho hello\n', files['openstack/latest/user_data']
        )
        self.assertEqual(b'be nice', files['openstack/content/0000'])
        network = json.loads(files['openstack/latest/network_data.json'])
        self.assertEqual(
            {
                port: self.api.port(port)['mac_address']
                for port in (self.own, self.made)
            },
            {
                link['vif_id']: link['ethernet_mac_address']
                for link in network['links']
            },
        )

    def power(self) -> None:
        for command, status, power in POWER:
            self.tell(f'server {command} {self.name}')

            shown = self.settled(self.uuid)
            self.assertEqual(
                (status, power, None),
                (
                    shown.status,
                    shown.power_state,
                    shown.to_dict().get('fault'),
                ),
                command,
            )
            self.assertEqual(power, self.api.node(self.node)['power_state'])

    def lock(self) -> None:
        mine, admins = self.client('demo').server, self.admin.server
        self.tell(f'server lock {self.name}')
        self.assertEqual('owner', mine.get(self.uuid).locked_by)
        for command, by in (
            (f'server stop {self.name}', self.demo),
            (f'server delete {self.uuid}', self.operator),
        ):
            error = self.tell(command, by=by, ok=False)
            self.assertIn('is locked by its owner', error)
        refused = self.assertRaises(
            exceptions.Forbidden, admins.set_lock_state, self.uuid, False
        )
        self.assertIn('was locked by its owner', refused.message)
        self.tell(f'server unlock {self.name}')

        self.tell(f'server lock {self.uuid}', by=self.operator)
        for one in (mine, admins):
            self.assertRaises(exceptions.Conflict, one.rebuild, self.uuid)
        error = self.tell(f'server unlock {self.name}', ok=False)
        self.assertIn('was locked by its administrator', error)
        self.tell(f'server unlock {self.uuid}', by=self.operator)
        self.assertIs(False, mine.get(self.uuid).locked)

    def add_and_remove_ports(self) -> None:
        self.tell(f'server remove port {self.name} {self.own}')
        self.assertEqual([self.made], self.api.vifs(self.node))
        port = self.api.port(self.own)
        self.assertEqual(
            ('', '', ''),
            (
                port['device_id'],
                port['device_owner'],
                port['binding:host_id'],
            ),
        )
        self.tell(f'server add port {self.name} {self.own}')
        self.assertEqual(self.uuid, self.api.port(self.own)['device_id'])

        self.tell(f'server remove port {self.name} {self.made}')
        self.assertEqual([self.own], self.api.vifs(self.node))
        self.assertEqual([], self.api.ports(id=self.made))
        network = self.shared.networks['provider']
        self.tell(f'server add port {self.name} --network {network}')
        (self.made,) = set(self.api.vifs(self.node)) - {self.own}
        self.assertEqual(network, self.api.port(self.made)['network_id'])

        # Both NICs of the machine carry a port now.
        error = self.tell(
            f'server add port {self.name} --network {network}', ok=False
        )
        self.assertIn('cannot be attached', error)
        self.assertEqual(
            {self.own, self.made},
            {port['id'] for port in self.api.ports(device_id=self.uuid)},
        )

    def floating_ip(self) -> None:
        address = self.cloud.seeded['floating_ips']['demo'][0]
        fixed = self.api.port(self.own)['fixed_ips'][0]['ip_address']
        self.tell(
            f'server add floating ip {self.name} {address} '
            f'--fixed-ip-address {fixed}'
        )

        self.assertEqual(
            (self.own, fixed),
            (
                self.api.floating_ip(address)['port_id'],
                self.api.floating_ip(address)['fixed_ip_address'],
            ),
        )
        nics = self.ask(f'server netinfo {self.name}')
        self.assertEqual(
            {self.own: address, self.made: None},
            {nic['Port ID']: nic['Floating IP'] for nic in nics},
        )
        addresses = self.client('demo').server.get(self.uuid).addresses
        self.assertIn(
            {'addr': address, 'type': 'floating'},
            addresses[self.shared.networks['tenant']],
        )
        foreign = self.cloud.seeded['floating_ips']['other'][0]
        error = self.tell(
            f'server add floating ip {self.name} {foreign}', ok=False
        )
        self.assertIn(f'no floating IP {foreign}', error)

        self.tell(f'server remove floating ip {self.name} {address}')
        self.assertIsNone(self.api.floating_ip(address)['port_id'])

    def rebuild(self) -> None:
        vifs = sorted(self.api.vifs(self.node))
        image = self.api.create_image('sid')['id']
        self.tell(f'server rebuild {self.name} --image sid')
        self.settled(self.uuid)

        shown = self.show(self.uuid)
        self.assertEqual(
            ('active', image, 'build-03'),
            (shown['Status'], shown['Image UUID'], shown['Node']),
        )
        node = self.node_of(self.uuid)
        self.assertEqual(image, node['instance_info']['image_source'])
        self.assertEqual(vifs, sorted(self.api.vifs(self.node)))

    def console(self) -> None:
        self.assertIs(False, self.api.node(self.node)['console_enabled'])
        shown = self.ask(f'console url show {self.name}')

        self.assertEqual(
            {
                'Protocol': 'serial',
                'Type': 'shellinabox',
                'URL': 'https://consoles.example.org/build-03',
            },
            shown,
        )
        self.assertIs(True, self.api.node(self.node)['console_enabled'])


def _read(drive: str) -> dict[str, bytes]:
    """The files of a config drive."""
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(gzip.decompress(base64.b64decode(drive))))
    found: dict[str, Any] = {}
    for above, _, names in iso.walk(joliet_path='/'):
        for name in names:
            path = f'{above}/{name}'.replace('//', '/')
            data = io.BytesIO()
            iso.get_file_from_iso_fp(data, joliet_path=path)
            found[path.lstrip('/')] = data.getvalue()
    iso.close()
    return found
