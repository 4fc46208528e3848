"""The examples in the API reference are what the service answers.

``MOGANCLIENT_WRITE_SAMPLES=1`` writes them anew instead of comparing.
"""

from __future__ import annotations

import json
import os
import pathlib
import re

import moganclient
from moganclient.service import conf as service_conf
from moganclient.tests.unit.service.api import base

SAMPLES = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc/source/reference/api-samples'
)
URL = 'http://127.0.0.1:6688'

#: What the samples call those that get a new UUID each time, by collection.
NEW = {
    'flavors': '5c2f6f0e-2f0a-4f39-8f2c-9a4f4b8a2e11',
    'servers': 'a0a98b9c-5ee4-4f4e-8b8e-1c8f3d1f9a01',
    'aggregates': 'd2a3e0f4-5c7b-4f0e-9f57-3f1d3c0a7c21',
    'server_groups': '7be1f2d6-6d0c-4b1c-8c9e-2a6f9d1e4b31',
}
_STABLE = (
    (r'req-[0-9a-f-]{36}', 'req-bb0b262a-e295-4791-9401-76d40d98286d'),
    (r'2[0-9]{3}-[0-9-]{5}T[0-9:.]+\+00:00', None),
)
_NOW = '2026-11-23T14:53:53.385798+00:00'

NODE = 'edc3f08c-69a2-47ad-9519-22d29c8e68f1'
PUBLIC_KEY = (
    'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB6fSFxT7JjCgVYoFLP0hL2i7gGfFZ5vO3mY'
    'k0d1x2aB ann@laptop'
)
PORT = '753eadaa-f219-4a2b-9932-b721161c3a3e'


class SampleTest(base.ApiTest):
    """One session on the inventory that is installed."""

    OPTIONS = {'static': {'inventory_file': service_conf.SAMPLE_INVENTORY}}

    def setUp(self):
        super().setUp()
        self.names = {}
        self.seen = set()

    def stable(self, document):
        """The document with the samples' UUIDs, times and request ids."""
        text = json.dumps(document, indent=4)
        for real, name in self.names.items():
            text = text.replace(real, name)
        text = re.sub(*_STABLE[0], text)
        # The inventory's own times are of 2019 and stay.
        return re.sub(
            _STABLE[1][0],
            lambda m: m[0] if m[0].startswith('2019') else _NOW,
            text,
        )

    def check(self, name, document):
        path = SAMPLES / f'{name}.json'
        self.seen.add(path.name)
        text = self.stable(document) + '\n'
        if os.environ.get('MOGANCLIENT_WRITE_SAMPLES'):
            path.write_text(text)
        self.assertEqual(path.read_text(), text)

    def ask(self, status, method, path, name, request=None, **kwargs):
        if request is not None:
            kwargs['json'] = request
            self.check(f'{name}-request', request)
        answer = self.call(method, path, base_url=URL, **kwargs)
        self.assertEqual(status, answer.status_code, answer.text)
        location = answer.headers.get('Location', '')
        for key, stands_for in NEW.items():
            if f'/{key}/' in location:
                self.names[location.rpartition('/')[2]] = stands_for
        if status != 204:
            self.check(f'{name}-response', answer.json)
        return answer.json

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
            {path.name for path in SAMPLES.glob('*.json')}, self.seen
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
