"""Server groups, and who is in them."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import store
from moganclient.service import exceptions

#: Values in one IN.
_CHUNK = 900


class ServerGroups(store.Store):
    """The part of the database that knows server groups."""

    def create_server_group(
        self, group: models.ServerGroup
    ) -> models.ServerGroup:
        """Insert a group; several may have the same name.

        :param group: a new object; it is left as it is
        :returns: the group as it was stored
        """

        def insert(session: orm.Session) -> models.ServerGroup:
            copy = models.ServerGroup(**store.set_values(group))
            session.add(copy)
            session.flush()
            return copy

        return self.write(insert)

    def list_server_groups(
        self, project_id: str | None = None
    ) -> list[models.ServerGroup]:
        """The groups of a project, None for all, in order of creation."""
        group = models.ServerGroup
        select = sa.select(group).order_by(group.id)
        if project_id is not None:
            select = select.where(group.project_id == project_id)
        return self.read(lambda session: list(session.scalars(select)))

    def get_server_group(self, uuid: str) -> models.ServerGroup:
        """One group.

        :raises moganclient.service.exceptions.ServerGroupNotFound: there is
            none
        """
        found = self.read(
            lambda session: session.scalars(
                sa.select(models.ServerGroup).where(
                    models.ServerGroup.uuid == uuid
                )
            ).one_or_none()
        )
        if found is None:
            raise _not_found(uuid)
        return found

    def delete_server_group(self, uuid: str) -> None:
        """Delete a group; its servers are in none then.

        :raises moganclient.service.exceptions.ServerGroupNotFound: there is
            none
        """
        group = models.ServerGroup
        if not self.change(sa.delete(group).where(group.uuid == uuid)):
            raise _not_found(uuid)

    def group_members(self, uuid: str) -> list[models.Server]:
        """The servers of a group, in order of creation."""
        server = models.Server
        return self.read(
            lambda session: list(
                session.scalars(
                    sa.select(server)
                    .where(server.group_uuid == uuid)
                    .order_by(server.id)
                )
            )
        )

    def members_of_groups(
        self, uuids: Collection[str]
    ) -> dict[str, list[str]]:
        """The UUIDs of the servers of each of these groups."""
        wanted = list(dict.fromkeys(uuids))
        server = models.Server

        def look(connection: sa.Connection) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {uuid: [] for uuid in wanted}
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                for row in connection.execute(
                    sa.select(server.group_uuid, server.uuid)
                    .where(server.group_uuid.in_(chunk))
                    .order_by(server.id)
                ):
                    found[row.group_uuid].append(row.uuid)
            return found

        return self.look(look) if wanted else {}


def _not_found(uuid: str) -> exceptions.ServerGroupNotFound:
    return exceptions.ServerGroupNotFound(
        f'There is no server group "{uuid}".'
    )
