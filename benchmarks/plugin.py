"""(e) What the plugin adds to every ``openstack`` command of everybody.

``openstack --version`` is run by turns in two environments that are alike but
for this package: directories of links to everything that is installed, one of
them without it.
"""

from __future__ import annotations

import json
import os
import pathlib
import site
import sys
import tempfile

import _processes

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROUNDS = 15

#: Runs ``openstack --version`` from a directory of packages and says what was
#: loaded.  The time of the plugin's own import is taken inside, where it can
#: be told from noise.
SCRIPT = """
import importlib, json, sys, time
sys.path[:0] = [{packages!r}, {root!r}]
spent = 0.0
load = importlib.import_module
def timed(name, package=None):
    global spent
    begin = time.perf_counter()
    try:
        return load(name, package)
    finally:
        if name == 'moganclient.osc.plugin':
            spent += time.perf_counter() - begin
importlib.import_module = timed
from openstackclient import shell
try:
    shell.main(['--version'])
except SystemExit:
    pass
print(json.dumps({{'modules': sorted(sys.modules), 'import': spent}}))
"""


def _without_ours(name: str) -> bool:
    return 'moganclient' not in name.lower()


def _link(target: pathlib.Path, *, ours: bool) -> None:
    """Fill a directory with links to what is installed here."""
    target.mkdir()
    for directory in reversed(site.getsitepackages()):
        for entry in os.scandir(directory):
            link = target / entry.name
            if (ours or _without_ours(entry.name)) and not link.exists():
                link.symlink_to(entry.path)


def measure(rounds: int = ROUNDS) -> list[dict[str, object]]:
    """The figures, with and without the plugin."""
    with tempfile.TemporaryDirectory(prefix='moganclient-bench-') as name:
        directory = pathlib.Path(name)
        commands = {}
        for kind in ('with', 'without'):
            packages = directory / kind
            _link(packages, ours=kind == 'with')
            script = directory / f'{kind}.py'
            script.write_text(
                SCRIPT.format(packages=str(packages), root=str(ROOT))
            )
            # -S: only the packages that the script names; -P: not where the
            # script is.
            commands[kind] = [sys.executable, '-S', '-P', str(script)]
        env = {
            'HOME': name,
            'PATH': os.defpath,
            'PYTHONWARNINGS': 'ignore',
            'PYTHONDONTWRITEBYTECODE': '1',
        }
        costs = _processes.in_turns(commands, env, rounds)
    said = {
        kind: json.loads(cost.output.splitlines()[-1])
        for kind, cost in costs.items()
    }
    loaded = {kind: set(what['modules']) for kind, what in said.items()}
    extra = loaded['with'] - loaded['without']
    foreign = sorted(m for m in extra if not m.startswith('moganclient'))
    if 'moganclient.osc.plugin' not in extra:
        raise RuntimeError('the shell did not load the plugin')
    return [
        {
            'name': 'openstack --version: modules that the plugin adds, '
            'beside its own',
            'value': len(foreign),
            'unit': 'modules',
            'limit': 0,
            'detail': ', '.join(foreign) or ', '.join(sorted(extra)),
        },
        {
            'name': 'openstack --version: import of the plugin',
            'value': said['with']['import'] * 1000,
            'unit': 'ms',
            'limit': 10,
        },
        {
            'name': 'openstack --version: CPU with the plugin to without',
            'value': costs['with'].least,
            'floor': costs['without'].least,
            'unit': 's',
        },
    ]
