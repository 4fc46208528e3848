"""Tests of waiting for a server."""

from __future__ import annotations

from collections.abc import Iterable

import ddt
import testtools

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import server
from moganclient.v1 import waiting


class Machine:
    """A server whose status changes at each look, on a clock of its own."""

    def __init__(self, *statuses: str | None, **more: object) -> None:
        self._statuses: Iterable[str | None] = iter(statuses)
        self._more = more
        self.now = 0.0
        self.left = 0.0
        self.slept: list[float] = []

    def look(self, left: float) -> server.Server:
        self.left = left
        status = next(self._statuses)  # type: ignore[call-overload]
        if status is None:
            raise exceptions.NotFound('gone')
        return server.Server({**fakes.SERVER, 'status': status, **self._more})

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, **more):
        return waiting.wait(
            self.look, sleep=self.sleep, clock=lambda: self.now, **more
        )


@ddt.ddt
class TestWait(testtools.TestCase):
    @ddt.data(*sorted(waiting.UNDER_WAY))
    def test_until_nothing_is_going_on(self, status):
        found = Machine(status, status, 'active').wait()
        self.assertEqual('active', found.status)

    def test_one_that_is_settled_is_not_waited_for(self):
        machine = Machine('stopped')
        machine.wait()
        self.assertEqual([], machine.slept)

    def test_it_looks_at_intervals(self):
        machine = Machine('building', 'building', 'active')
        machine.wait(interval=7)
        self.assertEqual([7, 7], machine.slept)

    @ddt.data((60, 60.0), (3, waiting.LOOK))
    @ddt.unpack
    def test_a_look_takes_no_longer_than_is_left(self, timeout, left):
        machine = Machine('active')
        machine.wait(timeout=timeout)
        self.assertEqual(left, machine.left)

    def test_progress_is_told_of_each_look(self):
        seen: list[str] = []
        Machine('building', 'active').wait(
            progress=lambda server: seen.append(server.status)
        )
        self.assertEqual(['building', 'active'], seen)

    def test_too_late(self):
        machine = Machine('building', 'building', 'building', 'building')
        error = self.assertRaises(
            exceptions.WaitTimeout, machine.wait, timeout=5, interval=3
        )
        self.assertEqual([3, 2], machine.slept)
        self.assertEqual('building', error.server.status)
        self.assertIn('still building after 5 seconds', error.message)

    def test_an_error_is_told_with_its_fault(self):
        fault = {'code': 500, 'message': 'No valid host\nTraceback'}
        error = self.assertRaises(
            exceptions.ServerFailed, Machine('error', fault=fault).wait
        )
        self.assertEqual(fault, error.fault)
        self.assertEqual(
            f'Server {fakes.SERVER_UUID} ("db-3") is in error: No valid host',
            error.message,
        )

    @ddt.data(
        ('Step "deploy".', ' Step "deploy".'),
        ('', ''),
        (None, ''),
        ('Traceback\n  File "x"', ''),
    )
    @ddt.unpack
    def test_what_only_an_administrator_is_told_of_it(self, detail, told):
        fault = {'message': 'No node fits.', 'detail': detail}
        error = self.assertRaises(
            exceptions.ServerFailed, Machine('error', fault=fault).wait
        )
        self.assertTrue(error.message.endswith(f': No node fits.{told}'))

    def test_an_error_that_nobody_explains(self):
        error = self.assertRaises(
            exceptions.ServerFailed, Machine('error').wait
        )
        self.assertIn('does not say why', error.message)

    def test_a_power_action_that_came_to_nothing(self):
        machine = Machine('active', fault={'message': 'BMC silent'})
        error = self.assertRaises(exceptions.ServerFailed, machine.wait)
        self.assertIn(
            'active, which is not what was asked for: BMC silent',
            error.message,
        )

    def test_what_fails_meanwhile_is_told_of(self):
        machine = Machine('building', 'active')
        failure = exceptions.ConnectFailure('Cannot connect.')
        looks = iter([failure, None, None])

        def look(left: float) -> server.Server:
            error = next(looks)
            if error is not None:
                raise error
            return machine.look(left)

        told: list[exceptions.ClientException] = []
        waiting.wait(look, trouble=told.append, sleep=machine.sleep)
        self.assertEqual([failure], told)

    def test_gone(self):
        self.assertIsNone(Machine('deleting', None).wait(until='deleted'))

    def test_gone_and_not_deleted(self):
        self.assertRaises(exceptions.NotFound, Machine('building', None).wait)

    @ddt.data('error', 'active')
    def test_not_deleted(self, status):
        machine = Machine(status, fault={'message': 'Cleaning failed'})
        error = self.assertRaises(
            exceptions.ServerFailed, machine.wait, until='deleted'
        )
        self.assertIn(
            f'was not deleted, it is {status}: Cleaning failed', error.message
        )

    @ddt.data(
        {'until': 'active'},
        {'timeout': 0},
        {'timeout': float('nan')},
        {'interval': -1},
    )
    def test_what_makes_no_sense(self, wrong):
        self.assertRaises(
            exceptions.ValidationError, Machine('active').wait, **wrong
        )
