"""Runs what waits: a few threads, and a heap of times that are due.

A flow that waits for a machine is a job: it is given a turn, does what it can
without waiting, and says when it wants the next.  Everything that has to
survive the process is in the server's row; recovery gives the job of a
process that died to a worker of another one.

A job that waits, for its time or for a thread, lives by the lease of its
flow: one thread more does nothing but renew those, all in one UPDATE, so that
no backlog is long enough for another process to take it for dead.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import threading
import time
import typing
from typing import Protocol

from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: Seconds after which a job whose turn failed unexpectedly gets another.
_AFTER_ACCIDENT = 30.0


class NotYet(Exception):
    """A step has to wait: it is looked at again after some seconds."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f'in {seconds:g} s')
        self.seconds = seconds


class Job(Protocol):
    """Something that is given turns."""

    @property
    def key(self) -> str:
        """For what, in the log."""
        ...

    @property
    def flow(self) -> tuple[str, str] | None:
        """UUID of the server and owner of the flow whose lease it needs."""
        ...

    def turn(self, runtime: runtime_mod.Runtime) -> float | None:
        """Do what can be done now.

        :returns: seconds until the next turn; None when it is over
        """
        ...

    def leave(self, runtime: runtime_mod.Runtime) -> None:
        """The process ends: let another one go on at once."""
        ...


class Worker:
    """The jobs of one process."""

    def __init__(self, runtime: runtime_mod.Runtime) -> None:
        """Nothing runs before :meth:`start`; jobs can be given before."""
        self._runtime = runtime
        self._changed = threading.Condition()
        #: When due (``time.monotonic()``), and the job.
        self._heap: list[tuple[float, int, Job]] = []
        #: Those that are given a turn now.
        self._busy: dict[int, Job] = {}
        self._numbers = itertools.count()
        self._stopping = False
        self._ended = threading.Event()
        self._threads: list[threading.Thread] = []
        #: Passwords for servers that are being built, by UUID of the server:
        #: in this memory and nowhere else.
        self.secrets: dict[str, str] = {}

    def start(self) -> None:
        """Begin to work, with ``[flows] workers`` threads."""
        self._stopping = False
        self._ended.clear()
        self._threads = [
            threading.Thread(
                target=self._run, name=f'moganclient-worker-{n}', daemon=True
            )
            for n in range(self._runtime.conf.flows.workers)
        ]
        self._threads.append(
            threading.Thread(
                target=self._keep, name='moganclient-leases', daemon=True
            )
        )
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float) -> None:
        """End: turns that are under way get some time, the rest is left.

        What is left another process goes on with, at once.

        :param seconds: how long to wait in all
        """
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        self._ended.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        started, self._threads = self._threads, []
        with self._changed:
            left, self._heap = self._heap, []
        for _, _, job in left if started else ():
            try:
                job.leave(self._runtime)
            except Exception as error:  # noqa: BLE001
                LOG.warning('%s is left as it is: %s', job.key, error)

    def submit(self, job: Job, seconds: float = 0.0) -> None:
        """Give a job its first turn after some seconds."""
        with self._changed:
            due = time.monotonic() + seconds
            heapq.heappush(self._heap, (due, next(self._numbers), job))
            self._changed.notify()

    def hurry(self, key: str) -> None:
        """Give a job that waits its next turn now."""
        with self._changed:
            now = time.monotonic()
            self._heap = [
                (min(due, now) if job.key == key else due, number, job)
                for due, number, job in self._heap
            ]
            heapq.heapify(self._heap)
            self._changed.notify()

    def owners(self) -> set[str]:
        """The owners of flows that are jobs here, waiting or given a turn."""
        with self._changed:
            jobs = [*self._busy.values(), *(job for _, _, job in self._heap)]
        return {job.flow[1] for job in jobs if job.flow is not None}

    def renew(self) -> None:
        """Renew the leases of all jobs that wait.

        A turn renews its own, and one that never ends does not.
        """
        with self._changed:
            flows = [job.flow for _, _, job in self._heap]
        self._runtime.db.renew_flows(
            dict(flow for flow in flows if flow is not None),
            time.time() + self._runtime.conf.flows.lease,
        )

    def drain(self, turns: int = 1000) -> int:
        """Give turns in this thread until no job is left, for tests.

        :param turns: the most of them
        :returns: how many it were
        """
        for done in range(turns):
            with self._changed:
                if not self._heap:
                    return done
                due, number, job = heapq.heappop(self._heap)
                self._busy[number] = job
            time.sleep(max(0.0, due - time.monotonic()))
            self._give_turn(number, job)
        return turns

    def _run(self) -> None:
        while True:
            found = self._next()
            if found is None:
                return
            self._give_turn(*found)

    def _keep(self) -> None:
        """Renew leases until the end; an outage is no reason to stop."""
        while not self._ended.wait(self._runtime.conf.flows.lease / 4):
            try:
                self.renew()
            except exceptions.ServiceError as error:
                LOG.warning('Leases have to wait: %s', error.detail)
            except Exception:
                LOG.exception('Renewing leases failed')

    def _next(self) -> tuple[int, Job] | None:
        """The next job when it is due; None when all is to end."""
        with self._changed:
            while not self._stopping:
                if not self._heap:
                    self._changed.wait()
                    continue
                pause = self._heap[0][0] - time.monotonic()
                if pause <= 0:
                    _, number, job = heapq.heappop(self._heap)
                    self._busy[number] = job
                    return number, job
                self._changed.wait(pause)
        return None

    def _give_turn(self, number: int, job: Job) -> None:
        try:
            try:
                seconds = job.turn(self._runtime)
            except Exception:
                LOG.exception('%s failed', job.key)
                seconds = _AFTER_ACCIDENT
            if seconds is not None:
                self.submit(job, seconds)
        finally:
            with self._changed:
                del self._busy[number]
