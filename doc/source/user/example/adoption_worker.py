"""A dashboard's worker: carries plans out, and goes on after a restart.

Pages of the dashboard call ``Jobs.submit`` and ``Jobs.cancel`` and read the
tables; a process of its own runs a ``Worker``.  They share a directory that
outlives both, with an SQLite database, the plans, and beside each plan its
journal.  Tokens are in none of them: the worker is given one for each run.
"""

from __future__ import annotations

from collections.abc import Callable
import json
import os
import pathlib
import signal
import sqlite3
import sys
import threading
from typing import Any
import uuid

from moganclient import adoption
from moganclient.adoption import events
from moganclient import exceptions
from moganclient.v1 import client as v1

TABLES = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, endpoint TEXT, state TEXT, message TEXT
);
CREATE TABLE IF NOT EXISTS machines (
    job TEXT, node TEXT, name TEXT, state TEXT, server TEXT, reasons TEXT,
    PRIMARY KEY (job, node)
);
"""

#: Seconds that one machine is tried, all waits included.
TIMEOUT = 1800.0
#: Seconds between two runs of a job that is not through.
PAUSE = 60.0


class Jobs:
    """Plans that somebody wants carried out.

    A job is ``open`` until it is ``done``, ``failed`` (``message`` says why)
    or ``cancelled``.  A worker that dies leaves it open.
    """

    def __init__(self, directory: pathlib.Path) -> None:
        """Use a directory, which has to be there."""
        self.directory = directory
        self._run(TABLES)

    def submit(self, endpoint: str, plan: dict[str, Any]) -> str:
        """Have a plan carried out, as a form of the dashboard has it now.

        :returns: the id of the job
        :raises moganclient.adoption.PlanError: ``faults`` are for the form
        """
        job = str(uuid.uuid4())
        file = self.file(job)
        file.write_text(json.dumps(plan, indent=2))
        try:
            adoption.Plan.load(file)
        except adoption.PlanError:
            file.unlink()
            raise
        self._run("INSERT INTO jobs VALUES (?, ?, 'open', '')", job, endpoint)
        return job

    def cancel(self, job: str) -> None:
        """Begin nothing more of a job."""
        self.say(job, 'cancelled', '')

    def state(self, job: str) -> tuple[str, str]:
        """State and message of a job."""
        [(state, message)] = self._run(
            'SELECT state, message FROM jobs WHERE id = ?', job
        )
        return state, message

    def open(self) -> list[tuple[str, str]]:
        """Id and endpoint of the jobs that are open, the oldest first."""
        return self._run(
            "SELECT id, endpoint FROM jobs WHERE state = 'open' ORDER BY rowid"
        )

    def say(self, job: str, state: str, message: str) -> None:
        """Write down how it stands with a job that is open."""
        self._run(
            "UPDATE jobs SET state = ?, message = ? WHERE state = 'open'"
            ' AND id = ?',
            *(state, message, job),
        )

    def keep(self, job: str, machine: adoption.Machine) -> None:
        """Write down how it stands with a machine."""
        self._run(
            'INSERT OR REPLACE INTO machines VALUES (?, ?, ?, ?, ?, ?)',
            *(job, machine.node, machine.name, str(machine.state)),
            *(machine.server, json.dumps(machine.reasons)),
        )

    def file(self, job: str) -> pathlib.Path:
        """Where the plan of a job is."""
        return self.directory / f'{job}.json'

    def _run(self, statement: str, *values: object) -> list[Any]:
        database = sqlite3.connect(self.directory / 'jobs.sqlite', timeout=30)
        try:
            with database:
                if not values and ';' in statement:
                    database.executescript(statement)
                    return []
                return database.execute(statement, values).fetchall()
        finally:
            database.close()


class Worker:
    """Carries jobs out, one after the other."""

    def __init__(self, jobs: Jobs, token: Callable[[str], str]) -> None:
        """Prepare.

        :param token: gives the token for a job: of somebody who is logged in,
            or of an account of the dashboard's own
        """
        self._jobs = jobs
        self._token = token
        self._ending = threading.Event()
        #: Ends the run of the job that is under way.
        self._stop = threading.Event()

    def end(self, *_: object) -> None:
        """Finish what is in flight, and no more; also a signal's handler."""
        self._ending.set()
        self._stop.set()

    def work(self) -> None:
        """Until there is no open job any more, or it was told to end."""
        while not self._ending.is_set() and (found := self._jobs.open()):
            for job, endpoint in found:
                self._stop.clear()
                if not self._ending.is_set():
                    self._jobs.say(job, *self._carry_out(job, endpoint))
            if self._jobs.open():
                self._ending.wait(PAUSE)

    def _carry_out(self, job: str, endpoint: str) -> tuple[str, str]:
        """Go on with a job; its state and message after that."""
        try:
            result = adoption.Plan.load(self._jobs.file(job)).apply(
                v1.Client(endpoint, token=self._token(job), timeout=120),
                timeout=TIMEOUT,
                on_event=lambda event: self._listen(job, event),
                stop=self._stop,
            )
        except adoption.JournalInUse:
            return 'open', 'Another worker is at it.'
        except exceptions.ValidationError as error:
            # Of the plan: it will not be better the next time.
            return 'failed', str(error)
        except exceptions.ClientException as error:
            # Nobody answers, the token is too old, the disk is full.
            return 'open', str(error)
        for machine in result.machines:
            self._jobs.keep(job, machine)
        if not result.missing:
            return 'done', result.summary
        if result.stopped:
            # Told to end, nobody answers any more, or the token ran out.
            return 'open', result.stopped
        return 'failed', result.summary

    def _listen(self, job: str, event: events.Event) -> None:
        """Is called in the thread that called ``apply``."""
        match event:
            case events.Begun(node=node, name=name):
                state = adoption.State.IN_PROGRESS
                self._jobs.keep(job, adoption.Machine(node, None, name, state))
            case events.Finished(machine=machine):
                self._jobs.keep(job, machine)
            case events.Waiting(name=name, why=why):
                self._jobs.say(job, 'open', f'{name}: {why}')
        if self._jobs.state(job)[0] == 'cancelled':
            self._stop.set()


def main() -> int:
    """``adoption_worker.py DIRECTORY``, with ``TOKEN`` in the environment."""
    jobs = Jobs(pathlib.Path(sys.argv[1]))
    worker = Worker(jobs, lambda job: os.environ['TOKEN'])
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, worker.end)
    worker.work()
    return 0


if __name__ == '__main__':
    sys.exit(main())
