"""Who may have keypairs, and look after those of others."""

from __future__ import annotations

from oslo_policy import policy

from moganclient.service.api.policies import base

_KEYPAIRS = base.PREFIX + 'keypairs:'

LIST = _KEYPAIRS + 'list'
GET = _KEYPAIRS + 'get'
CREATE = _KEYPAIRS + 'create'
DELETE = _KEYPAIRS + 'delete'
OF_OTHERS = _KEYPAIRS + 'of_other_users'

RULES: list[policy.RuleDefault] = [
    base.rule(
        LIST, base.ANY_READER, 'List your own keypairs.', 'GET /v1/keypairs'
    ),
    base.rule(
        GET,
        base.ANY_READER,
        'See a keypair of your own.',
        'GET /v1/keypairs/{keypair}',
    ),
    base.rule(
        CREATE,
        base.ANY_MEMBER,
        'Import a public key, or have a keypair made, for yourself.',
        'POST /v1/keypairs',
    ),
    base.rule(
        DELETE,
        base.ANY_MEMBER,
        'Delete a keypair of your own.',
        'DELETE /v1/keypairs/{keypair}',
    ),
    base.rule(
        OF_OTHERS,
        base.ADMIN,
        'Do with the keypairs of another user (user_id) what the rules above '
        'allow with your own.',
        'GET /v1/keypairs',
        'GET /v1/keypairs/{keypair}',
        'POST /v1/keypairs',
        'DELETE /v1/keypairs/{keypair}',
    ),
]
