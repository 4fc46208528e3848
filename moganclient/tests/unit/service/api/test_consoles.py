"""Serial consoles, through the application."""

from __future__ import annotations

import ddt
import fixtures

from moganclient.service.api import consoles
from moganclient.service import deadline
from moganclient.service.drivers import base as drivers
from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import lifecycle


class Case(lifecycle.LifecycleTest):
    def post(self, server, token=None, version=None, **more):
        return self.call(
            'POST',
            f'/v1/servers/{server}/remote_consoles',
            token=token or self.member,
            version=version,
            json={'protocol': 'serial', 'type': 'shellinabox', **more},
        )

    def is_on(self, node_uuid):
        return self.runtime.driver.get_node_bare(node_uuid).console_enabled

    def meanwhile(self, happening):
        """Something happens while it is switched on."""
        inner = self.runtime.driver.enable_console

        def enable_console(node_uuid):
            happening()
            return inner(node_uuid)

        self.runtime.driver.enable_console = enable_console


@ddt.ddt
class ConsoleTest(Case):
    def test_it_is_switched_on_and_says_where(self):
        answer = self.post(self.build())
        self.assertEqual(201, answer.status_code, answer.text)
        self.assertEqual(
            {
                'protocol': 'serial',
                'type': 'shellinabox',
                'url': 'http://127.0.0.1:8866',
            },
            answer.json,
        )

    def test_other_type_than_the_machine_has_is_said(self):
        answer = self.post(self.build(), type='socat')
        self.assertEqual('console_type_unavailable', self.code(answer, 400))

    def test_machine_that_does_not_say_where_it_is(self):
        server = self.build()
        self.runtime.driver.console = lambda node: drivers.Console(True)
        answer = self.post(server)
        self.assertEqual('console_type_unavailable', self.code(answer, 400))
        self.assertIn('does not say where', answer.text)

    @ddt.data({'type': None}, {'type': 'novnc'}, {'protocol': 'vnc'})
    def test_body_that_is_none_is_refused(self, body):
        answer = self.post(self.build(), **body)
        self.assertEqual('invalid_body', self.code(answer, 400))

    def test_machine_without_one_is_said(self):
        answer = self.post(self.adopt())
        self.assertEqual('not_implemented', self.code(answer, 501))

    def test_one_that_takes_too_long_can_be_asked_for_again(self):
        server = self.build()
        self.runtime.driver.enable_console = lambda node: None
        self.useFixture(
            fixtures.MonkeyPatch(f'{consoles.__name__}._PATIENCE', 0)
        )
        answer = self.post(server)
        self.assertEqual('console_not_ready', self.code(answer, 503))
        self.assertIn('Retry-After', answer.headers)

    def hand_over(self, server):
        """An operator gives the machine to somebody else.

        :returns: its UUID
        """
        node_uuid = self.runtime.db.get_server(server).node_uuid
        self.runtime.driver.release_node(node_uuid)
        self.runtime.driver.claim_node(node_uuid, base.uuid(9, 77), 'theirs')
        return node_uuid

    def test_machine_that_is_anothers_by_now_is_left_alone(self):
        server = self.build()
        node_uuid = self.hand_over(server)
        answer = self.post(server, version='1.4')
        self.assertEqual('node_lost', self.code(answer, 409))
        self.assertNotIn(base.uuid(9, 77), answer.text)
        self.assertFalse(self.is_on(node_uuid))

    def test_machine_that_becomes_anothers_is_not_told_of(self):
        server = self.build()
        self.meanwhile(lambda: self.hand_over(server))
        answer = self.post(server, version='1.4')
        self.assertEqual('node_lost', self.code(answer, 409))
        self.assertNotIn('8866', answer.text)

    def test_server_that_is_deleted_meanwhile_leaves_none_on(self):
        server = self.build()
        node_uuid = self.runtime.db.get_server(server).node_uuid
        self.slow()
        self.meanwhile(
            lambda: self.call(
                'DELETE', f'/v1/servers/{server}', token=self.member
            )
        )
        answer = self.post(server, version='1.4')
        self.assertEqual('server_busy', self.code(answer, 409))
        self.assertFalse(self.is_on(node_uuid))

    def test_lock_of_what_deletes_the_server_is_waited_for(self):
        server = self.build()
        node_uuid = self.runtime.db.get_server(server).node_uuid
        self.meanwhile(
            lambda: self.runtime.db.update_server(
                server, {'status': 'deleting'}
            )
        )
        locks = [exceptions.UpstreamConflict('Locked.')] * 2
        inner = self.runtime.driver.disable_console

        def disable_console(node):
            if locks:
                raise locks.pop()
            inner(node)

        self.runtime.driver.disable_console = disable_console
        answer = self.post(server, version='1.4')
        self.assertEqual('server_busy', self.code(answer, 409))
        self.assertFalse(self.is_on(node_uuid))

    def test_one_that_is_on_too_late_for_its_server_is_switched_off(self):
        """What it was told last is to be off, whenever it was on."""
        server = self.build()
        node_uuid = self.runtime.db.get_server(server).node_uuid
        self.meanwhile(
            lambda: self.runtime.db.update_server(
                server, {'status': 'deleting'}
            )
        )
        self.runtime.driver.console = lambda node: drivers.Console(False)
        self.useFixture(
            fixtures.MonkeyPatch(f'{consoles.__name__}._PATIENCE', 0)
        )
        answer = self.post(server, version='1.4')
        self.assertEqual('server_busy', self.code(answer, 409))
        self.assertFalse(self.is_on(node_uuid))

    def test_no_time_that_is_left_keeps_it_on(self):
        server = self.build()
        node_uuid = self.runtime.db.get_server(server).node_uuid
        driver = self.runtime.driver
        inner = driver.disable_console

        def disable_console(node):
            deadline.check('the console was off')
            inner(node)

        def take_long():
            self.runtime.db.update_server(server, {'status': 'deleting'})
            # What comes next in this request, which ends that, is too late.
            deadline._until.set(0.0)

        driver.disable_console = disable_console
        self.meanwhile(take_long)
        self.fault(self.post(server, version='1.4'), 409)
        self.assertFalse(self.is_on(node_uuid))

    def test_server_that_is_being_built_has_none(self):
        server = self.call(
            'POST', '/v1/servers', token=self.member, json=self.body()
        ).json['uuid']
        self.assertEqual('server_busy', self.code(self.post(server), 400))

    def test_who_may_not(self):
        server = self.build()
        self.fault(self.post(server, token=self.stranger), 404)
        self.fault(self.post(server, token=self.reader), 403)
        self.assertEqual(
            'version_too_low', self.code(self.post(server, version='1.3'), 404)
        )


class AdoptedTest(Case):
    """A machine that was taken over, with a console."""

    NODES = [
        base.node(1, properties={'console_url': 'http://127.0.0.1:8866'}),
        *lifecycle.LifecycleTest.NODES[1:],
    ]

    def test_server_that_is_let_go_meanwhile_leaves_none_on(self):
        server = self.adopt()
        self.meanwhile(
            lambda: self.call(
                'POST',
                f'/v1/servers/{server}/unmanage',
                token=self.operator,
                json={},
            )
        )
        answer = self.post(server, version='1.4')
        self.assertEqual('server_not_found', self.code(answer, 404))
        self.assertFalse(self.is_on(base.uuid(1, 1)))

    def test_server_that_is_being_let_go_leaves_none_on(self):
        server = self.adopt()
        self.meanwhile(
            lambda: self.runtime.db.update_server(
                server, {'status': 'unmanaging'}
            )
        )
        answer = self.post(server, version='1.4')
        self.assertEqual('server_busy', self.code(answer, 409))
        self.assertFalse(self.is_on(base.uuid(1, 1)))
