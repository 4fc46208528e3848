"""Many machines alike, for tests to use up and for benchmarks.

One is enrolled, given a VIF and adopted as people do it, which takes Ironic
and Neutron some seconds.  The others are copies of its rows in their
databases: what the APIs show of them is the same.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import contextlib
import ipaddress
import pathlib
import sqlite3
from typing import Any
import uuid

from moganclient.tests.functional.cloud import config

#: Where the addresses of the copies begin, in the network of the machines.
_FIRST_ADDRESS = ipaddress.ip_address('10.99.128.0')

Row = dict[str, Any]


@contextlib.contextmanager
def of(
    layout: config.Layout, machine: dict[str, Any]
) -> Iterator[Callable[[str, int], dict[str, Any]]]:
    """What makes copies of a machine with one NIC and one VIF.

    Called with the name of a copy and a number that no other has, it returns
    what the seeding knows of a machine.  They are there when this ends.

    :param layout: where the databases are
    :param machine: what the seeding knows of the original
    """
    with (
        _Database(layout.database('ironic')) as ironic,
        _Database(layout.database('neutron')) as neutron,
    ):
        node = ironic.row('nodes', 'uuid', machine['uuid'])
        nic = ironic.row('ports', 'node_id', node['id'])
        port = _Port(neutron, machine['vifs'][0])

        def copy(name: str, number: int) -> dict[str, Any]:
            node_uuid, vif = _uuid(), _uuid()
            mac = f'52:55:00:00:{number >> 8:02x}:{number % 256:02x}'
            node_id = ironic.add('nodes', node, uuid=node_uuid, name=name)
            ironic.add(
                'ports',
                nic,
                uuid=_uuid(),
                node_id=node_id,
                address=mac,
                internal_info=nic['internal_info'].replace(port.id, vif),
            )
            port.copy(
                vif, f'{name}-vif0', node_uuid, mac, _FIRST_ADDRESS + number
            )
            return {
                'uuid': node_uuid,
                'name': name,
                'nics': [mac],
                'vifs': [vif],
            }

        yield copy


def _uuid() -> str:
    return str(uuid.uuid4())


class _Database:
    """An SQLite file that a service has open; one transaction."""

    def __init__(self, path: pathlib.Path) -> None:
        self._connection = sqlite3.connect(path, timeout=60)
        self._connection.row_factory = sqlite3.Row

    def __enter__(self) -> _Database:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        with contextlib.closing(self._connection):
            if kind is None:
                self._connection.commit()

    def row(self, table: str, column: str, value: object) -> Row:
        """The one row with a value."""
        (row,) = self._connection.execute(
            f'SELECT * FROM {table} WHERE {column} = ?', (value,)
        )
        return dict(row)

    def tables_with(self, column: str) -> Iterator[str]:
        """Names of the tables that have a column."""
        for (table,) in self._connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table'"
        ).fetchall():
            info = self._connection.execute(f'PRAGMA table_info({table})')
            if column in [one['name'] for one in info]:
                yield table

    def rows(self, table: str, column: str, value: object) -> list[Row]:
        """The rows with a value."""
        found = self._connection.execute(
            f'SELECT * FROM {table} WHERE {column} = ?', (value,)
        )
        return [dict(row) for row in found]

    def add(self, table: str, row: Row, **changed: object) -> int:
        """Insert a copy of a row; its number is a new one."""
        values = row | changed
        if 'id' not in changed:
            values.pop('id', None)
        names = ', '.join(f'"{name}"' for name in values)
        marks = ', '.join('?' for _ in values)
        cursor = self._connection.execute(
            f'INSERT INTO {table} ({names}) VALUES ({marks})',
            list(values.values()),
        )
        assert cursor.lastrowid
        return cursor.lastrowid


class _Port:
    """A Neutron port, in all the tables that know of it."""

    def __init__(self, neutron: _Database, port_id: str) -> None:
        self.id = port_id
        self._neutron = neutron
        self._port = neutron.row('ports', 'id', port_id)
        self._attributes = neutron.row(
            'standardattributes', 'id', self._port['standard_attr_id']
        )
        address = neutron.row('ipallocations', 'port_id', port_id)
        self._address = neutron.row(
            'ipamallocations', 'ip_address', address['ip_address']
        )
        self._about = [
            (table, row)
            for table in neutron.tables_with('port_id')
            for row in neutron.rows(table, 'port_id', port_id)
        ]

    def copy(
        self,
        port_id: str,
        name: str,
        host: str,
        mac: str,
        address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    ) -> None:
        """Another one that is bound like it."""
        add = self._neutron.add
        attributes = add('standardattributes', self._attributes)
        add(
            'ports',
            self._port,
            id=port_id,
            name=name,
            mac_address=mac,
            standard_attr_id=attributes,
        )
        add('ipamallocations', self._address, ip_address=str(address))
        changed = {
            'port_id': port_id,
            'host': host,
            'ip_address': str(address),
        }
        for table, row in self._about:
            add(table, row, **{k: v for k, v in changed.items() if k in row})
