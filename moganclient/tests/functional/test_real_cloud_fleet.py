"""A real cloud: all its machines are taken over by a plan, whatever happens.

The fleet is every adoptable machine that is seeded: plain ones, bonds, with
two NICs, protected before, without VIF records.
"""

from __future__ import annotations

import collections
import pathlib
from typing import Any

import fixtures as base_fixtures
from testtools import content
from testtools import content_type

from moganclient.adoption import plan as plans
from moganclient.tests.functional import base
from moganclient.tests.functional import faults
from moganclient.tests.functional import fixtures
from moganclient.tests.functional import fleet as fleets
from moganclient.tests.functional import recorder
from moganclient.tests.functional import runs

#: The part of the cloud's answers that go wrong.
RATE = 0.05
#: How often runs, and the service, are killed.
KILLS = 30
KILLS_OF_THE_SERVICE = 6


class FleetTestCase(base.CloudTestCase):
    """A service of its own, and a plan of all that it can take over."""

    #: Sections of its configuration.
    config: dict[str, dict[str, object]] = {
        'flows': {'settle': 2, 'recovery_interval': 0.5}
    }

    def setUp(self) -> None:
        super().setUp()
        self.before = self.everything()
        self.own = self.useFixture(
            fixtures.ServiceFixture(
                self.recorders.config(self.cloud),
                # As many as the cloud gives, not the shared service's few.
                {name: {'page_size': None} for name in ('ironic', 'neutron')},
                self.config,
            )
        )
        self.addCleanup(self.own.kill)
        self.addCleanup(self._leave_nothing_behind)
        self.caller = self.client('admin', endpoint_override=self.own.url)
        for name, resources in base.FLAVORS.items():
            self.caller.flavor.create(name, resources)
        directory = self.useFixture(base_fixtures.TempDir()).path
        self.path = pathlib.Path(directory) / 'fleet.yaml'
        self.plan = plans.Plan.create(self.caller)
        self.plan.save(self.path)
        self.nodes = [planned.node for planned in self.plan.servers]
        self.assertGreater(len(self.nodes), 25)
        self.journal = fleets.Journal(self.plan.journal_path)
        self.random = fleets.chance(self)
        self.hits: collections.Counter[str] = collections.Counter()
        self.addDetail(
            'hits',
            content.Content(
                content_type.UTF8_TEXT, lambda: [str(self.hits).encode()]
            ),
        )

    def _leave_nothing_behind(self) -> None:
        """Let others have the machines, also where a test failed."""
        for one in self.recorders.all:
            one.clear()
        if not self.own.process.running:
            self.own.start()
        self.wait_for(
            lambda: (
                not {one.status for one in self.servers()}
                & {'managing', 'unmanaging'}
            ),
            'the service to have finished',
        )
        for server in self.servers():
            self.caller.server.unmanage(server)

    def servers(self) -> list[Any]:
        """All servers of its own service."""
        found: list[Any] = self.caller.server.list(all_projects=True)
        return found

    def everything(self) -> dict[str, dict[str, Any]]:
        """All of Ironic and Neutron that is about machines, every field.

        Without the time of the last change and Neutron's count of changes.
        """
        ironic, neutron = self.api.ironic, self.api.neutron
        found = {
            'nodes': ironic.get('/v1/nodes/detail'),
            'ports': ironic.get('/v1/ports/detail'),
            'portgroups': ironic.get('/v1/portgroups/detail'),
            'neutron': neutron.get('/ports'),
        }
        return {
            kind: {
                one.get('uuid') or one['id']: {
                    key: value
                    for key, value in one.items()
                    if key not in ('updated_at', 'revision_number')
                }
                for one in answer.json()[
                    'ports' if kind == 'neutron' else kind
                ]
            }
            for kind, answer in found.items()
        }

    def job(self, action: str, **options: Any) -> runs.Job:
        """What a process does about the plan."""
        return runs.Job(
            action,
            str(self.path),
            self.own.url,
            self.cloud.session('admin').get_token(),
            options,
        )

    def carry_out(self, action: str, **options: Any) -> dict[str, Any]:
        """Do it; see :meth:`runs.Run.end`."""
        return runs.shared().carry_out(self.job(action, **options))

    def assert_all_taken_over(self) -> None:
        """Every machine is one server's, and says so; nothing else changed."""
        servers = {one.node_uuid: one.uuid for one in self.servers()}
        self.assertEqual(set(self.nodes), set(servers))
        self.assertLessEqual(
            {one.status for one in self.servers()}, {'active', 'stopped'}
        )
        self.assertEqual(servers, self.journal.servers('begun'))
        expected: dict[str, Any] = {}
        for planned in self.plan.servers:
            uuid = servers[planned.node]
            node = self.before['nodes'][planned.node]
            expected |= {
                f'/nodes/{planned.node}/instance_uuid': (None, uuid),
                f'/nodes/{planned.node}/protected_reason': (
                    node['protected_reason'],
                    f'Managed as server {uuid} of the bare metal compute API',
                ),
            }
            if not node['protected']:
                where = f'/nodes/{planned.node}/protected'
                expected[where] = (False, True)
            for port in planned.ports:
                was = self.before['neutron'][port]
                expected |= {
                    f'/neutron/{port}/device_id': (was['device_id'], uuid),
                    f'/neutron/{port}/device_owner': (
                        was['device_owner'],
                        'baremetal:none',
                    ),
                }
        self.assertEqual(expected, self.changes())

    def changes(self) -> dict[str, Any]:
        """What is not as it was before the test."""
        return base.differences(self.before, self.everything())

    def assert_as_before(self) -> None:
        """Every field of every node and port, and no servers."""
        self.assertEqual([], self.servers())
        self.assertEqual({}, self.changes())


class TestFaults(FleetTestCase):
    config = faults.config()

    def under_faults(self, action: str) -> dict[str, Any]:
        """Carry out the plan on a cloud that fails now and then."""
        chance = faults.Faults(self.random.random(), RATE)
        chance.begin(*self.recorders.all)
        answer: dict[str, Any] = {'error': 'it was not begun'}
        for _ in range(10):
            answer = self.carry_out(action, timeout=90.0)
            # A look at the whole plan that fails begins nothing.
            if 'error' not in answer:
                break
            self.hits[f'{action}: not begun'] += 1
        chance.end()
        self.hits.update(chance.counts)
        self.hits[f'{action}: requests'] += chance.requests
        self.hits[f'{action}: faults'] += chance.counts.total()
        for state, count in answer.get('counts', {}).items():
            self.hits[f'{action}: {state}'] += count
        return answer

    def assert_ended(self, answer: dict[str, Any], *states: str) -> None:
        """Each machine is in one of the states, or failed with a reason."""
        self.assertNotIn('error', answer)
        for machine in answer['machines'].values():
            self.assertIn(machine['state'], (*states, 'failed'))
            if machine['state'] == 'failed':
                reason = machine['reasons'][0]['message']
                self.assertNotEqual('', reason)
                self.hits[f'failed: {reason}'] += 1

    def test_faults(self) -> None:
        # Taken over, with faults and then without.
        answer = self.under_faults('apply')
        self.assert_ended(answer, 'done')
        answer = self.carry_out('apply')
        self.assertEqual({'DONE': len(self.nodes)}, answer['counts'], answer)
        self.assert_all_taken_over()

        # And back again.
        answer = self.under_faults('rollback')
        self.assert_ended(answer, 'released')
        answer = self.carry_out('rollback')
        self.assertEqual(0, answer['outcome'], answer)
        self.assert_as_before()

        # There were some, and of every kind.
        self.assertEqual(set(), set(faults.KINDS) - set(self.hits))


class TestKilled(FleetTestCase):
    def kill(self, action: str) -> dict[str, Any] | None:
        """Begin a run and kill it; what came of it, if it was quicker."""
        begun = self.journal.count('begun') + self.journal.count('releasing')
        enough = begun + self.random.randint(0, 3)
        sessions = self.journal.sessions()
        run = runs.shared().begin(self.job(action))
        self.addCleanup(run.kill)

        def there() -> bool:
            begun = self.journal.count('begun')
            begun += self.journal.count('releasing')
            return run.ended(0) or (
                begun >= enough and self.journal.sessions() > sessions
            )

        self.wait_for(there, 'the run to begin')
        if run.ended(self.random.uniform(0, 0.3)) or not run.kill():
            return run.end()
        left = len(self.journal.left_open())
        self.hits[f'{action}: with {left} in flight'] += 1
        self.hits['in flight'] += bool(left)
        return None

    def test_kills(self) -> None:
        action, other = 'apply', 'rollback'
        kills = 0
        while kills < KILLS:
            answer = self.kill(action)
            if answer is None:
                kills += 1
                continue
            self.assert_ended(action, answer)
            action, other = other, action
        self.assert_ended(action, self.carry_out(action))
        if action == 'apply':
            self.assert_ended('rollback', self.carry_out('rollback'))
        self.assertGreater(self.hits['in flight'], KILLS / 3)

    def assert_ended(self, action: str, answer: dict[str, Any]) -> None:
        """A run that nobody killed finished all there was."""
        self.hits[f'{action}: ended'] += 1
        self.assertEqual(0, answer['outcome'], answer)
        if action == 'apply':
            self.assert_all_taken_over()
        else:
            self.assert_as_before()

    def test_kills_of_the_service(self) -> None:
        for action, event in (('apply', 'done'), ('rollback', 'released')):
            run = runs.shared().begin(self.job(action))
            self.addCleanup(run.kill)
            for _ in range(KILLS_OF_THE_SERVICE // 2):
                self.kill_the_service(action, event, run)
            answer = run.end()

            self.assert_ended(action, answer)
        self.assertGreater(self.hits['in flight'], 0)

    def kill_the_service(self, action: str, event: str, run: runs.Run) -> None:
        """Kill it in the middle of a run, and start it again."""
        enough = self.journal.count(event) + self.random.randint(1, 4)
        self.wait_for(
            lambda: run.ended(0) or self.journal.count(event) >= enough,
            'the next machines',
        )
        self.assertFalse(run.ended(self.random.uniform(0, 0.3)))
        self.own.kill()
        left = len(self.journal.left_open())
        self.hits[f'{action}: with {left} in flight'] += 1
        self.hits['in flight'] += bool(left)
        self.own.start()


class TestSomebodyElse(FleetTestCase):
    def test_a_port_that_somebody_takes_is_theirs(self) -> None:
        planned = self.plan.servers[-1]
        (port,) = planned.ports
        taken = {'device_id': planned.node, 'device_owner': 'compute:nova'}

        def take(_: recorder.Exchange) -> None:
            self.api.update_port(port, **taken)

        self.recorders.neutron.on('PUT', f'/ports/{port}$', before=take)
        self.addCleanup(
            self.api.update_port, port, device_id='', device_owner=''
        )

        answer = self.carry_out('apply')

        self.assertEqual(1, answer['outcome'])
        machine = answer['machines'][planned.node]
        self.assertEqual('failed', machine['state'])
        self.assertIn(port, machine['reasons'][0]['message'])
        answer = self.carry_out('rollback')
        self.assertEqual(0, answer['outcome'], answer)
        self.assertEqual(
            {
                f'/neutron/{port}/{key}': ('', value)
                for key, value in taken.items()
            },
            self.changes(),
        )
