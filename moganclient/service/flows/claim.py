"""The step that writes to the node."""

from __future__ import annotations

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import step
from moganclient.service.flows import work as work_mod


class Claim(step.Step):
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
        again = row.flow == 'unmanage'
        # A server that was unprotected is claimed again without a word about
        # that: its machine may be protected by somebody else by now.
        protect = not again or row.protected is not False
        reason = work.reason if protect else None
        retry = work_mod.Retry(f'claim node {row.node_uuid}')
        locked: exceptions.ServiceError | None = None
        looked = False
        while True:
            failure: exceptions.ServiceError
            try:
                deadline.check(f'node {row.node_uuid} was claimed')
                if again:
                    node = driver.get_node_bare(work.node_uuid)
                    if node.instance_uuid == row.uuid:
                        # Not let go of, or not any more.
                        return node
                return driver.claim_node(work.node_uuid, row.uuid, reason)
            except exceptions.UpstreamConflict as error:
                failure = locked = error
            except exceptions.UpstreamUnavailable as error:
                step.lost(work, error, work.node_uuid)
                failure = error
            # Locked, another's, or an answer that was lost: the node tells.
            try:
                node = driver.get_node_bare(work.node_uuid)
            except exceptions.DeadlineExceeded:
                # Ironic waits for a lock for longer than may have been left.
                raise retry.too_late(locked or failure) from failure
            if node.instance_uuid == row.uuid and (
                node.protected or not protect
            ):
                return node
            if node.instance_uuid and node.instance_uuid != row.uuid:
                raise _taken(node) from failure
            if failure is locked and not node.instance_uuid and not looked:
                # Refused though it is free: a lock, or the UUID, which the
                # caller may have chosen, is that of somebody's instance.
                looked = True
                _require_unused(driver, row)
            retry.after(failure)

    def undo(self, work: work_mod.Work) -> None:
        work.enter(self.name)
        step.settle(work)
        self._take_back(work)
        # A lost write that lands when the row is forgotten would take the
        # node from whoever has it then.
        step.settle(work)

    def _take_back(self, work: work_mod.Work) -> None:
        driver, row = work.runtime.driver, work.server
        retry = work_mod.Retry(f'release node {row.node_uuid}')
        while True:
            # Ironic removes anybody's instance_uuid without a word and has
            # no compare-and-set: look right before every write.
            try:
                node = driver.get_node_bare(work.node_uuid)
            except exceptions.NodeNotFound:
                work.leave(f'Node {row.node_uuid} does not exist any more.')
                return
            if node.instance_uuid != row.uuid:
                self._report(work, node)
                return
            try:
                self._release(work, node)
                return
            except (
                exceptions.NodeNotFound,
                exceptions.UpstreamConflict,
            ) as error:
                retry.after(error)
            except exceptions.UpstreamUnavailable as error:
                step.lost(work, error, work.node_uuid)
                retry.after(error)

    @staticmethod
    def _release(work: work_mod.Work, node: base.Node) -> None:
        before = work.server.node_before or {}
        if _as_we_left_it(work, node):
            protect = bool(before.get('protected'))
            if protect and node.provision_state not in base.RUNNING:
                protect = False
                work.leave(
                    f'Node {node.uuid} was protected; it is '
                    f'"{node.provision_state}" by now, and cannot be.'
                )
            work.runtime.driver.release_node(
                node.uuid,
                protected=protect,
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
            getattr(node, name) == value
            for name, value in before.items()
            if name != 'console_enabled'
        ):
            # Never claimed, or released already.
            return
        holder = node.instance_uuid or 'nobody'
        work.leave(
            f'Node {node.uuid} is claimed by {holder}, not by this server; '
            'nothing was written to it.'
        )


def _as_we_left_it(work: work_mod.Work, node: base.Node) -> bool:
    """Whether ``protected`` says what this service wrote last.

    A server that somebody unprotected through this service is on a node that
    is not protected.
    """
    if work.server.protected is False and not node.protected:
        return True
    return node.protected and node.protected_reason == work.reason


def _require_unused(driver: base.Driver, row: models.Server) -> None:
    """Raise where another node's instance has the UUID of the server."""
    holder = driver.find_holder(row.uuid)
    if holder is not None and holder.uuid != row.node_uuid:
        name = f'"{holder.name}" ({holder.uuid})'
        raise exceptions.Conflict(
            f'The UUID {row.uuid} is that of an instance on node '
            f'{name if holder.name else holder.uuid} already, which is no '
            'server of this service; choose a new one, or leave it to the '
            'service.',
            code='uuid_in_use',
        )


def _taken(node: base.Node) -> exceptions.ServiceError:
    message = (
        f'Node {eligibility.label(node)} was claimed by instance '
        f'{node.instance_uuid} in the meantime.'
    )
    return exceptions.NodeNotAdoptable(
        message, reasons=[{'code': 'in_use', 'message': message}]
    )
