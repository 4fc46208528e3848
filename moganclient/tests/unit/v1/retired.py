"""What the tests of the retired dialect share: a server that speaks it."""

from __future__ import annotations

from typing import Any

from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import client

NODES = fakes.MOGAN + '/manageable_servers'
NODE_UUID = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
PORT_UUID = '2be26c0b-03f2-4d2e-ae87-c02d7f33c123'

#: What ``/v1`` answers.
DOCUMENT: dict[str, Any] = {
    'id': 'v1',
    'manageable_servers': [{'href': NODES, 'rel': 'self'}],
    'servers': [{'href': fakes.MOGAN + '/servers', 'rel': 'self'}],
}

NODE: dict[str, Any] = {
    'uuid': NODE_UUID,
    'name': 'rack7-u12',
    'resource_class': 'gold',
    'power_state': 'power on',
    'provision_state': 'active',
    'image_source': None,
    'ports': [
        {'uuid': 'n1', 'address': 'm1', 'neutron_port_id': PORT_UUID},
        {'uuid': 'n2', 'address': 'm2', 'neutron_port_id': None},
    ],
    'portgroups': [
        {'uuid': 'g', 'address': 'm', 'mode': 'b', 'neutron_port_id': None}
    ],
}


class TestCase(fakes.TestCase):
    """A client of a retired server."""

    def setUp(self) -> None:
        super().setUp()
        self.http.get(fakes.MOGAN, json=DOCUMENT)
        self.client = client.Client(fakes.MOGAN, token='t')  # noqa: S106
        self.http.get(NODES, json={'manageable_servers': [NODE]})
