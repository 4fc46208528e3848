"""The examples of building servers and of what is done to them."""

from __future__ import annotations

from moganclient.tests.unit.service.api import samples

LAN = '3a412bc4-0984-4ae6-810a-41002df0af29'
STORAGE = '2a8f5968-8fe0-400e-afba-c6cf449307dc'
IMAGE = 'eb6ceff0-c48d-4118-bae0-b19b939c0986'
NODE = 'edc3f08c-69a2-47ad-9519-22d29c8e68f1'
USER_DATA = 'I2Nsb3VkLWNvbmZpZwpwYWNrYWdlczogW25naW54XQo='

#: What the samples call ports that are made.
PORTS = (
    '9a1d5c0e-7b7e-4b0e-a4a2-6c2b1f5d8e41',
    '9a1d5c0e-7b7e-4b0e-a4a2-6c2b1f5d8e42',
)


class ServerSampleTest(samples.SampleTest):
    """One session on the machines that can be built on."""

    DIRECTORY = samples.SAMPLES / 'servers'
    OPTIONS = {
        **samples.SampleTest.OPTIONS,
        'static': {
            **samples.SampleTest.OPTIONS['static'],
            'transition': 0,
        },
    }

    def ask(self, *args, **kwargs):
        kwargs.setdefault('version', '1.4')
        found = super().ask(*args, **kwargs)
        self.runtime.worker.drain(100)
        return found

    def test_session(self):
        flavor = self.call(
            'POST',
            '/v1/flavors',
            json={'name': 'gold', 'resources': {'baremetal.gold': 1}},
        ).json['uuid']
        self.names[flavor] = samples.NEW['flavors']
        server = self.ask(
            201,
            'POST',
            '/v1/servers',
            'create',
            {
                'server': {
                    'name': 'web-1',
                    'description': 'front page',
                    'flavor_uuid': flavor,
                    'image_uuid': IMAGE,
                    'networks': [{'net_id': LAN}],
                    'metadata': {'role': 'web'},
                    'user_data': USER_DATA,
                }
            },
        )['uuid']
        path = f'/v1/servers/{server}'
        self.ask(
            204,
            'POST',
            f'{path}/networks/interfaces',
            'interface',
            {'net_id': STORAGE},
        )
        self.ask(
            204,
            'POST',
            f'{path}/networks/floatingips',
            'floating-ip',
            {'address': '203.0.113.10'},
        )
        nics = self.call('GET', f'{path}/networks').json['nics']
        for nic, name in zip(nics, PORTS, strict=True):
            self.names[nic['port_id']] = name
        self.ask(200, 'GET', f'{path}/networks', 'networks')
        self.ask(
            201,
            'POST',
            f'{path}/remote_consoles',
            'console',
            {'protocol': 'serial', 'type': 'shellinabox'},
        )
        self.ask(200, 'GET', path, 'show')
        self.ask(202, 'PUT', f'{path}/states/lock', 'lock', {'target': True})
        self.ask(
            409,
            'PUT',
            f'{path}/states/power',
            'error-locked',
            json={'target': 'off'},
        )
        self.ask(
            400,
            'PUT',
            f'{path}/states/power',
            'error-locked-then',
            version=None,
            json={'target': 'off'},
        )
        self.call('PUT', f'{path}/states/lock', json={'target': False})
        self.ask(
            202,
            'PUT',
            f'{path}/states/provision',
            'rebuild',
            {'target': 'rebuild', 'image_uuid': IMAGE},
        )
        self.ask(
            202, 'PUT', f'{path}/states/power', 'power', {'target': 'off'}
        )
        self.check_manageable()
        self.assertEqual(
            {path.name for path in self.DIRECTORY.glob('*.json')}, self.seen
        )

    def check_manageable(self):
        found = self.call('GET', '/v1/manageable_servers').json
        first = [
            node
            for node in found['manageable_servers']
            if node['uuid'] == NODE
        ]
        self.check('manageable-list-response', {'manageable_servers': first})
        server = self.ask(
            201,
            'POST',
            '/v1/manageable_servers',
            'manageable',
            {'name': 'db-3', 'node_uuid': NODE},
            version=None,
        )['uuid']
        self.ask(
            409,
            'DELETE',
            f'/v1/servers/{server}',
            'error-protected',
        )
        self.ask(
            200,
            'PATCH',
            f'/v1/servers/{server}',
            'unprotect',
            [{'op': 'replace', 'path': '/protected', 'value': False}],
        )
