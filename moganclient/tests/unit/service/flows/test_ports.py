"""Which ports a request has to name."""

import testtools

from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import ports as ports_mod
from moganclient.service import networks

NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
ONE = '4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01'
TWO = '9c7c1a52-2b0c-4a67-8f6a-7d1d6f3c5b02'
MAC_ONE = '52:54:00:00:01:01'
MAC_TWO = '52:54:00:00:01:02'


def verdict(*ports, interface='flat', vifs=(ONE, TWO)):
    nics = [
        base.Nic('nic-1', MAC_ONE, vifs[0] if vifs else None),
        base.Nic('nic-2', MAC_TWO, vifs[1] if len(vifs) > 1 else None),
    ]
    node = base.Node(
        NODE,
        name='rack7-u12',
        provision_state='active',
        resource_class='gold',
        network_interface=interface,
        nics=nics,
    )
    by_mac = {}
    for port in ports:
        by_mac.setdefault(port.mac_address, []).append(port)
    found = eligibility.judge(node, None, {p.id: p for p in ports}, by_mac)
    found.ports.update((p.id, p) for p in ports)
    return found


def port(uuid=ONE, mac=MAC_ONE, **more):
    return networks.Port(uuid, mac_address=mac, **more)


class CheckTest(testtools.TestCase):
    def refused(self, found, *named):
        error = self.assertRaises(
            exceptions.PortConflict, ports_mod.check, found, list(named)
        )
        self.assertEqual(error.code, error.reasons[0]['code'])
        return error

    def test_all_carried_ports_named(self):
        ports_mod.check(verdict(port(), port(TWO, MAC_TWO)), [TWO, ONE])

    def test_a_carried_port_left_out_is_named_in_the_answer(self):
        error = self.refused(verdict(port(), port(TWO, MAC_TWO)), ONE)
        self.assertEqual('port_not_named', error.code)
        self.assertIn(TWO, error.detail)

    def test_a_port_that_does_not_exist(self):
        error = self.refused(verdict(port(), vifs=(ONE,)), ONE, TWO)
        self.assertEqual('port_not_found', error.code)
        self.assertIn(TWO, error.detail)

    def test_a_port_not_carried_is_told_how_to_attach(self):
        found = verdict(port(), port(TWO, MAC_TWO), vifs=(ONE,))
        error = self.refused(found, ONE, TWO)
        self.assertEqual('port_not_carried', error.code)
        self.assertIn(f'node vif attach {NODE} {TWO}', error.detail)

    def test_a_port_in_use(self):
        found = verdict(port(device_id='vm-7'), vifs=(ONE,))
        error = self.refused(found, ONE)
        self.assertEqual('port_in_use', error.code)
        self.assertIn('vm-7', error.detail)

    def test_every_wrong_port_is_said_at_once(self):
        found = verdict(port(device_id='vm-7'), port(TWO, MAC_TWO))
        error = self.refused(found, ONE)
        self.assertEqual(
            ['port_in_use', 'port_not_named'],
            [reason['code'] for reason in error.reasons],
        )

    def test_mac_alone_does_not_carry_where_vifs_are_recorded(self):
        found = verdict(port(), port(TWO, MAC_TWO), vifs=(ONE,))
        self.assertEqual(
            'port_not_carried', self.refused(found, ONE, TWO).code
        )


class CheckNoopTest(testtools.TestCase):
    """The node's network interface records no VIFs."""

    def test_a_port_with_the_mac_of_a_nic(self):
        ports_mod.check(verdict(port(), interface='noop', vifs=()), [ONE])

    def test_any_one_of_several_candidates_is_enough(self):
        found = verdict(
            port(), port(TWO, MAC_TWO), interface='noop', vifs=()
        )
        ports_mod.check(found, [TWO])

    def test_two_ports_for_one_nic(self):
        found = verdict(
            port(), port(TWO, MAC_ONE), interface='noop', vifs=()
        )
        error = self.assertRaises(
            exceptions.PortConflict, ports_mod.check, found, [ONE, TWO]
        )
        self.assertEqual('port_not_carried', error.code)
        self.assertIn(MAC_ONE, error.detail)

    def test_a_port_with_another_mac(self):
        found = verdict(
            port(), port(TWO, '52:54:00:ff:ff:ff'), interface='noop', vifs=()
        )
        error = self.assertRaises(
            exceptions.PortConflict, ports_mod.check, found, [ONE, TWO]
        )
        self.assertEqual('port_not_carried', error.code)
        self.assertNotIn('vif attach', error.detail)

    def test_a_candidate_that_is_used_elsewhere(self):
        found = verdict(
            port(),
            port(TWO, MAC_TWO, host_id='compute-7'),
            interface='noop',
            vifs=(),
        )
        error = self.assertRaises(
            exceptions.PortConflict, ports_mod.check, found, [ONE, TWO]
        )
        self.assertEqual('port_in_use', error.code)
