"""Writes whose answer was lost and that act later than one would think."""

import contextlib
from unittest import mock

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import unmanage
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import test_manage

OTHER = test_manage.OTHER
REFUSED = exceptions.UpstreamUnavailable('Ironic is down.', sent=False)


class Case(test_manage.Case):
    """Time passes only in ``sleep``; what is late acts in a long one."""

    overrides = {'flows.settle': 5}

    def setUp(self):
        super().setUp()
        self.late = []
        patcher = mock.patch('time.sleep', self.sleep)
        patcher.start()
        self.addCleanup(patcher.stop)

    def sleep(self, seconds):
        if seconds > 3:
            self.arrive()

    def arrive(self):
        """Let the late writes act."""
        while self.late:
            with contextlib.suppress(exceptions.Conflict):
                self.late.pop(0)()

    def lose_first(self, where, name):
        """The first call gets no answer, and acts when it is late."""
        calls = []

        def wrapper(inner, *args, **kwargs):
            calls.append(args)
            if len(calls) > 1:
                return inner(*args, **kwargs)
            self.late.append(lambda: inner(*args, **kwargs))
            raise exceptions.UpstreamUnavailable('No answer.')

        self.wrap(where, name, wrapper)

    def unmanage(self, server):
        with deadline.limit(10):
            return unmanage.run(
                self.runtime, machines.context(), server.uuid
            )


class ManageTest(Case):
    def test_a_late_claim_does_not_outlive_the_undoing(self):
        """Also where a port was bound since, whose write is no late one."""
        second = machines.port_ids(0)[1]
        real = self.runtime.networks.set_device

        def set_device(port_id, device_id, *args):
            if port_id == second and device_id:
                real(second, 'vm-7', 'compute:x', 1)
            return real(port_id, device_id, *args)

        self.lose_first(self.runtime.driver, 'claim_node')
        self.runtime.networks.set_device = set_device
        self.assertRaises(exceptions.PortConflict, self.manage)
        self.arrive()
        self.assertIsNone(self.world.machine()['instance_uuid'])
        self.assertEqual('before', self.world.machine()['protected_reason'])


class UnmanageTest(Case):
    def test_a_late_release_does_not_take_the_node_from_the_next(self):
        server = self.manage()
        self.lose_first(self.runtime.driver, 'release_node')
        self.unmanage(server)
        again = self.manage()
        self.arrive()
        self.assertEqual(again.uuid, self.world.machine()['instance_uuid'])

    def test_a_late_release_does_not_outlive_what_takes_it_back(self):
        server = self.manage()
        managed = self.world.machine()
        self.fail_first(self.runtime.driver, 'release_node', REFUSED, REFUSED)
        self.lose_first(self.runtime.driver, 'release_node')
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.unmanage, server
        )
        self.arrive()
        self.assertEqual(managed, self.world.machine())

    def test_a_port_that_went_to_another_leaves_the_next_ones_bound(self):
        server = self.manage()
        first, second = machines.port_ids(0)

        def release_node(*args, **kwargs):
            port = self.runtime.networks.ports_by_id([first])[first]
            if not port.device_id:
                self.runtime.networks.set_device(
                    first, 'vm-7', 'compute:x', port.revision_number
                )
            raise REFUSED

        self.runtime.driver.release_node = release_node
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.unmanage, server
        )
        ports = self.world.machine()['ports']
        self.assertEqual('vm-7', ports[first][0])
        self.assertEqual(server.uuid, ports[second][0])
