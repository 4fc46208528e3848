"""The last steps of flows that wait: what the row says in the end."""

from __future__ import annotations

import typing

from moganclient.service import addresses
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.service.flows import interfaces
from moganclient.service.flows import steps
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod

if typing.TYPE_CHECKING:
    from moganclient.service.drivers import base


class Activate(turns.End):
    """The server is there."""

    name = 'activate'

    def __init__(self, flow: str, status: str) -> None:
        """Choose the flow that ends so.

        :param flow: as in the events
        :param status: what the row's status is before
        """
        self._flow = flow
        self._status = status

    def do(self, work: work_mod.Work) -> None:
        server = work.server
        node = work.runtime.driver.get_node_bare(str(server.node_uuid))
        now = models.utcnow()
        _end(
            work,
            self._status,
            status=steps.status_of(node.power_state),
            power_state=node.power_state,
            addresses=addresses.of_server(work.runtime, server),
            launched_at=now,
            updated_at=now,
            fault=None,
            plan=None,
        )
        _tell(work, f'server.{self._flow}.end')


class Failed(turns.End):
    """It could not be done; ``fault`` says why, and the status is error.

    Where the machine runs all the same and still is the server's, the status
    says that: nothing is to be cleared up.
    """

    name = 'failed'

    def __init__(self, flow: str, status: str) -> None:
        """See :class:`Activate`."""
        self._flow = flow
        self._status = status

    def do(self, work: work_mod.Work) -> None:
        node = self._node(work)
        values = node and steps.recovered(work.server, node)
        values = values or {
            'status': 'error',
            # What deleting it once more has to know.
            'plan': turns.kept(work.server, 'undeploying'),
        }
        if not work.server.ports:
            # A node is shown as it was last seen, addresses are no more.
            values['addresses'] = {}
        _end(work, self._status, **values)
        _tell(work, f'server.{self._flow}.error', work.server.fault)

    @staticmethod
    def _node(work: work_mod.Work) -> base.Node | None:
        if work.server.node_uuid is None:
            return None
        try:
            return work.runtime.driver.get_node_bare(work.server.node_uuid)
        except exceptions.NodeNotFound:
            return None


class Forget(turns.End):
    """Delete the row, last of all."""

    name = 'forget'

    def do(self, work: work_mod.Work) -> None:
        steps.forget(work)
        _tell(work, 'server.delete.end', left_alone=work.left_alone)


#: What an interface is told by.
_WIRES = ('net_id', 'port_id')


class Wired(turns.End):
    """An interface was given or taken away, or that was undone."""

    name = 'wired'

    def __init__(self, event: str) -> None:
        """:param event: what is told"""
        self._event = event

    def do(self, work: work_mod.Work) -> None:
        server, fault = work.server, work.server.fault
        about = interfaces.wanted_one(server) or {}
        work.save(
            addresses=addresses.of_server(work.runtime, server),
            plan=None,
            fault=None,
            **work_mod.NO_FLOW,
        )
        _tell(
            work,
            self._event,
            fault,
            about={key: about[key] for key in _WIRES if about.get(key)},
        )


def _end(work: work_mod.Work, before: str, **values: object) -> None:
    if not work.end(before, **values):
        # Cancelled in this moment, or another process has it: look again.
        raise turns.NotYet(0.0)


def _tell(
    work: work_mod.Work,
    event: str,
    fault: dict[str, str] | None = None,
    **more: object,
) -> None:
    if event.endswith('.error') and fault:
        more['error'] = exceptions.ServiceError(
            fault['message'], code=fault['code']
        )
    work.runtime.notifier.emit(None, event, work.server, **more)
