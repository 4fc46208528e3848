"""Locks on servers: what is locked is left alone, by everybody."""

from __future__ import annotations

import typing

from moganclient.service import exceptions
from moganclient.service import guard

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

#: What goes on with these began before the lock.
_LEAVING = ('deleting', 'unmanaging')
#: How often it is tried again on a server that changes meanwhile.
_ATTEMPTS = 5


def change(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    locked: bool,
    *,
    override: bool = False,
) -> models.Server:
    """Lock or unlock a server; what is so already is no error.

    The side that locks, and that may unlock, is ``owner`` where the server
    is of the caller's project, else ``admin``.

    :param override: the caller may take the other side's lock away too
        (policy ``servers:unlock_override``)
    :raises moganclient.service.exceptions.Forbidden: the other side locked it
    :raises moganclient.service.exceptions.ServerBusy: it is deleted or let go
        of, which a lock would not stop any more
    """
    side = 'owner' if context.project_id == server.project_id else 'admin'
    for _ in range(_ATTEMPTS):
        if locked == (server.locked_by is not None):
            # So already, whoever did it.
            return server
        if not locked and server.locked_by != side and not override:
            other = 'owner' if side == 'admin' else 'administrator'
            raise exceptions.Forbidden(
                f'Server {server.uuid} ("{server.name}") was locked by its '
                f'{other}, who has to unlock it; the policy rule '
                '"baremetal_compute:servers:unlock_override" says who may do '
                'that for them.',
                code='locked_by_other_side',
            )
        if locked and server.status in _LEAVING:
            raise exceptions.ServerBusy(
                f'Server {server.uuid} ("{server.name}") is '
                f'"{server.status}", which a lock does not stop any more.'
            )
        event = 'server.lock' if locked else 'server.unlock'
        if runtime.db.update_server(
            server.uuid,
            {'locked_by': side if locked else None},
            unchanged=server.updated_at,
        ):
            server = runtime.db.get_server(server.uuid)
            # Nothing else happens: the events are there for completeness.
            runtime.notifier.emit(context, f'{event}.start', server)
            runtime.notifier.emit(context, f'{event}.end', server)
            return server
        server = runtime.db.get_server(server.uuid)
    raise guard.changing(server)
