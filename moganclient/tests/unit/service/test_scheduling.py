"""Which nodes fit, and why the others do not."""

import ddt
import testtools

from moganclient.service.db import models
from moganclient.service.drivers import base
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
        self.assertIn(sentence, error.detail)

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
