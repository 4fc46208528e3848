"""Keypairs: the public half, by user and name."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import store
from moganclient.service import exceptions


class Keypairs(store.Store):
    """The part of the database that knows keypairs."""

    def create_keypair(self, keypair: models.Keypair) -> models.Keypair:
        """Insert a keypair.

        :param keypair: a new object; it is left as it is
        :returns: the keypair as it was stored
        :raises moganclient.service.exceptions.Conflict: the user has one of
            this name (``code`` is ``keypair_exists``)
        """

        def insert(session: orm.Session) -> models.Keypair:
            copy = models.Keypair(**store.set_values(keypair))
            session.add(copy)
            session.flush()
            return copy

        try:
            return self.write(insert)
        except exc.IntegrityError:
            raise exceptions.Conflict(
                f'The user "{keypair.user_id}" has a keypair of the name '
                f'"{keypair.name}" already; choose another name.',
                code='keypair_exists',
            ) from None

    def list_keypairs(self, user_id: str) -> list[models.Keypair]:
        """A user's keypairs, in the order of creation."""
        return self.read(
            lambda session: list(
                session.scalars(
                    sa.select(models.Keypair)
                    .where(models.Keypair.user_id == user_id)
                    .order_by(models.Keypair.id)
                )
            )
        )

    def get_keypair(self, user_id: str, name: str) -> models.Keypair:
        """One keypair.

        :raises moganclient.service.exceptions.KeypairNotFound: there is none
        """
        found = self.read(
            lambda session: session.scalars(
                sa.select(models.Keypair).where(
                    models.Keypair.user_id == user_id,
                    models.Keypair.name == name,
                )
            ).one_or_none()
        )
        if found is None:
            raise _not_found(user_id, name)
        return found

    def delete_keypair(self, user_id: str, name: str) -> None:
        """Delete a keypair; servers that were built with it keep their key.

        :raises moganclient.service.exceptions.KeypairNotFound: there is none
        """
        gone = self.change(
            sa.delete(models.Keypair).where(
                models.Keypair.user_id == user_id, models.Keypair.name == name
            )
        )
        if not gone:
            raise _not_found(user_id, name)


def _not_found(user_id: str, name: str) -> exceptions.KeypairNotFound:
    return exceptions.KeypairNotFound(
        f'The user "{user_id}" has no keypair "{name}".'
    )
