"""The steps that give network ports to a server, and take them back.

A port that is made here says whose it is in its ``device_id`` and its name
from the moment on in which it is there, so that one whose making got no
answer is found.  Somebody's own port is written to, and never deleted.
"""

from __future__ import annotations

from moganclient.service.db import models
from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import turns
from moganclient.service.flows import work as work_mod
from moganclient.service import networks
from moganclient.service import ours



def name_of(server_uuid: str, key: object) -> str:
    """What a port is called that is made for a server.

    :param key: which of its ports
    """
    return f'server-{server_uuid}-{key}'


def is_made(port: networks.Port, server: models.Server) -> bool:
    """Whether a port is one that was made here for a server."""
    return (
        port.device_id == server.uuid
        and port.name.startswith(name_of(server.uuid, ''))
        and port.project_id in (None, '', server.project_id)
    )


def row_of(port: networks.Port, *, created: bool) -> models.ServerPort:
    """What is remembered of a port."""
    return models.ServerPort(
        port_id=port.id,
        mac_address=port.mac_address,
        network_id=port.network_id,
        created=created,
        attached=False,
        before=None
        if created
        else {
            'device_id': port.device_id,
            'device_owner': port.device_owner,
            'host_id': port.host_id,
            'revision_number': port.revision_number,
        },
    )


class Ports(turns.Step):
    """Make the ports that are to be made, and have all say whose they are."""

    name = 'ports'
    in_time = True

    def do(self, work: work_mod.Work) -> None:
        wanted = (work.server.plan or {}).get('networks') or []
        made: dict[str, networks.Port] = {}
        if any('net_id' in one for one in wanted):
            made = _made(work)
        found = [
            _make(work, one, made)
            if 'net_id' in one
            else _bind(work, one['port_id'])
            for one in wanted
        ]
        work.reload()
        interface = wanted_one(work.server)
        if interface is not None:
            plan = {**(work.server.plan or {})}
            plan['interface'] = {**interface, 'port_id': found[0].id}
            work.save(plan=plan)


def _made(work: work_mod.Work) -> dict[str, networks.Port]:
    """The ports that were made for the server, by name."""
    return {
        port.name: port
        for port in work.runtime.networks.ports_by_device(work.server.uuid)
        if is_made(port, work.server)
    }


def _make(
    work: work_mod.Work,
    wanted: dict[str, str],
    made: dict[str, networks.Port],
) -> networks.Port:
    server = work.server
    name = name_of(server.uuid, wanted['key'])
    port = made.get(name)
    if port is None:
        port = work.runtime.networks.create_port(
            wanted['net_id'],
            project_id=server.project_id,
            name=name,
            device_id=server.uuid,
            device_owner=networks.DEVICE_OWNER,
        )
    if port.id not in {row.port_id for row in server.ports}:
        work.runtime.db.add_server_port(
            server.uuid, row_of(port, created=True)
        )
    return port


def _bind(work: work_mod.Work, port_id: str) -> networks.Port:
    server = work.server
    port = work.runtime.networks.ports_by_id([port_id]).get(port_id)
    if port is None:
        raise exceptions.PortConflict(
            f'Port {port_id} does not exist any more.', code='port_not_found'
        )
    if port.device_id == server.uuid:
        return port
    if use := eligibility.port_use(port, server.node_uuid or '', server.uuid):
        raise exceptions.PortConflict(
            f'Port {port_id} is used by {use} now.', code='port_in_use'
        )
    if port_id not in {row.port_id for row in server.ports}:
        # Recorded before it is written to: no other server gets it then.
        work.runtime.db.add_server_port(
            server.uuid, row_of(port, created=False)
        )
    return work.runtime.networks.set_device(
        port_id, server.uuid, networks.DEVICE_OWNER, port.revision_number
    )


class Plug(turns.Step):
    """Have the node carry the server's ports, as VIFs."""

    name = 'plug'
    in_time = True

    def do(self, work: work_mod.Work) -> None:
        server, driver = work.server, work.runtime.driver
        node = look(work, str(server.node_uuid))
        ours.require(server, node)
        carried = node.vifs()
        for row in _concerned(work):
            if not row.attached:
                # Before it is so: a kill in between must not hide it.
                work.runtime.db.update_server_port(
                    server.uuid, row.port_id, {'attached': True}
                )
            if row.port_id in carried:
                continue
            try:
                driver.attach_vif(node.uuid, row.port_id)
            except exceptions.BadRequest as error:
                raise exceptions.PortConflict(
                    f'Port {row.port_id} cannot be attached: no NIC of the '
                    'machine is free for it.',
                    code='no_free_nic',
                    inside=error.detail,
                ) from error
        work.reload()


class Unplug(turns.Step):
    """Have the node no longer carry what was attached to it.

    One that is not the server's any more keeps what it carries: it may run.
    """

    name = 'unplug'

    def do(self, work: work_mod.Work) -> None:
        server = work.server
        rows = [
            row
            for row in _concerned(work)
            if row.attached or server.flow == 'detach'
        ]
        if server.node_uuid is None or not rows:
            return
        try:
            node = look(work, server.node_uuid)
        except exceptions.NodeNotFound:
            return
        vifs = node.vifs()
        carried = [row.port_id for row in rows if row.port_id in vifs]
        if _is_to_be_unplugged(server, node):
            for port_id in carried:
                work.runtime.driver.detach_vif(node.uuid, port_id)
            return
        if server.flow == 'detach':
            ours.require(server, node)
        for port_id in carried:
            _keep(work, port_id)
        work.reload()


def look(work: work_mod.Work, node_uuid: str) -> base.Node:
    """A node with its NICs.

    :raises moganclient.service.exceptions.NodeNotFound: it is gone for sure
    :raises moganclient.service.exceptions.Unavailable: the inventory shows
        nothing at all
    """
    driver = work.runtime.driver
    try:
        return driver.get_node(node_uuid)
    except exceptions.NodeNotFound:
        driver.get_node_bare(node_uuid)
        # It is there again.
        raise turns.NotYet(work.runtime.conf.flows.poll_interval) from None


def _is_to_be_unplugged(server: models.Server, node: base.Node) -> bool:
    """Whether a node is the server's, or was until this flow undeployed it."""
    if ours.is_of(server, node):
        return True
    return (
        node.instance_uuid is None
        and bool((server.plan or {}).get('asked'))
        and node.provision_state not in base.RUNNING
    )


def _keep(work: work_mod.Work, port_id: str) -> None:
    """Leave a port to the machine that carries it, also if it was made here.

    The row says so from now on, in any process: such a port is not deleted.
    """
    work.runtime.db.update_server_port(
        work.server.uuid, port_id, {'attached': False, 'created': False}
    )
    work.leave(
        f'Port {port_id} is carried by node {work.server.node_uuid}, which '
        'carries this server no more; it was neither detached nor deleted.'
    )


class GiveBack(turns.Step):
    """Delete the ports that were made here; let go of the others."""

    name = 'give-back'

    def do(self, work: work_mod.Work) -> None:
        server, network = work.server, work.runtime.networks
        rows = {row.port_id: row for row in _concerned(work)}
        for port in network.ports_by_id(rows).values():
            if rows[port.id].created and port.device_id in ('', server.uuid):
                network.delete_port(port.id)
            elif port.device_id == server.uuid:
                give_back(network, port, rows[port.id], server.flow)
            elif rows[port.id].created:
                work.leave(
                    f'Port {port.id} was made for this server and is used by '
                    f'{port.device_id} now; it was not deleted.'
                )
        known = {row.port_id for row in server.ports}
        for port in _made_for(work):
            if port.id not in known:
                # Its making got no answer.
                network.delete_port(port.id)
        for port_id in rows:
            work.runtime.db.remove_server_port(server.uuid, port_id)
        work.reload()


def give_back(
    network: networks.Networks,
    port: networks.Port,
    row: models.ServerPort,
    flow: str | None,
) -> None:
    """Clear what says that a port is a server's."""
    # Ironic leaves the device of an undeployed node's port behind.
    owner = '' if flow == 'delete' else (row.before or {}).get('device_owner')
    try:
        network.set_device(port.id, '', owner or '', port.revision_number)
    except exceptions.PortConflict:
        # Gone in this moment.
        pass


def wanted_one(server: models.Server) -> dict[str, str] | None:
    """The one interface that a flow is about; None where it is about all."""
    plan = server.plan or {}
    wanted: dict[str, str] | None = plan.get('interface')
    return wanted


def _made_for(work: work_mod.Work) -> list[networks.Port]:
    """Ports that were made, as far as a flow is about them."""
    wanted = wanted_one(work.server)
    if wanted is None:
        return list(_made(work).values())
    if 'key' not in wanted:
        return []
    port = _made(work).get(name_of(work.server.uuid, wanted['key']))
    return [] if port is None else [port]


def _concerned(work: work_mod.Work) -> list[models.ServerPort]:
    """The ports that a flow is about."""
    wanted = wanted_one(work.server)
    if wanted is None:
        return list(work.server.ports)
    ids = {wanted.get('port_id')}
    if None in ids:
        ids.update(port.id for port in _made_for(work))
    return [row for row in work.server.ports if row.port_id in ids]
