"""What the rules are made of, whatever they are about."""

from __future__ import annotations

from oslo_policy import policy

PREFIX = 'baremetal_compute:'

#: Checks: who may, of whose project the target is.
ADMIN = 'rule:deployment_admin'
READER = 'rule:deployment_admin or rule:project_reader'
MEMBER = 'rule:deployment_admin or rule:project_member'
#: Of no project: whoever has the role in any.
ANY_READER = 'rule:deployment_admin or role:reader'
ANY_MEMBER = 'rule:deployment_admin or role:member'
#: Nobody, until the operator says who.
NOBODY = '!'
SCOPES = ['system', 'project']

#: What the checks name.
BASE_RULES = [
    policy.RuleDefault(
        'deployment_admin',
        'role:admin and (system_scope:all or is_admin_project:True)',
        description='An admin of the whole deployment: with system scope, or '
        'in the project that [api] admin_project_id (or admin_project_name) '
        'names; is_admin_project is true in that one project. Under noauth '
        'and http_basic every caller.',
    ),
    policy.RuleDefault(
        'project_reader',
        'role:reader and project_id:%(project_id)s',
        description='May see what belongs to the project.',
    ),
    policy.RuleDefault(
        'project_member',
        'role:member and project_id:%(project_id)s',
        description='May change what belongs to the project.',
    ),
]


def rule(
    name: str, check: str, description: str, *operations: str
) -> policy.DocumentedRuleDefault:
    """A documented rule; an operation is ``METHOD /path``."""
    return policy.DocumentedRuleDefault(
        name=name,
        check_str=check,
        description=description,
        operations=[
            {'method': method, 'path': path}
            for method, path in (one.split(' ', 1) for one in operations)
        ],
        scope_types=SCOPES,
    )
