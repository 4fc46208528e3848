"""Who may say which projects use a flavor that is not public."""

from __future__ import annotations

from oslo_policy import policy

from moganclient.service.api.policies import base

_ACCESS = base.PREFIX + 'flavors:'

LIST = _ACCESS + 'list_access'
ADD = _ACCESS + 'add_access'
REMOVE = _ACCESS + 'remove_access'

RULES: list[policy.RuleDefault] = [
    base.rule(
        LIST,
        base.ADMIN,
        'List the projects that may use a flavor which is not public.',
        'GET /v1/flavors/{flavor}/access',
    ),
    base.rule(
        ADD,
        base.ADMIN,
        'Let a project use a flavor which is not public.',
        'POST /v1/flavors/{flavor}/access',
    ),
    base.rule(
        REMOVE,
        base.ADMIN,
        'Let a project use a flavor no more.',
        'DELETE /v1/flavors/{flavor}/access/{project}',
    ),
]
