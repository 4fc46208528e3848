"""Rebuilding a server: deployed again on the machine that it has."""

import base64
import dataclasses
import json

import ddt

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import rebuild
from moganclient.service.flows import recovery
from moganclient.service import protection
from moganclient.service import refresh
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building
from moganclient.tests.unit.service.flows import test_build
from moganclient.tests.unit.service.flows import test_manage


class Killed(BaseException):
    """The process ends here; nothing of it runs any more."""


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
        self.assertEqual(1, len(self.asked))

    def test_a_request_that_nobody_heard_is_not_sent_again(self):
        """It may be in use by the time that somebody looks."""
        self.fail_first(
            self.runtime.driver,
            'provision',
            exceptions.UpstreamUnavailable('No answer.'),
        )
        before = self.node(self.server).instance_info
        found = self.rebuild(self.server, building.PARTITION)
        self.assertEqual([], self.asked)
        self.assert_as_it_was(found, before, 'rebuild_unknown')

    @ddt.data(
        exceptions.UpstreamUnavailable('No connection.', sent=False),
        exceptions.UpstreamConflict('Locked.'),
    )
    def test_what_surely_did_not_act_is_tried_again(self, failure):
        self.fail_first(self.runtime.driver, 'provision', failure)
        found = self.rebuild(self.server, building.PARTITION)
        self.assertEqual(('active', None), (found.status, found.fault))
        self.assertEqual(building.PARTITION, found.image_uuid)
        self.assertEqual(1, len(self.asked))

    def killed(self, *, after):
        """The process dies in the moment of the request, and hours pass."""

        def provision(inner, *args, **kwargs):
            if after:
                inner(*args, **kwargs)
            raise Killed

        driver = self.runtime.driver
        inner = driver.provision
        self.wrap(driver, 'provision', provision)
        self.start_rebuild(self.server, building.PARTITION)
        self.assertRaises(Killed, self.drain)
        driver.provision = inner
        self.runtime.worker.stop(0)
        self.update(flow_lease=0.0)
        recovery.recover(self.runtime)
        self.drain()
        return self.row(self.server)

    def test_killed_right_after_it_was_asked_for(self):
        """Somebody has used the machine since."""
        found = self.killed(after=True)
        self.assertEqual(1, len(self.asked))
        self.assertEqual(
            ('active', None, None), (found.status, found.fault, found.plan)
        )
        self.assertEqual(building.PARTITION, found.image_uuid)

    def test_killed_right_before_it_was_asked_for(self):
        before = self.node(self.server).instance_info
        found = self.killed(after=False)
        self.assertEqual([], self.asked)
        self.assert_as_it_was(found, before, 'rebuild_unknown')
        self.assertEqual('active', self.rebuild(self.server).status)

    def test_a_machine_that_is_locked_may_have_heard_it(self):
        """Nothing is concluded before what locks it is through."""
        looks = []

        def get_node(inner, ident):
            node = inner(ident)
            if not self.row(self.server).flow_undo:
                looks.append(node)
            return dataclasses.replace(node, reserved=len(looks) in (2, 3))

        self.fail_first(
            self.runtime.driver,
            'provision',
            exceptions.UpstreamUnavailable('No answer.'),
        )
        self.wrap(self.runtime.driver, 'get_node', get_node)
        found = self.rebuild(self.server)
        self.assertEqual(4, len(looks))
        self.assertEqual('rebuild_unknown', found.fault['code'])

    def assert_as_it_was(self, found, info, code, state='active'):
        self.assertEqual('active', found.status)
        self.assertEqual(code, found.fault['code'])
        self.assertEqual(building.IMAGE, found.image_uuid)
        self.assertIsNone(found.plan)
        node = self.node(found)
        self.assertEqual(state, node.provision_state)
        self.assertEqual(info, node.instance_info)

    def test_what_is_refused(self):
        """The machine runs, with what was on it."""
        self.fail_first(
            self.runtime.driver, 'provision', exceptions.BadRequest('No.')
        )
        before = self.node(self.server).instance_info
        found = self.rebuild(self.server, building.PARTITION)
        self.assert_as_it_was(found, before, 'bad_request')
        self.assertEqual('No.', found.fault['message'])
        self.assertEqual(
            ['server.rebuild.start', 'server.rebuild.error'], self.events
        )
        found = self.rebuild(self.server)
        self.assertEqual(('active', None), (found.status, found.fault))

    def test_a_machine_that_is_protected_in_the_inventory(self):
        """By somebody else; nothing is written to it."""
        driver = self.runtime.driver
        driver.set_protected(self.server.node_uuid, True, 'do not touch')
        before = self.node(self.server).instance_info
        driver.set_instance_info = None
        found = self.rebuild(self.server, building.PARTITION)
        self.assert_as_it_was(found, before, 'node_protected')

    def test_a_machine_in_a_state_from_which_it_cannot(self):
        self.wrap(
            self.runtime.driver,
            'get_node',
            lambda inner, node: dataclasses.replace(
                inner(node), provision_state='rescue'
            ),
        )
        before = self.node(self.server).instance_info
        found = self.rebuild(self.server, building.PARTITION)
        self.assertEqual([], self.asked)
        self.assert_as_it_was(found, before, 'deploy_failed', 'rescue')

    def take_too_long(self):
        plan = self.row(self.server).plan
        self.update(plan={**plan, 'since': 0.0})

    def test_it_takes_too_long_and_ends_well(self):
        slow = []

        def get_node_bare(inner, node):
            found = inner(node)
            if not slow or not self.asked:
                return found
            return dataclasses.replace(found, provision_state='deploying')

        self.wrap(self.runtime.driver, 'get_node_bare', get_node_bare)
        slow.append(True)
        self.start_rebuild(self.server, building.PARTITION)
        self.runtime.worker.drain(3)
        self.take_too_long()
        self.drain()
        found = self.row(self.server)
        self.assertEqual('error', found.status)
        self.assertEqual('deploy_timeout', found.fault['code'])
        del slow[:]
        found = refresh.refresh_server(self.runtime, found)
        self.assertEqual('active', found.status)
        self.assertEqual('deploy_timeout', found.fault['code'])
        self.assertEqual(building.PARTITION, found.image_uuid)

    def test_it_took_long_to_know_that_it_was_heard(self):
        def provision(inner, *args, **kwargs):
            inner(*args, **kwargs)
            self.take_too_long()
            raise exceptions.UpstreamUnavailable('No answer.')

        self.wrap(self.runtime.driver, 'provision', provision)
        found = self.rebuild(self.server, building.PARTITION)
        self.assertEqual(
            ('active', None, building.PARTITION),
            (found.status, found.fault, found.image_uuid),
        )
        self.assertEqual(
            building.PARTITION, self.node(found).instance_info['image_source']
        )

    def test_nothing_secret_of_what_was_described_is_written_down(self):
        driver = self.runtime.driver
        source = 'https://user:secret@images/db.qcow2?sig=secret'
        driver.set_instance_info(
            self.server.node_uuid, {'image_source': source}
        )
        self.start_rebuild(self.server, building.PARTITION)
        plans = []

        def provision(inner, *args, **kwargs):
            plans.append(json.dumps(self.row(self.server).plan))
            return inner(*args, **kwargs)

        self.wrap(driver, 'provision', provision)
        self.drain()
        self.assertEqual(1, len(plans))
        self.assertNotIn('secret', plans[0])
        self.assertIn('https://images/db.qcow2', plans[0])

    def test_a_source_with_a_password_is_described_without_it_then(self):
        """So that the node says nothing untrue, at least."""
        driver = self.runtime.driver
        source = 'https://user:secret@images/db.qcow2'
        driver.set_instance_info(
            self.server.node_uuid, {'image_source': source}
        )
        self.fail_first(driver, 'provision', exceptions.BadRequest('No.'))
        found = self.rebuild(self.server, building.PARTITION)
        self.assertEqual(
            'https://images/db.qcow2',
            self.node(found).instance_info['image_source'],
        )

    def test_one_that_was_not_written_to_yet_keeps_it(self):
        driver = self.runtime.driver
        source = 'https://user:secret@images/db.qcow2'
        driver.set_instance_info(
            self.server.node_uuid, {'image_source': source}
        )
        self.fail_first(
            driver, 'set_instance_info', exceptions.BadRequest('No.')
        )
        found = self.rebuild(self.server, building.PARTITION)
        self.assertEqual(
            source, self.node(found).instance_info['image_source']
        )

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


class CancelledTest(Rebuilds, building.Case):
    """Deleted while it is rebuilt, and that comes to nothing."""

    def setUp(self):
        super().setUp()
        self.server = self.build()

    def test_what_is_on_the_machine_then_is_what_the_row_says(self):
        driver = self.runtime.driver
        busy = [True]

        def provision(inner, node, target, **kwargs):
            if target == 'deleted':
                raise exceptions.BadRequest('Not while it is deploying.')
            inner(node, target, **kwargs)
            raise Killed

        self.wrap(driver, 'provision', provision)
        self.start_rebuild(self.server, building.PARTITION)
        self.assertRaises(Killed, self.drain)
        self.runtime.worker.stop(0)
        self.destroy(self.server)
        self.wrap(
            driver,
            'get_node_bare',
            lambda inner, node: dataclasses.replace(
                inner(node),
                provision_state='deploying' if busy else 'active',
            ),
        )
        self.runtime.db.update_server(self.server.uuid, {'flow_lease': 0.0})
        recovery.recover(self.runtime)
        self.runtime.worker.drain(5)
        plan = {**self.row(self.server).plan, 'since': 0.0}
        self.runtime.db.update_server(self.server.uuid, {'plan': plan})
        self.drain()
        found = self.row(self.server)
        self.assertEqual('error', found.status)
        busy.clear()
        found = refresh.refresh_server(self.runtime, found)
        self.assertEqual(
            ('active', building.PARTITION), (found.status, found.image_uuid)
        )
        self.assertEqual(
            building.PARTITION, self.node(found).instance_info['image_source']
        )

    def test_what_was_not_begun_leaves_nothing_behind(self):
        """Somebody protects the machine meanwhile, so it is not wiped."""
        driver = self.runtime.driver
        before = self.node(self.server).instance_info

        def set_instance_info(inner, node, info):
            found = inner(node, info)
            if info.get('image_source') == building.PARTITION:
                self.destroy(self.server)
                driver.set_protected(node, True, 'keep it')
            return found

        self.wrap(driver, 'set_instance_info', set_instance_info)
        self.start_rebuild(self.server, building.PARTITION)
        self.drain()
        found = self.row(self.server)
        self.assertEqual(
            ('active', 'node_protected', building.IMAGE),
            (found.status, found.fault['code'], found.image_uuid),
        )
        self.assertEqual(before, self.node(found).instance_info)


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
