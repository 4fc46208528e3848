"""A driver in one page: an inventory that somebody exports as CSV.

    uuid,name,resource_class,mac,port,power

Ports and images are Neutron's and Glance's, so ``[neutron]`` and ``[glance]``
have to be configured beside it.
"""

from __future__ import annotations

import csv
import dataclasses
import operator
import pathlib
from typing import Any

from oslo_config import cfg

from moganclient.service.drivers import base
from moganclient.service import exceptions

#: The kind of our claims in the store, which other drivers use too.
KIND = 'csv'

OPTS = [cfg.StrOpt('file', help='The inventory, as CSV.')]


def build(conf: cfg.ConfigOpts, store: base.ClaimStore) -> CsvDriver:
    """What the entry point names: the driver, from its configuration."""
    conf.register_opts(OPTS, 'csv')
    if not conf.csv.file:
        raise exceptions.ConfigError('[csv] file names no inventory.')
    return CsvDriver(pathlib.Path(conf.csv.file), store)


class CsvDriver(base.Driver):
    """Machines of a CSV file, read again for every request."""

    name = 'csv'

    def __init__(self, path: pathlib.Path, store: base.ClaimStore) -> None:
        self._path = path
        self._store = store

    def _nodes(self) -> dict[str, base.Node]:
        """Every node by UUID, with what the store says of it."""
        try:
            with self._path.open(newline='') as source:
                rows = list(csv.DictReader(source))
        except OSError as error:
            raise exceptions.UpstreamUnavailable(
                f'The inventory cannot be read: {error}'
            ) from error
        claims = self._store.get_many(KIND)
        nodes = {}
        for row in rows:
            uuid = row['uuid'].lower()
            nic = base.Nic(
                uuid,
                row['mac'].lower() or None,
                row['port'].lower() or None,
            )
            nodes[uuid] = base.Node(
                uuid,
                name=row['name'] or None,
                resource_class=row['resource_class'] or None,
                power_state=row['power'] or None,
                provision_state='active',  # it lists what runs
                nics=[nic],
                **claims.get(uuid, {}),
            )
        return nodes

    def list_adoptable_nodes(self, query: base.NodeQuery) -> base.NodePage:
        nodes = [
            node
            for node in self._nodes().values()
            if query.resource_class in (None, node.resource_class)
            and query.owner is None  # a CSV knows no owners
            and query.conductor_group is None
            and (query.all or not node.instance_uuid)
        ]
        nodes.sort(key=operator.attrgetter('uuid'))
        if query.sort_key:
            key = operator.attrgetter(query.sort_key)
            nodes.sort(
                key=lambda node: key(node) or '', reverse=query.descending
            )
        first = 0
        if query.marker is not None:
            uuids = [node.uuid for node in nodes]
            if query.marker not in uuids:
                raise exceptions.BadRequest(
                    f'The marker {query.marker} is no node of this list.'
                )
            first = uuids.index(query.marker) + 1
        page = nodes[first : first + query.limit]
        more = len(nodes) > first + len(page)
        return base.NodePage(page, page[-1].uuid if more and page else None)

    def get_node(self, ident: str) -> base.Node:
        nodes = self._nodes()
        for node in nodes.values():
            if ident in (node.uuid, node.name):
                return node
        raise exceptions.NodeNotFound(f'There is no node "{ident}".')

    def claim_node(
        self, node_uuid: str, server_uuid: str, reason: str
    ) -> base.Node:
        node = self.get_node(node_uuid)
        claim: dict[str, Any] = {
            'instance_uuid': server_uuid,
            'protected': True,
            'protected_reason': reason,
        }
        old = self._store.get_many(KIND, [node_uuid]).get(node_uuid)
        if old and old['instance_uuid'] == server_uuid:
            return node  # done already is no error
        # One winner: swap is atomic across threads and processes.
        if old or not self._store.swap(KIND, node_uuid, None, claim):
            raise exceptions.UpstreamConflict(
                f'Node {node_uuid} is claimed by another.'
            )
        return dataclasses.replace(node, **claim)

    def release_node(
        self, node_uuid: str, *, instance_uuid: bool = True, **before: Any
    ) -> base.Node:
        node = self.get_node(node_uuid)
        old = self._store.get_many(KIND, [node_uuid]).get(node_uuid)
        if old and instance_uuid:
            # In a CSV nothing was protected before, so nothing is left.
            self._store.swap(KIND, node_uuid, old, None)
        return dataclasses.replace(
            node, instance_uuid=None, protected=False, protected_reason=None
        )

    def list_nodes(self) -> list[base.NodeState]:
        return [
            base.NodeState(
                node.uuid, node.name, node.instance_uuid, node.power_state
            )
            for node in self._nodes().values()
        ]

    def check(self) -> None:
        self._nodes()
