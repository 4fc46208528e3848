"""The steps that deploy a machine and undeploy it again."""

from __future__ import annotations

from typing import Any

from moganclient.service import configdrive
from moganclient.service.db import models
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import interfaces
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
#: It is being deployed.
_DEPLOYING = ('deploying', 'wait call-back', 'deploy hold', 'rebuild')
#: It is being undeployed; the end of it gives the machine up.
_UNDEPLOYING = ('deleting', 'cleaning', 'clean wait')


class DeployFailed(exceptions.ServiceError):
    """The inventory could not deploy or undeploy; it says why."""

    code = 'deploy_failed'


class Describe(turns.Step):
    """Say what is to be deployed, in the node's ``instance_info``."""

    name = 'describe'

    def do(self, work: work_mod.Work) -> None:
        server, plan = work.server, work.server.plan or {}
        driver = work.runtime.driver
        node = driver.get_node_bare(str(server.node_uuid))
        interfaces.require_ours(node.instance_uuid, server)
        info: dict[str, Any] = {
            'image_source': server.image_uuid,
            'display_name': server.name,
        }
        if plan.get('preserve_ephemeral') is not None:
            info['preserve_ephemeral'] = bool(plan['preserve_ephemeral'])
        sizes = {
            name: int(size) for name, size in (server.partitions or {}).items()
        }
        if plan.get('partitioned') and 'root_gb' not in sizes:
            # An image of one partition gets the disk, as Nova's flavors say.
            disk = node.properties.get('local_gb')
            if str(disk or '').isdigit():
                sizes['root_gb'] = max(1, int(str(disk)) - 1)
        driver.set_instance_info(node.uuid, {**info, **sizes})


class Deploy(turns.Step):
    """Begin to deploy, from the state in which a new server's node is."""

    name = 'deploy'
    _from: tuple[str, ...] = ('available',)
    _target = 'active'

    def do(self, work: work_mod.Work) -> None:
        server, driver = work.server, work.runtime.driver
        node = driver.get_node(str(server.node_uuid))
        interfaces.require_ours(node.instance_uuid, server)
        if node.provision_state in self._from:
            drive = configdrive.build(_contents(work, node))
            driver.provision(node.uuid, self._target, configdrive=drive)


class Redeploy(Deploy):
    """The same for a machine that runs already, or failed to.

    Where it was accepted and nobody knows, it is deployed once more: nobody
    but the flow had it meanwhile.
    """

    name = 'redeploy'
    _from = ('active', 'error', 'deploy failed')
    _target = 'rebuild'


class Await(turns.Step):
    """Wait until it runs."""

    name = 'await'
    waits = True

    def do(self, work: work_mod.Work) -> None:
        server = work.server
        node = work.runtime.driver.get_node_bare(str(server.node_uuid))
        interfaces.require_ours(node.instance_uuid, server)
        if node.provision_state in _DEPLOYING:
            raise turns.NotYet(work.runtime.conf.flows.poll_interval)
        if node.provision_state != 'active':
            why = node.last_error
            raise DeployFailed(
                f'Node {node.name or node.uuid} could not be deployed: it is '
                f'"{node.provision_state}"'
                f'{f". {why}" if why else "; the inventory does not say why."}'
            )
        work.note(power_state=node.power_state)


class Undeploy(turns.Step):
    """Have what is deployed for this server undeployed, and wait for that.

    A node that is not this server's, any more or yet, is left alone.
    """

    name = 'undeploy'

    def do(self, work: work_mod.Work) -> None:
        node = _own_node(work)
        if node is None or node.provision_state in _BARE:
            return
        plan = dict(work.server.plan or {})
        wait = turns.NotYet(work.runtime.conf.flows.poll_interval)
        if node.provision_state in _UNDEPLOYING:
            raise wait
        if node.provision_state == 'error' and plan.get('asked'):
            raise DeployFailed(
                f'Node {node.name or node.uuid} could not be undeployed: '
                f'{node.last_error or "the inventory does not say why."}'
            )
        self._switch_console_off(work, node, wait)
        if not plan.get('asked'):
            work.save(plan={**(work.server.plan or {}), 'asked': True})
        try:
            work.runtime.driver.provision(node.uuid, 'deleted')
        except exceptions.BadRequest:
            if node.provision_state not in _DEPLOYING:
                raise
            # It cannot be stopped in the middle of that.
        raise wait

    @staticmethod
    def _switch_console_off(
        work: work_mod.Work, node: base.Node, wait: turns.NotYet
    ) -> None:
        """The next server's console is not for who knows this one's URL.

        Told once: a console that cannot be switched off keeps no machine.
        """
        plan = dict(work.server.plan or {})
        if not node.console_enabled or node.provision_state in _DEPLOYING:
            return
        if not plan.get('console'):
            try:
                work.runtime.driver.disable_console(node.uuid)
            except (
                exceptions.BadRequest,
                exceptions.NotImplementedByDriver,
            ) as error:
                work.leave(error.detail)
                return
            work.save(plan={**plan, 'console': 'told'})
            raise wait
        if node.reserved:
            raise wait


class Release(turns.Step):
    """Give the node up, where undeploying it has not done so."""

    name = 'release'

    def do(self, work: work_mod.Work) -> None:
        work.runtime.driver.delete_allocation(work.server.uuid)
        node = _own_node(work)
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


def _own_node(work: work_mod.Work) -> base.Node | None:
    """The node of the server, if there is one that says it is its own."""
    server, driver = work.server, work.runtime.driver
    node_uuid = server.node_uuid
    if node_uuid is None:
        found = driver.get_allocation(server.uuid)
        if found is not None and found.state == 'allocating':
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
            work.save(node_uuid=node.uuid, node_name=node.name)
        return node
    if node.instance_uuid is not None:
        work.leave(
            f'Node {node.uuid} is claimed by {node.instance_uuid}, not by '
            'this server; nothing was done to it.'
        )
    return None


def _contents(work: work_mod.Work, node: base.Node) -> configdrive.Contents:
    server, plan = work.server, work.server.plan or {}
    secret = None
    if plan.get('admin_pass'):
        secret = work.runtime.worker.secrets.get(server.uuid)
        if secret is None:
            raise exceptions.ServiceError(
                'The service was restarted before the server was deployed. '
                'The administrator password that was asked for was in its '
                'memory only; create the server again.',
                code='admin_pass_lost',
            )
    user_data = plan.get('user_data')
    return configdrive.Contents(
        uuid=server.uuid,
        name=server.name,
        project_id=server.project_id,
        availability_zone=server.availability_zone,
        metadata=server.meta or {},
        keypair=plan.get('keypair'),
        user_data=(
            None
            if user_data is None
            else configdrive.decode('user_data', user_data)
        ),
        files={
            one['path']: configdrive.decode(one['path'], one['contents'])
            for one in plan.get('personality') or ()
        },
        admin_pass=secret,
        ports=_ports(work, server, node),
    )


def _ports(
    work: work_mod.Work, server: models.Server, node: base.Node
) -> list[dict[str, Any]]:
    """The ports as the machine will see them: with the MACs of its NICs."""
    carriers: list[base.Nic | base.PortGroup] = [*node.nics, *node.portgroups]
    macs = {one.vif_port_id: one.address for one in carriers if one.address}
    known = work.runtime.networks.ports_by_id(
        row.port_id for row in server.ports
    )
    return [
        {
            'port_id': row.port_id,
            'network_id': row.network_id,
            'mac_address': macs.get(row.port_id) or row.mac_address,
            'fixed_ips': known[row.port_id].fixed_ips,
        }
        for row in server.ports
        if row.port_id in known
    ]
