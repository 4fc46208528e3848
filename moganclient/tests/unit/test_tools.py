"""What continuous integration runs, and the totals that it ends with."""

from __future__ import annotations

import pathlib
import shutil
import subprocess
import sys

import fixtures
import subunit
import testtools

ROOT = pathlib.Path(__file__).resolve().parents[3]


class TotalsTest(testtools.TestCase):
    """tools/totals.py, as it is run."""

    def setUp(self):
        super().setUp()
        self.results = pathlib.Path(self.useFixture(fixtures.TempDir()).path)

    def run_of(self, environment, number, *tests, garbage=b''):
        """A run as stestr keeps it; a test is ``(id, status)``."""
        directory = self.results / environment / '.stestr'
        directory.mkdir(parents=True, exist_ok=True)
        with (directory / str(number)).open('wb') as stream:
            result = subunit.StreamResultToBytes(stream)
            for test_id, status in tests:
                result.status(test_id=test_id, test_status='inprogress')
                if status:
                    result.status(test_id=test_id, test_status=status)
            stream.write(garbage)

    def totals(self):
        done = subprocess.run(
            [sys.executable, ROOT / 'tools' / 'totals.py', self.results],
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout.splitlines()[-1], done.returncode

    def test_adds_the_runs_of_all_environments(self):
        self.run_of('py3', 0, ('a', 'success'), ('b', 'skip'))
        self.run_of('functional', 0, ('c', 'success'), ('d', 'xfail'))

        self.assertEqual(
            ('3 passed, 0 failed, 1 skipped', 0), self.totals()
        )

    def test_only_the_newest_run_counts(self):
        self.run_of('py3', 9, ('a', 'fail'), ('b', 'fail'))
        self.run_of('py3', 10, ('a', 'success'))

        self.assertEqual(
            ('1 passed, 0 failed, 0 skipped', 0), self.totals()
        )

    def test_a_failure_is_told_by_the_exit_code(self):
        self.run_of('py3', 0, ('a', 'success'), ('b', 'fail'))

        self.assertEqual(
            ('1 passed, 1 failed, 0 skipped', 1), self.totals()
        )

    def test_a_test_that_never_ended_has_failed(self):
        self.run_of('py3', 0, ('a', 'success'), ('b', None))

        self.assertEqual(
            ('1 passed, 1 failed, 0 skipped', 1), self.totals()
        )

    def test_an_unexpected_success_is_a_failure(self):
        self.run_of('py3', 0, ('a', 'uxsuccess'))

        self.assertEqual(
            ('0 passed, 1 failed, 0 skipped', 1), self.totals()
        )

    def test_what_is_no_result_is_passed_over(self):
        self.run_of('py3', 0, ('a', 'success'), garbage=b'Killed\n')

        self.assertEqual(
            ('1 passed, 0 failed, 0 skipped', 0), self.totals()
        )

    def test_no_test_at_all_is_no_success(self):
        self.assertEqual(
            ('0 passed, 0 failed, 0 skipped', 1), self.totals()
        )


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
