"""What a plan's journal says, folded into one record a machine.

The lines and their members are described in the reference, "The journal of
an adoption plan".
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
import dataclasses
import json
from typing import Any

from moganclient.adoption import errors

#: The version of the format that is written, and the newest that is read.
VERSION = 1

_Types = tuple[type, ...]

_NOTHING = type(None)
_TEXT: _Types = (str,)
_MAY_BE_TEXT: _Types = (str, _NOTHING)
_NUMBER: _Types = (int, float)

_MACHINE = {'node': _TEXT, 'server': _TEXT}
_REFUSAL = {
    **_MACHINE,
    'code': _MAY_BE_TEXT,
    'message': _MAY_BE_TEXT,
    'reasons': (list, _NOTHING),
    'request_id': _MAY_BE_TEXT,
}

#: The members of each event, beside ``at`` and ``event``.  One that may be
#: null may be left out, too; others are ignored.
MEMBERS: dict[str, dict[str, _Types]] = {
    'session': {
        'action': _TEXT,
        'user': _TEXT,
        'host': _TEXT,
        'pid': (int,),
        'version': _MAY_BE_TEXT,
        'jobs': (int, _NOTHING),
        'endpoint': _MAY_BE_TEXT,
    },
    'begun': {**_MACHINE, 'name': _TEXT, 'request_id': _MAY_BE_TEXT},
    'done': {**_MACHINE, 'seconds': (*_NUMBER, _NOTHING)},
    'failed': _REFUSAL,
    'unknown': _REFUSAL,
    'releasing': {**_MACHINE, 'request_id': _MAY_BE_TEXT},
    'released': {**_MACHINE, 'already': (bool, _NOTHING)},
    'kept': _REFUSAL,
    'end': {'counts': (dict, _NOTHING), 'interrupted': (bool, _NOTHING)},
}

_CALLED = {
    str: 'a string',
    int: 'a whole number',
    float: 'a number',
    bool: 'true or false',
    list: 'a list',
    dict: 'an object',
    _NOTHING: 'null',
}

#: How a journal begins.
_BEGINNING = b'{"journal":'


@dataclasses.dataclass(slots=True)
class Record:
    """The last that is known of one machine."""

    #: The node's UUID.
    node: str
    #: The UUID that was chosen for its server.
    server: str
    #: The server's name, empty where no line says it.
    name: str
    #: The event: ``begun``, ``done``, ``failed``, ``unknown``, ``releasing``,
    #: ``released`` or ``kept``.
    status: str
    #: When, ISO 8601 in UTC.
    at: str
    #: What to look for in the service's log.
    request_id: str | None = None
    #: Why, where it failed, is unknown, or the server was kept.
    code: str | None = None
    message: str | None = None
    reasons: list[dict[str, str]] = dataclasses.field(default_factory=list)

    @property
    def ours(self) -> bool:
        """Whether the server, if the cloud has it, is this plan's."""
        return self.status != 'released'


class History:
    """What a journal says as a whole; nothing, where there is none yet."""

    def __init__(self) -> None:
        #: The version of the journal's format, None where there is none.
        self.version: int | None = None
        #: The name of the plan's file when the journal was begun.
        self.plan: str | None = None
        #: What the journal was begun for.
        self.endpoint: str | None = None
        self.region: str | None = None
        #: A record each, by the node's UUID, in the order of their beginning.
        self.machines: dict[str, Record] = {}
        #: How many runs there were.
        self.sessions = 0
        #: The line of the last run, None where there was none.
        self.session: dict[str, Any] | None = None
        #: The line of its end; None while it runs, and where it was killed.
        self.end: dict[str, Any] | None = None
        #: Who works on it at this moment (``user``, ``host``, ``pid``,
        #: ``since``, ``action``; empty where only that is known), or None.
        self.under_way: dict[str, Any] | None = None

    @property
    def holder(self) -> dict[str, Any]:
        """Who began the last run and has not ended it, as far as known."""
        if self.session is None or self.end is not None:
            return {}
        known = {
            name: self.session[name]
            for name in ('user', 'host', 'pid', 'action')
        }
        return {**known, 'since': self.session['at']}

    def begin(self, header: Mapping[str, Any]) -> None:
        """Take in the first line, which :func:`header_fault` has passed."""
        self.version = header['journal']
        self.plan = header.get('plan')
        self.endpoint = header.get('endpoint')
        self.region = header.get('region')

    def add(self, entry: dict[str, Any]) -> None:
        """Take in a line that :func:`fault` has passed."""
        event = entry['event']
        if event == 'session':
            self.sessions += 1
            self.session = entry
            self.end = None
        elif event == 'end':
            self.end = entry
        else:
            self._of_machine(event, entry)

    def _of_machine(self, event: str, entry: Mapping[str, Any]) -> None:
        node = entry['node'].lower()
        server = entry['server'].lower()
        record = self.machines.get(node)
        if record is None:
            record = Record(node, server, '', event, '')
            self.machines[node] = record
        elif record.server != server:
            # Another life: what was known is of the server before.
            record.server = server
            record.request_id = None
        record.name = entry.get('name') or record.name
        record.status = event
        record.at = entry['at']
        record.request_id = entry.get('request_id') or record.request_id
        record.code = entry.get('code')
        record.message = entry.get('message')
        record.reasons = entry.get('reasons') or []


def fold(lines: Iterable[bytes], path: str) -> History:
    """Read a journal.

    A line that is no JSON object is what is left of one that was cut off, by
    a kill or a power failure: what it said was not durable, so nothing was
    done on the strength of it.  It is passed over at the end and before the
    line of the next session, and is a fault anywhere else.

    :param lines: all of the file, each with its newline
    :param path: for messages
    :raises moganclient.adoption.errors.JournalError: it is wrong
    """
    history = History()
    cut = 0
    for number, line in enumerate(lines, 1):
        entry = decode(line)
        if entry is None:
            if not line.strip():
                continue
            if history.version is None and not _is_cut_header(line):
                raise _no_journal(path, number)
            cut = cut or number
        elif history.version is None:
            wrong = header_fault(entry)
            if cut:
                raise _no_journal(path, cut)
            if wrong:
                raise errors.JournalError(f'{path}:{number}: {wrong}')
            history.begin(entry)
        else:
            if cut and entry.get('event') != 'session':
                raise errors.JournalError(
                    f'{path}:{cut}: this line is damaged, and is not one '
                    'that a killed run left behind, for the same run went on '
                    'after it. A line is a JSON object with "at" and '
                    '"event": restore the file, or repair the line.'
                )
            wrong = fault(entry)
            if wrong:
                raise errors.JournalError(f'{path}:{number}: {wrong}')
            cut = 0
            history.add(entry)
    return history


def decode(line: bytes) -> dict[str, Any] | None:
    """The object that a line is, None where it is none."""
    try:
        found = json.loads(line.decode())
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def header_fault(entry: Mapping[str, Any]) -> str | None:
    """What is wrong with the first line of a journal, a sentence or None."""
    version = entry.get('journal')
    if not isinstance(version, int) or version is True or version < 1:
        return (
            'this is no journal of an adoption plan: it would begin with '
            f'{{"journal": {VERSION}, ...}}.'
        )
    if version > VERSION:
        return (
            f'this journal is of version {version}, and this '
            f'python-moganclient knows version {VERSION}: use a newer one.'
        )
    return _members_fault(
        'first',
        entry,
        dict.fromkeys(('plan', 'endpoint', 'region'), _MAY_BE_TEXT),
    )


def fault(entry: Mapping[str, Any]) -> str | None:
    """What is wrong with any other line, a sentence or None."""
    event = entry.get('event')
    members = MEMBERS.get(event) if isinstance(event, str) else None
    if members is None:
        said = '"event" is missing'
        if 'event' in entry:
            said = f'there is no event {_shown(event)}'
        return f'{said}; it would be one of {", ".join(MEMBERS)}.'
    if not isinstance(entry.get('at'), str):
        return _members_fault(event, entry, {'at': _TEXT})
    for name, types in members.items():
        # Exactly: true is no number here.
        if type(entry.get(name)) not in types:
            return _members_fault(event, entry, members)
    return _reasons_fault(entry) if entry.get('reasons') else None


def _members_fault(
    event: Any, entry: Mapping[str, Any], members: Mapping[str, _Types]
) -> str | None:
    for name, types in members.items():
        value = entry.get(name)
        if _is_a(value, types):
            continue
        wanted = ' or '.join(_CALLED[one] for one in types)
        if name not in entry:
            return f'"{name}" is missing from this {event} line: {wanted}.'
        return (
            f'"{name}" of this {event} line is {_shown(value)}; it would be '
            f'{wanted}.'
        )
    return None


def _reasons_fault(entry: Mapping[str, Any]) -> str | None:
    for reason in entry['reasons']:
        if not isinstance(reason, dict) or not all(
            isinstance(reason.get(name), str) for name in ('code', 'message')
        ):
            return (
                f'{_shown(reason)} in "reasons" of this {entry["event"]} line '
                'is no object of "code" and "message", two strings.'
            )
    return None


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f'{text[:57]}...'


def _is_a(value: Any, types: _Types) -> bool:
    return type(value) in types


def _is_cut_header(line: bytes) -> bool:
    """Whether it may be what is left of the first line of a journal."""
    left = line.rstrip(b'\0\r\n')
    return left.startswith(_BEGINNING) or _BEGINNING.startswith(left)


def _no_journal(path: str, number: int) -> errors.JournalError:
    return errors.JournalError(
        f'{path}:{number}: {header_fault({})} Move the file away, or name '
        'another.'
    )
