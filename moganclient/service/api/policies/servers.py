"""Who may do what with servers, beyond taking over and looking."""

from __future__ import annotations

from oslo_policy import policy

from moganclient.service.api.policies import base

_SERVERS = base.PREFIX + 'servers:'

CREATE = _SERVERS + 'create'
DELETE = _SERVERS + 'delete'
POWER = _SERVERS + 'power'
REBUILD = _SERVERS + 'rebuild'
LOCK = _SERVERS + 'lock'
UNLOCK_OVERRIDE = _SERVERS + 'unlock_override'
PROTECT = _SERVERS + 'protect'
NETWORKS = _SERVERS + 'networks'
INTERFACES = _SERVERS + 'interfaces'
FLOATING_IPS = _SERVERS + 'floating_ips'
FOREIGN = _SERVERS + 'use_foreign'
CONSOLES = _SERVERS + 'consoles'

RULES: list[policy.RuleDefault] = [
    base.rule(
        CREATE,
        base.MEMBER,
        'Build servers in the project of the caller.',
        'POST /v1/servers',
    ),
    base.rule(
        DELETE,
        base.MEMBER,
        'Delete a server: its machine is undeployed and cleaned. One that was '
        'taken over is refused before somebody who may do that '
        '(servers:protect) unprotects it.',
        'DELETE /v1/servers/{server}',
    ),
    base.rule(
        POWER,
        base.MEMBER,
        'Power a server on or off, or reboot it.',
        'PUT /v1/servers/{server}/states/power',
    ),
    base.rule(
        REBUILD,
        base.MEMBER,
        'Deploy a server again on its machine; what is on its disks is lost.',
        'PUT /v1/servers/{server}/states/provision',
    ),
    base.rule(
        LOCK,
        base.MEMBER,
        'Lock a server, and unlock what the same side locked: one side is '
        "those of the server's project, the other one everybody else.",
        'PUT /v1/servers/{server}/states/lock',
    ),
    base.rule(
        UNLOCK_OVERRIDE,
        base.NOBODY,
        'Unlock what the other side locked. Nobody may, unless this says who.',
        'PUT /v1/servers/{server}/states/lock',
    ),
    base.rule(
        PROTECT,
        base.ADMIN,
        'Protect a server from being deleted and rebuilt, or allow that.',
        'PATCH /v1/servers/{server}',
    ),
    base.rule(
        NETWORKS,
        base.READER,
        'See the network interfaces of a server.',
        'GET /v1/servers/{server}/networks',
    ),
    base.rule(
        INTERFACES,
        base.MEMBER,
        'Give a server network interfaces, and take them away.',
        'POST /v1/servers/{server}/networks/interfaces',
        'DELETE /v1/servers/{server}/networks/interfaces/{port}',
    ),
    base.rule(
        FLOATING_IPS,
        base.MEMBER,
        'Have floating IPs lead to a server, and lead nowhere again.',
        'POST /v1/servers/{server}/networks/floatingips',
        'DELETE /v1/servers/{server}/networks/floatingips/{address}',
    ),
    base.rule(
        FOREIGN,
        base.ADMIN,
        'Use what is of other projects for a server: their ports, networks, '
        'images, flavors and floating IPs.',
        'POST /v1/servers',
        'PUT /v1/servers/{server}/states/provision',
        'POST /v1/servers/{server}/networks/interfaces',
        'POST /v1/servers/{server}/networks/floatingips',
    ),
    base.rule(
        CONSOLES,
        base.MEMBER,
        "Get the address of a server's serial console.",
        'POST /v1/servers/{server}/remote_consoles',
    ),
]
