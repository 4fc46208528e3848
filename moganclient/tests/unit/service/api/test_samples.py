"""The examples in the API reference are what the service answers."""

from __future__ import annotations

from moganclient.tests.unit.service.api import samples

NODE = 'edc3f08c-69a2-47ad-9519-22d29c8e68f1'
PUBLIC_KEY = (
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB6fSFxT7JjCgVYoFLP0hL2i7gGfFZ5vO3mY'
    'k0d1x2aB ann@laptop'
)
PORT = '753eadaa-f219-4a2b-9932-b721161c3a3e'


class SessionTest(samples.SampleTest):
    """One session, with all but building servers."""

    def test_session(self):
        self.ask(200, 'GET', '/', 'versions')
        self.ask(200, 'GET', '/v1', 'version')
        self.ask(
            200, 'GET', '/v1/adoptable_nodes?limit=1', 'adoptable-node-list'
        )
        self.ask(
            200,
            'GET',
            '/v1/adoptable_nodes/rack7-u13',
            'adoptable-node-show',
        )
        flavor = self.ask(
            201,
            'POST',
            '/v1/flavors',
            'flavor-create',
            {'name': 'general', 'resources': {'baremetal.general': 1}},
        )
        self.ask(200, 'GET', '/v1/flavors', 'flavor-list')
        self.ask(
            200,
            'PATCH',
            f'/v1/flavors/{flavor["uuid"]}',
            'flavor-update',
            [{'op': 'add', 'path': '/description', 'value': 'One socket'}],
        )
        body = {
            'name': 'db-3',
            'description': 'billing database',
            'node_uuid': NODE,
            'flavor_uuid': flavor['uuid'],
            'networks': [{'port_id': PORT}],
            'metadata': {'rack': '7'},
        }
        server = self.ask(
            201,
            'POST',
            '/v1/servers/manage',
            'server-manage',
            body,
            version='1.2',
        )
        self.ask(
            409,
            'POST',
            '/v1/servers/manage',
            'error-conflict',
            version='1.2',
            json=body,
        )
        self.ask(
            400,
            'POST',
            '/v1/servers/manage',
            'error-bad-request',
            json={'name': '', 'node_uuid': 'rack7-u01', 'colour': 'red'},
        )
        self.ask(
            406,
            'GET',
            '/v1/servers',
            'error-not-acceptable',
            version='1.9',
        )
        self.ask(200, 'GET', '/v1/servers', 'server-list')
        self.ask(
            200,
            'PATCH',
            f'/v1/servers/{server["uuid"]}',
            'server-update',
            [
                {'op': 'replace', 'path': '/name', 'value': 'db-4'},
                {'op': 'add', 'path': '/metadata/owner', 'value': 'billing'},
            ],
        )
        self.ask_for_what_1_4_brought()
        self.ask(200, 'GET', '/healthcheck?detailed=true', 'health')
        self.assertEqual(
            {path.name for path in samples.SAMPLES.glob('*.json')}, self.seen
        )

    def ask_for_what_1_4_brought(self):
        self.ask(
            201,
            'POST',
            '/v1/keypairs',
            'keypair-create',
            {'name': 'mine', 'public_key': PUBLIC_KEY},
            version='1.4',
        )
        self.ask(200, 'GET', '/v1/keypairs', 'keypair-list', version='1.4')
        aggregate = self.ask(
            201,
            'POST',
            '/v1/aggregates',
            'aggregate-create',
            {'name': 'rack8', 'metadata': {'availability_zone': 'hall-2'}},
            version='1.4',
        )
        path = f'/v1/aggregates/{aggregate["uuid"]}'
        self.ask(
            204,
            'POST',
            f'{path}/nodes',
            'aggregate-add-node',
            {'node': 'rack7-u12'},
            version='1.4',
        )
        self.ask(200, 'GET', f'{path}/nodes', 'aggregate-nodes', version='1.4')
        self.ask(
            200,
            'GET',
            '/v1/availability_zones',
            'availability-zone-list',
            version='1.4',
        )
        self.ask(
            201,
            'POST',
            '/v1/server_groups',
            'server-group-create',
            {'name': 'database', 'policies': ['anti-affinity']},
            version='1.4',
        )
        flavor = self.call(
            'POST',
            '/v1/flavors',
            version='1.4',
            json={
                'name': 'private',
                'resources': {'baremetal.gold': 1},
                'is_public': False,
                'traits': ['CUSTOM_GPU'],
            },
        ).json
        path = f'/v1/flavors/{flavor["uuid"]}/access'
        self.ask(
            204,
            'POST',
            path,
            'flavor-access-add',
            {'tenant_id': 'b9a1c3d5e7f94a2b8c6d0e1f2a3b4c5d'},
            version='1.4',
        )
        self.ask(200, 'GET', path, 'flavor-access-list', version='1.4')
