"""A real cloud: the service is killed in the middle, and starts again."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient import exceptions
from moganclient.tests.functional import base
from moganclient.tests.functional import fixtures
from moganclient.tests.functional import recorder

#: What the service was writing when it was killed, and whether that still
#: arrived.
MOMENTS = (
    ('claim_that_arrives', 'node', True),
    ('claim_that_does_not', 'node', False),
    ('port_that_arrives', 'port', True),
    ('port_that_does_not', 'port', False),
)


@ddt.ddt
class TestKilled(base.MachineTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.own = self.useFixture(
            fixtures.ServiceFixture(self.recorders.config(self.cloud))
        )
        self.caller = self.client('admin', endpoint_override=self.own.url)
        flavor = self.caller.flavor.create('all', {'baremetal.general': 1})
        self.arguments: dict[str, Any] = {
            'flavor': flavor,
            'ports': self.node['vifs'],
        }

    def kill_at(self, what: str, *, arrives: bool) -> None:
        """Kill the service while it writes, once."""

        def kill(_: recorder.Exchange) -> None:
            self.own.kill()
            if not arrives:
                raise recorder.Drop

        if what == 'node':
            self.recorders.ironic.on('PATCH', base.NODE_PATH, before=kill)
        else:
            self.recorders.neutron.on('PUT', base.PORT_PATH, before=kill)

    @ddt.named_data(*MOMENTS)
    def test_taking_over_is_finished(self, what: str, arrives: bool) -> None:
        self.kill_at(what, arrives=arrives)
        self.assertRaises(
            exceptions.AnswerLost,
            self.caller.server.manage,
            self.node['uuid'],
            'db',
            **self.arguments,
        )

        self.own.start()

        self.wait_for(
            lambda: (
                [s.status for s in self.caller.server.list()] == ['active']
            ),
            'recovery',
        )
        (server,) = self.caller.server.list()
        picture = self.picture(self.node)
        self.assertEqual(server.uuid, picture['node']['instance_uuid'])
        self.assertEqual(
            {server.uuid},
            {port['device_id'] for port in picture['ports'].values()},
        )
        self.caller.server.unmanage(server)
        self.assert_unchanged(self.node, self.before)

    @ddt.named_data(*MOMENTS)
    def test_letting_go_is_finished(self, what: str, arrives: bool) -> None:
        server = self.caller.server.manage(
            self.node['uuid'], 'db', **self.arguments
        )
        self.kill_at(what, arrives=arrives)
        self.assertRaises(
            exceptions.AnswerLost, self.caller.server.unmanage, server.uuid
        )

        self.own.start()

        self.wait_for(lambda: not self.caller.server.list(), 'recovery')
        self.assert_unchanged(self.node, self.before)
