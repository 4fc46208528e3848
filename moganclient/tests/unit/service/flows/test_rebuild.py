"""Rebuilding a server: deployed again on the machine that it has."""

import base64
import json

import ddt

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import rebuild
from moganclient.service.flows import recovery
from moganclient.service import protection
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building
from moganclient.tests.unit.service.flows import test_build
from moganclient.tests.unit.service.flows import test_manage


class Rebuilds:
    def start_rebuild(self, server, *args, **kwargs):
        with deadline.limit(10):
            return rebuild.start(
                self.runtime,
                machines.context(),
                server.uuid,
                *args,
                **kwargs,
            )

    def rebuild(self, server, *args, **kwargs):
        self.start_rebuild(server, *args, **kwargs)
        self.runtime.worker.drain(200)
        return self.runtime.db.get_server(server.uuid)


@ddt.ddt
class RebuildTest(Rebuilds, building.Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()
        self.asked = []

        def provision(inner, node_uuid, target, *, configdrive=None):
            self.asked.append((target, configdrive))
            inner(node_uuid, target, configdrive=configdrive)

        self.wrap(self.runtime.driver, 'provision', provision)
        del self.events[:]

    def update(self, **values):
        self.runtime.db.update_server(self.server.uuid, values)

    def test_from_its_own_image(self):
        found = self.rebuild(self.server)
        self.assertEqual('active', found.status)
        self.assertEqual(['rebuild'], [target for target, _ in self.asked])
        self.assertEqual(self.server.node_uuid, found.node_uuid)
        self.assertIsNone(found.plan)
        self.assertEqual(
            ['server.rebuild.start', 'server.rebuild.end'], self.events
        )

    def test_while_it_is_rebuilt(self):
        found = self.start_rebuild(self.server)
        self.assertEqual('rebuilding', found.status)
        self.assertRaises(
            exceptions.ServerBusy, self.start_rebuild, self.server
        )

    def test_from_another_image(self):
        found = self.rebuild(self.server, building.PARTITION, True)
        self.assertEqual(building.PARTITION, found.image_uuid)
        info = self.node(found).instance_info
        self.assertEqual(building.PARTITION, info['image_source'])
        self.assertTrue(info['preserve_ephemeral'])

    def test_an_image_of_a_whole_disk_ends_partitions(self):
        self.update(partitions={'root_gb': 20}, image_uuid=building.PARTITION)
        found = self.rebuild(self.server, building.IMAGE)
        self.assertEqual('active', found.status)
        self.assertEqual({}, found.partitions)

    def test_what_it_is_told(self):
        self.rebuild(self.server, user_data=base64.b64encode(b'new').decode())
        files = test_build.files_of(self.asked[0][1])
        self.assertEqual(b'new', files['/openstack/latest/user_data'])

    def test_it_keeps_its_keypair(self):
        self.runtime.db.create_keypair(
            models.Keypair(
                user_id='operator',
                name='mine',
                type='ssh',
                fingerprint='x',
                public_key='ssh-rsa A',
            )
        )
        self.update(key_name='mine')
        self.rebuild(self.server)
        files = test_build.files_of(self.asked[0][1])
        found = json.loads(files['/openstack/latest/meta_data.json'])
        self.assertEqual({'mine': 'ssh-rsa A'}, found['public_keys'])

    def test_its_keypair_was_deleted(self):
        self.update(key_name='gone')
        self.assertEqual('active', self.rebuild(self.server).status)

    def test_unknown_image(self):
        self.assertRaises(
            exceptions.ImageNotFound,
            self.start_rebuild,
            self.server,
            test_build.OTHER,
        )

    def test_unknown_keypair(self):
        self.assertRaises(
            exceptions.KeypairNotFound,
            self.start_rebuild,
            self.server,
            key_name='nokey',
        )

    def test_locked(self):
        self.update(locked_by='owner')
        self.assertRaises(
            exceptions.ServerLocked, self.start_rebuild, self.server
        )

    def test_protected(self):
        self.update(protected=True)
        self.assertRaises(
            exceptions.ServerProtected, self.start_rebuild, self.server
        )

    @ddt.data('powering-off', 'building', 'deleting')
    def test_another_status(self, status):
        self.update(status=status)
        self.assertRaises(
            exceptions.ServerBusy, self.start_rebuild, self.server
        )

    def test_a_server_without_machine(self):
        self.update(status='error', node_uuid=None)
        error = self.assertRaises(
            exceptions.ServerBusy, self.start_rebuild, self.server
        )
        self.assertIn('no machine', error.detail)

    @ddt.data('provision', 'set_instance_info')
    def test_a_lost_answer(self, name):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.runtime.driver, name, lost, act=True)
        self.assertEqual('active', self.rebuild(self.server).status)

    def test_what_is_refused(self):
        self.fail_first(
            self.runtime.driver, 'provision', exceptions.BadRequest('No.')
        )
        found = self.rebuild(self.server)
        self.assertEqual('error', found.status)
        self.assertEqual('No.', found.fault['message'])
        self.assertEqual(self.server.node_uuid, found.node_uuid)
        self.assertEqual(
            ['server.rebuild.start', 'server.rebuild.error'], self.events
        )
        self.assertEqual('active', self.rebuild(self.server).status)

    def test_a_machine_that_another_has_by_now(self):
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        driver.claim_node(self.server.node_uuid, test_build.OTHER, 'theirs')
        found = self.rebuild(self.server)
        self.assertEqual('node_lost', found.fault['code'])
        self.assertEqual([], self.asked)

    def test_another_process_goes_on(self):
        self.start_rebuild(self.server)
        self.runtime.worker.stop(0)
        self.update(flow_lease=0.0)
        recovery.recover(self.runtime)
        self.drain()
        self.assertEqual('active', self.row(self.server).status)

    def test_deleted_while_it_is_rebuilt(self):
        self.start_rebuild(self.server)
        self.destroy(self.server)
        self.drain()
        self.assertEqual([], self.rows())
        self.assert_nothing_left(self.server.uuid)


class AdoptedTest(Rebuilds, test_manage.Case):
    """A machine that was taken over."""

    overrides = {'static.transition': 0, 'flows.poll_interval': 0.01}

    def setUp(self):
        super().setUp()
        self.server = self.manage()

    def test_it_is_protected(self):
        self.assertRaises(
            exceptions.ServerProtected, self.start_rebuild, self.server
        )

    def test_without_an_image_one_is_to_be_named(self):
        self.server = protection.change(
            self.runtime, machines.context(), self.server, False
        )
        self.runtime.db.update_server(self.server.uuid, {'image_uuid': None})
        error = self.assertRaises(
            exceptions.BadRequest, self.start_rebuild, self.server
        )
        self.assertEqual('image_needed', error.code)

    def test_unprotected_it_is_rebuilt(self):
        self.server = protection.change(
            self.runtime, machines.context(), self.server, False
        )
        found = self.rebuild(self.server, machines.IMAGE)
        self.assertIsNone(found.fault)
        self.assertEqual('active', found.status)
