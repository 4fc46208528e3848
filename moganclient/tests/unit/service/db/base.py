"""What the tests of the database have in common."""

import uuid

import sqlalchemy as sa
from sqlalchemy import event

from moganclient.service.db import models
from moganclient.tests import database


def new_uuid():
    return str(uuid.uuid4())


def new_flavor(**values):
    return models.Flavor(
        **{
            'uuid': new_uuid(),
            'name': f'flavor-{new_uuid()}',
            'resources': {'baremetal.gold': 1},
            **values,
        }
    )


def new_port(**values):
    return models.ServerPort(**{'port_id': new_uuid(), **values})


def new_server(flavor_uuid, **values):
    return models.Server(
        **{
            'uuid': new_uuid(),
            'name': 'db-3',
            'node_uuid': new_uuid(),
            'node_name': 'rack7-u12',
            'flavor_uuid': flavor_uuid,
            'project_id': 'demo',
            'status': 'managing',
            **values,
        }
    )


def new_keypair(**values):
    return models.Keypair(
        **{
            'user_id': 'someone',
            'name': 'mine',
            'type': 'ssh',
            'fingerprint': '00:11',
            'public_key': 'ssh-ed25519 AAAA',
            **values,
        }
    )


def new_aggregate(**values):
    return models.Aggregate(
        **{
            'uuid': new_uuid(),
            'name': f'aggregate-{new_uuid()}',
            'meta': {},
            **values,
        }
    )


def new_group(**values):
    return models.ServerGroup(
        **{
            'uuid': new_uuid(),
            'name': 'group',
            'policies': ['anti-affinity'],
            'project_id': 'demo',
            'user_id': 'someone',
            **values,
        }
    )


class Base:
    """A mixin: ``db`` is a fresh database of the class's ``backend``."""

    backend: str

    def setUp(self):
        super().setUp()
        self.fresh = self.useFixture(database.Fresh(self.backend))
        self.db = self.fresh.open()

    def flavor(self, **values):
        return self.db.create_flavor(new_flavor(**values))

    def server(self, **values):
        """A server that is stored; with a flavor of its own if need be."""
        if 'flavor_uuid' not in values:
            values['flavor_uuid'] = self.flavor().uuid
        return self.db.reserve_server(new_server(**values))

    def servers(self, count, **values):
        flavor = self.flavor()
        return [
            self.server(flavor_uuid=flavor.uuid, **values)
            for _ in range(count)
        ]

    def statements(self, work):
        """What a piece of work executes, transactions aside."""
        seen = []

        def listen(connection, cursor, statement, parameters, context, many):
            if not statement.startswith(('BEGIN', 'SET', 'PRAGMA')):
                seen.append(statement)

        event.listen(self.db.engine, 'before_cursor_execute', listen)
        try:
            work()
        finally:
            event.remove(self.db.engine, 'before_cursor_execute', listen)
        return seen


def columns(row):
    """The values of all columns of a row, by attribute."""
    return {
        attribute.key: getattr(row, attribute.key)
        for attribute in sa.inspect(type(row)).column_attrs
    }
