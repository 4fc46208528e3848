"""The tables: servers, flavors, keypairs, aggregates, claims and leases.

Objects are handed out detached and fully loaded; change a row through
:mod:`moganclient.service.db.api`, not through an object.  Times are naive and
UTC.  On MariaDB every table compares bytes (``utf8mb4_bin``): names are case
sensitive on every database.
"""

from __future__ import annotations

import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm

from moganclient.service.db import columns


class Base(orm.DeclarativeBase):
    """Names every constraint, so that migrations can name them too."""

    metadata = sa.MetaData(
        naming_convention={
            'ix': 'ix_%(table_name)s_%(column_0_N_name)s',
            'uq': 'uq_%(table_name)s_%(column_0_N_name)s',
            'ck': 'ck_%(table_name)s_%(constraint_name)s',
            'fk': 'fk_%(table_name)s_%(column_0_N_name)s',
            'pk': 'pk_%(table_name)s',
        }
    )
    __table_args__: Any = columns.TABLE_ARGS


def utcnow() -> datetime.datetime:
    """The time now as the tables hold it: UTC, naive, with microseconds."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)


class Dated:
    """When a row was made and, if ever, changed."""

    created_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        columns.TIME, default=utcnow
    )
    updated_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        columns.TIME
    )


class Flavor(Dated, Base):
    """What a server asks of a node: a resource class and a count."""

    __tablename__ = 'flavors'

    id: orm.Mapped[int] = orm.mapped_column(columns.ID, primary_key=True)
    uuid: orm.Mapped[str] = orm.mapped_column(columns.UUID, unique=True)
    name: orm.Mapped[str] = orm.mapped_column(columns.NAME, unique=True)
    description: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    #: Resource class to count, as it was written.
    resources: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        sa.JSON(), default=dict
    )
    resource_aggregates: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        sa.JSON(), default=dict
    )
    #: Traits that the node must have, a list of names.
    traits: orm.Mapped[list[str]] = orm.mapped_column(sa.JSON(), default=list)
    is_public: orm.Mapped[bool] = orm.mapped_column(default=True)
    disabled: orm.Mapped[bool] = orm.mapped_column(default=False)


class FlavorAccess(Base):
    """A project that may use a flavor which is not public."""

    __tablename__ = 'flavor_access'

    flavor_uuid: orm.Mapped[str] = orm.mapped_column(
        columns.UUID,
        sa.ForeignKey('flavors.uuid', ondelete='CASCADE'),
        primary_key=True,
    )
    project_id: orm.Mapped[str] = orm.mapped_column(
        columns.NAME, primary_key=True
    )


class Keypair(Dated, Base):
    """A public key of a user; the private one is never here."""

    __tablename__ = 'keypairs'
    __table_args__ = (
        sa.UniqueConstraint('user_id', 'name'),
        columns.TABLE_ARGS,
    )

    id: orm.Mapped[int] = orm.mapped_column(columns.ID, primary_key=True)
    #: Whose; a user's id, or the word for nobody where nobody logs in.
    user_id: orm.Mapped[str] = orm.mapped_column(sa.String(64))
    name: orm.Mapped[str] = orm.mapped_column(columns.NAME)
    #: ``ssh`` or ``x509``.
    type: orm.Mapped[str] = orm.mapped_column(sa.String(16))
    fingerprint: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    public_key: orm.Mapped[str] = orm.mapped_column(sa.Text())


class Aggregate(Dated, Base):
    """Nodes that have something in common, such as a zone."""

    __tablename__ = 'aggregates'

    id: orm.Mapped[int] = orm.mapped_column(columns.ID, primary_key=True)
    uuid: orm.Mapped[str] = orm.mapped_column(columns.UUID, unique=True)
    name: orm.Mapped[str] = orm.mapped_column(columns.NAME, unique=True)
    #: ``availability_zone``, ``affinity_zone`` and what people like.
    meta: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        'metadata', sa.JSON(), default=dict
    )


class AggregateNode(Base):
    """A node that is in an aggregate."""

    __tablename__ = 'aggregate_nodes'

    aggregate_uuid: orm.Mapped[str] = orm.mapped_column(
        columns.UUID,
        sa.ForeignKey('aggregates.uuid', ondelete='CASCADE'),
        primary_key=True,
    )
    node_uuid: orm.Mapped[str] = orm.mapped_column(
        columns.UUID, primary_key=True
    )
    #: As it was when the node was added; None where it had none.
    node_name: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))


class ServerGroup(Dated, Base):
    """Servers that are to be near to, or far from, each other."""

    __tablename__ = 'server_groups'

    id: orm.Mapped[int] = orm.mapped_column(columns.ID, primary_key=True)
    uuid: orm.Mapped[str] = orm.mapped_column(columns.UUID, unique=True)
    name: orm.Mapped[str] = orm.mapped_column(columns.NAME)
    #: ``affinity`` or ``anti-affinity``, or none at all.
    policies: orm.Mapped[list[str]] = orm.mapped_column(
        sa.JSON(), default=list
    )
    project_id: orm.Mapped[str] = orm.mapped_column(columns.NAME, index=True)
    user_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))


class ServerPort(Base):
    """A network port that a server has; no two servers have the same."""

    __tablename__ = 'server_ports'

    id: orm.Mapped[int] = orm.mapped_column(columns.ID, primary_key=True)
    server_uuid: orm.Mapped[str] = orm.mapped_column(
        columns.UUID,
        sa.ForeignKey('servers.uuid', ondelete='CASCADE'),
        index=True,
    )
    port_id: orm.Mapped[str] = orm.mapped_column(columns.UUID, unique=True)
    mac_address: orm.Mapped[str | None] = orm.mapped_column(sa.String(64))
    network_id: orm.Mapped[str | None] = orm.mapped_column(columns.UUID)
    #: What the port said before it was bound: device and binding fields,
    #: revision.
    before: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(columns.JSON)
    #: Made by this service, and deleted with the server.
    created: orm.Mapped[bool] = orm.mapped_column(default=False)
    #: Attached to the node by this service.
    attached: orm.Mapped[bool] = orm.mapped_column(default=False)


class Server(Base):
    """A machine that was taken over or built, or is on its way there."""

    __tablename__ = 'servers'

    #: Counts up; the order of a list that is not sorted.
    id: orm.Mapped[int] = orm.mapped_column(columns.ID, primary_key=True)
    uuid: orm.Mapped[str] = orm.mapped_column(columns.UUID, unique=True)
    name: orm.Mapped[str] = orm.mapped_column(columns.NAME, index=True)
    description: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    #: Unique: a node has one server at most.  None until one was found.
    node_uuid: orm.Mapped[str | None] = orm.mapped_column(
        columns.UUID, unique=True
    )
    node_name: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    #: A flavor that a server has cannot be deleted.  None where it was taken
    #: over in the retired API's way, which knew none.
    flavor_uuid: orm.Mapped[str | None] = orm.mapped_column(
        columns.UUID,
        sa.ForeignKey('flavors.uuid', ondelete='RESTRICT'),
        index=True,
    )
    image_uuid: orm.Mapped[str | None] = orm.mapped_column(columns.UUID)
    availability_zone: orm.Mapped[str | None] = orm.mapped_column(
        sa.String(255)
    )
    project_id: orm.Mapped[str] = orm.mapped_column(columns.NAME, index=True)
    user_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    #: ``managing``, ``active``, ``stopped``, ``detached``, ``unmanaging``,
    #: ``building``, ``rebuilding``, ``deleting``, ``error``, ``powering-on``,
    #: ``powering-off``, ``rebooting``.
    status: orm.Mapped[str] = orm.mapped_column(sa.String(32))
    power_state: orm.Mapped[str | None] = orm.mapped_column(sa.String(32))
    addresses: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        sa.JSON(), default=dict
    )
    #: ``metadata`` in the API and in the table; the name is SQLAlchemy's.
    meta: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        'metadata', sa.JSON(), default=dict
    )
    system_metadata: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        sa.JSON(), default=dict
    )
    #: Taken over, and not built by this service.
    adopted: orm.Mapped[bool] = orm.mapped_column(default=True)
    #: Neither deleted nor rebuilt before somebody unprotects it.
    protected: orm.Mapped[bool] = orm.mapped_column(default=True)
    #: Who locked it: ``owner``, ``admin``, or None for nobody.
    locked_by: orm.Mapped[str | None] = orm.mapped_column(sa.String(16))
    #: The name of the keypair that it was built with.
    key_name: orm.Mapped[str | None] = orm.mapped_column(columns.NAME)
    #: ``root_gb``, ``swap_mb``, ``ephemeral_gb`` that it was built with.
    partitions: orm.Mapped[dict[str, Any]] = orm.mapped_column(
        sa.JSON(), default=dict
    )
    affinity_zone: orm.Mapped[str | None] = orm.mapped_column(columns.NAME)
    group_uuid: orm.Mapped[str | None] = orm.mapped_column(
        columns.UUID,
        sa.ForeignKey('server_groups.uuid', ondelete='SET NULL'),
        index=True,
    )
    #: What went wrong last: ``code``, ``message``, ``detail``.
    fault: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(columns.JSON)
    #: What a build or rebuild was asked for; erased when that is done.
    #: With user data and files it can be megabytes: ``get_server`` and
    #: ``list_powering`` load it, and to read it elsewhere is an error.
    plan: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(
        columns.JSON, deferred=True, deferred_raiseload=True
    )
    #: The power action that the driver was told and still works on.
    power_target: orm.Mapped[str | None] = orm.mapped_column(sa.String(32))
    created_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        columns.TIME, default=utcnow
    )
    #: Set from the start: ``update_server(unchanged=...)`` compares it.
    updated_at: orm.Mapped[datetime.datetime] = orm.mapped_column(
        columns.TIME, default=utcnow
    )
    launched_at: orm.Mapped[datetime.datetime | None] = orm.mapped_column(
        columns.TIME
    )
    #: The flow that is at work on it: ``manage``, ``unmanage``, ``build``,
    #: ``rebuild``, ``delete`` or None.
    flow: orm.Mapped[str | None] = orm.mapped_column(sa.String(32), index=True)
    #: The flow is taking back what it did.
    flow_undo: orm.Mapped[bool] = orm.mapped_column(default=False)
    #: The step that was begun last; written before the step acts.
    flow_step: orm.Mapped[str | None] = orm.mapped_column(sa.String(64))
    #: The process that runs the flow, and until when (seconds since 1970)
    #: nobody else may take it over.
    flow_owner: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))
    flow_lease: orm.Mapped[float | None] = orm.mapped_column(sa.Double())
    #: What the node said before: ``protected``, ``protected_reason``.
    node_before: orm.Mapped[dict[str, Any] | None] = orm.mapped_column(
        columns.JSON
    )
    #: Of the request that began the flow.
    request_id: orm.Mapped[str | None] = orm.mapped_column(sa.String(255))

    ports: orm.Mapped[list[ServerPort]] = orm.relationship(
        order_by=ServerPort.id,
        lazy='selectin',
        cascade='all, delete-orphan',
        passive_deletes=True,
    )


class Claim(Base):
    """A JSON value under a key: the memory of the static driver."""

    __tablename__ = 'claims'

    kind: orm.Mapped[str] = orm.mapped_column(sa.String(64), primary_key=True)
    key: orm.Mapped[str] = orm.mapped_column(columns.NAME, primary_key=True)
    #: JSON with sorted keys: equal values are equal texts, so that a swap
    #: is one UPDATE on every database (PostgreSQL's json has no "=").
    value: orm.Mapped[str] = orm.mapped_column(sa.Text())


class Lease(Base):
    """Something that one process at a time does, such as recovery."""

    __tablename__ = 'leases'

    name: orm.Mapped[str] = orm.mapped_column(columns.NAME, primary_key=True)
    owner: orm.Mapped[str] = orm.mapped_column(sa.String(255))
    #: Seconds since 1970.
    until: orm.Mapped[float] = orm.mapped_column(sa.Double())
