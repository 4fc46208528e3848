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

from moganclient.service.api import policies
from moganclient.service.api.policies import base
from moganclient.service import conf as service_conf
from moganclient.service import context as service_context
from moganclient.service import exceptions

NODES_LIST = base.PREFIX + 'adoptable_nodes:list'
NODES_GET = base.PREFIX + 'adoptable_nodes:get'
SERVERS_MANAGE = base.PREFIX + 'servers:manage'
SERVERS_FOREIGN_PORTS = base.PREFIX + 'servers:manage_foreign_ports'
SERVERS_UNMANAGE = base.PREFIX + 'servers:unmanage'
SERVERS_LIST = base.PREFIX + 'servers:list'
SERVERS_LIST_ALL = base.PREFIX + 'servers:list_all_projects'
SERVERS_GET = base.PREFIX + 'servers:get'
SERVERS_GET_HOST = base.PREFIX + 'servers:get_host'
SERVERS_UPDATE = base.PREFIX + 'servers:update'
FLAVORS_LIST = base.PREFIX + 'flavors:list'
FLAVORS_GET = base.PREFIX + 'flavors:get'
FLAVORS_PRIVATE = base.PREFIX + 'flavors:get_private'
FLAVORS_CREATE = base.PREFIX + 'flavors:create'
FLAVORS_UPDATE = base.PREFIX + 'flavors:update'
FLAVORS_DELETE = base.PREFIX + 'flavors:delete'
HEALTH_DETAILED = base.PREFIX + 'health:get_detailed'

_RULES = [
    base.rule(
        NODES_LIST,
        base.ADMIN,
        'See which machines could be taken over.',
        'GET /v1/adoptable_nodes',
    ),
    base.rule(
        NODES_GET,
        base.ADMIN,
        'See one machine, and why it could not be taken over.',
        'GET /v1/adoptable_nodes/{node}',
    ),
    base.rule(
        SERVERS_MANAGE,
        base.ADMIN,
        'Take a machine over, for any project.',
        'POST /v1/servers/manage',
    ),
    base.rule(
        SERVERS_FOREIGN_PORTS,
        base.ADMIN,
        'Take a machine over with ports that belong to another project than '
        'the server.',
        'POST /v1/servers/manage',
    ),
    base.rule(
        SERVERS_UNMANAGE,
        base.ADMIN,
        'Let go of a machine that was taken over.',
        'POST /v1/servers/{server}/unmanage',
    ),
    base.rule(
        SERVERS_LIST,
        base.READER,
        'List the servers of a project.',
        'GET /v1/servers',
        'GET /v1/servers/detail',
    ),
    base.rule(
        SERVERS_LIST_ALL,
        base.ADMIN,
        'List servers of other projects (project_id, all_projects) and find '
        'them by node.',
        'GET /v1/servers',
        'GET /v1/servers/detail',
    ),
    base.rule(
        SERVERS_GET,
        base.READER,
        'See a server. For whom this is not allowed it does not exist (404).',
        'GET /v1/servers/{server}',
    ),
    base.rule(
        SERVERS_GET_HOST,
        base.ADMIN,
        'See of a server on which node it runs: node, node_uuid, '
        'affinity_zone and system_metadata.',
        'GET /v1/servers/detail',
        'GET /v1/servers/{server}',
    ),
    base.rule(
        SERVERS_UPDATE,
        base.MEMBER,
        'Change name, description and metadata of a server.',
        'PATCH /v1/servers/{server}',
    ),
    base.rule(
        FLAVORS_LIST,
        base.ANY_READER,
        'List the public flavors.',
        'GET /v1/flavors',
    ),
    base.rule(
        FLAVORS_GET,
        base.ANY_READER,
        'See a public flavor.',
        'GET /v1/flavors/{flavor}',
    ),
    base.rule(
        FLAVORS_PRIVATE,
        base.ADMIN,
        'See flavors that are not public. For whom this is not allowed they '
        'do not exist.',
        'GET /v1/flavors',
        'GET /v1/flavors/{flavor}',
    ),
    base.rule(
        FLAVORS_CREATE, base.ADMIN, 'Create a flavor.', 'POST /v1/flavors'
    ),
    base.rule(
        FLAVORS_UPDATE,
        base.ADMIN,
        'Change a flavor.',
        'PATCH /v1/flavors/{flavor}',
    ),
    base.rule(
        FLAVORS_DELETE,
        base.ADMIN,
        'Delete a flavor that no server has.',
        'DELETE /v1/flavors/{flavor}',
    ),
    base.rule(
        HEALTH_DETAILED,
        base.ADMIN,
        'See what is wrong, by name.',
        'GET /healthcheck?detailed=true',
    ),
]


def list_rules() -> list[policy.RuleDefault]:
    """Every rule, for the enforcer and oslo.policy's sample generator."""
    more = (rule for module in policies.MODULES for rule in module.RULES)
    return [*base.BASE_RULES, *_RULES, *more]


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
