"""The real ``openstack`` shell, in this process or in one of its own."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import dataclasses
from importlib import metadata
import io
import json
import logging
import os
import pathlib
import shlex
import subprocess
import sys
from typing import Any
import warnings

import fixtures
import moganclient
from openstackclient.common import clientmanager as managers
from openstackclient import shell
from osc_lib import clientmanager


@dataclasses.dataclass(frozen=True)
class Result:
    """How a command ended and what it printed."""

    command: str
    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """What it printed, with ``-f json``."""
        try:
            return json.loads(self.stdout)
        except ValueError as exc:
            raise AssertionError(f'No JSON was printed.\n{self}') from exc

    def __str__(self) -> str:
        return (
            f'$ openstack {self.command}\n{self.stdout[:3000]}\n'
            f'--- stderr\n{self.stderr}--- exit code {self.code}'
        )


class OpenStackShell(fixtures.Fixture):
    """Runs ``openstack`` with the plugin that is installed here.

    Not for several threads at once: standard output is redirected.
    """

    def __init__(
        self,
        *options: str,
        clouds_yaml: pathlib.Path | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        """Describe how to call it.

        :param options: what comes before every command, such as
            ``'--os-cloud', 'demo'``
        :param clouds_yaml: the file with the clouds
        :param env: variables; every other ``OS_`` variable is unset
        """
        super().__init__()
        self._options = list(options)
        self._env = dict(env or {})
        if clouds_yaml:
            self._env['OS_CLIENT_CONFIG_FILE'] = str(clouds_yaml)

    def _setUp(self) -> None:
        # Nothing of the developer's own ~/.config/openstack.
        home = self.useFixture(fixtures.TempDir()).path
        self._env.setdefault('HOME', home)
        self._env.setdefault('XDG_CONFIG_HOME', home)

    def _environment(self) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith('OS_')}
        # Wide tables whatever terminal the tests run in.
        return env | {'COLUMNS': '400', **self._env}

    def _arguments(self, command: str | list[str]) -> list[str]:
        if isinstance(command, str):
            command = shlex.split(command)
        return [*self._options, *command]

    def run(self, command: str | list[str], *, ok: bool = True) -> Result:
        """Run a command in this process.

        :param command: what comes after ``openstack``
        :param ok: whether it has to succeed; otherwise it has to fail
        :raises AssertionError: it did not
        """
        arguments = self._arguments(command)
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            self._as_its_own_process(),
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
        ):
            try:
                code = shell.OpenStackShell().run(arguments)
            except SystemExit as exc:
                code = exc.code if isinstance(exc.code, int) else 1
        return self._check(
            arguments, code, stdout.getvalue(), stderr.getvalue(), ok
        )

    def spawn(
        self,
        command: str | list[str],
        *,
        ok: bool = True,
        program: str | None = None,
    ) -> Result:
        """The same in a process of its own.

        :param program: another ``openstack`` than the one installed here
        """
        arguments = self._arguments(command)
        process = self.begin(command, program=program)
        stdout, stderr = process.communicate()
        return self._check(arguments, process.returncode, stdout, stderr, ok)

    def begin(
        self, command: str | list[str], *, program: str | None = None
    ) -> subprocess.Popen[str]:
        """The same without waiting for its end; it is the caller's to end."""
        if program is None:
            program = str(pathlib.Path(sys.executable).with_name('openstack'))
        return subprocess.Popen(
            [program, *self._arguments(command)],
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def _check(
        arguments: list[str], code: int, stdout: str, stderr: str, ok: bool
    ) -> Result:
        result = Result(shlex.join(arguments), code, stdout, stderr)
        if (code == 0) != ok:
            raise AssertionError(f'It should have {_ENDED[ok]}.\n{result}')
        if 'Traceback' in stderr:
            raise AssertionError(f'A traceback reached the user.\n{result}')
        return result

    @contextlib.contextmanager
    def _as_its_own_process(self) -> Iterator[None]:
        """The shell thinks the process is its own; undo what it does."""
        root = logging.getLogger()
        handlers, level = root.handlers[:], root.level
        levels = {
            name: logger.level
            for name, logger in root.manager.loggerDict.items()
            if isinstance(logger, logging.Logger)
        }
        variables = dict(os.environ)
        root.handlers = []
        _forget_clients()
        os.environ.clear()
        os.environ.update(self._environment())
        try:
            with warnings.catch_warnings():
                yield
        finally:
            os.environ.clear()
            os.environ.update(variables)
            root.handlers = handlers
            root.setLevel(level)
            for name, before in levels.items():
                logging.getLogger(name).setLevel(before)


def plugin_alone(directory: pathlib.Path) -> str:
    """A value of PYTHONPATH that adds the plugin to another environment.

    The package and what is known of its installation, without all that is
    installed beside it here.
    """
    package = pathlib.Path(moganclient.__file__).parent
    (directory / package.name).symlink_to(package)
    distribution = metadata.distribution('python-moganclient')
    info = directory / 'python_moganclient-1.dist-info'
    info.mkdir()
    for name in ('METADATA', 'entry_points.txt'):
        (info / name).write_text(distribution.read_text(name) or '')
    return str(directory)


def _forget_clients() -> None:
    """The shell keeps its clients on a class: another user's, here."""
    for kind in managers.ClientManager.__mro__:
        for one in vars(kind).values():
            if isinstance(one, clientmanager.ClientCache):
                one._handle = None


_ENDED = {True: 'succeeded', False: 'failed'}
