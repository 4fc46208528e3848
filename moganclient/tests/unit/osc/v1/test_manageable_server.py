"""Tests of the list of what can be taken over, by its old name."""

from __future__ import annotations

from moganclient.osc.v1 import manageable_server
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes

ENTRY = {
    'uuid': fakes.NODE_UUID,
    'name': 'rack7-u12',
    'resource_class': 'gold',
    'power_state': 'power on',
    'provision_state': 'active',
    'image_source': None,
    'ports': [
        {'address': '52:54:00:00:00:01', 'neutron_port_id': fakes.PORT_UUID}
    ],
    'portgroups': [
        {
            'name': 'bond0',
            'address': '52:54:00:00:00:09',
            'neutron_port_id': None,
        }
    ],
}


class TestManageableServer(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(
            f'{fakes.MOGAN}/manageable_servers',
            json={'manageable_servers': [ENTRY]},
        )

    def test_a_short_table(self):
        self.assertEqual(
            [
                ['UUID', 'Name', 'Resource Class', 'Power State', 'Ports'],
                [
                    fakes.NODE_UUID,
                    'rack7-u12',
                    'gold',
                    'power on',
                    f'52:54:00:00:00:01 -> {fakes.PORT_UUID}',
                ],
                ['', '', '', '', '52:54:00:00:00:09 -> -'],
            ],
            self.table(manageable_server.ListManageableServer),
        )

    def test_long(self):
        (listed,) = self.json(manageable_server.ListManageableServer, '--long')
        self.assertEqual(
            ('active', ENTRY['ports']),
            (listed['Provision State'], listed['Ports']),
        )
