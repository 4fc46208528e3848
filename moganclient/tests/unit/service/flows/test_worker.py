"""The worker: who gets a turn when, and what becomes of the rest."""

import threading
import time
from unittest import mock

import testtools

from moganclient.service import exceptions
from moganclient.service.flows import job as job_mod
from moganclient.service.flows import recovery
from moganclient.service.flows import worker as worker_mod
from moganclient.tests.unit.service.flows import building


class Job:
    """Takes its turns as it is told, and counts them."""

    def __init__(self, *results, key='job', flow=None):
        self.key = key
        self.flow = flow
        self.results = list(results)
        self.turns = 0
        self.left = 0
        self.done = threading.Event()

    def turn(self, runtime):
        self.turns += 1
        result = self.results.pop(0) if self.results else None
        if result is None:
            self.done.set()
        if isinstance(result, Exception):
            raise result
        return result

    def leave(self, runtime):
        self.left += 1


class WorkerTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.runtime = mock.Mock()
        self.runtime.conf.flows.workers = 2
        self.runtime.conf.flows.lease = 1000.0
        self.worker = worker_mod.Worker(self.runtime)

    def start(self):
        self.worker.start()
        self.addCleanup(self.worker.stop, 5)

    def wait(self, job):
        self.assertTrue(job.done.wait(10), 'it was given no turn')

    def test_until_it_is_over(self):
        job = Job(0.0, 0.01, None)
        self.start()
        self.worker.submit(job)
        self.wait(job)
        self.assertEqual(3, job.turns)

    def test_a_job_that_waits_holds_nobody_up(self):
        slow, quick = Job(None, key='slow'), Job(None, key='quick')
        self.start()
        self.worker.submit(slow, 3600)
        self.worker.submit(quick)
        self.wait(quick)
        self.assertEqual(0, slow.turns)

    def test_hurried(self):
        slow, other = Job(None, key='slow'), Job(None, key='other')
        self.start()
        self.worker.submit(slow, 3600)
        self.worker.submit(other, 3600)
        self.worker.hurry('slow')
        self.wait(slow)
        self.assertEqual(0, other.turns)

    def test_an_accident_stops_no_thread(self):
        job = Job(RuntimeError('bug'), None)
        self.start()
        with mock.patch.object(worker_mod, '_AFTER_ACCIDENT', 0.0):
            self.worker.submit(job)
            self.wait(job)
        self.assertEqual(2, job.turns)

    def test_what_waits_when_it_stops_is_left_to_others(self):
        job = Job()
        self.start()
        self.worker.submit(job, 3600)
        self.worker.stop(5)
        self.assertEqual((0, 1), (job.turns, job.left))

    def test_a_turn_that_is_under_way_is_ended_first(self):
        entered, go_on = threading.Event(), threading.Event()
        job = Job()

        def turn(runtime):
            entered.set()
            go_on.wait(10)
            return 3600.0

        job.turn = turn
        self.start()
        self.worker.submit(job)
        entered.wait(10)
        stopping = threading.Thread(target=self.worker.stop, args=(10,))
        stopping.start()
        go_on.set()
        stopping.join(10)
        self.assertEqual(1, job.left)

    def test_leaving_that_fails_leaves_the_others(self):
        first, second = Job(), Job()
        first.leave = mock.Mock(side_effect=exceptions.Unavailable('Down.'))
        self.start()
        self.worker.submit(first, 3600)
        self.worker.submit(second, 3600)
        self.worker.stop(5)
        self.assertEqual(1, second.left)

    def renewing(self, *results):
        """Leases are renewed often, with these results."""
        self.runtime.conf.flows.lease = 0.04
        self.often = threading.Event()
        left = list(results)
        self.renewed = []

        def renew(owners, until):
            self.renewed.append(owners)
            if left:
                raise left.pop(0)
            self.often.set()

        self.runtime.db.renew_flows = renew

    def test_leases_are_renewed_though_no_thread_is_free(self):
        go_on = threading.Event()
        self.addCleanup(go_on.set)
        for number in range(2):
            slow = Job(key=f'slow {number}', flow=(f's{number}', f'o{number}'))
            slow.turn = lambda runtime: go_on.wait(20) and None
            self.worker.submit(slow)
        self.worker.submit(Job(flow=('server', 'owner')), 0.01)
        self.worker.submit(Job(), 3600)
        self.renewing()
        self.start()
        self.assertTrue(self.often.wait(10), 'nothing was renewed')
        self.assertEqual({'server': 'owner'}, self.renewed[-1])

    def test_leases_are_renewed_after_an_outage(self):
        self.renewing(exceptions.Unavailable('Down.'), RuntimeError('bug'))
        self.start()
        self.assertTrue(self.often.wait(10), 'nothing was renewed')

    def test_whose_jobs_there_are(self):
        seen = []
        job = Job(flow=('server', 'owner'))
        job.turn = lambda runtime: seen.append(self.worker.owners())
        self.worker.submit(job)
        self.worker.submit(Job())
        self.assertEqual({'owner'}, self.worker.owners())
        self.worker.drain()
        self.assertEqual([{'owner'}], seen)
        self.assertEqual(set(), self.worker.owners())

    def test_never_started_it_leaves_nothing(self):
        """Tests and tools that run no background work."""
        job = Job()
        self.worker.submit(job, 3600)
        self.worker.stop(0)
        self.assertEqual(0, job.left)


class RuntimeTest(building.Case):
    """The worker of a whole service."""

    def until(self, condition):
        deadline = time.monotonic() + 20
        waited = threading.Event()
        while not condition():
            self.assertLess(time.monotonic(), deadline, 'it never came so')
            waited.wait(0.02)

    def test_the_background_builds_and_watches_power(self):
        self.runtime.start_background()
        server = self.start()
        self.until(lambda: self.row(server).status == 'active')
        self.runtime.driver.set_power(server_node(self, server), 'power off')
        self.runtime.db.update_server(
            server.uuid,
            {'status': 'powering-off', 'power_target': 'power off'},
        )
        self.until(lambda: self.row(server).status == 'stopped')

    def test_stopped_another_process_goes_on_at_once(self):
        self.fail_first(
            self.runtime.driver,
            'get_allocation',
            *[exceptions.UpstreamConflict('Locked.')] * 1000,
        )
        self.runtime.start_background()
        server = self.start()
        self.until(lambda: self.row(server).flow_step == 'allocate')
        other = self.world.open()
        self.addCleanup(other.stop)
        self.runtime.stop()
        self.assertEqual(0, recovery.recover(other))
        other.worker.drain(200)
        self.assertEqual('active', other.db.get_server(server.uuid).status)

    def test_what_waits_for_a_thread_is_taken_by_nobody(self):
        """A backlog: the lease is over before the first turn."""
        server = self.start()
        other = self.world.open()
        self.addCleanup(other.stop)
        self.runtime.db.update_server(server.uuid, {'flow_lease': 1.0})
        self.runtime.worker.renew()
        recovery.recover(other)
        self.assertEqual(server.flow_owner, self.row(server).flow_owner)

    def test_a_process_does_not_recover_what_it_works_on(self):
        server = self.start()
        self.runtime.db.update_server(server.uuid, {'flow_lease': 1.0})
        recovery.recover(self.runtime)
        self.assertEqual(server.flow_owner, self.row(server).flow_owner)

    def test_a_lease_is_renewed_while_a_write_is_waited_out(self):
        server = self.start()
        job = job_mod.FlowJob(
            server.uuid, server.flow_owner, settled_at=time.time() + 1000
        )
        self.runtime.db.update_server(server.uuid, {'flow_lease': 1.0})
        self.assertEqual(20.0, job.turn(self.runtime))
        self.assertLess(time.time(), self.row(server).flow_lease)
        self.assertEqual(self.before, self.world.state())


def server_node(case, server):
    return case.row(server).node_uuid
