"""Who may group servers."""

from __future__ import annotations

from oslo_policy import policy

from moganclient.service.api.policies import base

_GROUPS = base.PREFIX + 'server_groups:'

LIST = _GROUPS + 'list'
LIST_ALL = _GROUPS + 'list_all_projects'
GET = _GROUPS + 'get'
CREATE = _GROUPS + 'create'
DELETE = _GROUPS + 'delete'

RULES: list[policy.RuleDefault] = [
    base.rule(
        LIST,
        base.ADMIN,
        "List the server groups of the caller's project.",
        'GET /v1/server_groups',
    ),
    base.rule(
        LIST_ALL,
        base.ADMIN,
        'List the server groups of all projects, as a caller without project '
        'does.',
        'GET /v1/server_groups',
    ),
    base.rule(
        GET,
        base.ADMIN,
        'See a server group, and which servers are in it.',
        'GET /v1/server_groups/{server_group}',
    ),
    base.rule(
        CREATE,
        base.ADMIN,
        "Create a server group in the caller's project.",
        'POST /v1/server_groups',
    ),
    base.rule(
        DELETE,
        base.ADMIN,
        'Delete a server group; its servers stay.',
        'DELETE /v1/server_groups/{server_group}',
    ),
]
