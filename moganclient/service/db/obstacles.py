"""What stands against storing a server or a port, in words.

Asked after the database refused: whoever was in the way may be gone by then,
and nothing is raised.
"""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service import exceptions


def of_server(session: orm.Session, server: models.Server) -> None:
    """Raise what stands against a new server, if anything still does.

    :raises moganclient.service.exceptions.NodeHasServer: and the others of
        :meth:`moganclient.service.db.servers.Servers.reserve_server`
    """
    if server.node_uuid is not None:
        of_node(session, server.node_uuid, server.node_name)
    _of_uuid(session, server)
    of_ports(session, [port.port_id for port in server.ports])
    if server.flavor_uuid is not None and not _exists(
        session, models.Flavor, server.flavor_uuid
    ):
        raise exceptions.FlavorNotFound(
            f'There is no flavor "{server.flavor_uuid}".'
        )
    if server.group_uuid is not None and not _exists(
        session, models.ServerGroup, server.group_uuid
    ):
        raise exceptions.ServerGroupNotFound(
            f'There is no server group "{server.group_uuid}".'
        )


def of_node(
    session: orm.Session,
    node_uuid: str,
    node_name: str | None = None,
    *,
    but: str | None = None,
) -> None:
    """Raise if the node has a server.

    :param but: the UUID of the server that may have it
    :raises moganclient.service.exceptions.NodeHasServer: it has
    """
    server = models.Server
    found = session.execute(
        sa.select(server.uuid, server.name).where(
            server.node_uuid == node_uuid
        )
    ).first()
    if found is not None and found.uuid != but:
        raise exceptions.NodeHasServer(
            f'Node "{node_name or node_uuid}" already has the server '
            f'{found.uuid} ("{found.name}").',
            server_uuid=found.uuid,
        )


def _of_uuid(session: orm.Session, server: models.Server) -> None:
    found = session.execute(
        sa.select(
            models.Server.name,
            models.Server.node_name,
            models.Server.node_uuid,
        ).where(models.Server.uuid == server.uuid)
    ).first()
    if found is None:
        return
    node = found.node_name or found.node_uuid
    raise exceptions.ServerExists(
        f'The UUID {server.uuid} is that of the server "{found.name}" '
        'already'
        + (f', which has the node "{node}"' if node else '')
        + '; choose a new one, or leave it to the service.',
        server_uuid=server.uuid,
    )


def of_ports(session: orm.Session, port_ids: Collection[str]) -> None:
    """Raise if one of the ports has a server.

    :raises moganclient.service.exceptions.PortConflict: it has
    """
    port, server = models.ServerPort, models.Server
    found = session.execute(
        sa.select(port.port_id, server.uuid, server.name)
        .join(server, server.uuid == port.server_uuid)
        .where(port.port_id.in_(list(port_ids)))
        .order_by(port.port_id)
    ).first()
    if found is not None:
        raise exceptions.PortConflict(
            f'Port {found.port_id} belongs to the server {found.uuid} '
            f'("{found.name}") already; name another port, or let go of '
            'that server first.',
            code='port_in_use',
            server_uuid=found.uuid,
        )


def _exists(
    session: orm.Session,
    model: type[models.Flavor | models.ServerGroup],
    uuid: str,
) -> bool:
    found = session.scalar(sa.select(model.id).where(model.uuid == uuid))
    return found is not None
