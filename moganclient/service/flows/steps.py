"""The steps of taking over a machine, each with what undoes it.

A step can run twice and its undoing can run twice, in any process: both look
at the row and at the cloud, never at what an earlier run remembered.  Letting
go is these same steps undone, so there is one description of what is written
to a cloud and of how it is taken back.
"""

from __future__ import annotations

import logging
import time

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import work as work_mod
from moganclient.service import networks

LOG = logging.getLogger(__name__)


class Step:
    """One step.  ``name`` is what the row's ``flow_step`` says."""

    name = ''

    def do(self, work: work_mod.Work) -> None:
        """Act; done already is no error."""

    def undo(self, work: work_mod.Work) -> None:
        """Take back what is this server's; leave and report the rest."""


def _settle(work: work_mod.Work) -> None:
    """Wait until a write whose answer was lost has surely acted or failed.

    Looking at once could find nothing, and the write land afterwards: a node
    claimed for nobody.

    :raises moganclient.service.exceptions.Unavailable: the time that is left
        is too short; recovery goes on later
    """
    if work.unknown_since is None:
        return
    pause = work.unknown_since + work.runtime.conf.flows.settle - time.time()
    if pause >= deadline.remaining():
        raise exceptions.Unavailable(
            'It is not known yet whether a request that got no answer acted.',
            retry_after=int(pause) + 1,
        )
    if pause > 0:
        time.sleep(pause)
    work.unknown_since = None


def _lost(work: work_mod.Work, failure: exceptions.ServiceError) -> None:
    """Remember that a write may still act, if it may."""
    if isinstance(failure, exceptions.UpstreamUnavailable) and failure.sent:
        work.unknown_since = time.time()


class Image(Step):
    """Look the image up in Glance: recorded when found, null when not."""

    name = 'image'

    def __init__(self, image_id: str | None) -> None:
        self._image_id = image_id

    def do(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        found = self._image_id and work.runtime.images.exists(self._image_id)
        work.save(image_uuid=self._image_id if found else None)


class Claim(Step):
    """Set ``instance_uuid``, ``protected`` and its reason: one PATCH."""

    name = 'claim'

    def do(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        node = self._claim(work)
        reasons = eligibility.state_reasons(node)
        if reasons and work.server.flow == 'manage':
            raise exceptions.NodeNotAdoptable(
                f'Node {eligibility.label(node)} changed while it was being '
                'taken over: ' + ' '.join(one.message for one in reasons),
                reasons=[one.to_dict() for one in reasons],
            )
        work.server.power_state = node.power_state

    def _claim(self, work: work_mod.Work) -> base.Node:
        driver, row = work.runtime.driver, work.server
        retry = work_mod.Retry(f'claim node {row.node_uuid}')
        while True:
            failure: exceptions.ServiceError
            try:
                deadline.check(f'node {row.node_uuid} was claimed')
                return driver.claim_node(row.node_uuid, row.uuid, work.reason)
            except exceptions.UpstreamConflict as error:
                failure = error
            except exceptions.UpstreamUnavailable as error:
                _lost(work, error)
                failure = error
            # Locked, another's, or an answer that was lost: the node tells.
            node = driver.get_node_bare(row.node_uuid)
            if node.instance_uuid == row.uuid and node.protected:
                return node
            if node.instance_uuid and node.instance_uuid != row.uuid:
                raise _taken(node) from failure
            retry.after(failure)

    def undo(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        _settle(work)
        driver, row = work.runtime.driver, work.server
        retry = work_mod.Retry(f'release node {row.node_uuid}')
        while True:
            # Ironic removes anybody's instance_uuid without a word and has
            # no compare-and-set: look right before every write.
            try:
                node = driver.get_node_bare(row.node_uuid)
            except exceptions.NodeNotFound:
                work.leave(f'Node {row.node_uuid} does not exist any more.')
                return
            if node.instance_uuid != row.uuid:
                self._report(work, node)
                return
            try:
                self._release(work, node)
                return
            except exceptions.NodeNotFound:
                continue
            except exceptions.UpstreamConflict as error:
                retry.after(error)
            except exceptions.UpstreamUnavailable as error:
                _lost(work, error)
                retry.after(error)

    @staticmethod
    def _release(work: work_mod.Work, node: base.Node) -> None:
        before = work.server.node_before or {}
        if node.protected and node.protected_reason == work.reason:
            work.runtime.driver.release_node(
                node.uuid,
                protected=bool(before.get('protected')),
                protected_reason=before.get('protected_reason'),
            )
            return
        if before.get('protected') != node.protected or (
            before.get('protected_reason') != node.protected_reason
        ):
            work.leave(
                f'Node {node.uuid}: "protected" was changed by somebody else '
                'and stays as it is.'
            )
        work.runtime.driver.release_node(node.uuid)

    @staticmethod
    def _report(work: work_mod.Work, node: base.Node) -> None:
        before = work.server.node_before or {}
        if node.instance_uuid is None and all(
            getattr(node, name) == value for name, value in before.items()
        ):
            # Never claimed, or released already.
            return
        holder = node.instance_uuid or 'nobody'
        work.leave(
            f'Node {node.uuid} is claimed by {holder}, not by this server; '
            'nothing was written to it.'
        )


def _taken(node: base.Node) -> exceptions.ServiceError:
    message = (
        f'Node {eligibility.label(node)} was claimed by instance '
        f'{node.instance_uuid} in the meantime.'
    )
    return exceptions.NodeNotAdoptable(
        message, reasons=[{'code': 'in_use', 'message': message}]
    )


class Bind(Step):
    """Write ``device_id`` and ``device_owner`` of each port."""

    name = 'bind'

    def do(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        for row in work.server.ports:
            self._write(work, row.port_id, binding=True)

    def undo(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        work.fresh_ports.clear()
        _settle(work)
        work.fresh_ports.update(
            work.runtime.networks.ports_by_id(
                row.port_id for row in work.server.ports
            )
        )
        for row in work.server.ports:
            self._write(work, row.port_id, binding=False)

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
                return
            except exceptions.UpstreamConflict as error:
                failure: exceptions.ServiceError = error
            except exceptions.UpstreamUnavailable as error:
                _lost(work, error)
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
        if use := eligibility.port_use(port, row.node_uuid, row.uuid):
            raise exceptions.PortConflict(
                f'Port {port_id} is used by {use} now.', code='port_in_use'
            )
        return row.uuid, networks.DEVICE_OWNER


class Reserve(Step):
    """Insert the row: from here on the node and the ports are spoken for.

    With it, in the same commit, goes what the node and each port said
    before, the flow's owner and its lease.
    """

    name = 'reserve'

    def do(self, work: work_mod.Work) -> None:
        work.server = work.runtime.db.reserve_server(work.server)
        work.reserved = True

    def undo(self, work: work_mod.Work) -> None:
        if work.reserved:
            forget(work)


class Reserved(Reserve):
    """The reservation is there already; undoing it is the same."""

    def do(self, work: work_mod.Work) -> None:
        pass


class Activate(Step):
    """One conditional UPDATE ends the flow: the server is there."""

    name = 'activate'

    def do(self, work: work_mod.Work) -> None:
        power_state = work.server.power_state
        now = models.utcnow()
        work.save(
            status=status_of(power_state),
            power_state=power_state,
            launched_at=now,
            updated_at=now,
            **NO_FLOW,
        )


class Begin(Step):
    """Mark a server as being let go, and end that when it fails."""

    name = 'begin'

    def do(self, work: work_mod.Work) -> None:
        """Begun in one UPDATE before the flow: see ``unmanage.run``."""

    def undo(self, work: work_mod.Work) -> None:
        work.save(status=status_of(work.server.power_state), **NO_FLOW)


class Examine(Step):
    """Read before letting go: who does not answer now stops it here."""

    name = 'examine'

    def do(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        try:
            work.runtime.driver.get_node_bare(work.server.node_uuid)
        except exceptions.NodeNotFound:
            # Said where it matters, when the claim is taken back.
            pass
        work.fresh_ports.update(
            work.runtime.networks.ports_by_id(
                row.port_id for row in work.server.ports
            )
        )


class Reversed(Step):
    """A step of taking over, the other way round."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self.name = step.name

    def do(self, work: work_mod.Work) -> None:
        self._step.undo(work)

    def undo(self, work: work_mod.Work) -> None:
        try:
            self._step.do(work)
        except (exceptions.Conflict, exceptions.NotFound) as error:
            # It went to somebody else meanwhile, and is theirs now.
            work.leave(error.detail)


class Forget(Step):
    """Delete the row, last of all."""

    name = 'forget'

    def do(self, work: work_mod.Work) -> None:
        forget(work)


def forget(work: work_mod.Work) -> None:
    """Delete the row and its ports, if this flow still owns it.

    :raises moganclient.service.exceptions.LeaseLost: it does not
    """
    if not work.runtime.db.forget_server(work.server.uuid, work.owner):
        raise exceptions.LeaseLost(
            f'server {work.server.uuid} is in the hands of another process'
        )
    work.forgotten = True


def managing(image_id: str | None) -> list[Step]:
    """The steps that take a machine over, in order.

    :param image_id: the image that the node says it was deployed from
    """
    return [Reserve(), Image(image_id), Claim(), Bind(), Activate()]


def finishing() -> list[Step]:
    """The steps that go on with what is reserved and was being claimed.

    The image was recorded before that.
    """
    return [Reserved(), Claim(), Bind(), Activate()]


def unmanaging() -> list[Step]:
    """The steps that let one go."""
    return [Begin(), Examine(), Reversed(Bind()), Reversed(Claim()), Forget()]


def status_of(power_state: str | None) -> str:
    """The status of a managed server: ``stopped`` when it is powered off."""
    return 'stopped' if power_state == 'power off' else 'active'


#: What ends a flow in a row: nobody works on it any more.
NO_FLOW = {
    'flow': None,
    'flow_undo': False,
    'flow_step': None,
    'flow_owner': None,
    'flow_lease': None,
}
