"""Bodies of what takes machines over."""

from __future__ import annotations

import copy
from typing import Any

from moganclient.v1.schemas import common

#: Body of ``POST /v1/servers/manage`` at microversion 1.1.
MANAGE_1_1: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': common.NAME,
        'description': common.TEXT,
        'availability_zone': common.TEXT,
        'node_uuid': common.UUID,
        'flavor_uuid': common.UUID,
        'networks': {
            'type': 'array',
            'minItems': 1,
            'items': {
                'type': 'object',
                'properties': {
                    'port_id': common.UUID,
                    'port_type': common.TEXT,
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
MANAGE_1_2['properties']['project_id'] = common.TEXT
MANAGE_1_2['properties']['metadata'] = common.METADATA

#: The same at 1.3: which UUID the server gets.
MANAGE_1_3: dict[str, Any] = copy.deepcopy(MANAGE_1_2)
MANAGE_1_3['properties']['uuid'] = common.UUID


#: Body of ``POST /v1/manageable_servers``, as the retired API had it.
MANAGEABLE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': common.NAME,
        'node_uuid': common.UUID,
        'description': common.DESCRIPTION,
        'metadata': common.METADATA,
    },
    'required': ['name', 'node_uuid'],
    'additionalProperties': False,
}


def manage(version: tuple[int, int]) -> dict[str, Any]:
    """The schema of ``manage`` at a microversion, e.g. ``(1, 2)``."""
    if version >= (1, 3):
        return MANAGE_1_3
    return MANAGE_1_2 if version >= (1, 2) else MANAGE_1_1
