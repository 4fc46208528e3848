"""Tests of moganclient.adoption.plan."""

from __future__ import annotations

import json
import pathlib
import re

import ddt
import hypothesis
from hypothesis import strategies

from moganclient.adoption import errors
from moganclient.adoption import plan
from moganclient.adoption import schemas
from moganclient.tests.unit.adoption import plans

#: Lines of which some make a plan, and most make a mess.
_LINES = strategies.sampled_from(
    (
        *plans.HEAD.splitlines(),
        *plans.SERVER.splitlines(),
        *plans.OTHER.splitlines(),
        'version: 2',
        'servers: []',
        '  name: no',
        '  name: 2024-01-01',
        '  metadata: {a: 1, b: c}',
        '  metadata: &m {a: b}',
        '  metadata: *m',
        '  <<: *m',
        '  description: |',
        '    text',
        '\tname: x',
        '- [x, {y: z}]',
        '? x',
        ': y',
        '---',
        '...',
        '# comment',
        '"',
        '}',
        'left_out: [{node: x}]',
        '\ufeff',
        '\x00',
    )
)
_FILES = strategies.one_of(
    strategies.binary(max_size=40),
    strategies.text(max_size=40).map(
        lambda text: text.encode(errors='surrogatepass')
    ),
    strategies.lists(_LINES, max_size=20).map('\n'.join).map(str.encode),
    strategies.lists(_LINES, max_size=6).map(
        lambda lines: '\n'.join(
            [*plans.HEAD.splitlines(), *plans.SERVER.splitlines(), *lines]
        ).encode()
    ),
)

_VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | plans.TEXTS
    | strategies.sampled_from((plans.NODE, plans.PORT, 'http://x')),
    lambda inside: (
        strategies.lists(inside, max_size=3)
        | strategies.dictionaries(
            strategies.sampled_from(
                (
                    *schemas.PLAN['properties'],
                    *schemas.PLAN['properties']['servers']['items'][
                        'properties'
                    ],
                    'endpoint',
                    'region',
                    'x',
                )
            ),
            inside,
            max_size=5,
        )
    ),
    max_leaves=12,
)
_LOCATED = re.compile(r'fleet\.(yaml|json):([1-9][0-9]*): \S')


@ddt.ddt
class TestLoad(plans.TestCase):
    """Plans of files."""

    def test_small(self):
        loaded = self.load(plans.HEAD + plans.SERVER)

        self.assertEqual(plans.small(), loaded)
        self.assertEqual(plans.ENDPOINT, loaded.endpoint)
        self.assertIsNone(loaded.region)
        self.assertEqual([], loaded.left_out)
        self.assertEqual(self.path(), loaded.path)

    def test_everything(self):
        head = plans.HEAD.replace('servers', '  region: RegionOne\nservers')
        loaded = self.load(
            f"""\
{head}{plans.SERVER}\
  node_name: rack1-u01
  project: shop
  availability_zone: az1
  description: >-
    A
    database.
  metadata: {{rack: r1, "7": ''}}
"""
        )

        self.assertEqual('RegionOne', loaded.region)
        self.assertEqual(
            [
                plan.PlannedServer(
                    node=plans.NODE,
                    name='db-1',
                    flavor='gold',
                    ports=[plans.PORT],
                    node_name='rack1-u01',
                    project='shop',
                    availability_zone='az1',
                    description='A database.',
                    metadata={'rack': 'r1', '7': ''},
                )
            ],
            loaded.servers,
        )

    def test_servers_know_their_lines(self):
        loaded = self.load(f'{plans.HEAD}\n{plans.SERVER}# x\n{plans.OTHER}')

        self.assertEqual([6, 12], [server.line for server in loaded.servers])

    def test_servers_of_json_know_their_lines(self):
        path = self.path('fleet.json')
        made = plans.small()
        made.servers.append(
            plan.PlannedServer(
                plans.OTHER_NODE, 'db-2', 'gold', [plans.OTHER_PORT]
            )
        )
        made.save(path)

        lines = [server.line for server in plan.Plan.load(path).servers]

        self.assertEqual(
            ['{', '{'],
            [path.read_text().splitlines()[n - 1].strip() for n in lines],
        )

    def test_uuids_become_lower_case(self):
        text = plans.SERVER.replace('gold', plans.OTHER_NODE).upper()
        for key in ('NODE', 'NAME', 'FLAVOR', 'PORTS'):
            text = text.replace(f'{key}:', f'{key.lower()}:')

        (server,) = self.load(plans.HEAD + text).servers

        self.assertEqual(plans.NODE, server.node)
        self.assertEqual([plans.PORT], server.ports)
        self.assertEqual(plans.OTHER_NODE, server.flavor)
        self.assertEqual('DB-1', server.name)

    @ddt.data(
        'http://mogan.test:6688',
        'http://mogan.test:6688/',
        'http://mogan.test:6688/v1/',
    )
    def test_endpoint_has_the_version_at_its_end(self, endpoint):
        text = plans.HEAD.replace(plans.ENDPOINT, endpoint) + plans.SERVER

        self.assertEqual(plans.ENDPOINT, self.load(text).endpoint)

    def test_left_out_nodes_of_json_are_kept(self):
        left = plan.LeftOut(
            plans.OTHER_NODE, None, [{'code': 'retired', 'message': 'It is.'}]
        )
        made = plans.small()
        made.left_out = [left]
        made.save(self.path('fleet.json'))

        loaded = plan.Plan.load(self.path('fleet.json'))

        self.assertEqual([left], loaded.left_out)

    def test_every_fault_has_its_line(self):
        text = f"""\
{plans.HEAD}{plans.SERVER}\
  nmae: x
- node: {plans.NODE}
  name: no
  ports:
  - {plans.OTHER_PORT}
  - {plans.PORT}
  project:
  metadata:
    rack: 7
    rack: 8
region: x
"""
        self.assertEqual(
            [
                'fleet.yaml:10: servers[0].nmae is not known here; known are '
                'availability_zone, description, flavor, metadata, name, '
                'node, node_name, ports, project',
                'fleet.yaml:11: servers[1].flavor is missing',
                f"fleet.yaml:11: servers[1].node: the node '{plans.NODE}' is "
                'in the plan already, as servers[0].node (line 5)',
                'fleet.yaml:12: servers[1].name: no is not a string: put '
                'quotes round it',
                f"fleet.yaml:15: servers[1].ports[1]: the port '{plans.PORT}'"
                ' is in the plan already, as servers[0].ports[0] (line 9)',
                'fleet.yaml:16: servers[1].project: nothing is written where '
                'a text should be: write one, or leave the line out',
                'fleet.yaml:18: servers[1].metadata.rack: 7 is not a string: '
                'put quotes round it',
                'fleet.yaml:19: servers[1].metadata.rack is given twice, '
                'first in line 18: keep one',
                'fleet.yaml:20: region is not known here; known are cloud, '
                'left_out, servers, version',
            ],
            self.faults(text),
        )

    @ddt.data(
        ('name: db-1', 'name: 1234', 'name: 1234 is not a string: put quot'),
        ('name: db-1', 'name: 2024-01-01', 'name: 2024-01-01 is not a str'),
        ('name: db-1', 'name: 1.50', 'name: 1.50 is not a string: put quote'),
        ('name: db-1', 'name: yes', 'name: yes is not a string: put quotes'),
        ('name: db-1', 'name: 0x1F', 'name: 0x1F is not a string: put quote'),
        ('name: db-1', 'name: ~', 'name: ~ is written where a text should'),
        ('name: db-1', 'name:', 'name: nothing is written where a text'),
        ('name: db-1', 'name: [a]', 'name: an array is not a string'),
        ('flavor: gold', 'flavor: null', 'flavor: null is written where a'),
    )
    @ddt.unpack
    def test_text_that_yaml_takes_for_something_else(self, old, new, said):
        (fault,) = self.faults(plans.HEAD + plans.SERVER.replace(old, new))

        line = 6 if 'name' in old else 7
        self.assert_begins(f'fleet.yaml:{line}: servers[0].{said}', fault)

    def test_number_of_json_where_a_text_should_be(self):
        data = {
            'version': 1,
            'cloud': {'endpoint': plans.ENDPOINT, 'region': 7},
            'servers': [
                {
                    'node': plans.NODE,
                    'name': 'a',
                    'flavor': None,
                    'ports': [plans.PORT],
                }
            ],
        }

        self.assertEqual(
            [
                'fleet.json:1: cloud.region: 7 is not a string: put quotes '
                'round it',
                'fleet.json:1: servers[0].flavor: null is written where a '
                'text should be: write one',
            ],
            self.faults(json.dumps(data), 'fleet.json'),
        )

    def test_no_servers(self):
        text = plans.HEAD.replace('servers:', 'servers: []')

        self.assertEqual(
            ['fleet.yaml:4: servers is empty: at least one is needed'],
            self.faults(text),
        )

    def test_metadata_may_be_shared_by_an_alias(self):
        shared = plans.SERVER + '  metadata: &rack {rack: r1}\n'
        loaded = self.load(
            plans.HEAD + shared + plans.OTHER + '  metadata: *rack\n'
        )

        first, second = loaded.servers
        self.assertEqual({'rack': 'r1'}, second.metadata)
        self.assertIsNot(first.metadata, second.metadata)

    def check_file(self, content, name):
        try:
            loaded = self.load(content, name)
        except errors.PlanError as error:
            self.assertNotEqual([], error.faults)
            lines = content.count(b'\n') + content.count(b'\r') + 1
            for fault in error.faults:
                fault = fault.removeprefix(f'{self.directory}/')
                found = _LOCATED.match(fault)
                self.assertIsNotNone(found, fault)
                # U+0085, U+2028 and U+2029 are line breaks of YAML.
                if content.isascii():
                    self.assertLessEqual(int(found[2]), lines, fault)
        else:
            path = self.path(f'again-{name}')
            path.unlink(missing_ok=True)
            loaded.save(path)
            self.assertEqual(loaded, plan.Plan.load(path))

    @hypothesis.given(_FILES)
    @hypothesis.settings(max_examples=200)
    def test_any_yaml_file_is_a_plan_or_has_faults_with_lines(self, content):
        self.check_file(content, 'fleet.yaml')

    @hypothesis.given(
        strategies.binary(max_size=40)
        | _VALUES.map(lambda data: json.dumps(data).encode())
    )
    @hypothesis.settings(max_examples=100)
    def test_any_json_file_is_a_plan_or_has_faults_with_lines(self, content):
        self.check_file(content, 'fleet.json')

    @hypothesis.given(
        strategies.fixed_dictionaries(
            {
                'version': strategies.just(1),
                'cloud': _VALUES,
                'servers': strategies.lists(_VALUES, max_size=2),
            },
            optional={'left_out': _VALUES},
        )
    )
    @hypothesis.settings(max_examples=100)
    def test_any_values_are_a_plan_or_have_faults_with_lines(self, data):
        content = json.dumps(data, indent=1, allow_nan=True).encode()

        self.check_file(content, 'fleet.json')
        self.check_file(content, 'fleet.yaml')


class TestPlan(plans.TestCase):
    """A plan in memory."""

    def test_save_tells_it_its_path(self):
        made = plans.small()

        made.save(str(self.path()))

        self.assertEqual(self.path(), made.path)

    def test_save_that_fails_leaves_the_path(self):
        made = plans.small()
        made.save(self.path())
        self.write('x', 'other.yaml')

        self.assertRaises(
            errors.PlanExists, made.save, self.path('other.yaml')
        )
        self.assertEqual(self.path(), made.path)

    def test_journal_is_beside_it(self):
        made = plans.small()
        made.path = pathlib.Path('a/fleet.yaml')

        self.assertEqual(
            pathlib.Path('a/fleet.yaml.journal'), made.journal_path
        )

    def test_without_a_file_it_has_no_journal(self):
        made = plans.small()

        self.assertRaises(ValueError, lambda: made.journal_path)

    def test_where_it_is_does_not_matter_for_equality(self):
        made = plans.small()
        made.path = pathlib.Path('fleet.yaml')
        made.servers[0].line = 7

        self.assertEqual(plans.small(), made)

    def test_other_plans_are_not_equal(self):
        made = plans.small()
        made.region = 'RegionOne'

        self.assertNotEqual(plans.small(), made)
        self.assertNotEqual(plans.small(), 'fleet.yaml')

    def test_repr_is_short(self):
        made = plans.small()
        made.path = pathlib.Path('fleet.yaml')

        self.assertEqual("<Plan 'fleet.yaml' of 1 servers>", repr(made))
