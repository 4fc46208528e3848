"""Consoles of machines that are given up: nobody sees the next server's.

Whoever was told where a console is can use it for as long as it is on, also
when the machine is another server's by then.
"""

from __future__ import annotations

import logging
import typing

from moganclient.service import exceptions
from moganclient.service.flows import step
from moganclient.service.flows import work as work_mod

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service.drivers import base
    from moganclient.service.flows import turns
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)


def is_done(
    work: work_mod.Work, node: base.Node, *, told: bool
) -> bool:
    """Have a console switched off, as far as one look at the node gets.

    Told once: a console that cannot be switched off keeps no machine.

    :param told: it was told to, before the node was read
    :returns: False where it was told to just now, or is at it: look again
    :raises moganclient.service.exceptions.UpstreamConflict: locked
    """
    if not node.console_enabled:
        return True
    if told:
        if not node.reserved:
            work.leave(
                f'Node {node.uuid}: its console was told to switch off, and '
                'is still on.'
            )
        return not node.reserved
    try:
        work.runtime.driver.disable_console(node.uuid)
    except (
        exceptions.BadRequest,
        exceptions.NotImplementedByDriver,
    ) as error:
        work.leave(error.detail)
        return True
    return False


def switch_off(
    work: work_mod.Work, node: base.Node, wait: turns.NotYet
) -> None:
    """The same, in a flow that waits; its plan says that it was told.

    :raises moganclient.service.flows.turns.NotYet: ``wait``
    """
    plan = work.server.plan or {}
    told = bool(plan.get('console'))
    if is_done(work, node, told=told):
        return
    if not told:
        work.save(plan={**plan, 'console': 'told'})
    raise wait


class SwitchOff(step.Step):
    """Switch the console off, if it was off before the takeover.

    Nothing undoes it: who asks for the console switches it on again.
    """

    name = 'console'

    def do(self, work: work_mod.Work) -> None:
        before = (work.server.node_before or {}).get('console_enabled')
        if before:
            return
        retry = work_mod.Retry(
            f'switch the console of node {work.node_uuid} off'
        )
        told = False
        while (node := self._on(work, told)) is not None:
            if not told and node.console_enabled:
                work.enter(self.name)
            failure: exceptions.ServiceError = exceptions.UpstreamConflict(
                f'Node {node.uuid} is at it.'
            )
            try:
                if node.console_enabled:
                    if is_done(work, node, told=told):
                        break
                    told = True
            except (
                exceptions.UpstreamConflict,
                exceptions.UpstreamUnavailable,
            ) as error:
                # One that acts late switches the next server's off: who has
                # that asks again.
                failure = error
            retry.after(failure)
        if told and before is None:
            # Taken over by a release that did not record it.  Left on, it
            # would be anybody's who was told where it is.
            work.leave(
                f'Node {work.node_uuid}: its console was on, and was told to '
                'switch off; it is not known whether it was on before the '
                'takeover.'
            )

    @staticmethod
    def _on(work: work_mod.Work, told: bool) -> base.Node | None:
        """The node, where it is the server's and its console is on.

        Or is about to be, for all that is known: what locks it may be that,
        unless it was told to switch off since.
        """
        try:
            node = work.runtime.driver.get_node_bare(work.node_uuid)
        except exceptions.NodeNotFound:
            # Said when the claim is taken back.
            return None
        if not node.console_enabled and (told or not node.reserved):
            return None
        if node.instance_uuid is None and node.console_enabled:
            work.leave(
                f'Node {node.uuid} does not carry this server any more; its '
                'console is on, and was left so.'
            )
        return node if node.instance_uuid == work.server.uuid else None


def off_again(runtime: runtime_mod.Runtime, server: models.Server) -> None:
    """Switch a console off that was switched on for a server that went.

    A lock is waited for, as what undeploys a machine has one; not where the
    machine is another's by now.  What fails is told to the log.

    :param server: as it was, with its node
    """
    try:
        _off_again(runtime, server)
    except exceptions.NodeNotFound:
        pass
    except exceptions.ServiceError as error:
        LOG.error(
            'The console of node %s was switched on for server %s, which is '
            'no more, and could not be switched off again: %s',
            server.node_uuid,
            server.uuid,
            error.detail,
        )


def _off_again(runtime: runtime_mod.Runtime, server: models.Server) -> None:
    driver, node_uuid = runtime.driver, str(server.node_uuid)
    retry = work_mod.Retry(f'switch the console of node {node_uuid} off')
    while True:
        try:
            node = driver.get_node_bare(node_uuid)
            if node.instance_uuid not in (None, server.uuid):
                return
            # Reserved, it may be about to be on.
            if node.console_enabled or node.reserved:
                driver.disable_console(node_uuid)
            return
        except (
            exceptions.UpstreamConflict,
            exceptions.UpstreamUnavailable,
        ) as error:
            failure: exceptions.ServiceError = error
        retry.after(failure)
