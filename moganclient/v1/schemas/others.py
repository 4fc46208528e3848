"""Bodies about keypairs, aggregates and server groups."""

from __future__ import annotations

from typing import Any

from moganclient.v1.schemas import common

#: Body of ``POST /v1/keypairs``: without a public key one is generated.
KEYPAIR_CREATE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': {
            'type': 'string',
            'pattern': r'^[a-zA-Z0-9\-_ ]{1,255}\Z',
        },
        'type': {'enum': ['ssh', 'x509']},
        'public_key': {'type': 'string', 'minLength': 1, 'maxLength': 16384},
        'user_id': {'type': 'string', 'minLength': 1, 'maxLength': 64},
    },
    'required': ['name'],
    'additionalProperties': False,
}

#: Body of ``POST /v1/aggregates``.
AGGREGATE_CREATE: dict[str, Any] = {
    'type': 'object',
    'properties': {'name': common.NAME, 'metadata': common.METADATA},
    'required': ['name'],
    'additionalProperties': False,
}

#: What an aggregate looks like in those of its fields that PATCH may change.
AGGREGATE_MUTABLE: dict[str, Any] = {
    'type': 'object',
    'properties': {'name': common.NAME, 'metadata': common.METADATA},
    'required': ['name', 'metadata'],
    'additionalProperties': False,
}

#: Body of ``POST /v1/aggregates/{aggregate}/nodes``: a name or a UUID.
AGGREGATE_NODE: dict[str, Any] = {
    'type': 'object',
    'properties': {'node': common.NAME},
    'required': ['node'],
    'additionalProperties': False,
}

#: Body of ``POST /v1/server_groups``: one policy, or none.
SERVER_GROUP_CREATE: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'name': common.NAME,
        'policies': {
            'type': 'array',
            'items': {'enum': ['affinity', 'anti-affinity']},
            'maxItems': 1,
        },
    },
    'required': ['name', 'policies'],
    'additionalProperties': False,
}
