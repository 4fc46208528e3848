"""Run by alembic; :mod:`moganclient.service.db.migration` is who calls it.

The connection is handed in, in its transaction and with the lock held.
"""

from __future__ import annotations

from alembic import context

from moganclient.service.db import migration
from moganclient.service.db import models

connection = context.config.attributes['connection']
context.configure(
    connection=connection,
    target_metadata=models.Base.metadata,
    version_table=migration.VERSION_TABLE,
    # SQLite changes a table by making a new one.
    render_as_batch=connection.dialect.name == 'sqlite',
    compare_type=True,
    # With our own BEGIN, SQLite takes back what changes a table, too.
    transactional_ddl=connection.dialect.name in ('postgresql', 'sqlite'),
)
with context.begin_transaction():
    context.run_migrations()
