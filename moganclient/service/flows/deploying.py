"""The steps that deploy a machine and undeploy it again."""

from __future__ import annotations

import contextlib
import time
from typing import Any

from moganclient.service import configdrive
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import consoles
from moganclient.service.flows import drives
from moganclient.service.flows import placing
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod
from moganclient.service import ours
from moganclient.service import sanitize

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
#: It is being deployed.
_DEPLOYING = ('deploying', 'wait call-back', 'deploy hold', 'rebuild')
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


class DeployFailed(exceptions.ServiceError):
    """The inventory could not deploy or undeploy; it says why."""

    code = 'deploy_failed'


class Describe(turns.Step):
    """Say what is to be deployed, in the node's ``instance_info``.

    What it said before is remembered where it runs already.
    """

    name = 'describe'
    in_time = True

    def do(self, work: work_mod.Work) -> None:
        server, plan = work.server, work.server.plan or {}
        driver = work.runtime.driver
        node = driver.get_node_bare(str(server.node_uuid))
        ours.require(server, node)
        if node.protected:
            raise exceptions.NodeProtected(
                f'Node {node.uuid} is protected '
                f'({node.protected_reason or "no reason is given"}).'
            )
        told = plan.get('rebuild')
        values = {**((told or {}).get('values') or {})}
        info: dict[str, Any] = {
            'image_source': values.get('image_uuid', server.image_uuid),
            'display_name': server.name,
        }
        if plan.get('preserve_ephemeral') is not None:
            info['preserve_ephemeral'] = bool(plan['preserve_ephemeral'])
        partitions = values.get('partitions', server.partitions) or {}
        sizes = {name: int(size) for name, size in partitions.items()}
        if plan.get('partitioned') and 'root_gb' not in sizes:
            # An image of one partition gets the disk, as Nova's flavors say.
            disk = node.properties.get('local_gb')
            if str(disk or '').isdigit():
                sizes['root_gb'] = max(1, int(str(disk)) - 1)
        info.update(sizes)
        if told is not None and 'described' not in told:
            before = {
                key: value
                for key, value in (
                    (key, node.instance_info.get(key)) for key in info
                )
                # Nothing secret is written down, and so not said again.
                if sanitize.clean(value) == value
            }
            work.save(
                plan={**plan, 'rebuild': {**told, 'described': before}}
            )
        driver.set_instance_info(node.uuid, info)


class Deploy(turns.Step):
    """Begin to deploy, from the state in which a new server's node is.

    In that state nobody has used it, so to ask again harms nobody.
    """

    name = 'deploy'

    def do(self, work: work_mod.Work) -> None:
        server, driver = work.server, work.runtime.driver
        node = driver.get_node(str(server.node_uuid))
        ours.require(server, node)
        if node.provision_state == 'available':
            if work.late:
                raise turns.NotYet(0.0)
            drive = configdrive.build(drives.contents(work, node))
            driver.provision(node.uuid, 'active', configdrive=drive)


class Await(turns.Step):
    """Wait until it runs."""

    name = 'await'
    waits = True

    def do(self, work: work_mod.Work) -> None:
        server = work.server
        node = work.runtime.driver.get_node_bare(str(server.node_uuid))
        ours.require(server, node)
        if node.provision_state in _DEPLOYING:
            raise turns.NotYet(work.runtime.conf.flows.poll_interval)
        if node.provision_state != 'active':
            raise DeployFailed(
                'The machine could not be deployed: it is '
                f'"{node.provision_state}".',
                inside=_why(node),
            )
        work.note(power_state=node.power_state)


class Undeploy(turns.Step):
    """Have what is deployed for this server undeployed, and wait for that.

    A node that is not this server's, any more or yet, is left alone.
    """

    name = 'undeploy'

    def do(self, work: work_mod.Work) -> None:
        node = own_node(work) or _given_up(work)
        if node is None or node.provision_state in _BARE:
            return
        plan = dict(work.server.plan or {})
        wait = turns.NotYet(work.runtime.conf.flows.poll_interval)
        if node.provision_state in _UNDEPLOYING:
            raise wait
        if node.provision_state == 'error' and plan.pop('asked', False):
            # Whoever tries again asks again, if nobody did meanwhile.
            plan['undeploying'] = {'seen': node.provision_updated_at}
            work.save(plan=plan)
            raise DeployFailed(
                'The machine could not be undeployed.', inside=_why(node)
            )
        if node.provision_state not in _DEPLOYING:
            consoles.switch_off(work, node, wait)
        self._ask(work, node)
        raise wait

    @staticmethod
    def _ask(work: work_mod.Work, node: base.Node) -> None:
        """Ask for it, and have the row say so from before on."""
        plan = work.server.plan or {}
        if not plan.get('asked'):
            begun = {**plan, 'asked': True, 'undeploying': {'seen': None}}
            if 'undeploying' not in plan:
                # However late that is, it is given its time.
                begun['since'] = time.time()
            work.save(plan=begun)
        try:
            work.runtime.driver.provision(node.uuid, 'deleted')
        except exceptions.ServiceError as error:
            if isinstance(error, exceptions.BadRequest) and (
                node.provision_state in _DEPLOYING
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


def _why(node: base.Node) -> str:
    """What the inventory says of a failure: not for who has the server."""
    return node.last_error or 'The inventory does not say why.'


def _given_up(work: work_mod.Work) -> base.Node | None:
    """The node that undeploying has failed on.

    Ironic takes ``instance_uuid`` away from it all the same; nobody gets a
    node in that state, so it is still the server's to be cleared up.  It is
    another's whose undeploying failed unless the row says that it was asked
    for here, and nothing came after that.
    """
    server, plan = work.server, work.server.plan or {}
    told = plan.get('undeploying')
    if server.node_uuid is None or not told:
        return None
    seen = told.get('seen')
    if seen is None and (work.late or not plan.get('asked')):
        # Too long ago to tell whose failure it is.
        return None
    try:
        node = work.runtime.driver.get_node_bare(server.node_uuid)
    except exceptions.NodeNotFound:
        return None
    if not is_given_up(node) or seen not in (None, node.provision_updated_at):
        return None
    return node


def is_given_up(node: base.Node) -> bool:
    """Whether undeploying a node failed, or is about to."""
    return node.instance_uuid is None and node.provision_state in (
        'error',
        'deleting',
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
