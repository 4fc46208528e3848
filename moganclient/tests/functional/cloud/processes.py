"""Processes that end with the tests, ports for them, and their health."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from collections.abc import Container
from collections.abc import Mapping
import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any
import urllib.error
import urllib.request

from moganclient.tests.functional.cloud import reaper

HOST = '127.0.0.1'


class _Reaper:
    """The other end of :mod:`reaper`; started at the first need."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._owner = os.getpid()

    def tell(self, line: str) -> None:
        with self._lock:
            if self._process is None:
                self._process = subprocess.Popen(
                    [sys.executable, '-I', reaper.__file__],
                    stdin=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            assert self._process.stdin
            self._process.stdin.write(line + '\n')
            self._process.stdin.flush()

    def close(self) -> None:
        if os.getpid() != self._owner:
            return  # forked
        with self._lock:
            if self._process is not None and self._process.stdin:
                self._process.stdin.close()
                self._process.wait()
                self._process = None


_reaper = _Reaper()
# The reaper does at a normal end what it does at any other.
atexit.register(_reaper.close)


def temporary_directory(prefix: str) -> pathlib.Path:
    """A directory that is gone after the tests, unless asked to keep it."""
    path = tempfile.mkdtemp(prefix=f'moganclient-{prefix}-')
    if not os.environ.get('MOGANCLIENT_TEST_KEEP'):
        _reaper.tell(f'remove {path}')
    return pathlib.Path(path)


def free_port() -> int:
    """A port that nobody listens on and that no client's socket gets.

    The kernel takes the ports of outgoing connections from a range of its
    own; one outside of it stays free while a service is restarted.
    """
    first, last = 32768, 60999
    with contextlib.suppress(OSError, ValueError):
        with open('/proc/sys/net/ipv4/ip_local_port_range') as handle:
            first, last = (int(word) for word in handle.read().split())
    outside = [*range(10000, first), *range(last + 1, 65536)]
    for port in random.sample(outside or range(1024, 65536), 100):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise RuntimeError('There is no free port.')


def wait_for(check: Callable[[], Any], seconds: float, what: str) -> Any:
    """Call ``check`` until it returns something true, and return that.

    :raises TimeoutError: it never did; ``what`` says what was waited for
    """
    end = time.monotonic() + seconds
    while not (found := check()):
        if time.monotonic() > end:
            raise TimeoutError(f'{what}: not within {seconds} seconds.')
        time.sleep(0.05)
    return found


class Process:
    """A program in a process group of its own, with its output in a file."""

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        log: pathlib.Path,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the program; it is not started yet.

        :param name: what to call it in messages
        :param command: program and arguments
        :param log: where standard output and error are appended
        :param env: its whole environment, None for this process's own
        """
        self.name = name
        self.command = command
        self.log = log
        self.env = None if env is None else dict(env)
        self._popen: subprocess.Popen[bytes] | None = None
        # Who starts it again waits until it is killed for good.
        self._changing = threading.RLock()

    @property
    def pid(self) -> int:
        """Its number, which is its group's too."""
        assert self._popen, f'{self.name} was not started'
        return self._popen.pid

    @property
    def returncode(self) -> int | None:
        """How it ended, None while it runs or before it started."""
        return self._popen.poll() if self._popen else None

    @property
    def running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it; what becomes of it is not waited for."""
        with self._changing:
            assert not self.running, f'{self.name} runs already'
            with open(self.log, 'ab') as output:
                self._popen = subprocess.Popen(
                    self.command,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            pid = self._popen.pid
            _reaper.tell(f'watch {pid} {reaper.started(pid)}')

    def signal(self, number: int) -> None:
        """Send a signal to the process itself, not to its group."""
        os.kill(self.pid, number)

    def wait(self, seconds: float) -> int:
        """Wait for its end and return how it ended.

        :raises subprocess.TimeoutExpired: it goes on
        """
        assert self._popen
        return self._popen.wait(seconds)

    def stop(self, grace: float = 10) -> None:
        """Ask it to end, and end its group where it does not listen."""
        with self._changing:
            if self._popen is not None and self.running:
                self.signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._popen.wait(grace)
            self.kill()

    def kill(self) -> None:
        """End it and everything it started, now."""
        with self._changing:
            if self._popen is None:
                return
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
            _reaper.tell(f'forget {self._popen.pid}')
            self._popen = None

    def wait_http(
        self,
        url: str,
        seconds: float = 180,
        accept: Container[int] = range(100, 500),
    ) -> None:
        """Wait until a URL answers.

        :param accept: statuses that count
        :raises RuntimeError: the process ended, or took too long; with the
            end of its output
        """

        def answers() -> bool:
            if not self.running:
                raise RuntimeError(
                    f'{self.name} ended with {self.returncode}:\n{self.tail()}'
                )
            return http_status(url) in accept

        try:
            wait_for(answers, seconds, f'{self.name} at {url}')
        except TimeoutError as exc:
            raise RuntimeError(f'{exc}\n{self.tail()}') from exc

    def tail(self, size: int = 4000) -> str:
        """The end of its output."""
        try:
            return self.log.read_text(errors='replace')[-size:]
        except FileNotFoundError:
            return ''


# Nothing here is asked through a proxy.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def http_status(url: str) -> int:
    """The status that a GET answers with, 0 where nothing answers."""
    try:
        with _opener.open(url, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as exc:
        return int(exc.code)
    except OSError:
        return 0
