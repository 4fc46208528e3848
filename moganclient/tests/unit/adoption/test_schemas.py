"""Tests of moganclient.adoption.schemas."""

from __future__ import annotations

import copy
import json
import pathlib

import ddt
import jsonschema
import testtools

import moganclient
from moganclient.adoption import schemas
from moganclient.tests.unit.adoption import plans

PUBLISHED = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc'
    / 'source'
    / '_static'
    / 'adoption-plan.schema.json'
)

PLAN = {
    'version': 1,
    'cloud': {'endpoint': plans.ENDPOINT, 'region': 'RegionOne'},
    'servers': [
        {
            'node': plans.NODE,
            'node_name': 'rack1-u01',
            'name': 'db-1',
            'flavor': 'gold',
            'ports': [plans.PORT],
            'project': 'shop',
            'availability_zone': 'az1',
            'description': 'A database.',
            'metadata': {'rack': 'r1', 'note': ''},
        }
    ],
    'left_out': [
        {
            'node': plans.OTHER_NODE,
            'node_name': 'rack1-u02',
            'reasons': [{'code': 'not_active', 'message': 'It is not.'}],
        }
    ],
}

#: A change at a place of the plan, and what is said about it.
FAULTS = (
    (('version',), 2, 'version: 2 is not known here, 1 is: for a newer'),
    (('version',), True, 'version: true is not known here, 1 is'),
    (('version',), None, 'version: null is not known here, 1 is'),
    (('version',), '1', "version: '1' is a string: leave the quotes out"),
    (('cloud',), 'x', "cloud: 'x' is not an object"),
    (('cloud', 'endpoint'), 1, 'cloud.endpoint: 1 is not a string'),
    (
        ('cloud', 'endpoint'),
        'mogan:6688',
        "cloud.endpoint: The endpoint 'mogan:6688' is not a URL like",
    ),
    (
        ('cloud', 'endpoint'),
        'http://user:secret@mogan:6688',
        'cloud.endpoint: The endpoint http://mogan:6688 must not have a user',
    ),
    (('cloud', 'region'), '', 'cloud.region is empty'),
    (('cloud', 'url'), 'x', 'cloud.url is not known here; known are endp'),
    (('servers',), [], 'servers is empty: at least one is needed'),
    (('servers',), {}, 'servers: an object is not an array'),
    (('servers', 0), 'x', "servers[0]: 'x' is not an object"),
    (('servers', 0, 'node'), 'x', "servers[0].node: 'x' is not a UUID"),
    (('servers', 0, 'node_name'), '', 'servers[0].node_name is empty'),
    (('servers', 0, 'name'), '', 'servers[0].name is empty'),
    (
        ('servers', 0, 'name'),
        'x' * 256,
        f"servers[0].name: '{'x' * 60}...' has 256 characters, it may",
    ),
    (('servers', 0, 'flavor'), 7, 'servers[0].flavor: 7 is not a string'),
    (('servers', 0, 'ports'), [], 'servers[0].ports is empty: at least one'),
    (
        ('servers', 0, 'ports'),
        [plans.PORT, 'x'],
        "servers[0].ports[1]: 'x' is not a UUID",
    ),
    (('servers', 0, 'project'), '', 'servers[0].project is empty'),
    (
        ('servers', 0, 'availability_zone'),
        None,
        'servers[0].availability_zone: null is not a string',
    ),
    (('servers', 0, 'description'), '', 'servers[0].description is empty'),
    (
        ('servers', 0, 'metadata', 'a/b'),
        'c',
        "servers[0].metadata: the key 'a/b' is not 1 to 255 letters",
    ),
    (
        ('servers', 0, 'metadata', 'rack'),
        1,
        'servers[0].metadata.rack: 1 is not a string',
    ),
    (
        ('servers', 0, 'nmae'),
        'x',
        'servers[0].nmae is not known here; known are availability_zone,',
    ),
    (
        ('servers', 0, 'name'),
        'x\ud800',
        "servers[0].name: 'x\\ud800' is not valid text: it holds half",
    ),
    (
        ('servers', 0, 'metadata', 'rack'),
        '\udfff',
        "servers[0].metadata.rack: '\\udfff' is not valid text",
    ),
    (('left_out',), 'x', "left_out: 'x' is not an array"),
    (('left_out', 0, 'node'), 'x', "left_out[0].node: 'x' is not a UUID"),
    (('more',), 1, 'more is not known here; known are cloud, left_out,'),
)


def changed(place, value):
    data = copy.deepcopy(PLAN)
    inside = data
    for step in place[:-1]:
        inside = inside[step]
    inside[place[-1]] = value
    return data


@ddt.ddt
class TestPlan(testtools.TestCase):
    """The schema, and what is said about data that is not like it."""

    def test_schema_is_one(self):
        jsonschema.Draft202012Validator.check_schema(schemas.PLAN)

    def test_schema_of_the_documentation_is_the_same(self):
        self.assertEqual(schemas.PLAN, json.loads(PUBLISHED.read_text()))

    def test_good(self):
        self.assertEqual([], schemas.faults(PLAN))

    @ddt.data('region', 'endpoint')
    def test_missing_of_the_cloud(self, key):
        data = copy.deepcopy(PLAN)
        del data['cloud'][key]

        wanted = []
        if key == 'endpoint':
            wanted.append((('cloud', key), 'cloud.endpoint is missing'))
        self.assertEqual(wanted, schemas.faults(data))

    @ddt.data('version', 'cloud', 'servers')
    def test_missing_at_the_top(self, key):
        data = {**PLAN}
        del data[key]

        self.assertEqual([((key,), f'{key} is missing')], schemas.faults(data))

    @ddt.data(*sorted(PLAN['servers'][0]))
    def test_missing_of_a_server(self, key):
        data = copy.deepcopy(PLAN)
        del data['servers'][0][key]

        wanted = []
        if key not in schemas.OPTIONAL:
            place = ('servers', 0, key)
            wanted.append((place, f'servers[0].{key} is missing'))
        self.assertEqual(wanted, schemas.faults(data))

    @ddt.data(*FAULTS)
    @ddt.unpack
    def test_fault(self, place, value, sentence):
        ((where, said),) = schemas.faults(changed(place, value))

        self.assertEqual(sentence, said[: len(sentence)])
        self.assertEqual(place, where[: len(place)])

    @ddt.data([], 'x', None, 1)
    def test_no_mapping(self, data):
        self.assertEqual(
            [((), 'a plan is a mapping with version, cloud and servers')],
            schemas.faults(data),
        )

    def test_of_an_unknown_version_nothing_else_is_said(self):
        self.assertEqual(1, len(schemas.faults({'version': 2, 'machines': 1})))

    def test_all_faults_of_a_plan(self):
        data = changed(('servers', 0), {'node': 1, 'x': 2, 'ports': [3]})

        self.assertEqual(5, len(schemas.faults(data)))


@ddt.ddt
class TestRepeated(testtools.TestCase):
    """What comes twice."""

    def setUp(self):
        super().setUp()
        self.servers = [
            {'node': plans.NODE, 'name': 'db-1', 'ports': [plans.PORT]},
            {
                'node': plans.OTHER_NODE,
                'name': 'db-2',
                'ports': [plans.OTHER_PORT],
            },
        ]

    def found(self):
        return list(schemas.repeated(self.servers))

    def test_nothing(self):
        self.assertEqual([], self.found())

    @ddt.data(
        ('node', plans.NODE, plans.NODE),
        ('node', plans.NODE.upper(), plans.NODE.upper()),
        ('name', 'db-1', 'db-1'),
    )
    @ddt.unpack
    def test_member(self, key, value, shown):
        self.servers[1][key] = value

        self.assertEqual(
            [
                (
                    ('servers', 1, key),
                    ('servers', 0, key),
                    f"servers[1].{key}: the {key} '{shown}' is in the plan "
                    f'already, as servers[0].{key}',
                )
            ],
            self.found(),
        )

    def test_port(self):
        self.servers[1]['ports'].append(plans.PORT.upper())

        self.assertEqual(
            [(('servers', 1, 'ports', 1), ('servers', 0, 'ports', 0))],
            [found[:2] for found in self.found()],
        )

    def test_port_of_one_server(self):
        self.servers[0]['ports'].append(plans.PORT)

        self.assertEqual(
            [(('servers', 0, 'ports', 1), ('servers', 0, 'ports', 0))],
            [found[:2] for found in self.found()],
        )

    def test_third_is_told_of_the_first(self):
        self.servers[1]['name'] = 'db-1'
        self.servers.append({'name': 'db-1'})

        self.assertEqual(
            [('servers', 0, 'name')] * 2, [found[1] for found in self.found()]
        )

    def test_names_are_other_ones_in_other_case(self):
        self.servers[1]['name'] = 'DB-1'

        self.assertEqual([], self.found())

    @ddt.data(None, 'x', [1, {}, {'ports': 'x'}, {'name': 1}, {'name': 1}])
    def test_what_is_wrong_otherwise_is_left_alone(self, servers):
        self.servers = servers

        self.assertEqual([], self.found())
