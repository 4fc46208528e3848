"""Servers and their ports: reserve, look, list, change.

What has to have one winner is one statement with a condition or stands on a
unique key, so that it holds at any number of threads and processes.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
import dataclasses
import datetime
import functools
import json
import random
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import obstacles
from moganclient.service.db import paging
from moganclient.service.db import store
from moganclient.service import exceptions

#: What a list can be sorted by, to the attribute that it stands for.
SERVER_SORT_KEYS = {
    'availability_zone': 'availability_zone',
    'created_at': 'created_at',
    'description': 'description',
    'flavor_uuid': 'flavor_uuid',
    'image_uuid': 'image_uuid',
    'launched_at': 'launched_at',
    'name': 'name',
    'node': 'node_name',
    'node_uuid': 'node_uuid',
    'power_state': 'power_state',
    'project_id': 'project_id',
    'status': 'status',
    'updated_at': 'updated_at',
    'uuid': 'uuid',
}

#: Columns of the flow's own, which leave ``updated_at`` as it is.
_FLOW_COLUMNS = frozenset(
    {
        'flow',
        'flow_undo',
        'flow_step',
        'flow_owner',
        'flow_lease',
        'node_before',
        'request_id',
    }
)

#: For those who go on with what a server was asked for.
_WITH_PLAN = orm.undefer(models.Server.plan)

#: Values in one IN; SQLite of old takes 999 variables in all.
_CHUNK = 900

#: How often a reservation is tried whose obstacle is gone when looked at.
_ATTEMPTS = 20


@dataclasses.dataclass(slots=True, frozen=True)
class ServerQuery(paging.Page):
    """Which servers are asked for; None leaves a filter out."""

    name: str | None = None
    status: str | None = None
    #: UUID or name of the node.
    node: str | None = None
    flavor_uuid: str | None = None
    image_uuid: str | None = None
    project_id: str | None = None
    #: An address that it has, as Neutron writes it.
    ip: str | None = None


class Servers(store.Store):
    """The part of the database that knows servers."""

    def reserve_server(self, server: models.Server) -> models.Server:
        """Insert a server with its ports, in one commit.

        The node, if it is known, and the ports are this server's from then
        on: they are unique in their tables.

        :param server: a new object; it is left as it is
        :returns: the server as it was stored
        :raises moganclient.service.exceptions.NodeHasServer: the node has a
            server, ``server_uuid`` is which
        :raises moganclient.service.exceptions.ServerExists: another server
            has the UUID
        :raises moganclient.service.exceptions.PortConflict: a port has a
            server, ``server_uuid`` is which
        :raises moganclient.service.exceptions.FlavorNotFound: the flavor has
            been deleted
        :raises moganclient.service.exceptions.ServerGroupNotFound: the group
            has been deleted
        """
        return self.insert_servers([server])[0]

    def insert_servers(
        self, servers: list[models.Server]
    ) -> list[models.Server]:
        """Insert servers with their ports in one commit: all or none.

        :param servers: new objects; they are left as they are
        :returns: the servers as they were stored, in the same order
        :raises moganclient.service.exceptions.ServiceError: as
            :meth:`reserve_server` does
        """

        def insert(session: orm.Session) -> list[models.Server]:
            copies = [_copy(server) for server in servers]
            session.add_all(copies)
            session.flush()
            return copies

        def look(session: orm.Session) -> None:
            for server in servers:
                obstacles.of_server(session, server)

        for attempt in range(_ATTEMPTS):
            try:
                return self.write(insert)
            except exc.IntegrityError:
                # Who is in the way?  They may be gone again by now.
                self.read(look)
                if attempt == _ATTEMPTS - 1:
                    raise
            # Not in step with who takes it and lets it go.
            time.sleep(random.uniform(0, 0.002 * attempt))  # noqa: S311
        raise AssertionError('unreachable')

    def get_server(self, uuid: str) -> models.Server:
        """One server with its ports and its plan.

        :raises moganclient.service.exceptions.ServerNotFound: there is none
        """

        def select(session: orm.Session) -> models.Server:
            found = session.scalars(
                sa.select(models.Server)
                .where(models.Server.uuid == uuid)
                .options(_WITH_PLAN)
            ).one_or_none()
            if found is None:
                raise exceptions.ServerNotFound(
                    f'There is no server "{uuid}".'
                )
            return found

        return self.read(select)

    def list_servers(
        self, query: ServerQuery | None = None
    ) -> tuple[list[models.Server], str | None]:
        """A page of servers, and the marker of the next page if there is one.

        :raises moganclient.service.exceptions.BadRequest: unknown marker or
            sort key
        """
        query = query or ServerQuery()
        conditions = _conditions(query)
        return self.read(
            lambda session: paging.page(
                session, models.Server, conditions, SERVER_SORT_KEYS, query
            )
        )

    def iterate_servers(self) -> Iterator[models.Server]:
        """Every server in the order of creation, read in chunks.

        By the id, not by a marker: a server that goes away in between
        disturbs nothing.
        """
        last = 0
        while True:
            chunk = self.read(
                functools.partial(_servers_after, last=last, limit=_CHUNK)
            )
            yield from chunk
            if len(chunk) < _CHUNK:
                return
            last = chunk[-1].id

    def list_powering(
        self, after: int = 0, limit: int | None = None
    ) -> list[models.Server]:
        """The servers that a power action is under way on, with plans.

        :param after: only those with a larger ``id``
        :param limit: the most of them, in the order of their ``id``
        """
        server = models.Server
        select = (
            sa.select(server)
            .where(server.power_target.is_not(None), server.id > after)
            .order_by(server.id)
            .limit(limit)
            .options(_WITH_PLAN)
        )
        return self.read(lambda session: list(session.scalars(select)))

    def servers_of_nodes(
        self, node_uuids: Iterable[str]
    ) -> dict[str, models.Server]:
        """The servers of these nodes, by node UUID; one statement a chunk.

        Without their ports: those are not asked for by the thousand.
        """
        wanted = list(dict.fromkeys(node_uuids))

        def select(session: orm.Session) -> dict[str, models.Server]:
            found: dict[str, models.Server] = {}
            for start in range(0, len(wanted), _CHUNK):
                chunk = wanted[start : start + _CHUNK]
                for server in session.scalars(
                    sa.select(models.Server)
                    .where(models.Server.node_uuid.in_(chunk))
                    .options(orm.raiseload(models.Server.ports))
                ):
                    assert server.node_uuid is not None
                    found[server.node_uuid] = server
            return found

        return self.read(select) if wanted else {}

    def update_server(
        self,
        uuid: str,
        values: dict[str, Any],
        *,
        owner: str | None = None,
        status: str | None = None,
        unchanged: datetime.datetime | None = None,
    ) -> bool:
        """Change a server in one conditional UPDATE.

        ``updated_at`` follows by itself, unless only the flow's own columns
        change.

        :param values: attributes of :class:`models.Server` to new values
        :param owner: only where this is the flow's owner
        :param status: only where this is the status
        :param unchanged: only where this is ``updated_at``
        :returns: False where a condition did not hold or there is no such
            server; nothing is changed then
        :raises moganclient.service.exceptions.NodeHasServer: the new node
            has a server, ``server_uuid`` is which
        """
        server = models.Server
        conditions: list[sa.ColumnElement[bool]] = [server.uuid == uuid]
        if owner is not None:
            conditions.append(server.flow_owner == owner)
        if status is not None:
            conditions.append(server.status == status)
        if unchanged is not None:
            conditions.append(server.updated_at == unchanged)
        if not _FLOW_COLUMNS.issuperset(values):
            now = models.utcnow()
            if unchanged is not None:
                # Clocks may go backwards or be coarse; the next who compares
                # must see a change.
                tick = datetime.timedelta(microseconds=1)
                now = max(now, unchanged + tick)
            values = {'updated_at': now, **values}
        statement = sa.update(server).where(*conditions).values(values)
        try:
            return self.change(statement) == 1
        except exc.IntegrityError:
            node = values.get('node_uuid')
            if node is not None:
                self.read(
                    lambda session: obstacles.of_node(
                        session, node, values.get('node_name'), but=uuid
                    )
                )
            raise


def _servers_after(
    session: orm.Session, *, last: int, limit: int
) -> list[models.Server]:
    return list(
        session.scalars(
            sa.select(models.Server)
            .where(models.Server.id > last)
            .order_by(models.Server.id)
            .limit(limit)
        )
    )


def _copy(server: models.Server) -> models.Server:
    """A new object with what was set: work may run twice."""
    values = {'plan': None, **store.set_values(server)}
    values['ports'] = [
        models.ServerPort(**store.set_values(port)) for port in server.ports
    ]
    return models.Server(**values)


def _conditions(query: ServerQuery) -> list[sa.ColumnElement[bool]]:
    server = models.Server
    conditions: list[sa.ColumnElement[bool]] = []
    for name in ('name', 'status', 'flavor_uuid', 'image_uuid', 'project_id'):
        value = getattr(query, name)
        if value is not None:
            conditions.append(getattr(server, name) == value)
    if query.ip is not None:
        # Columns of JSON hold what json.dumps makes of it, byte by byte, on
        # every database; with its quotes no part of another address fits.
        conditions.append(
            sa.cast(server.addresses, sa.Text).contains(
                f'"addr": {json.dumps(query.ip)}', autoescape=True
            )
        )
    if query.node is not None:
        conditions.append(
            sa.or_(
                server.node_uuid == query.node.lower(),
                server.node_name == query.node,
            )
        )
    return conditions
