"""What continuous integration runs, and the totals that it ends with."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys
import textwrap

import fixtures
import testtools

ROOT = pathlib.Path(__file__).resolve().parents[3]


class TotalsTest(testtools.TestCase):
    """tools/totals.py, as it is run."""

    def setUp(self):
        super().setUp()
        self.results = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def run_of(self, environment, number, tests):
        """A run of stestr; ``tests`` is the body of a class of tests."""
        project = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (project / 'tests').mkdir()
        (project / 'tests' / '__init__.py').touch()
        (project / 'tests' / 'test_some.py').write_text(
            'import os, unittest\nclass Some(unittest.TestCase):\n'
            + textwrap.indent(textwrap.dedent(tests), '    ')
        )
        command = [sys.executable, '-m', 'stestr.cli', 'run', '--serial']
        subprocess.run(
            [*command, '--test-path', 'tests'],
            cwd=project,
            capture_output=True,
            check=False,
        )
        directory = self.results / environment / '.stestr'
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copy(project / '.stestr' / '0', directory / str(number))

    def totals(self):
        done = subprocess.run(
            [sys.executable, ROOT / 'tools' / 'totals.py', self.results],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.splitlines()[-1], done.returncode

    def test_adds_the_runs_of_all_environments(self):
        self.run_of(
            'py3',
            0,
            """
            def test_one(self):
                pass

            @unittest.skip('not here')
            def test_two(self):
                pass
            """,
        )
        self.run_of(
            'functional',
            0,
            """
            def test_one(self):
                pass

            @unittest.expectedFailure
            def test_two(self):
                self.fail('as expected')
            """,
        )

        self.assertEqual(('3 passed, 0 failed, 1 skipped', 0), self.totals())

    def test_only_the_newest_run_counts(self):
        self.run_of('py3', 9, "def test_one(self): self.fail('no')\n")
        self.run_of('py3', 10, 'def test_one(self): pass\n')

        self.assertEqual(('1 passed, 0 failed, 0 skipped', 0), self.totals())

    def test_failures_and_errors_are_told_by_the_exit_code(self):
        self.run_of(
            'py3',
            0,
            """
            def test_one(self):
                self.fail('no')

            def test_two(self):
                1 / 0

            @unittest.expectedFailure
            def test_three(self):
                pass

            def test_four(self):
                pass
            """,
        )

        self.assertEqual(('1 passed, 3 failed, 0 skipped', 1), self.totals())

    def test_a_test_whose_process_died_has_failed(self):
        self.run_of(
            'py3',
            0,
            """
            def test_one(self):
                pass

            def test_two(self):
                os._exit(0)
            """,
        )

        self.assertEqual(('1 passed, 1 failed, 0 skipped', 1), self.totals())

    def test_tests_that_cannot_be_imported_have_failed(self):
        self.run_of('py3', 0, 'import nothing_like_this')

        self.assertEqual(('0 passed, 1 failed, 0 skipped', 1), self.totals())

    def test_no_test_at_all_is_no_success(self):
        self.assertEqual(('0 passed, 0 failed, 0 skipped', 1), self.totals())


class ContinuousIntegrationTest(testtools.TestCase):
    """.ci/run, beside a README of our own."""

    def setUp(self):
        super().setUp()
        self.root = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        (self.root / '.ci').mkdir()
        shutil.copy(ROOT / '.ci' / 'run', self.root / '.ci' / 'run')

    def run_with(self, readme):
        (self.root / 'README.rst').write_text(readme)
        return subprocess.run(
            ['bash', self.root / '.ci' / 'run'],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def test_runs_the_command_of_the_readme(self):
        done = self.run_with('Test::\n\n    $ echo ran run_tests\n')

        self.assertEqual(0, done.returncode)
        self.assertEqual('ran run_tests\n', done.stdout)

    def test_fails_with_it(self):
        done = self.run_with('    $ (: run_tests; exit 3)\n')

        self.assertEqual(3, done.returncode)

    def test_a_readme_without_the_command_fails(self):
        done = self.run_with('    $ true\n')

        self.assertEqual(1, done.returncode)
        self.assertIn('one command for all tests', done.stderr)

    def test_the_readme_names_the_command_once(self):
        readme = (ROOT / 'README.rst').read_text()

        self.assertEqual(1, readme.count('$ python3 tools/run_tests.py\n'))
