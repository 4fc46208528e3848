"""Tests of --wait."""

from __future__ import annotations

import argparse
import io
import types
from typing import Any

import ddt
from osc_lib import exceptions
import requests
import testtools

from moganclient.osc import waits
from moganclient import retries
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import client

ONE = f'{fakes.MOGAN}/servers/{fakes.SERVER_UUID}'
OTHERS = (fakes.OTHER_UUID, fakes.SERVER_UUID, fakes.PORT_UUID)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def parse(*argv: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    waits.add(parser, 'until it is there')
    return parser.parse_args(argv)


@ddt.ddt
class TestOptions(testtools.TestCase):
    def test_a_timeout_without_a_wait(self):
        error = self.assertRaises(
            exceptions.CommandError,
            waits.check,
            parse('--timeout', '5'),
        )
        self.assertIn('--wait', str(error))

    @ddt.data((), ('--wait',), ('--wait', '--timeout', '5'))
    def test_what_makes_sense(self, argv):
        self.assertIsNone(waits.check(parse(*argv)))


class TestWatch(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.client = client.Client(
            fakes.MOGAN,
            retry=retries.Policy(sleep=lambda seconds: None),
        )
        self.http.get(
            ONE,
            [
                {'json': {**fakes.SERVER, 'status': 'building'}},
                {'json': {**fakes.SERVER, 'status': 'active'}},
            ],
        )

    def watch(
        self, stream: io.StringIO, *argv: str, verbose_level: int = 1
    ) -> Any:
        with self.context(stream, *argv, verbose_level=verbose_level) as watch:
            return watch.wait(self.client, fakes.SERVER_UUID)

    def context(
        self, stream: io.StringIO, *argv: str, verbose_level: int = 1
    ) -> waits.Watch:
        used: Any = types.SimpleNamespace(
            app=types.SimpleNamespace(stderr=stream),
            app_args=types.SimpleNamespace(verbose_level=verbose_level),
        )
        return waits.Watch(used, parse('--wait', *argv))

    def test_the_server_as_it_is_then(self):
        self.assertEqual('active', self.watch(io.StringIO()).status)

    def test_a_terminal_is_told(self):
        stream = Terminal()
        self.watch(stream)
        self.assertIn('db-3: building', stream.getvalue())
        # And the line is gone.
        self.assertTrue(stream.getvalue().endswith('\r'))

    def test_a_file_is_not(self):
        stream = io.StringIO()
        self.watch(stream)
        self.assertEqual('', stream.getvalue())

    def test_quiet_is_quiet(self):
        stream = Terminal()
        self.watch(stream, verbose_level=0)
        self.assertEqual('', stream.getvalue())

    def test_the_timeout_is_the_one_that_was_typed(self):
        now = iter(range(0, 100, 3))
        self.client = client.Client(
            fakes.MOGAN,
            retry=retries.Policy(
                sleep=lambda seconds: None, clock=lambda: next(now)
            ),
        )
        self.http.get(ONE, json={**fakes.SERVER, 'status': 'building'})
        error = self.assertRaises(
            exceptions.CommandError,
            self.watch, io.StringIO(), '--timeout', '7',
        )  # fmt: skip
        self.assertIn('after 7 seconds', str(error))
        self.assertTrue(
            str(error).endswith(f'server show {fakes.SERVER_UUID}'), error
        )

    def test_a_service_that_is_away_for_a_while(self):
        self.http.get(
            ONE,
            [
                {'json': {**fakes.SERVER, 'status': 'building'}},
                {'exc': requests.exceptions.ConnectionError},
                {'status_code': 503},
                {'json': {**fakes.SERVER, 'status': 'active'}},
            ],
        )
        self.assertEqual('active', self.watch(io.StringIO()).status)

    def test_a_terminal_is_told_why_it_is_looked_again(self):
        self.http.get(
            ONE,
            [{'status_code': 503, 'json': base.fault('Ironic is away.')}] * 9
            + [{'json': fakes.SERVER}],
        )
        stream = Terminal()
        self.watch(stream)
        self.assertIn(
            f'{fakes.SERVER_UUID}: looking again: Ironic is away.',
            stream.getvalue(),
        )

    def test_a_service_that_stays_away(self):
        now = iter(range(10000))
        self.client = client.Client(
            fakes.MOGAN,
            retry=retries.Policy(
                sleep=lambda seconds: None, clock=lambda: next(now)
            ),
        )
        self.http.get(ONE, status_code=503)
        error = self.assertRaises(
            exceptions.CommandError,
            self.watch, io.StringIO(), '--timeout', '60',
        )  # fmt: skip
        # One that was never seen is named all the same.
        self.assertIn(f'server show {fakes.SERVER_UUID}', str(error))
        self.assertIn('60 seconds', str(error))
        self.assertEqual(1, len(str(error).splitlines()))

    def test_the_line_goes_where_it_fails_too(self):
        self.http.get(ONE, json={**fakes.SERVER, 'status': 'error'})
        stream = Terminal()
        self.assertRaises(exceptions.CommandError, self.watch, stream)
        self.assertTrue(stream.getvalue().endswith('\r'))

    def test_who_no_longer_waits_is_told_of_what_goes_on(self):
        def interrupt(seconds: float) -> None:
            raise KeyboardInterrupt

        self.client = client.Client(
            fakes.MOGAN, retry=retries.Policy(sleep=interrupt)
        )
        stream = io.StringIO()
        self.assertRaises(KeyboardInterrupt, self.watch, stream)
        self.assertEqual(
            f'Server {fakes.SERVER_UUID} ("db-3") is building; that goes on '
            'without anybody waiting for it.\n',
            stream.getvalue(),
        )

    def test_of_several_each_is_told_of_that_is_not_done(self):
        self.http.get(
            f'{fakes.MOGAN}/servers/{fakes.OTHER_UUID}',
            json={**fakes.SERVER, 'uuid': fakes.OTHER_UUID},
        )
        stream = io.StringIO()

        def watch() -> None:
            with self.context(stream) as watch:
                for uuid in OTHERS:
                    watch.expect(uuid)
                watch.wait(self.client, fakes.OTHER_UUID)
                raise KeyboardInterrupt

        self.assertRaises(KeyboardInterrupt, watch)
        self.assertEqual(
            [
                f'Server {uuid}: what was asked for goes on without anybody '
                'waiting for it.'
                for uuid in (fakes.SERVER_UUID, fakes.PORT_UUID)
            ],
            stream.getvalue().splitlines(),
        )
