"""Tests of telling failures apart."""

from __future__ import annotations

from typing import Any

import ddt
import testtools

from moganclient.adoption import outcomes
from moganclient import exceptions

SERVER = '5be26c0b-03f2-4d2e-ae87-c02d7f33c1ee'
OURS = 'baremetal-compute.'


@ddt.ddt
class TestKind(testtools.TestCase):
    @ddt.data(
        exceptions.ConnectFailure('x'),
        exceptions.TooManyRequests('x'),
        exceptions.ServiceUnavailable('x'),
        exceptions.Conflict('x', code=OURS + 'recovering'),
        exceptions.Conflict('x', code=OURS + 'server_busy'),
        exceptions.HTTPClientError('x', http_status=408),
    )
    def test_wait(self, error: Any) -> None:
        self.assertIs(outcomes.Kind.WAIT, outcomes.kind(error, SERVER))

    @ddt.data(
        exceptions.NotFound('x'),
        exceptions.BadRequest('x'),
        exceptions.Forbidden('x'),
        exceptions.Conflict('x', code=OURS + 'node_not_adoptable'),
        exceptions.Conflict('x', server_uuid='another'),
        exceptions.HttpNotImplemented('x'),
        exceptions.ValidationError('x'),
        exceptions.ClientException('x'),
    )
    def test_never(self, error: Any) -> None:
        self.assertIs(outcomes.Kind.NEVER, outcomes.kind(error, SERVER))

    @ddt.data(
        exceptions.AnswerLost('x'),
        exceptions.AnswerTimeout('x'),
        exceptions.ConnectionFailure('x'),
        exceptions.MalformedResponse('x'),
        exceptions.InternalServerError('x'),
        exceptions.BadGateway('x'),
        exceptions.GatewayTimeout('x'),
        exceptions.Conflict('x', server_uuid=SERVER),
        exceptions.Conflict(
            'x', code=OURS + 'recovering', server_uuid=SERVER
        ),
    )
    def test_unknown(self, error: Any) -> None:
        self.assertIs(outcomes.Kind.UNKNOWN, outcomes.kind(error, SERVER))

    @ddt.data(
        exceptions.Unauthorized('x'),
        exceptions.AuthenticationFailed('x'),
        exceptions.EndpointNotFound('x'),
        exceptions.UnsupportedVersion('x'),
        exceptions.SSLError('x'),
    )
    def test_fatal(self, error: Any) -> None:
        self.assertIs(outcomes.Kind.FATAL, outcomes.kind(error, SERVER))


class TestReasons(testtools.TestCase):
    def test_the_service_s_own(self):
        reasons = [{'code': 'retired', 'message': 'm'}]
        error = exceptions.Conflict('x', reasons=reasons)
        self.assertEqual(reasons, outcomes.reasons(error))

    def test_the_sentence_where_there_are_none(self):
        error = exceptions.Conflict('It is so.', code=OURS + 'port_conflict')
        self.assertEqual(
            [{'code': 'port_conflict', 'message': 'It is so.'}],
            outcomes.reasons(error),
        )
