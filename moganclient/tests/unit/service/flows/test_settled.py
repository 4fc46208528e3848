"""Deleting beside what others do in the same moment."""

import time
from unittest import mock

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import recovery
from moganclient.service import lock
from moganclient.service import power
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building


class UnsureTest(building.Case):
    """A request to the BMC that got no answer may still land."""

    def setUp(self):
        super().setUp()
        self.server = self.build()
        self.lost = exceptions.UpstreamUnavailable('No answer.')
        self.told = mock.Mock(side_effect=self.lost)
        self.runtime.driver.set_power = self.told
        self.runtime.conf.set_override('settle', 60, group='flows')
        with deadline.limit(10):
            self.assertRaises(
                exceptions.UpstreamUnavailable,
                power.change,
                self.runtime,
                machines.context(),
                self.row(self.server),
                'off',
            )
        self.until = self.row(self.server).plan['unsure_until']

    def assert_still_its_own(self):
        self.runtime.worker.drain(5)
        node = self.node(self.server)
        self.assertEqual(
            ('active', self.server.uuid),
            (node.provision_state, node.instance_uuid),
        )

    def over(self):
        """That time is over."""
        with mock.patch('time.time', lambda: self.until + 0.1):
            self.drain()
        self.assertEqual([], self.rows())

    def test_the_machine_is_kept_until_it_surely_did_not(self):
        self.destroy(self.server)
        self.assert_still_its_own()
        self.over()

    def test_another_process_keeps_it_too(self):
        self.destroy(self.server)
        self.runtime.worker.stop(0)
        self.runtime.conf.set_override('settle', 0, group='flows')
        self.runtime.db.update_server(self.server.uuid, {'flow_lease': 0.0})
        recovery.recover(self.runtime)
        self.assert_still_its_own()
        self.over()

    def test_what_was_answered_is_not_waited_for(self):
        plan = {'unsure_until': time.time() - 1}
        self.runtime.db.update_server(self.server.uuid, {'plan': plan})
        self.destroy(self.server)
        self.drain()
        self.assertEqual([], self.rows())


class CancelTest(building.Case):
    def test_a_server_that_is_locked_in_that_moment(self):
        server = self.start()
        locks = [True]

        def update_server(inner, uuid, values, **conditions):
            if values == {'status': 'deleting'} and locks:
                locks.pop()
                lock.change(
                    self.runtime, machines.context(), self.row(server), True
                )
            return inner(uuid, values, **conditions)

        self.wrap(self.runtime.db, 'update_server', update_server)
        self.assertRaises(exceptions.ServerLocked, self.destroy, server)
        self.assertEqual('building', self.row(server).status)
