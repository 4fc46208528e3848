"""A run over a fleet is killed again and again, and goes on each time."""

from __future__ import annotations

from collections import Counter
import functools
import time
from typing import Any

import testtools
from testtools import content
from testtools import content_type

from moganclient.tests.functional import fleet as fleets
from moganclient.tests.functional import runs
from moganclient.tests.functional import shell

#: How often a run is killed; the real command takes a second to begin.
KILLS = 200
KILLS_OF_COMMANDS = 5
KILLS_IN_EITHER_DIRECTION = 30

#: Seconds after which a request of a killed run has surely arrived here.
SETTLE = 2.0

#: The part of the kills that may come before the journal is opened.
AT_ONCE = 0.1

ENDS = {'apply': 'server.manage.end', 'rollback': 'server.unmanage.end'}


class KilledTestCase(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.fleet = self.useFixture(fleets.Fleet())
        self.random = fleets.chance(self)
        #: What the kills hit.
        self.hits: Counter[str] = Counter()
        self.addDetail(
            'kills',
            content.Content(
                content_type.UTF8_TEXT, lambda: [str(self.hits).encode()]
            ),
        )

    def count_kill(self, action: str, sessions: int) -> None:
        """Note what a run was doing when it was killed.

        :param sessions: how many the journal told of before that run
        """
        journal = self.fleet.journal
        if journal.sessions() == sessions:
            self.hits[f'{action}: before its journal'] += 1
        elif left := len(journal.left_open()):
            self.hits[f'{action}: with {left} in flight'] += 1
            self.hits['in flight'] += 1
        elif any(
            line['event'] in fleets.BEGINNINGS for line in journal.session()
        ):
            self.hits[f'{action}: between two machines'] += 1
        else:
            self.hits[f'{action}: while it looked'] += 1

    def assert_each_once(self) -> None:
        """Every machine is one server's, as everybody sees it."""
        fleet = self.fleet
        servers = fleet.servers()
        self.assertEqual(set(fleet.nodes), set(servers))
        self.assertEqual(
            {'active'}, {status for _, status in fleet.rows().values()}
        )
        self.assertEqual(servers, fleet.claims())
        self.assertEqual(
            {node: {server} for node, server in servers.items()},
            fleet.devices(),
        )
        self.assertEqual(servers, fleet.journal.servers('begun'))
        self.assertEqual(servers, fleet.journal.servers('done'))
        shown = fleet.load().show(fleet.client)
        self.assertEqual(
            servers, {one.node: one.server for one in shown.machines}
        )
        self.assertEqual(
            {('done', 'active')},
            {(one.state.value, one.status) for one in shown.machines},
        )

    def assert_all_let_go(self) -> None:
        """Every machine is as it was."""
        fleet = self.fleet
        self.assertEqual({}, fleet.rows())
        self.assertEqual({}, fleet.leftovers())
        shown = fleet.load().show(fleet.client)
        self.assertEqual(
            {'released'}, {one.state.value for one in shown.machines}
        )

    def assert_ended(
        self, action: str, answer: dict[str, Any], log: fleets.Log
    ) -> None:
        """A run that nobody killed finished all there was.

        :param log: since the runs in that direction began
        """
        self.assertEqual(0, answer['outcome'], answer)
        if action == 'apply':
            self.assert_each_once()
        else:
            self.assert_all_let_go()
        # No machine was taken over, or let go of, twice on the way there.
        self.assertEqual(
            dict.fromkeys(self.fleet.nodes, 1), dict(log.counts(ENDS[action]))
        )


class TestKilled(KilledTestCase):
    """Forked processes that run the library."""

    def seconds(self, action: str) -> float:
        """How long a run takes that nobody kills."""
        log = fleets.Log(self.fleet.service)
        began = time.monotonic()
        answer = self.fleet.carry_out(action)
        seconds = time.monotonic() - began
        self.assert_ended(action, answer, log)
        return seconds

    def moment(self, run: runs.Run, sessions: int, whole: float) -> float:
        """Wait for the beginning; the seconds after which to kill it.

        :param sessions: how many the journal told of before that run
        :param whole: seconds that a run takes from beginning to end
        """
        if self.random.random() < AT_ONCE:
            return self.random.uniform(0, 0.1)
        while self.fleet.journal.sessions() == sessions:
            if run.ended(0.002):
                break
        # Early, so that many a kill hits the same machines, or at any time.
        part = self.random.choice((0.03, 0.1, 0.1, 0.5))
        return self.random.uniform(0, part * whole)

    def test_two_hundred_kills(self) -> None:
        whole = {one: self.seconds(one) for one in ('apply', 'rollback')}
        action, other = 'apply', 'rollback'
        log = fleets.Log(self.fleet.service)
        kills = 0
        while kills < KILLS:
            sessions = self.fleet.journal.sessions()
            run = self.fleet.begin(action)
            moment = self.moment(run, sessions, whole[action])
            if not run.ended(moment) and run.kill():
                kills += 1
                self.count_kill(action, sessions)
                continue
            self.hits[f'{action}: ended'] += 1
            self.assert_ended(action, run.end(), log)
            action, other = other, action
            log = fleets.Log(self.fleet.service)

        answer = self.fleet.carry_out(action)

        self.assert_ended(action, answer, log)
        # They hit something, also while it was rolled back.
        self.assertGreater(self.hits['in flight'], KILLS / 3)
        self.assertGreater(self.hits['rollback: ended'], 0)

    def test_kills_in_either_direction(self) -> None:
        """Whoever comes next may want the opposite."""
        log = fleets.Log(self.fleet.service)
        begin = functools.partial(self.fleet.begin, settle=SETTLE)
        whole = 2 * self.seconds('apply')
        for _ in range(KILLS_IN_EITHER_DIRECTION):
            action = self.random.choice(('apply', 'rollback'))
            sessions = self.fleet.journal.sessions()
            run = begin(action)
            moment = self.moment(run, sessions, whole)
            if run.ended(moment) or not run.kill():
                self.assertEqual(0, run.end()['outcome'], action)
                self.hits[f'{action}: ended'] += 1
            else:
                self.count_kill(action, sessions)

        self.assertEqual(0, begin('apply').end()['outcome'])

        self.assert_each_once()
        # Each was let go of as often as it was taken over, but once.
        taken = log.counts('server.manage.end')
        let_go = log.counts('server.unmanage.end')
        self.assertEqual(
            dict.fromkeys(self.fleet.nodes, 1), dict(taken - let_go)
        )
        self.assertEqual(0, begin('rollback').end()['outcome'])
        self.assert_all_let_go()
        self.assertGreater(self.hits['in flight'], 0)


class TestKilledCommands(KilledTestCase):
    """The real command, killed once it is in the middle of the machines."""

    def setUp(self) -> None:
        super().setUp()
        self.openstack = self.useFixture(
            shell.OpenStackShell(
                '--os-auth-type',
                'none',
                '--os-endpoint',
                self.fleet.service.url,
            )
        )

    def kill_in_the_middle(self, command: list[str]) -> None:
        """Begin a command, and kill it once it begins with machines."""
        journal = self.fleet.journal
        sessions = journal.sessions()
        enough = journal.count('begun') + self.random.randint(1, 8)
        process = self.openstack.begin(command)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.fleet.wait_for(
            lambda: (
                process.poll() is not None or journal.count('begun') >= enough
            ),
            'the next machines',
        )
        self.assertIsNone(process.poll())
        process.kill()
        process.wait()
        self.count_kill('apply', sessions)

    def test_a_killed_command_goes_on(self) -> None:
        command = ['baremetalcompute', 'adoption', 'plan', 'apply']
        command.append(str(self.fleet.path))
        log = fleets.Log(self.fleet.service)
        for _ in range(KILLS_OF_COMMANDS):
            self.kill_in_the_middle(command)

        result = self.openstack.spawn([*command, '-f', 'json'])

        self.assertEqual({'done'}, {row['State'] for row in result.json})
        self.assert_ended('apply', {'outcome': result.code}, log)
        self.assertGreater(self.hits['in flight'], 0, self.hits)
