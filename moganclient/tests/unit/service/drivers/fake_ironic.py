"""Ironic's lists as the real one gives them, traps included.

Paging is what oslo.db does with ``(sort key, id)``: after a marker whose key
is null the key is not compared, and a comparison leaves nulls out.
"""

from __future__ import annotations

import json
from typing import Any
import urllib.parse
import uuid

import fixtures
import requests_mock
from requests_mock.contrib import fixture as rm_fixture

from moganclient.tests.unit.service import clouds

_LISTS = ('nodes', 'ports', 'portgroups')
_FILTERS = (
    'resource_class',
    'owner',
    'conductor_group',
    'provision_state',
    'instance_uuid',
)


def _uuid(number: int) -> str:
    return str(uuid.UUID(int=number))


class FakeIronic(fixtures.Fixture):
    """Answers GETs of ``clouds.IRONIC``, and remembers what was asked."""

    def __init__(
        self,
        max_limit: int = 1000,
        newest: str = '1.115',
        nulls_first: bool = True,
        shuffled: bool = False,
    ) -> None:
        """Describe it.

        :param nulls_first: SQLite and MariaDB; False: PostgreSQL
        :param shuffled: nodes have another order than their ports
        """
        self.max_limit = max_limit
        self.newest = newest
        self.nulls_first = nulls_first
        self.shuffled = shuffled
        self.nodes: list[dict[str, Any]] = []
        self.ports: list[dict[str, Any]] = []
        self.portgroups: list[dict[str, Any]] = []
        #: Called with the path of a list before it is answered.
        self.before: Any = lambda path: None

    def _setUp(self) -> None:
        self.http = self.useFixture(rm_fixture.Fixture())
        self.http.get(requests_mock.ANY, json=self._answer)
        self.http.get(
            f'{clouds.IRONIC}/v1',
            json={'version': {'min_version': '1.1', 'version': self.newest}},
        )

    def asked(self) -> list[str]:
        """What was asked since the last call, below ``/v1``."""
        history = self.http.request_history
        found = [request.url.split('/v1', 1)[1] for request in history]
        del history[:]
        return [one for one in found if one]

    def add_node(self, **values: Any) -> dict[str, Any]:
        """Enroll a node; it is active and free."""
        number = len(self.nodes) + 1
        node: dict[str, Any] = {
            'id': number,
            # In another order than the numbers are.
            'uuid': _uuid((number * 7919) % 10007),
            'name': f'node-{number:04}',
            'owner': None,
            'power_state': 'power on',
            'provision_state': 'active',
            'created_at': f'2026-01-01T00:00:{number % 60:02}+00:00',
            'resource_class': 'gold',
            'conductor_group': '',
            'maintenance': False,
            'retired': False,
            'instance_uuid': None,
            'properties': {},
            'instance_info': {},
            'network_interface': 'flat',
        }
        node.update(values)
        self.nodes.append(node)
        return node

    def add_port(
        self, node: dict[str, Any], vif: str | None = None, **values: Any
    ) -> dict[str, Any]:
        """Give a node a NIC."""
        return self._add('ports', 100_000, node, vif, values)

    def add_portgroup(
        self, node: dict[str, Any], vif: str | None = None, **values: Any
    ) -> dict[str, Any]:
        """Give a node a port group."""
        return self._add('portgroups', 200_000, node, vif, values)

    def _add(
        self,
        kind: str,
        base: int,
        node: dict[str, Any],
        vif: str | None,
        values: dict[str, Any],
    ) -> dict[str, Any]:
        items = getattr(self, kind)
        number = len(items) + 1
        item = {
            'id': number,
            'uuid': _uuid(base + number),
            'node_id': node['id'],
            'node_uuid': node['uuid'],
            'address': f'52:54:00:00:{number >> 8:02x}:{number & 255:02x}',
            'internal_info': {'tenant_vif_port_id': vif} if vif else {},
            'extra': {},
            **values,
        }
        items.append(item)
        return item

    def _answer(self, request: Any, context: Any) -> Any:
        url = urllib.parse.urlsplit(request.url)
        path = url.path.split('/v1', 1)[1].strip('/')
        query = dict(urllib.parse.parse_qsl(url.query, True))
        self.before(path)
        kind, _slash, rest = path.partition('/')
        if kind in _LISTS and rest in ('', 'detail'):
            return self._list(kind, query, context)
        for node in self.nodes:
            if rest in (node['uuid'], node['name']):
                return node
        return self._not_found(rest, context)

    def _not_found(self, what: str, context: Any) -> Any:
        context.status_code = 404
        fault = {'faultstring': f'{what} could not be found.'}
        return {'error_message': json.dumps(fault)}

    def _list(self, kind: str, query: dict[str, str], context: Any) -> Any:
        items = list(getattr(self, kind))
        key = query.get('sort_key') or 'id'
        if kind == 'nodes':
            items = [item for item in items if _passes(item, query)]
            key = 'uuid' if self.shuffled and key == 'id' else key
        if 'node' in query:
            known = [node['uuid'] for node in self.nodes]
            if query['node'] not in known:
                return self._not_found(query['node'], context)
            items = [i for i in items if i['node_uuid'] == query['node']]
        down = query.get('sort_dir') == 'desc'
        items.sort(key=lambda item: self._order(item, key), reverse=down)
        if 'marker' in query:
            marker = [
                item
                for item in getattr(self, kind)
                if item['uuid'] == query['marker']
            ]
            if not marker:
                return self._not_found(query['marker'], context)
            items = [i for i in items if _is_after(i, marker[0], key, down)]
        limit = int(query.get('limit', self.max_limit))
        page = items[: min(limit, self.max_limit)]
        answer: dict[str, Any] = {kind: page}
        if page and len(page) == min(limit, self.max_limit):
            # Whoever follows this lost the filters.
            answer['next'] = f'{clouds.IRONIC}/v1/{kind}?marker=x'
        return answer

    def _order(self, item: dict[str, Any], key: str) -> Any:
        value = item[key]
        null = (value is None) != self.nulls_first
        return (null, '' if value is None else value, item['id'])


def _passes(item: dict[str, Any], query: dict[str, str]) -> bool:
    if 'associated' in query:
        wanted = query['associated'] == 'true'
        if bool(item['instance_uuid']) != wanted:
            return False
    for flag in ('maintenance', 'retired'):
        if flag in query and item[flag] != (query[flag] == 'true'):
            return False
    return all(item[key] == query[key] for key in _FILTERS if key in query)


def _is_after(
    item: dict[str, Any], marker: dict[str, Any], key: str, down: bool
) -> bool:
    """``(key > X) or (key == X and id > I)``, as oslo.db writes it."""

    def beyond(one: Any, other: Any) -> bool:
        return bool(one < other if down else one > other)

    value = marker[key]
    if value is None:
        return beyond(item['id'], marker['id'])
    if item[key] is None:
        return False
    return beyond(item[key], value) or (
        item[key] == value and beyond(item['id'], marker['id'])
    )
