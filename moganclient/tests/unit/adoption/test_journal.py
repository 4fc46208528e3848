"""Tests of the journal beside a plan."""

from __future__ import annotations

from collections.abc import Iterable
import contextlib
import dataclasses
import errno
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
from typing import Any

import ddt
import fixtures
import hypothesis
from hypothesis import strategies
import testtools
from testtools import matchers

from moganclient.adoption import errors
from moganclient.adoption import history as histories
from moganclient.adoption import journal
from moganclient import exceptions

ENDPOINT = 'http://mogan.test:6688/v1'
NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
SERVER = '6f1f3d3c-6d6b-4f3e-9d0b-0a5a3b0b6a01'
REASONS = [{'code': 'in_use', 'message': 'By a user.'}]

#: Begins a session, says so, and waits to be killed.
HOLD = f"""
import sys
from moganclient.adoption import journal
kept = journal.Journal.open(
    sys.argv[1], action='rollback', plan='fleet.yaml',
    endpoint={ENDPOINT!r}, region=None, jobs=4)
kept.begun({NODE!r}, {SERVER!r}, 'db-3', 'req-1')
print('held', flush=True)
sys.stdin.read()
"""


def begin(path: str, **more: Any) -> journal.Journal:
    wanted: dict[str, Any] = {
        'action': 'apply',
        'plan': 'fleet.yaml',
        'endpoint': ENDPOINT,
        'region': 'RegionOne',
        'jobs': 4,
        **more,
    }
    return journal.Journal.open(path, **wanted)


class Base(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.useFixture(fixtures.EnvironmentVariable('LOGNAME', 'ann'))
        self.path = self.useFixture(fixtures.TempDir()).join('f.journal')

    def begin(self, **more: Any) -> journal.Journal:
        kept = begin(self.path, **more)
        self.addCleanup(kept.close)
        return kept

    def lines(self) -> list[dict[str, Any]]:
        text = pathlib.Path(self.path).read_text()
        return [json.loads(line) for line in text.splitlines()]

    def last(self) -> dict[str, Any]:
        """The last line, without its time."""
        found = self.lines()[-1]
        self.assertThat(
            found.pop('at'),
            matchers.MatchesRegex(
                r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$'
            ),
        )
        return found

    def cut(self, count: int) -> None:
        """Take so many bytes from the end of the file."""
        os.truncate(self.path, os.stat(self.path).st_size - count)


class TestLines(Base):
    def test_the_first(self):
        self.begin()
        self.assertEqual(
            {
                'journal': 1,
                'plan': 'fleet.yaml',
                'endpoint': ENDPOINT,
                'region': 'RegionOne',
            },
            self.lines()[0],
        )

    def test_of_a_plan_only_the_name(self):
        self.begin(plan=pathlib.Path('/home/ann/fleet.yaml'))
        self.assertEqual('fleet.yaml', self.lines()[0]['plan'])

    def test_of_no_plan(self):
        self.begin(plan=None)
        self.assertIsNone(self.lines()[0]['plan'])

    def test_no_password_of_an_endpoint(self):
        self.begin(endpoint='http://ann:secret@mogan.test/v1?token=secret')
        self.assertNotIn('secret', pathlib.Path(self.path).read_text())
        self.assertEqual('http://mogan.test/v1', self.lines()[0]['endpoint'])

    def test_session(self):
        self.begin()
        found = self.last()
        version = found.pop('version')
        self.assertThat(version, matchers.MatchesRegex(r'\d+\.\d+'))
        self.assertEqual(
            {
                'event': 'session',
                'action': 'apply',
                'user': 'ann',
                'host': os.uname().nodename,
                'pid': os.getpid(),
                'jobs': 4,
                'endpoint': ENDPOINT,
            },
            found,
        )

    def test_session_of_a_user_without_a_name(self):
        def nobody() -> str:
            raise KeyError('uid not found')

        self.useFixture(fixtures.MonkeyPatch('getpass.getuser', nobody))
        self.begin()
        self.assertEqual(str(os.getuid()), self.last()['user'])

    def test_begun(self):
        self.begin().begun(NODE, SERVER, 'db-3', 'req-1')
        self.assertEqual(
            {
                'event': 'begun',
                'node': NODE,
                'server': SERVER,
                'name': 'db-3',
                'request_id': 'req-1',
            },
            self.last(),
        )

    def test_done(self):
        self.begin().done(NODE, SERVER, 1.5)
        self.assertEqual(
            {
                'event': 'done',
                'node': NODE,
                'server': SERVER,
                'seconds': 1.5,
            },
            self.last(),
        )

    def test_releasing(self):
        self.begin().releasing(NODE, SERVER, 'req-1')
        self.assertEqual(
            {
                'event': 'releasing',
                'node': NODE,
                'server': SERVER,
                'request_id': 'req-1',
            },
            self.last(),
        )

    def test_released(self):
        self.begin().released(NODE, SERVER, already=True)
        self.assertEqual(
            {
                'event': 'released',
                'node': NODE,
                'server': SERVER,
                'already': True,
            },
            self.last(),
        )

    def test_end(self):
        self.begin().end({'done': 3}, True)
        self.assertEqual(
            {'event': 'end', 'counts': {'done': 3}, 'interrupted': True},
            self.last(),
        )

    def test_a_header_once_only(self):
        self.begin().close()
        self.begin()
        self.assertEqual(
            [None, 'session', 'session'],
            [line.get('event') for line in self.lines()],
        )

    def test_nothing_acts_on_a_terminal(self):
        self.begin().begun(NODE, SERVER, 'M\xfcller\x9b31m\x1b[0m\u2028', None)
        self.assertTrue(pathlib.Path(self.path).read_bytes().isascii())

    def test_half_a_character_is_kept(self):
        self.begin().begun(NODE, SERVER, 'db-\udc80', None)
        self.assertEqual(
            'db-\udc80', journal.read(self.path).machines[NODE].name
        )


@ddt.ddt
class TestRefusals(Base):
    def refusal(self, event: str, **more: Any) -> dict[str, Any]:
        wanted: dict[str, Any] = {
            'code': 'node_in_use',
            'message': 'It is in use.',
            'reasons': REASONS,
            'request_id': 'req-1',
            **more,
        }
        getattr(self.begin(), event)(NODE, SERVER, **wanted)
        return self.last()

    @ddt.data('failed', 'unknown', 'kept')
    def test_everything_of_it(self, event):
        self.assertEqual(
            {
                'event': event,
                'node': NODE,
                'server': SERVER,
                'code': 'node_in_use',
                'message': 'It is in use.',
                'reasons': REASONS,
                'request_id': 'req-1',
            },
            self.refusal(event),
        )

    def test_only_code_and_message_of_a_reason(self):
        found = self.refusal('failed', reasons=[{**REASONS[0], 'token': 'x'}])
        self.assertEqual(REASONS, found['reasons'])

    def test_a_long_message_is_cut(self):
        found = self.refusal('failed', message='x' * 100_000)
        self.assertEqual('x' * 2000, found['message'])

    def test_a_long_reason_is_cut(self):
        found = self.refusal(
            'failed', reasons=[{'code': 'a', 'message': 'x' * 100_000}]
        )
        self.assertEqual('x' * 2000, found['reasons'][0]['message'])

    def test_many_reasons_are_cut(self):
        found = self.refusal('failed', reasons=REASONS * 1000)
        self.assertEqual(REASONS * 50, found['reasons'])

    def test_what_could_not_be_read_again_is_not_written(self):
        kept = self.begin()
        before = self.lines()
        self.assertRaises(
            exceptions.ValidationError, kept.begun, NODE, SERVER, None, None
        )
        self.assertEqual(before, self.lines())


class TestDurable(Base):
    def setUp(self):
        super().setUp()
        self.files: list[str] = []
        self.lengths: list[int] = []
        self.useFixture(fixtures.MonkeyPatch('os.fsync', self.fsync))

    def fsync(self, fd: int) -> None:
        self.files.append(os.readlink(f'/proc/self/fd/{fd}'))
        if self.files[-1] == self.path:
            self.lengths.append(os.fstat(fd).st_size)

    def test_that_there_is_such_a_file(self):
        self.begin()
        self.assertIn(os.path.dirname(self.path), self.files)

    def test_every_line_of_the_beginning(self):
        self.begin()
        self.assertEqual(os.stat(self.path).st_size, self.lengths[-1])

    def test_what_an_earlier_run_left_to_the_kernel(self):
        with self.begin() as kept:
            kept.done(NODE, SERVER, None)
        self.lengths.clear()
        self.begin()
        self.assertEqual([os.stat(self.path).st_size], self.lengths)

    def test_before_a_request_is_sent(self):
        kept = self.begin()
        kept.begun(NODE, SERVER, 'db-3', None)
        self.assertEqual(os.stat(self.path).st_size, self.lengths[-1])

    def test_before_a_server_is_let_go_of(self):
        kept = self.begin()
        kept.releasing(NODE, SERVER, None)
        self.assertEqual(os.stat(self.path).st_size, self.lengths[-1])

    def test_at_the_end(self):
        kept = self.begin()
        kept.end({}, False)
        self.assertEqual(os.stat(self.path).st_size, self.lengths[-1])

    def test_an_outcome_waits_for_nothing(self):
        kept = self.begin()
        before = list(self.lengths)
        kept.done(NODE, SERVER, None)
        kept.released(NODE, SERVER)
        self.assertEqual(before, self.lengths)


class TestHistory(Base):
    def test_what_is_written_is_in_it(self):
        kept = self.begin()
        kept.begun(NODE, SERVER, 'db-3', 'req-1')
        self.assertEqual('begun', kept.history.machines[NODE].status)

    def test_what_an_earlier_run_wrote_is_in_it(self):
        with self.begin() as kept:
            kept.begun(NODE, SERVER, 'db-3', 'req-1')
        self.assertEqual('begun', self.begin().history.machines[NODE].status)

    def test_what_could_not_be_written_is_not(self):
        kept = self.begin()

        def full(*args: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with fixtures.MonkeyPatch('os.write', full):
            self.assertRaises(
                errors.JournalError, kept.begun, NODE, SERVER, 'x', None
            )
        self.assertEqual({}, kept.history.machines)

    def test_of_several_threads(self):
        kept = self.begin()

        def work(number: int) -> None:
            for count in range(20):
                node = f'{number}-{count}'
                kept.begun(node, f's{node}', f'db-{node}', None)
                kept.done(node, f's{node}', 0.1)

        threads = [
            threading.Thread(target=work, args=(number,))
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(2 + 8 * 20 * 2, len(self.lines()))
        self.assertEqual(
            kept.history.machines, journal.read(self.path).machines
        )


class TestClose(Base):
    def test_with_the_end(self):
        self.begin().close({'done': 1}, False)
        self.assertEqual('end', self.last()['event'])

    def test_leaving_writes_no_end(self):
        with self.begin():
            pass
        self.assertEqual('session', self.last()['event'])

    def test_frees_the_lock(self):
        self.begin().close()
        self.begin()

    def test_frees_the_lock_where_the_end_cannot_be_written(self):
        kept = self.begin()

        def full(*args: Any) -> int:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with fixtures.MonkeyPatch('os.write', full):
            self.assertRaises(errors.JournalError, kept.close, {}, False)
        self.begin()

    def test_nothing_is_written_afterwards(self):
        kept = self.begin()
        kept.close()
        self.assertRaises(errors.JournalError, kept.done, NODE, SERVER, None)


class TestInUse(Base):
    def holder(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, '-c', HOLD, self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        assert process.stdout is not None
        self.assertEqual(b'held\n', process.stdout.readline())
        return process

    def test_who_has_it_is_told(self):
        process = self.holder()
        error = self.assertRaises(errors.JournalInUse, self.begin)
        since = self.lines()[1]['at']
        host = os.uname().nodename
        self.assertEqual(
            {
                'user': 'ann',
                'host': host,
                'pid': process.pid,
                'since': since,
                'action': 'rollback',
            },
            error.holder,
        )
        self.assertEqual(
            f'The journal {self.path} is in use. ann works on it, rollback '
            f'on {host} (process {process.pid}), since {since}: wait until '
            'that has ended.',
            str(error),
        )

    def test_nothing_of_the_refused_one_is_in_it(self):
        self.holder()
        before = self.lines()
        self.assertRaises(errors.JournalInUse, self.begin)
        self.assertEqual(before, self.lines())

    def test_not_any_more_when_the_holder_is_killed(self):
        process = self.holder()
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.assertEqual('begun', self.begin().history.machines[NODE].status)

    def test_by_one_that_has_not_said_who_it_is(self):
        self.begin().close({}, False)
        kept = self.begin()
        self.cut(len(json.dumps(self.lines()[-1])) + 1)
        error = self.assertRaises(errors.JournalInUse, begin, self.path)
        self.assertEqual({}, error.holder)
        self.assertIn('which has only just begun', str(error))
        kept.close()

    def test_what_it_says_is_wrong(self):
        self.begin()
        with open(self.path, 'a') as file:
            file.write('{}\n')
        error = self.assertRaises(errors.JournalInUse, begin, self.path)
        self.assertEqual({}, error.holder)


class TestEndpoint(Base):
    OTHER = 'http://other.test:6688/v1'

    def test_another(self):
        self.begin().close()
        error = self.assertRaises(
            errors.OtherEndpoint, self.begin, endpoint=self.OTHER
        )
        self.assertEqual(
            f'The journal {self.path} is of the endpoint {ENDPOINT}, and '
            f'this run is to talk to {self.OTHER}.',
            str(error),
        )

    def test_another_leaves_the_file_as_it_is(self):
        self.begin().close()
        before = self.lines()
        self.assertRaises(
            errors.OtherEndpoint, self.begin, endpoint=self.OTHER
        )
        self.assertEqual(before, self.lines())

    def test_another_leaves_no_lock(self):
        self.begin().close()
        self.assertRaises(
            errors.OtherEndpoint, self.begin, endpoint=self.OTHER
        )
        self.begin()

    def test_another_that_is_as_good(self):
        self.begin().close()
        self.begin(endpoint=self.OTHER, any_endpoint=True)
        self.assertEqual(self.OTHER, self.last()['endpoint'])

    def test_the_same_written_differently(self):
        self.begin().close()
        self.begin(endpoint='http://MOGAN.test:6688/')

    def test_of_an_unlikely_one(self):
        pathlib.Path(self.path).write_text(
            '{"journal": 1, "endpoint": "nowhere"}\n'
        )
        self.assertRaises(errors.OtherEndpoint, self.begin)

    def test_of_none(self):
        pathlib.Path(self.path).write_text('{"journal": 1}\n')
        self.begin()

    def test_another_name_of_the_plan_is_no_matter(self):
        self.begin().close()
        self.begin(plan='renamed.yaml')
        self.assertEqual('fleet.yaml', self.lines()[0]['plan'])


@ddt.ddt
class TestRead(Base):
    def test_none(self):
        self.assertEqual({}, journal.read(self.path).machines)

    def test_none_is_made(self):
        journal.read(self.path)
        self.assertFalse(os.path.exists(self.path))

    def test_an_empty_one(self):
        pathlib.Path(self.path).touch()
        self.assertIsNone(journal.read(self.path).version)

    def test_nobody_works_on_it(self):
        self.begin().close()
        self.assertIsNone(journal.read(self.path).under_way)

    def test_somebody_works_on_it(self):
        self.begin()
        found = journal.read(self.path).under_way
        assert found is not None
        self.assertEqual(os.getpid(), found['pid'])

    def test_somebody_has_only_just_begun(self):
        kept = self.begin()
        kept.end({}, False)
        self.assertEqual({}, journal.read(self.path).under_way)

    def test_somebody_has_begun_while_it_was_read(self):
        self.begin(action='apply').close()
        others = [self.begin]
        real = histories.fold

        def fold(lines: Iterable[bytes], path: str) -> histories.History:
            found = real(lines, path)
            while others:
                others.pop()(action='rollback')
            return found

        with fixtures.MonkeyPatch('moganclient.adoption.history.fold', fold):
            found = journal.read(self.path).under_way
        assert found is not None
        self.assertEqual('rollback', found['action'])

    def test_a_directory(self):
        os.mkdir(self.path)
        error = self.assertRaises(errors.JournalError, journal.read, self.path)
        self.assertIn(f'The journal {self.path} cannot be', str(error))

    @ddt.data(errno.EACCES, errno.EIO)
    def test_whatever_the_system_says(self, number):
        def fail(*args: Any) -> int:
            raise OSError(number, os.strerror(number))

        with fixtures.MonkeyPatch('os.open', fail):
            error = self.assertRaises(
                errors.JournalError, journal.read, self.path
            )
        self.assertIn(os.strerror(number), str(error))

    def test_one_that_is_wrong(self):
        self.begin()
        with open(self.path, 'a') as file:
            file.write('{}\n')
        error = self.assertRaises(errors.JournalError, journal.read, self.path)
        self.assertIn(f'{self.path}:3: "event" is missing', str(error))


@ddt.ddt
class TestHealing(Base):
    """What a killed run left behind."""

    def killed(self, tail: bytes) -> None:
        """Leave a session with a machine begun, and something after it."""
        with self.begin() as kept:
            kept.begun(NODE, SERVER, 'db-3', 'req-1')
        with open(self.path, 'ab') as file:
            file.write(tail)

    @ddt.data(b'{"at": "2025', b'\0' * 5000, b'{"at\0\0\n', b'\n', b'')
    def test_what_is_whole_stays(self, tail):
        self.killed(tail)
        before = pathlib.Path(self.path).read_bytes()
        self.begin()
        self.assertThat(
            pathlib.Path(self.path).read_bytes(), matchers.StartsWith(before)
        )
        self.assertEqual(
            'begun', journal.read(self.path).machines[NODE].status
        )

    @ddt.data(b'{"at": "2025', b'\0' * 5000, b'{"at\0\0\n', b'\n', b'')
    def test_what_is_added_is_read(self, tail):
        self.killed(tail)
        self.begin().done(NODE, SERVER, 1.0)
        self.assertEqual('done', journal.read(self.path).machines[NODE].status)

    @ddt.data(b'', b'{', b'{"journal": 1, "pla', b'\0\0\0')
    def test_a_first_line_that_was_cut(self, left):
        pathlib.Path(self.path).write_bytes(left)
        self.begin()
        self.assertEqual(1, self.lines()[0]['journal'])

    def test_a_file_that_is_no_journal_is_left_as_it_is(self):
        pathlib.Path(self.path).write_text('servers: []\n')
        self.assertRaises(errors.JournalError, self.begin)
        self.assertEqual('servers: []\n', pathlib.Path(self.path).read_text())

    def test_a_file_that_is_no_journal_is_left_unlocked(self):
        pathlib.Path(self.path).write_text('servers: []\n')
        self.assertRaises(errors.JournalError, self.begin)
        error = self.assertRaises(errors.JournalError, self.begin)
        self.assertNotIsInstance(error, errors.JournalInUse)


_SMALL = strategies.integers(min_value=0, max_value=3).map(str)
_WORDS = strategies.none() | strategies.text(max_size=8)
_REASONS = strategies.lists(
    strategies.fixed_dictionaries(
        {
            'code': strategies.text(max_size=4),
            'message': strategies.text(max_size=4),
        }
    ),
    max_size=2,
)
_REFUSAL = strategies.fixed_dictionaries(
    {
        'code': _WORDS,
        'message': _WORDS,
        'reasons': _REASONS,
        'request_id': _WORDS,
    }
)
#: (method, positional arguments, named arguments)
_EVENTS = strategies.lists(
    strategies.tuples(
        strategies.just('begun'),
        strategies.tuples(_SMALL, _SMALL, strategies.text(max_size=8), _WORDS),
        strategies.just({}),
    )
    | strategies.tuples(
        strategies.just('done'),
        strategies.tuples(_SMALL, _SMALL, strategies.floats(0, 9)),
        strategies.just({}),
    )
    | strategies.tuples(
        strategies.sampled_from(['failed', 'unknown', 'kept']),
        strategies.tuples(_SMALL, _SMALL),
        _REFUSAL,
    )
    | strategies.tuples(
        strategies.just('releasing'),
        strategies.tuples(_SMALL, _SMALL, _WORDS),
        strategies.just({}),
    )
    | strategies.tuples(
        strategies.just('released'),
        strategies.tuples(_SMALL, _SMALL, strategies.booleans()),
        strategies.just({}),
    ),
    max_size=8,
)
#: What may come after a cut: nothing that could be an object.
_GARBAGE = strategies.just(b'') | strategies.builds(
    bytes.translate,
    strategies.binary(max_size=12)
    | strategies.integers(1, 5000).map(bytes)
    | strategies.just(b'\n'),
    strategies.none(),
    strategies.just(b'{}'),
)


def write(kept: journal.Journal, events: Iterable[Any]) -> None:
    for method, arguments, named in events:
        getattr(kept, method)(*arguments, **named)


def whole(content: bytes) -> list[dict[str, Any]]:
    """The lines that are whole."""
    found = []
    for line in content.split(b'\n'):
        with contextlib.suppress(ValueError):
            entry = json.loads(line.decode())
            if isinstance(entry, dict):
                found.append(entry)
    return found


def expected(entries: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The fold, written as simply as can be."""
    found: dict[str, dict[str, Any]] = {}
    for entry in entries:
        if 'node' not in entry:
            continue
        before = found.get(entry['node'], {})
        request = entry.get('request_id')
        if not request and before.get('server') == entry['server']:
            request = before['request_id']
        found[entry['node']] = {
            'node': entry['node'],
            'server': entry['server'],
            'name': entry.get('name') or before.get('name', ''),
            'status': entry['event'],
            'at': entry['at'],
            'request_id': request or None,
            'code': entry.get('code'),
            'message': entry.get('message'),
            'reasons': entry.get('reasons') or [],
        }
    return found


def machines(history: histories.History) -> dict[str, dict[str, Any]]:
    return {
        node: dataclasses.asdict(record)
        for node, record in history.machines.items()
    }


class TestAnyHistory(testtools.TestCase):
    """For any events, and any cut, at any time."""

    def setUp(self):
        super().setUp()
        # Nothing is cut off from the power here; thousands are written.
        self.useFixture(
            fixtures.MonkeyPatch('os.fsync', lambda descriptor: None)
        )

    @contextlib.contextmanager
    def place(self) -> Any:
        """Another one for each example."""
        with tempfile.TemporaryDirectory() as place:
            yield os.path.join(place, 'f.journal')

    def content(self, path: str) -> bytes:
        return pathlib.Path(path).read_bytes()

    @hypothesis.given(_EVENTS)
    def test_what_was_written_is_read(self, events):
        with self.place() as path, begin(path) as kept:
            write(kept, events)
            found = machines(journal.read(path))
            self.assertEqual(expected(whole(self.content(path))), found)
            self.assertEqual(machines(kept.history), found)

    @hypothesis.given(
        strategies.lists(
            strategies.tuples(_EVENTS, strategies.integers(0, 400), _GARBAGE),
            min_size=1,
            max_size=4,
        )
    )
    def test_killed_again_and_again(self, runs):
        with self.place() as path:
            begin(path).close()
            first = len(self.content(path).splitlines(True)[0])
            for events, cut, garbage in runs:
                before = len(self.content(path))
                with begin(path) as kept:
                    write(kept, events)
                content = self.content(path)
                # A kill takes only from what this run has written.
                left = max(len(content) - cut, before, first)
                pathlib.Path(path).write_bytes(content[:left] + garbage)
                wanted = expected(whole(content[:left] + garbage))
                self.assertEqual(wanted, machines(journal.read(path)))
                with begin(path) as kept:
                    self.assertEqual(wanted, machines(kept.history))
                self.assertThat(
                    self.content(path),
                    matchers.StartsWith(content[:left] + garbage),
                )
            self.assertEqual(
                expected(whole(self.content(path))),
                machines(journal.read(path)),
            )

    @hypothesis.given(strategies.data())
    def test_a_header_cut_anywhere(self, data):
        with self.place() as path:
            begin(path).close()
            header = self.content(path).splitlines(True)[0]
            left = data.draw(strategies.integers(0, len(header)))
            nothing = data.draw(strategies.integers(0, 20))
            pathlib.Path(path).write_bytes(header[:left] + bytes(nothing))
            self.assertEqual({}, journal.read(path).machines)
            with begin(path) as kept:
                kept.begun('n', 's', 'x', None)
            self.assertEqual(['n'], list(journal.read(path).machines))

    @hypothesis.given(_EVENTS, strategies.data())
    def test_a_disk_that_is_full_now_and_then(self, events, data):
        real = os.write
        portions = data.draw(
            strategies.lists(
                strategies.none() | strategies.integers(0, 300), max_size=20
            )
        )

        def write_some(fd: int, content: Any) -> int:
            portion = portions.pop() if portions else len(content)
            if portion is None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(fd, content[:portion]) if portion else 0

        with self.place() as path, begin(path) as kept:
            written = len(whole(self.content(path)))
            with fixtures.MonkeyPatch('os.write', write_some):
                for event in events:
                    with contextlib.suppress(errors.JournalError):
                        write(kept, [event])
                        written += 1
            content = self.content(path)
            self.assertEqual(written, content.count(b'\n'))
            self.assertEqual(written, len(whole(content)))
            self.assertEqual(
                machines(kept.history), machines(journal.read(path))
            )
