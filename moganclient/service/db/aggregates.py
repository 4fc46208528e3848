"""Aggregates: nodes that have something in common, such as a zone.

A node is in one availability zone at most.  Whatever could put it into a
second one locks all aggregates first: they are few, and seldom changed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import store
from moganclient.service import exceptions

#: The member of an aggregate's metadata that makes it a zone.
ZONE = 'availability_zone'


class Aggregates(store.Store):
    """The part of the database that knows aggregates and their nodes."""

    def create_aggregate(
        self, aggregate: models.Aggregate
    ) -> models.Aggregate:
        """Insert an aggregate, without nodes.

        :param aggregate: a new object; it is left as it is
        :returns: the aggregate as it was stored
        :raises moganclient.service.exceptions.Conflict: the name is taken
            (``code`` is ``aggregate_exists``)
        """

        def insert(session: orm.Session) -> models.Aggregate:
            copy = models.Aggregate(**store.set_values(aggregate))
            session.add(copy)
            session.flush()
            return copy

        try:
            return self.write(insert)
        except exc.IntegrityError:
            raise _exists(aggregate.name) from None

    def list_aggregates(self) -> list[models.Aggregate]:
        """Every aggregate, in the order of creation."""
        return self.read(_all)

    def get_aggregate(self, uuid: str) -> models.Aggregate:
        """One aggregate.

        :raises moganclient.service.exceptions.AggregateNotFound: there is
            none
        """
        return self.read(lambda session: _get(session, uuid))

    def update_aggregate(
        self,
        uuid: str,
        values: dict[str, Any] | Callable[[models.Aggregate], dict[str, Any]],
    ) -> models.Aggregate:
        """Change an aggregate; ``updated_at`` follows where anything changes.

        :param values: attributes of :class:`models.Aggregate` to new values,
            or what finds them from the aggregate as it is now, while nobody
            else changes it
        :raises moganclient.service.exceptions.AggregateNotFound: there is
            none
        :raises moganclient.service.exceptions.Conflict: the new name is taken
            (``code`` is ``aggregate_exists``)
        :raises moganclient.service.exceptions.BadRequest: a node of it is in
            another availability zone already (``code`` is
            ``node_in_other_zone``)
        """
        taken: list[str] = []

        def update(session: orm.Session) -> models.Aggregate:
            every = {row.uuid: row for row in _locked(session)}
            found = every.get(uuid)
            if found is None:
                raise _not_found(uuid)
            changed = values(found) if callable(values) else values
            taken[:] = [str(changed.get('name'))]
            for name, value in changed.items():
                setattr(found, name, value)
            if session.is_modified(found):
                found.updated_at = models.utcnow()
            session.flush()
            for node in _nodes(session, uuid):
                _check_zone(session, every, found, node)
            return found

        try:
            return self.write(update)
        except exc.IntegrityError:
            raise _exists(taken[0]) from None

    def delete_aggregate(self, uuid: str) -> None:
        """Delete an aggregate; its nodes are no more in it.

        :raises moganclient.service.exceptions.AggregateNotFound: there is
            none
        """
        aggregate = models.Aggregate
        statement = sa.delete(aggregate).where(aggregate.uuid == uuid)
        if not self.change(statement):
            raise _not_found(uuid)

    def aggregate_nodes(self, uuid: str) -> list[models.AggregateNode]:
        """The nodes of an aggregate.

        :raises moganclient.service.exceptions.AggregateNotFound: there is
            none
        """

        def select(session: orm.Session) -> list[models.AggregateNode]:
            _get(session, uuid)
            return _nodes(session, uuid)

        return self.read(select)

    def add_aggregate_node(
        self, uuid: str, node_uuid: str, node_name: str | None
    ) -> None:
        """Put a node into an aggregate; once more changes its name at most.

        :raises moganclient.service.exceptions.AggregateNotFound: there is
            none
        :raises moganclient.service.exceptions.BadRequest: the node is in
            another availability zone already (``code`` is
            ``node_in_other_zone``)
        """
        new = {
            'aggregate_uuid': uuid,
            'node_uuid': node_uuid,
            'node_name': node_name,
        }

        def add(session: orm.Session) -> None:
            every = {row.uuid: row for row in _locked(session)}
            if uuid not in every:
                raise _not_found(uuid)
            node = models.AggregateNode(**new)
            _check_zone(session, every, every[uuid], node)
            session.merge(node)

        self.write(add)

    def remove_aggregate_node(self, uuid: str, node_uuid: str) -> bool:
        """Take a node out of an aggregate; False where it was not in it."""
        member = models.AggregateNode
        statement = sa.delete(member).where(
            member.aggregate_uuid == uuid, member.node_uuid == node_uuid
        )
        return self.change(statement) == 1

    def aggregates_of_nodes(self) -> dict[str, list[models.Aggregate]]:
        """The aggregates of every node that is in one, by node UUID."""
        member, aggregate = models.AggregateNode, models.Aggregate

        def select(
            session: orm.Session,
        ) -> dict[str, list[models.Aggregate]]:
            found: dict[str, list[models.Aggregate]] = {}
            for node_uuid, row in session.execute(
                sa.select(member.node_uuid, aggregate)
                .join(aggregate, aggregate.uuid == member.aggregate_uuid)
                .order_by(aggregate.id)
            ):
                found.setdefault(node_uuid, []).append(row)
            return found

        return self.read(select)

    def availability_zones(self) -> list[str]:
        """The zones that aggregates name, sorted, each once."""
        zones = {row.meta.get(ZONE) for row in self.list_aggregates()}
        return sorted(zone for zone in zones if zone)


def _all(session: orm.Session) -> list[models.Aggregate]:
    return list(
        session.scalars(
            sa.select(models.Aggregate).order_by(models.Aggregate.id)
        )
    )


def _locked(session: orm.Session) -> list[models.Aggregate]:
    """All aggregates, which nobody else changes until the commit."""
    return list(
        session.scalars(
            sa.select(models.Aggregate)
            .order_by(models.Aggregate.id)
            .with_for_update()
        )
    )


def _get(session: orm.Session, uuid: str) -> models.Aggregate:
    found = session.scalars(
        sa.select(models.Aggregate).where(models.Aggregate.uuid == uuid)
    ).one_or_none()
    if found is None:
        raise _not_found(uuid)
    return found


def _nodes(session: orm.Session, uuid: str) -> list[models.AggregateNode]:
    member = models.AggregateNode
    return list(
        session.scalars(
            sa.select(member)
            .where(member.aggregate_uuid == uuid)
            .order_by(member.node_name, member.node_uuid)
        )
    )


def _check_zone(
    session: orm.Session,
    every: dict[str, models.Aggregate],
    aggregate: models.Aggregate,
    node: models.AggregateNode,
) -> None:
    """Refuse to have a node in two zones.

    :param every: all aggregates, by UUID
    """
    zone = aggregate.meta.get(ZONE)
    if not zone:
        return
    member = models.AggregateNode
    for uuid in session.scalars(
        sa.select(member.aggregate_uuid).where(
            member.node_uuid == node.node_uuid,
            member.aggregate_uuid != aggregate.uuid,
        )
    ):
        other = every[uuid]
        if other.meta.get(ZONE, zone) != zone:
            raise exceptions.BadRequest(
                f'Node "{node.node_name or node.node_uuid}" is in the '
                f'availability zone "{other.meta[ZONE]}" already, by the '
                f'aggregate "{other.name}"; a node is in one zone, and '
                f'"{aggregate.name}" would put it into "{zone}".',
                code='node_in_other_zone',
            )


def _not_found(uuid: str) -> exceptions.AggregateNotFound:
    return exceptions.AggregateNotFound(f'There is no aggregate "{uuid}".')


def _exists(name: str) -> exceptions.Conflict:
    return exceptions.Conflict(
        f'There is an aggregate of the name "{name}" already; choose another '
        'name.',
        code='aggregate_exists',
    )
