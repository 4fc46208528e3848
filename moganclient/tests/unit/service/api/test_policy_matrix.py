"""Who may do what: every route, asked by everybody.

What is expected is in a table that the administrator's guide shows, too.
"""

from __future__ import annotations

import csv
import pathlib
import re

import ddt
import testtools

import moganclient
from moganclient.service import app
from moganclient.service import conf as service_conf
from moganclient.service.db import models
from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone
from moganclient.tests.unit.service import test_keypairs

TABLE = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc/source/admin/policy-matrix.csv'
)


class Row(dict):
    """A row of the table; a test of it has its name."""

    @property
    def __name__(self):
        words = f'{self["Request"]} {self["About"]}'
        return re.sub(r'\W+', '_', words).strip('_')


with TABLE.open(newline='', encoding='utf-8') as file:
    ROWS = [Row(row) for row in csv.DictReader(file)]

#: Columns of the table to roles and project of who asks; None: no token.
CALLERS = {
    'Anonymous': None,
    'Reader': (('reader',), 'demo'),
    'Member': (('member', 'reader'), 'demo'),
    'Other project': (('member', 'reader'), 'other'),
    'Project admin': (('admin', 'member', 'reader'), 'demo'),
    'Admin': (('admin', 'member', 'reader'), 'admins'),
    'Service': (('service',), 'service'),
}

NETWORK = base.uuid(4, 1)
IMAGE = base.uuid(5, 1)
FREE_PORT = base.uuid(3, 11)
FOREIGN_PORT = base.uuid(3, 12)
FLAVOR = base.uuid(6, 1)
PRIVATE = base.uuid(6, 2)
UNUSED = base.uuid(6, 3)
AGGREGATE = base.uuid(7, 1)
GROUP = base.uuid(8, 1)

KEYPAIR = {'name': 'new', 'public_key': test_keypairs.CAPTURED}
RENAME = [{'op': 'replace', 'path': '/name', 'value': 'new'}]

#: Bodies by request.
BODIES = {
    'POST /v1/manageable_servers': {
        'name': 'new',
        'node_uuid': base.uuid(1, 2),
    },
    'POST /v1/servers/manage': {
        'name': 'new',
        'node_uuid': base.uuid(1, 2),
        'flavor_uuid': FLAVOR,
        'networks': [{'port_id': base.uuid(3, 2)}],
        'project_id': 'demo',
    },
    'POST /v1/servers/{server}/unmanage': {},
    'PATCH /v1/servers/{server}': RENAME,
    'PUT /v1/servers/{server}/states/power': {'target': 'reboot'},
    'PUT /v1/servers/{server}/states/provision': {
        'target': 'rebuild',
        'image_uuid': IMAGE,
    },
    'PUT /v1/servers/{server}/states/lock': {'target': True},
    'POST /v1/servers/{server}/networks/interfaces': {'port_id': FREE_PORT},
    'POST /v1/servers/{server}/networks/floatingips': {'address': '192.0.2.1'},
    'POST /v1/servers/{server}/remote_consoles': {
        'protocol': 'serial',
        'type': 'shellinabox',
    },
    'POST /v1/flavors': {'name': 'new', 'resources': {'x': 1}},
    'PATCH /v1/flavors/{flavor}': RENAME,
    'POST /v1/flavors/{flavor}/access': {'tenant_id': 'other'},
    'POST /v1/keypairs': KEYPAIR,
    'POST /v1/aggregates': {'name': 'new'},
    'PATCH /v1/aggregates/{aggregate}': RENAME,
    'POST /v1/aggregates/{aggregate}/nodes': {'node': 'node-2'},
    'POST /v1/server_groups': {'name': 'new', 'policies': []},
}


def server_body(**more):
    return {
        'server': {
            'name': 'new',
            'flavor_uuid': FLAVOR,
            'image_uuid': IMAGE,
            'networks': [{'net_id': NETWORK}],
            **more,
        }
    }


BODIES['POST /v1/servers'] = server_body()
#: Bodies by request and what it is about.
OTHER_BODIES = {
    (
        'POST /v1/servers',
        'with a flavor that is not public',
    ): server_body(flavor_uuid=PRIVATE),
    (
        'POST /v1/servers',
        'with a port of another project',
    ): server_body(networks=[{'port_id': FOREIGN_PORT}]),
    ('PATCH /v1/servers/{server}', 'its protection'): [
        {'op': 'replace', 'path': '/protected', 'value': False}
    ],
    (
        'POST /v1/servers/{server}/networks/interfaces',
        'with a port of another project',
    ): {'port_id': FOREIGN_PORT},
    (
        'POST /v1/servers/{server}/networks/floatingips',
        'with one of another project',
    ): {'address': '192.0.2.3'},
    ('POST /v1/keypairs', 'for another user'): {
        **KEYPAIR,
        'user_id': 'somebody-else',
    },
}
#: What the server is like, by what the request is about.
SERVERS = {
    'not protected': {'protected': False},
    'locked': {'protected': False, 'locked_by': 'owner'},
    'unlocking what its project locked': {'locked_by': 'owner'},
    'unlocking what an admin locked': {'locked_by': 'admin'},
}


def no_names(path):
    """A path with a pair of braces for each of its variables."""
    return re.sub(r'<[^>]+>|\{[^}]+\}', '{}', path.partition('?')[0])


class RoutesTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        conf = service_conf.load(config_files=[])
        self.rules = list(app.routes(conf).url_map.iter_rules())

    def test_every_route_is_in_the_table_and_nothing_else(self):
        served = {
            f'{method} {no_names(rule.rule)}'
            for rule in self.rules
            for method in rule.methods - {'HEAD'}
            if not rule.endpoint.partition('.')[0].endswith('_bookmark')
        }
        self.assertEqual(served, {no_names(row['Request']) for row in ROWS})

    def test_unversioned_addresses_are_those_of_the_table(self):
        versioned = {rule.rule for rule in self.rules}
        for rule in self.rules:
            if rule.endpoint.partition('.')[0].endswith('_bookmark'):
                self.assertIn(f'/v1{rule.rule}', versioned)

    def test_callers_are_the_columns(self):
        self.assertEqual(['Request', 'About', *CALLERS], list(ROWS[0]))

    def test_rows_are_about_different_things(self):
        about = [(row['Request'], row['About']) for row in ROWS]
        self.assertEqual(sorted(set(about)), sorted(about))


@ddt.ddt
class PolicyMatrixTest(keystone.KeystoneTest):
    NODES = [
        base.node(
            1,
            properties={'console_url': 'http://192.0.2.9:8023'},
            nics=[
                *base.node(1)['nics'],
                {
                    'uuid': base.uuid(2, 21),
                    'address': '52:54:00:00:01:01',
                },
                {
                    'uuid': base.uuid(2, 22),
                    'address': '52:54:00:00:01:02',
                    'vif_port_id': base.uuid(3, 13),
                },
            ],
        ),
        base.node(2),
        base.node(5, provision_state='available', nics=[]),
    ]
    PORTS = [
        base.port(1),
        base.port(2),
        *(
            {
                'id': port_id,
                'mac_address': f'52:54:00:00:02:0{number}',
                'network_id': NETWORK,
                'project_id': project,
                'fixed_ips': [{'ip_address': f'10.0.1.{number}'}],
                **more,
            }
            for number, (port_id, project, more) in enumerate(
                (
                    (FREE_PORT, 'demo', {}),
                    (FOREIGN_PORT, 'foreign', {}),
                )
            )
        ),
        base.port(
            3,
            id=base.uuid(3, 13),
            mac_address='52:54:00:00:01:02',
            host_id=base.uuid(1, 1),
        ),
    ]
    MORE = {
        'networks': [
            {
                'id': NETWORK,
                'name': 'net',
                'shared': True,
                'subnets': [{'id': base.uuid(4, 2), 'cidr': '10.0.0.0/16'}],
            }
        ],
        'images': [{'id': IMAGE, 'name': 'image', 'visibility': 'public'}],
        'floating_ips': [
            {
                'id': base.uuid(9, 1),
                'address': '192.0.2.1',
                'project_id': 'demo',
            },
            {
                'id': base.uuid(9, 2),
                'address': '192.0.2.2',
                'project_id': 'demo',
                'port_id': base.uuid(3, 13),
                'fixed_address': '10.0.0.3',
            },
            {
                'id': base.uuid(9, 3),
                'address': '192.0.2.3',
                'project_id': 'foreign',
            },
        ],
    }

    def renew(self):
        """Have a service that knows nothing yet."""
        self.api = self.useFixture(
            base.Api(
                self.OPTIONS, self.NODES, self.PORTS, self.CONFIG, self.MORE
            )
        )
        self.runtime = self.api.runtime

    def world(self, about):
        """Make what requests are about.

        :returns: what the variables of paths stand for
        """
        db = self.runtime.db
        for uuid, public in ((FLAVOR, True), (PRIVATE, False), (UNUSED, True)):
            db.create_flavor(
                models.Flavor(
                    uuid=uuid,
                    name=uuid,
                    resources={'baremetal.gold': 1},
                    is_public=public,
                )
            )
        if about.endswith('with access'):
            db.add_flavor_access(PRIVATE, 'demo')
        for user in (*CALLERS, 'somebody-else'):
            db.create_keypair(
                models.Keypair(
                    user_id=user,
                    name='mine',
                    type='ssh',
                    fingerprint='00',
                    public_key=test_keypairs.CAPTURED,
                )
            )
        db.create_aggregate(
            models.Aggregate(uuid=AGGREGATE, name='rack', meta={})
        )
        db.add_aggregate_node(AGGREGATE, base.uuid(1, 1), 'node-1')
        db.create_server_group(
            models.ServerGroup(
                uuid=GROUP, name='group', policies=[], project_id='demo'
            )
        )
        answer = self.call(
            'POST',
            '/v1/servers/manage',
            version='1.4',
            token=self.admin(),
            json={
                'name': 'server',
                'node_uuid': base.uuid(1, 1),
                'flavor_uuid': FLAVOR,
                'networks': [
                    {'port_id': base.uuid(3, 1)},
                    {'port_id': base.uuid(3, 13)},
                ],
                'project_id': 'demo',
            },
        )
        self.assertEqual(201, answer.status_code, answer.text)
        server = answer.json['uuid']
        if about in SERVERS:
            db.update_server(server, SERVERS[about])
        return {
            'node': 'node-1',
            'server': server,
            'port': base.uuid(3, 13),
            'address': '192.0.2.2',
            'flavor': PRIVATE if 'not public' in about else UNUSED,
            'project': 'demo',
            'keypair': 'mine',
            'user': 'somebody-else',
            'aggregate': AGGREGATE,
            'server_group': GROUP,
        }

    def ask(self, row, caller, names):
        """What one caller gets."""
        request, about = row['Request'], row['About']
        method, path = request.format(**names).split(' ')
        body = OTHER_BODIES.get((request, about), BODIES.get(request))
        if about.startswith('unlocking'):
            body = {'target': False}
        token = None
        if CALLERS[caller] is not None:
            roles, project = CALLERS[caller]
            token = self.token(*roles, project=project, user=caller)
        return self.call(method, path, token=token, version='1.4', json=body)

    @ddt.data(*ROWS)
    def test_request(self, row):
        """Everybody gets what the table says."""
        names = self.world(row['About'])
        found = {}
        for caller in CALLERS:
            answer = self.ask(row, caller, names)
            found[caller] = str(answer.status_code)
            if answer.status_code < 300 and not row['Request'].startswith(
                'GET '
            ):
                # The next one finds everything as this one did.
                self.renew()
                names = self.world(row['About'])
        self.assertEqual({name: row[name] for name in CALLERS}, found)

    def test_unversioned_addresses_need_a_token_too(self):
        for row in ROWS:
            request = row['Request'].replace(' /v1/', ' /', 1)
            if request == row['Request']:
                continue
            names = dict.fromkeys(re.findall(r'\{(\w+)\}', request), 'x')
            answer = self.ask(Row(row, Request=request), 'Anonymous', names)
            self.assertEqual(401, answer.status_code, request)
