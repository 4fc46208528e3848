"""Which nodes a server could be built on, and why the others cannot.

:func:`candidates` is the rules; it asks nobody.  The inventory picks one of
what it returns when it allocates.
"""

from __future__ import annotations

import collections
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import random
import time
import typing
from typing import Any

from moganclient.service.db import aggregates as db_aggregates
from moganclient.service import exceptions
from moganclient.v1 import schemas

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service.drivers import base
    from moganclient.service import runtime as runtime_mod

#: The key of an aggregate's metadata that makes it an affinity zone.
AFFINITY_ZONE = 'affinity_zone'

#: So many candidates are named at most.
SAMPLE = 200


class NoNode(exceptions.Conflict):
    """No node fits."""

    code = 'no_valid_node'


@dataclasses.dataclass(frozen=True)
class Wish:
    """What a server asks of a node."""

    #: As the flavor has them: one resource class, in either spelling.
    resources: dict[str, Any]
    traits: frozenset[str] = frozenset()
    availability_zone: str | None = None
    #: What the metadata of the node's aggregates must say.
    aggregates: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    #: ``affinity``, ``anti-affinity`` or None.
    policy: str | None = None
    #: Affinity zones of the other members of the group.
    zones: frozenset[str] = frozenset()


@dataclasses.dataclass(frozen=True)
class Found:
    """Nodes that fit; an allocation is for one resource class."""

    resource_class: str
    nodes: list[str]
    #: Other nodes would be allocated for this class and these traits, too.
    narrowed: bool = True

    def to_ask_for(self) -> list[str] | None:
        """The candidates of an allocation, None for all.

        Never more than a sample: Ironic keeps them in a column that has no
        room for thousands.
        """
        if not self.narrowed:
            return None
        if len(self.nodes) <= SAMPLE:
            return self.nodes
        return random.sample(self.nodes, SAMPLE)  # noqa: S311


def values_of(
    aggregates: Sequence[models.Aggregate], key: str
) -> list[str]:
    """What some aggregates say under a key, in order, each once."""
    return list(
        dict.fromkeys(
            str(one.meta[key]) for one in aggregates if key in one.meta
        )
    )


def candidates(
    nodes: Sequence[base.NodeState],
    aggregates: Mapping[str, Sequence[models.Aggregate]],
    taken: Collection[str],
    wish: Wish,
) -> Found:
    """The nodes that fit.

    :param aggregates: those of each node, by its UUID
    :param taken: UUIDs of nodes that have a server, whatever they say
    :raises NoNode: none fits; what an administrator is told counts why
    """
    against: collections.Counter[str] = collections.Counter()
    by_class: dict[str, list[str]] = {}
    for node in nodes:
        reason = next(
            _reasons(node, aggregates.get(node.uuid, ()), taken, wish), None
        )
        if reason is None:
            by_class.setdefault(str(node.resource_class), []).append(node.uuid)
        else:
            against[reason] += 1
    if not by_class:
        raise NoNode('No node fits.', inside=_sentence(len(nodes), against))
    # Two classes that are one when normalized: the one with more nodes.
    best = max(by_class, key=lambda name: (len(by_class[name]), name))
    found = by_class[best]
    narrowed = bool(
        wish.availability_zone is not None
        or wish.aggregates
        or wish.policy is not None
        # Some are left out that the inventory thinks are free.
        or len(found) < sum(_is_allocated(node, best, wish) for node in nodes)
    )
    return Found(best, found, narrowed)


def _is_allocated(
    node: base.NodeState, resource_class: str, wish: Wish
) -> bool:
    """Whether the inventory would allocate it, were it asked for any."""
    return (
        node.available
        and node.resource_class == resource_class
        and wish.traits <= set(node.traits)
    )


def _reasons(
    node: base.NodeState,
    aggregates: Sequence[models.Aggregate],
    taken: Collection[str],
    wish: Wish,
) -> Iterator[str]:
    """What speaks against a node, after "so many"; the first one counts."""
    if not schemas.flavor_fits(wish.resources, node.resource_class):
        yield 'have another resource class'
    for trait in sorted(wish.traits - set(node.traits)):
        yield f'lack the trait {trait}'
    zone = wish.availability_zone
    if zone is not None and zone not in values_of(
        aggregates, db_aggregates.ZONE
    ):
        yield f'are not in the availability zone "{zone}"'
    for key, value in wish.aggregates.items():
        if not _says(aggregates, key, value):
            yield f'are in no aggregate with {key}={value}'
    if wish.policy is not None:
        yield from _affinity(values_of(aggregates, AFFINITY_ZONE), wish)
    if node.maintenance:
        yield 'are in maintenance'
    if node.uuid in taken or node.instance_uuid is not None:
        yield 'are in use'
    if node.power_state is None:
        # Ironic allocates none that it could not power.
        yield 'have no power state'
    if not node.available:
        yield 'are not available'


def _says(
    aggregates: Sequence[models.Aggregate], key: str, value: object
) -> bool:
    wanted = str(value).lower()
    return any(
        found.lower() == wanted for found in values_of(aggregates, key)
    )


def _affinity(zones: list[str], wish: Wish) -> Iterator[str]:
    if not zones:
        yield 'are in no affinity zone, which the server group needs'
    elif wish.policy == 'affinity':
        if wish.zones and not wish.zones.intersection(zones):
            yield "are not in the server group's affinity zone"
    elif wish.zones.intersection(zones):
        yield 'are in an affinity zone that the server group has already'


def _sentence(total: int, against: collections.Counter[str]) -> str:
    if not total:
        return 'There is no node at all.'
    counts = ', '.join(
        f'{count} {reason}' for reason, count in against.most_common()
    )
    return f'Of {total} there are: {counts}.'


def choose(
    runtime: runtime_mod.Runtime, server: models.Server, *, anew: bool = False
) -> Found:
    """The nodes that a server could be built on now.

    Only the free nodes are asked for; all, which say why none fits, where
    none of these does.  Who asks at the same time shares the answers; that
    none fits is never concluded from one older than the server's wish.

    :param anew: with an answer that nobody had yet
    :raises NoNode: none
    """
    since = time.time() if anew else 0.0
    begun = since or float((server.plan or {}).get('since', time.time()))
    flavor = runtime.db.get_flavor(str(server.flavor_uuid))
    wish = _wish(runtime, server, flavor)
    aggregates = runtime.db.aggregates_of_nodes()

    def among(nodes: list[base.NodeState]) -> Found:
        free = [node.uuid for node in nodes if node.available]
        taken = runtime.db.servers_of_nodes(free)
        return candidates(nodes, aggregates, taken, wish)

    name = next(iter(flavor.resources), None)
    if name is not None and name.startswith('CUSTOM_'):
        # Normalized: nodes may write it otherwise.
        name = None
    try:
        return among(runtime.nodes.free(name, since))
    except NoNode:
        return among(runtime.nodes.every(begun))


def _wish(
    runtime: runtime_mod.Runtime,
    server: models.Server,
    flavor: models.Flavor,
) -> Wish:
    policy, zones = None, frozenset[str]()
    if server.group_uuid is not None:
        policy = policy_of(runtime.db.get_server_group(server.group_uuid))
        zones = frozenset(
            member.affinity_zone
            for member in runtime.db.group_members(server.group_uuid)
            if member.affinity_zone and member.uuid != server.uuid
        )
    return Wish(
        resources=flavor.resources,
        traits=frozenset(flavor.traits or ()),
        availability_zone=server.availability_zone,
        aggregates=flavor.resource_aggregates or {},
        policy=policy,
        zones=zones,
    )


def policy_of(group: models.ServerGroup) -> str | None:
    """``affinity``, ``anti-affinity`` or None."""
    return group.policies[0] if group.policies else None
