"""The steps that deploy a machine."""

from __future__ import annotations

from typing import Any

from moganclient.service import configdrive
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import drives
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod
from moganclient.service import ours
from moganclient.service import sanitize

#: It is being deployed.
DEPLOYING = ('deploying', 'wait call-back', 'deploy hold', 'rebuild')


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
            # Nothing secret is written down, and so not said again.
            before = {
                key: sanitize.clean(node.instance_info.get(key))
                for key in info
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
        if node.provision_state in DEPLOYING:
            raise turns.NotYet(work.runtime.conf.flows.poll_interval)
        if node.provision_state != 'active':
            raise DeployFailed(
                'The machine could not be deployed: it is '
                f'"{node.provision_state}".',
                inside=why_of(node),
            )
        work.note(power_state=node.power_state)


def why_of(node: base.Node) -> str:
    """What the inventory says of a failure: not for who has the server."""
    return node.last_error or 'The inventory does not say why.'
