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
    uv = _uv()
    if uv:
        try:
            _install_with_uv(uv, where)
            return
        except RuntimeError as exc:
            print(f'{exc}\nTrying pip.', file=sys.stderr, flush=True)
    _run([python(), '-m', 'venv', '--clear', str(where)])
    pip = [str(where / 'bin' / 'python'), '-m', 'pip', 'install', '--quiet']
    pip += ['--disable-pip-version-check', '--constraint', str(CONSTRAINTS)]
    if not uv:
        try:
            _run([*pip, 'uv'])
            _install_with_uv(str(where / 'bin' / 'uv'), where)
            return
        except RuntimeError as exc:
            print(f'{exc}\nTrying pip.', file=sys.stderr, flush=True)
    _run([*pip, '--requirement', str(REQUIREMENTS)])


def _uv() -> str | None:
    """A uv that is here; it takes a fraction of the time that pip takes."""
    beside = pathlib.Path(sys.executable).with_name('uv')
    return str(beside) if beside.exists() else shutil.which('uv')


def _install_with_uv(uv: str, where: pathlib.Path) -> None:
    interpreter = where / 'bin' / 'python'
    if not interpreter.exists():
        _run([python(), '-m', 'venv', '--without-pip', str(where)])
    command = [uv, 'pip', 'install', '--quiet', '--python', str(interpreter)]
    command += ['--constraint', str(CONSTRAINTS)]
    _run([*command, '--requirement', str(REQUIREMENTS)])


def _run(command: list[str]) -> None:
    variables = dict(os.environ)
    # uv brings its own certificates and does not read pip's settings.
    if 'PIP_INDEX_URL' in variables:
        variables.setdefault('UV_DEFAULT_INDEX', variables['PIP_INDEX_URL'])
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
