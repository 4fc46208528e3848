"""Building a server: what ends how, and what is left behind."""

import base64
import gzip
import io
import json
import logging

import ddt
import fixtures
import pycdlib

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import build
from moganclient.service.flows import recovery
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building

OTHER = 'cccccccc-0000-4000-8000-000000000001'
#: What building writes to the cloud.
WRITES = (
    ('driver', 'allocate'),
    ('networks', 'create_port'),
    ('networks', 'set_device'),
    ('driver', 'attach_vif'),
    ('driver', 'set_instance_info'),
    ('driver', 'provision'),
)
BOTH = [{'net_id': building.NETWORK}, {'port_id': building.MINE}]


def encoded(data):
    return base64.b64encode(data).decode()


def files_of(drive):
    """Path to contents of a config drive, as Linux would see them."""
    iso = pycdlib.PyCdlib()
    iso.open_fp(io.BytesIO(gzip.decompress(base64.b64decode(drive))))
    found = {}
    for directory, _, names in iso.walk(rr_path='/'):
        for name in names:
            path = f'{directory.rstrip("/")}/{name}'
            data = io.BytesIO()
            iso.get_file_from_iso_fp(data, rr_path=path)
            found[path] = data.getvalue()
    return found


class BuildTest(building.Case):
    def test_what_the_server_says(self):
        server = self.build(
            networks=BOTH, description='first', metadata={'role': 'web'}
        )
        self.assertIsNone(server.fault)
        self.assertEqual('active', server.status)
        self.assertEqual('power on', server.power_state)
        self.assertEqual('bare-0', server.node_name)
        self.assertEqual({'role': 'web'}, server.meta)
        self.assertEqual(
            {
                building.NETWORK: [
                    {'addr': '10.9.0.200', 'type': 'fixed'},
                    {'addr': '10.9.0.2', 'type': 'fixed'},
                ]
            },
            server.addresses,
        )
        self.assertIsNotNone(server.launched_at)
        self.assertIsNone(server.flow)
        self.assertIsNone(server.plan)
        self.assertFalse(server.adopted)
        self.assertFalse(server.protected)

    def test_while_it_is_built(self):
        server = self.start()
        self.assertEqual('building', server.status)
        self.assertIsNone(server.node_uuid)
        self.assertEqual(['server.build.start'], self.events)

    def test_what_the_machine_says(self):
        server = self.build(networks=BOTH)
        node = self.node(server)
        self.assertEqual(server.uuid, node.instance_uuid)
        self.assertEqual(server.uuid, node.allocation_uuid)
        self.assertEqual('active', node.provision_state)
        self.assertEqual(building.IMAGE, node.instance_info['image_source'])
        self.assertEqual(
            {port.port_id for port in server.ports}, set(node.vifs())
        )

    def test_what_the_ports_say(self):
        server = self.build(networks=BOTH)
        by_id = {port.port_id: port for port in server.ports}
        self.assertFalse(by_id[building.MINE].created)
        (made,) = [port for port in server.ports if port.created]
        ports = self.runtime.networks.ports_by_id(by_id)
        for port in ports.values():
            self.assertEqual(server.uuid, port.device_id)
            self.assertEqual('baremetal:none', port.device_owner)
            self.assertEqual(server.node_uuid, port.host_id)
        self.assertEqual(machines.PROJECT, ports[made.port_id].project_id)

    def test_it_is_told(self):
        self.build()
        self.assertEqual(
            ['server.build.start', 'server.build.end'], self.events
        )

    def test_several_servers(self):
        requests = [
            self.world.build_request(name=f'web-{number}')
            for number in (1, 2, 3)
        ]
        build.start(self.runtime, machines.context(), requests)
        self.drain()
        # There are two machines.
        self.assertEqual(
            ['active', 'active', 'error'], [row.status for row in self.rows()]
        )

    def test_the_size_of_partitions(self):
        server = self.build(
            image_uuid=building.PARTITION,
            partitions={'root_gb': '20', 'swap_mb': 512},
        )
        self.assertEqual({'root_gb': 20, 'swap_mb': 512}, server.partitions)
        info = self.node(server).instance_info
        self.assertEqual((20, 512), (info['root_gb'], info['swap_mb']))

    def test_an_image_of_a_partition_gets_the_disk(self):
        server = self.build(image_uuid=building.PARTITION)
        self.assertEqual(99, self.node(server).instance_info['root_gb'])

    def test_a_flavor_that_is_written_normalized(self):
        self.flavor('CUSTOM_BAREMETAL_GENERAL')
        self.assertEqual('active', self.build(flavor_uuid=OTHER).status)

    def flavor(self, resource_class='baremetal.general', count=1, **values):
        return self.runtime.db.create_flavor(
            models.Flavor(
                uuid=OTHER,
                name='other',
                resources={resource_class: count},
                resource_aggregates={},
                **values,
            )
        )


class DriveTest(building.Case):
    """What the machine is told."""

    def setUp(self):
        super().setUp()
        self.drives = []

        def provision(inner, node_uuid, target, *, configdrive=None):
            self.drives.append(configdrive)
            inner(node_uuid, target, configdrive=configdrive)

        self.wrap(self.runtime.driver, 'provision', provision)

    def files(self, **changes):
        self.server = self.build(**changes)
        self.assertIsNone(self.server.fault)
        return files_of(self.drives[0])

    def test_keypair_metadata_and_password(self):
        self.runtime.db.create_keypair(
            models.Keypair(
                user_id='operator',
                name='mine',
                type='ssh',
                fingerprint='SHA256:x',
                public_key='ssh-ed25519 AAAA me',
            )
        )
        files = self.files(
            key_name='mine', metadata={'a': 'b'}, admin_pass='pa55'
        )
        found = json.loads(files['/openstack/latest/meta_data.json'])
        self.assertEqual({'mine': 'ssh-ed25519 AAAA me'}, found['public_keys'])
        self.assertEqual({'a': 'b'}, found['meta'])
        self.assertEqual('pa55', found['admin_pass'])
        self.assertEqual(self.server.uuid, found['uuid'])

    def test_user_data_and_files(self):
        files = self.files(
            user_data=encoded(b'#!/bin/sh\n'),
            personality=[{'path': '/etc/motd', 'contents': encoded(b'hello')}],
        )
        self.assertEqual(b'#!/bin/sh\n', files['/openstack/latest/user_data'])
        (one,) = json.loads(files['/openstack/latest/meta_data.json'])['files']
        self.assertEqual('/etc/motd', one['path'])
        self.assertEqual(b'hello', files['/openstack' + one['content_path']])

    def test_the_network_has_the_addresses_of_the_nics(self):
        files = self.files()
        found = json.loads(files['/openstack/latest/network_data.json'])
        (link,) = found['links']
        self.assertEqual('52:54:00:00:00:00', link['ethernet_mac_address'])
        self.assertEqual('ipv4_dhcp', found['networks'][0]['type'])

    def test_what_is_private_is_in_no_repr(self):
        """Nor is what a check of it finds, which a log may show."""
        data = base64.b64encode(b'secret').decode()
        request = self.world.build_request(
            user_data=data,
            personality=[{'path': '/etc/x', 'contents': data}],
            admin_pass=data,
        )
        with deadline.limit(10):
            found = build._Checks(self.runtime).of(request)
        self.assertEqual(data, found.plan['user_data'])
        self.assertNotIn(data, repr(request) + repr(found))

    def test_the_password_is_in_no_table_and_no_log(self):
        log = self.useFixture(fixtures.FakeLogger(level=logging.DEBUG))
        server = self.start(admin_pass='k33p-this')
        text = json.dumps(server.plan)
        self.drain()
        self.assertNotIn('k33p-this', text + log.output)
        self.assertEqual({}, self.runtime.worker.secrets)

    def test_built_by_another_process_there_is_no_password(self):
        server = self.start(admin_pass='k33p-this')
        self.runtime.worker.secrets.clear()
        self.drain()
        found = self.row(server)
        self.assertEqual('error', found.status)
        self.assertEqual('admin_pass_lost', found.fault['code'])
        self.assert_nothing_left(server.uuid)


@ddt.ddt
class RefusalTest(building.Case):
    """Checked before anything is written."""

    def refused(self, error, **changes):
        found = self.assertRaises(error, self.start, **changes)
        self.assertEqual([], self.rows())
        self.assertEqual(self.before, self.world.state())
        self.assertEqual([], self.events)
        return found

    def test_unknown_flavor(self):
        self.refused(exceptions.FlavorNotFound, flavor_uuid=OTHER)

    def flavor(self, **values):
        values = {'resources': {'baremetal.general': 1}, **values}
        self.runtime.db.create_flavor(
            models.Flavor(
                uuid=OTHER, name='x', resource_aggregates={}, **values
            )
        )

    def test_disabled_flavor(self):
        self.flavor(disabled=True)
        error = self.refused(exceptions.BadRequest, flavor_uuid=OTHER)
        self.assertEqual('flavor_disabled', error.code)

    def test_a_flavor_for_others(self):
        self.flavor(is_public=False)
        self.refused(exceptions.FlavorNotFound, flavor_uuid=OTHER)

    def test_a_flavor_that_the_project_has_access_to(self):
        self.flavor(is_public=False)
        self.runtime.db.add_flavor_access(OTHER, machines.PROJECT)
        self.assertEqual('building', self.start(flavor_uuid=OTHER).status)

    def test_a_flavor_of_two_machines(self):
        self.flavor(resources={'baremetal.general': 2})
        error = self.refused(exceptions.BadRequest, flavor_uuid=OTHER)
        self.assertIn('baremetal.general=2', error.detail)

    @ddt.data(OTHER, building.FOREIGN_IMAGE)
    def test_an_image_that_is_not_there_for_the_project(self, image):
        self.refused(exceptions.ImageNotFound, image_uuid=image)

    def test_an_image_without_data(self):
        error = self.refused(exceptions.BadRequest, image_uuid=building.QUEUED)
        self.assertIn('"queued"', error.detail)

    def test_partitions_of_a_whole_disk(self):
        error = self.refused(exceptions.BadRequest, partitions={'root_gb': 10})
        self.assertEqual('image_not_partitioned', error.code)

    def test_a_partition_that_is_too_small(self):
        self.refused(
            exceptions.BadRequest,
            image_uuid=building.PARTITION,
            partitions={'root_gb': 4},
        )

    @ddt.data(OTHER, building.PRIVATE)
    def test_a_network_that_is_not_there_for_the_project(self, network):
        self.refused(
            exceptions.NetworkNotFound, networks=[{'net_id': network}]
        )

    def test_a_network_without_subnet(self):
        error = self.refused(
            exceptions.BadRequest, networks=[{'net_id': building.NO_SUBNET}]
        )
        self.assertIn('requires a subnet', error.detail)

    @ddt.data(OTHER, building.THEIRS)
    def test_a_port_that_is_not_there_for_the_project(self, port):
        self.refused(exceptions.PortNotFound, networks=[{'port_id': port}])

    def test_a_port_that_is_used(self):
        error = self.refused(
            exceptions.PortConflict, networks=[{'port_id': building.USED}]
        )
        self.assertIn('somebody', error.detail)

    def test_a_port_of_another_server(self):
        self.start(networks=[{'port_id': building.MINE}])
        self.assertRaises(
            exceptions.PortConflict,
            self.start,
            networks=[{'port_id': building.MINE}],
        )

    def test_a_port_that_is_named_twice(self):
        self.refused(
            exceptions.BadRequest, networks=[{'port_id': building.MINE}] * 2
        )

    def test_unknown_keypair(self):
        self.refused(exceptions.KeypairNotFound, key_name='nokey')

    def test_unknown_zone(self):
        self.refused(exceptions.BadRequest, availability_zone='az-9')

    def test_unknown_group(self):
        self.refused(exceptions.ServerGroupNotFound, group_uuid=OTHER)

    def test_a_group_of_another_project(self):
        self.runtime.db.create_server_group(
            models.ServerGroup(
                uuid=OTHER, name='g', policies=[], project_id='other'
            )
        )
        self.refused(exceptions.ServerGroupNotFound, group_uuid=OTHER)

    def test_user_data_that_is_no_base64(self):
        error = self.refused(exceptions.BadRequest, user_data='###')
        self.assertIn('base64', error.detail)

    def test_too_much_user_data(self):
        self.runtime.conf.set_override('max_config_drive', 9, 'api')
        error = self.refused(
            exceptions.BadRequest, user_data=encoded(b'0123456789')
        )
        self.assertIn('10 bytes', error.detail)

    def test_an_admin_may_use_what_is_others(self):
        server = self.start(
            networks=[{'port_id': building.THEIRS}],
            image_uuid=building.FOREIGN_IMAGE,
            foreign=True,
        )
        self.assertEqual('building', server.status)

    def test_glance_is_down(self):
        self.fail_first(
            self.runtime.images,
            'get',
            exceptions.UpstreamUnavailable('Glance is down.'),
        )
        self.refused(exceptions.UpstreamUnavailable)


@ddt.ddt
class FailureTest(building.Case):
    """Each write fails in each way."""

    def where(self, place):
        return getattr(self.runtime, place)

    @ddt.data(*WRITES)
    @ddt.unpack
    def test_an_answer_that_was_lost(self, place, name):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.where(place), name, lost, act=True)
        server = self.build(networks=BOTH)
        self.assertEqual('active', server.status)
        self.assertEqual(1, len(self.world.made_ports(server.uuid)))
        self.assertEqual(2, len(self.node(server).vifs()))

    @ddt.data(*WRITES)
    @ddt.unpack
    def test_a_request_that_was_lost(self, place, name):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.where(place), name, lost)
        server = self.build(networks=BOTH)
        self.assertEqual('active', server.status)
        self.assertEqual(1, len(self.world.made_ports(server.uuid)))

    @ddt.data(*WRITES)
    @ddt.unpack
    def test_a_lock_is_waited_for(self, place, name):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.fail_first(self.where(place), name, locked, locked)
        self.assertEqual('active', self.build(networks=BOTH).status)

    @ddt.data(*WRITES)
    @ddt.unpack
    def test_what_is_refused_is_undone(self, place, name):
        self.fail_first(
            self.where(place), name, exceptions.BadRequest('Not so.')
        )
        server = self.build(networks=BOTH)
        self.assertEqual('error', server.status)
        self.assertIn('Not so.', str(server.fault))
        self.assertEqual((None, None), (server.flow, server.node_uuid))
        self.assertEqual([], server.ports)
        self.assert_nothing_left(server.uuid)
        self.assertEqual(
            ['server.build.start', 'server.build.error'], self.events
        )

    @ddt.data(*WRITES)
    @ddt.unpack
    def test_what_nobody_foresaw_is_undone(self, place, name):
        self.fail_first(self.where(place), name, RuntimeError('k33p-this'))
        server = self.build(networks=BOTH)
        self.assertEqual('error', server.status)
        self.assertNotIn('k33p-this', json.dumps(server.fault))
        self.assert_nothing_left(server.uuid)

    @ddt.data(
        ('driver', 'provision'),
        ('driver', 'detach_vif'),
        ('driver', 'delete_allocation'),
        ('networks', 'delete_port'),
    )
    @ddt.unpack
    def test_undoing_goes_on_until_it_is_done(self, place, name):
        self.fail_first(
            self.runtime.driver,
            'set_instance_info',
            exceptions.BadRequest('Not so.'),
        )
        self.fail_first(
            self.where(place),
            name,
            exceptions.UpstreamUnavailable('Down.', sent=False),
            exceptions.UpstreamConflict('Locked.'),
            exceptions.BadRequest('Not now.'),
        )
        server = self.build(networks=BOTH)
        self.assertEqual('error', server.status)
        self.assert_nothing_left(server.uuid)

    def test_no_machine_fits(self):
        for name in ('one', 'two'):
            self.build(name=name)
        server = self.build(name='three')
        self.assertEqual('error', server.status)
        self.assertEqual('no_valid_node', server.fault['code'])
        self.assertEqual('No node fits.', server.fault['message'])
        self.assertIn('2 are in use', server.fault['detail'])

    def test_a_machine_that_another_took_in_between(self):
        """The allocation fails, and another machine is looked for."""
        taken = []

        def allocate(inner, uuid, resource_class, *, traits, candidates):
            if not taken:
                first = machines.node_uuid(0)
                taken.append(first)
                inner(OTHER, resource_class, traits=[], candidates=[first])
                candidates = [first]
            inner(uuid, resource_class, traits=traits, candidates=candidates)

        self.wrap(self.runtime.driver, 'allocate', allocate)
        server = self.build()
        self.assertEqual('active', server.status)
        self.assertNotIn(server.node_uuid, taken)

    def test_no_nic_is_free(self):
        server = self.build(networks=[{'net_id': building.NETWORK}] * 3)
        self.assertEqual('error', server.status)
        self.assertEqual('no_free_nic', server.fault['code'])
        self.assert_nothing_left(server.uuid)

    def test_a_port_that_another_took_in_between(self):
        server = self.start(networks=[{'port_id': building.MINE}])
        self.runtime.networks.set_device(building.MINE, 'vm', 'x', None)
        self.drain()
        found = self.row(server)
        self.assertEqual('port_in_use', found.fault['code'])
        (port,) = self.runtime.networks.ports_by_id([building.MINE]).values()
        self.assertEqual('vm', port.device_id)

    def test_the_database_is_gone_for_a_moment(self):
        server = self.start()
        outage = exceptions.Unavailable('No database.')
        self.fail_first(self.runtime.db, 'update_server', outage, outage)
        self.drain()
        self.assertEqual('active', self.row(server).status)

    def test_a_lost_answer_to_the_rows_is_looked_for(self):
        outage = exceptions.Unavailable('No database.')
        self.fail_first(self.runtime.db, 'insert_servers', outage, act=True)
        self.assertEqual('active', self.build().status)

    def test_a_process_that_lost_the_flow_stops(self):
        server = self.start()
        self.runtime.db.update_server(server.uuid, {'flow_owner': 'other'})
        self.drain()
        self.assertEqual('building', self.row(server).status)
        self.assertEqual(self.before, self.world.state())

    def test_a_flow_whose_lease_is_over_is_taken(self):
        server = self.start()
        self.runtime.worker.stop(0)
        self.runtime.db.update_server(server.uuid, {'flow_lease': 0.0})
        self.assertEqual(0, recovery.recover(self.runtime))
        self.drain()
        self.assertEqual('active', self.row(server).status)


class StaleTest(building.Case):
    """A row names a machine that its server has lost."""

    machines = 2

    def setUp(self):
        super().setUp()
        self.other = self.build(name='secret-of-others')
        driver, told = self.runtime.driver, []

        def allocate(inner, *args, **kwargs):
            if not told:
                told.append(True)
                # An operator undeploys it in this moment, and it is free.
                driver.provision(self.other.node_uuid, 'deleted')
            inner(*args, **kwargs)

        self.wrap(driver, 'allocate', allocate)

    def test_the_next_one_looks_for_another_machine(self):
        found = self.build(name='b')
        self.assertEqual('active', found.status)
        self.assertNotEqual(self.other.node_uuid, found.node_uuid)

    def test_or_fails_and_can_be_deleted(self):
        self.wrap(
            self.runtime.driver,
            'allocate',
            lambda inner, *args, **kwargs: inner(
                *args, **{**kwargs, 'candidates': [self.other.node_uuid]}
            ),
        )
        found = self.build(name='b')
        self.assertEqual('error', found.status)
        self.assertNotIn('secret', str(found.fault))
        self.assert_nothing_left(found.uuid)
        self.destroy(found)
        self.drain()
        self.assertEqual([self.other.uuid], [row.uuid for row in self.rows()])


class TroubleTest(building.Case):
    """Machines that fail, or never end."""

    changes = {'properties': {'simulate': {'deploy': 'fail'}}}

    def test_a_machine_that_cannot_be_deployed_is_given_back(self):
        server = self.build(networks=BOTH)
        self.assertEqual('error', server.status)
        self.assertEqual('deploy_failed', server.fault['code'])
        # Which machine it was is not for everybody.
        self.assertNotIn('bare-0', server.fault['message'])
        self.assertIn('"bare-0"', server.fault['detail'])
        self.assertIn('deploy failed', server.fault['message'])
        self.assert_nothing_left(server.uuid)


class EndlessTest(building.Case):
    changes = {'properties': {'simulate': {'deploy': 'hang'}}}
    overrides = {'flows.deploy_timeout': 1}

    def test_what_takes_too_long_is_given_up(self):
        server = self.start()
        for _ in range(50):
            self.runtime.worker.drain(1)
        self.assertEqual('building', self.row(server).status)
        plan = {**self.row(server).plan, 'since': 0.0}
        self.runtime.db.update_server(server.uuid, {'plan': plan})
        self.drain()
        found = self.row(server)
        self.assertEqual('deploy_timeout', found.fault['code'])
        self.assertIn('deploy_timeout', found.fault['message'])
        self.assertEqual('error', found.status)
        self.assert_nothing_left(server.uuid)
