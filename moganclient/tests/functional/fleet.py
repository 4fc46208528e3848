"""A fleet to take over: a service, its machines, a plan, and what is true.

What is true is asked of the database and of the service's log, and read in
the journal line by line: by nothing that the code under test uses itself.
"""

from __future__ import annotations

import collections
from collections.abc import Callable
from collections.abc import Iterator
import json
import os
import pathlib
import random
import sqlite3
import time
from typing import Any

import fixtures
import testtools
from testtools import content
import yaml

from moganclient.adoption import plan as plans
from moganclient.tests import database
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional import fixtures as service_fixtures
from moganclient.tests.functional import runs
from moganclient.tests import machines
from moganclient.v1 import client as v1_client

FLAVOR = 'general'

#: Events of the journal that say what became of a machine.
ENDS = ('done', 'failed', 'unknown', 'released', 'kept')
#: Events before which something is about to be sent.
BEGINNINGS = ('begun', 'releasing')


def chance(test: testtools.TestCase) -> random.Random:
    """What a test leaves to chance; where it fails, its seed is told.

    ``MOGANCLIENT_TEST_SEED`` gives the seed.  What depends on how quick the
    machine is differs all the same.
    """
    seed = os.environ.get('MOGANCLIENT_TEST_SEED') or str(time.time_ns())
    test.addDetail('MOGANCLIENT_TEST_SEED', content.text_content(seed))
    return random.Random(seed)


class Journal:
    """The journal of a plan, as the file has it."""

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def lines(self) -> list[dict[str, Any]]:
        """What it says, without a last line that is torn."""
        if not self.path.exists():
            return []
        found = []
        for line in self.path.read_bytes().splitlines(keepends=True):
            try:
                found.append(json.loads(line))
            except ValueError:
                # One that a killed process left half; it may have been
                # ended since.
                continue
        return found

    def count(self, event: str) -> int:
        """How many lines tell of an event."""
        return sum(line.get('event') == event for line in self.lines())

    def session(self) -> list[dict[str, Any]]:
        """The lines since the last run began."""
        lines = self.lines()
        starts = [
            number
            for number, line in enumerate(lines)
            if line.get('event') == 'session'
        ]
        return lines[starts[-1] :] if starts else []

    def sessions(self) -> int:
        """How many runs were begun."""
        return self.count('session')

    def left_open(self) -> set[str]:
        """Nodes that the last run began and did not end."""
        found: set[str] = set()
        for line in self.session():
            if line['event'] in BEGINNINGS:
                found.add(line['node'])
            elif line['event'] in ENDS:
                found.discard(line['node'])
        return found

    def servers(self, *events: str) -> dict[str, str]:
        """Node to the server that events of these kinds named last."""
        return {
            line['node']: line['server']
            for line in self.lines()
            if line.get('event') in events
        }


class Fleet(fixtures.Fixture):
    """Machines of an inventory, behind a service of their own."""

    def __init__(self, count: int = 60, **options: dict[str, object]) -> None:
        """Describe it.

        :param count: machines, each with two ports
        :param options: sections of the service's configuration
        """
        super().__init__()
        self._count = count
        self._options = options

    def _setUp(self) -> None:
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        inventory = directory / 'inventory.json'
        inventory.write_text(json.dumps(machines.inventory(self._count)))
        connection = self.useFixture(database.Fresh('sqlite')).connection
        self._database = connection.removeprefix('sqlite:///')
        self.service = self.useFixture(
            service_fixtures.ServiceFixture(
                {
                    'static': {'inventory_file': str(inventory)},
                    'flows': {'recovery_interval': 0.5, 'settle': 0},
                },
                self._options,
                connection=connection,
            )
        )
        # It has nothing to finish then, which takes a second.
        self.addCleanup(self.service.kill)
        self.nodes = [machines.node_uuid(n) for n in range(self._count)]
        self.client = v1_client.Client(self.service.url)
        self.client.flavor.create(FLAVOR, {'baremetal.general': 1})
        self.path = directory / 'fleet.yaml'
        self.plan().save(self.path)
        self.journal = Journal(self.path.with_name('fleet.yaml.journal'))
        self.runs = runs.shared()

    def plan(self) -> plans.Plan:
        """A plan of all machines that can be taken over now."""
        return plans.Plan.create(self.client)

    def load(self) -> plans.Plan:
        """The plan as its file says."""
        return plans.Plan.load(self.path)

    def job(self, action: str = 'apply', **more: Any) -> runs.Job:
        """What a process does about the plan; see :class:`runs.Job`."""
        more.setdefault('endpoint', self.service.url)
        return runs.Job(action, str(self.path), **more)

    def begin(self, action: str = 'apply', **more: Any) -> runs.Run:
        """Do something about the plan in a process of its own."""
        return self.runs.begin(self.job(action, **more))

    def carry_out(self, action: str = 'apply', **more: Any) -> dict[str, Any]:
        """The same, and wait for its end; see :meth:`runs.Run.end`."""
        return self.begin(action, **more).end()

    def edit(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the plan's file by hand."""
        document = yaml.safe_load(self.path.read_text())
        change(document)
        self.path.write_text(yaml.safe_dump(document))

    def wait_until_done(self, count: int) -> None:
        """Until the journal tells of so many machines more."""
        before = self.journal.count('done')
        self.wait_for(
            lambda: self.journal.count('done') >= before + count,
            f'{count} machines',
        )

    @staticmethod
    def wait_for(check: Callable[[], object], what: str) -> None:
        """Until something is true; it never takes three minutes."""
        processes.wait_for(check, 180, what)

    def rows(self) -> dict[str, tuple[str, str]]:
        """Node to server and its status, as the database has it."""
        found = self._select('SELECT node_uuid, uuid, status FROM servers')
        return {node: (server, status) for node, server, status in found}

    def servers(self) -> dict[str, str]:
        """Node to server, as the database has it."""
        return {node: server for node, (server, _) in self.rows().items()}

    def claims(self) -> dict[str, str]:
        """Node to the server that the inventory says it is claimed for."""
        return {
            node: claim['instance_uuid']
            for node, claim in self._written('static.node')
            if claim['instance_uuid'] is not None
        }

    def devices(self) -> dict[str, set[str]]:
        """Node to the servers whose ports the inventory says it carries."""
        written = dict(self._written('static.port'))
        return {
            node: {
                written[port]['device_id']
                for port in machines.port_ids(number)
                if written.get(port, {}).get('device_id')
            }
            for number, node in enumerate(self.nodes)
        }

    def leftovers(self) -> dict[str, Any]:
        """What the inventory says otherwise than its file: thing to that."""
        before = {
            'instance_uuid': None,
            'protected': True,
            'protected_reason': 'before',
        }
        owners = {
            port: f'before:{number}'
            for number in range(self._count)
            for port in machines.port_ids(number)
        }
        found = {
            node: claim
            for node, claim in self._written('static.node')
            if claim != before
        }
        for port, claim in self._written('static.port'):
            if (claim['device_id'], claim['device_owner']) != (
                '',
                owners[port],
            ):
                found[port] = claim
        return found

    def _written(self, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for key, value in self._select(
            'SELECT key, value FROM claims WHERE kind = ?', kind
        ):
            yield key, json.loads(value)

    def _select(self, query: str, *values: object) -> list[Any]:
        connection = sqlite3.connect(
            f'file:{self._database}?mode=ro', timeout=60, uri=True
        )
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()


class Log:
    """What a service has told since this was made: its notifications."""

    def __init__(self, service: service_fixtures.ServiceFixture) -> None:
        self._path = service.process.log
        self._begin = self._path.stat().st_size

    def told(self, event: str) -> list[tuple[str, str]]:
        """Node and server of each event, e.g. ``server.manage.end``."""
        with open(self._path, 'rb') as handle:
            handle.seek(self._begin)
            text = handle.read().decode(errors='replace')
        found = []
        for line in text.splitlines():
            if f'"event_type": "{event}"' not in line:
                continue
            message = json.loads(line[line.index('{"message_id"') :])
            data = message['payload']['baremetal_compute_object.data']
            found.append((data['node_uuid'], data['uuid']))
        return found

    def counts(self, event: str) -> collections.Counter[str]:
        """Node to how often it had an event."""
        return collections.Counter(node for node, _ in self.told(event))
