"""The virtual environment ``.venv`` of this work tree, made on demand.

For the scripts that README.rst names: they run with nothing but Python's own
library and have to get the rest.  Packages are installed with uv, which takes
seconds where pip takes a minute, and with pip where uv cannot be had.
"""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent
VENV = ROOT / '.venv'
BIN = VENV / 'bin'

MINIMUM = (3, 11)

NO_PIP = """\
This Python has neither ensurepip nor pip, so nothing can be installed with it:
    {python}
On Debian and Ubuntu the package python3-venv brings them."""


def say(text: str) -> None:
    """Tell whoever started this; standard output is for results."""
    print(text, file=sys.stderr, flush=True)


def run(main: Callable[[], int]) -> int:
    """A script's exit code; Ctrl-C ends it without a traceback."""
    try:
        return main()
    except KeyboardInterrupt:
        say('\nStopped.')
        return 130


def _has(module: str) -> bool:
    """Whether this Python could import a module (a Debian's may not)."""
    command = [sys.executable, '-c', f'import {module}']
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0


def _pip_install(*requirements: str, quiet: bool = False) -> bool:
    """Install with ``.venv``'s pip, or this Python's where it has none."""
    if (BIN / 'pip').exists():
        command = [str(BIN / 'python'), '-m', 'pip', 'install']
    else:
        command = [sys.executable, '-m', 'pip']
        command += ['--python', str(BIN / 'python'), 'install']
    command += ['--quiet', '--disable-pip-version-check', *requirements]
    done = subprocess.run(
        command,
        cwd=ROOT,
        stderr=subprocess.DEVNULL if quiet else None,
        check=False,
    )
    return done.returncode == 0


def create() -> None:
    """Make ``.venv`` where there is none that works.

    :raises SystemExit: this Python is too old or cannot install anything
    """
    if sys.version_info < MINIMUM:
        raise SystemExit(
            'Python {}.{} or newer is needed, this is {}: {}'.format(
                *MINIMUM, sys.version.split()[0], sys.executable
            )
        )
    python = BIN / 'python'
    if python.exists():
        works = subprocess.run([python, '-c', ''], check=False)
        if works.returncode == 0:
            return
    say(f'Making {VENV}')
    command = [sys.executable, '-m', 'venv', '--clear', str(VENV)]
    if not _has('ensurepip'):
        if not _has('pip'):
            raise SystemExit(NO_PIP.format(python=sys.executable))
        command.append('--without-pip')
    subprocess.run(command, check=True)


def uv() -> str | None:
    """The uv of ``.venv``, None where it cannot be installed."""
    program = BIN / 'uv'
    if not program.exists():
        _pip_install('uv', quiet=True)
    return str(program) if program.exists() else None


def variables() -> dict[str, str]:
    """The environment for uv and tox.

    uv reads no configuration of pip: where pip has been told of another
    index, uv is told of it too.  It takes the Pythons that are here.
    """
    result = dict(os.environ)
    result.setdefault('UV_PYTHON_DOWNLOADS', 'never')
    result.setdefault('UV_LINK_MODE', 'copy')
    if 'PIP_INDEX_URL' in result:
        result.setdefault('UV_DEFAULT_INDEX', result['PIP_INDEX_URL'])
    return result


def install(*requirements: str) -> None:
    """Install into ``.venv``; fast where it is there already.

    :raises SystemExit: neither uv nor pip could
    """
    program = uv()
    if program:
        command = [program, 'pip', 'install', '--quiet', '--python']
        command += [str(BIN / 'python'), *requirements]
        done = subprocess.run(command, cwd=ROOT, env=variables(), check=False)
        if done.returncode == 0:
            return
        say('uv could not install that; trying pip.')
    if not _pip_install(*requirements):
        raise SystemExit('Could not install: ' + ' '.join(requirements))
