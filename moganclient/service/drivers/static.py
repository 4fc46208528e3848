"""The static driver: machines from an inventory file.

For a laptop, for tests, and for trying things out.  It answers as Ironic,
Neutron and Glance would.  The file never changes; what the service writes goes
to the claim store and is laid over what the file says.  Here are the nodes as
they are listed and claimed, and the images; what is done to machines is in
:mod:`.static_life`, their networks are in :mod:`.static_networks`.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence
import dataclasses
import itertools
import time

from oslo_config import cfg

from moganclient.service.drivers import base
from moganclient.service.drivers import inventory as inventory_file
from moganclient.service.drivers import static_allocations
from moganclient.service.drivers import static_life
from moganclient.service.drivers import static_networks
from moganclient.service.drivers import static_state
from moganclient.service import exceptions
from moganclient.service import images


#: All of them are a node's, too.
_STATE_FIELDS = dataclasses.fields(base.NodeState)


def build(conf: cfg.ConfigOpts, store: base.ClaimStore) -> StaticDriver:
    """The driver for ``[static] inventory_file``; the entry point.

    :raises moganclient.service.exceptions.ConfigError: the file has faults
    """
    return StaticDriver(
        inventory_file.load(conf.static.inventory_file),
        store,
        transition=conf.static.transition,
    )


class StaticDriver(static_life.StaticLife, base.Driver):
    """Nodes of an inventory file."""

    name = 'static'

    def __init__(
        self,
        inventory: inventory_file.Inventory,
        store: base.ClaimStore,
        *,
        transition: float = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Serve an inventory.

        :param inventory: what the file says
        :param store: where what is written is remembered
        :param transition: seconds that power, deploying and cleaning take
        :param clock: seconds, the same for every process with the store
        """
        states = static_state.States(inventory.nodes, store, clock)
        super().__init__(
            states,
            static_allocations.Allocations(states, store),
            static_networks.StaticNetworks(inventory, store),
            transition,
        )
        self._inventory = inventory
        self._by_uuid = {node.uuid: node for node in inventory.nodes}
        self._by_name = {node.name: node for node in inventory.nodes}
        self._by_instance = {
            node.instance_uuid: node
            for node in inventory.nodes
            if node.instance_uuid
        }
        self._orders: dict[tuple[str | None, bool], _Order] = {}

    def networks(self) -> static_networks.StaticNetworks:
        """The ports of the same file."""
        return self._static_networks

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
                for node in self._states.look(chunk)
                if query.all or _adoptable(node)
            )
            if len(found) > query.limit:
                found = found[: query.limit]
                return base.NodePage(found, next_marker=found[-1].uuid)
        return base.NodePage(found)

    def get_node(self, ident: str) -> base.Node:
        """One node by UUID (any case) or name."""
        node = self._by_uuid.get(ident.lower()) or self._by_name.get(ident)
        if node is None:
            raise static_state.no_node(ident)
        return self._states.look([node])[0]

    def claim_node(
        self, node_uuid: str, server_uuid: str, reason: str | None
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
            and self._states.get(other.uuid).instance_uuid == server_uuid
        ):
            raise exceptions.UpstreamConflict(
                f'Instance {server_uuid} is already associated with a node, '
                f'it cannot be associated with this other node {node_uuid}.'
            )

        def change(node: base.Node) -> static_state.Entry:
            holder = node.instance_uuid
            if holder not in (None, server_uuid):
                raise exceptions.UpstreamConflict(
                    f'Node {node_uuid} is associated with instance {holder}.'
                )
            entry: static_state.Entry = {'instance_uuid': server_uuid}
            if reason is not None:
                entry.update(protected=True, protected_reason=reason)
            return entry

        return self._states.change(node_uuid, change)

    def release_node(
        self,
        node_uuid: str,
        *,
        instance_uuid: bool = True,
        protected: bool | None = None,
        protected_reason: str | None = None,
    ) -> base.Node:
        """Take a claim back, whoever's it is, as Ironic does."""

        def change(node: base.Node) -> static_state.Entry:
            entry: static_state.Entry = {}
            if instance_uuid:
                # With it goes the allocation that set it.
                entry = {'instance_uuid': None, 'allocation_uuid': None}
            if protected is not None:
                entry['protected'] = protected
                entry['protected_reason'] = (
                    protected_reason if protected else None
                )
            return entry

        return self._states.change(node_uuid, change)

    def find_holder(self, instance_uuid: str) -> base.NodeState | None:
        """The node of an instance."""
        for state in self.list_nodes():
            if state.instance_uuid == instance_uuid:
                return state
        return None

    def list_nodes(self) -> list[base.NodeState]:
        """Every node in short."""
        return [
            base.NodeState(
                **{
                    field.name: getattr(node, field.name)
                    for field in _STATE_FIELDS
                }
            )
            for node in self._states.look()
        ]

    def check(self) -> None:
        """Nothing can be wrong: the file was read, the store is checked."""

    def _order(self, key: str | None, descending: bool) -> _Order:
        order = self._orders.get((key, descending))
        if order is None:
            order = _Order(self._inventory.nodes, key, descending)
            self._orders[(key, descending)] = order
        return order


class StaticImages(images.Images):
    """Images of an inventory file."""

    def __init__(self, inventory: inventory_file.Inventory) -> None:
        """Serve an inventory's images."""
        self._images = inventory.images

    def exists(self, image_id: str) -> bool:
        """Whether the file lists this image."""
        return image_id in self._images

    def get(self, image_id: str) -> images.Image | None:
        """The image as the file has it."""
        return self._images.get(image_id)

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
    """What the file alone can answer; the rest is looked at later."""
    for name in ('resource_class', 'owner', 'conductor_group'):
        wanted = getattr(query, name)
        if wanted is not None and getattr(node, name) != wanted:
            return False
    return query.all or not node.retired


def _adoptable(node: base.Node) -> bool:
    return (
        node.provision_state == 'active'
        and node.instance_uuid is None
        and not node.maintenance
    )


def _chunks(
    nodes: Iterator[base.Node], size: int
) -> Iterator[list[base.Node]]:
    while chunk := list(itertools.islice(nodes, size)):
        yield chunk
