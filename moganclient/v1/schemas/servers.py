"""Bodies of what servers are asked, but for taking over."""

from __future__ import annotations

import copy
from typing import Any

from moganclient.v1.schemas import common

#: What a server looks like in those of its fields that PATCH may change.
SERVER_MUTABLE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': common.NAME,
        'description': {**common.TEXT, 'type': ['string', 'null']},
        'metadata': common.METADATA,
    },
    'required': ['name'],
    'additionalProperties': False,
}

#: The same at 1.4: whether it is protected from being deleted and rebuilt.
SERVER_MUTABLE_1_4: dict[str, Any] = copy.deepcopy(SERVER_MUTABLE)
SERVER_MUTABLE_1_4['properties']['protected'] = {'type': 'boolean'}
SERVER_MUTABLE_1_4['required'] = ['name', 'protected']

#: Sizes of partitions; the retired API took strings of digits too.
_SIZE: dict[str, Any] = {
    'type': ['integer', 'string'],
    'minimum': 0,
    'pattern': r'^[0-9]+\Z',
}
_SIZE_OF_ROOT: dict[str, Any] = {
    'type': ['integer', 'string'],
    'minimum': 1,
    'pattern': r'^[1-9][0-9]*\Z',
}

#: A network to make a port in, or a port that there is: one of the two.
_NETWORK: dict[str, Any] = {
    'type': 'object',
    'properties': {'net_id': common.UUID, 'port_id': common.UUID},
    'minProperties': 1,
    'maxProperties': 1,
    'additionalProperties': False,
}

#: Faults do not repeat what is only ever written: there may be secrets.
_BASE64: dict[str, Any] = {
    'type': 'string',
    'format': 'base64',
    'writeOnly': True,
}

#: Files for the config drive.
_FILES: dict[str, Any] = {
    'type': 'array',
    'maxItems': 50,
    'items': {
        'type': 'object',
        'properties': {
            'path': {'type': 'string', 'minLength': 1, 'maxLength': 255},
            'contents': _BASE64,
        },
        'required': ['path', 'contents'],
        'additionalProperties': False,
    },
}

#: Body of ``POST /v1/servers``.
SERVER_CREATE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'server': {
            'type': 'object',
            'properties': {
                'name': common.NAME,
                'description': common.DESCRIPTION,
                'flavor_uuid': common.UUID,
                'image_uuid': common.UUID,
                'networks': {
                    'type': 'array',
                    'minItems': 1,
                    'items': _NETWORK,
                },
                'availability_zone': common.TEXT,
                'metadata': common.METADATA,
                'key_name': common.NAME,
                'user_data': _BASE64,
                'personality': _FILES,
                'partitions': {
                    'type': 'object',
                    'properties': {
                        'root_gb': _SIZE_OF_ROOT,
                        'swap_mb': _SIZE,
                        'ephemeral_gb': _SIZE,
                    },
                    'required': ['root_gb'],
                    'additionalProperties': False,
                },
                'adminPass': {
                    'type': 'string',
                    'maxLength': 255,
                    'writeOnly': True,
                },
                'min_count': {'type': 'integer', 'minimum': 1},
                'max_count': {
                    'type': 'integer',
                    'minimum': 1,
                    'maximum': 1000,
                },
            },
            'required': ['name', 'image_uuid', 'flavor_uuid', 'networks'],
            'additionalProperties': False,
        },
        'scheduler_hints': {
            'type': 'object',
            'properties': {'group': common.UUID},
            'additionalProperties': False,
        },
    },
    'required': ['server'],
    'additionalProperties': False,
}

#: Body of ``PUT /v1/servers/{server}/states/power``.
POWER: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'target': {'enum': ['on', 'off', 'reboot', 'soft_off', 'soft_reboot']},
    },
    'required': ['target'],
    'additionalProperties': False,
}

#: Body of ``PUT /v1/servers/{server}/states/lock``.
LOCK: dict[str, Any] = {
    'type': 'object',
    'properties': {'target': {'type': 'boolean'}},
    'required': ['target'],
    'additionalProperties': False,
}

#: Body of ``PUT /v1/servers/{server}/states/provision``.
REBUILD: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'target': {'enum': ['rebuild']},
        'image_uuid': {**common.UUID, 'type': ['string', 'null']},
        'preserve_ephemeral': {'type': ['boolean', 'null']},
        'user_data': _BASE64,
        'personality': _FILES,
        'key_name': common.NAME,
    },
    'required': ['target'],
    'additionalProperties': False,
}

#: Body of ``POST /v1/servers/{server}/networks/interfaces``.
INTERFACE: dict[str, Any] = _NETWORK

#: Body of ``POST /v1/servers/{server}/networks/floatingips``.
FLOATING_IP: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'address': {'type': 'string', 'format': 'ip address'},
        'fixed_address': {'type': 'string', 'format': 'ip address'},
    },
    'required': ['address'],
    'additionalProperties': False,
}

#: Body of ``POST /v1/servers/{server}/remote_consoles``.
CONSOLE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'protocol': {'enum': ['serial']},
        'type': {'enum': ['shellinabox', 'socat']},
    },
    'required': ['protocol', 'type'],
    'additionalProperties': False,
}


def server_mutable(version: tuple[int, int]) -> dict[str, Any]:
    """What of a server can be changed at a microversion."""
    return SERVER_MUTABLE_1_4 if version >= (1, 4) else SERVER_MUTABLE
