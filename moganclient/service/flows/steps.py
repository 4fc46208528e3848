"""The steps of taking over a machine, each with what undoes it.

A step can run twice and its undoing can run twice, in any process: both look
at the row and at the cloud, never at what an earlier run remembered.  Letting
go is these same steps undone, so there is one description of what is written
to a cloud and of how it is taken back.
"""

from __future__ import annotations

from collections.abc import Callable

from moganclient.service.db import models
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import bind
from moganclient.service.flows import claim
from moganclient.service.flows import consoles
from moganclient.service.flows import step
from moganclient.service.flows import work as work_mod



class Image(step.Step):
    """Look the image up in Glance: recorded when found, null when not."""

    name = 'image'

    def __init__(self, image_id: str | None) -> None:
        self._image_id = image_id

    def do(self, work: work_mod.Work) -> None:
        # A look writes nothing to a cloud, so it needs no record of its own:
        # what it found goes with that of the claim.
        found = self._image_id and work.runtime.images.exists(self._image_id)
        work.note(image_uuid=self._image_id if found else None)


class Reserve(step.Step):
    """Insert the row: from here on the node and the ports are spoken for.

    With it, in the same commit, goes what the node and each port said
    before, the flow's owner and its lease.
    """

    name = 'reserve'

    def __init__(self, then: Callable[[], object] | None = None) -> None:
        """:param then: called once when that is done"""
        self._then = then

    def do(self, work: work_mod.Work) -> None:
        work.server = work.runtime.db.reserve_server(work.server)
        work.reserved = True
        if self._then is not None:
            self._then()

    def undo(self, work: work_mod.Work) -> None:
        if work.reserved:
            forget(work)


class Activate(step.Step):
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
            **work_mod.NO_FLOW,
        )


class Begin(step.Step):
    """Mark a server as being let go, and end that when it fails."""

    name = 'begin'

    def do(self, work: work_mod.Work) -> None:
        """Begun in one UPDATE before the flow: see ``unmanage.run``."""

    def undo(self, work: work_mod.Work) -> None:
        status = status_of(work.server.power_state)
        if work.server.fault or work.server.node_uuid is None:
            # It may have been in error; if it was not, a look ends that.
            status = 'error'
        work.save(status=status, **work_mod.NO_FLOW)


class Examine(step.Step):
    """Read before letting go: who does not answer now stops it here."""

    name = 'examine'

    def do(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        try:
            work.runtime.driver.get_node_bare(work.node_uuid)
        except exceptions.NodeNotFound:
            # Said where it matters, when the claim is taken back.
            pass
        work.fresh_ports.update(
            work.runtime.networks.ports_by_id(
                row.port_id for row in work.server.ports
            )
        )


class Reversed(step.Step):
    """A step of taking over, the other way round."""

    def __init__(self, inner: step.Step) -> None:
        self._step = inner
        self.name = inner.name

    def do(self, work: work_mod.Work) -> None:
        self._step.undo(work)

    def undo(self, work: work_mod.Work) -> None:
        # A write that let go and whose answer was lost must not land after
        # this one.
        step.settle(work)
        try:
            self._step.do(work)
        except (exceptions.Conflict, exceptions.NotFound) as error:
            # It went to somebody else meanwhile, and is theirs now.
            work.leave(error.detail)


class Forget(step.Step):
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


def managing(
    image_id: str | None, reserved: Callable[[], object] | None = None
) -> list[step.Step]:
    """The steps that take a machine over, in order.

    :param image_id: the image that the node says it was deployed from
    :param reserved: called when the first step is done: the server is there
    """
    return [
        Reserve(reserved),
        Image(image_id),
        claim.Claim(),
        bind.Bind(),
        Activate(),
    ]


def finishing() -> list[step.Step]:
    """The steps that go on with what is reserved and was being claimed.

    The image was recorded with that.
    """
    return [claim.Claim(), bind.Bind(), Activate()]


def unmanaging() -> list[step.Step]:
    """The steps that let one go."""
    return [
        Begin(),
        Examine(),
        consoles.SwitchOff(),
        Reversed(bind.Bind()),
        Reversed(claim.Claim()),
        Forget(),
    ]


def status_of(power_state: str | None) -> str:
    """The status of a managed server: ``stopped`` when it is powered off."""
    return 'stopped' if power_state == 'power off' else 'active'


def recovered(
    server: models.Server, node: base.Node | base.NodeState
) -> dict[str, object] | None:
    """What the row of a server in error says where its machine runs.

    One that was refused to be wiped, or that Ironic got done later.  A server
    that was never there as a whole stays in error.

    :returns: None where it does not run, or is not the server's
    """
    if (
        server.launched_at is None
        or node.instance_uuid != server.uuid
        or node.provision_state not in base.RUNNING
    ):
        return None
    return {
        'status': status_of(node.power_state),
        'power_state': node.power_state,
        'plan': None,
    }
