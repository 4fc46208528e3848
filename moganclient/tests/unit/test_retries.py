"""Tests of what is tried again, and when."""

from __future__ import annotations

import ddt
import testtools

from moganclient import exceptions
from moganclient import retries


@ddt.ddt
class TestWorthwhile(testtools.TestCase):
    @ddt.data(
        exceptions.ConnectFailure,
        exceptions.AnswerLost,
        exceptions.AnswerTimeout,
        exceptions.TooManyRequests,
        exceptions.BadGateway,
        exceptions.ServiceUnavailable,
        exceptions.GatewayTimeout,
    )
    def test_a_read_is_sent_again_after(self, cls):
        self.assertTrue(retries.worthwhile('GET', cls()))

    @ddt.data(
        exceptions.InternalServerError,
        exceptions.HttpNotImplemented,
        exceptions.NotFound,
        exceptions.Conflict,
        exceptions.SSLError,
        exceptions.EndpointNotFound,
        exceptions.MalformedResponse,
    )
    def test_a_read_is_not_sent_again_after(self, cls):
        self.assertFalse(retries.worthwhile('GET', cls()))

    @ddt.data('POST', 'PATCH', 'DELETE')
    def test_a_write_is_sent_again_where_it_surely_did_not_act(self, method):
        for cls in (exceptions.ConnectFailure, exceptions.TooManyRequests):
            self.assertTrue(retries.worthwhile(method, cls()), cls)

    @ddt.data('POST', 'PATCH', 'DELETE')
    def test_a_write_is_not_sent_again_where_it_may_have_acted(self, method):
        for cls in (
            exceptions.AnswerLost,
            exceptions.AnswerTimeout,
            exceptions.BadGateway,
            exceptions.ServiceUnavailable,
            exceptions.GatewayTimeout,
            exceptions.InternalServerError,
        ):
            self.assertFalse(retries.worthwhile(method, cls()), cls)


class TestPolicy(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.now = 1000.0
        self.policy = retries.Policy(
            retries=3, within=60, pause=1, clock=lambda: self.now
        )

    def delay(self, attempt: int, asked: int = 0) -> float | None:
        return self.policy.delay(attempt, 1000.0, asked)

    def test_delays_grow(self):
        self.assertTrue(0.5 <= self.delay(1) <= 1)
        self.assertTrue(1 <= self.delay(2) <= 2)
        self.assertTrue(2 <= self.delay(3) <= 4)

    def test_attempts_are_counted(self):
        self.assertIsNone(self.delay(4))

    def test_no_retries_at_all(self):
        self.policy = retries.Policy(retries=0)
        self.assertIsNone(self.policy.delay(1, 0.0, 0))

    def test_less_time_for_one_request(self):
        self.assertIsNone(self.policy.delay(1, 1000.0, 5, within=4))
        self.assertLess(5, self.policy.delay(1, 1000.0, 5, within=7))
        self.assertIsNone(self.policy.delay(1, 1000.0, 61, within=90))

    def test_never_earlier_than_the_server_asks(self):
        self.assertTrue(30 < self.delay(1, asked=30) <= 31)

    def test_longer_than_there_is_time_is_not_waited_for(self):
        self.assertIsNone(self.delay(1, asked=61))

    def test_time_that_is_gone_counts(self):
        self.now += 40
        self.assertIsNone(self.delay(1, asked=30))
        self.assertIsNotNone(self.delay(1, asked=10))
