"""What is wrong with a request body, one sentence for each fault.

The library validates before it sends and the service when it receives, both
with this module and the schemas beside it, so that both say the same words.
It needs jsonschema, which is imported at the first use: a command that only
reads does not pay for it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from collections.abc import Sequence
import ipaddress
import json
import re
from typing import Any
from typing import TYPE_CHECKING

from moganclient.v1 import schemas

if TYPE_CHECKING:
    import jsonschema

#: Keys and indexes that lead from the top of a document to a place in it.
Path = tuple[str | int, ...]

#: At most so many faults are listed; the last sentence counts the rest.
MAX_FAULTS = 20

#: A value is shown up to this length.
_SHOWN = 60

_UUID = re.compile(schemas.UUID_PATTERN.rstrip('$') + r'\Z')
_PLAIN_KEY = re.compile(r'[A-Za-z_][A-Za-z0-9_]*\Z')

#: What the patterns of the schemas mean, for people.
_WORDS = {
    next(iter(schemas.METADATA['patternProperties'])): (
        '1 to 255 letters, digits, spaces and .:_-'
    ),
    next(
        iter(
            schemas.FLAVOR_CREATE['properties']['resources'][
                'patternProperties'
            ]
        )
    ): '1 to 255 letters, digits and .:_-',
    r'^[1-9][0-9]*\Z': 'a whole number of at least 1',
    r'^[0-9]+\Z': 'a whole number',
    schemas.TRAITS['items']['pattern']: (
        'a trait: 1 to 255 upper-case letters, digits and underscores'
    ),
    schemas.KEYPAIR_CREATE['properties']['name']['pattern']: (
        '1 to 255 letters, digits, spaces and _-'
    ),
    '^/.': 'a JSON pointer like /name',
}

_KINDS = {
    'object': 'an object',
    'array': 'an array',
    'string': 'a string',
    'integer': 'a whole number',
    'number': 'a number',
    'boolean': 'true or false',
    'null': 'null',
}


#: What the formats of the schemas mean, for people.
_FORMATS = {
    'uuid': 'a UUID',
    'ip address': 'an IP address',
    'base64': 'base64',
}


def is_uuid(value: object) -> bool:
    """Whether a value is a string that is a UUID with its dashes."""
    return isinstance(value, str) and _UUID.match(value) is not None


def faults(body: Any, schema: dict[str, Any]) -> list[str]:
    """What is wrong with a body, sorted by place; of many only the first.

    :param body: a decoded JSON document
    :param schema: one of :mod:`moganclient.v1.schemas`
    :returns: sentences like ``networks[0].port_id: 'abc' is not a UUID``, at
        most :data:`MAX_FAULTS` and one that counts the rest; none when the
        body is good
    """
    said = [sentence for _, sentence in located(body, schema)]
    if len(said) > MAX_FAULTS:
        said[MAX_FAULTS:] = [f'And {len(said) - MAX_FAULTS} faults more.']
    return said


def located(body: Any, schema: dict[str, Any]) -> list[tuple[Path, str]]:
    """Everything that is wrong with a body, sorted by place.

    :param body: a decoded JSON document
    :param schema: a JSON Schema of the kind of :mod:`moganclient.v1.schemas`
    :returns: where, as keys and indexes from the top, and the sentence of
        :func:`faults`; the last key of a path is the one that is missing or
        not known where the sentence says that
    """
    odd = list(_odd_keys(body, []))
    if odd:
        return odd
    found = sorted(
        _validator(schema).iter_errors(body),
        key=lambda error: (
            [(type(step).__name__, step) for step in error.absolute_path],
            str(error.validator),
        ),
    )
    # A dict, for the order and because two keywords can say the same.
    return list(
        dict.fromkeys(one for error in found for one in _sentences(error))
    )


def _validator(schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
    import jsonschema

    checker = jsonschema.FormatChecker(formats=())
    # Not the format of jsonschema itself: it takes what uuid.UUID() takes.
    # Other types are the business of `type`.
    checker.checks('uuid')(
        lambda value: not isinstance(value, str) or is_uuid(value)
    )
    checker.checks('ip address')(_is_address)
    checker.checks('base64')(_is_base64)
    return jsonschema.Draft202012Validator(schema, format_checker=checker)


def _is_address(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return True


def _is_base64(value: object) -> bool:
    if not isinstance(value, str):
        return True
    try:
        # Line breaks are usual there, and nothing else is.
        base64.b64decode(
            value.replace('\r', '').replace('\n', ''), validate=True
        )
    except ValueError:
        return False
    return True


def _sentences(
    error: jsonschema.ValidationError,
) -> Iterator[tuple[Path, str]]:
    """The places and sentences for one error of jsonschema."""
    path = list(error.absolute_path)
    value: Any = error.instance
    limit: Any = error.validator_value
    match error.validator:
        case 'required':
            # One error for each name; that each says all of them is no harm,
            # for the same sentence is told once.
            for name in limit:
                if name not in value:
                    member = (*path, name)
                    yield member, f'{place(member)} is missing'
        case 'additionalProperties':
            yield from _unknown(error, path)
        case _:
            yield tuple(path), _sentence(error, place(path))


def _sentence(error: jsonschema.ValidationError, where: str) -> str:
    """The sentence for an error that has but one."""
    value: Any = error.instance
    limit: Any = error.validator_value
    schema: Any = error.schema
    # What is only ever written may be a secret: no sentence repeats it.
    said = 'its value' if schema.get('writeOnly') else shown(value)
    match error.validator:
        case 'type':
            wanted = [limit] if isinstance(limit, str) else limit
            kinds = ' or '.join(_KINDS[kind] for kind in wanted)
            return f'{where}: {said} is not {kinds}'
        case 'format':
            return f'{where}: {said} is not {_FORMATS[limit]}'
        case 'maxProperties' | 'maxItems' if limit == 1:
            return f'{where}: {len(value)} are given, and it takes one'
        case 'minLength' if not value:
            return f'{where} is empty'
        case 'minItems' | 'minProperties' if not value:
            what = 'one is needed' if limit == 1 else f'{limit} are needed'
            return f'{where} is empty: at least {what}'
        case 'minLength' | 'maxLength':
            few = 'at least' if error.validator == 'minLength' else 'up to'
            return (
                f'{where}: {said} has {len(value)} characters, '
                f'it may have {few} {limit}'
            )
        case 'enum':
            known = ', '.join(shown(choice) for choice in limit)
            return f'{where}: {said} is not one of {known}'
        case 'minimum':
            return f'{where}: {said} is less than {limit}'
        case 'pattern':
            return f'{where}: {said} is not {_words(limit)}'
        case _:
            return f'{where}: {error.message[:200]}'


def _unknown(
    error: jsonschema.ValidationError, path: list[str | int]
) -> Iterator[tuple[Path, str]]:
    """A sentence for each member of an object that may not be there."""
    schema = error.schema
    assert isinstance(schema, dict)
    known = schema.get('properties', {})
    patterns = list(schema.get('patternProperties', {}))
    members: Any = error.instance
    for name in members:
        if name in known or any(re.search(p, name) for p in patterns):
            continue
        member = (*path, name)
        if patterns:
            yield (
                member,
                f'{place(path)}: the key {shown(name)} is not '
                f'{" or ".join(_words(pattern) for pattern in patterns)}',
            )
        else:
            yield (
                member,
                f'{place(member)} is not known here; '
                f'known are {", ".join(sorted(known))}',
            )


def _words(pattern: str) -> str:
    return _WORDS.get(pattern, f'a match for {pattern}')


def _odd_keys(value: Any, path: list[str | int]) -> Iterator[tuple[Path, str]]:
    """Members that JSON does not have, which Python's callers can pass.

    Their place is that of the object: such a key is no step of a path.
    """
    if isinstance(value, dict):
        for name, member in value.items():
            if not isinstance(name, str):
                yield (
                    tuple(path),
                    f'{place(path)}: the key {name!r:.60} is not a string',
                )
            elif isinstance(member, dict | list):
                yield from _odd_keys(member, [*path, name])
    elif isinstance(value, list):
        for index, member in enumerate(value):
            if isinstance(member, dict | list):
                yield from _odd_keys(member, [*path, index])


def place(path: Sequence[str | int]) -> str:
    """A path in a document as people write it: ``networks[0].port_id``."""
    text = ''
    for step in path:
        if isinstance(step, int):
            text += f'[{step}]'
        elif _PLAIN_KEY.match(str(step)):
            text += f'.{step}' if text else str(step)
        else:
            text += f'[{shown(step)}]'
    return text or 'The body'


def shown(value: object) -> str:
    """A value for a sentence: short, containers by their kind only."""
    if isinstance(value, dict):
        return 'an object'
    if isinstance(value, list):
        return 'an array'
    if isinstance(value, str):
        short = value if len(value) <= _SHOWN else value[:_SHOWN] + '...'
        return repr(short)
    text = json.dumps(value, default=repr)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + '...'
