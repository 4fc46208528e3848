"""The static driver answers as Ironic, Neutron and Glance would."""

import concurrent.futures

import testtools

from moganclient.service import conf as service_conf
from moganclient.service.db import api
from moganclient.service.drivers import base
from moganclient.service.drivers import inventory
from moganclient.service.drivers import static
from moganclient.service import exceptions
from moganclient.service import networks
from moganclient.tests import database

SERVER = 'd1c2b3a4-0000-4000-8000-000000000001'
OTHER = 'd1c2b3a4-0000-4000-8000-000000000002'
PORT = '753eadaa-f219-4a2b-9932-b721161c3a3e'
PORT_2 = '753eadaa-f219-4a2b-9932-b721161c3a3f'
MAC = '52:54:00:ab:cd:ef'


def uuid_of(number):
    return f'1be26c0b-0000-4000-8000-{number:012d}'


def node(number, **values):
    """A node that could be taken over."""
    return base.Node(
        **{
            'uuid': uuid_of(number),
            'name': f'n{number}',
            'provision_state': 'active',
            'power_state': 'power on',
            **values,
        }
    )


class StaticTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.database = self.useFixture(database.Fresh()).open()

    def driver(self, *nodes, ports=()):
        found = inventory.Inventory(
            nodes=list(nodes), ports={port.id: port for port in ports}
        )
        return static.StaticDriver(found, api.ClaimStore(self.database))


class ListTest(StaticTestCase):
    def names(self, driver, **query):
        page = driver.list_adoptable_nodes(base.NodeQuery(**query))
        return [found.name for found in page.nodes]

    def names_by_pages(self, driver, **query):
        """All pages, one after the other."""
        names = []
        marker = None
        while True:
            page = driver.list_adoptable_nodes(
                base.NodeQuery(marker=marker, **query)
            )
            names.append([found.name for found in page.nodes])
            marker = page.next_marker
            if marker is None:
                return names

    def test_leaves_out_what_cannot_be_taken_over(self):
        driver = self.driver(
            node(1),
            node(2, provision_state='available'),
            node(3, maintenance=True),
            node(4, retired=True),
            node(5, instance_uuid=OTHER),
            node(6),
        )
        driver.claim_node(uuid_of(6), SERVER, 'reason')
        self.assertEqual(['n1'], self.names(driver))

    def test_all_leaves_out_nothing(self):
        driver = self.driver(
            node(1, maintenance=True),
            node(2, instance_uuid=OTHER),
            node(3, provision_state='enroll'),
        )
        self.assertEqual(['n1', 'n2', 'n3'], self.names(driver, all=True))

    def test_all_shows_claims(self):
        driver = self.driver(node(1))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        page = driver.list_adoptable_nodes(base.NodeQuery(all=True))
        self.assertEqual(SERVER, page.nodes[0].instance_uuid)

    def test_filters_are_exact(self):
        driver = self.driver(
            node(1, resource_class='gold', owner='a', conductor_group='x'),
            node(2, resource_class='Gold', owner='A', conductor_group='X'),
            node(3),
        )
        for name, value in (
            ('resource_class', 'gold'),
            ('owner', 'a'),
            ('conductor_group', 'x'),
        ):
            self.assertEqual(['n1'], self.names(driver, **{name: value}))

    def test_sorted_with_nodes_without_a_value_last(self):
        driver = self.driver(
            node(1, owner=None),
            node(2, owner='b'),
            node(3, owner='a'),
            node(4, owner='b'),
        )
        self.assertEqual(
            ['n3', 'n2', 'n4', 'n1'], self.names(driver, sort_key='owner')
        )
        self.assertEqual(
            ['n2', 'n4', 'n3', 'n1'],
            self.names(driver, sort_key='owner', descending=True),
        )

    def test_every_documented_sort_key_is_known(self):
        driver = self.driver(node(1), node(2, name=None, power_state=None))
        for key in base.SORT_KEYS:
            self.assertEqual(2, len(self.names(driver, sort_key=key)))

    def test_backwards_without_a_key_is_the_files_order_reversed(self):
        driver = self.driver(node(1), node(2))
        self.assertEqual(['n2', 'n1'], self.names(driver, descending=True))

    def test_pages(self):
        driver = self.driver(*(node(number) for number in range(1, 6)))
        self.assertEqual(
            [['n1', 'n2'], ['n3', 'n4'], ['n5']],
            self.names_by_pages(driver, limit=2),
        )

    def test_full_last_page_says_that_it_is_the_last(self):
        driver = self.driver(node(1), node(2))
        page = driver.list_adoptable_nodes(base.NodeQuery(limit=2))
        self.assertIsNone(page.next_marker)

    def test_claimed_nodes_do_not_make_a_page_shorter(self):
        driver = self.driver(*(node(number) for number in range(1, 7)))
        for number in (1, 2, 4):
            driver.claim_node(uuid_of(number), SERVER, 'reason')
        self.assertEqual(
            [['n3', 'n5'], ['n6']], self.names_by_pages(driver, limit=2)
        )

    def test_page_after_a_node_that_was_claimed_meanwhile(self):
        driver = self.driver(node(1), node(2), node(3))
        page = driver.list_adoptable_nodes(base.NodeQuery(limit=1))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        self.assertEqual(
            ['n2', 'n3'], self.names(driver, marker=page.next_marker)
        )

    def test_unknown_marker(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.names, self.driver(), marker=SERVER
        )
        self.assertEqual('marker_not_found', error.code)
        self.assertIn(SERVER, error.detail)

    def test_unknown_sort_key(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.names, self.driver(), sort_key='size'
        )
        self.assertIn('"size"; known are created_at, name,', error.detail)

    def test_changing_what_was_returned_changes_no_node(self):
        driver = self.driver(node(1))
        driver.list_adoptable_nodes(base.NodeQuery()).nodes[0].name = 'x'
        self.assertEqual('n1', driver.get_node(uuid_of(1)).name)


class GetTest(StaticTestCase):
    def test_by_name(self):
        self.assertEqual(uuid_of(1), self.driver(node(1)).get_node('n1').uuid)

    def test_by_uuid_in_any_case(self):
        driver = self.driver(node(1))
        self.assertEqual('n1', driver.get_node(uuid_of(1).upper()).name)

    def test_names_in_another_case_are_others(self):
        driver = self.driver(node(1))
        error = self.assertRaises(
            exceptions.NodeNotFound, driver.get_node, 'N1'
        )
        self.assertIn('"N1"', error.detail)

    def test_node_without_a_name_is_found_by_no_name(self):
        driver = self.driver(node(1, name=None))
        self.assertRaises(exceptions.NodeNotFound, driver.get_node, 'None')


class ClaimTest(StaticTestCase):
    def test_claim_is_shown(self):
        driver = self.driver(node(1))
        claimed = driver.claim_node(uuid_of(1), SERVER, 'Has a server.')
        self.assertEqual(
            (SERVER, True, 'Has a server.'),
            (
                claimed.instance_uuid,
                claimed.protected,
                claimed.protected_reason,
            ),
        )
        self.assertEqual(claimed, driver.get_node(uuid_of(1)))

    def test_claim_that_leaves_protection_alone(self):
        driver = self.driver(node(1, protected=True, protected_reason='x'))
        claimed = driver.claim_node(uuid_of(1), SERVER, None)
        self.assertEqual(
            (SERVER, True, 'x'),
            (
                claimed.instance_uuid,
                claimed.protected,
                claimed.protected_reason,
            ),
        )

    def test_claim_is_remembered_by_another_process(self):
        self.driver(node(1)).claim_node(uuid_of(1), SERVER, 'reason')
        again = self.driver(node(1)).get_node(uuid_of(1))
        self.assertEqual(SERVER, again.instance_uuid)

    def test_claim_with_the_uuid_of_an_instance_of_the_file(self):
        driver = self.driver(node(1), node(2, instance_uuid=OTHER))
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            driver.claim_node,
            uuid_of(1),
            OTHER,
            'reason',
        )
        self.assertIn(OTHER, error.detail)

    def test_claim_with_the_uuid_of_an_instance_that_is_gone(self):
        driver = self.driver(node(1), node(2, instance_uuid=OTHER))
        driver.release_node(uuid_of(2))
        claimed = driver.claim_node(uuid_of(1), OTHER, 'reason')
        self.assertEqual(OTHER, claimed.instance_uuid)

    def test_holder_of_an_instance(self):
        driver = self.driver(node(1), node(2, instance_uuid=OTHER))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        self.assertEqual(uuid_of(1), driver.find_holder(SERVER).uuid)
        self.assertEqual(uuid_of(2), driver.find_holder(OTHER).uuid)

    def test_holder_of_an_instance_that_nobody_has(self):
        self.assertIsNone(self.driver(node(1)).find_holder(SERVER))

    def test_claim_for_the_same_server_again(self):
        driver = self.driver(node(1))
        first = driver.claim_node(uuid_of(1), SERVER, 'reason')
        self.assertEqual(
            first, driver.claim_node(uuid_of(1), SERVER, 'reason')
        )

    def test_claim_of_a_node_that_a_server_has(self):
        driver = self.driver(node(1))
        driver.claim_node(uuid_of(1), OTHER, 'reason')
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            driver.claim_node,
            uuid_of(1),
            SERVER,
            'reason',
        )
        self.assertIn(OTHER, error.detail)
        self.assertEqual(OTHER, driver.get_node('n1').instance_uuid)

    def test_claim_of_a_node_that_the_file_says_is_in_use(self):
        driver = self.driver(node(1, instance_uuid=OTHER))
        self.assertRaises(
            exceptions.UpstreamConflict,
            driver.claim_node,
            uuid_of(1),
            SERVER,
            'reason',
        )

    def test_claim_of_no_node(self):
        self.assertRaises(
            exceptions.NodeNotFound,
            self.driver().claim_node,
            uuid_of(1),
            SERVER,
            'reason',
        )

    def test_release_gives_back_what_was_before(self):
        before = node(1, protected=True, protected_reason='Payroll.')
        driver = self.driver(before)
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        released = driver.release_node(
            uuid_of(1), protected=True, protected_reason='Payroll.'
        )
        self.assertEqual(before, released)
        self.assertEqual(before, driver.get_node(uuid_of(1)))

    def test_release_forgets_the_claim(self):
        driver = self.driver(node(1))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        driver.release_node(uuid_of(1), protected=False)
        store = api.ClaimStore(self.database)
        self.assertEqual({}, store.get_many('static.node'))

    def test_release_can_leave_the_protection_alone(self):
        driver = self.driver(node(1))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        released = driver.release_node(uuid_of(1))
        self.assertEqual(
            (None, True, 'reason'),
            (
                released.instance_uuid,
                released.protected,
                released.protected_reason,
            ),
        )

    def test_release_can_leave_the_instance_alone(self):
        driver = self.driver(node(1))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        released = driver.release_node(
            uuid_of(1), instance_uuid=False, protected=False
        )
        self.assertEqual(
            (SERVER, False, None),
            (
                released.instance_uuid,
                released.protected,
                released.protected_reason,
            ),
        )

    def test_release_does_not_look_whose_it_is(self):
        driver = self.driver(node(1, instance_uuid=OTHER))
        self.assertIsNone(driver.release_node(uuid_of(1)).instance_uuid)
        self.assertIsNone(driver.get_node(uuid_of(1)).instance_uuid)

    def test_release_twice(self):
        driver = self.driver(node(1))
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        for _ in range(2):
            released = driver.release_node(uuid_of(1), protected=False)
            self.assertEqual(node(1), released)

    def test_states_of_all_nodes(self):
        driver = self.driver(
            node(1), node(2, instance_uuid=OTHER), node(3, power_state=None)
        )
        driver.claim_node(uuid_of(1), SERVER, 'reason')
        self.assertEqual(
            [
                (uuid_of(1), 'n1', SERVER, 'power on'),
                (uuid_of(2), 'n2', OTHER, 'power on'),
                (uuid_of(3), 'n3', None, None),
            ],
            [
                (one.uuid, one.name, one.instance_uuid, one.power_state)
                for one in driver.list_nodes()
            ],
        )

    def test_one_of_many_claims_at_once_wins(self):
        driver = self.driver(node(1))
        servers = [f'{SERVER[:-2]}{number:02d}' for number in range(16)]

        def claim(server):
            try:
                driver.claim_node(uuid_of(1), server, 'reason')
            except exceptions.UpstreamConflict:
                return None
            return server

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            winners = [won for won in pool.map(claim, servers) if won]
        self.assertEqual([driver.get_node('n1').instance_uuid], winners)


class PortsTest(StaticTestCase):
    def setUp(self):
        super().setUp()
        self.networks = self.driver(
            ports=[
                networks.Port(PORT, mac_address=MAC, revision_number=1),
                networks.Port(PORT_2, mac_address=MAC, revision_number=1),
            ]
        ).networks()

    def test_by_id_those_that_exist(self):
        found = self.networks.ports_by_id([PORT, SERVER, PORT])
        self.assertEqual([PORT], list(found))
        self.assertEqual(MAC, found[PORT].mac_address)

    def test_by_mac_in_any_case(self):
        found = self.networks.ports_by_mac([MAC.upper(), '00:00:00:00:00:00'])
        self.assertEqual([PORT, PORT_2], [port.id for port in found])

    def test_device_is_remembered(self):
        written = self.networks.set_device(PORT, SERVER, 'baremetal:none', 1)
        self.assertEqual(
            networks.Port(
                PORT,
                mac_address=MAC,
                device_id=SERVER,
                device_owner='baremetal:none',
                revision_number=2,
            ),
            written,
        )
        self.assertEqual(written, self.networks.ports_by_id([PORT])[PORT])
        self.assertEqual(written, self.networks.ports_by_mac([MAC])[0])

    def test_device_of_a_port_that_was_changed_meanwhile(self):
        self.networks.set_device(PORT, OTHER, 'compute:nova', 1)
        error = self.assertRaises(
            exceptions.UpstreamConflict,
            self.networks.set_device,
            PORT,
            SERVER,
            'baremetal:none',
            1,
        )
        self.assertIn('at revision 2, not 1', error.detail)
        found = self.networks.ports_by_id([PORT])[PORT]
        self.assertEqual(OTHER, found.device_id)

    def test_device_given_back_does_not_give_the_revision_back(self):
        self.networks.set_device(PORT, SERVER, 'baremetal:none', 1)
        given_back = self.networks.set_device(PORT, '', '', 2)
        self.assertEqual(
            ('', '', 3),
            (
                given_back.device_id,
                given_back.device_owner,
                given_back.revision_number,
            ),
        )

    def test_device_without_a_revision_is_written_in_any_case(self):
        self.networks.set_device(PORT, OTHER, 'compute:nova', 1)
        written = self.networks.set_device(PORT, SERVER, 'x', None)
        self.assertEqual(SERVER, written.device_id)

    def test_device_of_no_port(self):
        error = self.assertRaises(
            exceptions.PortConflict,
            self.networks.set_device,
            SERVER,
            SERVER,
            'baremetal:none',
            1,
        )
        self.assertEqual('port_not_found', error.code)

    def test_one_of_many_devices_at_once_wins(self):
        def bind(server):
            try:
                self.networks.set_device(PORT, server, 'x', 1)
            except exceptions.UpstreamConflict:
                return None
            return server

        servers = [f'{SERVER[:-2]}{number:02d}' for number in range(16)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            winners = [won for won in pool.map(bind, servers) if won]
        found = self.networks.ports_by_id([PORT])[PORT]
        self.assertEqual([found.device_id], winners)
        self.assertEqual(2, found.revision_number)


class BuildTest(StaticTestCase):
    def test_everything_comes_from_the_configured_file(self):
        conf = service_conf.load([], config_files=[])
        driver = static.build(conf, api.ClaimStore(self.database))
        driver.check()
        driver.networks().check()
        driver.images().check()
        found = driver.get_node('rack7-u01')
        self.assertEqual(
            found.vifs(), list(driver.networks().ports_by_id(found.vifs()))
        )
        self.assertTrue(
            driver.images().exists(found.instance_info['image_source'])
        )
        self.assertFalse(driver.images().exists(SERVER))
        image = driver.images().get(found.instance_info['image_source'])
        self.assertEqual(
            ('debian-12', 'active', 'qcow2', 10),
            (image.name, image.status, image.disk_format, image.min_disk),
        )
        self.assertIsNone(driver.images().get(SERVER))
        self.assertEqual(
            ['rack7-u08', *(f'rack8-u0{number}' for number in range(1, 5))],
            [node.name for node in driver.list_nodes() if node.available],
        )
