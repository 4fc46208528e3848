"""Making a plan of what the cloud tells."""

from __future__ import annotations

import collections
from collections.abc import Iterator
import threading
from typing import TypeVar

from moganclient.adoption import endpoints
from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import listing
from moganclient.adoption import naming
from moganclient.adoption import plan
from moganclient.adoption import schemas
from moganclient import exceptions
from moganclient import resource
from moganclient.v1 import adoptable_node
from moganclient.v1 import bodies
from moganclient.v1 import client as v1_client
from moganclient.v1 import flavor as flavors
from moganclient.v1 import named
from moganclient.v1 import preparation

#: What is asked of a node.
FIELDS = (
    'uuid',
    'name',
    'resource_class',
    'owner',
    'conductor_group',
    'ports',
    'portgroups',
    'adoptable',
    'reasons',
)

R = TypeVar('R', bound=resource.Resource)


def create(
    client: v1_client.Client,
    *,
    name: str | None = None,
    resource_class: str | None = None,
    owner: str | None = None,
    conductor_group: str | None = None,
    flavor: str | None = None,
    project: str | None = None,
    name_template: str = '{name}',
    availability_zone: str | None = None,
    on_event: events.Listener = events.nobody,
    stop: threading.Event | None = None,
) -> plan.Plan:
    """See :meth:`moganclient.adoption.plan.Plan.create`."""
    template = naming.Template(name_template)
    bodies.check(
        bodies.without_unset(
            project=project, availability_zone=availability_zone
        ),
        schemas.DEFAULTS,
        'what the servers of the plan shall have',
    )
    endpoints.refuse_retired(client)
    endpoint = client.endpoint
    known = _Flavors(
        listing.counted(client.flavor.iterate(), 'flavors', on_event, stop)
    )
    maker = _Maker(
        template,
        known,
        None if flavor is None else named.find(known, flavor, known.named),
        project,
        availability_zone,
    )
    nodes = client.adoptable_node.iterate(
        all=True,
        name=name,
        resource_class=resource_class,
        owner=owner,
        conductor_group=conductor_group,
        fields=FIELDS,
    )
    for node in listing.counted(nodes, 'nodes', on_event, stop):
        maker.look_at(node)
    servers, left_out = maker.result()
    if not servers:
        raise _nothing(left_out)
    return plan.Plan(
        endpoint, servers, region=client.region_name, left_out=left_out
    )


def _nothing(left_out: list[plan.LeftOut]) -> errors.NothingAdoptable:
    """The error for a cloud, or a part of it, where nothing is adoptable."""
    if not left_out:
        return errors.NothingAdoptable(
            'There is nothing to plan: the cloud has no node that matches.'
        )
    if len(left_out) == 1:
        why = ' '.join(reason['message'] for reason in left_out[0].reasons)
        return errors.NothingAdoptable(
            f'There is nothing to plan: the one node that matches, '
            f'{left_out[0].node}, cannot be taken over: {why}',
            left_out=left_out,
        )
    codes = collections.Counter(
        code for left in left_out for code in {r['code'] for r in left.reasons}
    )
    counts = ', '.join(f'{code} {n}' for code, n in codes.most_common())
    commonest = codes.most_common(1)[0][0]
    example = next(
        reason['message']
        for left in left_out
        for reason in left.reasons
        if reason['code'] == commonest
    )
    return errors.NothingAdoptable(
        f'There is nothing to plan: of {len(left_out)} nodes none can be '
        f'taken over ({counts}). The commonest reason, for example: {example}',
        left_out=left_out,
    )


class _Flavors:
    """The flavors of a cloud, looked up without asking again."""

    RESOURCE = flavors.Flavor

    def __init__(self, found: Iterator[flavors.Flavor]) -> None:
        self.all = list(found)
        self._names = collections.Counter(one.name for one in self.all)
        self._fitting: dict[str | None, flavors.Flavor | None] = {}

    def get(self, thing: resource.Ident, /) -> flavors.Flavor:
        for one in self.all:
            if one.uuid == thing:
                return one
        raise exceptions.NotFound(f'There is no flavor {thing} here.')

    def spelled(self, identity: str, /) -> str:
        return identity.lower()

    def find(self, name_or_uuid: resource.Ident, /) -> flavors.Flavor:
        return named.find(self, name_or_uuid, self.named)

    def named(self, name: str) -> list[flavors.Flavor]:
        return [one for one in self.all if one.name == name]

    def for_node(self, node: adoptable_node.AdoptableNode) -> flavors.Flavor:
        """The one that fits.

        :raises moganclient.exceptions.CannotChoose: none does, or several do
        """
        wanted = node.resource_class
        found = self._fitting.get(wanted)
        if found is None:
            found = preparation.default_flavor(node, self.all)
            self._fitting[wanted] = found
        return found

    def written(self, flavor: flavors.Flavor) -> str:
        """A flavor as plans have it: by its name where that is enough."""
        name = flavor.name
        if name and self._names[name] == 1 and not resource.is_uuid(name):
            return name
        return flavor.uuid


class _Maker:
    """Looks at one node after the other."""

    def __init__(
        self,
        template: naming.Template,
        known: _Flavors,
        flavor: flavors.Flavor | None,
        project: str | None,
        availability_zone: str | None,
    ) -> None:
        self.template = template
        self.known = known
        self.flavor = flavor
        self.project = project
        self.availability_zone = availability_zone
        #: In the order of the cloud's list.
        self.found: list[plan.PlannedServer | plan.LeftOut] = []
        self.nodes: set[str] = set()
        #: Where in ``found`` a name or a port is used first.
        self.names: dict[str, int] = {}
        self.ports: dict[str, int] = {}

    def result(
        self,
    ) -> tuple[list[plan.PlannedServer], list[plan.LeftOut]]:
        servers: list[plan.PlannedServer] = []
        left_out: list[plan.LeftOut] = []
        for one in self.found:
            if isinstance(one, plan.LeftOut):
                left_out.append(one)
            else:
                servers.append(one)
        return servers, left_out

    def look_at(self, node: adoptable_node.AdoptableNode) -> None:
        """Plan a node's server, or leave the node out."""
        uuid = node.uuid.lower()
        if uuid in self.nodes:
            # The list changed between two of its pages.
            return
        self.nodes.add(uuid)
        if not node.adoptable:
            self.leave_out(node, node.reasons)
            return
        reasons: list[dict[str, str]] = []
        ports = [port.lower() for port in node.carried_ports()]
        flavor = self.flavor_of(node, ports, reasons)
        name = self.template.name(node)
        if isinstance(name, dict):
            reasons.append(name)
        else:
            self.check_name(node, name, reasons)
        self.check_ports(node, ports, reasons)
        for port in ports:
            self.ports.setdefault(port, len(self.found))
        if reasons or flavor is None or isinstance(name, dict):
            self.leave_out(node, reasons)
            return
        self.names[name] = len(self.found)
        self.found.append(
            plan.PlannedServer(
                node=uuid,
                # Mostly the same text; kept once.
                node_name=name if name == node.name else node.name or None,
                name=name,
                flavor=self.known.written(flavor),
                ports=ports,
                project=self.project,
                availability_zone=self.availability_zone,
            )
        )

    def leave_out(
        self,
        node: adoptable_node.AdoptableNode,
        reasons: list[dict[str, str]],
    ) -> None:
        self.found.append(
            plan.LeftOut(
                node.uuid.lower(),
                node.name or None,
                [
                    {'code': one['code'], 'message': one['message']}
                    for one in reasons
                ],
            )
        )

    def flavor_of(
        self,
        node: adoptable_node.AdoptableNode,
        ports: list[str],
        reasons: list[dict[str, str]],
    ) -> flavors.Flavor | None:
        """The flavor that was asked for, or the one that fits."""
        if self.flavor is not None:
            reasons += preparation.obstacles(node, self.flavor, ports)
            return self.flavor
        try:
            return self.known.for_node(node)
        except exceptions.CannotChoose as error:
            code = 'several_flavors' if error.candidates else 'no_flavor'
            reasons.append({'code': code, 'message': error.message})
            return None

    def check_name(
        self,
        node: adoptable_node.AdoptableNode,
        name: str,
        reasons: list[dict[str, str]],
    ) -> None:
        """No two servers of a plan have one name."""
        if name not in self.names:
            return
        other = self.found[self.names[name]]
        reasons.append(
            {
                'code': 'duplicate_name',
                'message': (
                    f'The server of {preparation.describe(node)} would be '
                    f'called {name!r}, as that of {_called(other)}: use '
                    'another name template, or give the nodes names of '
                    'their own in Ironic.'
                ),
            }
        )

    def check_ports(
        self,
        node: adoptable_node.AdoptableNode,
        ports: list[str],
        reasons: list[dict[str, str]],
    ) -> None:
        """A port is of one machine; where two carry it, neither is sure."""
        if not ports:
            try:
                preparation.default_ports(node)
            except exceptions.CannotChoose as error:
                reasons.append({'code': 'no_port', 'message': error.message})
        for port in ports:
            if port not in self.ports:
                continue
            index = self.ports[port]
            other = self.found[index]
            reasons.append(
                _port_of_two(preparation.describe(node), port, _called(other))
            )
            told = _port_of_two(
                _called(other), port, preparation.describe(node)
            )
            if isinstance(other, plan.PlannedServer):
                other = plan.LeftOut(other.node, other.node_name, [])
                self.found[index] = other
            other.reasons.append(told)


def _called(one: plan.PlannedServer | plan.LeftOut) -> str:
    """A node that was looked at, as sentences call it."""
    if one.node_name:
        return f'node {one.node_name!r} ({one.node})'
    return f'node {one.node}'


def _port_of_two(what: str, port: str, other: str) -> dict[str, str]:
    return {
        'code': 'port_of_two_nodes',
        'message': (
            f'N{what[1:]} carries port {port}, and so does {other}: detach '
            'it in Ironic from the one that does not have it.'
        ),
    }
