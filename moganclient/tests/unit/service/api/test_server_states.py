"""Power, locks and protection of servers, through the application."""

from __future__ import annotations

import pathlib

import ddt
import fixtures

from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import lifecycle


@ddt.ddt
class PowerTest(lifecycle.LifecycleTest):
    def put(self, server, target='off', token=None, version=None):
        return self.call(
            'PUT',
            f'/v1/servers/{server}/states/power',
            token=token or self.member,
            version=version,
            json={'target': target},
        )

    def test_it_is_accepted_and_shows_in_the_server(self):
        server = self.build()
        self.slow()
        answer = self.put(server)
        self.assertEqual(
            (202, b''), (answer.status_code, answer.data), answer.text
        )
        self.assertEqual(
            f'http://localhost/v1/servers/{server}',
            answer.headers['Location'],
        )
        self.assertEqual('powering-off', self.show(server)['status'])
        self.later()
        found = self.show(server)
        self.assertEqual(
            ('stopped', 'power off'), (found['status'], found['power_state'])
        )

    @ddt.data('reboot', 'soft_reboot', 'soft_off')
    def test_every_target_of_a_running_server_is_taken(self, target):
        answer = self.put(self.build(), target)
        self.assertEqual(202, answer.status_code, answer.text)

    def test_one_that_was_taken_over_is_powered_as_well(self):
        server = self.adopt()
        self.assertEqual(202, self.put(server).status_code)
        self.assertEqual('stopped', self.show(server)['status'])

    def test_wrong_status_is_as_then(self):
        server = self.build()
        answer = self.put(server, 'on')
        self.assertEqual('server_busy', self.code(answer, 400))
        answer = self.put(server, 'on', version='1.4')
        self.assertEqual('server_busy', self.code(answer, 409))

    @ddt.data({}, {'target': 'sideways'}, {'target': 'on', 'timeout': 5})
    def test_body_that_is_none_is_refused(self, body):
        answer = self.call(
            'PUT',
            f'/v1/servers/{self.build()}/states/power',
            token=self.member,
            json=body,
        )
        self.assertEqual('invalid_body', self.code(answer, 400))

    def test_who_may_not(self):
        server = self.build()
        self.fault(self.put(server, token=self.stranger), 404)
        error = self.fault(self.put(server, token=self.reader), 403)
        self.assertIn('servers:power', error['detail'])
        self.assertEqual(
            'version_too_low', self.code(self.put(server, version='1.2'), 404)
        )
        self.fault(self.put('web-1'), 404)
        self.fault(self.put(base.uuid(9, 9)), 404)

    @ddt.data(
        exceptions.BadRequest('Ironic: rack7 is odd.', public='It is odd.'),
        exceptions.UpstreamUnavailable('http://rack7 is down.', sent=False),
        exceptions.NodeHasServer('rack7 has web.'),
    )
    def test_what_an_upstream_says_is_for_admins(self, failure):
        server = self.build()

        def refuse(*args):
            raise failure

        self.runtime.driver.set_power = refuse
        for token, told in (self.member, False), (self.operator, True):
            answer = self.put(server, token=token, version='1.4')
            detail = self.fault(answer, failure.status)['detail']
            self.assertEqual(told, 'rack7' in detail, detail)

    def test_driver_without_power_is_said(self):
        server = self.build()

        def refuse(*args):
            raise NotImplementedError

        self.runtime.driver.set_power = refuse
        answer = self.put(server)
        self.assertEqual('not_implemented', self.code(answer, 501))
        self.assertEqual('active', self.show(server)['status'])


class LockTest(lifecycle.LifecycleTest):
    def put(self, server, target=True, token=None, version=None):
        return self.call(
            'PUT',
            f'/v1/servers/{server}/states/lock',
            token=token or self.member,
            version=version,
            json={'target': target},
        )

    def test_it_is_there_at_once_and_says_whose(self):
        server = self.build()
        for token, whose in (
            (self.member, 'owner'),
            (self.operator, 'admin'),
        ):
            answer = self.put(server, token=token)
            self.assertEqual((202, b''), (answer.status_code, answer.data))
            self.assertNotIn('Location', answer.headers)
            found = self.show(server, version='1.4')
            self.assertEqual(
                (True, whose), (found['locked'], found['locked_by'])
            )
            answer = self.put(server, False, token=token)
            self.assertEqual(202, answer.status_code)
            self.assertFalse(self.show(server)['locked'])

    def test_again_is_no_error(self):
        server = self.build()
        for target in (True, True, False, False):
            self.assertEqual(202, self.put(server, target).status_code)

    def test_other_side_may_not_unlock(self):
        server = self.build()
        for first, second in (
            (self.member, self.operator),
            (self.operator, self.member),
        ):
            self.put(server, token=first)
            answer = self.put(server, False, token=second)
            self.assertEqual('locked_by_other_side', self.code(answer, 403))
            self.put(server, False, token=first)
            self.assertFalse(self.show(server)['locked'])

    def test_locked_one_is_left_alone_by_everybody(self):
        server = self.build()
        self.put(server)
        path = f'/v1/servers/{server}'
        name = [{'op': 'replace', 'path': '/name', 'value': 'x'}]
        for method, where, body in (
            ('PUT', '/states/power', {'target': 'off'}),
            ('PUT', '/states/provision', {'target': 'rebuild'}),
            ('DELETE', '', None),
            ('PATCH', '', name),
            ('POST', '/networks/interfaces', {'net_id': lifecycle.NETWORK}),
            (
                'DELETE',
                f'/networks/interfaces/{lifecycle.FREE_PORT}',
                None,
            ),
            (
                'POST',
                '/networks/floatingips',
                {'address': lifecycle.FLOATING_IP},
            ),
            (
                'DELETE',
                f'/networks/floatingips/{lifecycle.FLOATING_IP}',
                None,
            ),
        ):
            more = {} if body is None else {'json': body}
            for who in (self.member, self.operator):
                for version, status in ((None, 400), ('1.4', 409)):
                    answer = self.call(
                        method,
                        path + where,
                        token=who,
                        version=version,
                        **more,
                    )
                    self.assertEqual(
                        'server_locked',
                        self.code(answer, status),
                        f'{method} {where}',
                    )
        self.assertEqual('active', self.show(server)['status'])

    def test_one_that_is_locked_in_that_moment_is_not_changed(self):
        server = self.build()
        db = self.runtime.db
        inner = db.update_server
        locks = [{'locked_by': 'admin'}]

        def update_server(uuid, values, **conditions):
            if 'name' in values and locks:
                inner(uuid, locks.pop())
            return inner(uuid, values, **conditions)

        db.update_server = update_server
        answer = self.call(
            'PATCH',
            f'/v1/servers/{server}',
            token=self.member,
            version='1.4',
            json=[{'op': 'replace', 'path': '/name', 'value': 'x'}],
        )
        self.assertEqual('server_locked', self.code(answer, 409))
        self.assertEqual('web-1', self.show(server)['name'])

    def test_one_that_is_being_deleted_is_not_locked(self):
        server = self.build()
        self.slow()
        self.call('DELETE', f'/v1/servers/{server}', token=self.member)
        answer = self.put(server, version='1.4')
        self.assertEqual('server_busy', self.code(answer, 409))

    def test_locked_one_that_was_taken_over_is_not_let_go(self):
        server = self.adopt()
        self.put(server)
        answer = self.call(
            'POST',
            f'/v1/servers/{server}/unmanage',
            token=self.operator,
            content_type='application/json',
        )
        self.assertEqual('server_locked', self.code(answer, 409))

    def test_locked_one_is_looked_at_and_has_a_console(self):
        server = self.build()
        self.put(server)
        answer = self.call(
            'GET', f'/v1/servers/{server}/networks', token=self.member
        )
        self.assertEqual(200, answer.status_code, answer.text)
        answer = self.call(
            'POST',
            f'/v1/servers/{server}/remote_consoles',
            token=self.member,
            json={'protocol': 'serial', 'type': 'shellinabox'},
        )
        self.assertEqual(201, answer.status_code, answer.text)

    def test_body_that_is_none_is_refused(self):
        answer = self.put(self.build(), 'perhaps')
        self.assertEqual('invalid_body', self.code(answer, 400))

    def test_who_may_not(self):
        server = self.build()
        self.fault(self.put(server, token=self.stranger), 404)
        self.fault(self.put(server, token=self.reader), 403)
        self.fault(self.put(server, version='1.3'), 404)
        self.assertFalse(self.show(server)['locked'])


class UnlockOverrideTest(lifecycle.LifecycleTest):
    """Where the policy says who may unlock for the other side."""

    def setUp(self):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        rules = directory / 'policy.yaml'
        rules.write_text(
            '"baremetal_compute:servers:unlock_override": '
            '"rule:deployment_admin"\n'
        )
        self.OPTIONS = {
            **self.OPTIONS,
            'oslo_policy': {'policy_file': str(rules)},
        }
        super().setUp()

    def test_who_may_unlocks_what_the_owner_locked(self):
        server = self.build()
        path = f'/v1/servers/{server}/states/lock'
        for who, target in ((self.member, True), (self.operator, False)):
            answer = self.call('PUT', path, token=who, json={'target': target})
            self.assertEqual(202, answer.status_code, answer.text)
            self.assertEqual(target, self.show(server)['locked'])


@ddt.ddt
class ProtectTest(lifecycle.LifecycleTest):
    def patch(self, server, value, token=None, version='1.4', op='replace'):
        one = {'op': op, 'path': '/protected'}
        if value is not None:
            one['value'] = value
        return self.call(
            'PATCH',
            f'/v1/servers/{server}',
            token=token or self.operator,
            version=version,
            json=[one],
        )

    def node(self, number):
        return self.runtime.driver.get_node(base.uuid(1, number))

    def test_machine_and_server_say_so(self):
        server = self.adopt()
        self.assertTrue(self.node(1).protected)
        answer = self.patch(server, False)
        self.assertEqual(200, answer.status_code, answer.text)
        self.assertFalse(answer.json['protected'])
        self.assertFalse(self.node(1).protected)
        self.assertTrue(self.patch(server, True).json['protected'])
        self.assertTrue(self.node(1).protected)
        self.assertIn(server, self.node(1).protected_reason)

    def test_one_that_was_built_can_be_protected(self):
        server = self.build()
        self.assertTrue(self.patch(server, True).json['protected'])
        answer = self.call(
            'DELETE', f'/v1/servers/{server}', token=self.member
        )
        self.assertEqual('server_protected', self.code(answer, 409))

    def test_it_goes_with_a_name(self):
        server = self.adopt()
        answer = self.call(
            'PATCH',
            f'/v1/servers/{server}',
            token=self.operator,
            version='1.4',
            json=[
                {'op': 'replace', 'path': '/protected', 'value': False},
                {'op': 'replace', 'path': '/name', 'value': 'db-4'},
            ],
        )
        self.assertEqual(
            ('db-4', False), (answer.json['name'], answer.json['protected'])
        )

    def test_patch_that_is_wrong_elsewhere_writes_nothing(self):
        server = self.adopt()
        answer = self.call(
            'PATCH',
            f'/v1/servers/{server}',
            token=self.operator,
            version='1.4',
            json=[
                {'op': 'replace', 'path': '/protected', 'value': False},
                {'op': 'replace', 'path': '/name', 'value': ''},
            ],
        )
        self.fault(answer, 400)
        self.assertTrue(self.node(1).protected)

    @ddt.data(('yes', 'replace'), (None, 'remove'))
    @ddt.unpack
    def test_it_is_true_or_false(self, value, op):
        self.fault(self.patch(self.adopt(), value, op=op), 400)

    def test_member_may_not(self):
        server = self.adopt()
        error = self.fault(self.patch(server, False, token=self.member), 403)
        self.assertIn('servers:protect', error['detail'])
        self.assertTrue(self.node(1).protected)

    @ddt.data(None, '1.1', '1.3')
    def test_other_versions_do_not_know_it(self, version):
        answer = self.patch(self.adopt(), False, version=version)
        self.assertEqual('not_mutable', self.code(answer, 400))
        self.assertTrue(self.node(1).protected)
