"""Flavors: create, look, change, delete."""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import paging
from moganclient.service.db import store
from moganclient.service import exceptions

#: What a list can be sorted by, to the attribute that it stands for.
FLAVOR_SORT_KEYS = {
    'created_at': 'created_at',
    'description': 'description',
    'disabled': 'disabled',
    'is_public': 'is_public',
    'name': 'name',
    'updated_at': 'updated_at',
    'uuid': 'uuid',
}


@dataclasses.dataclass(slots=True, frozen=True)
class FlavorQuery(paging.Page):
    """Which flavors are asked for; None leaves a filter out."""

    name: str | None = None
    is_public: bool | None = None
    disabled: bool | None = None
    #: Only those that this project may use: public ones, and those that it
    #: has access to.
    visible_to: str | None = None


class Flavors(store.Store):
    """The part of the database that knows flavors."""

    def create_flavor(self, flavor: models.Flavor) -> models.Flavor:
        """Insert a flavor.

        :param flavor: a new object; it is left as it is
        :returns: the flavor as it was stored
        :raises moganclient.service.exceptions.Conflict: the name is taken
            (``code`` is ``flavor_exists``)
        """

        def insert(session: orm.Session) -> models.Flavor:
            copy = models.Flavor(**store.set_values(flavor))
            session.add(copy)
            session.flush()
            return copy

        try:
            return self.write(insert)
        except exc.IntegrityError:
            raise _exists(flavor.name) from None

    def get_flavor(self, uuid: str) -> models.Flavor:
        """One flavor.

        :raises moganclient.service.exceptions.FlavorNotFound: there is none
        """
        return self.read(lambda session: _get(session, uuid))

    def flavors_named(self, name: str) -> list[models.Flavor]:
        """The flavors of this name: one or none, as names are unique."""
        return self.list_flavors(FlavorQuery(name=name))[0]

    def list_flavors(
        self, query: FlavorQuery | None = None
    ) -> tuple[list[models.Flavor], str | None]:
        """A page of flavors, and the marker of the next page if there is one.

        :raises moganclient.service.exceptions.BadRequest: unknown marker or
            sort key
        """
        query = query or FlavorQuery()
        conditions: list[sa.ColumnElement[bool]] = [
            getattr(models.Flavor, name) == getattr(query, name)
            for name in ('name', 'is_public', 'disabled')
            if getattr(query, name) is not None
        ]
        if query.visible_to is not None:
            conditions.append(_visible_to(query.visible_to))
        return self.read(
            lambda session: paging.page(
                session, models.Flavor, conditions, FLAVOR_SORT_KEYS, query
            )
        )

    def update_flavor(
        self,
        uuid: str,
        values: dict[str, Any] | Callable[[models.Flavor], dict[str, Any]],
    ) -> models.Flavor:
        """Change a flavor; ``updated_at`` follows where anything changes.

        :param values: attributes of :class:`models.Flavor` to new values, or
            what finds them from the flavor as it is now, while nobody else
            changes it
        :raises moganclient.service.exceptions.FlavorNotFound: there is none
        :raises moganclient.service.exceptions.Conflict: the new name is taken
            (``code`` is ``flavor_exists``)
        """
        names: list[str] = []

        def update(session: orm.Session) -> models.Flavor:
            found = _get(session, uuid, locked=True)
            changed = values(found) if callable(values) else values
            names[:] = [str(changed.get('name'))]
            for name, value in changed.items():
                setattr(found, name, value)
            if session.is_modified(found):
                found.updated_at = models.utcnow()
            session.flush()
            return found

        try:
            return self.write(update)
        except exc.IntegrityError:
            raise _exists(names[0]) from None

    def delete_flavor(self, uuid: str) -> None:
        """Delete a flavor that no server has.

        :raises moganclient.service.exceptions.FlavorNotFound: there is none
        :raises moganclient.service.exceptions.Conflict: a server has it,
            ``server_uuid`` is which (``code`` is ``flavor_in_use``)
        """
        statement = sa.delete(models.Flavor).where(models.Flavor.uuid == uuid)
        try:
            gone = self.change(statement)
        except exc.IntegrityError:
            using = self.read(lambda session: _user(session, uuid))
            name = self.get_flavor(uuid).name
            raise exceptions.Conflict(
                f'Flavor "{name}" ({uuid}) cannot be deleted: '
                + (
                    f'the server {using.uuid} ("{using.name}") has it.'
                    if using is not None
                    else 'a server had it just now; try again.'
                ),
                code='flavor_in_use',
                server_uuid=using.uuid if using is not None else None,
            ) from None
        if not gone:
            raise _not_found(uuid)


def _visible_to(project_id: str) -> sa.ColumnElement[bool]:
    access = models.FlavorAccess
    return sa.or_(
        models.Flavor.is_public,
        sa.exists().where(
            access.flavor_uuid == models.Flavor.uuid,
            access.project_id == project_id,
        ),
    )


def _get(
    session: orm.Session, uuid: str, *, locked: bool = False
) -> models.Flavor:
    """:param locked: nobody else changes it until the commit"""
    select = sa.select(models.Flavor).where(models.Flavor.uuid == uuid)
    if locked:
        select = select.with_for_update()
    found = session.scalars(select).one_or_none()
    if found is None:
        raise _not_found(uuid)
    return found


def _user(session: orm.Session, uuid: str) -> Any:
    return session.execute(
        sa.select(models.Server.uuid, models.Server.name)
        .where(models.Server.flavor_uuid == uuid)
        .order_by(models.Server.id)
        .limit(1)
    ).first()


def _not_found(uuid: str) -> exceptions.FlavorNotFound:
    return exceptions.FlavorNotFound(f'There is no flavor "{uuid}".')


def _exists(name: str) -> exceptions.Conflict:
    return exceptions.Conflict(
        f'There is a flavor of the name "{name}" already; choose another '
        'name.',
        code='flavor_exists',
    )
