"""What the tests share that build servers on a real cloud, and destroy them.

They have a cloud of their own, with machines to build on.
"""

from __future__ import annotations

import atexit
import functools
import os
import pathlib
import re
from typing import Any
import uuid

import fixtures as pyfixtures

from moganclient import client
from moganclient.tests.functional import base
from moganclient.tests.functional.cloud import build
from moganclient.tests.functional import fixtures
from moganclient.tests.functional import shell

#: Fake machines are quick.
QUICK = {'flows': {'poll_interval': 0.2}}

#: Flavor to what ``flavor create`` gets for it.
_FLAVORS: dict[str, dict[str, Any]] = {
    'deploy': {},
    'nvme': {'traits': [build.TRAIT]},
    'lasers': {'traits': ['CUSTOM_LASERS']},
}

_UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
#: Method and path of all that may be written to build, change and delete.
_WRITES = {
    'ironic': (
        f'PATCH /v1/nodes/{_UUID}',
        f'(?:POST|DELETE) /v1/nodes/{_UUID}/vifs(?:/{_UUID})?',
        f'PUT /v1/nodes/{_UUID}/states/(?:power|provision|console)',
        f'(?:POST|DELETE) /v1/allocations(?:/{_UUID})?',
    ),
    'neutron': (
        '(?:POST) /v2.0/ports',
        f'(?:PUT|DELETE) /v2.0/ports/{_UUID}',
        f'PUT /v2.0/floatingips/{_UUID}',
    ),
    'glance': (),
}
#: What may be written of a node, and of what there is in Neutron already.
_NODE_WRITES = re.compile(
    '/(?:instance_uuid|instance_name|instance_info/.+|protected'
    '|protected_reason)'
)
_NEUTRON_WRITES = {
    'ports': {'device_id', 'device_owner'},
    'floatingips': {'port_id', 'fixed_ip_address'},
}

#: Fields that any deployment, power action or write leaves traces in.
_TRACES = {
    'updated_at',
    'revision_number',
    'provision_updated_at',
    'deploy_step',
    'driver_internal_info',
    'last_error',
}


class Shared(base.Shared):
    """The cloud with machines to build on, and the service."""

    def __init__(self) -> None:
        super().__init__('build', QUICK)
        admin = client.Client('1', session=self.cloud.session('admin'))
        for name, more in _FLAVORS.items():
            flavor = admin.flavor.create(
                name, {build.RESOURCE_CLASS: 1}, **more
            )
            self.flavors[name] = flavor.uuid
        self.demo = self.cloud.project_id('demo')
        # By id: who is no admin finds two by that name.
        self.networks = {
            name: self.cloud.api.network(name)['id']
            for name in ('provider', 'tenant', 'public')
        }
        self.image = self.cloud.api.create_image('trixie')['id']


@functools.cache
def shared() -> Shared:
    """Started now, if it does not run yet."""
    result = Shared()
    atexit.register(result.stop, os.getpid())
    return result


class LifecycleTestCase(base.CloudTestCase):
    """A test that builds servers, or destroys those that were taken over."""

    shared: Shared

    def setUp(self) -> None:
        super().setUp()
        self.demo = self.shell('demo')
        self.operator = self.shell('admin')
        self.directory = pathlib.Path(
            self.useFixture(pyfixtures.TempDir()).path
        )

    def start_shared(self) -> Shared:
        return shared()

    def _hold_to_what_may_be_written(self) -> None:
        """Whatever a test did, the service wrote nothing else."""
        made = set()
        for name, written in zip(_WRITES, self.written(), strict=True):
            for one in written:
                line = f'{one.method} {one.path}'
                self.assertTrue(
                    any(re.fullmatch(p, line) for p in _WRITES[name]), line
                )
                kind = one.path.split('/')[2]
                if one.method == 'PATCH':
                    for change in one.body:
                        self.assertRegex(change['path'], _NODE_WRITES)
                elif one.method == 'PUT' and kind in _NEUTRON_WRITES:
                    (body,) = one.body.values()
                    self.assertLessEqual(set(body), _NEUTRON_WRITES[kind])
                elif one.method == 'POST' and kind == 'ports':
                    made.add((one.answer or {}).get('port', {}).get('id'))
                elif one.method == 'DELETE' and kind == 'ports':
                    # Nobody's own port is ever deleted.
                    self.assertIn(one.path.rsplit('/', 1)[-1], made)

    # What somebody types

    def ask(
        self, command: str, *, by: shell.OpenStackShell | None = None
    ) -> Any:
        """A command that prints something, as JSON."""
        result = (by or self.demo).run(f'baremetalcompute {command} -f json')
        return result.json

    def tell(
        self,
        command: str,
        *,
        by: shell.OpenStackShell | None = None,
        ok: bool = True,
    ) -> str:
        """A command that prints nothing; what it says on standard error."""
        return (
            (by or self.demo).run(f'baremetalcompute {command}', ok=ok).stderr
        )

    def show(
        self, server: str, *, by: shell.OpenStackShell | None = None
    ) -> Any:
        """``server show``, as an operator sees it unless somebody looks."""
        return self.ask(f'server show {server}', by=by or self.operator)

    def unique(self, name: str) -> str:
        """A name that no other test uses."""
        return f'{name}-{uuid.uuid4().hex[:6]}'

    def build(self, **more: Any) -> Any:
        """Begin to build a server, of demo unless more is said."""
        by = more.pop('by', None) or self.client('demo')
        more.setdefault('flavor_uuid', self.shared.flavors['deploy'])
        more.setdefault('image_uuid', self.shared.image)
        more.setdefault('networks', [self.shared.networks['tenant']])
        server = by.server.create(self.unique('web'), **more)
        self.addCleanup(self.destroy, server.uuid)
        return server

    def built(self, **more: Any) -> Any:
        """A server that was built, and is deleted in the end."""
        return self.settled(self.build(**more).uuid)

    def destroy(self, server_uuid: str) -> None:
        """Delete a server if it is there, and wait for that."""
        servers = self.admin.server.list(all_projects=True)
        if server_uuid in [server.uuid for server in servers]:
            self.admin.server.delete(server_uuid)
            self.admin.server.wait(
                server_uuid, until='deleted', timeout=180, interval=0.2
            )

    def settled(self, server_uuid: str) -> Any:
        """A server when nothing goes on any more."""
        return self.admin.server.wait(server_uuid, timeout=180, interval=0.2)

    def own_port(self, **more: Any) -> str:
        """A port of project demo, which it deletes by itself."""
        more.setdefault('network_id', self.shared.networks['tenant'])
        more.setdefault('project_id', self.shared.demo)
        port = str(self.api.create_port(**more)['id'])
        self.addCleanup(self.api.delete_port, port)
        return port

    # What there is in the cloud

    def world(self) -> dict[str, Any]:
        """All that a server could leave traces in, but times and counters."""
        api = self.api
        return {
            'nodes': _by(api.ironic.get('/v1/nodes/detail').json()['nodes']),
            'nics': _by(api.ironic.get('/v1/ports/detail').json()['ports']),
            'groups': _by(
                api.ironic.get('/v1/portgroups/detail').json()['portgroups']
            ),
            'allocations': _by(
                api.ironic.get('/v1/allocations').json()['allocations']
            ),
            'ports': _by(api.ports(), 'id'),
            'floating_ips': _by(
                api.neutron.get('/floatingips').json()['floatingips'], 'id'
            ),
        }

    def assert_world(
        self, before: dict[str, Any], expected: dict[str, Any] | None = None
    ) -> None:
        """Nothing of all that differs.

        :param expected: what does: path to a pair of what it was and is
        """
        self.assertEqual(
            expected or {}, base.differences(before, self.world())
        )

    def touched(self, before: dict[str, Any]) -> dict[str, set[str]]:
        """What differs by now: kind to the ids of things."""
        found: dict[str, set[str]] = {}
        for path in base.differences(before, self.world()):
            _, kind, ident, *_ = path.split('/')
            found.setdefault(kind, set()).add(ident)
        return found

    def node_of(self, server_uuid: str) -> dict[str, Any]:
        """The node whose ``instance_uuid`` a server is."""
        found = self.api.ironic.get(
            '/v1/nodes/detail', params={'instance_uuid': server_uuid}
        ).json()['nodes']
        self.assertEqual(1, len(found))
        return dict(found[0])

    def replica(
        self, *overrides: fixtures.Sections
    ) -> fixtures.ServiceFixture:
        """Another service beside the shared one, with the same database."""
        connection = self.shared.service.config['database']['connection']
        return self.useFixture(
            fixtures.ServiceFixture(
                self.shared.config, *overrides, connection=str(connection)
            )
        )


def _by(things: list[Any], key: str = 'uuid') -> dict[str, Any]:
    return {
        thing[key]: {k: v for k, v in thing.items() if k not in _TRACES}
        for thing in things
    }
