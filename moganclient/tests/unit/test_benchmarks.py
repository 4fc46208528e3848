"""benchmarks/run.py: figures, their limits and the table."""

from __future__ import annotations

import importlib
import importlib.util
import json
import pathlib
import sys

import fixtures
import testtools

from moganclient.service.drivers import inventory

ROOT = pathlib.Path(__file__).resolve().parents[3]


def load(name):
    """A script of benchmarks/, which is no package."""
    path = ROOT / 'benchmarks' / f'{name}.py'
    spec = importlib.util.spec_from_file_location(f'benchmarks_{name}', path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FiguresTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.run_module = load('run')

    def kept(self, **figure):
        return self.run_module.is_kept({'name': 'some', **figure})

    def test_limit_of_a_ratio(self):
        self.assertTrue(self.kept(value=1.25, floor=1.0, limit=1.25))
        self.assertFalse(self.kept(value=1.26, floor=1.0, limit=1.25))

    def test_limit_of_a_plain_value(self):
        self.assertTrue(self.kept(value=64, limit=64))
        self.assertFalse(self.kept(value=65, limit=64))

    def test_a_limit_of_nothing_at_all(self):
        self.assertTrue(self.kept(value=0, limit=0))
        self.assertFalse(self.kept(value=1, limit=0))

    def test_without_a_limit_everything_is_kept(self):
        self.assertTrue(self.kept(value=9, floor=1))

    def test_a_module_that_failed_is_not(self):
        self.assertFalse(self.kept(failed=True))

    def test_table_shows_ratio_and_what_is_above_its_limit(self):
        table = self.run_module.table(
            [
                {
                    'name': 'slow',
                    'value': 3.0,
                    'floor': 2.0,
                    'limit': 1.2,
                    'unit': 's',
                }
            ]
        )

        self.assertEqual(
            ['slow', '3.000', 's', '2.000', 's', '1.50', '1.2', 'ABOVE'],
            table.splitlines()[-1].split(),
        )

    def test_every_benchmark_can_be_named(self):
        names = self.run_module.modules()

        self.assertIn('plugin', names)
        self.assertNotIn('run', names)
        self.assertEqual([], [n for n in names if n.startswith('_')])

    def test_a_fleet_is_applied_and_checked(self):
        names = self.run_module.modules()

        self.assertEqual(
            ['fleet_apply', 'fleet_check', 'fleet_embedded'],
            [name for name in names if name.startswith('fleet_')],
        )


class ScriptsTestCase(testtools.TestCase):
    """Scripts that import others beside them."""

    def script(self, name):
        path = [str(ROOT / 'benchmarks'), *sys.path]
        self.useFixture(fixtures.MonkeyPatch('sys.path', path))
        return importlib.import_module(name)


class FleetTest(ScriptsTestCase):
    def setUp(self):
        super().setUp()
        self.fleet = self.script('_fleet')

    def test_the_inventory_is_one_of_the_static_driver(self):
        home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        path = home / 'inventory.yaml'
        path.write_text(self.fleet.inventory(300))

        loaded = inventory.load(str(path))

        self.assertEqual(300, len(loaded.nodes))
        self.assertEqual(
            list(loaded.ports), [node.vifs()[0] for node in loaded.nodes]
        )

    def test_a_plan_is_of_the_machines_of_the_inventory(self):
        home = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        fleet = self.fleet.Fleet(9, 'http://here/v1', home, '', '', 0)
        nodes = json.loads(self.fleet.inventory(9))['nodes']

        plan = fleet.plan('some', range(3, 5))

        self.assertEqual(
            [(node['uuid'], node['name']) for node in nodes[3:5]],
            [(server.node, server.node_name) for server in plan.servers],
        )

    def test_the_cpu_of_a_process_that_there_is_not(self):
        self.assertEqual(0.0, self.fleet.cpu_of(-1))


class ApplyTest(ScriptsTestCase):
    def setUp(self):
        super().setUp()
        self.apply = self.script('fleet_apply')

    def took(self, machines, look, work):
        return self.apply.Took(machines, look, work, cpu=0.1)

    def test_a_fleet_takes_one_look_and_its_machines(self):
        blocks = [self.took(10, 2.0, 3.0), self.took(10, 2.0, 3.0)]

        self.assertEqual(302.0, self.apply._per_fleet(blocks))

    def test_a_block_that_was_disturbed_does_not_count(self):
        blocks = [
            self.took(10, 1.0, 3.0),
            self.took(10, 9.0, 90.0),
            self.took(10, 1.0, 3.0),
        ]

        self.assertEqual(301.0, self.apply._per_fleet(blocks))

    def test_there_are_machines_for_all_blocks(self):
        needed = 2 * self.apply.WARM + sum(
            2 * pairs * self.apply.JOBS[jobs]
            for jobs, pairs in self.apply.PAIRS.items()
        )

        self.assertLessEqual(needed, 1000)

    def test_no_machine_is_dealt_twice(self):
        machines = iter('abcde')

        self.assertEqual(
            [['a', 'b'], ['c', 'd']],
            [self.apply._deal(machines, 2) for _ in range(2)],
        )
        self.assertRaises(RuntimeError, self.apply._deal, machines, 2)


class CheckTest(ScriptsTestCase):
    def setUp(self):
        super().setUp()
        self.check = self.script('fleet_check')

    def test_the_least_is_that_of_one_reading(self):
        readings = [{'a': 1.0, 'b': 5.0}, {'a': 2.0, 'b': 1.0}]

        self.assertEqual(3.0, self.check._least(readings, 'a', 'b'))

    def test_a_query_is_sent_as_it_was(self):
        self.assertEqual(
            'all=True&fields=uuid,name',
            self.check._query({'all': ['True'], 'fields': ['uuid,name']}),
        )


class PeakTest(ScriptsTestCase):
    def test_the_peak_of_a_command_is_its_own(self):
        peak = self.script('_peak')

        megabytes, output = peak.of(['--version'], {'HOME': '/nowhere'})

        self.assertRegex(output, r'^\S+ \d+\.\d+')
        self.assertGreater(megabytes, 10)

    def test_a_command_that_fails(self):
        peak = self.script('_peak')

        self.assertRaisesRegex(
            RuntimeError,
            '2 from no such command',
            peak.of,
            ['no', 'such', 'command'],
            {'HOME': '/nowhere'},
        )
