"""What the tables are made of: types of columns, options of tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

#: MariaDB's DATETIME drops fractions of a second unless told otherwise.
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), 'mysql', 'mariadb')
#: SQLite counts up by itself in a column of the type INTEGER only.
ID = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
#: None is stored as NULL, not as the JSON value null.
JSON = sa.JSON(none_as_null=True)
UUID = sa.String(36)
NAME = sa.String(255)

TABLE_ARGS: dict[str, Any] = {
    'mysql_engine': 'InnoDB',
    'mysql_charset': 'utf8mb4',
    'mysql_collate': 'utf8mb4_bin',
    'mariadb_engine': 'InnoDB',
    'mariadb_charset': 'utf8mb4',
    'mariadb_collate': 'utf8mb4_bin',
}
