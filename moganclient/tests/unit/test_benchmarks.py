"""benchmarks/run.py: figures, their limits and the table."""

from __future__ import annotations

import importlib.util
import pathlib

import testtools

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
