"""The pieces of a YAML document."""

from __future__ import annotations

from collections.abc import Iterator
import re
from typing import Any

import yaml

from moganclient.adoption import tokens

#: libyaml where PyYAML was built with it: it is ten times as fast.
_LOADER: Any = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)

_RESOLVERS = yaml.resolver.Resolver.yaml_implicit_resolvers
_TAG = 'tag:yaml.org,2002:'
_STRINGS = (f'{_TAG}str', '!')
#: So many plain strings are not looked at twice.
_REMEMBERED = 1000
_INTEGER = re.compile('-?(0|[1-9][0-9]{0,17})')

#: Characters that YAML does not have, not even between quotes.
_FORBIDDEN = re.compile(
    '[^\x09\x0a\x0d\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]'
)

_TAB = 'this is not YAML: a tab is no indentation in YAML: use spaces'

#: What the parser says, and what that means for people.
_MEANINGS = (
    (
        'mapping values are not allowed',
        'a colon is not expected here: indent the line like its neighbours, '
        'or put quotes round a text that has a colon in it',
    ),
    (
        "could not find expected ':'",
        'a key without its colon: write "key: value"',
    ),
    (
        'did not find expected key',
        'this is neither a key nor the end of the block: indent the line '
        'like its neighbours',
    ),
    (
        'expected <block end>',
        'this is neither a key nor the end of the block: indent the line '
        'like its neighbours',
    ),
    (
        "did not find expected '-' indicator",
        'an item that begins with "- " is expected here: indent the line '
        'like its neighbours',
    ),
    (
        'cannot start any token',
        'a text cannot begin with this character: put quotes round it',
    ),
    (
        'unexpected end of stream',
        'a quote is opened and never closed',
    ),
    (
        'did not find expected node content',
        'a value is expected here, or a bracket that closes the one before',
    ),
    (
        "did not find expected ',' or",
        'a bracket is opened and not closed, or a comma is missing',
    ),
)


def read(text: str) -> tokens.Tokens:
    """Yield the pieces, as safe YAML 1.1 means them.

    :raises moganclient.adoption.tokens.SyntaxFault: it is no YAML, or more
        than a plan needs
    """
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        raise tokens.SyntaxFault(
            text.count('\n', 0, forbidden.start()) + 1,
            f'the character U+{ord(forbidden.group()):04X} cannot be in a '
            'YAML file: remove it, or write it as an escape in double quotes',
        )
    try:
        yield from _pieces(text)
    except yaml.MarkedYAMLError as error:
        raise _fault(text, error) from None
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        raise tokens.SyntaxFault(1, 'this is not YAML') from None


def _fault(text: str, error: yaml.MarkedYAMLError) -> tokens.SyntaxFault:
    mark = error.problem_mark or error.context_mark
    line = mark.line if mark else 0
    meaning = _meaning(error)
    last = max(len(text.splitlines()), 1) - 1
    char = _char(text, line, mark.column) if mark else ''
    if char == '\t':
        # libyaml does not always say that it is one.
        meaning = _TAB
    elif not char and line >= last and error.context_mark:
        # Where what does not end begins, rather than the end of the file.
        line = error.context_mark.line
    return tokens.SyntaxFault(line + 1, meaning)


def _char(text: str, line: int, column: int) -> str:
    """The character at a place, if there is one."""
    lines = text.split('\n')
    return lines[line][column : column + 1] if line < len(lines) else ''


def _meaning(error: yaml.MarkedYAMLError) -> str:
    if 'tab character' in str(error.problem):
        return _TAB
    said = ' '.join(str(part) for part in (error.problem, error.context))
    for words, meaning in _MEANINGS:
        if words in said:
            return f'this is not YAML: {meaning}'
    parts = [part for part in (error.context, error.problem) if part]
    return f'this is not YAML: {", ".join(parts)}'


def _pieces(text: str) -> tokens.Tokens:
    # Local names: this goes through a quarter of a million pieces.
    scalar, end = tokens.Kind.SCALAR, tokens.Kind.END
    plain: set[str] = set()
    documents = 0
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    for event in events:
        kind = type(event)
        mark = event.start_mark
        line = mark.line + 1 if mark else 1
        if kind is yaml.ScalarEvent:
            value = event.value
            # Keys, and what many machines have in common, come often.
            if event.tag is None and (not event.implicit[0] or value in plain):
                yield scalar, line, value, None, event.anchor
                continue
            found = _resolved(event, line)
            if found[3] is None and len(plain) < _REMEMBERED:
                plain.add(value)
            yield found
        elif isinstance(event, yaml.CollectionEndEvent):
            yield end, line, None, None, None
        elif kind is yaml.MappingStartEvent:
            _check_tag(event, line, 'map')
            yield tokens.Kind.MAPPING, line, None, None, event.anchor
        elif kind is yaml.SequenceStartEvent:
            _check_tag(event, line, 'seq')
            yield tokens.Kind.SEQUENCE, line, None, None, event.anchor
        elif kind is yaml.AliasEvent:
            yield tokens.Kind.ALIAS, line, event.anchor, None, None
        elif kind is yaml.DocumentStartEvent:
            documents += 1
            if documents > 1:
                raise tokens.SyntaxFault(
                    line,
                    'a second document begins here: a plan is one document, '
                    'so keep each plan in a file of its own',
                )


def _check_tag(event: Any, line: int, kind: str) -> None:
    if event.tag not in (None, '!', f'{_TAG}{kind}'):
        raise _tagged(event.tag, line)


def _tagged(tag: str, line: int) -> tokens.SyntaxFault:
    shown = tag.replace(_TAG, '!!')[:60]
    return tokens.SyntaxFault(
        line, f'the tag {shown!r} means nothing here: leave it out'
    )


def _resolved(event: Any, line: int) -> tokens.Token:
    """A scalar with a tag or without quotes, as YAML takes it."""
    text: str = event.value
    if event.tag in _STRINGS:
        return tokens.Kind.SCALAR, line, text, None, event.anchor
    if event.tag is not None:
        raise _tagged(event.tag, line)
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            kind = tag.removeprefix(_TAG)
            break
    else:
        return tokens.Kind.SCALAR, line, text, None, event.anchor
    value: Any
    if kind == 'null':
        value = None
    elif kind == 'bool':
        value = text.lower() in ('yes', 'true', 'on')
    elif kind == 'int' and _INTEGER.fullmatch(text):
        value = int(text)
    else:
        value = tokens.Odd(text)
    return tokens.Kind.SCALAR, line, value, text, event.anchor
