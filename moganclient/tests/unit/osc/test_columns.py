"""Tests of what table cells say."""

from __future__ import annotations

import types

import ddt
import testtools

from moganclient.osc import columns

NIC = {
    'uuid': 'n1',
    'address': '52:54:00:5a:01:07',
    'vif_port_id': '4f0c1e2a-7e7a-4b0e-9b46-0d6a1c5d0c11',
}
FREE_NIC = {'uuid': 'n2', 'address': '52:54:00:5a:01:08', 'vif_port_id': None}
GROUP = {
    'uuid': 'g1',
    'name': 'bond0',
    'address': None,
    'vif_port_id': '99145e6b-a148-42d7-9a72-9092feabf82c',
}


@ddt.ddt
class TestHeading(testtools.TestCase):
    @ddt.data(
        ('resource_class', 'Resource Class'),
        ('uuid', 'UUID'),
        ('project_id', 'Project ID'),
        ('metadata', 'Properties'),
        ('image_source', 'Image'),
        ('something_new', 'Something New'),
        ('fixed_ips', 'Fixed IPs'),
        ('floating_ip', 'Floating IP'),
    )
    @ddt.unpack
    def test_words(self, field, words):
        self.assertEqual(words, columns.heading(field))


class TestPorts(testtools.TestCase):
    def test_a_nic_points_to_the_port_it_carries(self):
        self.assertEqual(
            '52:54:00:5a:01:07 -> 4f0c1e2a-7e7a-4b0e-9b46-0d6a1c5d0c11\n'
            '52:54:00:5a:01:08 -> -',
            columns.Ports([NIC, FREE_NIC]).human_readable(),
        )

    def test_programs_get_the_structure(self):
        self.assertEqual([NIC], columns.Ports([NIC]).machine_readable())

    def test_a_group_without_address_has_its_name(self):
        self.assertEqual(
            'bond0 -> 99145e6b-a148-42d7-9a72-9092feabf82c',
            columns.Ports([GROUP]).human_readable(),
        )

    def test_without_address_and_name(self):
        cell = columns.Ports([{'uuid': 'n', 'vif_port_id': None}])
        self.assertEqual('- -> -', cell.human_readable())

    def test_none_at_all(self):
        self.assertEqual('', columns.Ports(None).human_readable())
        self.assertEqual([], columns.Ports(None).machine_readable())

    def test_short_ones_are_cut(self):
        self.assertEqual(
            '52:54:00:5a:01:07 -> 4f0c1e2a..',
            columns.ShortPorts([NIC]).human_readable(),
        )

    def test_short_ones_tell_of_groups_too(self):
        cell = columns.ShortPorts([FREE_NIC], [GROUP])
        self.assertEqual(
            '52:54:00:5a:01:08 -> -\nbond0 -> 99145e6b..',
            cell.human_readable(),
        )

    def test_manageable_ones_tell_of_groups_by_mac(self):
        cell = columns.ManageablePorts(
            [], [{'name': 'bond0', 'address': '52:54:00:5a:01:09'}]
        )
        self.assertEqual('52:54:00:5a:01:09 -> -', cell.human_readable())

    def test_groups_stay_out_of_the_structure(self):
        cell = columns.ShortPorts([FREE_NIC], [GROUP])
        self.assertEqual([FREE_NIC], cell.machine_readable())


class TestReasons(testtools.TestCase):
    def test_one_is_a_sentence(self):
        cell = columns.Reasons([{'code': 'retired', 'message': 'It is old.'}])
        self.assertEqual('It is old.', cell.human_readable())

    def test_several_are_told_apart(self):
        cell = columns.Reasons(
            [
                {'code': 'a', 'message': 'One. ' * 20},
                {'code': 'b', 'message': 'Two.'},
            ]
        )
        lines = cell.human_readable().splitlines()
        self.assertEqual(
            ['- One.', '  One.', '- Two.'], [line[:6] for line in lines]
        )

    def test_lines_fit(self):
        cell = columns.Reasons([{'code': 'a', 'message': 'word ' * 50}])
        longest = max(map(len, cell.human_readable().splitlines()))
        self.assertLessEqual(longest, columns.WIDTH)

    def test_ids_and_macs_are_not_broken(self):
        uuid = NIC['vif_port_id']
        message = f'{"x" * 50} {uuid}'
        cell = columns.Reasons([{'code': 'a', 'message': message}])
        self.assertIn(uuid, cell.human_readable().splitlines())

    def test_a_code_stands_in_for_a_message(self):
        cell = columns.Reasons([{'code': 'retired'}])
        self.assertEqual('retired', cell.human_readable())

    def test_programs_get_the_structure(self):
        reasons = [{'code': 'retired', 'message': 'It is old.'}]
        self.assertEqual(reasons, columns.Reasons(reasons).machine_readable())


class TestOthers(testtools.TestCase):
    def test_a_mapping_is_sorted_and_flat(self):
        cell = columns.Mapping({'b': {'y': 1, 'x': None}, 'a': 'z', 'c': {}})
        self.assertEqual('a=z\nb.x=\nb.y=1\nc={}', cell.human_readable())

    def test_addresses_by_network(self):
        value = {'net': [{'addr': '192.0.2.5'}, {'addr': '2001:db8::5'}]}
        cell = columns.Addresses(value)
        self.assertEqual('net=192.0.2.5, 2001:db8::5', cell.human_readable())
        self.assertEqual(value, cell.machine_readable())

    def test_a_structure_without_a_class_of_its_own_gets_one(self):
        found = columns.row(
            types.SimpleNamespace(new={'a': 1}, newer=[1, 2], plain='x'),
            ('new', 'newer', 'plain', 'missing'),
            {},
        )
        self.assertEqual(
            ('a=1', '1\n2', 'x', None),
            tuple(str(cell) if cell else cell for cell in found),
        )

    def test_fixed_addresses(self):
        value = [{'ip_address': '192.0.2.5', 'subnet_id': 's'}]
        cell = columns.FixedIPs(value)
        self.assertEqual('192.0.2.5', cell.human_readable())
        self.assertEqual(value, cell.machine_readable())

    def test_ports_as_the_retired_api_has_them(self):
        cell = columns.ManageablePorts(
            [{'address': '52:54:00:5a:01:07', 'neutron_port_id': 'p1'}]
        )
        self.assertEqual('52:54:00:5a:01:07 -> p1', cell.human_readable())


class TestCreated(testtools.TestCase):
    MADE = (
        {'uuid': 'u1', 'name': 'web-1', 'status': 'active', 'fault': None},
        {
            'uuid': 'u2',
            'name': 'web-2',
            'status': 'error',
            'fault': {'message': 'No node is free'},
        },
        {'uuid': 'u3', 'name': None, 'status': None, 'fault': None},
    )

    def test_people_read_what_became_of_each(self):
        self.assertEqual(
            'u1 ("web-1") is active\n'
            'u2 ("web-2") is error:\n'
            '  No node is free\n'
            'u3',
            columns.Created(self.MADE).human_readable(),
        )

    def test_programs_get_the_structure(self):
        self.assertEqual(
            list(self.MADE), columns.Created(self.MADE).machine_readable()
        )


class TestFault(testtools.TestCase):
    def test_none(self):
        cell = columns.Fault(None)
        self.assertEqual('', cell.human_readable())
        self.assertIsNone(cell.machine_readable())

    def test_a_traceback_is_not_for_people(self):
        fault = {'message': 'No node fits\nTraceback', 'detail': 'x\ny'}
        cell = columns.Fault(fault)
        self.assertEqual('No node fits', cell.human_readable())
        self.assertEqual(fault, cell.machine_readable())

    def test_what_an_administrator_is_told_is_for_people(self):
        fault = {'message': 'No node fits.', 'detail': 'Step "place".'}
        self.assertEqual(
            'No node fits. Step "place".',
            columns.Fault(fault).human_readable(),
        )

    def test_a_long_sentence_is_folded(self):
        cell = columns.Fault({'message': 'word ' * 40})
        widths = [len(line) for line in cell.human_readable().splitlines()]
        self.assertTrue(max(widths) <= columns.WIDTH, widths)
