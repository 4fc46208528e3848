"""What the tests of v1 talk to, and about."""

from __future__ import annotations

import copy
from typing import Any

from requests_mock.contrib import fixture as requests_mock
import testtools

from moganclient.tests.unit import loopback
from moganclient.v1 import client

MOGAN = 'http://mogan.test:6688/v1'

NODE_UUID = '1be26c0b-03f2-4d2e-ae87-c02d7f33c1aa'
FLAVOR_UUID = '2be26c0b-03f2-4d2e-ae87-c02d7f33c1bb'
PORT_UUID = '3be26c0b-03f2-4d2e-ae87-c02d7f33c1cc'
OTHER_PORT_UUID = '4be26c0b-03f2-4d2e-ae87-c02d7f33c1dd'
SERVER_UUID = '5be26c0b-03f2-4d2e-ae87-c02d7f33c1ee'
OTHER_UUID = '6be26c0b-03f2-4d2e-ae87-c02d7f33c1ff'

NODE: dict[str, Any] = {
    'uuid': NODE_UUID,
    'name': 'rack7-u12',
    'resource_class': 'baremetal.gold',
    'ports': [
        {'uuid': OTHER_UUID, 'vif_port_id': PORT_UUID},
        {'uuid': OTHER_UUID, 'vif_port_id': None},
    ],
    'portgroups': [],
    'adoptable': True,
    'reasons': [],
    'server_uuid': None,
}

FLAVOR: dict[str, Any] = {
    'uuid': FLAVOR_UUID,
    'name': 'gold',
    'resources': {'CUSTOM_BAREMETAL_GOLD': 1},
    'is_public': True,
    'disabled': False,
}

SERVER: dict[str, Any] = {
    'uuid': SERVER_UUID,
    'name': 'db-3',
    'status': 'active',
    'metadata': {},
}


class TestCase(testtools.TestCase):
    """A client, and an API that is mocked at the level of HTTP."""

    #: The newest version that the server speaks.
    NEWEST = '1.4'

    def setUp(self) -> None:
        super().setUp()
        self.http = self.useFixture(requests_mock.Fixture())
        document = copy.deepcopy(loopback.VERSIONS)
        document['version']['version'] = self.NEWEST
        self.http.get(MOGAN, json=document)
        self.client = client.Client(MOGAN, token='t')  # noqa: S106

    def sent(self) -> list[str]:
        """Every request but that for the versions."""
        return [
            f'{asked.method} {asked.url.removeprefix(MOGAN)}'
            for asked in self.http.request_history
            if asked.url != MOGAN
        ]

    @property
    def body(self) -> Any:
        """What the last request said."""
        return self.http.last_request.json()
