"""Runs of a plan in processes of their own, to be killed at any moment.

A fork of a process that has everything imported begins at once, which two
hundred processes of the real command would not.  It is forked from a small
process without threads or sockets (this module as a program), not from the
test's, whose proxies have both.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import json
import os
import pathlib
import pkgutil
import resource
import select
import signal
import subprocess
import sys
from typing import Any

from moganclient import adoption
from moganclient.adoption import plan as plans
from moganclient.adoption import settling
from moganclient import exceptions
from moganclient.tests.functional.cloud import processes
from moganclient.v1 import client as v1_client


@dataclasses.dataclass
class Job:
    """What a process does."""

    #: ``apply``, ``rollback``, ``check`` or ``show``.
    action: str
    #: The plan's file.
    plan: str
    endpoint: str
    token: str | None = None
    #: Further arguments of the action.
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: Bytes that no file it writes can be longer than: its disk is full then.
    full_at: int | None = None
    #: Seconds instead of :data:`moganclient.adoption.settling.SETTLE`.
    settle: float | None = None


class Run:
    """A process at its job."""

    def __init__(self, owner: Runs, pid: int, answer: pathlib.Path) -> None:
        self.pid = pid
        self._owner = owner
        self._answer = answer
        self._handle = os.pidfd_open(pid)
        self._code: int | None = None

    def ended(self, seconds: float) -> bool:
        """Whether it ends by itself within so many seconds."""
        if self._code is None:
            if not select.select([self._handle], [], [], seconds)[0]:
                return False
            os.close(self._handle)
            self._code = self._owner.wait(self.pid)
        return True

    def end(self) -> dict[str, Any]:
        """Wait for its end; what came of it.

        :returns: a ``Result`` as a dictionary, or the ``error``
        :raises AssertionError: it takes ten minutes, or was killed
        """
        if not self.ended(600):
            raise AssertionError(f'The process {self.pid} goes on and on.')
        if not self._answer.exists():
            raise AssertionError(f'The process ended with {self._code}.')
        found: dict[str, Any] = json.loads(self._answer.read_text())
        return found

    def signal(self, number: int) -> None:
        """Send it a signal."""
        signal.pidfd_send_signal(self._handle, number)

    def kill(self) -> bool:
        """Kill it, and wait until it is dead; whether it still lived."""
        if self._code is None:
            self.signal(signal.SIGKILL)
        self.ended(600)
        return self._code == -signal.SIGKILL


class Runs:
    """Begins runs; see :func:`shared`."""

    def __init__(self) -> None:
        self._directory = processes.temporary_directory('runs')
        self._count = 0
        self._process = subprocess.Popen(
            [sys.executable, '-m', __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def begin(self, job: Job) -> Run:
        """Begin a job in a process of its own."""
        self._count += 1
        answer = self._directory / f'{self._count}.json'
        pid = self._ask({'answer': str(answer), **dataclasses.asdict(job)})
        return Run(self, pid, answer)

    def carry_out(self, job: Job) -> dict[str, Any]:
        """The same, and wait for its end; see :meth:`Run.end`."""
        return self.begin(job).end()

    def wait(self, pid: int) -> int:
        """How a process ended, as ``Popen.returncode`` has it."""
        return self._ask({'wait': pid})

    def _ask(self, question: dict[str, Any]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + '\n')
        self._process.stdin.flush()
        return int(self._process.stdout.readline())


@functools.cache
def shared() -> Runs:
    """One for all tests of this process; it ends with it."""
    return Runs()


def _serve() -> None:
    """Fork for each job that standard input names, until it ends."""
    # What is imported at the first need only.
    found = pkgutil.iter_modules(adoption.__path__, f'{adoption.__name__}.')
    for name in (*(one.name for one in found), 'jsonschema', 'netrc'):
        importlib.import_module(name)
    living: set[int] = set()
    for line in sys.stdin:
        question = json.loads(line)
        pid = question.get('wait')
        if pid is not None:
            answer = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            living.discard(pid)
        else:
            answer = _fork(question)
            living.add(answer)
        print(answer, flush=True)
    for pid in living:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _fork(question: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        os.close(0)
        os.dup2(2, 1)
        answer = pathlib.Path(question.pop('answer'))
        said = json.dumps(_carry_out(Job(**question)))
        _write_files_of(None)
        answer.write_text(said)
        code = 0
    except BaseException as error:  # noqa: BLE001
        os.write(2, f'{question}: {error!r}\n'.encode())
    finally:
        os._exit(code)


def _carry_out(job: Job) -> dict[str, Any]:
    if job.settle is not None:
        settling.SETTLE = job.settle
    client = v1_client.Client(job.endpoint, token=job.token)
    try:
        plan = plans.Plan.load(job.plan)
        if job.full_at is not None:
            _write_files_of(job.full_at)
        result = getattr(plan, job.action)(client, **job.options)
    except exceptions.ClientException as error:
        return {
            'error': type(error).__name__,
            'message': error.message,
            'holder': getattr(error, 'holder', None),
        }
    return {
        'outcome': result.outcome,
        'counts': {state.name: n for state, n in result.counts.items()},
        'begun': result.begun,
        'stopped': result.stopped,
        'machines': {one.node: one.to_dict() for one in result.machines},
    }


def _write_files_of(size: int | None) -> None:
    """Have files that grow beyond a size fail with EFBIG; None: no more."""
    most = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    if size is None:
        size = most
    # Python ignores SIGXFSZ, which would end the process otherwise.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))


if __name__ == '__main__':
    _serve()
