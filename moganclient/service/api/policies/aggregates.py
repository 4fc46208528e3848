"""Who may see nodes, and group them into aggregates and zones."""

from __future__ import annotations

from oslo_policy import policy

from moganclient.service.api.policies import base

_AGGREGATES = base.PREFIX + 'aggregates:'

LIST = _AGGREGATES + 'list'
GET = _AGGREGATES + 'get'
CREATE = _AGGREGATES + 'create'
UPDATE = _AGGREGATES + 'update'
DELETE = _AGGREGATES + 'delete'
LIST_NODES = _AGGREGATES + 'list_nodes'
ADD_NODE = _AGGREGATES + 'add_node'
REMOVE_NODE = _AGGREGATES + 'remove_node'
NODES = base.PREFIX + 'nodes:list'
ZONES = base.PREFIX + 'availability_zones:list'

RULES: list[policy.RuleDefault] = [
    base.rule(LIST, base.ADMIN, 'List the aggregates.', 'GET /v1/aggregates'),
    base.rule(
        GET,
        base.ADMIN,
        'See an aggregate.',
        'GET /v1/aggregates/{aggregate}',
    ),
    base.rule(
        CREATE, base.ADMIN, 'Create an aggregate.', 'POST /v1/aggregates'
    ),
    base.rule(
        UPDATE,
        base.ADMIN,
        'Change name and metadata of an aggregate.',
        'PATCH /v1/aggregates/{aggregate}',
    ),
    base.rule(
        DELETE,
        base.ADMIN,
        'Delete an aggregate.',
        'DELETE /v1/aggregates/{aggregate}',
    ),
    base.rule(
        LIST_NODES,
        base.ADMIN,
        'List the nodes of an aggregate.',
        'GET /v1/aggregates/{aggregate}/nodes',
    ),
    base.rule(
        ADD_NODE,
        base.ADMIN,
        'Put a node into an aggregate.',
        'POST /v1/aggregates/{aggregate}/nodes',
    ),
    base.rule(
        REMOVE_NODE,
        base.ADMIN,
        'Take a node out of an aggregate.',
        'DELETE /v1/aggregates/{aggregate}/nodes/{node}',
    ),
    base.rule(
        NODES, base.ADMIN, 'List the names of all nodes.', 'GET /v1/nodes'
    ),
    base.rule(
        ZONES,
        base.ANY_READER,
        'List the availability zones.',
        'GET /v1/availability_zones',
    ),
]
