"""A YAML or JSON file as plain data that knows its lines.

The lines of single values are not kept: where one is wrong, the text is gone
through once more for them.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import dataclasses
import os
import pathlib
from typing import Any

from moganclient.adoption import errors
from moganclient.adoption import json_tokens
from moganclient.adoption import tokens
from moganclient.adoption import yaml_tokens
from moganclient.v1 import validation

#: Bytes; a hundred thousand machines take a third of that.
MAX_SIZE = 128 * 2**20
#: Of sequences and mappings in each other; a plan needs four.
MAX_DEPTH = 50
#: Values that aliases may stand for, in all.
MAX_ALIASED = 2_000_000

#: At most so many faults are in a message.
MAX_SHOWN = 50


@dataclasses.dataclass
class Document:
    """What is in a file."""

    #: The file as messages name it.
    name: str
    #: What it says: dicts with str keys, lists, str, int, bool, None, and
    #: :class:`moganclient.adoption.tokens.Odd`.
    data: Any = None
    #: The lines of the items of that list at the top that was asked for.
    lines: list[int] = dataclasses.field(default_factory=list)
    #: What was written where the value is no string.
    plain: dict[validation.Path, str] = dataclasses.field(default_factory=dict)
    #: What is wrong already, each with its line.
    faults: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    #: The text, and what reads it.
    text: str = ''
    reader: Callable[[str], tokens.Tokens] = yaml_tokens.read

    def error(self, faults: Iterable[tuple[int, str]]) -> errors.PlanError:
        """The error for faults with their lines, sorted by these."""
        # What is missing at the end is on the line after it, for libyaml.
        last = max(len(self.text.splitlines()), 1)
        return error(
            f'{self.name}:{min(line, last)}: {sentence}'
            for line, sentence in sorted(faults, key=lambda fault: fault[0])
        )

    def lines_of(
        self, places: Iterable[validation.Path]
    ) -> dict[validation.Path, int]:
        """The lines of places, or of what is nearest round them."""
        wanted = set(places)
        looked_for = {
            place[:length] for place in wanted for length in range(len(place))
        }
        found = _find_lines(self.reader(self.text), looked_for | wanted)
        lines = {}
        for place in wanted:
            nearest = place
            while nearest and nearest not in found:
                nearest = nearest[:-1]
            lines[place] = found.get(nearest, 1)
        return lines


def error(faults: Iterable[str]) -> errors.PlanError:
    """The error for sentences: all are in it, the message shows the first."""
    said = list(faults)
    shown = said[:MAX_SHOWN]
    if len(said) > MAX_SHOWN:
        shown.append(f'And {len(said) - MAX_SHOWN} faults more.')
    return errors.PlanError('\n'.join(shown), faults=said)


def is_json(path: str | os.PathLike[str]) -> bool:
    """Whether a file is JSON, by its name; all others are YAML."""
    return pathlib.PurePath(path).suffix.lower() == '.json'


def read(path: str | os.PathLike[str], listed: str) -> Document:
    """Read a file.

    :param path: where it is
    :param listed: the key at the top whose items' lines are kept
    :raises moganclient.adoption.errors.PlanError: it cannot be read, or not
        as YAML or JSON.  Faults that leave a document, such as a key that is
        there twice, are in the document.
    """
    file = os.fspath(path)
    name = file if file.isprintable() and file else repr(file)
    document = Document(name, text=_text(file, name))
    if is_json(name):
        document.reader = json_tokens.read
    builder = _Builder(document, listed)
    try:
        builder.build(document.reader(document.text))
    except tokens.SyntaxFault as fault:
        raise document.error(
            [*document.faults, (fault.line, fault.sentence)]
        ) from None
    return document


def _text(file: str, name: str) -> str:
    try:
        with open(file, 'rb') as opened:
            raw = opened.read(MAX_SIZE + 1)
    except FileNotFoundError:
        raise error([f'{name}: there is no such file']) from None
    except IsADirectoryError:
        raise error([f'{name}: this is a directory, not a file']) from None
    except (OSError, ValueError) as failure:
        why = getattr(failure, 'strerror', None) or failure
        raise error([f'{name}: cannot be read: {why}']) from None
    if len(raw) > MAX_SIZE:
        raise error(
            [f'{name}: is larger than {MAX_SIZE // 2**20} MiB: no plan is']
        )
    try:
        return raw.decode('utf-8-sig')
    except UnicodeDecodeError as failure:
        line = raw.count(b'\n', 0, failure.start) + 1
        raise error(
            [
                f'{name}:{line}: the byte 0x{raw[failure.start]:02x} is not '
                'UTF-8: save the file as UTF-8'
            ]
        ) from None


@dataclasses.dataclass(slots=True)
class _Frame:
    """A sequence or mapping that has not ended yet."""

    value: Any
    anchor: str | None
    #: The key whose value comes next; None in a sequence.
    key: Any = None
    #: Of a mapping: the lines of its keys.
    keys: dict[str, int] = dataclasses.field(default_factory=dict)
    #: Values in it, counted with what aliases stand for.
    size: int = 1


#: No key, and a key whose value is dropped, for it was a fault.
_NONE, _DROPPED = object(), object()


class _Builder:
    """Puts the pieces of a document together."""

    def __init__(self, document: Document, listed: str) -> None:
        self.document = document
        self.listed = listed
        self.frames: list[_Frame] = []
        self.anchors: dict[str, tuple[Any, int] | None] = {}
        self.aliased = 0
        self.known: dict[str, str] = {}

    def build(self, pieces: tokens.Tokens) -> None:
        frames = self.frames
        # Local names: this goes through a quarter of a million pieces.
        scalar, end = tokens.Kind.SCALAR, tokens.Kind.END
        alias = tokens.Kind.ALIAS
        begun = False
        for kind, line, value, plain, anchor in pieces:
            begun = True
            if frames and frames[-1].key is _NONE and kind is not end:
                if kind is not scalar:
                    raise tokens.SyntaxFault(
                        line,
                        f'{self.place()}: a key is a word, not a list, a '
                        'mapping or an alias',
                    )
                self.begin_member(frames[-1], value, plain, line)
            elif kind is scalar:
                if plain is not None:
                    self.document.plain[self.path()] = plain
                if anchor is not None:
                    self.anchors[anchor] = (value, 1)
                self.add(value, line, 1)
            elif kind is end:
                done = frames.pop()
                if done.anchor is not None:
                    self.anchors[done.anchor] = (done.value, done.size)
                self.add(done.value, 0, done.size)
            elif kind is alias:
                self.add(*self.of_alias(value, line))
            else:
                self.begin(kind, line, anchor)
        if not begun:
            raise tokens.SyntaxFault(
                1, 'the file is empty: a plan begins with "version: 1"'
            )

    def begin(self, kind: tokens.Kind, line: int, anchor: str | None) -> None:
        """A sequence or mapping."""
        if len(self.frames) >= MAX_DEPTH:
            raise tokens.SyntaxFault(
                line,
                f'more than {MAX_DEPTH} lists and mappings are in each '
                'other here: a plan needs four',
            )
        if anchor is not None:
            self.anchors[anchor] = None
        self.note_line(line)
        if kind is tokens.Kind.MAPPING:
            self.frames.append(_Frame({}, anchor, _NONE))
        else:
            self.frames.append(_Frame([], anchor))

    def begin_member(
        self, frame: _Frame, key: Any, plain: str | None, line: int
    ) -> None:
        """A key of a mapping."""
        if plain is not None:
            if plain == '<<':
                sentence = (
                    'merge keys (<<) mean nothing here: write the keys out'
                )
            else:
                sentence = (
                    f'the key {plain or "null"} is not a string: put quotes '
                    'round it'
                )
            self.fault(line, f'{self.place()}: {sentence}')
            frame.key = _DROPPED
            return
        # The same few keys come ten thousand times.
        key = self.known.setdefault(key, key)
        if key in frame.keys:
            frame.key = key
            self.fault(
                line,
                f'{self.place()} is given twice, first in line '
                f'{frame.keys[key]}: keep one',
            )
            frame.key = _DROPPED
            return
        frame.keys[key] = line
        frame.key = key

    def add(self, value: Any, line: int, size: int) -> None:
        """A value that is complete.

        :param line: 0 where it was noted when the value began
        """
        if not self.frames:
            self.document.data = value
            return
        if line and len(self.frames) == 2:
            self.note_line(line)
        frame = self.frames[-1]
        frame.size += size
        key = frame.key
        if key is None:
            frame.value.append(value)
            return
        if key is not _DROPPED:
            frame.value[key] = value
        frame.key = _NONE

    def note_line(self, line: int) -> None:
        """Keep the line of an item of the list that was asked for."""
        if (
            len(self.frames) == 2
            and self.frames[0].key == self.listed
            and isinstance(self.frames[1].value, list)
        ):
            self.document.lines.append(line)

    def of_alias(self, name: str, line: int) -> tuple[Any, int, int]:
        """What an alias stands for: value, line, size."""
        if name not in self.anchors:
            raise tokens.SyntaxFault(
                line, f'*{name} stands for nothing: no &{name} is above it'
            )
        found = self.anchors[name]
        if found is None:
            raise tokens.SyntaxFault(
                line, f'*{name} is inside of what it stands for'
            )
        value, size = found
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            raise tokens.SyntaxFault(
                line, 'the aliases stand for too much: write it out'
            )
        return value, line, size

    def fault(self, line: int, sentence: str) -> None:
        self.document.faults.append((line, sentence))

    def path(self) -> validation.Path:
        """Where the piece is that comes next."""
        return tuple(
            len(frame.value)
            if isinstance(frame.value, list)
            else frame.key
            if isinstance(frame.key, str)
            else '?'
            for frame in self.frames
        )

    def place(self) -> str:
        """The same for people, of the mapping where no key is known."""
        path = self.path()
        if path and path[-1] == '?':
            path = path[:-1]
        return validation.place(path) if path else 'the file'


def _find_lines(
    pieces: tokens.Tokens, wanted: set[validation.Path]
) -> dict[validation.Path, int]:
    """The lines of those places that there are; the first of each."""
    kinds = tokens.Kind
    found: dict[validation.Path, int] = {}
    # Of each container the step to what comes next; None before a key.
    steps: list[str | int | None] = []
    for kind, line, value, _, _ in pieces:
        if kind is kinds.END:
            steps.pop()
        elif steps and steps[-1] is None:
            steps[-1] = str(value)
            path = tuple(step for step in steps if step is not None)
            if path in wanted:
                found.setdefault(path, line)
            continue
        else:
            path = tuple(step for step in steps if step is not None)
            if path in wanted:
                found.setdefault(path, line)
            if kind in (kinds.MAPPING, kinds.SEQUENCE):
                steps.append(None if kind is kinds.MAPPING else 0)
                continue
        if steps:
            # A value is complete.
            last = steps[-1]
            steps[-1] = last + 1 if isinstance(last, int) else None
    return found
