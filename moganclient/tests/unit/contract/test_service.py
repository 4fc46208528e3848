"""The service answers what was recorded of a retired server, or says why not.

Status and shape of every answer; where they are others on purpose,
``doc/source/reference/retired-differences.csv`` says so, and nothing else may
differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

import testtools

from moganclient.tests.contract import between
from moganclient.tests.contract import captures
from moganclient.tests.contract import differences
from moganclient.tests.contract import replay
from moganclient.tests.contract import shapes

#: The first request of the second cloud that was recorded.
SECOND = 'no-accept-404'


def _sessions() -> tuple[list[captures.Capture], list[captures.Capture]]:
    everything = list(captures.everything().values())
    cut = next(
        place for place, one in enumerate(everything) if one.name == SECOND
    )
    return everything[:cut], everything[cut:]


def _faults(
    capture: captures.Capture,
    answer: Any,
    difference: differences.Difference | None,
) -> Iterator[str]:
    """What is wrong with an answer."""
    status = answer.status_code
    if difference is not None:
        if difference.then != capture.status:
            yield f'the table says it was {difference.then}'
        if difference.now != status:
            yield f'the table says {difference.now}, it is {status}'
        elif status == capture.status and not difference.body:
            yield 'is in the table, and does not differ'
    elif status != capture.status:
        yield f'was {capture.status}, and is {status}'
    # Each once, however many items of a list have it.
    wrong = list(dict.fromkeys(_shape_faults(capture, answer, difference)))
    if difference is not None and difference.body:
        if not wrong and status == capture.status:
            yield 'is in the table for its body, which does not differ'
    else:
        yield from wrong


def _shape_faults(
    capture: captures.Capture,
    answer: Any,
    difference: differences.Difference | None,
) -> Iterator[str]:
    if answer.status_code >= 400:
        if capture.method == 'HEAD':
            return
        # Of another error: what all errors of then have.
        then = capture.response or {}
        if difference is not None and capture.status < 400:
            then = {'error_message': '{"faultcode": "Client"}'}
            if answer.status_code >= 500:
                then = {'error_message': '{"faultcode": "Server"}'}
        elif difference is not None:
            then = {'error_message': '{"faultstring": ""}'}
        yield from shapes.of_error(then, answer.json)
    elif capture.status < 400:
        now = answer.json if answer.data else None
        if (capture.response is None) != (now is None):
            yield f'had the body {capture.response}, and has {now}'
        elif now is not None:
            yield from shapes.faults(capture.response, now)
        if ('Location' in capture.headers) != ('Location' in answer.headers):
            yield 'has a Location where it had none, or the reverse'
    if 'Openstack-Request-Id' in capture.headers and (
        'Openstack-Request-Id' not in answer.headers
    ):
        yield 'has no Openstack-Request-Id'


class ServiceTest(replay.Replay):
    """Two clouds were recorded; each is one session."""

    HOOKS = between

    def _replay(self, session: Iterable[captures.Capture]) -> None:
        table = differences.everything()
        wrong = []
        for capture in session:
            answer = self.again(capture)
            wrong += [
                f'{capture.name}: {fault}   [{answer.text[:300]}]'
                for fault in _faults(capture, answer, table.get(capture.name))
            ]
        self.assertEqual([], wrong, '\n' + '\n'.join(wrong))

    def test_first_cloud(self) -> None:
        self._replay(_sessions()[0])

    def test_second_cloud(self) -> None:
        self._replay(_sessions()[1])


class TableTest(testtools.TestCase):
    def test_every_recorded_request_is_asked_again(self) -> None:
        first, second = _sessions()
        self.assertEqual(captures.COUNT, len(first) + len(second))

    def test_table_is_about_what_was_recorded(self) -> None:
        self.assertEqual(
            set(), set(differences.everything()) - set(captures.everything())
        )

    def test_table_names_the_requests_as_they_were(self) -> None:
        recorded = captures.everything()
        for name, difference in differences.everything().items():
            capture = recorded[name]
            path = replay.UUID.sub('{uuid}', capture.path)
            self.assertEqual(f'{capture.method} {path}', difference.request)

    def test_every_difference_has_its_reason(self) -> None:
        for name, difference in differences.everything().items():
            self.assertGreater(len(difference.why), 15, name)

    def test_hooks_are_about_what_was_recorded(self) -> None:
        known = {name.replace('-', '_') for name in captures.everything()}
        hooks = {
            name.partition('_')[2]
            for name in vars(between)
            if name.startswith(('before_', 'after_'))
        }
        self.assertEqual(set(), hooks - known)
