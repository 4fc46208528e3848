"""Run all tests: python3 tools/run_tests.py

Sets up tox in ``.venv``, runs every environment of tox.ini that has to be
green and prints how many tests passed, failed and were skipped.  Arguments go
to tox: ``python3 tools/run_tests.py -e py3`` runs the unit tests alone.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys

import environment


def main() -> int:
    # A shell's background job has Ctrl-C ignored, and hands that down: what
    # tests do with it would be ignored, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    environment.create()
    tools = ['tox', 'python-subunit', 'testtools']
    if environment.uv():
        tools.append('tox-uv')
    environment.install(*tools)
    # What an earlier run left would be counted as this one's.
    for results in (environment.ROOT / '.tox').glob('*/.stestr'):
        shutil.rmtree(results)

    variables = environment.variables()
    # An environment that happens to be active here is not tox's business.
    variables.pop('VIRTUAL_ENV', None)
    variables['PATH'] = os.pathsep.join(
        [str(environment.BIN), variables.get('PATH', os.defpath)]
    )
    tox = subprocess.run(
        [environment.BIN / 'tox', 'run', *sys.argv[1:]],
        cwd=environment.ROOT,
        env=variables,
        check=False,
    )
    results = list((environment.ROOT / '.tox').glob('*/.stestr'))
    if sys.argv[1:] and not results:
        return tox.returncode  # no environment of those has tests
    totals = subprocess.run(
        [
            environment.BIN / 'python',
            environment.ROOT / 'tools' / 'totals.py',
        ],
        check=False,
    )
    return tox.returncode or totals.returncode


if __name__ == '__main__':
    sys.exit(environment.run(main))
