"""The virtual environment with the services and the operators' clients."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import sys

from moganclient.tests.functional.cloud import cache

HERE = pathlib.Path(__file__).parent
REQUIREMENTS = HERE / 'requirements.txt'
CONSTRAINTS = HERE / 'constraints.txt'


def python() -> str:
    """The interpreter that the environment is made with."""
    return os.environ.get('MOGANCLIENT_TEST_CLOUD_PYTHON') or sys.executable


def _version(interpreter: str) -> str:
    code = 'import platform, sys; print(sys.version, platform.machine())'
    return subprocess.run(
        [interpreter, '-c', code], check=True, capture_output=True, text=True
    ).stdout


def key() -> str:
    """What the environment depends on: pins and Python version."""
    return cache.digest(REQUIREMENTS, CONSTRAINTS, _version(python()))


def path() -> pathlib.Path:
    """The environment; made now where it is not there yet.

    :raises RuntimeError: it cannot be installed; says why
    """
    name = f'venv-{key()}'
    where = cache.directory() / name
    with cache.lock(name):
        if not cache.is_complete(where):
            print(f'Installing a cloud: {where}', file=sys.stderr, flush=True)
            shutil.rmtree(where, ignore_errors=True)
            _install(where)
            cache.complete(where)
    return where


def _install(where: pathlib.Path) -> None:
    _run([python(), '-m', 'venv', str(where)])
    executable = str(where / 'bin' / 'python')
    pip = [executable, '-m', 'pip', '--disable-pip-version-check']
    pip += ['install', '--quiet', '--constraint', str(CONSTRAINTS)]
    uv = _uv(where, pip)
    if uv:
        command = [uv, 'pip', 'install', '--quiet', '--compile-bytecode']
        command += ['--python', executable]
        command += ['--constraint', str(CONSTRAINTS)]
        try:
            _run([*command, '--requirement', str(REQUIREMENTS)])
            return
        except RuntimeError as exc:
            print(f'{exc}\nTrying pip.', file=sys.stderr, flush=True)
    _run([*pip, '--requirement', str(REQUIREMENTS)])


def _uv(where: pathlib.Path, pip: list[str]) -> str | None:
    """A uv, which takes a third of pip's time; None where there is none."""
    beside = pathlib.Path(sys.executable).with_name('uv')
    found = str(beside) if beside.exists() else shutil.which('uv')
    if found:
        return found
    try:
        _run([*pip, 'uv'])
    except RuntimeError:
        return None
    return str(where / 'bin' / 'uv')


def _run(command: list[str]) -> None:
    variables = dict(os.environ)
    # uv brings its own certificates and does not read pip's settings.
    if 'PIP_INDEX_URL' in variables:
        variables.setdefault('UV_DEFAULT_INDEX', variables['PIP_INDEX_URL'])
    variables.setdefault('UV_LINK_MODE', 'copy')
    variables.pop('PYTHONPATH', None)
    done = subprocess.run(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(
            f'Failed with {done.returncode}: {" ".join(command)}\n'
            f'{done.stdout[-3000:]}'
        )
