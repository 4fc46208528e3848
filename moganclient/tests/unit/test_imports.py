"""Imports go one way, and only what is declared is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
import configparser
from importlib import metadata
import pathlib
import re
import subprocess
import sys

from packaging import requirements
import testtools

import moganclient

PACKAGE = pathlib.Path(moganclient.__file__).parent
ROOT = PACKAGE.parent

#: Room to the rooms that it may import from.  A room is a module or package;
#: the longest name that fits a module is its room.
_BELOW_V1 = {'exceptions', 'transport', 'resource'}
_SHARED = {'v1.schemas', 'v1.validation'}
_LIBRARY = {*_BELOW_V1, *_SHARED, 'v1', 'client'}
ALLOWED = {
    'exceptions': {'exceptions'},
    # And what it is made of: every other module beside it.
    'transport': {'exceptions', 'transport'},
    'resource': _BELOW_V1,
    # The service uses these too, so they know nothing of the client.
    'v1.schemas': _SHARED,
    'v1.validation': _SHARED,
    'v1': _LIBRARY - {'client'},
    'client': _LIBRARY,
    'adoption': {*_LIBRARY, 'adoption'},
    'osc': {*_LIBRARY, 'adoption', 'osc'},
    'service': {*_SHARED, 'service'},
}

#: Declared through another, which exposes it: what comes with what.
BROUGHT = {
    'jsonpointer': 'jsonpatch',
    'openstack': 'osc-lib',
    'urllib3': 'requests',
    'webob': 'oslo-middleware',
    'werkzeug': 'flask',
}

#: Optional at run time: the extra that brings it is asked for by name.
OPTIONAL = {
    'openstackclient': 'cli',
    'oslo_messaging': 'notifications',
    'psycopg': 'postgresql',
    'pymysql': 'mysql',
}

#: This package, and what only type checkers have.
NOT_INSTALLED = {'moganclient', '_typeshed'}

#: What the service shall do without, as it is imported.
UNWANTED = ('eventlet', 'oslo_messaging', 'oslo_service', 'wsme')


def _modules() -> Iterator[tuple[str, ast.Module]]:
    """Every module that is not a test, as ``(name, tree)``.

    Names are relative to the package: ``v1.client``.
    """
    for path in sorted(PACKAGE.rglob('*.py')):
        parts = path.relative_to(PACKAGE).with_suffix('').parts
        if parts[0] == 'tests':
            continue
        if parts[-1] == '__init__':
            parts = parts[:-1]
        yield '.'.join(parts), ast.parse(path.read_text())


def _imports(tree: ast.Module) -> Iterator[str]:
    """Every name that a module imports, wherever in it."""
    for found in ast.walk(tree):
        if isinstance(found, ast.Import):
            for alias in found.names:
                yield alias.name
        elif isinstance(found, ast.ImportFrom):
            assert found.level == 0, 'imports are absolute'
            for alias in found.names:
                yield f'{found.module}.{alias.name}'


def _room(name: str) -> str | None:
    """The room of a module or of something in it, None for the package.

    A module at the top that is no room of its own is a part of transport.
    """
    parts = name.split('.')
    for length in range(len(parts), 0, -1):
        room = '.'.join(parts[:length])
        if room in ALLOWED:
            return room
    return 'transport' if name else None


def _requirements(lines: str) -> set[str]:
    """Distributions of a requirements file or of an extra, normalized."""
    names = re.findall(r'^\s*([A-Za-z0-9._-]+)', lines, re.MULTILINE)
    return {_normalized(name) for name in names}


def _normalized(name: str) -> str:
    return re.sub(r'[-_.]+', '-', name).lower()


class ImportsTest(testtools.TestCase):
    """What the code says it imports."""

    def test_imports_go_one_way(self):
        wrong = []
        for name, tree in _modules():
            for imported in _imports(tree):
                if not imported.startswith('moganclient.'):
                    continue
                room = _room(imported.removeprefix('moganclient.'))
                if room not in ALLOWED.get(_room(name), set()):
                    wrong.append(f'{name or "moganclient"}: {imported}')

        self.assertEqual([], wrong)

    def _undeclared(self, inside_service: bool, declared: set[str]):
        distributions = metadata.packages_distributions()
        found = set()
        for name, tree in _modules():
            if (_room(name) == 'service') is not inside_service:
                continue
            for imported in _imports(tree):
                top = imported.split('.')[0]
                if top in {*sys.stdlib_module_names, *NOT_INSTALLED}:
                    continue
                names = {_normalized(d) for d in distributions.get(top, [top])}
                names.add(BROUGHT.get(top, top))
                if not names & declared and top not in OPTIONAL:
                    found.add(f'{name}: {top}')
        return sorted(found)

    def test_client_imports_only_what_the_base_install_brings(self):
        declared = _requirements((ROOT / 'requirements.txt').read_text())

        self.assertEqual([], self._undeclared(False, declared))

    def test_service_imports_only_what_its_extra_brings(self):
        setup = configparser.ConfigParser()
        setup.read(ROOT / 'setup.cfg')
        declared = _requirements((ROOT / 'requirements.txt').read_text())
        declared |= _requirements(setup['extras']['service'])

        self.assertEqual([], self._undeclared(True, declared))

    def test_service_extra_brings_no_eventlet(self):
        setup = configparser.ConfigParser()
        setup.read(ROOT / 'setup.cfg')
        names = _requirements((ROOT / 'requirements.txt').read_text())
        names |= _requirements(setup['extras']['service'])

        brought = _brought_by(names)

        unwanted = {_normalized(name) for name in UNWANTED}
        self.assertEqual(set(), brought & unwanted)
        self.assertIn('mako', brought)  # by alembic: it did look

    def test_what_is_said_to_come_with_another_does(self):
        distributions = metadata.packages_distributions()
        for name, by in BROUGHT.items():
            with self.subTest(name):
                names = {_normalized(d) for d in distributions[name]}
                self.assertTrue(names & _brought_by({by}))

    def test_optional_packages_are_extras(self):
        setup = configparser.ConfigParser()
        setup.read(ROOT / 'setup.cfg')

        self.assertEqual(set(), set(OPTIONAL.values()) - set(setup['extras']))


def _loaded_by(*statements: str) -> set[str]:
    """Top-level names in ``sys.modules`` of a Python that ran these."""
    program = [
        *statements,
        'import sys',
        'print(*{name.partition(".")[0] for name in sys.modules})',
    ]
    run = subprocess.run(
        [sys.executable, '-c', '\n'.join(program)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    if run.returncode:
        raise AssertionError(run.stderr)
    return set(run.stdout.split())


def _brought_by(names: set[str]) -> set[str]:
    """Distributions that these need, and those in turn, without extras."""
    found: set[str] = set()
    left = set(names)
    while left:
        name = left.pop()
        found.add(name)
        for line in metadata.requires(name) or ():
            requirement = requirements.Requirement(line)
            marker = requirement.marker
            if marker is None or marker.evaluate({'extra': ''}):
                left.add(_normalized(requirement.name))
        left -= found
    return found


class LoadedTest(testtools.TestCase):
    """What is really loaded, also by what we import."""

    def test_service_needs_no_eventlet(self):
        modules = [
            f'import moganclient.{name}'
            for name, _ in _modules()
            if _room(name) == 'service'
            and '.migrations' not in name
            and name != 'service.wsgi'  # builds the application
        ]

        # taskflow looks whether eventlet is there; oslo.messaging brings it.
        absent = [f'sys.modules["{name}"] = None' for name in UNWANTED]
        loaded = _loaded_by('import sys', *absent, *modules)

        self.assertIn('sqlalchemy', loaded)

    def test_library_loads_nothing_of_the_service(self):
        loaded = _loaded_by('from moganclient import client')

        services = {'sqlalchemy', 'flask', 'taskflow', 'oslo_config', 'yaml'}
        self.assertEqual(set(), loaded & services)

    def test_library_loads_nothing_of_the_shell(self):
        loaded = _loaded_by('from moganclient import client')

        self.assertEqual(
            set(), loaded & {'cliff', 'openstack', 'openstackclient'}
        )
