"""Tests of what the lines of a journal amount to."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import ddt
import testtools
from testtools import matchers

from moganclient.adoption import errors
from moganclient.adoption import history
from moganclient.adoption import journal

NODE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
SERVER = '6f1f3d3c-6d6b-4f3e-9d0b-0a5a3b0b6a01'
OTHER = '6f1f3d3c-6d6b-4f3e-9d0b-0a5a3b0b6a02'

REFERENCE = pathlib.Path(__file__).parents[4] / 'doc/source/reference'

HEADER = {
    'journal': 1,
    'plan': 'fleet.yaml',
    'endpoint': 'http://mogan.test:6688/v1',
    'region': 'RegionOne',
}
SESSION = {
    'at': '2025-01-01T00:00:00.000+00:00',
    'event': 'session',
    'action': 'apply',
    'user': 'ann',
    'host': 'deploy1',
    'pid': 4711,
    'version': '1.0.0',
    'jobs': 4,
    'endpoint': 'http://mogan.test:6688/v1',
}


def event(kind: str, /, **members: Any) -> dict[str, Any]:
    return {
        'at': '2025-01-01T00:00:01.000+00:00',
        'event': kind,
        'node': NODE,
        'server': SERVER,
        **members,
    }


def begun(**members: Any) -> dict[str, Any]:
    return event('begun', **{'name': 'db-3', 'request_id': 'r1', **members})


def failed(**members: Any) -> dict[str, Any]:
    return event(
        'failed',
        code='node_in_use',
        message='It is in use.',
        reasons=[{'code': 'in_use', 'message': 'By a user.'}],
        **members,
    )


def fold(*lines: dict[str, Any] | bytes) -> history.History:
    return history.fold(
        [
            line if isinstance(line, bytes) else json.dumps(line).encode()
            for line in lines
        ],
        'fleet.yaml.journal',
    )


def record(*lines: dict[str, Any] | bytes) -> history.Record:
    return fold(HEADER, SESSION, *lines).machines[NODE]


class TestFold(testtools.TestCase):
    def test_nothing(self):
        found = fold()
        self.assertIsNone(found.version)
        self.assertEqual({}, found.machines)

    def test_what_it_was_begun_for(self):
        found = fold(HEADER)
        self.assertEqual(
            (1, 'fleet.yaml', 'http://mogan.test:6688/v1', 'RegionOne'),
            (found.version, found.plan, found.endpoint, found.region),
        )

    def test_everything_of_a_begun_one(self):
        self.assertEqual(
            history.Record(
                node=NODE,
                server=SERVER,
                name='db-3',
                status='begun',
                at='2025-01-01T00:00:01.000+00:00',
                request_id='r1',
            ),
            record(begun()),
        )

    def test_everything_of_a_failed_one(self):
        self.assertEqual(
            history.Record(
                node=NODE,
                server=SERVER,
                name='db-3',
                status='failed',
                at='2025-01-01T00:00:01.000+00:00',
                request_id='r2',
                code='node_in_use',
                message='It is in use.',
                reasons=[{'code': 'in_use', 'message': 'By a user.'}],
            ),
            record(begun(), failed(request_id='r2')),
        )

    def test_the_request_that_was_begun_is_the_one_that_is_done(self):
        self.assertEqual('r1', record(begun(), event('done')).request_id)

    def test_a_failure_is_forgotten_when_it_is_tried_again(self):
        again = record(begun(), failed(), begun(request_id='r2'))
        self.assertEqual('begun', again.status)
        self.assertEqual(
            ('r2', None, None, []),
            (again.request_id, again.code, again.message, again.reasons),
        )

    def test_a_new_life_has_another_server(self):
        found = record(
            begun(),
            event('done'),
            event('releasing', request_id='r2'),
            event('released', already=False),
            begun(server=OTHER, name='db-4', request_id=None),
        )
        self.assertEqual(
            (OTHER, 'begun', 'db-4', None),
            (found.server, found.status, found.name, found.request_id),
        )

    def test_uuids_in_capitals_are_the_same_ones(self):
        found = fold(
            HEADER,
            SESSION,
            begun(),
            event('done', node=NODE.upper(), server=SERVER.upper()),
        )
        self.assertEqual([NODE], list(found.machines))
        self.assertEqual(SERVER, found.machines[NODE].server)

    def test_an_outcome_alone_is_a_record_without_a_name(self):
        self.assertEqual('', record(event('done')).name)

    def test_members_of_the_future_are_passed_over(self):
        self.assertEqual('done', record(event('done', colour='red')).status)

    def test_machines_are_in_the_order_of_their_beginning(self):
        found = fold(
            HEADER,
            SESSION,
            begun(node='b'),
            begun(node='a'),
            event('done', node='b'),
        )
        self.assertEqual(['b', 'a'], list(found.machines))

    def test_empty_lines_are_nothing(self):
        self.assertEqual('begun', record(b'\n', begun(), b' \r\n').status)


@ddt.ddt
class TestOurs(testtools.TestCase):
    @ddt.data('begun', 'done', 'failed', 'unknown', 'releasing', 'kept')
    def test_until_it_is_let_go_of(self, status):
        self.assertTrue(history.Record('n', 's', 'x', status, '').ours)

    def test_not_any_more(self):
        self.assertFalse(history.Record('n', 's', 'x', 'released', '').ours)


class TestSessions(testtools.TestCase):
    def test_none(self):
        found = fold(HEADER)
        self.assertEqual((0, None), (found.sessions, found.session))

    def test_the_last_one(self):
        found = fold(HEADER, SESSION, {**SESSION, 'action': 'rollback'})
        self.assertEqual(2, found.sessions)
        assert found.session is not None
        self.assertEqual('rollback', found.session['action'])

    def test_who_has_not_ended_it(self):
        self.assertEqual(
            {
                'user': 'ann',
                'host': 'deploy1',
                'pid': 4711,
                'action': 'apply',
                'since': '2025-01-01T00:00:00.000+00:00',
            },
            fold(HEADER, SESSION).holder,
        )

    def test_nobody_when_it_has_ended(self):
        end = event('end', counts={'done': 3}, interrupted=False)
        found = fold(HEADER, SESSION, end)
        self.assertEqual({}, found.holder)
        self.assertEqual(end, found.end)

    def test_a_new_one_has_not_ended(self):
        end = event('end', counts={}, interrupted=True)
        self.assertIsNone(fold(HEADER, SESSION, end, SESSION).end)


@ddt.ddt
class TestCutLines(testtools.TestCase):
    @ddt.data(
        b'{"at": "2025-01-0',
        b'{"at": "2025-01-0\n',
        b'\0\0\0\0',
        b'{"at": "20\0\0\0\n',
        b'\xff\xfe{\x00',
        b'17\n',
        b'[' * 100_000,
    )
    def test_at_the_end(self, cut):
        self.assertEqual('begun', record(begun(), cut).status)

    def test_before_the_next_session(self):
        self.assertEqual(
            'done', record(begun(), b'{"at"\n', SESSION, event('done')).status
        )

    def test_several_where_sessions_were_cut_too(self):
        self.assertEqual(
            'begun', record(begun(), b'{"at"\n', b'{"a\n', SESSION).status
        )

    def test_one_that_lacks_its_newline_only_counts(self):
        whole = json.dumps(event('done')).encode()
        self.assertEqual('done', record(begun(), whole).status)

    @ddt.data(
        b'', b'{', b'{"journ', b'{"journal": 1, "pl', b'{"jou\0\0', b'\0'
    )
    def test_the_first_line(self, cut):
        self.assertIsNone(fold(cut).version)

    def test_in_the_middle_is_a_fault(self):
        error = self.assertRaises(
            errors.JournalError, record, b'{"at"\n', begun()
        )
        self.assertThat(
            error.message,
            matchers.StartsWith('fleet.yaml.journal:3: this line is damaged'),
        )


@ddt.ddt
class TestFaults(testtools.TestCase):
    def fault(self, *lines: dict[str, Any] | bytes) -> str:
        error = self.assertRaises(errors.JournalError, fold, *lines)
        return str(error)

    @ddt.data(
        b'servers:\n',
        {'servers': []},
        {**HEADER, 'journal': 'yes'},
        {**HEADER, 'journal': True},
        {**HEADER, 'journal': 0},
    )
    def test_no_journal_at_all(self, line):
        self.assertThat(
            self.fault(line),
            matchers.StartsWith(
                'fleet.yaml.journal:1: this is no journal of an adoption '
                'plan: it would begin with {"journal": 1, ...}.'
            ),
        )

    def test_a_cut_first_line_that_something_follows(self):
        self.assertIn(':1: this is no journal', self.fault(b'{"jou\n', HEADER))

    def test_nothing_of_a_file_that_is_no_journal_is_shown(self):
        self.assertNotIn('hunter2', self.fault(b'password: hunter2\n'))

    def test_a_newer_version(self):
        self.assertEqual(
            'fleet.yaml.journal:1: this journal is of version 2, and this '
            'python-moganclient knows version 1: use a newer one.',
            self.fault({**HEADER, 'journal': 2}),
        )

    @ddt.data(
        (
            {**HEADER, 'region': 3},
            '1: "region" of this first line is 3; it would be a string or '
            'null.',
        ),
    )
    @ddt.unpack
    def test_of_the_first_line(self, header, message):
        self.assertEqual(f'fleet.yaml.journal:{message}', self.fault(header))

    @ddt.data(
        (
            {'at': 'x'},
            '"event" is missing; it would be one of session, begun, done, '
            'failed, unknown, releasing, released, kept, end.',
        ),
        (
            {'at': 'x', 'event': 'paused'},
            'there is no event "paused"; it would be one of session, begun, '
            'done, failed, unknown, releasing, released, kept, end.',
        ),
        (
            {'at': 'x', 'event': ['done']},
            'there is no event ["done"]; it would be one of session, begun, '
            'done, failed, unknown, releasing, released, kept, end.',
        ),
        (
            {**event('done'), 'at': None},
            '"at" of this done line is null; it would be a string.',
        ),
        (
            {'at': 'x', 'event': 'done', 'server': SERVER},
            '"node" is missing from this done line: a string.',
        ),
        (
            {**SESSION, 'pid': True},
            '"pid" of this session line is true; it would be a whole number.',
        ),
        (
            event('kept', reasons=['because']),
            '"because" in "reasons" of this kept line is no object of '
            '"code" and "message", two strings.',
        ),
    )
    @ddt.unpack
    def test_of_other_lines(self, line, message):
        self.assertEqual(
            f'fleet.yaml.journal:3: {message}',
            self.fault(HEADER, SESSION, line),
        )

    def test_also_at_the_end_for_a_cut_line_is_no_object(self):
        self.assertIn(':2: "event" is missing', self.fault(HEADER, {}))


class TestReference(testtools.TestCase):
    """What the documentation says is so."""

    def test_the_example_is_a_journal(self):
        found = journal.read(REFERENCE / 'fleet.yaml.journal')
        self.assertEqual(
            ['done', 'failed'],
            [record.status for record in found.machines.values()],
        )

    def test_every_event_and_member_is_described(self):
        text = (REFERENCE / 'adoption-journal.rst').read_text()
        words = {*history.MEMBERS, *HEADER, 'at', 'event'}
        for members in history.MEMBERS.values():
            words.update(members)
        self.assertEqual(
            [], sorted(word for word in words if f'``{word}``' not in text)
        )
