"""The memory of the static driver, and leases on what one process does."""

from __future__ import annotations

import json
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy import orm

from moganclient.service.db import models
from moganclient.service.db import store

#: Values in one IN.
_CHUNK = 900

#: Seconds after which a lease that is over says nothing any more.
_FORGOTTEN = 86400.0


class Leases(store.Store):
    """The part of the database that knows leases."""

    def take_lease(self, name: str, owner: str, seconds: float) -> bool:
        """Take a lease that is free, over, or this owner's already.

        Clocks of the replicas should agree to within a few seconds.

        :param name: what it is on
        :param seconds: for how long from now
        :returns: False where another has it
        """
        now = time.time()
        lease = models.Lease
        statement = (
            sa.update(lease)
            .where(
                lease.name == name,
                sa.or_(lease.owner == owner, lease.until < now),
            )
            .values(owner=owner, until=now + seconds)
        )

        def take(session: orm.Session) -> bool:
            if store.touched(session, statement):
                return True
            if session.get(lease, name) is not None:
                return False
            session.add(lease(name=name, owner=owner, until=now + seconds))
            session.flush()
            return True

        try:
            return self.write(take)
        except exc.IntegrityError:
            # Somebody else was quicker with the very first one.
            return False

    def drop_lease(self, name: str, owner: str) -> None:
        """Give a lease back; nothing happens where it is another's.

        Those that have long been over go with it: who had them died, and on
        what they were may be gone.
        """
        lease = models.Lease
        mine = sa.and_(lease.name == name, lease.owner == owner)
        forgotten = lease.until < time.time() - _FORGOTTEN
        self.change(sa.delete(lease).where(sa.or_(mine, forgotten)))


class ClaimStore:
    """A :class:`moganclient.service.drivers.base.ClaimStore` in a table."""

    def __init__(self, database: store.Store) -> None:
        self._database = database

    def get_many(
        self, kind: str, keys: list[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """The values of these keys (all of the kind for None)."""
        claim = models.Claim
        select = sa.select(claim.key, claim.value).where(claim.kind == kind)

        def look(connection: sa.Connection) -> dict[str, dict[str, Any]]:
            if keys is None:
                rows = connection.execute(select).all()
            else:
                rows = []
                for start in range(0, len(keys), _CHUNK):
                    chunk = keys[start : start + _CHUNK]
                    rows += connection.execute(
                        select.where(claim.key.in_(chunk))
                    ).all()
            return {row.key: json.loads(row.value) for row in rows}

        return {} if keys == [] else self._database.look(look)

    def swap(
        self,
        kind: str,
        key: str,
        old: dict[str, Any] | None,
        new: dict[str, Any] | None,
    ) -> bool:
        """Put ``new`` for ``old`` (None: absent); False if it was not so."""
        if old is None and new is None:
            return not self.get_many(kind, [key])
        if old is None:
            return self._insert(kind, key, new)
        claim = models.Claim
        here = (
            claim.kind == kind,
            claim.key == key,
            claim.value == _canonical(old),
        )
        statement: sa.Delete | sa.Update
        if new is None:
            statement = sa.delete(claim).where(*here)
        else:
            statement = (
                sa.update(claim).where(*here).values(value=_canonical(new))
            )
        return self._database.change(statement) == 1

    def _insert(self, kind: str, key: str, new: Any) -> bool:
        statement = sa.insert(models.Claim).values(
            kind=kind, key=key, value=_canonical(new)
        )
        try:
            self._database.change(statement)
        except exc.IntegrityError:
            return False
        return True


def _canonical(value: Any) -> str:
    """JSON in which equal values are equal texts."""
    return json.dumps(value, sort_keys=True, separators=(',', ':'))
