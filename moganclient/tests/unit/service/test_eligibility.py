"""The rules of adoption, one by one."""

import time

import testtools

from moganclient.service.db import models
from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import networks

NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
VIF = '4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01'
OTHER = '9c7c1a52-2b0c-4a67-8f6a-7d1d6f3c5b02'
SERVER = 'd1c2b3a4-0000-4000-8000-000000000001'
MAC = '52:54:00:00:01:01'


def node(**changes):
    """A node that nothing speaks against, with changes."""
    values = {
        'uuid': NODE,
        'name': 'rack7-u12',
        'power_state': 'power on',
        'provision_state': 'active',
        'resource_class': 'baremetal.gold',
        'network_interface': 'flat',
        'nics': [base.Nic('nic-1', MAC, VIF)],
    }
    values.update(changes)
    return base.Node(**values)


def port(**changes):
    values = {'id': VIF, 'mac_address': MAC, 'host_id': NODE}
    values.update(changes)
    return networks.Port(**values)


def server(**changes):
    values = {'uuid': SERVER, 'name': 'db-3', 'node_uuid': NODE}
    values.update(changes)
    return models.Server(**values)


def judge(judged, *ports, server=None):
    by_mac = {}
    for one in ports:
        by_mac.setdefault(one.mac_address, []).append(one)
    return eligibility.judge(
        judged, server, {one.id: one for one in ports}, by_mac
    )


class JudgeTest(testtools.TestCase):
    def assertReasons(self, verdict, *codes):
        self.assertEqual(list(codes), [one.code for one in verdict.reasons])
        self.assertEqual(not codes, verdict.adoptable)

    def test_active_unclaimed_node_with_a_known_port_is_adoptable(self):
        verdict = judge(node(), port())
        self.assertReasons(verdict)
        self.assertEqual([VIF], list(verdict.ports))

    def test_not_active(self):
        verdict = judge(node(provision_state='available'), port())
        self.assertReasons(verdict, 'not_active')
        self.assertIn('"available"', verdict.reasons[0].message)

    def test_maintenance_says_why(self):
        verdict = judge(
            node(maintenance=True, maintenance_reason='disk'), port()
        )
        self.assertReasons(verdict, 'in_maintenance')
        self.assertIn('disk', verdict.reasons[0].message)

    def test_retired(self):
        self.assertReasons(judge(node(retired=True), port()), 'retired')

    def test_no_resource_class(self):
        self.assertReasons(
            judge(node(resource_class=None), port()), 'no_resource_class'
        )

    def test_claimed_by_somebody_else(self):
        verdict = judge(node(instance_uuid=OTHER), port())
        self.assertReasons(verdict, 'in_use')
        self.assertIn(OTHER, verdict.reasons[0].message)

    def test_a_server_of_ours_has_it(self):
        verdict = judge(
            node(instance_uuid=SERVER),
            port(device_id=SERVER),
            server=server(),
        )
        self.assertReasons(verdict, 'managed')
        self.assertEqual(SERVER, verdict.server_uuid)

    def test_a_detached_server_still_has_it(self):
        self.assertReasons(judge(node(), port(), server=server()), 'managed')

    def test_another_claim_beside_a_server_of_ours_is_said_too(self):
        verdict = judge(
            node(instance_uuid=OTHER), port(), server=server()
        )
        self.assertReasons(verdict, 'managed', 'in_use')

    def test_a_flow_at_work_counts_as_managed(self):
        row = server(
            flow='manage',
            flow_owner='elsewhere|boot|pid|1|2|x',
            flow_lease=time.time() + 60,
        )
        self.assertReasons(judge(node(), port(), server=row), 'managed')

    def test_a_flow_whose_lease_is_over_is_recovering(self):
        row = server(
            flow='manage',
            flow_owner='elsewhere|boot|pid|1|2|x',
            flow_lease=time.time() - 1,
        )
        self.assertReasons(judge(node(), port(), server=row), 'recovering')

    def test_vif_that_neutron_does_not_know(self):
        verdict = judge(node())
        self.assertReasons(verdict, 'port_not_found')
        self.assertIn(VIF, verdict.reasons[0].message)

    def test_vif_of_a_port_group_counts_too(self):
        group = base.PortGroup('group-1', vif_port_id=OTHER)
        verdict = judge(
            node(portgroups=[group]), port(), port(id=OTHER, mac_address='x')
        )
        self.assertReasons(verdict)
        self.assertEqual({VIF, OTHER}, set(verdict.ports))

    def test_port_that_another_device_uses(self):
        self.assertReasons(
            judge(node(), port(device_id=OTHER)), 'port_in_use'
        )

    def test_port_bound_to_another_host(self):
        verdict = judge(node(), port(host_id='compute-7'))
        self.assertReasons(verdict, 'port_in_use')
        self.assertIn('compute-7', verdict.reasons[0].message)

    def test_no_vif(self):
        self.assertReasons(judge(node(nics=[base.Nic('n', MAC)])), 'no_port')

    def test_every_reason_is_said_at_once(self):
        verdict = judge(
            node(
                maintenance=True,
                retired=True,
                resource_class=None,
                instance_uuid=OTHER,
            )
        )
        self.assertReasons(
            verdict,
            'in_use',
            'in_maintenance',
            'retired',
            'no_resource_class',
            'port_not_found',
        )


class NoopTest(testtools.TestCase):
    """Nodes whose network interface records no VIFs: the MAC tells."""

    def setUp(self):
        super().setUp()
        self.nic = base.Nic('nic-1', MAC)
        self.node = node(network_interface='noop', nics=[self.nic])

    def test_free_port_with_the_mac_is_what_the_nic_carries(self):
        verdict = judge(self.node, port(host_id=''))
        self.assertTrue(verdict.adoptable)
        self.assertEqual(VIF, verdict.vif_of_nic(self.nic))

    def test_two_such_ports_leave_it_open_which(self):
        verdict = judge(
            self.node, port(host_id=''), port(id=OTHER, host_id='')
        )
        self.assertTrue(verdict.adoptable)
        self.assertIsNone(verdict.vif_of_nic(self.nic))
        self.assertEqual({'nic-1': [VIF, OTHER]}, verdict.candidates)

    def test_port_on_which_something_is_recorded_does_not_count(self):
        verdict = judge(self.node, port(device_id=OTHER))
        self.assertEqual(['no_port'], [r.code for r in verdict.reasons])

    def test_nic_without_a_mac_matches_nothing(self):
        verdict = judge(
            node(network_interface='noop', nics=[base.Nic('nic-1')]),
            port(mac_address=None, host_id=''),
        )
        self.assertEqual(['no_port'], [r.code for r in verdict.reasons])
