"""A real cloud: services are killed while they build and delete servers."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from moganclient.tests.functional import fixtures
from moganclient.tests.functional import lifecycle
from moganclient.tests.functional import recorder

#: What is being written when it is killed, and whether that still arrives:
#: to whom, method, path.
Moment = tuple[str, str, str, bool]
BUILDING: tuple[Moment, ...] = (
    ('ironic', 'POST', '/allocations$', True),
    ('neutron', 'POST', '/ports$', True),
    ('ironic', 'POST', '/vifs$', False),
    ('ironic', 'PUT', '/states/provision$', True),
)
DELETING: tuple[Moment, ...] = (
    ('ironic', 'PUT', '/states/provision$', True),
    ('neutron', 'DELETE', '/ports/', False),
)
#: The same where what was begun is given up in the middle.
UNDOING: tuple[Moment, ...] = (
    ('ironic', 'DELETE', '/allocations/', True),
    ('neutron', 'DELETE', '/ports/', True),
)


class TestKilled(lifecycle.LifecycleTestCase):
    """One service, which is started again each time."""

    def setUp(self) -> None:
        super().setUp()
        self.own = self.useFixture(
            fixtures.ServiceFixture(
                self.shared.config, {'flows': {'settle': 0.5}}
            )
        )
        caller = self.client('admin', endpoint_override=self.own.url)
        self.servers = caller.server
        self.flavor = caller.flavor.create('all', {'baremetal.deploy': 1})
        self.port = self.own_port()
        self.before = self.world()
        # Set while a service is there to be killed, and nobody waits for it.
        self.up = threading.Event()
        self.deaths = threading.Semaphore(0)

    def kill_at(self, moment: Moment) -> None:
        """Kill the service in a moment."""
        name, method, path, arrives = moment

        def kill(_: recorder.Exchange) -> None:
            self.up.wait(180)
            self.up.clear()
            self.own.kill()
            self.deaths.release()
            if not arrives:
                raise recorder.Drop

        getattr(self.recorders, name).on(method, path, before=kill)

    def survive(self, *moments: Moment) -> None:
        """Start the service again each time it was killed."""
        self.up.set()
        for moment in moments:
            self.assertTrue(self.deaths.acquire(timeout=180), moment)
            self.own.start()
            self.up.set()

    def create(self) -> Any:
        return self.servers.create(
            'web',
            self.shared.image,
            self.flavor,
            [
                {'net_id': self.shared.networks['provider']},
                {'port_id': self.port},
            ],
        )

    def wait(self, server: Any, until: str = 'settled') -> Any:
        return self.servers.wait(server.uuid, until=until, interval=0.1)

    def test_what_is_built_is_built(self) -> None:
        for moment in BUILDING:
            self.kill_at(moment)

        server = self.create()
        self.survive(*BUILDING)

        server = self.wait(server)
        self.assertEqual('active', server.status)
        node = self.node_of(server.uuid)
        self.assertEqual('active', node['provision_state'])
        # One port was made, whatever was heard of its making.
        ports = self.api.ports(device_id=server.uuid)
        self.assertEqual(2, len(ports))
        self.assertEqual(
            {port['id'] for port in ports}, set(self.api.vifs(node['uuid']))
        )
        self.servers.delete(server)
        self.wait(server, 'deleted')
        self.assert_left()

    def test_what_is_deleted_is_deleted(self) -> None:
        server = self.wait(self.create())
        for moment in DELETING:
            self.kill_at(moment)

        self.servers.delete(server)
        self.survive(*DELETING)

        self.wait(server, 'deleted')
        self.assert_left()

    def test_what_is_given_up_is_given_up(self) -> None:
        # Nobody can be told what to deploy.
        self.recorders.ironic.on(
            'PATCH', '/nodes/', before=recorder.reply(400, 'Not today.')
        )
        for moment in UNDOING:
            self.kill_at(moment)

        server = self.create()
        self.survive(*UNDOING)

        self.wait_for(
            lambda: self.servers.get(server).status == 'error', 'undone'
        )
        self.assertIn('Not today.', str(self.servers.get(server).fault))
        self.assert_left()

    def assert_left(self) -> None:
        """Its own port has another MAC, and is of another kind."""
        self.assertEqual({'ports': {self.port}}, self.touched(self.before))
        port = self.api.port(self.port)
        self.assertEqual(
            ('', '', ''),
            (
                port['device_id'],
                port['device_owner'],
                port['binding:host_id'],
            ),
        )


class TestReplicas(lifecycle.LifecycleTestCase):
    """Two services with one database."""

    def begin(self, service: fixtures.ServiceFixture) -> Any:
        """Begin to build a server through one of them."""
        self.before = self.world()
        by = self.client('demo', endpoint_override=service.url)
        return self.build(by=by)

    def test_the_other_one_goes_on_when_one_is_killed(self) -> None:
        doomed = self.replica()
        begun = threading.Event()

        def kill(_: recorder.Exchange) -> None:
            begun.wait(180)
            doomed.kill()

        self.recorders.ironic.on('PUT', '/states/provision$', before=kill)

        server = self.begin(doomed)
        begun.set()

        self.assertEqual('active', self.settled(server.uuid).status)
        self.assertFalse(doomed.process.running)
        self.destroy(server.uuid)
        self.assert_world(self.before)

    def test_one_that_slept_beyond_its_lease_does_nothing_more(self) -> None:
        sleeper = self.replica(
            {
                'flows': {'lease': 4, 'settle': 1},
                'api': {'deadline': 2, 'revert_timeout': 1},
            }
        )
        begun = threading.Event()

        def sleep(_: recorder.Exchange) -> None:
            begun.wait(180)
            sleeper.process.signal(signal.SIGSTOP)

        self.recorders.ironic.on('PUT', '/states/provision$', before=sleep)
        self.addCleanup(self.wake, sleeper)

        server = self.begin(sleeper)
        begun.set()
        self.assertEqual('active', self.settled(server.uuid).status)
        before = self.world()
        self.wake(sleeper)
        self.wait_for(
            lambda: f'Server {server.uuid} is in other hands' in sleeper.log,
            'what the sleeper says',
        )

        self.assertEqual('active', self.settled(server.uuid).status)
        self.assert_world(before)
        self.destroy(server.uuid)
        self.assert_world(self.before)

    def wake(self, service: fixtures.ServiceFixture) -> None:
        """Let a stopped process go on."""
        if service.process.running:
            os.kill(service.process.pid, signal.SIGCONT)
