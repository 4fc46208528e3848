"""JSON Schemas of the request bodies of the bare metal compute API, v1.

The client validates with these before it sends and the service validates with
these same objects, so that both refuse the same bodies with the same words.
The 1.1 form of ``manage`` is the specification's; 1.2 adds ``project_id`` and
``metadata``, 1.3 ``uuid``.
"""

from __future__ import annotations

import copy
import functools
from typing import Any

UUID_PATTERN = (
    '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}'
    '-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$'
)

_NAME: dict[str, Any] = {'type': 'string', 'minLength': 1, 'maxLength': 255}
_TEXT: dict[str, Any] = {'type': 'string', 'minLength': 1, 'maxLength': 255}
_UUID: dict[str, Any] = {'type': 'string', 'format': 'uuid'}

#: Metadata of a server: strings to strings (Nova's and Mogan's rule of keys).
METADATA: dict[str, Any] = {
    'type': 'object',
    'patternProperties': {
        r'^[a-zA-Z0-9\-_:. ]{1,255}\Z': {'type': 'string', 'maxLength': 255},
    },
    'additionalProperties': False,
}

#: Body of ``POST /v1/servers/manage`` at microversion 1.1.
MANAGE_1_1: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': _NAME,
        'description': _TEXT,
        'availability_zone': _TEXT,
        'node_uuid': _UUID,
        'flavor_uuid': _UUID,
        'networks': {
            'type': 'array',
            'minItems': 1,
            'items': {
                'type': 'object',
                'properties': {
                    'port_id': _UUID,
                    'port_type': _TEXT,
                },
                'required': ['port_id'],
                'additionalProperties': False,
            },
        },
    },
    'required': ['name', 'node_uuid', 'flavor_uuid', 'networks'],
    'additionalProperties': False,
}

#: The same at 1.2: for which project, and metadata.
MANAGE_1_2: dict[str, Any] = copy.deepcopy(MANAGE_1_1)
MANAGE_1_2['properties']['project_id'] = _TEXT
MANAGE_1_2['properties']['metadata'] = METADATA

#: The same at 1.3: which UUID the server gets.
MANAGE_1_3: dict[str, Any] = copy.deepcopy(MANAGE_1_2)
MANAGE_1_3['properties']['uuid'] = _UUID

#: Resource classes to counts.  The retired API accepted counts as strings of
#: digits too, and so do we: its flavors are read back as they were written.
_RESOURCES: dict[str, Any] = {
    'type': 'object',
    'minProperties': 1,
    'patternProperties': {
        r'^[a-zA-Z0-9\-_:.]{1,255}\Z': {
            'type': ['integer', 'string'],
            'minimum': 1,
            'pattern': r'^[1-9][0-9]*\Z',
        },
    },
    'additionalProperties': False,
}

#: Body of ``POST /v1/flavors``.
FLAVOR_CREATE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': _NAME,
        'description': _TEXT,
        'resources': _RESOURCES,
        'resource_aggregates': {'type': 'object'},
        'is_public': {'type': 'boolean'},
        'disabled': {'type': 'boolean'},
    },
    'required': ['name', 'resources'],
    'additionalProperties': False,
}

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

#: What a server looks like in those of its fields that PATCH may change.
SERVER_MUTABLE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': _NAME,
        'description': {**_TEXT, 'type': ['string', 'null']},
        'metadata': METADATA,
    },
    'required': ['name'],
    'additionalProperties': False,
}

#: And a flavor.
FLAVOR_MUTABLE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': _NAME,
        'description': {**_TEXT, 'type': ['string', 'null']},
        'is_public': {'type': 'boolean'},
        'disabled': {'type': 'boolean'},
    },
    'required': ['name', 'is_public', 'disabled'],
    'additionalProperties': False,
}


def manage(version: tuple[int, int]) -> dict[str, Any]:
    """The schema of ``manage`` at a microversion, e.g. ``(1, 2)``."""
    if version >= (1, 3):
        return MANAGE_1_3
    return MANAGE_1_2 if version >= (1, 2) else MANAGE_1_1


# Ten thousand nodes have a few classes.
@functools.lru_cache(maxsize=1024)
def normalized_resource_class(resource_class: str) -> str:
    """A resource class as Placement and flavors write it.

    ``baremetal.gold`` becomes ``CUSTOM_BAREMETAL_GOLD``: upper case, every
    character but letters and digits an underscore, ``CUSTOM_`` in front
    (os_resource_classes.normalize_name, as Nova and Ironic use it).
    """
    name = ''.join(
        c if c.isascii() and c.isalnum() else '_'
        for c in resource_class.upper()
    )
    return name if name.startswith('CUSTOM_') else 'CUSTOM_' + name


def flavor_fits(resources: dict[str, Any], resource_class: str | None) -> bool:
    """Whether a flavor's ``resources`` ask for nodes of a resource class.

    They name the class as Ironic writes it or normalized, with a count of 1
    (a server is one whole machine).  The one rule for client and service.
    """
    if not resource_class:
        return False
    names = {resource_class, normalized_resource_class(resource_class)}
    return len(resources) == 1 and all(
        name in names and str(count) == '1'
        for name, count in resources.items()
    )
