"""Which projects may use a flavor that is not public."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import exc

from moganclient.service.db import models
from moganclient.service.db import store
from moganclient.service import exceptions


class FlavorAccess(store.Store):
    """The part of the database that knows access to flavors."""

    def list_flavor_access(self, uuid: str) -> list[str]:
        """The projects that may use a flavor, sorted."""
        access = models.FlavorAccess
        return self.read(
            lambda session: list(
                session.scalars(
                    sa.select(access.project_id)
                    .where(access.flavor_uuid == uuid)
                    .order_by(access.project_id)
                )
            )
        )

    def add_flavor_access(self, uuid: str, project_id: str) -> None:
        """Let a project use a flavor; once more changes nothing.

        :raises moganclient.service.exceptions.FlavorNotFound: there is no
            such flavor
        """
        statement = sa.insert(models.FlavorAccess).values(
            flavor_uuid=uuid, project_id=project_id
        )
        try:
            self.change(statement)
        except exc.IntegrityError:
            if not self.has_flavor_access(uuid, project_id):
                raise exceptions.FlavorNotFound(
                    f'There is no flavor "{uuid}".'
                ) from None

    def remove_flavor_access(self, uuid: str, project_id: str) -> bool:
        """Let a project use a flavor no more; False where it might not."""
        access = models.FlavorAccess
        statement = sa.delete(access).where(
            access.flavor_uuid == uuid, access.project_id == project_id
        )
        return self.change(statement) == 1

    def has_flavor_access(self, uuid: str, project_id: str) -> bool:
        """Whether a project was let use a flavor."""
        return self.read(
            lambda session: (
                session.get(models.FlavorAccess, (uuid, project_id))
                is not None
            )
        )
