"""Who may take machines over in the retired API's way."""

from __future__ import annotations

from oslo_policy import policy

from moganclient.service.api.policies import base

_NODES = base.PREFIX + 'manageable_servers:'

LIST = _NODES + 'list'
MANAGE = _NODES + 'manage'

RULES: list[policy.RuleDefault] = [
    base.rule(
        LIST,
        base.ADMIN,
        'See which machines can be taken over.',
        'GET /v1/manageable_servers',
    ),
    base.rule(
        MANAGE,
        base.ADMIN,
        'Take a machine over, without a flavor and with the ports that it '
        'carries.',
        'POST /v1/manageable_servers',
    ),
]
