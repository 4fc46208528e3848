"""Finishing or undoing what a process that died had begun.

Runs at start and in a periodic of every replica.  A flow is taken by its
lease: one UPDATE, whose rowcount decides between several that want it.  What
waits for machines is given to the worker of this process.
"""

from __future__ import annotations

import logging
import time
import typing

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import bind
from moganclient.service.flows import claim
from moganclient.service.flows import engine
from moganclient.service.flows import owner
from moganclient.service.flows import steps
from moganclient.service.flows import turns
from moganclient.service.flows import waiting
from moganclient.service.flows import work as work_mod

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: Steps that write to the cloud: whoever died in one of them may have left a
#: request that still acts.
_WRITING = (claim.Claim.name, bind.Bind.name)


def recover(runtime: runtime_mod.Runtime) -> int:
    """Take every flow that is over, and finish or undo it.

    One that fails (its upstream is unreachable) stays for the next time; it
    stops no other.

    :returns: how many came to an end
    """
    ended = 0
    flows = runtime.db.list_flows()
    # What this process is at work on needs no other: the lease of a job can
    # be over because the database could not be written to.
    mine = runtime.worker.owners()
    over = [
        one
        for one in flows
        if owner.is_over(one) and one.flow_owner not in mine
    ]
    # Until now each may have written: what settles is waited for once, and
    # not for one after the other.
    seen = time.time()
    for server in over:
        try:
            ended += _recover_one(runtime, server, seen)
        except exceptions.LeaseLost:
            LOG.info('Server %s: another process has it', server.uuid)
        except exceptions.ServiceError as error:
            LOG.warning(
                'Server %s: recovery of "%s" has to wait: %s',
                server.uuid,
                server.flow,
                error.detail,
            )
        except Exception:
            LOG.exception('Server %s: recovery failed', server.uuid)
    return ended


def _recover_one(
    runtime: runtime_mod.Runtime, server: models.Server, seen: float
) -> bool:
    """Finish or undo one flow.

    :param seen: ``time.time()`` at which it was seen to be over
    """
    mine = owner.new()
    # Until then, or until its lease was over, it may have written.
    since = min(server.flow_lease or 0.0, seen)
    if not runtime.db.take_flow(
        server.uuid,
        old_owner=server.flow_owner,
        old_lease=server.flow_lease,
        owner=mine,
        lease_until=time.time() + runtime.conf.flows.lease,
    ):
        return False
    if server.flow in turns.FLOWS:
        LOG.warning(
            'Server %s: going on with "%s", which stopped at step "%s"%s',
            server.uuid,
            server.flow,
            server.flow_step,
            ' of undoing' if server.flow_undo else '',
        )
        waiting.resume(runtime, server.uuid, mine, since)
        return False
    work = work_mod.Work(
        runtime, runtime.db.get_server(server.uuid), mine, reserved=True
    )
    if server.flow_step in _WRITING or server.flow == 'unmanage':
        # Letting go begins with a step that writes nothing, and that another
        # recovery may have begun again.
        work.unknown[''] = since
    LOG.warning(
        'Server %s: recovering "%s", which stopped at step "%s"%s',
        server.uuid,
        server.flow,
        server.flow_step,
        ' of undoing' if server.flow_undo else '',
    )
    try:
        with deadline.limit(runtime.conf.api.deadline):
            outcome = _go_on(work)
    except exceptions.LeaseLost:
        raise
    except Exception:
        _hand_back(work)
        raise
    LOG.warning('Server %s: recovered, %s', server.uuid, outcome)
    return True


def _hand_back(work: work_mod.Work) -> None:
    """Let the next look of any replica try again, if it is not over."""
    if work.server.flow is None or work.forgotten:
        return
    try:
        work.save(flow_lease=time.time())
    except (exceptions.ServiceError, exceptions.LeaseLost) as error:
        LOG.warning('Server %s: %s', work.server.uuid, error)


def _go_on(work: work_mod.Work) -> str:
    """Finish what can be finished, undo the rest; say which it was."""
    server = work.server
    if server.flow == 'unmanage' and server.node_uuid is None:
        # Begun by a release that did not refuse it, and ended before it
        # wrote anything.  Deleting it finds what is left of it, ports that
        # were made for it included.
        engine.undo(work, [steps.Begin()])
        _tell(work, 'server.unmanage.error')
        return 'it has no machine, and can be deleted'
    if server.flow == 'unmanage':
        if server.flow_undo:
            engine.undo(work, steps.unmanaging())
            _tell(work, 'server.unmanage.error')
            return 'it stays a server'
        engine.go_on(work, steps.unmanaging())
        _tell(work, 'server.unmanage.end', left_alone=work.left_alone)
        return 'let go'
    if server.flow_undo or server.flow_step not in _WRITING:
        # Nothing was written to the cloud before the claim.
        engine.undo(work, steps.managing(None))
        _tell(work, 'server.manage.error')
        return 'undone'
    return _finish(work)


def _finish(work: work_mod.Work) -> str:
    """Go on with taking over: claiming again is sure, a look is not.

    The write of the process that died may still be on its way; the same
    write again makes the outcome certain.
    """
    try:
        engine.go_on(work, steps.finishing())
    except exceptions.ServiceError as error:
        with deadline.limit(work.runtime.conf.api.revert_timeout):
            engine.undo(work, steps.managing(None))
        _tell(work, 'server.manage.error', error=error)
        return f'undone: {error.detail}'
    _tell(work, 'server.manage.end')
    return 'finished'


def _tell(work: work_mod.Work, event: str, **more: object) -> None:
    work.runtime.notifier.emit(None, event, work.server, **more)
