"""A thousand machines alike, for benchmarks.

One is enrolled, given a VIF and adopted as people do it, which takes Ironic
and Neutron some seconds.  The others are copies of its rows in Ironic's
database, each with a port of its own that Neutron made: what the APIs show is
the same, and all of them are there in a minute.
"""

from __future__ import annotations

import contextlib
import pathlib
import sqlite3
from typing import Any
import uuid

from keystoneauth1 import session

from moganclient.tests.functional.cloud import api as cloud_api
from moganclient.tests.functional.cloud import machines

COUNT = 1000

#: Ports that Neutron is asked for in one request.
_AT_ONCE = 50

Row = dict[str, Any]


def seed(
    api: cloud_api.Api,
    service: session.Session,
    demo: str,
    ironic: pathlib.Path,
    count: int = COUNT,
) -> None:
    """Active nodes ``bulk-0000``, ..., each with a NIC and a VIF.

    :param service: a service's session: binding is not an admin's to do
    :param demo: project that owns the Neutron ports
    :param ironic: Ironic's database
    """
    first = machines.Seeder(api, demo).make(
        machines.Machine('bulk-0000', resource_class='baremetal.bulk'), 0
    )
    (vif,) = first['vifs']
    copies = [str(uuid.uuid4()) for _ in range(1, count)]
    vifs = _create_ports(api, service, vif, copies)
    with contextlib.closing(sqlite3.connect(ironic, timeout=60)) as database:
        database.row_factory = sqlite3.Row
        node = _row(database, 'nodes', 'uuid', first['uuid'])
        nic = _row(database, 'ports', 'node_id', node['id'])
        for number, (copy, port) in enumerate(
            zip(copies, vifs, strict=True), 1
        ):
            node |= {'uuid': copy, 'name': f'bulk-{number:04}'}
            nic |= {
                'uuid': str(uuid.uuid4()),
                'node_id': _insert(database, 'nodes', node),
                'address': _mac(number),
                'internal_info': nic['internal_info'].replace(vif, port),
            }
            _insert(database, 'ports', nic)
            vif = port
        database.commit()


def _mac(number: int) -> str:
    return f'52:55:00:00:{number >> 8:02x}:{number % 256:02x}'


def _create_ports(
    api: cloud_api.Api,
    service: session.Session,
    like: str,
    nodes: list[str],
) -> list[str]:
    """Ports bound to nodes, as Ironic bound one of them."""
    port = api.port(like)
    same = {
        name: port[name]
        for name in (
            'network_id',
            'project_id',
            'binding:vnic_type',
            'binding:profile',
        )
    }
    wanted = [
        {
            **same,
            'name': f'bulk-{number:04}-vif0',
            'mac_address': _mac(number),
            'binding:host_id': node,
        }
        for number, node in enumerate(nodes, 1)
    ]
    made: list[str] = []
    for begin in range(0, len(wanted), _AT_ONCE):
        chunk = wanted[begin : begin + _AT_ONCE]
        answer = api.neutron.post(
            '/ports', json={'ports': chunk}, auth=service.auth
        )
        made += [one['id'] for one in answer.json()['ports']]
    return made


def _row(
    database: sqlite3.Connection, table: str, column: str, value: object
) -> Row:
    """The one row of a value, without its own number."""
    (row,) = database.execute(
        f'SELECT * FROM {table} WHERE {column} = ?', (value,)
    )
    return dict(row)


def _insert(database: sqlite3.Connection, table: str, row: Row) -> int:
    """Insert a row under a new number, which is returned."""
    values = {name: value for name, value in row.items() if name != 'id'}
    names = ', '.join(f'"{name}"' for name in values)
    marks = ', '.join('?' for _ in values)
    cursor = database.execute(
        f'INSERT INTO {table} ({names}) VALUES ({marks})',
        list(values.values()),
    )
    assert cursor.lastrowid
    return cursor.lastrowid
