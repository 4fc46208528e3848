"""What an inventory file may say, and what is told of one with faults."""

import pathlib
import textwrap

import fixtures
import testtools

from moganclient.service.drivers import base
from moganclient.service.drivers import document
from moganclient.service.drivers import inventory
from moganclient.service import exceptions
from moganclient.service import images
from moganclient.service import networks

SAMPLE = pathlib.Path(inventory.__file__).parent / 'sample_inventory.yaml'

NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
NODE_2 = '1be26c0b-03f2-4d2e-ae87-c02d7f33c124'
NIC = '0b0d5b9a-9b43-4b7a-8e88-e47a80bb620f'
NIC_2 = '0b0d5b9a-9b43-4b7a-8e88-e47a80bb6200'
GROUP = 'db668aec-9054-4fb9-a6e0-4dce60c21c97'
PORT = '753eadaa-f219-4a2b-9932-b721161c3a3e'
PORT_2 = '753eadaa-f219-4a2b-9932-b721161c3a3f'
NETWORK = 'eb6ceff0-c48d-4118-bae0-b19b939c0986'


class InventoryTestCase(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        self.path = pathlib.Path(directory) / 'inventory.yaml'

    def load(self, text):
        if isinstance(text, bytes):
            self.path.write_bytes(text)
        else:
            self.path.write_text(textwrap.dedent(text))
        return inventory.load(str(self.path))

    def load_node(self, **values):
        """The one node of a file that says this of it."""
        lines = ''.join(f'    {k}: {v}\n' for k, v in values.items())
        return self.load(
            f'nodes:\n  - uuid: {NODE}\n    provision_state: active\n{lines}'
        ).nodes[0]

    def faults(self, text):
        """The lines and sentences of a file's faults."""
        error = self.assertRaises(document.DocumentError, self.load, text)
        for line, sentence in error.faults:
            self.assertIn(f'{self.path}:{line}: {sentence}', str(error))
        return error.faults

    def node_fault(self, key, value):
        """The one sentence on a value of a node."""
        [(line, sentence)] = self.faults(
            f"""\
            nodes:
              - uuid: {NODE}
                provision_state: active
                {key}: {value}
            """
        )
        self.assertEqual(4, line)
        return sentence


class ReadTest(InventoryTestCase):
    def test_everything_that_a_node_may_say(self):
        found = self.load(
            f"""\
            nodes:
              - uuid: {NODE}
                name: rack7-u12
                power_state: power on
                provision_state: active
                created_at: "2019-03-01T08:15:00+00:00"
                resource_class: baremetal.gold
                owner: 1f5cf0d4a4b04a0c8f3a5e2b6e5f0d11
                conductor_group: rack7
                maintenance: true
                maintenance_reason: A fan.
                retired: true
                instance_uuid: {NODE_2}
                protected: true
                protected_reason: Payroll.
                network_interface: flat
                properties: {{cpus: 32, tags: [a, null, 1.5, true]}}
                instance_info: {{image_source: {NETWORK}}}
                nics:
                  - uuid: {NIC}
                    address: "52:54:00:07:01:01"
                    vif_port_id: {PORT}
                portgroups:
                  - uuid: {GROUP}
                    name: bond0
                    address: "52:54:00:07:01:0f"
                    mode: 802.3ad
                    vif_port_id: {PORT_2}
            """
        )
        self.assertEqual(
            [
                base.Node(
                    uuid=NODE,
                    name='rack7-u12',
                    power_state='power on',
                    provision_state='active',
                    created_at='2019-03-01T08:15:00+00:00',
                    resource_class='baremetal.gold',
                    owner='1f5cf0d4a4b04a0c8f3a5e2b6e5f0d11',
                    conductor_group='rack7',
                    maintenance=True,
                    maintenance_reason='A fan.',
                    retired=True,
                    instance_uuid=NODE_2,
                    protected=True,
                    protected_reason='Payroll.',
                    network_interface='flat',
                    properties={'cpus': 32, 'tags': ['a', None, 1.5, True]},
                    instance_info={'image_source': NETWORK},
                    nics=[base.Nic(NIC, '52:54:00:07:01:01', PORT)],
                    portgroups=[
                        base.PortGroup(
                            GROUP,
                            'bond0',
                            '52:54:00:07:01:0f',
                            '802.3ad',
                            PORT_2,
                        )
                    ],
                )
            ],
            found.nodes,
        )

    def test_everything_that_a_port_may_say(self):
        found = self.load(
            f"""\
            nodes: []
            ports:
              - id: {PORT}
                name: lan
                mac_address: "52:54:00:07:01:01"
                network_id: {NETWORK}
                project_id: demo
                device_id: x
                device_owner: baremetal:none
                host_id: {NODE}
                fixed_ips:
                  - ip_address: 192.0.2.17
                    subnet_id: {NETWORK}
                  - ip_address: 2001:db8::1
            """
        )
        self.assertEqual(
            {
                PORT: networks.Port(
                    id=PORT,
                    name='lan',
                    mac_address='52:54:00:07:01:01',
                    network_id=NETWORK,
                    project_id='demo',
                    device_id='x',
                    device_owner='baremetal:none',
                    host_id=NODE,
                    fixed_ips=[
                        {'ip_address': '192.0.2.17', 'subnet_id': NETWORK},
                        {'ip_address': '2001:db8::1'},
                    ],
                    revision_number=1,
                )
            },
            found.ports,
        )

    def test_images_with_and_without_a_name(self):
        found = self.load(
            f"""\
            nodes: []
            images:
              - id: {NETWORK}
                name: debian-12
              - id: {PORT}
            """
        )
        self.assertEqual(
            {
                NETWORK: images.Image(NETWORK, name='debian-12'),
                PORT: images.Image(PORT),
            },
            found.images,
        )

    def test_images_with_all_that_they_can_have(self):
        found = self.load(
            f"""\
            nodes: []
            images:
              - id: {NETWORK}
                name: debian-12
                status: deactivated
                disk_format: qcow2
                min_disk: 10
                properties: {{os_distro: debian}}
                visibility: private
                owner: me
            """
        )
        self.assertEqual(
            images.Image(
                NETWORK,
                name='debian-12',
                status='deactivated',
                disk_format='qcow2',
                min_disk=10,
                properties={'os_distro': 'debian'},
                visibility='private',
                owner='me',
            ),
            found.images[NETWORK],
        )

    def test_networks_and_their_subnets(self):
        found = self.load(
            f"""\
            nodes: []
            networks:
              - id: {NETWORK}
                name: lan
                project_id: me
                shared: true
                subnets:
                  - id: {NIC}
                    cidr: 192.0.2.0/24
                  - id: {NIC_2}
              - id: {PORT}
                external: true
            """
        )
        self.assertEqual(
            {
                NETWORK: networks.Network(
                    NETWORK,
                    name='lan',
                    project_id='me',
                    shared=True,
                    subnets=[NIC, NIC_2],
                ),
                PORT: networks.Network(PORT, external=True),
            },
            found.networks,
        )
        self.assertEqual({NIC: '192.0.2.0/24'}, found.subnets)

    def test_floating_ips(self):
        found = self.load(
            f"""\
            nodes: []
            ports:
              - {{id: {PORT}, mac_address: "52:54:00:07:0c:01"}}
            floating_ips:
              - id: {NIC}
                address: 203.0.113.10
                project_id: me
              - id: {NIC_2}
                address: 203.0.113.11
                port_id: {PORT}
                fixed_address: 192.0.2.7
            """
        )
        self.assertEqual(
            {
                NIC: networks.FloatingIP(NIC, '203.0.113.10', project_id='me'),
                NIC_2: networks.FloatingIP(
                    NIC_2,
                    '203.0.113.11',
                    port_id=PORT,
                    fixed_address='192.0.2.7',
                ),
            },
            found.floating_ips,
        )

    def test_traits_in_the_order_of_the_alphabet(self):
        node = self.load_node(traits='[CUSTOM_B, HW_CPU_X86_VMX, CUSTOM_A]')
        self.assertEqual(
            ['CUSTOM_A', 'CUSTOM_B', 'HW_CPU_X86_VMX'], node.traits
        )

    def test_nothing_is_as_good_as_left_out(self):
        node = self.load_node(name='', resource_class='null', nics='~')
        self.assertIsNone(node.name)
        self.assertIsNone(node.resource_class)
        self.assertEqual([], node.nics)

    def test_uuids_and_addresses_come_out_in_lower_case(self):
        node = self.load_node(
            instance_uuid=NODE_2.upper(),
            nics=f'[{{uuid: {NIC.upper()}, address: "52:54:00:AB:CD:EF"}}]',
        )
        self.assertEqual(NODE_2, node.instance_uuid)
        self.assertEqual([base.Nic(NIC, '52:54:00:ab:cd:ef')], node.nics)

    def test_address_that_yaml_takes_for_a_number_to_base_60(self):
        node = self.load_node(
            nics=f'[{{uuid: {NIC}, address: 52:54:00:12:34:56}}]'
        )
        self.assertEqual('52:54:00:12:34:56', node.nics[0].address)

    def test_time_that_yaml_takes_for_a_date_of_its_own(self):
        node = self.load_node(created_at='2019-03-01 08:15:00+02:00')
        self.assertEqual('2019-03-01T06:15:00+00:00', node.created_at)

    def test_time_without_a_zone_is_utc(self):
        node = self.load_node(created_at='2019-03-01T08:15:00')
        self.assertEqual('2019-03-01T08:15:00+00:00', node.created_at)

    def test_dates_in_properties_stay_text(self):
        node = self.load_node(properties='{bought: 2019-03-01}')
        self.assertEqual({'bought': '2019-03-01'}, node.properties)

    def test_vif_of_a_port_that_is_not_listed(self):
        node = self.load_node(nics=f'[{{uuid: {NIC}, vif_port_id: {PORT}}}]')
        self.assertEqual([PORT], node.vifs())

    def test_one_address_on_two_networks(self):
        found = self.load(
            f"""\
            nodes: []
            ports:
              - {{id: {PORT}, mac_address: "52:54:00:07:01:01"}}
              - id: {PORT_2}
                mac_address: "52:54:00:07:01:01"
                network_id: {NETWORK}
            """
        )
        self.assertEqual({PORT, PORT_2}, set(found.ports))

    def test_merge_key_takes_what_is_not_said_again(self):
        found = self.load(
            f"""\
            nodes:
              - &first
                uuid: {NODE}
                name: a
                provision_state: active
                resource_class: gold
              - <<: *first
                uuid: {NODE_2}
                name: b
            """
        )
        self.assertEqual(
            [('a', 'gold'), ('b', 'gold')],
            [(node.name, node.resource_class) for node in found.nodes],
        )

    def test_sample_has_good_and_bad_machines(self):
        found = inventory.load(str(SAMPLE))
        gone = [
            vif
            for node in found.nodes
            for vif in node.vifs()
            if vif not in found.ports
        ]
        self.assertEqual(1, len(gone))
        self.assertGreaterEqual(len(found.nodes), 12)
        for holds in (
            lambda n: n.provision_state != 'active',
            lambda n: n.provision_state == 'available' and not n.traits,
            lambda n: n.provision_state == 'available' and n.traits,
            lambda n: n.instance_uuid,
            lambda n: n.maintenance,
            lambda n: n.retired,
            lambda n: n.resource_class is None,
            lambda n: n.resource_class == 'baremetal.general',
            lambda n: n.resource_class == 'baremetal.gold',
            lambda n: n.name is None,
            lambda n: n.records_vifs and not n.vifs(),
            lambda n: not n.records_vifs,
            lambda n: len([nic for nic in n.nics if nic.vif_port_id]) == 2,
            lambda n: [g for g in n.portgroups if g.vif_port_id],
            lambda n: n.instance_info.get('image_source') in found.images,
            lambda n: 'Signature=' in n.instance_info.get('image_source', ''),
        ):
            self.assertNotEqual([], [n for n in found.nodes if holds(n)])


class FaultTest(InventoryTestCase):
    def test_all_faults_at_once_in_the_order_of_the_lines(self):
        faults = self.faults(
            f"""\
            nodes:
              - uuid: nonsense
                provision_state: activ
              - provision_state: active
                uuid: {NODE}
                colour: red
            imges: []
            """
        )
        self.assertEqual([2, 3, 6, 7], [line for line, _ in faults])

    def test_trait_that_is_none(self):
        self.assertEqual(
            '"traits" of a node is "nvme"; a trait has capital letters, '
            'digits and _ only, and where it is of your own making it begins '
            'with CUSTOM_.',
            self.node_fault('traits', '[nvme]'),
        )

    def test_networks_with_faults(self):
        faults = self.faults(
            f"""\
            nodes: []
            networks:
              - id: {NETWORK}
                shared: perhaps
                subnets:
                  - id: {NIC}
                    cidr: 192.0.2.7/24
              - id: {NETWORK}
                subnets:
                  - id: {NIC}
            """
        )
        self.assertEqual(
            [
                (
                    4,
                    '"shared" of a network is "perhaps", and should be true '
                    'or false.',
                ),
                (
                    7,
                    '"cidr" of a subnet is "192.0.2.7/24", which is no range '
                    'of IP addresses like 192.0.2.0/24.',
                ),
                (
                    8,
                    f'"{NETWORK}": two networks have this UUID, the other is '
                    'in line 3.',
                ),
                (
                    10,
                    f'"{NIC}": two subnets have this UUID, the other is in '
                    'line 6.',
                ),
            ],
            faults,
        )

    def test_floating_ips_with_faults(self):
        faults = self.faults(
            f"""\
            nodes: []
            floating_ips:
              - id: {NIC}
                address: 203.0.113.10
                port_id: {PORT}
              - id: {NIC}
                address: 203.0.113.10
            """
        )
        self.assertEqual(
            [
                (
                    5,
                    f'The floating IP leads to "{PORT}", which is no port of '
                    'the file.',
                ),
                (
                    5,
                    'A floating IP that leads somewhere has a "port_id" and '
                    'a "fixed_address"; set both or neither.',
                ),
                (
                    6,
                    f'"{NIC}": two floating IPs have this UUID, the other is '
                    'in line 3.',
                ),
                (
                    7,
                    '"203.0.113.10": two floating IPs have this address, the '
                    'other is in line 4.',
                ),
            ],
            sorted(faults, key=lambda fault: (fault[0], fault[1][2:])),
        )

    def test_image_that_needs_a_disk_of_no_size(self):
        [(line, sentence)] = self.faults(
            f'nodes: []\nimages:\n  - id: {NIC}\n    min_disk: -1\n'
        )
        self.assertEqual(
            (
                4,
                '"min_disk" of an image is "-1", and should be a whole '
                'number like 10.',
            ),
            (line, sentence),
        )

    def test_unknown_key_like_a_known_one(self):
        self.assertEqual(
            'A node has the unknown key "resouce_class"; did you mean '
            '"resource_class"?',
            self.node_fault('resouce_class', 'gold'),
        )

    def test_unknown_key_like_none(self):
        [(line, sentence)] = self.faults('nodes: []\nwhatever: 1\n')
        self.assertEqual(2, line)
        self.assertEqual(
            'The file has the unknown key "whatever"; known are nodes, '
            'ports, images, networks, floating_ips.',
            sentence,
        )

    def test_key_that_is_there_twice(self):
        faults = self.faults(
            f"""\
            nodes:
              - uuid: {NODE}
                provision_state: active
                name: a
                name: b
            """
        )
        self.assertEqual(
            [(5, '"name" is here twice; it was in line 4 before.')], faults
        )

    def test_key_that_is_there_twice_in_properties(self):
        self.assertEqual(
            '"cpus" is here twice; it was in line 4 before.',
            self.node_fault('properties', '{cpus: 1, cpus: 2}'),
        )

    def test_bad_uuid(self):
        self.assertEqual(
            '"instance_uuid" of a node is "12", which is no UUID like '
            '1be26c0b-03f2-4d2e-ae87-c02d7f33c123.',
            self.node_fault('instance_uuid', '12'),
        )

    def test_list_for_a_uuid(self):
        self.assertEqual(
            '"instance_uuid" of a node is a list, and should be a UUID.',
            self.node_fault('instance_uuid', '[]'),
        )

    def test_bad_address(self):
        [(line, sentence)] = self.faults(
            f"""\
            nodes: []
            ports:
              - id: {PORT}
                mac_address: 52-54-00-12-34-56
            """
        )
        self.assertEqual(4, line)
        self.assertEqual(
            '"mac_address" of a port is "52-54-00-12-34-56", which is no MAC '
            'address like 52:54:00:9c:00:01.',
            sentence,
        )

    def test_bad_ip_address(self):
        [(_, sentence)] = self.faults(
            f"""\
            nodes: []
            ports:
              - id: {PORT}
                mac_address: 52:54:00:12:34:56
                fixed_ips: [{{ip_address: 192.0.2}}]
            """
        )
        self.assertIn('"192.0.2", which is no IP address', sentence)

    def test_number_for_a_name(self):
        self.assertEqual(
            '"name" of a node is 1234, which YAML reads as a number; put it '
            'in quotes if it is meant as text.',
            self.node_fault('name', '1234'),
        )

    def test_name_that_does_not_fit_into_a_url(self):
        self.assertEqual(
            '"name" of a node is "rack 7/u12"; a name has letters of ASCII, '
            'digits and . _ ~ - only.',
            self.node_fault('name', 'rack 7/u12'),
        )

    def test_name_that_is_a_uuid(self):
        self.assertEqual(
            f'"name" of a node is "{NODE}"; a name must not be a UUID.',
            self.node_fault('name', NODE),
        )

    def test_text_that_is_too_long(self):
        self.assertEqual(
            '"owner" of a node has 256 characters, and should have 1 to 255.',
            self.node_fault('owner', 'x' * 256),
        )

    def test_power_state_that_yaml_takes_for_true(self):
        self.assertIn(
            'is "on"; known are power on, power off,',
            self.node_fault('power_state', 'on'),
        )

    def test_state_that_is_misspelt(self):
        self.assertEqual(
            '"power_state" of a node is "power_on"; did you mean "power on"?',
            self.node_fault('power_state', 'power_on'),
        )

    def test_text_for_a_flag(self):
        self.assertEqual(
            '"retired" of a node is "true", and should be true or false.',
            self.node_fault('retired', '"true"'),
        )

    def test_bad_time(self):
        self.assertEqual(
            '"created_at" of a node is "yesterday", which is no time like '
            '2024-05-17T09:30:00+00:00.',
            self.node_fault('created_at', 'yesterday'),
        )

    def test_mapping_for_a_list(self):
        self.assertEqual(
            '"nics" of a node is a mapping, and should be a list.',
            self.node_fault('nics', '{}'),
        )

    def test_list_for_a_mapping(self):
        self.assertEqual(
            '"properties" of a node is a list, and should be a mapping.',
            self.node_fault('properties', '[]'),
        )

    def test_number_that_json_cannot_hold(self):
        self.assertEqual(
            '"properties" of a node has the value ".inf", which JSON cannot '
            'hold; put it in quotes.',
            self.node_fault('properties', '{load: .inf}'),
        )

    def test_reason_for_a_protection_that_is_not_there(self):
        self.assertEqual(
            'The node has a "protected_reason" but is not "protected"; set '
            'both or neither.',
            self.node_fault('protected_reason', 'x'),
        )

    def test_what_is_required(self):
        faults = self.faults(
            """\
            nodes:
              - name: a
                nics: [{}]
            ports: [{}]
            images: [{}]
            """
        )
        self.assertEqual(
            [
                (2, 'A node has no "provision_state".'),
                (2, 'A node has no "uuid".'),
                (3, 'A NIC has no "uuid".'),
                (4, 'A port has no "id".'),
                (4, 'A port has no "mac_address".'),
                (5, 'An image has no "id".'),
            ],
            faults,
        )

    def test_mapping_that_contains_itself(self):
        self.assertEqual(
            '"properties" of a node contains itself.',
            self.node_fault('properties', '&p {p: *p}'),
        )

    def test_mapping_that_is_merged_into_itself(self):
        faults = self.faults('nodes:\n  - &n {<<: *n}\n')
        self.assertEqual([(2, 'A node is merged into itself.')], faults)

    def test_no_end_of_faults_is_cut_short(self):
        many = document.MOST_FAULTS + 7
        error = self.assertRaises(
            exceptions.ConfigError,
            self.load,
            'nodes:\n' + '  - nothing\n' * many,
        )
        lines = str(error).splitlines()
        self.assertEqual(f'The inventory file has {many} faults:', lines[0])
        self.assertEqual(document.MOST_FAULTS + 2, len(lines))
        self.assertEqual('... and 7 more.', lines[-1])


class DuplicateTest(InventoryTestCase):
    """What two entries must not have in common."""

    def two_nodes(self, one, other):
        [(_, sentence)] = self.faults(
            f"""\
            nodes:
              - uuid: {NODE}
                provision_state: active
                {one}
              - uuid: {NODE_2}
                provision_state: active
                {other}
            """
        )
        return sentence

    def test_uuid_of_nodes_in_any_case(self):
        faults = self.faults(
            f"""\
            nodes:
              - uuid: {NODE}
                provision_state: active
              - uuid: {NODE.upper()}
                provision_state: active
            """
        )
        self.assertEqual(
            [
                (
                    4,
                    f'"{NODE}": two nodes have this UUID, the other is in '
                    'line 2.',
                )
            ],
            faults,
        )

    def test_uuid_that_was_merged(self):
        faults = self.faults(
            f"""\
            nodes:
              - &first {{uuid: {NODE}, provision_state: active}}
              - <<: *first
                name: b
            """
        )
        self.assertIn('two nodes have this UUID', faults[0][1])

    def test_name_of_nodes(self):
        self.assertIn(
            '"a": two nodes have this name, the other is in line 4',
            self.two_nodes('name: a', 'name: a'),
        )

    def test_names_in_another_case_are_others(self):
        found = self.load(
            f"""\
            nodes:
              - {{uuid: {NODE}, name: a, provision_state: active}}
              - {{uuid: {NODE_2}, name: A, provision_state: active}}
            """
        )
        self.assertEqual(['a', 'A'], [node.name for node in found.nodes])

    def test_instance_of_nodes(self):
        line = f'instance_uuid: {PORT}'
        self.assertIn(
            'two nodes have this "instance_uuid"', self.two_nodes(line, line)
        )

    def test_uuid_of_nics(self):
        line = f'nics: [{{uuid: {NIC}}}]'
        self.assertIn('two NICs have this UUID', self.two_nodes(line, line))

    def test_address_of_nics_in_any_case(self):
        self.assertIn(
            '"52:54:00:ab:cd:ef": two NICs have this MAC address',
            self.two_nodes(
                f'nics: [{{uuid: {NIC}, address: 52:54:00:ab:cd:ef}}]',
                f'nics: [{{uuid: {NIC_2}, address: 52:54:00:AB:CD:EF}}]',
            ),
        )

    def test_uuid_of_port_groups(self):
        line = f'portgroups: [{{uuid: {GROUP}}}]'
        self.assertIn(
            'two port groups have this UUID', self.two_nodes(line, line)
        )

    def test_vif_of_a_nic_and_a_port_group(self):
        self.assertIn(
            f'"{PORT}": two NICs or port groups carry this VIF',
            self.two_nodes(
                f'nics: [{{uuid: {NIC}, vif_port_id: {PORT}}}]',
                f'portgroups: [{{uuid: {GROUP}, vif_port_id: {PORT}}}]',
            ),
        )

    def test_uuid_of_ports(self):
        [(_, sentence)] = self.faults(
            f"""\
            nodes: []
            ports:
              - {{id: {PORT}, mac_address: 52:54:00:12:34:56}}
              - {{id: {PORT}, mac_address: 52:54:00:12:34:57}}
            """
        )
        self.assertIn('two ports have this UUID', sentence)

    def test_address_of_ports_of_a_network(self):
        [(_, sentence)] = self.faults(
            f"""\
            nodes: []
            ports:
              - {{id: {PORT}, mac_address: 52:54:00:12:34:56}}
              - {{id: {PORT_2}, mac_address: 52:54:00:12:34:56}}
            """
        )
        self.assertIn(
            'two ports of one network have this MAC address', sentence
        )

    def test_uuid_of_images(self):
        [(_, sentence)] = self.faults(
            f'nodes: []\nimages: [{{id: {PORT}}}, {{id: {PORT}}}]\n'
        )
        self.assertIn('two images have this UUID', sentence)


class UnreadableTest(InventoryTestCase):
    def test_file_that_is_not_there(self):
        error = self.assertRaises(
            exceptions.ConfigError, inventory.load, str(self.path)
        )
        self.assertEqual(
            f'The inventory file "{self.path}" cannot be read: No such file '
            'or directory.',
            str(error),
        )

    def test_empty_file(self):
        self.assertEqual(
            [(1, 'The file is empty; it should have a list "nodes".')],
            self.faults(''),
        )

    def test_list_for_the_file(self):
        self.assertEqual(
            (1, 'The file is a list, and should be a mapping.'),
            self.faults('- a\n')[0],
        )

    def test_no_yaml(self):
        [(line, sentence)] = self.faults('nodes:\n  - {uuid: [}\n')
        self.assertEqual(2, line)
        self.assertTrue(sentence.startswith('this is not YAML: '), sentence)

    def test_unknown_alias(self):
        [(line, sentence)] = self.faults('nodes:\n  - *nowhere\n')
        self.assertEqual(2, line)
        self.assertIn('undefined alias', sentence)

    def test_bytes_that_are_no_text(self):
        [(_, sentence)] = self.faults(b'nodes: \xff\xfe\n')
        self.assertTrue(sentence.startswith('this is not YAML: '), sentence)

    def test_two_documents(self):
        [(line, sentence)] = self.faults('nodes: []\n---\nnodes: []\n')
        self.assertEqual(2, line)
        self.assertIn('expected a single document', sentence)
