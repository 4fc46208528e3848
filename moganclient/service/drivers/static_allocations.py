"""Allocations of the static driver: which node a server is built on.

A record of what was asked for, and ``allocation_uuid`` of the node that was
found; the node is written with one swap, so that no two servers get it.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import static_state
from moganclient.service import exceptions

#: The kind of the records in the claim store.
_KIND = 'static.allocation'

#: Seconds after which a record without a node is one whose process was
#: killed in between.
_ABANDONED = 5.0

#: States in which a node cannot lose its allocation.
_KEEPS = ('active', 'deploying', 'wait call-back', 'deleting', 'cleaning')


class Allocations:
    """The allocations of one inventory."""

    def __init__(
        self, states: static_state.States, store: base.ClaimStore
    ) -> None:
        self._states = states
        self._store = store

    def allocate(
        self,
        uuid: str,
        resource_class: str,
        *,
        traits: list[str],
        candidates: list[str] | None,
    ) -> None:
        """Reserve the first node of the file that fits."""
        if candidates is not None:
            self._check_candidates(candidates)
        stored = self._record(uuid)
        if stored is not None and self.get(uuid) is not None:
            return
        record = {
            'resource_class': resource_class,
            'traits': traits,
            'candidates': candidates,
            'at': self._states.clock(),
            'node_uuid': None,
            'error': None,
        }
        if self._store.swap(_KIND, uuid, stored, record):
            self._pick(uuid, record)

    def get(self, uuid: str) -> base.Allocation | None:
        """An allocation as it is now."""
        record = self._record(uuid)
        if record is None:
            return None
        node = self._node(uuid, record)
        if node is None and record['node_uuid'] is None:
            if (
                record['error'] is None
                and record['at'] + _ABANDONED < self._states.clock()
            ):
                self._pick(uuid, record)
                return self.get(uuid)
        elif node is None:
            # Undeploying has ended it.
            return None
        state = 'error' if record['error'] else 'allocating'
        return base.Allocation(
            uuid,
            'active' if node else state,
            node.uuid if node else None,
            record['error'],
            record['resource_class'],
        )

    def delete(self, uuid: str) -> None:
        """Give an allocation up."""
        record = self._record(uuid)
        if record is None:
            return
        node = self._node(uuid, record)
        if node is not None:
            self._free(node.uuid, uuid)
        self._store.swap(_KIND, uuid, self._record(uuid), None)

    def _free(self, node_uuid: str, uuid: str) -> None:
        def change(node: base.Node) -> static_state.Entry:
            if node.allocation_uuid != uuid:
                return {}
            if node.provision_state in _KEEPS and not node.maintenance:
                raise exceptions.UpstreamConflict(
                    f'Cannot remove allocation {uuid} of node {node_uuid}, '
                    f'because the node is {node.provision_state}.'
                )
            return {'instance_uuid': None, 'allocation_uuid': None}

        self._states.change(node_uuid, change)

    def _record(self, uuid: str) -> dict[str, Any] | None:
        return self._store.get_many(_KIND, [uuid]).get(uuid)

    def _node(self, uuid: str, record: dict[str, Any]) -> base.Node | None:
        """The node of an allocation."""
        if record['node_uuid'] is None:
            found = self._states.touched()
        else:
            found = [self._states.get(record['node_uuid'])]
        for node in found:
            if node.allocation_uuid == uuid:
                return node
        return None

    def _check_candidates(self, candidates: list[str]) -> None:
        if not candidates:
            raise exceptions.BadRequest(
                'An allocation needs candidates; an empty list of them leaves '
                'no node.'
            )
        known = {node.uuid for node in self._states.nodes}
        missing = [one for one in candidates if one not in known]
        if missing:
            raise exceptions.BadRequest(
                f'Nodes cannot be found: {", ".join(missing)}.'
            )

    def _pick(self, uuid: str, record: dict[str, Any]) -> None:
        error = None
        node_uuid = None
        for node in self._states.look():
            if node.instance_uuid == uuid:
                error = f'Instance {uuid} is associated with node {node.uuid}.'
                break
            if _fits(node, record) and self._take(node.uuid, uuid, record):
                node_uuid = node.uuid
                break
        else:
            error = (
                'No available node has the resource class '
                f'{record["resource_class"]}'
            )
            if record['traits']:
                error += f' and the traits {", ".join(record["traits"])}'
            if record['candidates'] is not None:
                error += f' among {len(record["candidates"])} candidates'
            error += '.'
        self._store.swap(
            _KIND,
            uuid,
            record,
            {**record, 'node_uuid': node_uuid, 'error': error},
        )

    def _take(self, node_uuid: str, uuid: str, record: dict[str, Any]) -> bool:
        def change(node: base.Node) -> static_state.Entry:
            if not _fits(node, record):
                raise _Taken
            return {'instance_uuid': uuid, 'allocation_uuid': uuid}

        try:
            self._states.change(node_uuid, change)
        except (_Taken, exceptions.UpstreamConflict):
            return False
        return True


class _Taken(Exception):
    """Somebody else was quicker."""


def _fits(node: base.Node, record: dict[str, Any]) -> bool:
    return (
        node.provision_state == 'available'
        and node.instance_uuid is None
        and not node.maintenance
        and not node.retired
        and node.power_state is not None
        and not node.reserved
        and node.resource_class == record['resource_class']
        and set(record['traits']) <= set(node.traits)
        and (record['candidates'] is None or node.uuid in record['candidates'])
    )
