"""Tests of looking at a plan and of carrying it out, at the command line."""

from __future__ import annotations

import os
import signal
import threading

import ddt
import fixtures
import requests

from moganclient.adoption import journal as journals
from moganclient.adoption import plan as plans
from moganclient.osc import interrupts
from moganclient.tests.unit.adoption import cloud
from moganclient.tests.unit.osc.v1 import plans as base

COLUMNS = ['Node Name', 'Node', 'Name', 'State', 'Server UUID', 'Reasons']
KEYSTONE = 'http://keystone.test/v3'


class Base(base.TestCase):
    """With the plan in its file."""

    def setUp(self) -> None:
        super().setUp()
        self.plan.save(self.path)

    def states_of(self, verb: str, *arguments: str, code: int = 0):
        return [row['State'] for row in self.json(verb, *arguments, code=code)]


class TestCheck(Base):
    def test_all_are_ready(self):
        self.assertEqual(['ready'] * 3, self.states_of('check'))

    def test_a_row(self):
        self.assertEqual(
            {
                'Node Name': 'rack1-u00',
                'Node': cloud.node_uuid(0),
                'Name': 'server-0',
                'State': 'ready',
                'Reasons': [],
            },
            self.json('check')[0],
        )

    def test_long(self):
        row = self.json('check', '--long')[0]
        self.assertIsNone(row['Request ID'])
        self.assertIsInstance(row['Line'], int)

    def test_one_is_not_ready(self):
        self.reason(1)
        rows = self.json('check', code=1)
        self.assertEqual(
            [{'code': 'not_active', 'message': 'It is not_active.'}],
            rows[1]['Reasons'],
        )

    def test_none_is_ready(self):
        for number in range(self.COUNT):
            self.reason(number)
        self.states_of('check', code=1)

    def test_the_table_has_the_sentences(self):
        self.reason(1)
        self.assertIn(
            'It is not_active.', self.openstack('check', code=1).stdout
        )

    def test_a_summary_is_said(self):
        self.reason(1)
        self.assertEqual(
            '3 machines: 2 ready, 1 not ready\n',
            self.openstack('check', code=1).stderr,
        )

    def test_quietly(self):
        self.reason(1)
        self.assertEqual(
            '', self.openstack('check', code=1, quiet=True).stderr
        )

    def test_yaml(self):
        self.assertIn(
            'State: ready', self.openstack('check', '-f', 'yaml').stdout
        )

    def test_a_project_that_there_is_not(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.osc.lookups.find_project_id',
                lambda manager, project: None,
            )
        )
        self.path.unlink()
        self.plan.servers[1].project = 'no-such'
        self.plan.save(self.path)
        rows = self.json('check', code=1)
        (reason,) = rows[1]['Reasons']
        self.assertEqual('project_not_found', reason['code'])

    def test_nothing_is_written(self):
        before = sorted(os.listdir(self.path.parent))
        self.openstack('check')
        self.assertEqual([], self.writes())
        self.assertEqual(before, sorted(os.listdir(self.path.parent)))


@ddt.ddt
class TestNothingCouldBeStarted(Base):
    """The exit code is 2, and a sentence says why."""

    VERBS = ('check', 'apply', 'show', 'rollback')

    def refused(self, verb: str, *arguments: str) -> str:
        ended = self.openstack(verb, *arguments, code=2)
        self.assertEqual('', ended.stdout)
        self.assertEqual([], self.writes())
        return ended.stderr

    @ddt.data(*VERBS)
    def test_no_plan(self, verb):
        self.path.unlink()
        self.assertIn(str(self.path), self.refused(verb))
        self.assertEqual([], self.cloud.asked)

    @ddt.data(*VERBS)
    def test_another_cloud_s_plan(self, verb):
        text = self.path.read_text()
        self.path.write_text(text.replace('mogan.test', 'other.test'))
        self.assertIn('See --any-endpoint', self.refused(verb))

    @ddt.data(*VERBS)
    def test_the_same_cloud_at_another_endpoint(self, verb):
        text = self.path.read_text()
        self.openstack('apply')
        self.path.write_text(text.replace('mogan.test', 'other.test'))
        self.openstack(verb, '--any-endpoint')

    @ddt.data(*VERBS)
    def test_a_mistyped_column(self, verb):
        self.assertIn('no column "Stat"', self.refused(verb, '-c', 'Stat'))
        self.assertEqual([], self.cloud.asked)

    def test_every_fault_of_a_plan_is_a_line(self):
        self.path.write_text(
            self.path.read_text().replace('flavor: gold', 'flavor: []')
        )
        said = self.refused('check').splitlines()
        self.assertEqual(3, len(said))
        for line in said:
            self.assertIn('fleet.yaml:', line)

    def test_nobody_listens_there(self):
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.retries.Policy.delay', lambda *args: None
            )
        )
        self.cloud.http.get(
            cloud.ENDPOINT, exc=requests.exceptions.ConnectionError('refused')
        )
        self.assertIn(cloud.ENDPOINT, self.refused('check'))

    def test_credentials_that_are_not_accepted(self):
        self.cloud.http.post(f'{KEYSTONE}/auth/tokens', status_code=401)
        self.cloud.http.get(KEYSTONE, status_code=300, json={})
        ended = self.shell.run(
            [
                '--os-auth-type', 'v3password', '--os-auth-url', KEYSTONE,
                '--os-username', 'u', '--os-password', 'p',
                '--os-user-domain-id', 'd', *base.COMMAND, 'check',
                str(self.path),
            ],
            ok=False,
        )  # fmt: skip
        self.assertEqual(2, ended.code, ended)
        self.assertIn('401', ended.stderr)

    def test_somebody_else_is_at_it(self):
        with journals.Journal.open(
            self.plan.journal_path,
            action='apply',
            plan='fleet.yaml',
            endpoint=cloud.ENDPOINT,
            region=None,
            jobs=1,
        ):
            self.assertIn(f'process {os.getpid()}', self.refused('apply'))

    def test_a_service_that_is_too_old(self):
        self.cloud.newest = '1.2'
        self.assertIn('1.3 is needed', self.refused('apply'))

    def test_everything_is_in_the_way(self):
        for number in range(self.COUNT):
            self.reason(number)
        self.states_of('apply', code=2)

    def test_a_traceback_for_those_who_want_one(self):
        self.path.unlink()
        failure = self.assertRaises(
            AssertionError,
            self.shell.run,
            ['--debug', *base.COMMAND, 'check', str(self.path)],
            ok=False,
        )
        self.assertIn('PlanError', str(failure))

    @ddt.data('0', '65', 'x', '1.5')
    def test_jobs_that_there_cannot_be(self, jobs):
        self.assertIn('from 1 to 64', self.refused('apply', '--jobs', jobs))

    @ddt.data('0', '-1', 'x', 'nan', 'inf')
    def test_a_timeout_that_is_none(self, seconds):
        said = self.refused('apply', f'--timeout={seconds}')
        self.assertIn('above 0', said)


class TestApply(Base):
    def test_all_are_done(self):
        self.assertEqual(['done'] * 3, self.states_of('apply'))
        self.assertEqual(['POST /servers/manage'] * 3, self.writes())

    def test_a_row(self):
        row = self.json('apply')[0]
        self.assertEqual(COLUMNS, list(row))
        self.assertEqual(self.cloud.of_node(0), row['Server UUID'])

    def test_again_there_is_nothing_to_do(self):
        self.openstack('apply')
        self.cloud.asked.clear()
        self.states_of('apply')
        self.assertEqual([], self.writes())

    def test_one_fails_and_the_others_are_done(self):
        self.cloud.faults = [cloud.answers(409, 'node_locked')]
        ended = self.openstack('apply', '--jobs', '1', code=1)
        self.assertEqual(
            'rack1-u00: failed: It is node_locked. (req-of-node_locked)\n'
            '3 machines: 2 done, 1 failed\n',
            ended.stderr.split('\n', 1)[1],
        )

    def test_the_first_line_says_what_is_to_do(self):
        self.reason(2)
        said = self.openstack('apply', code=1).stderr
        self.assertEqual('2 of 3 to do; 1 not ready', said.splitlines()[0])

    def test_stop_on_error(self):
        self.cloud.faults = [cloud.answers(409, 'node_locked')]
        ended = self.openstack(
            'apply', '--jobs', '1', '--stop-on-error', code=1
        )
        self.assertIn('2 not begun', ended.stderr)

    def test_why_it_was_stopped_is_said_even_quietly(self):
        self.cloud.faults = [cloud.answers(409, 'node_locked')]
        ended = self.openstack(
            'apply', '--jobs', '1', '--stop-on-error', code=1, quiet=True
        )
        self.assertIn('a failure was to stop the run', ended.stderr)

    def test_quietly(self):
        self.cloud.faults = [cloud.answers(409, 'node_locked')]
        self.assertEqual(
            '', self.openstack('apply', code=1, quiet=True).stderr
        )

    def test_a_dry_run_changes_nothing(self):
        self.assertEqual(['ready'] * 3, self.states_of('apply', '--dry-run'))
        self.assertEqual([], self.writes())
        self.assertFalse(self.plan.journal_path.exists())

    def test_a_dry_run_says_so(self):
        said = self.openstack('apply', '--dry-run').stderr
        self.assertIn('Nothing was changed', said)

    def test_a_dry_run_of_what_cannot_be(self):
        for number in range(self.COUNT):
            self.reason(number)
        self.states_of('apply', '--dry-run', code=1)

    def test_a_project_s_id_without_keystone(self):
        self.path.unlink()
        self.plan.servers[0].project = 'p1'
        self.plan.save(self.path)
        self.openstack('apply', '--jobs', '1')
        self.assertEqual('p1', self.cloud.bodies[0]['project_id'])


class TestInterrupted(Base):
    def setUp(self) -> None:
        super().setUp()
        # A job in the background of a shell has Ctrl-C ignored.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        made = self.made = []

        class Noted(interrupts.Interrupts):
            def __init__(self) -> None:
                super().__init__()
                made.append(self)

        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.osc.interrupts.Interrupts', Noted
            )
        )
        self.over = threading.Event()
        self.addCleanup(self.over.set)

    def press(self, number: signal.Signals = signal.SIGINT) -> None:
        """Press Ctrl-C, and wait until that was seen."""
        os.kill(os.getpid(), number)
        self.assertTrue(self.made[-1].stop.wait(60))

    def test_what_is_in_flight_is_finished(self):
        self.cloud.faults = [lambda request, context: self.press()]
        self.assertEqual(
            ['done', 'not begun', 'not begun'],
            self.states_of('apply', '--jobs', '1', code=130),
        )

    def test_it_says_how_to_go_on(self):
        self.cloud.faults = [lambda request, context: self.press()]
        said = self.openstack('apply', '--jobs', '1', code=130).stderr
        self.assertIn('3 machines: 1 done, 2 not begun', said)
        self.assertIn(
            f'To go on: openstack baremetalcompute adoption plan '
            f'apply {self.path}',
            said,
        )

    def test_it_says_what_a_second_would_do(self):
        self.cloud.faults = [lambda request, context: self.press()]
        said = self.openstack('apply', '--jobs', '1', code=130).stderr
        self.assertIn('It was stopped.', said)
        self.assertIn('Press Ctrl-C again to leave at once.', said)

    def test_it_goes_on_then(self):
        self.cloud.faults = [lambda request, context: self.press()]
        self.openstack('apply', '--jobs', '1', code=130)
        self.assertEqual(['done'] * 3, self.states_of('apply'))
        self.assertEqual(3, len(self.cloud.made))

    def test_a_rollback_too(self):
        self.openstack('apply')
        self.cloud.faults = [lambda request, context: self.press()]
        self.assertEqual(
            ['released', 'not begun', 'not begun'],
            self.states_of('rollback', '--jobs', '1', code=130),
        )

    def test_the_second_leaves_at_once(self):
        def twice(request, context):
            self.press()
            os.kill(os.getpid(), signal.SIGINT)
            self.over.wait(60)

        self.cloud.faults = [twice]
        ended = self.openstack('apply', '--jobs', '1', code=130)
        self.assertEqual('', ended.stdout)
        self.assertFalse(self.over.is_set())
        self.assertIn('What was in flight is looked at', ended.stderr)


class TestShow(Base):
    def test_before_anything_was_done(self):
        self.assertEqual(['ready'] * 3, self.states_of('show'))

    def test_afterwards(self):
        self.openstack('apply')
        row = self.json('show')[0]
        self.assertEqual([*COLUMNS[:-1], 'Status', 'Reasons'], list(row))
        self.assertEqual(('done', 'active'), (row['State'], row['Status']))

    def test_what_failed_is_no_failure_of_showing(self):
        self.cloud.faults = [cloud.answers(409, 'node_locked')]
        self.openstack('apply', '--jobs', '1', code=1)
        rows = self.json('show', '--long')
        self.assertEqual('failed', rows[0]['State'])
        self.assertEqual('req-of-node_locked', rows[0]['Request ID'])

    def test_who_is_at_it(self):
        with journals.Journal.open(
            self.plan.journal_path,
            action='apply',
            plan='fleet.yaml',
            endpoint=cloud.ENDPOINT,
            region=None,
            jobs=1,
        ):
            said = self.openstack('show').stderr
        self.assertIn('right now: action apply', said)
        self.assertIn(f'pid {os.getpid()}', said)


class TestRollback(Base):
    def test_all_are_released(self):
        self.openstack('apply')
        self.assertEqual(['released'] * 3, self.states_of('rollback'))
        self.assertEqual({}, self.cloud.servers)

    def test_nothing_was_taken_over(self):
        self.openstack('apply')
        self.openstack('rollback')
        said = self.openstack('rollback').stderr
        self.assertIn('There is nothing that it took over.', said)

    def test_without_a_journal_it_is_no_success(self):
        said = self.openstack('rollback', code=2).stderr
        self.assertIn(f'There is no journal {self.path}.journal', said)

    def test_one_fails(self):
        self.openstack('apply')
        self.cloud.faults = [cloud.answers(409, 'node_locked')]
        ended = self.openstack('rollback', '--jobs', '1', code=1)
        self.assertIn('2 released', ended.stderr)

    def test_a_dry_run_changes_nothing(self):
        self.openstack('apply')
        self.cloud.asked.clear()
        ended = self.openstack('rollback', '--dry-run')
        self.assertEqual([], self.writes())
        self.assertIn('would be let go of: 3', ended.stderr)


class TestPlanFile(Base):
    def test_the_plan_is_never_changed(self):
        before = self.path.read_bytes()
        for verb in ('check', 'apply', 'show', 'rollback'):
            self.openstack(verb)
        self.assertEqual(before, self.path.read_bytes())
        self.assertEqual(3, len(plans.Plan.load(self.path).servers))
