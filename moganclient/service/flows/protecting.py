"""The steps that protect a server, or protect it no longer.

A flow like any other, so that nothing else works on the server meanwhile: a
machine that was let go of and taken over again in between is another
server's to protect.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod
from moganclient.service import ours

def plan_of(
    protected: bool,
    plan: dict[str, Any] | None,
    fault: dict[str, Any] | None,
) -> dict[str, Any]:
    """The plan of the flow.

    :param plan: the server's from before, and its ``fault``: the row says the
        same again in the end
    """
    wanted = {'protected': protected, 'plan': plan, 'fault': fault}
    return {'protect': wanted}


def _wanted(work: work_mod.Work) -> dict[str, Any]:
    found: dict[str, Any] = (work.server.plan or {}).get('protect') or {}
    return found


class Write(turns.Step):
    """Write it to the node, where that says otherwise."""

    name = 'protect'
    in_time = True

    def do(self, work: work_mod.Work) -> None:
        protected = bool(_wanted(work)['protected'])
        node = ours.node_of(work.runtime, work.server)
        if node.protected == protected:
            return
        if protected and node.provision_state not in base.RUNNING:
            # Ironic says so by a conflict, which looks like a lock.
            raise exceptions.ServerBusy(
                f'Server {work.server.uuid} ("{work.server.name}") cannot be '
                f'protected: its machine is "{node.provision_state}"; only '
                'one that runs can be.'
            )
        work.runtime.driver.set_protected(
            node.uuid, protected, work.reason if protected else None
        )


class Written(turns.End):
    """The server says so, too."""

    name = 'written'

    def do(self, work: work_mod.Work) -> None:
        _end(work, bool(_wanted(work)['protected']))


class NotWritten(turns.End):
    """It could not be done: the server says what its node says."""

    name = 'not-written'

    def do(self, work: work_mod.Work) -> None:
        try:
            protected = ours.node_of(work.runtime, work.server).protected
        except exceptions.NodeLost:
            protected = work.server.protected
        _end(work, protected)


def _end(work: work_mod.Work, protected: bool) -> None:
    wanted = _wanted(work)
    work.save(
        protected=protected,
        plan=wanted.get('plan'),
        fault=wanted.get('fault'),
        **work_mod.NO_FLOW,
    )


FLOW = turns.Flow(
    'protect',
    [Write(), Written()],
    [NotWritten()],
    'Writing the protection of the server',
    patience=20.0,
)
