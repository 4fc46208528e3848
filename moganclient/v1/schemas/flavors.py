"""Bodies about flavors, and which machines a flavor asks for."""

from __future__ import annotations

import copy
import functools
from typing import Any

from moganclient.v1.schemas import common

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
        'name': common.NAME,
        'description': common.TEXT,
        'resources': _RESOURCES,
        'resource_aggregates': {'type': 'object'},
        'is_public': {'type': 'boolean'},
        'disabled': {'type': 'boolean'},
    },
    'required': ['name', 'resources'],
    'additionalProperties': False,
}

#: Names of traits that a node must have, as Ironic and Placement write them.
TRAITS: dict[str, Any] = {
    'type': 'array',
    'items': {'type': 'string', 'pattern': r'^[A-Z0-9_]{1,255}\Z'},
    'uniqueItems': True,
    'maxItems': 50,
}

#: The same at 1.4: with traits.
FLAVOR_CREATE_1_4: dict[str, Any] = copy.deepcopy(FLAVOR_CREATE)
FLAVOR_CREATE_1_4['properties']['traits'] = TRAITS

#: What a flavor looks like in those of its fields that PATCH may change.
FLAVOR_MUTABLE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': common.NAME,
        'description': {**common.TEXT, 'type': ['string', 'null']},
        'is_public': {'type': 'boolean'},
        'disabled': {'type': 'boolean'},
    },
    'required': ['name', 'is_public', 'disabled'],
    'additionalProperties': False,
}

FLAVOR_MUTABLE_1_4: dict[str, Any] = copy.deepcopy(FLAVOR_MUTABLE)
FLAVOR_MUTABLE_1_4['properties']['traits'] = TRAITS
FLAVOR_MUTABLE_1_4['required'] = [*FLAVOR_MUTABLE['required'], 'traits']

#: Body of ``POST /v1/flavors/{flavor}/access``: which project may use it.
FLAVOR_ACCESS: dict[str, Any] = {
    'type': 'object',
    'properties': {'tenant_id': common.NAME},
    'required': ['tenant_id'],
    'additionalProperties': False,
}


def flavor_create(version: tuple[int, int]) -> dict[str, Any]:
    """The schema of a new flavor at a microversion."""
    return FLAVOR_CREATE_1_4 if version >= (1, 4) else FLAVOR_CREATE


def flavor_mutable(version: tuple[int, int]) -> dict[str, Any]:
    """What of a flavor can be changed at a microversion."""
    return FLAVOR_MUTABLE_1_4 if version >= (1, 4) else FLAVOR_MUTABLE


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
