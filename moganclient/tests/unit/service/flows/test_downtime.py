"""Flows that nobody worked on for long: nothing that is done is undone."""

from unittest import mock

import ddt

from moganclient.service import addresses
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import job
from moganclient.service.flows import rebuild
from moganclient.service.flows import recovery
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building


class Killed(BaseException):
    """The process ends here; nothing of it runs any more."""


STARTING = exceptions.UpstreamUnavailable('It starts.', sent=False)


class Case(building.Case):
    def setUp(self):
        super().setUp()
        self.asked = []

        def provision(inner, node_uuid, target, **kwargs):
            self.asked.append(target)
            inner(node_uuid, target, **kwargs)

        self.wrap(self.runtime.driver, 'provision', provision)

    def killed_at(self, server, step):
        """The process dies in a step, and the rest of the day nobody looks."""
        driver = self.runtime.driver
        look = driver.get_node_bare

        def get_node_bare(node_uuid):
            if self.row(server).flow_step == step:
                raise Killed
            return look(node_uuid)

        driver.get_node_bare = get_node_bare
        self.assertRaises(Killed, self.drain)
        driver.get_node_bare = look
        self.goes_on_late(server)

    def killed_after_asking(self):
        driver = self.runtime.driver
        provision = driver.provision

        def die(*args, **kwargs):
            provision(*args, **kwargs)
            raise Killed

        driver.provision = die
        self.assertRaises(Killed, self.drain)
        driver.provision = provision

    def goes_on_late(self, server):
        self.runtime.worker.stop(0)
        row = self.row(server)
        plan = {**(row.plan or {}), 'since': 0.0}
        self.runtime.db.update_server(
            row.uuid, {'flow_lease': 0.0, 'plan': plan}
        )
        recovery.recover(self.runtime)


@ddt.ddt
class BuildTest(Case):
    def test_what_was_finished_meanwhile_is_a_server(self):
        """Somebody may use it by now."""
        server = self.start()
        self.killed_at(server, 'await')
        self.drain()
        found = self.row(server)
        self.assertEqual(('active', None), (found.status, found.fault))
        self.assertEqual(['active'], self.asked)

    def test_a_look_that_fails_is_none(self):
        """The inventory has to come back, too."""
        server = self.start()
        self.killed_at(server, 'await')
        self.fail_first(self.runtime.driver, 'get_node_bare', STARTING)
        self.drain()
        self.assertEqual('active', self.row(server).status)
        self.assertEqual(['active'], self.asked)

    @ddt.data((), (STARTING,))
    def test_asked_for_and_not_recorded(self, failures):
        server = self.start()
        self.killed_after_asking()
        self.goes_on_late(server)
        self.fail_first(self.runtime.driver, 'get_node', *failures)
        self.drain()
        self.assertEqual('active', self.row(server).status)
        self.assertEqual(['active'], self.asked)

    @ddt.data('allocate', 'ports', 'plug', 'describe', 'deploy')
    def test_nothing_new_is_begun(self, step):
        """The other one of the two has long been told that it failed."""
        server = self.start()
        enter = 'moganclient.service.flows.work.Work.enter'

        def die(work, name, **values):
            work.save(flow_step=name, **values)
            if name == step:
                raise Killed

        with mock.patch(enter, die):
            self.assertRaises(Killed, self.drain)
        self.goes_on_late(server)
        self.drain()
        found = self.row(server)
        self.assertEqual('error', found.status)
        self.assertEqual('deploy_timeout', found.fault['code'])
        self.assertIn(f'"{step}"', found.fault['message'])
        self.assertEqual([], self.asked)
        self.assert_nothing_left(server.uuid)

    def test_what_is_still_being_deployed_is_given_up(self):
        server = self.start()
        driver = self.runtime.driver
        look = driver.get_node_bare

        def get_node_bare(node_uuid):
            node = look(node_uuid)
            if self.asked == ['active']:
                node.provision_state = 'deploying'
            return node

        driver.get_node_bare = get_node_bare
        self.runtime.worker.drain(3)
        self.goes_on_late(server)
        self.drain()
        found = self.row(server)
        self.assertEqual('deploy_timeout', found.fault['code'])
        self.assertEqual(['active', 'deleted'], self.asked)

    @ddt.data(
        exceptions.UpstreamUnavailable('Neutron is down.', sent=False),
        exceptions.BadRequest('Neutron does not like that.'),
        RuntimeError('bug'),
    )
    def test_a_finished_machine_waits_for_being_written_down(self, failure):
        failing = [True]
        real = addresses.of_server

        def of_server(*args):
            if failing:
                raise failure
            return real(*args)

        hours = iter(range(0, 10**6, 3600))
        server = self.start()
        with (
            mock.patch.object(addresses, 'of_server', of_server),
            mock.patch.object(
                job.FlowJob, 'failed_for', lambda self: float(next(hours))
            ),
        ):
            self.runtime.worker.drain(60)
            self.assertEqual('building', self.row(server).status)
            failing.clear()
            self.drain()
        found = self.row(server)
        self.assertEqual(('active', None), (found.status, found.fault))
        self.assertEqual(['active'], self.asked)

    def test_a_machine_that_is_gone_is_not_waited_for(self):
        server = self.start()
        driver = self.runtime.driver
        look = driver.get_node_bare

        def get_node_bare(node_uuid):
            if self.row(server).flow_step == 'activate':
                raise exceptions.NodeNotFound('It is gone.')
            return look(node_uuid)

        driver.get_node_bare = get_node_bare
        self.drain()
        self.assertEqual('error', self.row(server).status)


class RebuildTest(Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()
        del self.asked[:]

    def test_it_is_not_begun(self):
        """What is on the machine is used still."""
        with deadline.limit(10):
            rebuild.start(
                self.runtime,
                machines.context(),
                self.server.uuid,
                building.PARTITION,
            )
        self.goes_on_late(self.server)
        self.drain()
        found = self.row(self.server)
        self.assertEqual([], self.asked)
        self.assertEqual(
            ('active', 'deploy_timeout', building.IMAGE),
            (found.status, found.fault['code'], found.image_uuid),
        )

    def test_nor_in_the_step_that_asks_for_it(self):
        with deadline.limit(10):
            rebuild.start(
                self.runtime,
                machines.context(),
                self.server.uuid,
                building.PARTITION,
            )
        self.runtime.db.update_server(
            self.server.uuid, {'flow_step': 'redeploy'}
        )
        self.goes_on_late(self.server)
        self.drain()
        self.assertEqual([], self.asked)
        self.assertEqual('active', self.row(self.server).status)


class DeleteTest(Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()
        del self.asked[:]
        self.destroy(self.server)

    def test_not_begun_it_is_given_its_time(self):
        self.goes_on_late(self.server)
        self.fail_first(
            self.runtime.driver,
            'provision',
            exceptions.UpstreamConflict('Locked.'),
        )
        self.drain()
        self.assertEqual(['deleted'], self.asked)
        self.assertEqual([], self.rows())

    def test_nor_does_a_console_that_is_on_end_it(self):
        driver = self.runtime.driver
        told = []

        def get_node(inner, node_uuid):
            node = inner(node_uuid)
            node.console_enabled = not told
            return node

        self.wrap(driver, 'get_node', get_node)
        driver.disable_console = told.append
        self.goes_on_late(self.server)
        self.drain()
        self.assertEqual([self.server.node_uuid], told)
        self.assertEqual([], self.rows())

    def test_what_was_asked_for_long_ago_is_done(self):
        self.killed_at(self.server, 'undeploy')
        self.drain()
        self.assertEqual(['deleted'], self.asked)
        self.assertEqual([], self.rows())

    def test_what_fails_for_others_once_it_is_done_is_theirs(self):
        """Undoing waits for long, and the machine has gone to others."""
        driver = self.runtime.driver
        look, phases = driver.get_node, []

        def get_node(node_uuid):
            step = self.row(self.server).flow_step
            if step == 'unplug' and not phases:
                phases.append('down')
            if phases == ['down']:
                if step != 'failed':
                    raise STARTING
                phases.append('up')
            node = look(node_uuid)
            if phases:
                node.provision_state, node.instance_uuid = 'error', None
            return node

        driver.get_node = get_node
        hours = iter(range(0, 10**6, 3600))
        with mock.patch.object(
            job.FlowJob, 'failed_for', lambda self: float(next(hours))
        ):
            self.drain()
        self.assertEqual('error', self.row(self.server).status)
        self.assertEqual(['deleted'], self.asked)
        self.destroy(self.server)
        self.drain()
        self.assertEqual(['deleted'], self.asked)
        self.assertEqual([], self.rows())


class FailedMeanwhileTest(Case):
    """Undeploying fails, and nobody sees for whom."""

    changes = {'properties': {'simulate': {'undeploy': 'fail'}}}

    def test_it_is_said_and_the_machine_is_left_alone(self):
        server = self.build()
        del self.asked[:]
        self.destroy(server)
        self.killed_after_asking()
        self.goes_on_late(server)
        self.drain()
        found = self.row(server)
        self.assertEqual('error', found.status)
        self.assertIn('not known', found.fault['message'])
        self.assertIn('Undeploying failed', found.fault['detail'])
        self.assertEqual(['deleted'], self.asked)
        # Whoever has seen to it deletes the server once more.
        self.destroy(server)
        self.drain()
        self.assertEqual(['deleted'], self.asked)
        self.assertEqual([], self.rows())
