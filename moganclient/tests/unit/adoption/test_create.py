"""Tests of moganclient.adoption.create."""

from __future__ import annotations

import threading
import urllib.parse

import ddt

from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import plan
from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import client

GOLD = {**fakes.FLAVOR, 'name': 'gold', 'resources': {'gold': 1}}
SILVER = {
    **fakes.FLAVOR,
    'uuid': fakes.OTHER_UUID,
    'name': 'silver',
    'resources': {'silver': 1},
}


def node_uuid(number):
    return f'00000000-0000-4000-8000-{number:012d}'


def port_id(number):
    return f'10000000-0000-4000-8000-{number:012d}'


def node(number, **changes):
    return {
        'uuid': node_uuid(number),
        'name': f'rack1-u{number:02}',
        'resource_class': 'gold',
        'owner': None,
        'conductor_group': '',
        'ports': [{'uuid': 'x', 'vif_port_id': port_id(number)}],
        'portgroups': [],
        'adoptable': True,
        'reasons': [],
        **changes,
    }


def not_adoptable(number, *codes):
    return node(
        number,
        adoptable=False,
        reasons=[
            {'code': code, 'message': f'It is {code}.', 'more': 1}
            for code in codes or ('not_active',)
        ],
    )


@ddt.ddt
class TestCreate(fakes.TestCase):
    """Plans of what the cloud tells."""

    def setUp(self):
        super().setUp()
        self.flavors = [GOLD, SILVER]
        self.nodes = [node(1), node(2)]

    def create(self, **arguments):
        self.http.get(f'{fakes.MOGAN}/flavors', json={'flavors': self.flavors})
        self.http.get(
            f'{fakes.MOGAN}/adoptable_nodes',
            json={'adoptable_nodes': self.nodes},
        )
        return plan.Plan.create(self.client, **arguments)

    def left_out(self, **arguments):
        """Codes of the reasons by node, of those that were left out."""
        # One that is fine, for a plan needs one.
        self.nodes.insert(0, node(90, name='fine', owner='o'))
        return {
            left.node_name: [reason['code'] for reason in left.reasons]
            for left in self.create(**arguments).left_out
        }

    def reason(self, **arguments):
        """The one reason of the one node that was left out."""
        self.nodes.insert(0, node(90, name='fine', owner='o'))
        ((reason,),) = (
            left.reasons for left in self.create(**arguments).left_out
        )
        return reason

    def test_servers(self):
        made = self.create()

        self.assertEqual(
            [
                plan.PlannedServer(
                    node=node_uuid(number),
                    name=f'rack1-u0{number}',
                    flavor='gold',
                    ports=[port_id(number)],
                    node_name=f'rack1-u0{number}',
                )
                for number in (1, 2)
            ],
            made.servers,
        )
        self.assertEqual([], made.left_out)
        self.assertEqual(fakes.MOGAN, made.endpoint)
        self.assertIsNone(made.region)
        self.assertIsNone(made.path)

    def test_region_is_that_of_the_client(self):
        self.client = client.Client(fakes.MOGAN, region_name='RegionTwo')

        self.assertEqual('RegionTwo', self.create().region)

    def test_what_all_servers_get(self):
        made = self.create(project='shop', availability_zone='az1')

        self.assertEqual(
            {('shop', 'az1')},
            {
                (server.project, server.availability_zone)
                for server in made.servers
            },
        )

    @ddt.data({'project': ''}, {'availability_zone': 'x' * 256})
    def test_what_no_server_can_get(self, arguments):
        self.assertRaises(exceptions.ValidationError, self.create, **arguments)
        self.assertEqual([], self.sent())

    def test_ports_of_port_groups_too_and_in_lower_case(self):
        self.nodes = [
            node(
                1,
                ports=[{'vif_port_id': port_id(1)}, {'vif_port_id': None}],
                portgroups=[{'vif_port_id': fakes.PORT_UUID.upper()}],
            )
        ]

        self.assertEqual(
            [port_id(1), fakes.PORT_UUID], self.create().servers[0].ports
        )

    def test_requests_are_those_for_lists(self):
        self.create(resource_class='gold', owner='shop', conductor_group='e')

        flavors, nodes = self.sent()
        self.assertEqual('GET /flavors', flavors)
        where = urllib.parse.urlsplit(nodes.removeprefix('GET '))
        self.assertEqual('/adoptable_nodes', where.path)
        query = dict(urllib.parse.parse_qsl(where.query))
        fields = query.pop('fields').split(',')
        self.assertEqual(
            {
                'all': 'true',
                'resource_class': 'gold',
                'owner': 'shop',
                'conductor_group': 'e',
            },
            query,
        )
        self.assertLessEqual({'uuid', 'ports', 'reasons'}, {*fields})

    def test_of_one_node(self):
        self.create(name='rack1-u01')

        self.assertIn('name=rack1-u01', self.sent()[-1])

    def test_node_that_comes_twice_is_there_once(self):
        self.nodes = [node(1), node(1)]

        made = self.create()

        self.assertEqual(1, len(made.servers))
        self.assertEqual([], made.left_out)

    def test_nodes_that_are_not_adoptable_are_left_out(self):
        self.nodes = [
            not_adoptable(1, 'not_active', 'retired'),
            node(2),
            not_adoptable(3),
        ]

        made = self.create()

        self.assertEqual(['rack1-u02'], [one.name for one in made.servers])
        self.assertEqual(
            [
                plan.LeftOut(
                    node_uuid(1),
                    'rack1-u01',
                    [
                        {'code': code, 'message': f'It is {code}.'}
                        for code in ('not_active', 'retired')
                    ],
                ),
                plan.LeftOut(
                    node_uuid(3),
                    'rack1-u03',
                    [{'code': 'not_active', 'message': 'It is not_active.'}],
                ),
            ],
            made.left_out,
        )

    # Flavors

    def test_flavor_is_the_one_that_fits(self):
        self.nodes = [node(1), node(2, resource_class='silver')]

        self.assertEqual(
            ['gold', 'silver'],
            [server.flavor for server in self.create().servers],
        )

    @ddt.data('gold', fakes.FLAVOR_UUID, fakes.FLAVOR_UUID.upper())
    def test_flavor_that_is_told(self, flavor):
        self.flavors.append(
            {**GOLD, 'uuid': fakes.SERVER_UUID, 'name': 'gold-2'}
        )

        self.assertEqual(
            {'gold'},
            {server.flavor for server in self.create(flavor=flavor).servers},
        )

    @ddt.data('bronze', fakes.SERVER_UUID)
    def test_flavor_that_is_not_there(self, flavor):
        error = self.assertRaises(
            exceptions.NotFound, self.create, flavor=flavor
        )

        self.assertIn(flavor, error.message)
        self.assertEqual(['GET /flavors'], self.sent())

    def test_flavor_name_that_two_have(self):
        self.flavors.append({**SILVER, 'name': 'gold'})

        self.assertRaises(exceptions.NoUniqueMatch, self.create, flavor='gold')

    def test_flavor_whose_name_says_too_little_is_written_by_uuid(self):
        self.flavors.append({**GOLD, 'resources': {'x': 1}, 'uuid': 'y'})

        self.assertEqual(fakes.FLAVOR_UUID, self.create().servers[0].flavor)

    def test_flavor_whose_name_is_a_uuid_is_written_by_uuid(self):
        self.flavors = [{**GOLD, 'name': fakes.SERVER_UUID}]

        self.assertEqual(fakes.FLAVOR_UUID, self.create().servers[0].flavor)

    def test_no_flavor_fits(self):
        self.nodes = [node(1, resource_class='lead')]

        reason = self.reason()

        self.assertEqual('no_flavor', reason['code'])
        self.assertIn("resource class 'lead'", reason['message'])

    def test_several_flavors_fit(self):
        self.flavors.append({**SILVER, 'name': 'tin'})
        self.nodes = [node(1, resource_class='silver')]

        reason = self.reason()

        self.assertEqual('several_flavors', reason['code'])
        self.assertIn("'silver' (", reason['message'])
        self.assertIn("'tin' (", reason['message'])

    def test_flavor_that_is_told_does_not_fit(self):
        self.nodes = [node(1, resource_class='silver')]

        self.assertEqual(
            'flavor_does_not_fit', self.reason(flavor='gold')['code']
        )

    def test_flavor_that_is_told_is_disabled(self):
        self.flavors = [{**GOLD, 'disabled': True}]

        error = self.assertRaises(
            errors.NothingAdoptable, self.create, flavor='gold'
        )

        self.assertIn('flavor_disabled 2', error.message)

    # Names

    def test_name_template(self):
        self.nodes = [node(1, owner='shop')]

        (server,) = self.create(name_template='{owner}-{name}').servers

        self.assertEqual('shop-rack1-u01', server.name)
        self.assertEqual('rack1-u01', server.node_name)

    def test_bad_name_template_is_told_before_anything_is_asked(self):
        self.assertRaises(
            exceptions.ValidationError, self.create, name_template='{nmae}'
        )
        self.assertEqual([], self.sent())

    def test_node_without_a_name(self):
        self.nodes = [node(1, name=None)]

        reason = self.reason()

        self.assertEqual('no_name', reason['code'])
        self.assertIn(node_uuid(1), reason['message'])

    def test_node_that_lacks_what_the_template_has(self):
        self.assertEqual(
            {'rack1-u01': ['no_owner'], 'rack1-u02': ['no_owner']},
            self.left_out(name_template='{name}-{owner}'),
        )

    def test_name_that_another_server_of_the_plan_has(self):
        self.nodes = [node(1), node(2, name='rack1-u01')]

        made = self.create()

        self.assertEqual([node_uuid(1)], [one.node for one in made.servers])
        (left,) = made.left_out
        (reason,) = left.reasons
        self.assertEqual('duplicate_name', reason['code'])
        self.assertIn(node_uuid(1), reason['message'])

    # Ports

    def test_port_that_two_nodes_carry(self):
        self.nodes = [node(1), node(2, ports=node(1)['ports']), node(3)]

        made = self.create()

        self.assertEqual([node_uuid(3)], [one.node for one in made.servers])
        self.assertEqual(
            [node_uuid(1), node_uuid(2)], [one.node for one in made.left_out]
        )
        for left, other in zip(made.left_out, (2, 1), strict=True):
            (reason,) = left.reasons
            self.assertEqual('port_of_two_nodes', reason['code'])
            self.assertIn(port_id(1), reason['message'])
            self.assertIn(f'rack1-u0{other}', reason['message'])

    def test_port_that_three_nodes_carry(self):
        ports = node(1)['ports']
        self.nodes = [node(n, ports=ports) for n in (1, 2, 3)]

        self.assertEqual(
            ['rack1-u01', 'rack1-u02', 'rack1-u03'], [*self.left_out()]
        )

    def test_port_of_a_node_that_is_left_out_for_another_reason(self):
        self.nodes = [
            node(1, name=None),
            node(2, ports=node(1)['ports']),
        ]

        self.assertEqual(
            {
                None: ['no_name', 'port_of_two_nodes'],
                'rack1-u02': ['port_of_two_nodes'],
            },
            self.left_out(),
        )

    def test_node_that_carries_no_port(self):
        self.nodes = [node(1, ports=[])]

        self.assertEqual('no_port', self.reason()['code'])

    def test_all_reasons_of_a_node(self):
        self.nodes = [node(1, name='', resource_class='lead', ports=[])]

        self.assertEqual(
            {None: ['no_flavor', 'no_name', 'no_port']}, self.left_out()
        )

    # Nothing to plan

    def test_no_nodes(self):
        self.nodes = []

        error = self.assertRaises(errors.NothingAdoptable, self.create)

        self.assertIn('no node that matches', error.message)

    def test_one_node_that_is_not_adoptable(self):
        self.nodes = [not_adoptable(1, 'not_active', 'retired')]

        error = self.assertRaises(errors.NothingAdoptable, self.create)

        self.assertIn('It is not_active. It is retired.', error.message)
        self.assertEqual(node_uuid(1), error.left_out[0].node)

    def test_no_adoptable_node(self):
        self.nodes = [
            not_adoptable(1, 'retired'),
            not_adoptable(2),
            not_adoptable(3, 'not_active', 'retired'),
            not_adoptable(4),
        ]

        error = self.assertRaises(errors.NothingAdoptable, self.create)

        self.assertIn('of 4 nodes none', error.message)
        self.assertIn('(not_active 3, retired 2)', error.message)
        self.assertIn('for example: It is not_active.', error.message)

    # Progress and an end before its time

    def test_events(self):
        self.nodes = [node(number) for number in range(1100)]
        seen = []

        self.create(on_event=seen.append)

        self.assertEqual(
            [
                events.Surveyed('flavors', 2),
                events.Surveyed('nodes', 1000),
                events.Surveyed('nodes', 1100),
            ],
            seen,
        )

    def test_stop(self):
        stop = threading.Event()

        def listener(event):
            if event.kind == 'nodes':
                stop.set()

        self.nodes = [node(number) for number in range(1100)]

        self.assertRaises(
            errors.Stopped, self.create, on_event=listener, stop=stop
        )

    def test_stop_before_the_beginning(self):
        stop = threading.Event()
        stop.set()

        self.assertRaises(errors.Stopped, self.create, stop=stop)
        self.assertEqual(['GET /flavors'], self.sent())
