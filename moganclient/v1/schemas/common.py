"""What several schemas are made of."""

from __future__ import annotations

from typing import Any

UUID_PATTERN = (
    '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}'
    '-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'
)

#: What people call something.
NAME: dict[str, Any] = {'type': 'string', 'minLength': 1, 'maxLength': 255}
#: A short text that says something.
TEXT: dict[str, Any] = {'type': 'string', 'minLength': 1, 'maxLength': 255}
#: In any case of letters.
UUID: dict[str, Any] = {'type': 'string', 'format': 'uuid'}

#: Metadata of a server: strings to strings (Nova's and Mogan's rule of keys).
METADATA: dict[str, Any] = {
    'type': 'object',
    'patternProperties': {
        r'^[a-zA-Z0-9\-_:. ]{1,255}\Z': {'type': 'string', 'maxLength': 255},
    },
    'additionalProperties': False,
}

#: The retired API's description: it may be empty or null.
DESCRIPTION: dict[str, Any] = {'type': ['string', 'null'], 'maxLength': 255}

#: Body of every PATCH: a JSON patch (RFC 6902) of what may be changed.
JSON_PATCH: dict[str, Any] = {
    'type': 'array',
    'minItems': 1,
    'items': {
        'type': 'object',
        'properties': {
            'op': {'enum': ['add', 'replace', 'remove']},
            'path': {'type': 'string', 'pattern': '^/.'},
            'value': {},
        },
        'required': ['op', 'path'],
        'additionalProperties': False,
    },
}
