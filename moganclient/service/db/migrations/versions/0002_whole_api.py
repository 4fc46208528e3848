"""Keypairs, aggregates, server groups, flavor access; servers that are built.

The tables are written out: a migration must not change when models.py does.
Every server that there is was taken over, and protected with it.

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-23
"""

from __future__ import annotations

from typing import Any

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

_OPTIONS: dict[str, Any] = {
    'mysql_engine': 'InnoDB',
    'mysql_charset': 'utf8mb4',
    'mysql_collate': 'utf8mb4_bin',
    'mariadb_engine': 'InnoDB',
    'mariadb_charset': 'utf8mb4',
    'mariadb_collate': 'utf8mb4_bin',
}

#: Columns of servers that are new.
_SERVER_TEXTS = {
    'locked_by': 16,
    'key_name': 255,
    'affinity_zone': 255,
    'group_uuid': 36,
    'power_target': 32,
}


def _id() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    return sa.Column('id', kind, nullable=False)


def _text(name: str, length: int, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _json(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _add(table: str, values: dict[str, Any]) -> None:
    """Add columns that the rows there are get these values of.

    Flags and JSON.  The values are written into the rows, not defaults of
    the columns: not every database has those for JSON, and what a default
    looks like is told in another way by each.
    """
    kinds = {
        name: sa.Boolean() if isinstance(value, bool) else sa.JSON()
        for name, value in values.items()
    }
    with op.batch_alter_table(table) as batch:
        for name, kind in kinds.items():
            batch.add_column(sa.Column(name, kind, nullable=True))
    rows = sa.table(table, *(sa.column(*column) for column in kinds.items()))
    op.execute(rows.update().values(values))
    with op.batch_alter_table(table) as batch:
        for name, kind in kinds.items():
            batch.alter_column(name, existing_type=kind, nullable=False)


def _time(name: str, nullable: bool = True) -> sa.Column[Any]:
    kind = sa.DateTime().with_variant(
        mysql.DATETIME(fsp=6), 'mysql', 'mariadb'
    )
    return sa.Column(name, kind, nullable=nullable)


def _times() -> list[sa.Column[Any]]:
    return [_time('created_at', nullable=False), _time('updated_at')]


def upgrade() -> None:
    """Add what the whole of the API needs."""
    _create_keypairs()
    _create_aggregates()
    _create_groups()
    _add('flavors', {'traits': []})
    op.create_table(
        'flavor_access',
        _text('flavor_uuid', 36, nullable=False),
        _text('project_id', 255, nullable=False),
        sa.PrimaryKeyConstraint(
            'flavor_uuid', 'project_id', name='pk_flavor_access'
        ),
        sa.ForeignKeyConstraint(
            ['flavor_uuid'],
            ['flavors.uuid'],
            name='fk_flavor_access_flavor_uuid',
            ondelete='CASCADE',
        ),
        **_OPTIONS,
    )
    _add('server_ports', {'created': False, 'attached': False})
    _alter_servers()


def _create_keypairs() -> None:
    op.create_table(
        'keypairs',
        _id(),
        _text('user_id', 64, nullable=False),
        _text('name', 255, nullable=False),
        _text('type', 16, nullable=False),
        _text('fingerprint', 255, nullable=False),
        sa.Column('public_key', sa.Text(), nullable=False),
        *_times(),
        sa.PrimaryKeyConstraint('id', name='pk_keypairs'),
        sa.UniqueConstraint(
            'user_id', 'name', name='uq_keypairs_user_id_name'
        ),
        **_OPTIONS,
    )


def _create_aggregates() -> None:
    op.create_table(
        'aggregates',
        _id(),
        _text('uuid', 36, nullable=False),
        _text('name', 255, nullable=False),
        _json('metadata'),
        *_times(),
        sa.PrimaryKeyConstraint('id', name='pk_aggregates'),
        sa.UniqueConstraint('uuid', name='uq_aggregates_uuid'),
        sa.UniqueConstraint('name', name='uq_aggregates_name'),
        **_OPTIONS,
    )
    op.create_table(
        'aggregate_nodes',
        _text('aggregate_uuid', 36, nullable=False),
        _text('node_uuid', 36, nullable=False),
        _text('node_name', 255),
        sa.PrimaryKeyConstraint(
            'aggregate_uuid', 'node_uuid', name='pk_aggregate_nodes'
        ),
        sa.ForeignKeyConstraint(
            ['aggregate_uuid'],
            ['aggregates.uuid'],
            name='fk_aggregate_nodes_aggregate_uuid',
            ondelete='CASCADE',
        ),
        **_OPTIONS,
    )


def _create_groups() -> None:
    op.create_table(
        'server_groups',
        _id(),
        _text('uuid', 36, nullable=False),
        _text('name', 255, nullable=False),
        _json('policies'),
        _text('project_id', 255, nullable=False),
        _text('user_id', 255),
        *_times(),
        sa.PrimaryKeyConstraint('id', name='pk_server_groups'),
        sa.UniqueConstraint('uuid', name='uq_server_groups_uuid'),
        **_OPTIONS,
    )
    op.create_index(
        'ix_server_groups_project_id', 'server_groups', ['project_id']
    )


def _alter_servers() -> None:
    with op.batch_alter_table('servers') as batch:
        for name in ('node_uuid', 'flavor_uuid'):
            batch.alter_column(
                name, existing_type=sa.String(36), nullable=True
            )
        for name, length in _SERVER_TEXTS.items():
            batch.add_column(_text(name, length))
        batch.add_column(_json('fault', nullable=True))
        batch.add_column(_json('plan', nullable=True))
    _add('servers', {'adopted': True, 'protected': True, 'partitions': {}})
    with op.batch_alter_table('servers') as batch:
        batch.create_foreign_key(
            'fk_servers_group_uuid',
            'server_groups',
            ['group_uuid'],
            ['uuid'],
            ondelete='SET NULL',
        )
    op.create_index('ix_servers_group_uuid', 'servers', ['group_uuid'])


def downgrade() -> None:
    """Drop what is new; servers that were built cannot be kept."""
    servers = sa.table('servers', sa.column('adopted', sa.Boolean()))
    op.execute(servers.delete().where(servers.c.adopted == sa.false()))
    for name in ('node_uuid', 'flavor_uuid'):
        incomplete = sa.table('servers', sa.column(name, sa.String(36)))
        op.execute(incomplete.delete().where(incomplete.c[name].is_(None)))
    with op.batch_alter_table('servers') as batch:
        batch.drop_constraint('fk_servers_group_uuid', type_='foreignkey')
        batch.drop_index('ix_servers_group_uuid')
        for name in (
            *_SERVER_TEXTS,
            'partitions',
            'fault',
            'plan',
            'adopted',
            'protected',
        ):
            batch.drop_column(name)
        for name in ('node_uuid', 'flavor_uuid'):
            batch.alter_column(
                name, existing_type=sa.String(36), nullable=False
            )
    with op.batch_alter_table('server_ports') as batch:
        batch.drop_column('created')
        batch.drop_column('attached')
    with op.batch_alter_table('flavors') as batch:
        batch.drop_column('traits')
    for table in (
        'flavor_access',
        'server_groups',
        'aggregate_nodes',
        'aggregates',
        'keypairs',
    ):
        op.drop_table(table)
