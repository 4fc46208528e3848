"""What happens around a run over a fleet, and what it makes of it."""

from __future__ import annotations

import signal
import subprocess
from typing import Any

import testtools

from moganclient.adoption import errors
from moganclient.tests.functional import faults
from moganclient.tests.functional import fleet as fleets
from moganclient.tests.functional import recorder
from moganclient.tests.functional import runs
from moganclient.tests.functional import shell
from moganclient.tests import machines

_VERBS = {'apply': 'manage', 'rollback': 'unmanage'}
_COMMAND = ['baremetalcompute', 'adoption', 'plan']


class FleetTestCase(testtools.TestCase):
    #: Machines.
    count = 30

    def setUp(self) -> None:
        super().setUp()
        self.fleet = self.useFixture(fleets.Fleet(self.count))
        self.log = fleets.Log(self.fleet.service)
        self.shell = self.useFixture(
            shell.OpenStackShell(
                '--os-auth-type',
                'none',
                '--os-endpoint',
                self.fleet.service.url,
            )
        )

    def begin(self, action: str = 'apply', **more: Any) -> runs.Run:
        run = self.fleet.begin(action, **more)
        self.addCleanup(run.kill)
        return run

    def begin_and_hold(self, done: int = 3, **more: Any) -> runs.Run:
        """A run that stands still in the middle."""
        run = self.begin(**more)
        self.fleet.wait_until_done(done)
        run.signal(signal.SIGSTOP)
        return run

    def openstack(self, *arguments: str, ok: bool = True) -> shell.Result:
        """A command of plans, in a process of its own."""
        return self.shell.spawn([*_COMMAND, *arguments], ok=ok)

    def assert_all_done(self, answer: dict[str, Any]) -> None:
        """Every machine is one server's, and was taken over once."""
        self.assertEqual({'DONE': self.count}, answer.get('counts'), answer)
        fleet = self.fleet
        servers = fleet.servers()
        self.assertEqual(set(fleet.nodes), set(servers))
        self.assertEqual(servers, fleet.claims())
        self.assertEqual(servers, fleet.journal.servers('begun'))
        self.assertEqual(
            {'active'}, {status for _, status in fleet.rows().values()}
        )
        self.assertEqual(
            dict.fromkeys(fleet.nodes, 1),
            dict(self.log.counts('server.manage.end')),
        )

    def assert_nothing_is_lost(self) -> None:
        """Of every server that there is, the journal knows."""
        servers = self.fleet.servers()
        known = self.fleet.journal.servers('begun')
        self.assertEqual(servers, {node: known.get(node) for node in servers})


class TestServiceRestarts(FleetTestCase):
    """The service goes away under a run, and comes back."""

    count = 60

    def restart(self, how: str) -> dict[str, Any]:
        run = self.begin()
        for _ in range(3):
            self.fleet.wait_until_done(2)
            getattr(self.fleet.service, how)()
            self.fleet.service.start()
        return run.end()

    def test_a_killed_service(self) -> None:
        self.assert_all_done(self.restart('kill'))

    def test_a_stopped_service(self) -> None:
        self.assert_all_done(self.restart('terminate'))

    def test_letting_go_from_a_killed_service(self) -> None:
        self.fleet.carry_out()
        run = self.begin('rollback')
        before = self.fleet.journal.count('released')
        self.fleet.wait_for(
            lambda: self.fleet.journal.count('released') > before + 4,
            'some machines',
        )
        self.fleet.service.kill()
        self.fleet.service.start()

        answer = run.end()

        self.assertEqual({'RELEASED': self.count}, answer['counts'], answer)
        self.assertEqual({}, self.fleet.rows())
        self.assertEqual({}, self.fleet.leftovers())

    def test_one_that_does_not_come_back(self) -> None:
        run = self.begin(options={'timeout': 3.0})
        self.fleet.wait_until_done(4)
        self.fleet.service.kill()

        answer = run.end()

        # It says so, instead of trying every machine for as long.
        self.assertEqual(1, answer['outcome'], answer)
        self.assertIn(self.fleet.service.url, answer['stopped'])
        self.assertGreater(answer['counts']['NOT_BEGUN'], 10, answer)
        self.fleet.service.start()
        self.assert_all_done(self.fleet.carry_out())


class TestTwoAtOnce(FleetTestCase):
    def test_the_second_is_refused_while_the_first_lives(self) -> None:
        first = self.begin_and_hold()

        error = self.assertRaises(
            errors.JournalInUse, self.fleet.load().apply, self.fleet.client
        )

        self.assertEqual(first.pid, error.holder['pid'])
        self.assertEqual('apply', error.holder['action'])
        self.assertIn(str(first.pid), error.message)

    def test_so_is_a_rollback(self) -> None:
        self.begin_and_hold()

        answer = self.fleet.carry_out('rollback')

        self.assertEqual('JournalInUse', answer.get('error'), answer)

    def test_a_command_exits_with_2(self) -> None:
        first = self.begin_and_hold()

        result = self.openstack('apply', str(self.fleet.path), ok=False)

        self.assertEqual(2, result.code, result)
        self.assertIn(str(first.pid), result.stderr)

    def test_who_works_on_it_is_shown(self) -> None:
        first = self.begin_and_hold()

        shown = self.fleet.load().show(self.fleet.client)

        self.assertEqual(first.pid, shown.under_way['pid'])

    def test_after_the_first_was_killed_the_second_goes_on(self) -> None:
        self.begin_and_hold().kill()

        self.assert_all_done(self.fleet.carry_out())

    def test_nobody_works_on_it_any_more_when_all_is_done(self) -> None:
        self.fleet.carry_out()

        shown = self.fleet.load().show(self.fleet.client)

        self.assertIsNone(shown.under_way)


class TestTwoPlans(FleetTestCase):
    """Two plans of the same machines, and two journals."""

    def test_each_machine_is_one_plans(self) -> None:
        other = self.fleet.path.with_name('other.yaml')
        other.write_text(self.fleet.path.read_text())

        both = [
            self.begin(),
            runs.shared().begin(
                runs.Job('apply', str(other), self.fleet.service.url)
            ),
        ]

        first, second = (
            {
                node
                for node, machine in run.end()['machines'].items()
                if machine['state'] == 'done'
            }
            for run in both
        )
        self.assertEqual(set(), first & second)
        self.assertEqual(set(self.fleet.nodes), first | second)
        self.assertEqual(self.fleet.servers(), self.fleet.claims())
        # Each lets go of its own.
        self.assertEqual(0, self.fleet.carry_out('rollback')['outcome'])
        self.assertEqual(second, set(self.fleet.servers()))


class TestInterrupted(FleetTestCase):
    """Ctrl-C, as it reaches the real command."""

    def begin_command(self) -> subprocess.Popen[str]:
        process = self.shell.begin([*_COMMAND, 'apply', str(self.fleet.path)])
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        self.fleet.wait_until_done(3)
        return process

    def test_what_is_in_flight_is_finished_and_what_remains_is_said(
        self,
    ) -> None:
        process = self.begin_command()

        process.send_signal(signal.SIGINT)

        stderr = process.communicate()[1]
        self.assertEqual(130, process.returncode, stderr)
        self.assertEqual(set(), self.fleet.journal.left_open())
        done = len(self.fleet.servers())
        self.assertIn(f'{done} done', stderr)
        self.assertIn(f'{self.count - done} not begun', stderr)
        self.assertNotIn('Traceback', stderr)
        self.assert_all_done(self.fleet.carry_out())

    def test_twice_leaves_at_once_and_the_journal_knows(self) -> None:
        process = self.begin_command()
        # It cannot finish anything.
        self.fleet.service.process.signal(signal.SIGSTOP)
        self.addCleanup(self.fleet.service.process.signal, signal.SIGCONT)
        self.fleet.wait_for(
            lambda: len(self.fleet.journal.left_open()) == 4, 'a stand-still'
        )

        process.send_signal(signal.SIGINT)
        assert process.stderr
        while 'Ctrl-C' not in process.stderr.readline():
            self.assertIsNone(process.poll())
        process.send_signal(signal.SIGINT)

        stderr = process.communicate()[1]
        self.assertEqual(130, process.returncode, stderr)
        self.assertNotIn('Traceback', stderr)
        self.fleet.service.process.signal(signal.SIGCONT)
        self.assert_nothing_is_lost()
        self.assert_all_done(self.fleet.carry_out())


class TestBadNetwork(FleetTestCase):
    """What is between the client and the service fails now and then."""

    def setUp(self) -> None:
        super().setUp()
        self.proxy = self.useFixture(recorder.Recorder(self.fleet.service.url))

    def test_all_is_done_once(self) -> None:
        chance = fleets.chance(self)
        kinds = [
            kind
            for kind in faults.KINDS
            if kind != 'conflict' and 'in time' not in kind
        ]
        bad = faults.Faults(chance.random(), 0.2, kinds)
        bad.begin(self.proxy)
        self.fleet.edit(
            lambda document: document['cloud'].update(
                endpoint=f'{self.proxy.url}/v1'
            )
        )

        for action in ('apply', 'rollback', 'apply'):
            log = fleets.Log(self.fleet.service)
            answer = self.fleet.carry_out(action, endpoint=self.proxy.url)
            self.assertEqual(0, answer.get('outcome'), answer)
            event = f'server.{_VERBS[action]}.end'
            self.assertEqual(
                dict.fromkeys(self.fleet.nodes, 1), dict(log.counts(event))
            )
        self.assertEqual(set(kinds), set(bad.counts))
        self.assertEqual(self.fleet.servers(), self.fleet.claims())


class TestSomebodyElse(FleetTestCase):
    """Others act on the same machines while a run is under way."""

    def setUp(self) -> None:
        super().setUp()
        self.run_ = self.begin_and_hold(options={'jobs': 2})
        # What is in flight ends; nothing else begins.
        self.last = self.fleet.nodes[-1]
        self.assertNotIn(self.last, self.fleet.journal.servers('begun'))

    def take_the_last(self) -> str:
        number = self.count - 1
        server = self.fleet.client.server.manage(
            machines.node_uuid(number),
            'theirs',
            flavor=fleets.FLAVOR,
            ports=machines.port_ids(number),
        )
        return str(server.uuid)

    def go_on(self) -> dict[str, Any]:
        self.run_.signal(signal.SIGCONT)
        return self.run_.end()

    def let_go_of_one(self) -> str:
        """Of one that the run had taken over; its node."""
        node, server = next(iter(self.fleet.journal.servers('done').items()))
        self.fleet.client.server.unmanage(server)
        return node

    def test_a_machine_that_they_took_is_theirs(self) -> None:
        theirs = self.take_the_last()

        answer = self.go_on()

        self.assertEqual(1, answer['outcome'])
        machine = answer['machines'][self.last]
        self.assertEqual('failed', machine['state'])
        self.assertIn(theirs, machine['reasons'][0]['message'])
        self.assertEqual(theirs, self.fleet.servers()[self.last])
        self.assertEqual(
            {'DONE': self.count - 1, 'FAILED': 1}, answer['counts']
        )

    def test_it_stays_theirs_in_the_next_run_and_in_a_rollback(self) -> None:
        theirs = self.take_the_last()
        self.go_on()

        answer = self.fleet.carry_out()

        self.assertEqual(1, answer['outcome'])
        self.assertEqual(0, answer['begun'])
        self.assertEqual(
            'not ready', answer['machines'][self.last]['state'], answer
        )
        self.assertEqual(0, self.fleet.carry_out('rollback')['outcome'])
        self.assertEqual({self.last: theirs}, self.fleet.servers())

    def test_what_they_let_go_of_is_not_taken_again(self) -> None:
        node = self.let_go_of_one()

        self.assertEqual(
            {'DONE': self.count}, self.go_on()['counts'], 'at its end'
        )

        answer = self.fleet.carry_out()
        self.assertEqual(1, answer['outcome'])
        self.assertEqual('lost', answer['machines'][node]['state'])
        self.assertNotIn(node, self.fleet.servers())
        shown = self.fleet.load().show(self.fleet.client)
        self.assertEqual(
            ['lost'],
            [one.state for one in shown.machines if one.node == node],
        )

    def test_a_rollback_does_not_mind_what_they_let_go_of(self) -> None:
        self.let_go_of_one()
        self.go_on()

        answer = self.fleet.carry_out('rollback')

        self.assertEqual({'RELEASED': self.count}, answer['counts'])
        self.assertEqual({}, self.fleet.leftovers())

    def test_what_they_let_go_of_and_took_is_theirs(self) -> None:
        node = self.let_go_of_one()
        number = self.fleet.nodes.index(node)
        theirs = self.fleet.client.server.manage(
            node,
            'theirs',
            flavor=fleets.FLAVOR,
            ports=machines.port_ids(number),
        )
        self.go_on()

        answer = self.fleet.carry_out()

        self.assertEqual('lost', answer['machines'][node]['state'])
        self.assertEqual(theirs.uuid, self.fleet.servers()[node])
        self.assertEqual(0, self.fleet.carry_out('rollback')['outcome'])
        self.assertEqual({node: theirs.uuid}, self.fleet.servers())
