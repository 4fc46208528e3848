"""What the functional tests stand on: nothing they start outlives them."""

from __future__ import annotations

import http.client
import http.server
import pathlib
import subprocess
import sys
import threading
from typing import Any
import urllib.parse

import fixtures
import testtools

from moganclient.tests.functional.cloud import cache
from moganclient.tests.functional.cloud import processes
from moganclient.tests.functional.cloud import reaper
from moganclient.tests.functional import recorder

#: Starts a program, tells its number and a directory, and waits.
_TEST_PROCESS = """
import pathlib, sys, time
from moganclient.tests.functional.cloud import processes
directory = processes.temporary_directory('harness')
program = processes.Process('sleep', ['sleep', '600'], log=directory / 'log')
program.start()
print(program.pid, directory, flush=True)
sys.stdin.read()
"""


class TestReaper(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.process = subprocess.Popen(
            [sys.executable, '-c', _TEST_PROCESS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(self.process.communicate)
        assert self.process.stdout
        pid, directory = self.process.stdout.readline().split()
        self.pid, self.directory = int(pid), pathlib.Path(directory)

    def assert_all_gone(self) -> None:
        processes.wait_for(
            lambda: (
                reaper.started(self.pid) == '' and not self.directory.exists()
            ),
            30,
            'all to be gone',
        )

    def test_a_killed_test_process_leaves_nothing(self) -> None:
        self.assertNotEqual('', reaper.started(self.pid))

        self.process.kill()

        self.assert_all_gone()

    def test_a_test_process_that_ends_leaves_nothing(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.stdin = None

        self.assert_all_gone()


class TestCache(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(
            fixtures.EnvironmentVariable(
                'MOGANCLIENT_TEST_CACHE',
                self.useFixture(fixtures.TempDir()).path,
            )
        )
        self.entry = cache.directory() / 'entry'
        self.entry.mkdir()

    def test_an_entry_that_was_cut_off_does_not_count(self) -> None:
        self.assertFalse(cache.is_complete(self.entry))

    def test_an_entry_that_was_completed_counts(self) -> None:
        cache.complete(self.entry)

        self.assertTrue(cache.is_complete(self.entry))

    def test_a_key_depends_on_every_content(self) -> None:
        path = self.entry / 'pins'
        path.write_text('a')
        before = cache.digest(path, '3.11')
        path.write_text('b')

        self.assertNotEqual(before, cache.digest(path, '3.11'))
        self.assertNotEqual(before, cache.digest(path, '3.12'))


class _Upstream(http.server.BaseHTTPRequestHandler):
    """Answers 201 to a POST and counts."""

    count = 0

    def do_POST(self) -> None:
        type(self).count += 1
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(201)
        self.send_header('Content-Length', '2')
        self.end_headers()
        self.wfile.write(b'{}')

    def log_message(self, format: str, *args: Any) -> None:
        pass


class TestRecorder(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        _Upstream.count = 0
        server = http.server.HTTPServer((processes.HOST, 0), _Upstream)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.recorder = self.useFixture(
            recorder.Recorder(f'http://{processes.HOST}:{server.server_port}')
        )

    def post(self) -> int:
        address = urllib.parse.urlsplit(self.recorder.url).netloc
        connection = http.client.HTTPConnection(address, timeout=10)
        self.addCleanup(connection.close)
        connection.request('POST', '/v1/things?a=1&a=2', '{"name": "x"}')
        return connection.getresponse().status

    def test_what_passes_is_written_down(self) -> None:
        self.assertEqual(201, self.post())

        (exchange,) = self.recorder.writes
        self.assertEqual('/v1/things', exchange.path)
        self.assertEqual({'a': ['1', '2']}, exchange.query)
        self.assertEqual({'name': 'x'}, exchange.body)
        self.assertEqual(201, exchange.status)

    def test_a_reply_keeps_the_request_from_the_service(self) -> None:
        self.recorder.on('POST', '/v1', before=recorder.reply(503))

        self.assertEqual(503, self.post())

        self.assertEqual(0, _Upstream.count)

    def test_a_rule_applies_as_often_as_said(self) -> None:
        self.recorder.on('POST', '/v1', before=recorder.reply(503), times=2)

        self.assertEqual([503, 503, 201], [self.post() for _ in range(3)])

    def test_a_request_can_be_dropped_before_it_acts(self) -> None:
        self.recorder.on('POST', '/v1', before=recorder.drop)

        self.assertRaises(ConnectionError, self.post)

        self.assertEqual(0, _Upstream.count)

    def test_an_answer_can_be_dropped_after_the_request_acted(self) -> None:
        self.recorder.on('POST', '/v1', after=recorder.drop)

        self.assertRaises(ConnectionError, self.post)

        self.assertEqual(1, _Upstream.count)
