"""Which flow is at work on a server, and whose it is.

Each change is one UPDATE or DELETE with a condition; the count of rows says
who won.
"""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping
import datetime
from typing import Any

import sqlalchemy as sa

from moganclient.service.db import models
from moganclient.service.db import store


#: Servers in one UPDATE, each with its UUID and its owner.
_CHUNK = 400


class Flows(store.Store):
    """The part of the database that knows flows."""

    def forget_server(self, uuid: str, owner: str) -> bool:
        """Delete a server and its ports.

        :param owner: the flow's owner; False where it is another's
        """
        statement = sa.delete(models.Server).where(
            models.Server.uuid == uuid, models.Server.flow_owner == owner
        )
        return self.change(statement) == 1

    def begin_flow(
        self,
        uuid: str,
        *,
        flow: str,
        status: str,
        owner: str,
        lease_until: float,
        from_statuses: Collection[str],
        request_id: str | None,
        unchanged: datetime.datetime | None = None,
    ) -> bool:
        """Begin a flow on a server that none is at work on.

        :param lease_until: seconds since 1970
        :param from_statuses: the statuses that it may begin in
        :param unchanged: only where this is ``updated_at``: nobody locked it
            since it was read
        :returns: False where another flow is at work, the status is another,
            it has changed or there is no such server
        """
        server = models.Server
        conditions: list[sa.ColumnElement[bool]] = [
            server.uuid == uuid,
            server.flow.is_(None),
            server.status.in_(list(from_statuses)),
        ]
        now = models.utcnow()
        if unchanged is not None:
            conditions.append(server.updated_at == unchanged)
            # The next who compares must see a change.
            tick = datetime.timedelta(microseconds=1)
            now = max(now, unchanged + tick)
        return self._update(
            conditions,
            {
                'flow': flow,
                'flow_undo': False,
                'flow_step': None,
                'flow_owner': owner,
                'flow_lease': lease_until,
                'status': status,
                'request_id': request_id,
                'updated_at': now,
            },
        )

    def list_flows(self) -> list[models.Server]:
        """The servers that a flow is at work on, or was when it died."""
        return self.read(
            lambda session: list(
                session.scalars(
                    sa.select(models.Server)
                    .where(models.Server.flow.is_not(None))
                    .order_by(models.Server.id)
                )
            )
        )

    def take_flow(
        self,
        uuid: str,
        *,
        old_owner: str | None,
        old_lease: float | None,
        owner: str,
        lease_until: float,
    ) -> bool:
        """Take a flow over from its owner.

        :param old_owner: and ``old_lease``: as they were seen
        :returns: False where they are others by now
        """
        server = models.Server
        return self._update(
            [
                server.uuid == uuid,
                server.flow.is_not(None),
                server.flow_owner.is_(None)
                if old_owner is None
                else server.flow_owner == old_owner,
                server.flow_lease.is_(None)
                if old_lease is None
                else server.flow_lease == old_lease,
            ],
            {'flow_owner': owner, 'flow_lease': lease_until},
        )

    def renew_flows(
        self, owners: Mapping[str, str], lease_until: float
    ) -> int:
        """Renew leases; those of flows that are another's stay as they are.

        One UPDATE, whatever their number (in chunks).

        :param owners: UUIDs of servers to the owners of their flows
        :param lease_until: seconds since 1970
        :returns: how many were renewed
        """
        server = models.Server
        renewed = 0
        # In order: two who write the same rows do not wait for each other.
        uuids = sorted(owners)
        for start in range(0, len(uuids), _CHUNK):
            chunk = uuids[start : start + _CHUNK]
            renewed += self.change(
                sa.update(server)
                .where(
                    # Each owner is one flow's; the UUIDs find the rows.
                    server.uuid.in_(chunk),
                    server.flow_owner.in_([owners[uuid] for uuid in chunk]),
                    server.flow.is_not(None),
                )
                .values(flow_lease=lease_until)
            )
        return renewed

    def _update(
        self,
        conditions: list[sa.ColumnElement[bool]],
        values: dict[str, Any],
    ) -> bool:
        statement = sa.update(models.Server).where(*conditions).values(values)
        return self.change(statement) == 1
