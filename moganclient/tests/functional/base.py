"""What the tests against the real cloud share: one cloud and one service.

Both start at the first test that needs them and end with the process.  The
service works as its own user, and every request it makes to Ironic, Neutron
and Glance goes through a recorder.
"""

from __future__ import annotations

import atexit
from collections.abc import Callable
import functools
import os
from typing import Any

import testtools
from testtools import content
from testtools import content_type

from moganclient import client
from moganclient import retries
from moganclient.tests.functional.cloud import config
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional.cloud import stack
from moganclient.tests.functional import fixtures
from moganclient.tests.functional import recorder
from moganclient.tests.functional import shell
from moganclient.v1 import client as v1

#: Nothing in a log, an answer or on a terminal may hold one of these.
SECRETS = (
    config.ADMIN_PASSWORD,
    config.SERVICE_PASSWORD,
    config.USER_PASSWORD,
    'key-4714',
    'signature-4715',
)

#: Flavor to its resources; spelled as Ironic does and as Placement does.
FLAVORS = {
    'general': {'baremetal.general': 1},
    'gold': {'CUSTOM_BAREMETAL_GOLD': 1},
}

#: All that may be written while a machine is taken over and let go.
NODE_WRITES = {'/instance_uuid', '/protected', '/protected_reason'}
PORT_WRITES = {'device_id', 'device_owner'}

#: One node, one port: never a sub-resource of them.
NODE_PATH = '^/v1/nodes/[^/]+$'
PORT_PATH = '^/v2.0/ports/[^/]+$'

#: Small enough for the seeded machines to fill several pages.
PAGE_SIZE = 10


class Recorders:
    """One in front of each service that ours talks to."""

    def __init__(self, cloud: stack.Cloud) -> None:
        self.ironic = recorder.Recorder(cloud.layout.url('ironic'))
        self.neutron = recorder.Recorder(cloud.layout.url('neutron'))
        self.glance = recorder.Recorder(cloud.layout.url('glance'))

    @property
    def all(self) -> list[recorder.Recorder]:
        return [self.ironic, self.neutron, self.glance]

    def config(self, cloud: stack.Cloud) -> dict[str, dict[str, object]]:
        """The service's configuration with these in between."""
        return fixtures.merge(
            fixtures.cloud_config(
                cloud,
                ironic=self.ironic.url,
                neutron=self.neutron.url,
                glance=self.glance.url,
            ),
            {
                'ironic': {'page_size': PAGE_SIZE},
                'neutron': {'page_size': PAGE_SIZE},
                # How long a request whose answer was lost may still act; on
                # this machine the cloud is quick.
                'flows': {
                    'recovery_interval': 1,
                    'settle': 3,
                    # What is said of Glance is said of every machine.
                    'image_cache': 0,
                },
            },
        )


class Shared:
    """The cloud, the recorders and the service of this process."""

    def __init__(
        self, snapshot: str = 'machines', *overrides: fixtures.Sections
    ) -> None:
        """Start them.

        :param snapshot: of the cloud
        :param overrides: sections of the service's configuration
        """
        self.cloud = stack.get(snapshot)
        self.recorders = Recorders(self.cloud)
        for one in self.recorders.all:
            one.setUp()
        self.config = fixtures.merge(
            self.recorders.config(self.cloud), *overrides
        )
        self.service = fixtures.ServiceFixture(
            self.config, port=self.cloud.layout.compute
        )
        self.service.setUp()
        admin = client.Client('1', session=self.cloud.session('admin'))
        self.flavors = {
            name: admin.flavor.create(name, resources).uuid
            for name, resources in FLAVORS.items()
        }
        self.spares = [
            name for name in self.cloud.seeded if name.startswith('spare-')
        ]

    def stop(self, owner: int) -> None:
        """End what was started here, in the process that started it."""
        if os.getpid() == owner:
            for one in [self.service, *self.recorders.all]:
                one.cleanUp()


@functools.cache
def shared() -> Shared:
    """Started now, if it does not run yet."""
    result = Shared()
    atexit.register(result.stop, os.getpid())
    return result


class CloudTestCase(testtools.TestCase):
    """A test against the real cloud."""

    def setUp(self) -> None:
        super().setUp()
        self.shared = self.start_shared()
        self.cloud = self.shared.cloud
        self.api = self.cloud.api
        self.service = self.shared.service
        self.recorders = self.shared.recorders
        for one in self.recorders.all:
            one.clear()
        self._writes_before = [len(r.written) for r in self.recorders.all]
        self.addCleanup(self._hold_to_what_may_be_written)
        self.admin = self.client('admin')
        self._log_begin = self.service.process.log.stat().st_size
        self.addDetail(
            'log of the service',
            content.Content(
                content_type.UTF8_TEXT,
                lambda: [self.service_log().encode()],
            ),
        )

    def start_shared(self) -> Shared:
        """What this test shares with others."""
        return shared()

    def written(self) -> list[list[recorder.Exchange]]:
        """What the service wrote in this test: Ironic, Neutron, Glance."""
        return [
            one.written[before:]
            for one, before in zip(
                self.recorders.all, self._writes_before, strict=True
            )
        ]

    def _hold_to_what_may_be_written(self) -> None:
        """Whatever a test did, the service wrote nothing else."""
        ironic, neutron, glance = self.written()
        for write in ironic:
            self.assertEqual('PATCH', write.method, str(write))
            self.assertRegex(write.path, NODE_PATH)
            paths = {one['path'] for one in write.body}
            self.assertLessEqual(paths, NODE_WRITES)
        for write in neutron:
            self.assertEqual('PUT', write.method, str(write))
            self.assertRegex(write.path, PORT_PATH)
            self.assertEqual({'port'}, set(write.body))
            self.assertLessEqual(set(write.body['port']), PORT_WRITES)
        self.assertEqual([], glance)

    def service_log(self) -> str:
        """What the shared service logged since this test began."""
        with open(self.service.process.log, 'rb') as handle:
            handle.seek(self._log_begin)
            return handle.read().decode(errors='replace')

    def client(self, name: str, version: str = '1', **more: Any) -> v1.Client:
        """The library as one of the cloud's users."""
        return client.Client(version, session=self.cloud.session(name), **more)

    def impatient(self) -> v1.Client:
        """The library as an admin who does not try again."""
        return self.client('admin', retry=retries.Policy(retries=0))

    def shell(self, name: str = 'admin') -> shell.OpenStackShell:
        """The ``openstack`` shell as one of the cloud's users."""
        return self.useFixture(
            shell.OpenStackShell(
                '--os-cloud', name, clouds_yaml=self.cloud.layout.clouds_yaml
            )
        )

    def machine(self, name: str) -> dict[str, Any]:
        """What the seeding knows of a machine."""
        return dict(self.cloud.seeded[name])

    def spare(self) -> dict[str, Any]:
        """An adoptable machine that no other test uses meanwhile."""
        machine = self.machine(self.shared.spares.pop())
        self.addCleanup(self._give_back, machine)
        return machine

    def _give_back(self, machine: dict[str, Any]) -> None:
        """Let other tests have a spare machine if it is as good as new."""
        node = self.api.node(machine['uuid'])
        ports = self.api.ports(id=machine['vifs'])
        if (
            node['instance_uuid'] is None
            and node['power_state'] is None
            and not node['protected']
            and not node['maintenance']
            and [port['device_id'] for port in ports] == ['']
        ):
            self.shared.spares.append(machine['name'])

    def manage(
        self, machine: dict[str, Any], name: str | None = None, **more: Any
    ) -> Any:
        """Take a machine over with everything said; let go in the end."""
        more.setdefault('flavor', self.shared.flavors['general'])
        more.setdefault('ports', machine['vifs'])
        server = more.pop('by', self.admin).server.manage(
            machine['uuid'], name or machine['name'], **more
        )
        self.addCleanup(self.let_go, server.uuid)
        return server

    def let_go(self, server_uuid: str) -> None:
        """Let go of a server if it is there."""
        servers = self.admin.server.list(all_projects=True)
        if server_uuid in [server.uuid for server in servers]:
            self.admin.server.unmanage(server_uuid)

    def picture(self, machine: dict[str, Any]) -> dict[str, Any]:
        """Everything about a machine: node, NICs, port groups, ports."""
        return self.api.picture(machine['uuid'])

    def assert_unchanged(
        self, machine: dict[str, Any], before: dict[str, Any]
    ) -> None:
        """Every field of node, NICs, port groups and ports is as before."""
        self.assertEqual({}, differences(before, self.picture(machine)))

    def assert_nothing_written(self) -> None:
        """No request but reads went to the cloud."""
        written = [w for one in self.recorders.all for w in one.writes]
        self.assertEqual([], [str(one) for one in written])

    def assert_only_its_own_written(self, machine: dict[str, Any]) -> None:
        """What was written is this node and the ports it carries."""
        self.assertEqual(
            {f'/v1/nodes/{machine["uuid"]}'},
            {write.path for write in self.recorders.ironic.writes},
        )
        self.assertEqual(
            {f'/v2.0/ports/{port}' for port in machine['vifs']},
            {write.path for write in self.recorders.neutron.writes},
        )

    def wait_for(self, check: Callable[[], object], what: str) -> None:
        """Until something is true; it never takes three minutes."""
        processes.wait_for(check, 180, what)


class MachineTestCase(CloudTestCase):
    """A test of what happens to one machine."""

    def setUp(self) -> None:
        super().setUp()
        self.node = self.spare()
        self.before = self.picture(self.node)

    def take_over(self) -> Any:
        """By a caller who does not try again."""
        return self.manage(self.node, by=self.impatient())

    def assert_no_server(self) -> None:
        servers = self.admin.server.list(node=self.node['uuid'])
        self.assertEqual([], servers)

    def assert_taken_over(self, server: Any) -> None:
        picture = self.picture(self.node)
        self.assertEqual(server.uuid, picture['node']['instance_uuid'])
        self.assertTrue(picture['node']['protected'])
        for port in self.node['vifs']:
            self.assertEqual(
                (server.uuid, 'baremetal:none'),
                (
                    picture['ports'][port]['device_id'],
                    picture['ports'][port]['device_owner'],
                ),
            )
        self.assertEqual('active', self.admin.server.get(server).status)


def differences(before: Any, after: Any, path: str = '') -> dict[str, Any]:
    """What differs between two structures: where to what it was and is."""
    if isinstance(before, dict) and isinstance(after, dict):
        found: dict[str, Any] = {}
        for key in before.keys() | after.keys():
            found |= differences(
                before.get(key), after.get(key), f'{path}/{key}'
            )
        return found
    if isinstance(before, list) and isinstance(after, list):
        if len(before) == len(after):
            found = {}
            for i, pair in enumerate(zip(before, after, strict=True)):
                found |= differences(*pair, f'{path}/{i}')
            return found
    return {} if before == after else {path: (before, after)}
