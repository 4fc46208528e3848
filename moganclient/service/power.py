"""Power actions on servers: begun here, ended by whoever looks next.

The state shown is the inventory's.  An action that it was told and works on
is in the row, ``power_target``; a look at the node says when it is over and
whether it ended as it was asked to.
"""

from __future__ import annotations

import time
import typing
from typing import Any

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import steps
from moganclient.service.flows import work as work_mod
from moganclient.service import guard
from moganclient.service import ours

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service.drivers import base
    from moganclient.service import runtime as runtime_mod

#: Targets of the API to those of the driver.
TARGETS = {
    'on': 'power on',
    'off': 'power off',
    'reboot': 'rebooting',
    'soft_off': 'soft power off',
    'soft_reboot': 'soft rebooting',
}
#: What a server is while the driver works on it.
_STATUSES = {
    'power on': 'powering-on',
    'power off': 'powering-off',
    'soft power off': 'powering-off',
    'rebooting': 'rebooting',
    'soft rebooting': 'rebooting',
}
#: The statuses in which it can be asked for.
_FROM = {
    'power on': ('stopped',),
    'power off': ('active',),
    'soft power off': ('active',),
    'rebooting': ('active', 'stopped'),
    'soft rebooting': ('active',),
}
_WORDS = {
    'power on': 'be powered on',
    'power off': 'be powered off',
    'soft power off': 'be powered off',
    'rebooting': 'be rebooted',
    'soft rebooting': 'be rebooted by its operating system',
}


#: How often it is tried again on a server that changes meanwhile.
_ATTEMPTS = 5


def change(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    target: str,
) -> models.Server:
    """Begin a power action; returns when Ironic has accepted it.

    :param target: one of :data:`TARGETS`
    :returns: the server, ``powering-on``, ``powering-off`` or ``rebooting``
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: its status is one in
        which that cannot be done
    :raises moganclient.service.exceptions.BadRequest: Ironic refuses it
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    wanted = TARGETS[target]
    _require(server, wanted)
    ours.node_of(runtime, server)
    for _ in range(_ATTEMPTS):
        if server.flow is None and runtime.db.update_server(
            server.uuid,
            {
                'status': _STATUSES[wanted],
                'power_target': wanted,
                'fault': None,
                'plan': _unsure(runtime),
            },
            status=server.status,
            unchanged=server.updated_at,
        ):
            break
        server = runtime.db.get_server(server.uuid)
        _require(server, wanted)
    else:
        raise guard.changing(server)
    before, server = server, runtime.db.get_server(server.uuid)
    runtime.notifier.emit(
        context, 'server.power.start', server, about={'target': target}
    )
    try:
        _tell(runtime, server, wanted)
    except Exception as error:
        if not getattr(error, 'sent', False):
            _take_back(runtime, server, before)
        runtime.notifier.emit(
            context,
            'server.power.error',
            server,
            error=error,
            about={'target': target},
        )
        raise
    _write(runtime, server, {'plan': None})
    return server


def _require(server: models.Server, wanted: str) -> None:
    guard.require(server, 'power')
    if server.status not in _FROM[wanted]:
        raise guard.busy(server, _WORDS[wanted], _FROM[wanted])


def _unsure(runtime: runtime_mod.Runtime) -> dict[str, Any]:
    """Until when it is not known whether the driver was told: the plan.

    It also tells this action from others; and who deletes the server
    meanwhile waits for it, see :class:`.settled.Settled`.
    """
    conf = runtime.conf
    wait = min(conf.api.deadline, deadline.remaining()) + conf.flows.settle
    return {'unsure_until': round(time.time() + wait, 3)}


def _tell(
    runtime: runtime_mod.Runtime, server: models.Server, wanted: str
) -> None:
    """Tell the driver; a lock is waited for.

    Before each attempt both are looked at: the action may be over, the
    server deleted and its machine the next one's.
    """
    retry = work_mod.Retry('tell the machine')
    while True:
        if _same(runtime, server) is None:
            raise guard.changing(server)
        ours.node_of(runtime, server)
        try:
            deadline.check('the machine was told')
            runtime.driver.set_power(str(server.node_uuid), wanted)
            return
        except exceptions.UpstreamConflict as error:
            retry.after(error)


def _same(
    runtime: runtime_mod.Runtime, server: models.Server
) -> models.Server | None:
    """The row, if the action under way still is the one that was begun.

    :param server: the row as it was written when the action began
    """
    try:
        row = runtime.db.get_server(server.uuid)
    except exceptions.ServerNotFound:
        return None
    same = (
        row.flow is None
        and row.status == server.status
        and row.power_target == server.power_target
        and row.plan == server.plan
    )
    return row if same else None


def _write(
    runtime: runtime_mod.Runtime,
    server: models.Server,
    values: dict[str, Any],
) -> None:
    """Change the row, if the action still is the one that was begun."""
    for _ in range(_ATTEMPTS):
        row = _same(runtime, server)
        if row is None or runtime.db.update_server(
            row.uuid, values, status=row.status, unchanged=row.updated_at
        ):
            return


def _take_back(
    runtime: runtime_mod.Runtime,
    server: models.Server,
    before: models.Server,
) -> None:
    """Nothing was begun: say so."""
    with deadline.limit(runtime.conf.api.revert_timeout):
        _write(
            runtime,
            server,
            {
                'status': before.status,
                'power_target': None,
                'plan': None,
                'fault': before.fault,
            },
        )


def outcome(
    server: models.Server, node: base.Node | base.NodeState
) -> dict[str, Any] | None:
    """What the row of a server with a power action should say by now.

    :returns: None while it is under way; ``fault`` where it ended otherwise
        than asked
    """
    if server.power_target is None:
        return {}
    if node.target_power_state or node.reserved:
        return None
    wanted = 'power off' if server.status == 'powering-off' else 'power on'
    rebooting = server.status == 'rebooting'
    unsure = float((server.plan or {}).get('unsure_until', 0.0))
    if unsure > time.time() and (
        rebooting or node.power_state != wanted
    ):
        return None
    values: dict[str, Any] = {
        'status': steps.status_of(node.power_state),
        'power_state': node.power_state,
        'power_target': None,
        'plan': None,
    }
    failed = node.power_state != wanted or (rebooting and node.last_error)
    if failed:
        values['fault'] = {
            'code': 'power_failed',
            'message': f'The power action "{server.power_target}" did not '
            'end as it was asked to: the machine is in the state '
            f'"{node.power_state}".',
            'detail': node.last_error or '',
        }
    return values


def asked_for(server: models.Server) -> str | None:
    """The target, in the API's words, of the action that is under way."""
    for target, wanted in TARGETS.items():
        if wanted == server.power_target:
            return target
    return None
