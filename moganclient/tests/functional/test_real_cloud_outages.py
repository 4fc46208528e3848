"""A real cloud: answers get lost, and Ironic goes down in the middle."""

from __future__ import annotations

from moganclient import exceptions
from moganclient.tests.functional import base
from moganclient.tests.functional import recorder

NODE = base.NODE_PATH
PORT = base.PORT_PATH


class TestLostAnswers(base.MachineTestCase):
    def test_a_claim_that_was_carried_out_is_found(self) -> None:
        self.recorders.ironic.on('PATCH', NODE, after=recorder.drop)

        server = self.take_over()

        self.assert_taken_over(server)

    def test_a_claim_that_did_not_arrive_is_made_again(self) -> None:
        self.recorders.ironic.on('PATCH', NODE, before=recorder.drop)

        server = self.take_over()

        self.assert_taken_over(server)

    def test_a_port_that_was_bound_is_found(self) -> None:
        self.recorders.neutron.on('PUT', PORT, after=recorder.drop)

        server = self.take_over()

        self.assert_taken_over(server)

    def test_a_port_that_cannot_be_bound_undoes_the_claim(self) -> None:
        self.recorders.neutron.on(
            'PUT', PORT, before=recorder.reply(503), times=None
        )

        self.assertRaises(exceptions.ServiceUnavailable, self.take_over)

        self.wait_for(
            lambda: not self.admin.server.list(node=self.node['uuid']),
            'the server to go',
        )
        self.assert_unchanged(self.node, self.before)

    def test_letting_go_goes_on_after_a_lost_answer(self) -> None:
        server = self.take_over()
        self.recorders.ironic.on('PATCH', NODE, after=recorder.drop)
        self.recorders.neutron.on('PUT', PORT, after=recorder.drop)

        self.admin.server.unmanage(server)

        self.assert_no_server()
        self.assert_unchanged(self.node, self.before)


class TestLettingGo(base.MachineTestCase):
    """What cannot be let go now is a server still."""

    def setUp(self) -> None:
        super().setUp()
        self.server = self.take_over()

    def assert_let_go_later(self) -> None:
        self.assertRaises(
            exceptions.ServiceUnavailable,
            self.admin.server.unmanage,
            self.server,
        )
        for one in self.recorders.all:
            one.clear()
        self.wait_for(
            lambda: self.admin.server.get(self.server).status == 'active',
            'the server to be as it was',
        )
        self.assert_taken_over(self.server)

        self.admin.server.unmanage(self.server)

        self.assert_unchanged(self.node, self.before)

    def test_without_ironic_it_stays_a_server(self) -> None:
        self.recorders.ironic.on('GET', '', before=recorder.drop, times=None)

        self.assert_let_go_later()

    def test_without_neutron_it_stays_a_server(self) -> None:
        self.recorders.neutron.on('GET', '', before=recorder.drop, times=None)

        self.assert_let_go_later()

    def test_with_its_ports_given_back_and_ironic_gone_they_are_taken_again(
        self,
    ) -> None:
        self.recorders.ironic.on(
            'PATCH', NODE, before=recorder.reply(503), times=None
        )

        self.assert_let_go_later()


class TestIronicRestarts(base.MachineTestCase):
    """Ironic goes down in the middle, and comes back."""

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(self._up)

    def _up(self) -> None:
        if not self.cloud.services['ironic'].running:
            self.cloud.start_ironic()

    def test_a_claim_that_cannot_be_taken_back_is_left_to_recovery(
        self,
    ) -> None:
        # Neutron fails, so the claim has to be taken back: of an Ironic
        # that is down by then.
        def down(_: recorder.Exchange) -> recorder.Reply:
            self.cloud.stop_ironic()
            return recorder.Reply(409, {'NeutronError': {'message': 'no'}})

        self.recorders.neutron.on('PUT', PORT, before=down)
        self.recorders.neutron.on(
            'PUT', PORT, before=recorder.reply(503), times=None
        )

        self.assertRaises(exceptions.HttpError, self.take_over)

        (left,) = self.admin.server.list(node=self.node['uuid'])
        self.assertEqual('managing', left.status)
        self.recorders.neutron.clear()
        self.cloud.start_ironic()
        self.wait_for(
            lambda: not self.admin.server.list(node=self.node['uuid']),
            'recovery',
        )
        self.assert_unchanged(self.node, self.before)

    def test_before_the_claim_nothing_is_left(self) -> None:
        def down(_: recorder.Exchange) -> None:
            self.cloud.stop_ironic()

        self.recorders.glance.on('GET', '/v2/images/', before=down)

        self.assertRaises(exceptions.ServiceUnavailable, self.take_over)

        self.cloud.start_ironic()
        self.wait_for(
            lambda: not self.admin.server.list(node=self.node['uuid']),
            'recovery',
        )
        self.assert_unchanged(self.node, self.before)

    def test_when_it_is_back_in_time_the_machine_is_taken_over(self) -> None:
        def down(_: recorder.Exchange) -> None:
            self.cloud.stop_ironic()

        def up(exchange: recorder.Exchange) -> None:
            self.cloud.start_ironic()
            raise recorder.Drop

        self.recorders.glance.on('GET', '/v2/images/', before=down)
        self.recorders.ironic.on('PATCH', NODE, before=up)

        server = self.take_over()

        self.assert_taken_over(server)
