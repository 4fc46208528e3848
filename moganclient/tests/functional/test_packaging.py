"""What is installed is what the source has, whichever way it goes."""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tarfile
import zipfile

import fixtures
import testtools

ROOT = pathlib.Path(__file__).resolve().parents[3]

#: Files of the source that an sdist has to have, beside the package.
BESIDE = {
    '.ci/run',
    '.stestr.conf',
    'CONTRIBUTING.rst',
    'LICENSE',
    'README.rst',
    'doc/source/conf.py',
    'pyproject.toml',
    'requirements.txt',
    'setup.cfg',
    'test-requirements.txt',
    'tools/run_tests.py',
    'tox.ini',
}


def _run(*command: object, cwd: pathlib.Path) -> str:
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise AssertionError(f'{command}\n{done.stdout}\n{done.stderr}')
    return done.stdout


def _build(what: str, source: pathlib.Path, target: pathlib.Path):
    """Build with the backend that pyproject.toml names, and its path."""
    code = f'import pbr.build; print(pbr.build.build_{what}({str(target)!r}))'
    said = _run(sys.executable, '-W', 'ignore', '-c', code, cwd=source)
    return target / said.split()[-1]


class PackagingTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        # Building leaves files behind; a clone is ours to spoil.
        self.source = self.directory / 'source'
        _run('git', 'clone', '-q', ROOT, self.source, cwd=ROOT)
        tracked = _run('git', 'ls-files', cwd=self.source).split('\n')
        self.tracked = {name for name in tracked if name}
        self.package = {
            name for name in self.tracked if name.startswith('moganclient/')
        }

    def _wheel(self, source):
        path = _build('wheel', source, self.directory)
        return path, set(zipfile.ZipFile(path).namelist())

    def _sdist(self):
        path = _build('sdist', self.source, self.directory)
        with tarfile.open(path) as archive:
            archive.extractall(self.directory, filter='data')
        return path.with_name(path.name.removesuffix('.tar.gz'))

    def test_wheel_has_every_file_of_the_package(self):
        _, names = self._wheel(self.source)

        self.assertEqual(
            self.package, {n for n in names if n.startswith('moganclient/')}
        )

    def test_wheel_of_the_sdist_has_every_file_of_the_package(self):
        _, names = self._wheel(self._sdist())

        self.assertEqual(
            self.package, {n for n in names if n.startswith('moganclient/')}
        )

    def test_sdist_has_what_building_and_testing_it_takes(self):
        source = self._sdist()

        files = {
            str(path.relative_to(source))
            for path in source.rglob('*')
            if path.is_file()
        }
        self.assertEqual(set(), BESIDE - files)

    def test_version_is_the_one_of_setup_cfg(self):
        path, _ = self._wheel(self.source)

        self.assertTrue(
            path.name.startswith('python_moganclient-1.0.0'), path.name
        )
