"""Request bodies: JSON, as strict as it can be told in a sentence."""

from __future__ import annotations

import json
import math
from typing import Any

import flask

from moganclient.service import exceptions
from moganclient.v1 import validation

JSON = 'application/json'
JSON_PATCH = 'application/json-patch+json'

#: Deeper than any document that could be valid.
_MAX_DEPTH = 32


def require_json_type(*also: str) -> None:
    """Refuse anything that a form of a web page can post.

    :raises moganclient.service.exceptions.UnsupportedMediaType: the content
        type is not JSON's
    """
    given = flask.request.mimetype
    if given not in (JSON, *also):
        what = f'not "{given}"' if given else 'and it has none'
        raise exceptions.UnsupportedMediaType(
            f'The request needs the header "Content-Type: {JSON}", {what}.'
        )


def read(schema: dict[str, Any], *types: str) -> Any:
    """The body of the request, valid by a schema.

    :param types: content types that are taken beside JSON's
    :raises moganclient.service.exceptions.BadRequest: a sentence for each
        fault, with its place in the document
    """
    require_json_type(*types)
    found = parse(flask.request.get_data(cache=False))
    check(found, schema)
    return found


def read_empty() -> None:
    """Take no body, or an empty object.

    :raises moganclient.service.exceptions.BadRequest: there is more
    """
    require_json_type()
    raw = flask.request.get_data(cache=False)
    if raw.strip() and parse(raw) != {}:
        raise exceptions.BadRequest(
            'The request takes no body; leave it out or send {}.'
        )


def check(document: Any, schema: dict[str, Any]) -> None:
    """Raise unless a document is valid by a schema.

    :raises moganclient.service.exceptions.BadRequest: a sentence for each
        fault
    """
    faults = validation.faults(document, schema)
    if faults:
        raise exceptions.BadRequest(
            '. '.join(fault.rstrip('.') for fault in faults) + '.',
            code='invalid_body',
        )


def parse(raw: bytes) -> Any:
    """JSON as RFC 8259 has it, without what only some can read.

    Refused: not a number (NaN, Infinity, 1e999), a name twice in one
    object, the NUL character and halves of surrogate pairs (no database
    stores them), and nesting beyond sense.

    :raises moganclient.service.exceptions.BadRequest: says where
    """
    try:
        text = raw.decode('utf-8')
    except UnicodeDecodeError as exc:
        raise _malformed(f'byte {exc.start + 1} is no UTF-8') from exc
    if not text.strip():
        raise exceptions.BadRequest(
            'The request needs a body, and has none.', code='invalid_json'
        )
    try:
        found = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_float=_float,
        )
        _walk(found, 0)
    except json.JSONDecodeError as exc:
        raise _malformed(
            f'{exc.msg} at line {exc.lineno}, column {exc.colno}'
        ) from exc
    except RecursionError as exc:
        raise _malformed('it is nested too deeply') from exc
    except ValueError as exc:
        # Python's own limit of digits in an integer.
        raise _malformed(str(exc)) from exc
    return found


def _malformed(why: str) -> exceptions.BadRequest:
    return exceptions.BadRequest(
        f'The body of the request is not valid JSON: {why}.',
        code='invalid_json',
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _malformed(f'"{twice}" is there twice in one object')
    return found


def _constant(name: str) -> Any:
    raise _malformed(f'{name} is no number')


def _float(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise _malformed(f'{text} is too large a number')
    return found


def _walk(value: Any, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise _malformed('it is nested too deeply')
    if isinstance(value, str):
        if '\0' in value:
            raise _malformed('a text holds the NUL character')
        try:
            value.encode()
        except UnicodeEncodeError as exc:
            raise _malformed('a text holds half of a surrogate pair') from exc
    elif isinstance(value, dict):
        for key, item in value.items():
            _walk(key, depth)
            _walk(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            _walk(item, depth + 1)
