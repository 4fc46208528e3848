"""The steps that undeploy a machine, and give it up.

Ironic takes ``instance_uuid`` away from a machine that it fails to undeploy.
From then on only the server's row says whose that failure is: its plan has
``undeploying`` while it is asked for, and what the machine looked like when
that was seen to fail.
"""

from __future__ import annotations

import contextlib
import time

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import consoles
from moganclient.service.flows import deploying
from moganclient.service.flows import placing
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod

#: States of a machine that nothing is deployed on.
_BARE = (
    'available',
    'manageable',
    'enroll',
    'verifying',
    'inspecting',
    'inspect wait',
    'inspect failed',
    'clean failed',
    'clean hold',
)
#: What a machine is told in ``instance_info``, here and by Ironic's
#: allocations.
_DESCRIBED = (
    'image_source',
    'display_name',
    'preserve_ephemeral',
    'root_gb',
    'swap_mb',
    'ephemeral_gb',
    'traits',
)
#: It is being undeployed; the end of it gives the machine up.
_UNDEPLOYING = ('deleting', 'cleaning', 'clean wait')


class Undeploy(turns.Step):
    """Have what is deployed for this server undeployed, and wait for that.

    A node that is not this server's, any more or yet, is left alone.
    """

    name = 'undeploy'

    def do(self, work: work_mod.Work) -> None:
        node = own_node(work) or _given_up(work)
        plan = dict(work.server.plan or {})
        if node is None or node.provision_state in _BARE:
            if plan.pop('undeploying', None) is not None:
                # What fails there from now on is not for this server.
                work.save(plan=plan)
            return
        wait = turns.NotYet(work.runtime.conf.flows.poll_interval)
        if node.provision_state in _UNDEPLOYING:
            raise wait
        if node.provision_state == 'error' and plan.pop('asked', False):
            # Whoever tries again asks again, if nobody did meanwhile.
            plan['undeploying'] = {'seen': node.provision_updated_at}
            work.save(plan=plan)
            raise deploying.DeployFailed(
                'The machine could not be undeployed.',
                inside=deploying.why_of(node),
            )
        if 'undeploying' not in plan:
            # However late that is, it is given its time.
            plan.update(undeploying={'seen': None}, since=time.time())
            work.save(plan=plan)
            work.late = False
        if node.provision_state not in deploying.DEPLOYING:
            consoles.switch_off(work, node, wait)
        self._ask(work, node)
        raise wait

    @staticmethod
    def _ask(work: work_mod.Work, node: base.Node) -> None:
        """Ask for it, and have the row say so from before on."""
        plan = work.server.plan or {}
        if not plan.get('asked'):
            told = {'seen': None}
            work.save(plan={**plan, 'asked': True, 'undeploying': told})
        try:
            work.runtime.driver.provision(node.uuid, 'deleted')
        except exceptions.ServiceError as error:
            if isinstance(error, exceptions.BadRequest) and (
                node.provision_state in deploying.DEPLOYING
            ):
                # It cannot be stopped in the middle of that.
                return
            if not plan.get('asked') and not getattr(error, 'sent', False):
                # It surely did not act.
                work.save(plan=plan)
            raise


class Release(turns.Step):
    """Give the node up, where undeploying it has not done so."""

    name = 'release'

    def do(self, work: work_mod.Work) -> None:
        self._clear(work)
        work.runtime.driver.delete_allocation(work.server.uuid)
        node = own_node(work)
        if node is not None:
            # Claimed without an allocation: a machine that was taken over.
            work.runtime.driver.release_node(node.uuid)
        placing.leave_group(work)
        work.save(
            node_uuid=None,
            node_name=None,
            affinity_zone=None,
            power_state=None,
        )


    @staticmethod
    def _clear(work: work_mod.Work) -> None:
        """What was to be deployed and was not: nothing else clears it."""
        node = own_node(work)
        if node is None or node.provision_state != 'available':
            return
        info = {key: None for key in _DESCRIBED if key in node.instance_info}
        if not info:
            return
        try:
            work.runtime.driver.set_instance_info(node.uuid, info)
        except exceptions.BadRequest as error:
            work.leave(error.detail)


def _given_up(work: work_mod.Work) -> base.Node | None:
    """The node that undeploying for this server has failed on, or is at.

    Nobody gets a node in that state, so it is still the server's to be
    cleared up.

    :raises moganclient.service.flows.deploying.DeployFailed: it was asked
        for, and nobody saw whether this is what became of that: said once
    """
    server, plan = work.server, dict(work.server.plan or {})
    told = plan.get('undeploying')
    if server.node_uuid is None or not told or told.get('left'):
        return None
    try:
        node = work.runtime.driver.get_node_bare(server.node_uuid)
    except exceptions.NodeNotFound:
        return None
    if node.instance_uuid is not None:
        return None
    if node.provision_state != 'error':
        return node if node.provision_state == 'deleting' else None
    seen = told.get('seen')
    if seen is not None:
        return node if seen == node.provision_updated_at else None
    if plan.get('asked') and not work.late:
        return node
    plan['undeploying'] = {'left': True}
    work.save(plan=plan)
    raise deploying.DeployFailed(
        'It is not known whether the machine was undeployed; it was left as '
        'it is.',
        inside=f'Node {node.uuid} is "{node.provision_state}", and may be so '
        f'for another server: {deploying.why_of(node)} Deleting this one once '
        'more forgets it.',
    )


def own_node(work: work_mod.Work) -> base.Node | None:
    """The node of the server, if there is one that says it is its own."""
    server, driver = work.server, work.runtime.driver
    node_uuid = server.node_uuid
    if node_uuid is None:
        found = driver.get_allocation(server.uuid)
        if (
            found is not None
            and found.state == 'allocating'
            and not placing.is_lost(work)
        ):
            raise turns.NotYet(
                min(1.0, work.runtime.conf.flows.poll_interval)
            )
        node_uuid = found.node_uuid if found is not None else None
    if node_uuid is None:
        return None
    try:
        node = driver.get_node_bare(node_uuid)
    except exceptions.NodeNotFound:
        return None
    if node.instance_uuid == server.uuid:
        if server.node_uuid is None:
            # Where another server's row names it still, that one is wrong.
            with contextlib.suppress(exceptions.NodeHasServer):
                work.save(node_uuid=node.uuid, node_name=node.name)
        return node
    if node.instance_uuid is not None:
        work.leave(
            f'Node {node.uuid} is claimed by {node.instance_uuid}, not by '
            'this server; nothing was done to it.'
        )
    return None
