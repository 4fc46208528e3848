"""What became of the machines of an inventory file.

The file never changes.  What is written to a node is kept in the claim store
and laid over what the file says: one entry a node, written with ``swap``, so
that of two who write at once one looks again.

What takes time (power, deploying, cleaning) is written down when it begins,
as *moves*: times at which fields change.  Nothing runs meanwhile; whoever
looks sees the moves that are due.  A node with moves before it is locked, as
one that a conductor of Ironic works on.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import dataclasses
import datetime
import time
from typing import Any
from typing import TypeVar

from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service import exceptions

#: The kind of the entries in the claim store.
KIND = 'static.node'

#: Fields of a node that its entry may hold, each under its own name; beside
#: them there are ``vifs`` (UUID of a NIC or port group to that of its port)
#: and ``moves`` (times and the changes that come then).
FIELDS = (
    'allocation_uuid',
    'console_enabled',
    'instance_info',
    'instance_uuid',
    'last_error',
    'maintenance',
    'maintenance_reason',
    'power_state',
    'protected',
    'protected_reason',
    'provision_state',
    'provision_updated_at',
    'target_power_state',
    'target_provision_state',
)

Entry = dict[str, Any]
_Carrier = TypeVar('_Carrier', base.Nic, base.PortGroup)


class States:
    """The nodes of an inventory as they are now."""

    def __init__(
        self,
        nodes: Iterable[base.Node],
        store: base.ClaimStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Lay a store over nodes.

        :param nodes: as the file says
        :param clock: seconds, the same for every process that has the store
        """
        self.nodes = list(nodes)
        self._by_uuid = {node.uuid: node for node in self.nodes}
        self._store = store
        self.clock = clock

    def look(self, nodes: list[base.Node] | None = None) -> list[base.Node]:
        """Copies of nodes of the file (None: of all) as they are now."""
        if nodes is None:
            nodes, keys = self.nodes, None
        else:
            keys = [node.uuid for node in nodes]
        entries = self._store.get_many(KIND, keys)
        now = self.clock()
        return [_lay(node, entries.get(node.uuid), now) for node in nodes]

    def get(self, node_uuid: str) -> base.Node:
        """One node as it is now.

        :raises moganclient.service.exceptions.NodeNotFound: there is none
        """
        return self.look([self._of_file(node_uuid)])[0]

    def touched(self) -> list[base.Node]:
        """Those of the nodes to which something was written, as they are."""
        return self.look(
            [
                self._by_uuid[uuid]
                for uuid in self._store.get_many(KIND)
                if uuid in self._by_uuid
            ]
        )

    def change(
        self,
        node_uuid: str,
        change: Callable[[base.Node], Entry],
    ) -> base.Node:
        """Write to a node that nothing works on.

        :param change: takes the node as it is and returns what changes; it
            may be called again where somebody else was quicker
        :returns: the node after the write
        :raises moganclient.service.exceptions.UpstreamConflict: it is locked
        :raises moganclient.service.exceptions.NodeNotFound: there is none
        """
        node = self._of_file(node_uuid)
        while True:
            stored = self._store.get_many(KIND, [node_uuid]).get(node_uuid)
            now = self.clock()
            entry = _settle(stored or {}, now)
            current = _lay(node, entry, now)
            if current.reserved:
                raise exceptions.UpstreamConflict(
                    f'Node {node_uuid} is locked: it is '
                    f'{_doing(current)}. Try again when that is done.'
                )
            entry = _trim(node, {**entry, **_dated(change(current), now)})
            if self._store.swap(KIND, node_uuid, stored, entry or None):
                return _lay(node, entry, now)
            # Somebody was quicker: look again.
            deadline.check(f'node {node_uuid} was written')

    def _of_file(self, node_uuid: str) -> base.Node:
        node = self._by_uuid.get(node_uuid)
        if node is None:
            raise no_node(node_uuid)
        return node


def no_node(ident: str) -> exceptions.NodeNotFound:
    """What is raised for a node that the file does not have."""
    return exceptions.NodeNotFound(
        f'There is no node "{ident}" in the inventory.'
    )


def carried(node: base.Node) -> dict[str, str | None]:
    """NICs and port groups to the VIF of each, as ``vifs`` has them."""
    carriers: list[base.Nic | base.PortGroup]
    carriers = [*node.nics, *node.portgroups]
    return {carrier.uuid: carrier.vif_port_id for carrier in carriers}


def _doing(node: base.Node) -> str:
    if node.target_power_state:
        return f'being switched to "{node.target_power_state}"'
    return node.provision_state or 'busy'


def _settle(entry: Entry, now: float) -> Entry:
    """An entry with the moves made that are due."""
    moves = entry.get('moves', ())
    settled = {key: entry[key] for key in entry if key != 'moves'}
    ahead = []
    for at, changes in moves:
        if at <= now:
            settled.update(_dated(changes, at))
        else:
            ahead.append([at, changes])
    if ahead:
        settled['moves'] = ahead
    return settled


def _dated(changes: Entry, at: float) -> Entry:
    """Changes together with when they came, if they are to say so."""
    if 'provision_state' not in changes:
        return changes
    when = datetime.datetime.fromtimestamp(at, datetime.UTC)
    return {**changes, 'provision_updated_at': when.isoformat()}


def _lay(node: base.Node, entry: Entry | None, now: float) -> base.Node:
    """A copy of a node with its entry laid over it."""
    if not entry:
        return dataclasses.replace(node)
    entry = _settle(entry, now)
    values = {name: entry[name] for name in FIELDS if name in entry}
    vifs = entry.get('vifs')
    if vifs:
        values['nics'] = [_carry(nic, vifs) for nic in node.nics]
        values['portgroups'] = [_carry(one, vifs) for one in node.portgroups]
    return dataclasses.replace(node, **values, reserved='moves' in entry)


def _carry(carrier: _Carrier, vifs: dict[str, str | None]) -> _Carrier:
    if carrier.uuid not in vifs:
        return carrier
    return dataclasses.replace(carrier, vif_port_id=vifs[carrier.uuid])


def _trim(node: base.Node, entry: Entry) -> Entry:
    """An entry without what the file says as well."""
    kept: Entry = {
        name: entry[name]
        for name in FIELDS
        if name in entry and entry[name] != getattr(node, name)
    }
    of_file = carried(node)
    vifs = {
        uuid: vif
        for uuid, vif in entry.get('vifs', {}).items()
        if vif != of_file.get(uuid)
    }
    moves = entry.get('moves')
    return (
        kept
        | ({'vifs': vifs} if vifs else {})
        | ({'moves': moves} if moves else {})
    )
