"""Who may do what: the rules, their scopes and the operations they guard.

Taking machines over is for an admin of the whole deployment: one with system
scope, or one of the single project that ``[api]`` names.  A plain project
admin sees no node in Ironic, and sees none through this service either.
"""

from __future__ import annotations

from typing import Any

from oslo_config import cfg
from oslo_policy import opts
from oslo_policy import policy

from moganclient.service import conf as service_conf
from moganclient.service import context as service_context
from moganclient.service import exceptions

_PREFIX = 'baremetal_compute:'

NODES_LIST = _PREFIX + 'adoptable_nodes:list'
NODES_GET = _PREFIX + 'adoptable_nodes:get'
SERVERS_MANAGE = _PREFIX + 'servers:manage'
SERVERS_FOREIGN_PORTS = _PREFIX + 'servers:manage_foreign_ports'
SERVERS_UNMANAGE = _PREFIX + 'servers:unmanage'
SERVERS_LIST = _PREFIX + 'servers:list'
SERVERS_LIST_ALL = _PREFIX + 'servers:list_all_projects'
SERVERS_GET = _PREFIX + 'servers:get'
SERVERS_GET_HOST = _PREFIX + 'servers:get_host'
SERVERS_UPDATE = _PREFIX + 'servers:update'
FLAVORS_LIST = _PREFIX + 'flavors:list'
FLAVORS_GET = _PREFIX + 'flavors:get'
FLAVORS_PRIVATE = _PREFIX + 'flavors:get_private'
FLAVORS_CREATE = _PREFIX + 'flavors:create'
FLAVORS_UPDATE = _PREFIX + 'flavors:update'
FLAVORS_DELETE = _PREFIX + 'flavors:delete'
HEALTH_DETAILED = _PREFIX + 'health:get_detailed'

_ADMIN = 'rule:deployment_admin'
_READER = 'rule:deployment_admin or rule:project_reader'
_MEMBER = 'rule:deployment_admin or rule:project_member'
_SCOPES = ['system', 'project']

_BASE_RULES = [
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


def _rule(
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
        scope_types=_SCOPES,
    )


_RULES = [
    _rule(
        NODES_LIST,
        _ADMIN,
        'See which machines could be taken over.',
        'GET /v1/adoptable_nodes',
    ),
    _rule(
        NODES_GET,
        _ADMIN,
        'See one machine, and why it could not be taken over.',
        'GET /v1/adoptable_nodes/{node}',
    ),
    _rule(
        SERVERS_MANAGE,
        _ADMIN,
        'Take a machine over, for any project.',
        'POST /v1/servers/manage',
    ),
    _rule(
        SERVERS_FOREIGN_PORTS,
        _ADMIN,
        'Take a machine over with ports that belong to another project than '
        'the server.',
        'POST /v1/servers/manage',
    ),
    _rule(
        SERVERS_UNMANAGE,
        _ADMIN,
        'Let go of a machine that was taken over.',
        'POST /v1/servers/{server}/unmanage',
    ),
    _rule(
        SERVERS_LIST,
        _READER,
        'List the servers of a project.',
        'GET /v1/servers',
        'GET /v1/servers/detail',
    ),
    _rule(
        SERVERS_LIST_ALL,
        _ADMIN,
        'List servers of other projects (project_id, all_projects) and find '
        'them by node.',
        'GET /v1/servers',
        'GET /v1/servers/detail',
    ),
    _rule(
        SERVERS_GET,
        _READER,
        'See a server. For whom this is not allowed it does not exist (404).',
        'GET /v1/servers/{server}',
    ),
    _rule(
        SERVERS_GET_HOST,
        _ADMIN,
        'See of a server on which node it runs: node, node_uuid, '
        'affinity_zone and system_metadata.',
        'GET /v1/servers/detail',
        'GET /v1/servers/{server}',
    ),
    _rule(
        SERVERS_UPDATE,
        _MEMBER,
        'Change name, description and metadata of a server.',
        'PATCH /v1/servers/{server}',
    ),
    _rule(
        FLAVORS_LIST,
        'rule:deployment_admin or role:reader',
        'List the public flavors.',
        'GET /v1/flavors',
    ),
    _rule(
        FLAVORS_GET,
        'rule:deployment_admin or role:reader',
        'See a public flavor.',
        'GET /v1/flavors/{flavor}',
    ),
    _rule(
        FLAVORS_PRIVATE,
        _ADMIN,
        'See flavors that are not public. For whom this is not allowed they '
        'do not exist.',
        'GET /v1/flavors',
        'GET /v1/flavors/{flavor}',
    ),
    _rule(FLAVORS_CREATE, _ADMIN, 'Create a flavor.', 'POST /v1/flavors'),
    _rule(
        FLAVORS_UPDATE,
        _ADMIN,
        'Change a flavor.',
        'PATCH /v1/flavors/{flavor}',
    ),
    _rule(
        FLAVORS_DELETE,
        _ADMIN,
        'Delete a flavor that no server has.',
        'DELETE /v1/flavors/{flavor}',
    ),
    _rule(
        HEALTH_DETAILED,
        _ADMIN,
        'See what is wrong, by name.',
        'GET /healthcheck?detailed=true',
    ),
]


def list_rules() -> list[policy.RuleDefault]:
    """Every rule, for the enforcer and oslo.policy's sample generator."""
    return [*_BASE_RULES, *_RULES]


def get_enforcer() -> policy.Enforcer:
    """An enforcer with the configuration in the usual places.

    For oslo.policy's own tools (``oslopolicy-checker`` and the like).
    """
    return Policy(service_conf.load()).enforcer


class Policy:
    """Answers whether a caller may."""

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        """Read the policy file, if there is one.

        :raises moganclient.service.exceptions.ConfigError: it cannot be read
        """
        opts._register(conf)
        self.enforcer = policy.Enforcer(conf)
        self.enforcer.register_defaults(list_rules())
        try:
            self.enforcer.load_rules()
            self.enforcer.check_rules(raise_on_violation=True)
        except (OSError, ValueError, policy.InvalidDefinitionError) as exc:
            raise exceptions.ConfigError(
                f'The policy file {conf.oslo_policy.policy_file} is wrong: '
                f'{" ".join(str(exc).split())}'
            ) from exc

    def allows(
        self,
        context: service_context.Context,
        rule: str,
        project_id: str | None = None,
    ) -> bool:
        """Whether a caller may.

        :param project_id: whose resource it is about; None: the caller's own
            project
        """
        target: dict[str, Any] = {
            'project_id': project_id or context.project_id,
            'user_id': context.user_id,
        }
        return bool(self.enforcer.authorize(rule, target, context))

    def require(
        self,
        context: service_context.Context,
        rule: str,
        project_id: str | None = None,
    ) -> None:
        """Raise unless a caller may.

        :raises moganclient.service.exceptions.Forbidden: names the rule
        """
        if not self.allows(context, rule, project_id):
            raise exceptions.Forbidden(
                f'You may not do this: it takes what the policy rule "{rule}" '
                'asks for.'
            )
