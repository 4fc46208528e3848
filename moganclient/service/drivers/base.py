"""The driver interface: how the service sees and claims machines.

A driver is an inventory of bare metal nodes.  It knows no HTTP of ours and no
database.  It is named in ``[DEFAULT] driver`` and loaded from the entry point
group ``moganclient.service.drivers``; the entry point is a callable
``(conf, store) -> Driver``, where ``conf`` is the
``oslo_config.cfg.ConfigOpts`` and ``store`` a :class:`ClaimStore` for drivers
whose inventory cannot remember a claim itself.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any, Protocol

from moganclient.service.drivers import lifecycle

if typing.TYPE_CHECKING:
    from moganclient.service import images as images_mod
    from moganclient.service import networks as networks_mod

Allocation = lifecycle.Allocation
Console = lifecycle.Console

#: States of a machine that runs what is deployed on it; Ironic allows it to
#: be made protected in these only.
RUNNING = ('active', 'rescue')


@dataclasses.dataclass(slots=True)
class Nic:
    """A network interface card, which Ironic calls a port."""

    uuid: str
    #: MAC address in lower case, or None where the inventory has none.
    address: str | None = None
    #: The VIF it carries: the UUID of a Neutron port, lower case.
    vif_port_id: str | None = None
    #: Where the inventory's own API shows it, None where it has none.
    href: str | None = None


@dataclasses.dataclass(slots=True)
class PortGroup:
    """A bond of NICs; it may carry a VIF and may have no address."""

    uuid: str
    name: str | None = None
    address: str | None = None
    mode: str | None = None
    vif_port_id: str | None = None
    href: str | None = None


@dataclasses.dataclass(slots=True)
class Node:
    """A machine as the inventory has it now.  UUIDs are in lower case."""

    uuid: str
    name: str | None = None
    #: ``power on``, ``power off``, ... or None where it is not known.
    power_state: str | None = None
    provision_state: str | None = None
    created_at: str | None = None
    resource_class: str | None = None
    owner: str | None = None
    conductor_group: str | None = None
    maintenance: bool = False
    maintenance_reason: str | None = None
    retired: bool = False
    instance_uuid: str | None = None
    protected: bool = False
    protected_reason: str | None = None
    #: What a power action that is under way leads to, else None.
    target_power_state: str | None = None
    #: The same of deploying, undeploying, cleaning, ...
    target_provision_state: str | None = None
    #: Why the last action on it failed; None after one that went well.
    last_error: str | None = None
    #: When ``provision_state`` changed last, in the inventory's own words: to
    #: be compared with what it was, and nothing else.  Who deploys a machine
    #: that may be in use looks by this whether it was done already.
    provision_updated_at: str | None = None
    #: Locked: something works on it just now, and writes are refused.
    reserved: bool = False
    #: The allocation that reserved it.
    allocation_uuid: str | None = None
    console_enabled: bool = False
    #: What flavors may ask for beside the resource class.
    traits: list[str] = dataclasses.field(default_factory=list)
    #: Ironic's network interface; ``noop`` records no VIFs.
    network_interface: str | None = None
    properties: dict[str, Any] = dataclasses.field(default_factory=dict)
    #: Not for display as it is: see ``api.render`` for the allow-list.
    instance_info: dict[str, Any] = dataclasses.field(default_factory=dict)
    nics: list[Nic] = dataclasses.field(default_factory=list)
    portgroups: list[PortGroup] = dataclasses.field(default_factory=list)

    def vifs(self) -> list[str]:
        """UUIDs of the VIFs it carries, NICs first, each once."""
        found = [n.vif_port_id for n in self.nics]
        found += [g.vif_port_id for g in self.portgroups]
        return list(dict.fromkeys(vif for vif in found if vif))

    @property
    def records_vifs(self) -> bool:
        """Whether its network interface remembers attached VIFs."""
        return self.network_interface != 'noop'


#: The keys that nodes can be sorted by, in every driver.
SORT_KEYS = (
    'created_at',
    'name',
    'owner',
    'power_state',
    'provision_state',
    'resource_class',
    'uuid',
)


@dataclasses.dataclass(slots=True, frozen=True)
class NodeQuery:
    """Which nodes are asked for."""

    #: False: the driver may leave out whatever is surely not adoptable (not
    #: active, claimed, in maintenance, retired).  True: every node.
    all: bool = False
    resource_class: str | None = None
    owner: str | None = None
    conductor_group: str | None = None
    #: One of :data:`SORT_KEYS`, or None for the inventory's own order.
    sort_key: str | None = None
    descending: bool = False
    #: The most nodes in the page, at least 1.
    limit: int = 1000
    #: UUID of the last node of the page before.
    marker: str | None = None


@dataclasses.dataclass(slots=True)
class NodePage:
    """A page of nodes, in order, each with its NICs and port groups."""

    nodes: list[Node]
    #: There is more: pass this as the next page's marker.  A page may be
    #: shorter than asked for, even empty; this alone says that there is more.
    next_marker: str | None = None


@dataclasses.dataclass(slots=True)
class NodeState:
    """As much of a node as drift and scheduling need, for all nodes."""

    uuid: str
    name: str | None
    instance_uuid: str | None
    power_state: str | None
    target_power_state: str | None = None
    provision_state: str | None = None
    #: Locked: something works on it just now.
    reserved: bool = False
    last_error: str | None = None
    resource_class: str | None = None
    maintenance: bool = False
    retired: bool = False
    traits: list[str] = dataclasses.field(default_factory=list)

    @property
    def available(self) -> bool:
        """Whether a server could be built on it."""
        return (
            self.provision_state == 'available'
            and self.instance_uuid is None
            and not self.maintenance
            and not self.retired
            # Ironic allocates none of which it does not know that.
            and self.power_state is not None
        )


class ClaimStore(Protocol):
    """What a driver without a memory of its own is handed.

    A small table of JSON values.  ``swap`` is atomic across threads and
    processes, so a claim made with it has one winner.
    """

    def get_many(
        self, kind: str, keys: list[str] | None = None
    ) -> dict[str, dict[str, Any]]:
        """The values of these keys (all of the kind for None)."""
        ...

    def swap(
        self,
        kind: str,
        key: str,
        old: dict[str, Any] | None,
        new: dict[str, Any] | None,
    ) -> bool:
        """Put ``new`` for ``old`` (None: absent); False if it was not so."""
        ...


class Driver(lifecycle.Lifecycle):
    """The whole interface.  What a driver cannot do stays as it is here.

    Every method may raise
    :class:`~moganclient.service.exceptions.UpstreamUnavailable` where the
    inventory gives no answer; none returns a partial result for a failure.
    All of them keep to :mod:`moganclient.service.deadline`, are called from
    several threads at once, and take UUIDs in lower case.
    """

    #: As configured, for messages and the health check.
    name = 'base'

    def list_adoptable_nodes(self, query: NodeQuery) -> NodePage:
        """A page of nodes that could be taken over (or all of them).

        The caller checks every rule again on every node, so what is returned
        beyond ``query`` is only wasteful, but what is left out is lost.  The
        filters ``resource_class``, ``owner`` and ``conductor_group`` are
        exact.  Costs requests by page, not by node.

        :raises NotImplementedError: the driver has no such listing (the API
            answers 501)
        :raises moganclient.service.exceptions.BadRequest: unknown marker
        """
        raise NotImplementedError

    def get_node(self, ident: str) -> Node:
        """One node by UUID or name, with its NICs and port groups.

        :raises moganclient.service.exceptions.NodeNotFound: there is none
        """
        raise NotImplementedError

    def get_node_bare(self, node_uuid: str) -> Node:
        """One node without NICs and port groups: one request, for a look.

        What follows from a node that does not exist cannot be undone; an
        inventory that shows nothing at all is no proof of that.

        :raises moganclient.service.exceptions.NodeNotFound: there is none
        """
        return self.get_node(node_uuid)

    def claim_node(
        self, node_uuid: str, server_uuid: str, reason: str | None
    ) -> Node:
        """Set ``instance_uuid``, ``protected`` and ``protected_reason``.

        One write, tried once: the caller looks and decides after a failure.
        Claiming for the same server again is no error.  Nothing else of the
        node changes.

        :param reason: None to leave alone whether it is protected, and why
        :returns: the node after the write (NICs may be missing)
        :raises moganclient.service.exceptions.UpstreamConflict: claimed by
            another, or locked: look
        :raises moganclient.service.exceptions.NodeNotFound: it is gone
        """
        raise NotImplementedError

    def release_node(
        self,
        node_uuid: str,
        *,
        instance_uuid: bool = True,
        protected: bool | None = None,
        protected_reason: str | None = None,
    ) -> Node:
        """Take a claim back.  One write, tried once, without a look.

        :param instance_uuid: remove ``instance_uuid``
        :param protected: what ``protected`` was before, None to leave it and
            its reason alone
        :param protected_reason: what it was before
        :returns: the node after the write (NICs may be missing)
        :raises moganclient.service.exceptions.UpstreamConflict: locked
        :raises moganclient.service.exceptions.NodeNotFound: it is gone
        """
        raise NotImplementedError

    def find_holder(self, instance_uuid: str) -> NodeState | None:
        """The node that has this ``instance_uuid``, None where none has.

        Asked when a claim is refused though the node is free: an inventory
        may know an instance that is no server of this service by the UUID
        that a caller has chosen.  Without an answer to that, such a claim is
        taken for a lock and tried until the deadline.
        """
        return None

    def list_nodes(self) -> list[NodeState]:
        """Every node in short, by pages: for drift, power and scheduling."""
        raise NotImplementedError

    def list_free_nodes(
        self, resource_class: str | None = None
    ) -> list[NodeState]:
        """The nodes that a server could be built on, in short.

        An inventory that can leave the others out by itself does.  What is
        returned beyond is only wasteful.

        :param resource_class: exactly; None for any
        """
        return [
            node
            for node in self.list_nodes()
            if node.available
            and resource_class in (None, node.resource_class)
        ]

    def networks(self) -> networks_mod.Networks | None:
        """The inventory's own ports, used where no Neutron is configured."""
        return None

    def images(self) -> images_mod.Images | None:
        """The inventory's own images, where no Glance is configured."""
        return None

    def check(self) -> None:
        """Answer the health check: cheap, and raises what is wrong."""
