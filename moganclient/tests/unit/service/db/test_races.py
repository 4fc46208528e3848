"""What has one winner has one winner: at many threads and processes."""

import concurrent.futures
import multiprocessing
import threading

import testtools

from moganclient.service.db import api
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base

PROCESSES = 3
THREADS = 4


def together(count, work):
    """Call ``work(number)`` in so many threads at once; the outcomes."""
    barrier = threading.Barrier(count)

    def begin(number):
        barrier.wait()
        return work(number)

    with concurrent.futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(begin, range(count)))


def process(connection, work, barrier, outcomes, arguments):
    """The body of one process: several threads that do the same."""
    try:
        db = api.Database(connection)
        barrier.wait()
        found = together(THREADS, lambda _number: work(db, *arguments))
        db.dispose()
    except BaseException as error:  # noqa: BLE001
        found = [repr(error)]
    outcomes.put(found)


def reserve(db, flavor_uuid, node_uuid, port_id, uuid=None):
    """Reserve a node and a port; what came of it and for whom."""
    server = base.new_server(
        flavor_uuid,
        uuid=uuid or base.new_uuid(),
        node_uuid=node_uuid or base.new_uuid(),
        ports=[base.new_port(port_id=port_id or base.new_uuid())],
    )
    try:
        return 'won', db.reserve_server(server).uuid
    except exceptions.Conflict as error:
        return error.code, error.server_uuid


def take(db, uuid, owner, lease):
    """Take a flow over as it was seen."""
    return db.take_flow(
        uuid,
        old_owner=owner,
        old_lease=lease,
        owner=base.new_uuid(),
        lease_until=lease + 60,
    )


def begin(db, uuid):
    """Begin a flow."""
    return db.begin_flow(
        uuid,
        flow='unmanage',
        status='unmanaging',
        owner=base.new_uuid(),
        lease_until=1.5,
        from_statuses=['active'],
        request_id=None,
    )


def lease(db, name):
    """Take a lease."""
    return db.take_lease(name, base.new_uuid(), 600)


def swap(db, kind):
    """Claim a key."""
    return api.ClaimStore(db).swap(kind, 'key', None, {'a': base.new_uuid()})


@database.on_every_backend
class Races(base.Base):
    def race(self, work, *arguments):
        """What comes of the same work in all threads of all processes."""
        processes = multiprocessing.get_context('fork')
        barrier = processes.Barrier(PROCESSES)
        outcomes = processes.Queue()
        workers = [
            processes.Process(
                target=process,
                args=(
                    self.fresh.connection,
                    work,
                    barrier,
                    outcomes,
                    arguments,
                ),
            )
            for _ in range(PROCESSES)
        ]
        for worker in workers:
            worker.start()
        found = [outcome for _ in workers for outcome in outcomes.get()]
        for worker in workers:
            worker.join()
        self.assertEqual(PROCESSES * THREADS, len(found), found)
        return found

    def assertOneWinner(self, outcomes, code):
        """One won, and all others were told who."""
        winners = [uuid for outcome, uuid in outcomes if outcome == 'won']
        self.assertEqual(1, len(winners), outcomes)
        self.assertEqual(
            {('won', winners[0]), (code, winners[0])}, set(outcomes)
        )
        servers, _ = self.db.list_servers()
        self.assertEqual(winners, [server.uuid for server in servers])

    def test_one_node(self):
        outcomes = self.race(
            reserve, self.flavor().uuid, base.new_uuid(), None
        )
        self.assertOneWinner(outcomes, 'node_has_server')

    def test_one_port_and_many_nodes(self):
        outcomes = self.race(
            reserve, self.flavor().uuid, None, base.new_uuid()
        )
        self.assertOneWinner(outcomes, 'port_in_use')

    def test_one_uuid_and_many_nodes(self):
        outcomes = self.race(
            reserve, self.flavor().uuid, None, None, base.new_uuid()
        )
        self.assertOneWinner(outcomes, 'server_exists')

    def test_one_uuid_and_one_node(self):
        outcomes = self.race(
            reserve,
            self.flavor().uuid,
            base.new_uuid(),
            base.new_uuid(),
            base.new_uuid(),
        )
        self.assertOneWinner(outcomes, 'node_has_server')

    def test_one_dead_flow(self):
        server = self.server(
            flow='manage', flow_owner='dead', flow_lease=1795449600.123456
        )
        outcomes = self.race(take, server.uuid, 'dead', server.flow_lease)
        self.assertEqual(1, outcomes.count(True))

    def test_one_server_to_begin_a_flow_on(self):
        server = self.server(status='active')
        outcomes = self.race(begin, server.uuid)
        self.assertEqual(1, outcomes.count(True))

    def test_one_lease_that_nobody_had_before(self):
        outcomes = self.race(lease, 'recovery')
        self.assertEqual(1, outcomes.count(True))

    def test_one_claim(self):
        outcomes = self.race(swap, 'kind')
        self.assertEqual(1, outcomes.count(True))

    def test_one_flavor_name(self):
        def create(_number):
            try:
                return self.flavor(name='gold').uuid
            except exceptions.Conflict as error:
                return error.code

        outcomes = together(8, create)
        self.assertEqual(7, outcomes.count('flavor_exists'))

    def test_changes_of_one_server_are_not_lost(self):
        server = self.server(meta={})

        def add(number):
            while True:
                seen = self.db.get_server(server.uuid)
                if self.db.update_server(
                    server.uuid,
                    {'meta': {**seen.meta, str(number): 'x'}},
                    unchanged=seen.updated_at,
                ):
                    return

        together(8, add)
        self.assertEqual(8, len(self.db.get_server(server.uuid).meta))

    def test_reserve_and_let_go_again_and_again(self):
        """Whoever is told who has the node is told somebody who had it."""
        flavor = self.flavor()
        node = base.new_uuid()
        had = set()

        def work(_number):
            told = set()
            for _ in range(10):
                server = base.new_server(
                    flavor.uuid, node_uuid=node, flow_owner='me'
                )
                had.add(server.uuid)
                try:
                    self.db.reserve_server(server)
                except exceptions.NodeHasServer as error:
                    told.add(error.server_uuid)
                else:
                    self.assertTrue(self.db.forget_server(server.uuid, 'me'))
            return told

        told = set().union(*together(6, work))
        self.assertTrue(told <= had, told - had)
        self.assertEqual([], self.db.list_servers()[0])

    def test_flavor_deleted_while_servers_are_reserved_with_it(self):
        for _ in range(5):
            flavor = self.flavor()

            def work(number, flavor=flavor):
                try:
                    if number == 0:
                        self.db.delete_flavor(flavor.uuid)
                        return 'deleted'
                    server = base.new_server(flavor.uuid)
                    self.db.reserve_server(server)
                    return 'reserved'
                except exceptions.ServiceError as error:
                    return error.code

            outcomes = together(4, work)
            if outcomes[0] == 'deleted':
                self.assertEqual(['flavor_not_found'] * 3, outcomes[1:])
            else:
                self.assertEqual('flavor_in_use', outcomes[0])
                self.assertEqual(['reserved'] * 3, outcomes[1:])

    def test_flavor_deleted_when_a_server_is_about_to_have_it(self):
        flavor = self.flavor()
        server = base.new_server(flavor.uuid)
        reserved = threading.Event()

        def work(number):
            if number == 0:
                return self.db.write(
                    lambda session: (
                        session.add(server),
                        session.flush(),
                        reserved.set(),
                    )
                )
            reserved.wait()
            return self.assertRaises(
                exceptions.Conflict, self.db.delete_flavor, flavor.uuid
            ).server_uuid

        self.assertEqual(server.uuid, together(2, work)[1])

    def test_server_reserved_when_its_flavor_is_about_to_be_deleted(self):
        flavor = self.flavor()
        deleted = threading.Event()

        def work(number):
            if number == 0:
                return self.db.write(
                    lambda session: (
                        session.delete(session.merge(flavor)),
                        session.flush(),
                        deleted.set(),
                    )
                )
            deleted.wait()
            return self.assertRaises(
                exceptions.FlavorNotFound,
                self.db.reserve_server,
                base.new_server(flavor.uuid),
            )

        together(2, work)
        self.assertEqual([], self.db.list_servers()[0])


class DeadlockTest(base.Base, testtools.TestCase):
    """Two that wait for each other: one is run again, and both are done."""

    backend = 'postgresql'

    def test_both_are_done(self):
        servers = self.servers(2)
        both = threading.Barrier(2)
        runs = []

        def work(number):
            order = servers if number == 0 else servers[::-1]

            def lock_both(session):
                runs.append(number)
                for place, server in enumerate(order):
                    found = session.get(models.Server, server.id)
                    found.description = f'{number}'
                    session.flush()
                    if place == 0 and len(runs) <= 2:
                        both.wait()

            self.db.write(lock_both)

        together(2, work)
        self.assertEqual(3, len(runs))
        first, second = self.db.list_servers()[0]
        self.assertEqual(first.description, second.description)
