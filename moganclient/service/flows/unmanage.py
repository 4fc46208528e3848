"""Letting go of a machine: everything as before, and nothing of others."""

from __future__ import annotations

import logging
import time
import typing

from moganclient.service import exceptions
from moganclient.service.flows import engine
from moganclient.service.flows import owner
from moganclient.service.flows import steps
from moganclient.service.flows import work as work_mod
from moganclient.service import guard

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: How often it is tried again on a server that changes meanwhile.
_ATTEMPTS = 5


def run(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server_uuid: str,
) -> list[str]:
    """Let go of one server; it does not exist any more when this returns.

    :returns: what was no longer this server's and was left alone, a sentence
        each
    :raises moganclient.service.exceptions.ServerNotFound: there is none
    :raises moganclient.service.exceptions.Conflict: it is locked, or being
        taken over or let go already
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    flow_owner = owner.new()
    for _ in range(_ATTEMPTS):
        server = runtime.db.get_server(server_uuid)
        guard.require(server, 'unmanage')
        if runtime.db.begin_flow(
            server_uuid,
            flow='unmanage',
            status='unmanaging',
            owner=flow_owner,
            lease_until=time.time() + runtime.conf.flows.lease,
            from_statuses=(server.status,),
            request_id=context.request_id,
            # Nobody locked it since, and nothing else began.
            unchanged=server.updated_at,
        ):
            break
    else:
        raise guard.changing(server)
    server = runtime.db.get_server(server_uuid)
    work = work_mod.Work(runtime, server, flow_owner, reserved=True)
    runtime.notifier.emit(context, 'server.unmanage.start', server)
    try:
        engine.run(work, steps.unmanaging())
    except Exception as failure:
        if not _gone(work, failure):
            runtime.notifier.emit(
                context, 'server.unmanage.error', server, error=failure
            )
            raise _for_caller(work, failure) from failure
    LOG.info('Server %s let go of node %s', server.uuid, server.node_uuid)
    runtime.notifier.emit(
        context, 'server.unmanage.end', server, left_alone=work.left_alone
    )
    return work.left_alone


def _gone(work: work_mod.Work, failure: Exception) -> bool:
    """Whether it is done after all: the last answer may have been lost."""
    if not isinstance(
        failure, (exceptions.LeaseLost, exceptions.Unavailable)
    ):
        return False
    try:
        work.runtime.db.get_server(work.server.uuid)
    except exceptions.ServerNotFound:
        return True
    except exceptions.ServiceError:
        return False
    return False


def _for_caller(work: work_mod.Work, failure: Exception) -> Exception:
    if not isinstance(failure, exceptions.LeaseLost):
        return failure
    return exceptions.Unavailable(
        f'Letting go of server {work.server.uuid} lasted too long and was '
        'handed to another process of the service, which goes on with it.',
        code='recovering',
    )
