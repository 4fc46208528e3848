"""Servers, flavors, and the memory of the static driver.

The tables are written out: a migration must not change when models.py does.

Revision ID: 0001
Revises:
Create Date: 2026-11-23
"""

from __future__ import annotations

from typing import Any

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

revision = '0001'
down_revision = None
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


def _id() -> sa.Column[int]:
    kind = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
    return sa.Column('id', kind, nullable=False)


def _text(name: str, length: int, nullable: bool = True) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), nullable=nullable)


def _json(name: str, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _time(name: str, nullable: bool = True) -> sa.Column[Any]:
    kind = sa.DateTime().with_variant(
        mysql.DATETIME(fsp=6), 'mysql', 'mariadb'
    )
    return sa.Column(name, kind, nullable=nullable)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        'flavors',
        _id(),
        _text('uuid', 36, nullable=False),
        _text('name', 255, nullable=False),
        _text('description', 255),
        _json('resources'),
        _json('resource_aggregates'),
        sa.Column('is_public', sa.Boolean(), nullable=False),
        sa.Column('disabled', sa.Boolean(), nullable=False),
        _time('created_at', nullable=False),
        _time('updated_at'),
        sa.PrimaryKeyConstraint('id', name='pk_flavors'),
        sa.UniqueConstraint('uuid', name='uq_flavors_uuid'),
        sa.UniqueConstraint('name', name='uq_flavors_name'),
        **_OPTIONS,
    )
    op.create_table(
        'servers',
        _id(),
        _text('uuid', 36, nullable=False),
        _text('name', 255, nullable=False),
        _text('description', 255),
        _text('node_uuid', 36, nullable=False),
        _text('node_name', 255),
        _text('flavor_uuid', 36, nullable=False),
        _text('image_uuid', 36),
        _text('availability_zone', 255),
        _text('project_id', 255, nullable=False),
        _text('user_id', 255),
        _text('status', 32, nullable=False),
        _text('power_state', 32),
        _json('addresses'),
        _json('metadata'),
        _json('system_metadata'),
        _time('created_at', nullable=False),
        _time('updated_at', nullable=False),
        _time('launched_at'),
        _text('flow', 32),
        sa.Column('flow_undo', sa.Boolean(), nullable=False),
        _text('flow_step', 64),
        _text('flow_owner', 255),
        sa.Column('flow_lease', sa.Double(), nullable=True),
        _json('node_before', nullable=True),
        _text('request_id', 255),
        sa.PrimaryKeyConstraint('id', name='pk_servers'),
        sa.UniqueConstraint('uuid', name='uq_servers_uuid'),
        sa.UniqueConstraint('node_uuid', name='uq_servers_node_uuid'),
        sa.ForeignKeyConstraint(
            ['flavor_uuid'],
            ['flavors.uuid'],
            name='fk_servers_flavor_uuid',
            ondelete='RESTRICT',
        ),
        **_OPTIONS,
    )
    for column in ('name', 'flavor_uuid', 'project_id', 'flow'):
        op.create_index(f'ix_servers_{column}', 'servers', [column])
    op.create_table(
        'server_ports',
        _id(),
        _text('server_uuid', 36, nullable=False),
        _text('port_id', 36, nullable=False),
        _text('mac_address', 64),
        _text('network_id', 36),
        _json('before', nullable=True),
        sa.PrimaryKeyConstraint('id', name='pk_server_ports'),
        sa.UniqueConstraint('port_id', name='uq_server_ports_port_id'),
        sa.ForeignKeyConstraint(
            ['server_uuid'],
            ['servers.uuid'],
            name='fk_server_ports_server_uuid',
            ondelete='CASCADE',
        ),
        **_OPTIONS,
    )
    op.create_index(
        'ix_server_ports_server_uuid', 'server_ports', ['server_uuid']
    )
    op.create_table(
        'claims',
        _text('kind', 64, nullable=False),
        _text('key', 255, nullable=False),
        sa.Column('value', sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint('kind', 'key', name='pk_claims'),
        **_OPTIONS,
    )
    op.create_table(
        'leases',
        _text('name', 255, nullable=False),
        _text('owner', 255, nullable=False),
        sa.Column('until', sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint('name', name='pk_leases'),
        **_OPTIONS,
    )


def downgrade() -> None:
    """Drop the tables; they forget who has which machine."""
    for table in ('leases', 'claims', 'server_ports', 'servers', 'flavors'):
        op.drop_table(table)
