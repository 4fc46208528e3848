"""How a client of the retired API, which says no version, is answered."""

from __future__ import annotations

import json
import pathlib

import bcrypt
import ddt
import fixtures

from moganclient.service.api import state
from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base

NOBODY = base.uuid(9, 9)


class FaultTest(base.ApiTest):
    def test_error_is_told_as_then_beside_ours(self):
        answer = self.call('GET', f'/v1/servers/{NOBODY}')
        error = self.fault(answer, 404)
        self.assertEqual(
            {
                'debuginfo': None,
                'faultcode': 'Client',
                'faultstring': error['detail'],
            },
            json.loads(answer.json['error_message']),
        )

    def test_error_of_a_stated_version_is_ours_alone(self):
        answer = self.call('GET', f'/v1/servers/{NOBODY}', version='1.1')
        self.assertEqual({'errors'}, set(answer.json))

    def test_version_of_another_service_alone_states_none_of_ours(self):
        answer = self.call(
            'GET',
            f'/v1/servers/{NOBODY}',
            headers={base.VERSION_HEADER: 'compute 2.90'},
        )
        self.assertIn('error_message', answer.json)

    def test_version_that_cannot_be_read_is_told_in_our_form_alone(self):
        answer = self.call(
            'GET', '/v1/servers', headers={base.VERSION_HEADER: '1.4'}
        )
        self.fault(answer, 400)
        self.assertEqual({'errors'}, set(answer.json))

    def test_discovery_tells_errors_as_the_version_asks(self):
        self.assertIn('error_message', self.call('PUT', '/v1').json)
        answer = self.call('PUT', '/v1', version='1.4')
        self.assertEqual({'errors'}, set(answer.json))

    def test_unknown_route_has_a_code_and_a_title(self):
        answer = self.call('GET', '/v1/nonesuch')
        inner = json.loads(answer.json['error_message'])
        self.assertEqual((404, 'Not Found'), (inner['code'], inner['title']))
        self.assertIn('/v1/nonesuch', inner['description'])

    def test_fault_of_the_service_has_the_code_of_servers(self):
        self.runtime.db.list_servers = None
        answer = self.call('GET', '/v1/servers')
        self.assertEqual(500, answer.status_code)
        self.assertEqual(
            'Server', json.loads(answer.json['error_message'])['faultcode']
        )

    def test_request_id_is_under_the_old_name_too(self):
        answer = self.call('GET', '/v1/servers')
        self.assertEqual(
            answer.headers['X-OpenStack-Request-Id'],
            answer.headers['OpenStack-Request-Id'],
        )


class UnauthorizedTest(base.ApiTest):
    def setUp(self):
        directory = self.useFixture(fixtures.TempDir()).path
        users = pathlib.Path(directory) / 'users'
        crypted = bcrypt.hashpw(b'right', bcrypt.gensalt(4))
        users.write_text(f'ann:{crypted.decode()}\n')
        self.OPTIONS = {
            'DEFAULT': {'auth_strategy': 'http_basic'},
            'http_basic': {'user_file': str(users)},
        }
        super().setUp()

    def test_error_is_told_as_the_token_middleware_did(self):
        answer = self.call('GET', '/v1/servers')
        error = self.fault(answer, 401)
        self.assertEqual(
            {
                'code': 401,
                'title': 'Unauthorized',
                'message': error['detail'],
            },
            answer.json['error'],
        )


@ddt.ddt
class StatusTest(base.ApiTest):
    """What is only for 1.4 and for clients of that time."""

    def setUp(self):
        super().setUp()
        self.runtime.db.list_servers = self.refuse

    def refuse(self, query):
        del query
        state.since_1_4()
        raise exceptions.Conflict('No.', retired_status=400)

    def test_client_of_that_time_gets_the_status_of_then(self):
        error = self.fault(self.call('GET', '/v1/servers'), 400)
        self.assertEqual('Bad Request', error['title'])

    def test_current_version_gets_todays_status(self):
        self.fault(self.call('GET', '/v1/servers', version='1.4'), 409)

    @ddt.data('1.1', '1.2', '1.3')
    def test_older_version_is_told_what_it_takes(self, version):
        error = self.fault(
            self.call('GET', '/v1/servers', version=version), 404
        )
        self.assertEqual('baremetal-compute.version_too_low', error['code'])
        self.assertEqual('1.4', error['min_version'])
        self.assertIn('needs 1.4', error['detail'])
