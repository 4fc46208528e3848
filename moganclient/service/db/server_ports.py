"""The ports of a server, one by one: come, change and go."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import obstacles
from moganclient.service.db import store
from moganclient.service import exceptions


class ServerPorts(store.Store):
    """The part of the database that knows single ports of servers."""

    def add_server_port(
        self, server_uuid: str, port: models.ServerPort
    ) -> models.ServerPort:
        """Give a server one more port.

        :param port: a new object; it is left as it is
        :returns: the port as it was stored
        :raises moganclient.service.exceptions.PortConflict: a server has it
            already, ``server_uuid`` is which
        :raises moganclient.service.exceptions.ServerNotFound: there is no
            such server
        """

        def insert(session: orm.Session) -> models.ServerPort:
            values = store.set_values(port)
            values['server_uuid'] = server_uuid
            copy = models.ServerPort(**values)
            session.add(copy)
            session.flush()
            return copy

        def obstacle(session: orm.Session) -> None:
            obstacles.of_ports(session, [port.port_id])
            server = models.Server
            if session.scalar(
                sa.select(server.id).where(server.uuid == server_uuid)
            ):
                return
            raise exceptions.ServerNotFound(
                f'There is no server "{server_uuid}".'
            )

        try:
            return self.write(insert)
        except exc.IntegrityError:
            self.read(obstacle)
        # Whoever had it let it go meanwhile.
        return self.write(insert)

    def update_server_port(
        self, server_uuid: str, port_id: str, values: dict[str, Any]
    ) -> bool:
        """Change a port of a server; False where the server has it not.

        :param values: attributes of :class:`models.ServerPort` to new values
        """
        statement = (
            sa.update(models.ServerPort)
            .where(*_here(server_uuid, port_id))
            .values(values)
        )
        return self.change(statement) == 1

    def remove_server_port(self, server_uuid: str, port_id: str) -> bool:
        """Forget a port of a server; False where the server has it not."""
        statement = sa.delete(models.ServerPort).where(
            *_here(server_uuid, port_id)
        )
        return self.change(statement) == 1


def _here(server_uuid: str, port_id: str) -> list[sa.ColumnElement[bool]]:
    port = models.ServerPort
    return [port.server_uuid == server_uuid, port.port_id == port_id]
