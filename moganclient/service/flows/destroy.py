"""Deleting a server: undeployed, and nothing of it left."""

from __future__ import annotations

import typing

from moganclient.service import exceptions
from moganclient.service.flows import job
from moganclient.service.flows import waiting
from moganclient.service import guard

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

#: How often it is tried again on a server that changes meanwhile.
_ATTEMPTS = 5


def start(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server_uuid: str,
) -> models.Server:
    """Begin to delete a server; the worker goes on.

    One that is being built or rebuilt is cancelled.  One that is being
    deleted already is no error.  A power action that may still reach the
    machine is waited for.

    :returns: the server, ``deleting``; there is none when that is done
    :raises moganclient.service.exceptions.ServerNotFound: there is none
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerProtected: it is protected
    :raises moganclient.service.exceptions.ServerBusy: it is being taken over
        or let go
    """
    for _ in range(_ATTEMPTS):
        server = runtime.db.get_server(server_uuid)
        if server.status == 'deleting' and server.flow is not None:
            return server
        guard.require(server, 'delete')
        if server.flow in ('build', 'rebuild'):
            begun = _cancel(runtime, server)
        else:
            begun = _begin(runtime, context, server)
        if begun:
            server = runtime.db.get_server(server_uuid)
            runtime.notifier.emit(context, 'server.delete.start', server)
            return server
    raise guard.changing(server)


def _cancel(runtime: runtime_mod.Runtime, server: models.Server) -> bool:
    """Have whoever builds it delete it, at the next turn.

    Its process stays the owner, so that nothing it still waits for comes
    after the deleting.
    """
    cancelled = runtime.db.update_server(
        server.uuid,
        {'status': 'deleting'},
        owner=server.flow_owner,
        status=server.status,
        # Nobody locked or protected it since.
        unchanged=server.updated_at,
    )
    if cancelled:
        runtime.worker.hurry(job.key_of(server.uuid))
    return cancelled


def _begin(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
) -> bool:
    if server.flow is not None:
        raise exceptions.ServerBusy(
            f'Server {server.uuid} ("{server.name}") is being given or '
            'losing a network interface or its protection; try again when '
            'that is done.'
        )
    flow_owner = waiting.claim(
        runtime, context, server, 'delete', 'deleting', power_target=None
    )
    if flow_owner is None:
        return False
    waiting.begin(runtime, server.uuid, flow_owner)
    return True
