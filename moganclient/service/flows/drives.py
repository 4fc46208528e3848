"""What goes on the config drive of a server that is deployed."""

from __future__ import annotations

from typing import Any

from moganclient.service import configdrive
from moganclient.service.db import models
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import work as work_mod


def contents(work: work_mod.Work, node: base.Node) -> configdrive.Contents:
    """What the server is to be told, as its row and plan have it.

    :raises moganclient.service.exceptions.ServiceError: the password that is
        to be on it is forgotten
    """
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
