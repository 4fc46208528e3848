"""The step that writes to the ports."""

from __future__ import annotations

from moganclient.service import deadline
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import step
from moganclient.service.flows import work as work_mod
from moganclient.service import networks


class Bind(step.Step):
    """Write ``device_id`` and ``device_owner`` of each port."""

    name = 'bind'

    def do(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        for row in work.server.ports:
            try:
                self._write(work, row.port_id, binding=True)
            except exceptions.Conflict as error:
                if work.server.flow == 'manage':
                    raise
                # Taken back from letting go: one that went to somebody else
                # meanwhile is theirs, the others are still the server's.
                work.leave(error.detail)

    def undo(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        work.fresh_ports.clear()
        step.settle(work)
        work.fresh_ports.update(
            work.runtime.networks.ports_by_id(
                row.port_id for row in work.server.ports
            )
        )
        for row in work.server.ports:
            self._write(work, row.port_id, binding=False)
            if row.created:
                work.leave(
                    f'Port {row.port_id} was made for this server; the node '
                    'still carries it, and it was not deleted.'
                )
            elif row.attached:
                work.leave(
                    f'Port {row.port_id} was attached to the node through '
                    'this server; the node still carries it.'
                )

    def _write(
        self, work: work_mod.Work, port_id: str, *, binding: bool
    ) -> None:
        doing = 'bind' if binding else 'give back'
        retry = work_mod.Retry(f'{doing} port {port_id}')
        while True:
            port = self._look(work, port_id)
            wanted = self._wanted(work, port_id, port, binding=binding)
            if port is None or wanted is None:
                return
            try:
                deadline.check(f'port {port_id} was written')
                work.runtime.networks.set_device(
                    port_id, *wanted, port.revision_number
                )
                if port.revision_number is not None:
                    # An earlier write to this port that got no answer asks
                    # for a revision that is past now: it cannot act any more.
                    work.unknown.pop(port_id, None)
                return
            except exceptions.UpstreamConflict as error:
                failure: exceptions.ServiceError = error
            except exceptions.UpstreamUnavailable as error:
                step.lost(work, error, port_id)
                failure = error
            except exceptions.PortConflict as error:
                if binding:
                    raise
                work.leave(error.detail)
                return
            work.fresh_ports.pop(port_id, None)
            retry.after(failure)

    @staticmethod
    def _look(work: work_mod.Work, port_id: str) -> networks.Port | None:
        port = work.fresh_ports.pop(port_id, None)
        if port is None:
            port = work.runtime.networks.ports_by_id([port_id]).get(port_id)
        return port

    @staticmethod
    def _wanted(
        work: work_mod.Work,
        port_id: str,
        port: networks.Port | None,
        *,
        binding: bool,
    ) -> tuple[str, str] | None:
        """What to write to a port, or None where nothing is to be written.

        :raises moganclient.service.exceptions.PortConflict: it cannot be
            bound: gone, or somebody else's
        """
        row = work.server
        before = next(
            (p.before or {} for p in row.ports if p.port_id == port_id), {}
        )
        given_back = before.get('device_id', ''), before.get(
            'device_owner', ''
        )
        if port is None:
            sentence = f'Port {port_id} does not exist any more.'
            if binding:
                raise exceptions.PortConflict(sentence, code='port_not_found')
            work.leave(sentence)
            return None
        if not binding:
            if port.device_id == row.uuid:
                return given_back
            # Never bound, given back already, or somebody else's by now.
            if (port.device_id, port.device_owner) != given_back:
                work.leave(
                    f'Port {port_id} is used by '
                    f'{port.device_id or "nothing"}, not by this server; '
                    'nothing was written to it.'
                )
            return None
        if port.device_id == row.uuid:
            return None
        if use := eligibility.port_use(port, work.node_uuid, row.uuid):
            raise exceptions.PortConflict(
                f'Port {port_id} is used by {use} now.', code='port_in_use'
            )
        return row.uuid, networks.DEVICE_OWNER
