"""Which nodes fit, and why the others do not."""

import collections
from unittest import mock

import ddt
import fixtures
import testtools

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service.flows import build
from moganclient.service.flows import recovery
from moganclient.service import scheduling
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building

GROUP = 'cccccccc-0000-4000-8000-000000000002'


def node(uuid, **values):
    values = {
        'power_state': 'power off',
        'provision_state': 'available',
        'resource_class': 'baremetal.gold',
        **values,
    }
    return base.NodeState(
        uuid, uuid, values.pop('instance_uuid', None), **values
    )


def aggregate(**meta):
    return models.Aggregate(uuid='a', name='a', meta=meta)


def wish(**values):
    return scheduling.Wish(**{'resources': {'baremetal.gold': 1}, **values})


@ddt.ddt
class CandidatesTest(testtools.TestCase):
    def candidates(self, nodes, asked=None, aggregates=None, taken=()):
        return scheduling.candidates(
            nodes, aggregates or {}, taken, asked or wish()
        )

    def refused(self, sentence, nodes, *args, **kwargs):
        error = self.assertRaises(
            scheduling.NoNode, self.candidates, nodes, *args, **kwargs
        )
        self.assertEqual('No node fits.', error.detail)
        self.assertIn(sentence, error.inside)

    def test_those_that_are_free(self):
        found = self.candidates([node('1'), node('2')])
        self.assertEqual(['1', '2'], found.nodes)
        self.assertEqual('baremetal.gold', found.resource_class)

    def test_a_flavor_may_be_written_normalized(self):
        asked = wish(resources={'CUSTOM_BAREMETAL_GOLD': '1'})
        found = self.candidates([node('1')], asked)
        self.assertEqual('baremetal.gold', found.resource_class)

    def test_of_two_classes_that_are_one_the_larger(self):
        nodes = [
            node('1', resource_class='baremetal_gold'),
            node('2'),
            node('3'),
        ]
        asked = wish(resources={'CUSTOM_BAREMETAL_GOLD': 1})
        found = self.candidates(nodes, asked)
        self.assertEqual(['2', '3'], found.nodes)

    @ddt.data(
        ({'resource_class': 'gold'}, '1 have another resource class'),
        ({'resource_class': None}, '1 have another resource class'),
        ({'instance_uuid': 'x'}, '1 are in use'),
        ({'maintenance': True}, '1 are in maintenance'),
        ({'retired': True}, '1 are not available'),
        ({'provision_state': 'active'}, '1 are not available'),
        ({'power_state': None}, '1 have no power state'),
    )
    @ddt.unpack
    def test_what_speaks_against_a_node(self, values, sentence):
        self.refused(sentence, [node('1', **values)])

    def test_a_node_that_has_a_server_whatever_it_says(self):
        self.refused('1 are in use', [node('1')], taken=['1'])

    def test_traits(self):
        nodes = [
            node('1', traits=['CUSTOM_A']),
            node('2', traits=['CUSTOM_A', 'CUSTOM_B', 'CUSTOM_C']),
        ]
        asked = wish(traits=frozenset({'CUSTOM_A', 'CUSTOM_B'}))
        self.assertEqual(['2'], self.candidates(nodes, asked).nodes)
        self.refused('1 lack the trait CUSTOM_B', nodes[:1], asked)

    def test_all_that_are_free_fit(self):
        """Class and traits say it: thousands of candidates would be sent."""
        nodes = [node('1', traits=['CUSTOM_A']), node('2', maintenance=True)]
        nodes.append(node('3', resource_class='silver'))
        found = self.candidates(nodes)
        self.assertIsNone(found.to_ask_for())
        asked = wish(traits=frozenset({'CUSTOM_A'}))
        found = self.candidates([*nodes, node('4')], asked)
        self.assertIsNone(found.to_ask_for())

    def test_one_that_only_seems_to_be_free(self):
        found = self.candidates([node('1'), node('2')], taken=['1'])
        self.assertEqual(['2'], found.to_ask_for())

    @ddt.data(
        {'availability_zone': 'az1'},
        {'aggregates': {'affinity_zone': 'a'}},
        {'policy': 'affinity'},
    )
    def test_what_the_inventory_does_not_know_takes_candidates(self, values):
        """Though all fit now: one that comes meanwhile need not."""
        said = {'1': [aggregate(availability_zone='az1', affinity_zone='a')]}
        found = self.candidates([node('1')], wish(**values), said)
        self.assertEqual(['1'], found.to_ask_for())

    def test_a_sample_of_many(self):
        nodes = [node(str(number)) for number in range(2000)]
        found = self.candidates(nodes, taken=['0'])
        sample = found.to_ask_for()
        self.assertEqual(200, len(set(sample)))
        self.assertLess(set(sample), set(found.nodes))
        self.assertNotEqual(sample, found.to_ask_for())

    def test_an_availability_zone(self):
        zones = {
            '1': [aggregate(availability_zone='az1')],
            '2': [aggregate(ssd='true'), aggregate(availability_zone='az2')],
        }
        nodes = [node('1'), node('2'), node('3')]
        asked = wish(availability_zone='az2')
        self.assertEqual(['2'], self.candidates(nodes, asked, zones).nodes)
        self.refused(
            '2 are not in the availability zone "az2"',
            [nodes[0], nodes[2]],
            asked,
            zones,
        )

    @ddt.data('true', True, 'True')
    def test_what_aggregates_have_to_say(self, value):
        said = {'1': [aggregate(ssd='true')], '2': [aggregate(ssd='false')]}
        nodes = [node('1'), node('2')]
        asked = wish(aggregates={'ssd': value})
        self.assertEqual(['1'], self.candidates(nodes, asked, said).nodes)

    ZONES = {
        '1': [aggregate(affinity_zone='a')],
        '2': [aggregate(affinity_zone='b')],
    }

    @ddt.data(
        ('affinity', (), ['1', '2']),
        ('affinity', ('b',), ['2']),
        ('anti-affinity', (), ['1', '2']),
        ('anti-affinity', ('b',), ['1']),
    )
    @ddt.unpack
    def test_server_groups(self, policy, zones, expected):
        asked = wish(policy=policy, zones=frozenset(zones))
        nodes = [node('1'), node('2'), node('3')]
        found = self.candidates(nodes, asked, self.ZONES)
        self.assertEqual(expected, found.nodes)

    @ddt.data(
        ('affinity', 'c', 'not in the server group'),
        ('anti-affinity', 'ab', 'that the server group has already'),
    )
    @ddt.unpack
    def test_server_groups_that_leave_none(self, policy, zones, sentence):
        asked = wish(policy=policy, zones=frozenset(zones))
        self.refused(sentence, [node('1'), node('2')], asked, self.ZONES)

    def test_a_node_without_affinity_zone(self):
        self.refused(
            '1 are in no affinity zone', [node('3')], wish(policy='affinity')
        )

    def test_each_node_is_counted_once(self):
        nodes = [
            node('1', resource_class='x', maintenance=True),
            node('2', resource_class='x'),
            node('3', maintenance=True, instance_uuid='y'),
        ]
        self.refused(
            'Of 3 there are: 2 have another resource class, '
            '1 are in maintenance.',
            nodes,
        )

    def test_no_node_at_all(self):
        self.refused('no node at all', [])


@ddt.ddt
class PlacedTest(building.Case):
    """Servers that are built where they are to be."""

    machines = 4

    def setUp(self):
        super().setUp()
        for number, zone in enumerate(('az1', 'az1', 'az2', 'az2')):
            self.aggregate(
                number, availability_zone=zone, affinity_zone=f'rack-{zone}'
            )

    def aggregate(self, number, **meta):
        uuid = f'cccccccc-0000-4000-8000-0000000001{number:02d}'
        self.runtime.db.create_aggregate(
            models.Aggregate(uuid=uuid, name=f'a{number}', meta=meta)
        )
        self.runtime.db.add_aggregate_node(
            uuid, machines.node_uuid(number), f'bare-{number}'
        )

    def group(self, policy):
        self.runtime.db.create_server_group(
            models.ServerGroup(
                uuid=GROUP,
                name='g',
                policies=[policy],
                project_id=machines.PROJECT,
            )
        )

    def test_in_an_availability_zone(self):
        server = self.build(availability_zone='az2')
        self.assertEqual('bare-2', server.node_name)

    def test_the_zone_is_the_nodes_where_none_was_asked_for(self):
        server = self.build()
        self.assertEqual('az1', server.availability_zone)
        self.assertEqual('rack-az1', server.affinity_zone)

    def test_anti_affinity(self):
        self.group('anti-affinity')
        found = [self.start(name=name, group_uuid=GROUP) for name in 'abc']
        self.drain()
        rows = [self.row(one) for one in found]
        self.assertEqual(
            ['rack-az1', 'rack-az2', None], [one.affinity_zone for one in rows]
        )
        self.assertEqual('no_valid_node', rows[2].fault['code'])

    def test_affinity(self):
        self.build(availability_zone='az1')
        self.group('affinity')
        found = [self.start(name=name, group_uuid=GROUP) for name in 'abc']
        self.drain()
        zones = {self.row(one).affinity_zone for one in found[:1]}
        self.assertEqual({'rack-az1'}, zones)
        self.assertEqual(
            ['active', 'error', 'error'],
            [self.row(one).status for one in found],
        )

    def test_members_are_placed_one_after_the_other(self):
        """Another process is placing one: it is waited for."""
        self.group('anti-affinity')
        self.runtime.db.take_lease(f'server group {GROUP}', 'another', 60)
        server = self.start(group_uuid=GROUP)
        self.runtime.worker.drain(3)
        self.assertIsNone(self.row(server).node_uuid)
        self.runtime.db.drop_lease(f'server group {GROUP}', 'another')
        self.drain()
        self.assertEqual('active', self.row(server).status)

    def test_the_place_is_free_again_when_it_is_deleted(self):
        self.group('anti-affinity')
        for _ in range(3):
            server = self.build(group_uuid=GROUP)
            self.assertEqual('rack-az1', server.affinity_zone)
            self.destroy(server)
            self.drain()

    def test_a_lease_of_the_group_is_whoevers_the_flow_is(self):
        """A process that died while it placed a member blocks nobody."""
        self.group('anti-affinity')
        server = self.start(group_uuid=GROUP)
        self.wrap(
            self.runtime.driver, 'allocate', mock.Mock(side_effect=Killed)
        )
        self.assertRaises(Killed, self.drain)
        del self.runtime.driver.allocate
        self.runtime.db.update_server(server.uuid, {'flow_lease': 1.0})
        recovery.recover(self.runtime)
        self.runtime.conf.set_override('settle', 0.0, 'flows')
        self.drain()
        self.assertEqual('active', self.row(server).status)
        self.assertTrue(
            self.runtime.db.take_lease(f'server group {GROUP}', 'next', 1)
        )


class Killed(BaseException):
    """Ends a turn as SIGKILL does."""


class SharingTest(building.Case):
    """How often the inventory is asked."""

    machines = 30

    def setUp(self):
        super().setUp()
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.shared_nodes.SECONDS', 3600.0
            )
        )
        self.listed = []
        for name in ('list_nodes', 'list_free_nodes'):
            self.wrap(self.runtime.driver, name, self.counted(name))

    def counted(self, name):
        def method(inner, *args):
            self.listed.append(name)
            return inner(*args)

        return method

    def start_many(self, count):
        with deadline.limit(10):
            return build.start(
                self.runtime,
                machines.context(),
                [
                    self.world.build_request(name=f's{number}')
                    for number in range(count)
                ],
            )

    def statuses(self, servers):
        return collections.Counter(self.row(one).status for one in servers)

    def test_builds_that_begin_together_share_one_look(self):
        # The static driver's own goes through its list of all.
        del self.runtime.driver.list_nodes
        servers = self.start_many(20)
        self.drain(2000)
        self.assertEqual({'active': 20}, self.statuses(servers))
        self.assertEqual(['list_free_nodes'], self.listed)

    def test_those_beyond_the_free_nodes_share_what_speaks_against_it(self):
        servers = self.start_many(40)
        self.drain(2000)
        self.assertEqual({'active': 30, 'error': 10}, self.statuses(servers))
        self.assertLessEqual(self.listed.count('list_free_nodes'), 2)
        # With the one of the static driver's own.
        self.assertLessEqual(self.listed.count('list_nodes'), 3)

    def test_one_that_was_given_back_is_found_at_once(self):
        """However old the answer that there is none may be."""
        servers = self.start_many(30)
        self.drain(2000)
        self.assertEqual('no_valid_node', self.build().fault['code'])
        self.destroy(servers[0])
        self.drain()
        self.assertEqual('active', self.build().status)

    def test_the_inventory_is_asked_for_no_candidates(self):
        seen = []

        def allocate(inner, *args, candidates, **kwargs):
            seen.append(candidates)
            return inner(*args, candidates=candidates, **kwargs)

        self.wrap(self.runtime.driver, 'allocate', allocate)
        self.build()
        self.assertEqual([None], seen)

    def test_a_flavor_in_the_normalized_spelling(self):
        flavor = self.runtime.db.create_flavor(
            models.Flavor(
                uuid='ffffffff-0000-4000-8000-00000000000f',
                name='normalized',
                resources={'CUSTOM_BAREMETAL_GENERAL': 1},
            )
        )
        server = self.build(flavor_uuid=flavor.uuid)
        self.assertEqual('active', server.status)
