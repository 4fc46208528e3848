"""The library's guide to fleets does what it says, and so do its examples."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
from typing import Any

import fixtures
import testtools

from moganclient import adoption
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional import fixtures as service_fixtures
from moganclient.tests.functional import test_library_guide
from moganclient.v1 import client as v1

ROOT = pathlib.Path(__file__).resolve().parents[3]
GUIDE = ROOT / 'doc' / 'source' / 'user' / 'fleet-library.rst'
EXAMPLE = GUIDE.parent / 'example'

RACKS = 2


class Case(testtools.TestCase):
    """A test with two racks of machines, in a directory of its own."""

    #: Machines in each rack; one of the second is in maintenance.
    units = 12

    def setUp(self):
        super().setUp()
        self.directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        inventory = self.directory / 'inventory.yaml'
        inventory.write_bytes(
            subprocess.check_output(
                [sys.executable, str(ROOT / 'tools' / 'fleet_inventory.py')]
                + ['--racks', str(RACKS), '--units', str(self.units)]
            )
        )
        self.service = self.useFixture(
            service_fixtures.ServiceFixture(
                {'static': {'inventory_file': str(inventory)}}
            )
        )
        self.client = v1.Client(self.service.url)
        self.client.flavor.create('small', {'bm.small': 1})

    def servers(self) -> list[str]:
        """The names of all servers."""
        return sorted(one.name for one in self.client.server.list())


class TestGuide(Case):
    def test_pieces_run_one_after_the_other(self):
        names: dict[str, Any] = {}
        printed = io.StringIO()
        self.addCleanup(os.chdir, os.getcwd())
        self.addCleanup(
            signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM)
        )
        os.chdir(self.directory)

        for block in test_library_guide.blocks(GUIDE):
            code = block.replace('http://127.0.0.1:6688', self.service.url)
            with contextlib.redirect_stdout(printed):
                exec(compile(code, block, 'exec'), names)

        said = printed.getvalue()
        for words in (
            '10 machines: 10 ready',
            'all done',
            'db-01',
            '10 machines: 10 released',
            '0 of 10 to do',
        ):
            self.assertIn(words, said)
        self.assertNotIn('not all was begun', said)
        # What is left: all as it was, and a form for the other rack.
        self.assertEqual([], self.servers())
        self.assertEqual(self.units - 1, len(names['form']['servers']))


class TestScript(Case):
    def adopt(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(EXAMPLE / 'adopt_rack.py')]
            + ['--endpoint', self.service.url, '--yes', *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=self.directory,
            check=False,
        )

    def test_takes_a_rack_over(self):
        done = self.adopt('rack01.yaml', '--rack', 'rack01')

        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertIn(f'{self.units} machines: {self.units} done', done.stdout)
        self.assertEqual(
            [f'db-{number:02}' for number in range(1, self.units + 1)],
            self.servers(),
        )

    def test_servers_have_what_the_script_says(self):
        self.adopt('plan.json', '--rack', 'rack01', '--project', 'payroll')

        [server] = self.client.server.list(name='db-03', all_projects=True)
        self.assertEqual('payroll', server.project_id)
        self.assertEqual(
            {'rack': 'rack01', 'was': 'rack01-u03'}, server.metadata
        )

    def test_says_why_a_machine_is_left_out(self):
        done = self.adopt('rack02.yaml', '--rack', 'rack02')

        self.assertEqual(0, done.returncode)
        self.assertIn(
            'rack02-u11: It is in maintenance (new fans).', done.stdout
        )

    def test_goes_on_when_it_is_run_again(self):
        self.adopt('rack01.yaml', '--rack', 'rack01')
        done = self.adopt('rack01.yaml', '--rack', 'rack01')

        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertIn(f'0 of {self.units} to do', done.stdout)

    def test_tells_what_is_not_done(self):
        adoption.Plan.create(self.client, conductor_group='rack01').save(
            self.directory / 'rack01.yaml'
        )
        other = self.client.server.manage('rack01-u05')
        done = self.adopt('rack01.yaml', '--rack', 'rack01')

        self.assertEqual(1, done.returncode)
        self.assertIn(
            f'rack01-u05: not ready: Server {other.uuid} ("rack01-u05") has '
            'it.',
            done.stdout,
        )

    def test_nothing_to_plan_is_2(self):
        done = self.adopt('rack09.yaml', '--rack', 'rack09')

        self.assertEqual((2, ''), (done.returncode, done.stdout))
        self.assertIn('There is nothing to plan', done.stderr)


class TestWorker(Case):
    # Enough for a run not to end before something is done to it.
    units = 40
    adoptable = RACKS * units - 2

    def setUp(self):
        super().setUp()
        file = EXAMPLE / 'adoption_worker.py'
        spec = importlib.util.spec_from_file_location(file.stem, file)
        self.module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.module)
        self.jobs_directory = self.directory / 'jobs'
        self.jobs_directory.mkdir()
        self.jobs = self.module.Jobs(self.jobs_directory)

    def form(self) -> dict[str, Any]:
        """A plan of all machines, as a form has it."""
        file = self.directory / 'form.json'
        adoption.Plan.create(self.client).save(file)
        plan: dict[str, Any] = json.loads(file.read_text())
        return plan

    def begin(self) -> subprocess.Popen[bytes]:
        """A worker as a process of its own."""
        process = subprocess.Popen(
            [sys.executable, str(EXAMPLE / 'adoption_worker.py')]
            + [str(self.jobs_directory)],
            env={**os.environ, 'TOKEN': 'x'},
            stdin=subprocess.DEVNULL,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def work(self, **more: Any) -> None:
        """A worker in this process, until there is nothing to do."""
        self.module.Worker(self.jobs, lambda job: 'x', **more).work()

    def journal(self, job: str) -> str:
        path = self.jobs.file(job)
        path = path.with_name(f'{path.name}.journal')
        return path.read_text() if path.exists() else ''

    def kept(self, job: str) -> dict[str, int]:
        """How many machines the table has in which state."""
        return dict(
            self.jobs._run(
                'SELECT state, COUNT(*) FROM machines WHERE job = ?'
                ' GROUP BY state',
                job,
            )
        )

    def test_carries_a_plan_out(self):
        job = self.jobs.submit(self.service.url, self.form())
        self.work()

        self.assertEqual(
            ('done', f'{self.adoptable} machines: {self.adoptable} done'),
            self.jobs.state(job),
        )
        self.assertEqual({'done': self.adoptable}, self.kept(job))
        self.assertEqual(self.adoptable, len(self.servers()))

    def test_a_wrong_plan_is_refused_with_its_faults(self):
        form = self.form()
        del form['servers'][0]['flavor']

        error = self.assertRaises(
            adoption.PlanError, self.jobs.submit, self.service.url, form
        )
        self.assertIn('servers[0].flavor is missing', error.faults[0])
        self.assertEqual([], self.jobs.open())

    def test_goes_on_after_a_worker_was_killed(self):
        job = self.jobs.submit(self.service.url, self.form())
        worker = self.begin()
        processes.wait_for(
            lambda: '"done"' in self.journal(job), 60, 'the first machine'
        )
        worker.kill()
        worker.wait()
        left = self.jobs.state(job)[0]
        self.work()

        self.assertEqual('open', left)
        self.assertEqual('done', self.jobs.state(job)[0])
        self.assertEqual(self.adoptable, len(self.servers()))

    def test_is_ended_by_a_signal_with_its_job_left_open(self):
        job = self.jobs.submit(self.service.url, self.form())
        worker = self.begin()
        processes.wait_for(
            lambda: '"begun"' in self.journal(job), 60, 'the first machine'
        )
        # It cannot have done all of them, standing still.
        worker.send_signal(signal.SIGSTOP)
        worker.send_signal(signal.SIGTERM)
        worker.send_signal(signal.SIGCONT)

        self.assertEqual(0, worker.wait(60))
        self.assertEqual('open', self.jobs.state(job)[0])
        self.assertIn('"interrupted": true', self.journal(job))

    def test_another_worker_leaves_a_job_alone(self):
        job = self.jobs.submit(self.service.url, self.form())
        worker = self.begin()
        processes.wait_for(
            lambda: '"begun"' in self.journal(job), 60, 'the first machine'
        )
        worker.send_signal(signal.SIGSTOP)
        second = self.module.Worker(self.jobs, lambda job: 'x')

        said = second._carry_out(job, self.service.url)
        worker.send_signal(signal.SIGCONT)

        self.assertEqual(('open', 'Another worker is at it.'), said)
        self.assertEqual(0, worker.wait(60))
        self.assertEqual('done', self.jobs.state(job)[0])

    def test_a_cancelled_job_begins_nothing_more(self):
        job = self.jobs.submit(self.service.url, self.form())
        keep = self.jobs.keep

        def cancel(job: str, machine: adoption.Machine) -> None:
            keep(job, machine)
            self.jobs.cancel(job)

        self.jobs.keep = cancel
        self.work()

        self.assertEqual('cancelled', self.jobs.state(job)[0])
        self.assertLess(len(self.servers()), self.adoptable)

    def test_a_job_stays_open_while_nobody_answers(self):
        job = self.jobs.submit(self.service.url, self.form())
        self.service.stop()
        worker = self.module.Worker(self.jobs, lambda job: 'x')

        state, message = worker._carry_out(job, self.service.url)

        self.assertEqual('open', state)
        self.assertIn('Cannot connect', message)
