"""The static driver: machines from an inventory file.

For a laptop, for tests, and for trying things out.  It answers as Ironic,
Neutron and Glance would.  The file never changes; what the service writes
(claims of nodes, devices of ports) goes to the claim store and is laid over
what the file says.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
import itertools
from typing import Any

from oslo_config import cfg

from moganclient.service import deadline
from moganclient.service.drivers import base
from moganclient.service.drivers import inventory as inventory_file
from moganclient.service import exceptions
from moganclient.service import images
from moganclient.service import networks

#: Kinds of entries in the claim store.
_NODE = 'static.node'
_PORT = 'static.port'

#: What the service may write to a node.
_CLAIM = ('instance_uuid', 'protected', 'protected_reason')


def build(conf: cfg.ConfigOpts, store: base.ClaimStore) -> StaticDriver:
    """The driver for ``[static] inventory_file``; the entry point.

    :raises moganclient.service.exceptions.ConfigError: the file has faults
    """
    return StaticDriver(inventory_file.load(conf.static.inventory_file), store)


class StaticDriver(base.Driver):
    """Nodes of an inventory file."""

    name = 'static'

    def __init__(
        self, inventory: inventory_file.Inventory, store: base.ClaimStore
    ) -> None:
        """Serve an inventory.

        :param inventory: what the file says
        :param store: where claims are remembered
        """
        self._inventory = inventory
        self._store = store
        self._by_uuid = {node.uuid: node for node in inventory.nodes}
        self._by_name = {node.name: node for node in inventory.nodes}
        self._by_instance = {
            node.instance_uuid: node
            for node in inventory.nodes
            if node.instance_uuid
        }
        self._orders: dict[tuple[str | None, bool], _Order] = {}

    def networks(self) -> StaticNetworks:
        """The ports of the same file."""
        return StaticNetworks(self._inventory, self._store)

    def images(self) -> StaticImages:
        """The images of the same file."""
        return StaticImages(self._inventory)

    def list_adoptable_nodes(self, query: base.NodeQuery) -> base.NodePage:
        """A page of nodes; those without a value to sort by come last."""
        order = self._order(query.sort_key, query.descending)
        start = 0
        if query.marker is not None:
            if query.marker not in order.places:
                raise exceptions.BadRequest(
                    f'The marker "{query.marker}" is no node of the '
                    'inventory; pass the UUID of the last node of the page '
                    'before.',
                    code='marker_not_found',
                )
            start = order.places[query.marker] + 1
        # One more than asked for says whether there is more.
        found: list[base.Node] = []
        matching = (
            node for node in order.nodes[start:] if _matches(node, query)
        )
        for chunk in _chunks(matching, query.limit + 1):
            found += (
                node
                for node in self._with_claims(chunk)
                if query.all or node.instance_uuid is None
            )
            if len(found) > query.limit:
                found = found[: query.limit]
                return base.NodePage(found, next_marker=found[-1].uuid)
        return base.NodePage(found)

    def get_node(self, ident: str) -> base.Node:
        """One node by UUID (any case) or name."""
        node = self._by_uuid.get(ident.lower()) or self._by_name.get(ident)
        if node is None:
            raise _no_node(ident)
        return self._with_claims([node])[0]

    def claim_node(
        self, node_uuid: str, server_uuid: str, reason: str
    ) -> base.Node:
        """Set the claim of a node that nobody else has claimed.

        As with Ironic, no two nodes have the same instance.  That a server's
        UUID is no other server's the caller has seen to; an instance of the
        file may have it.
        """
        other = self._by_instance.get(server_uuid)
        if (
            other is not None
            and other.uuid != node_uuid
            and self._with_claims([other])[0].instance_uuid == server_uuid
        ):
            raise exceptions.UpstreamConflict(
                f'Instance {server_uuid} is already associated with a node, '
                f'it cannot be associated with this other node {node_uuid}.'
            )

        def change(claim: dict[str, Any]) -> dict[str, Any]:
            holder = claim['instance_uuid']
            if holder not in (None, server_uuid):
                raise exceptions.UpstreamConflict(
                    f'Node {node_uuid} is associated with instance {holder}.'
                )
            return {
                'instance_uuid': server_uuid,
                'protected': True,
                'protected_reason': reason,
            }

        return self._change(node_uuid, change)

    def release_node(
        self,
        node_uuid: str,
        *,
        instance_uuid: bool = True,
        protected: bool | None = None,
        protected_reason: str | None = None,
    ) -> base.Node:
        """Take a claim back, whoever's it is, as Ironic does."""

        def change(claim: dict[str, Any]) -> dict[str, Any]:
            claim = dict(claim)
            if instance_uuid:
                claim['instance_uuid'] = None
            if protected is not None:
                claim['protected'] = protected
                claim['protected_reason'] = (
                    protected_reason if protected else None
                )
            return claim

        return self._change(node_uuid, change)

    def find_holder(self, instance_uuid: str) -> base.NodeState | None:
        """The node of an instance."""
        for state in self.list_nodes():
            if state.instance_uuid == instance_uuid:
                return state
        return None

    def list_nodes(self) -> list[base.NodeState]:
        """Every node's claim and power state."""
        claims = self._store.get_many(_NODE)
        return [
            base.NodeState(
                node.uuid,
                node.name,
                claims.get(node.uuid, {}).get(
                    'instance_uuid', node.instance_uuid
                ),
                node.power_state,
            )
            for node in self._inventory.nodes
        ]

    def check(self) -> None:
        """Nothing can be wrong: the file was read, the store is checked."""

    def _order(self, key: str | None, descending: bool) -> _Order:
        order = self._orders.get((key, descending))
        if order is None:
            order = _Order(self._inventory.nodes, key, descending)
            self._orders[(key, descending)] = order
        return order

    def _with_claims(self, nodes: list[base.Node]) -> list[base.Node]:
        """Copies of nodes as they are now."""
        claims = self._store.get_many(_NODE, [node.uuid for node in nodes])
        return [
            dataclasses.replace(node, **claims.get(node.uuid, {}))
            for node in nodes
        ]

    def _change(
        self,
        node_uuid: str,
        change: Callable[[dict[str, Any]], dict[str, Any]],
    ) -> base.Node:
        node = self._by_uuid.get(node_uuid)
        if node is None:
            raise _no_node(node_uuid)
        written = {name: getattr(node, name) for name in _CLAIM}
        while True:
            stored = self._store.get_many(_NODE, [node_uuid]).get(node_uuid)
            new = change(stored or written)
            # A claim that says what the file says is none.
            if self._store.swap(
                _NODE, node_uuid, stored, new if new != written else None
            ):
                return dataclasses.replace(node, **new)
            # Somebody was quicker: look again.
            deadline.check(f'node {node_uuid} was written')


class StaticNetworks(networks.Networks):
    """Ports of an inventory file."""

    def __init__(
        self, inventory: inventory_file.Inventory, store: base.ClaimStore
    ) -> None:
        """Serve an inventory's ports."""
        self._ports = inventory.ports
        self._store = store
        self._by_mac: dict[str | None, list[networks.Port]] = {}
        for port in inventory.ports.values():
            self._by_mac.setdefault(port.mac_address, []).append(port)

    def ports_by_id(self, ids: Iterable[str]) -> dict[str, networks.Port]:
        """The ports that the file lists among these."""
        wanted = dict.fromkeys(ids)
        found = self._as_they_are(
            [self._ports[one] for one in wanted if one in self._ports]
        )
        return {port.id: port for port in found}

    def ports_by_mac(self, macs: Iterable[str]) -> list[networks.Port]:
        """The ports of the file that have one of these MAC addresses."""
        wanted = dict.fromkeys(mac.lower() for mac in macs)
        return self._as_they_are(
            [port for mac in wanted for port in self._by_mac.get(mac, ())]
        )

    def set_device(
        self,
        port_id: str,
        device_id: str,
        device_owner: str,
        revision_number: int | None,
    ) -> networks.Port:
        """Write the device of a port that is still at this revision."""
        port = self._ports.get(port_id)
        if port is None:
            raise exceptions.PortConflict(
                f'There is no port {port_id}.', code='port_not_found'
            )
        while True:
            stored = self._store.get_many(_PORT, [port_id]).get(port_id)
            now = dataclasses.replace(port, **stored or {})
            if revision_number not in (None, now.revision_number):
                raise exceptions.UpstreamConflict(
                    f'Port {port_id} is at revision {now.revision_number}, '
                    f'not {revision_number}: somebody has changed it.'
                )
            new: dict[str, Any] = {
                'device_id': device_id,
                'device_owner': device_owner,
                'revision_number': (now.revision_number or 0) + 1,
            }
            if self._store.swap(_PORT, port_id, stored, new):
                return dataclasses.replace(port, **new)
            deadline.check(f'port {port_id} was written')

    def check(self) -> None:
        """Nothing can be wrong: the file was read, the store is checked."""

    def _as_they_are(self, ports: list[networks.Port]) -> list[networks.Port]:
        stored = self._store.get_many(_PORT, [port.id for port in ports])
        return [
            dataclasses.replace(port, **stored.get(port.id, {}))
            for port in ports
        ]


class StaticImages(images.Images):
    """Images of an inventory file."""

    def __init__(self, inventory: inventory_file.Inventory) -> None:
        """Serve an inventory's images."""
        self._images = inventory.images

    def exists(self, image_id: str) -> bool:
        """Whether the file lists this image."""
        return image_id in self._images

    def check(self) -> None:
        """Nothing can be wrong: the file was read."""


class _Order:
    """All nodes in one order, and the place of each in it."""

    def __init__(
        self, nodes: list[base.Node], key: str | None, descending: bool
    ) -> None:
        if key is not None:
            if key not in base.SORT_KEYS:
                raise exceptions.BadRequest(
                    f'Nodes cannot be sorted by "{key}"; known are '
                    f'{", ".join(base.SORT_KEYS)}.'
                )
            having = [n for n in nodes if getattr(n, key) is not None]
            lacking = [n for n in nodes if getattr(n, key) is None]
            # Stable in both directions: equal nodes stay in file order.
            having.sort(key=lambda n: getattr(n, key), reverse=descending)
            nodes = having + lacking
        elif descending:
            nodes = nodes[::-1]
        self.nodes: Sequence[base.Node] = nodes
        self.places = {node.uuid: at for at, node in enumerate(nodes)}


def _matches(node: base.Node, query: base.NodeQuery) -> bool:
    """What the file alone can answer; claims are looked at later."""
    for name in ('resource_class', 'owner', 'conductor_group'):
        wanted = getattr(query, name)
        if wanted is not None and getattr(node, name) != wanted:
            return False
    return query.all or (
        node.provision_state == 'active'
        and not node.maintenance
        and not node.retired
    )


def _chunks(
    nodes: Iterator[base.Node], size: int
) -> Iterator[list[base.Node]]:
    while chunk := list(itertools.islice(nodes, size)):
        yield chunk


def _no_node(ident: str) -> exceptions.NodeNotFound:
    return exceptions.NodeNotFound(
        f'There is no node "{ident}" in the inventory.'
    )
