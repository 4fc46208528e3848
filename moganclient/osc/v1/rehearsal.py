"""What ``server manage --dry-run`` finds out and shows.

The library prepares a takeover and stops at an argument that has no default.
A dry run goes on from there, for it is to tell everything that is in the way
at once.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import typing

from moganclient import exceptions
from moganclient.osc import columns
from moganclient.v1 import adoptable_node
from moganclient.v1 import flavor as flavors
from moganclient.v1 import preparation

if typing.TYPE_CHECKING:
    from moganclient.v1 import client as v1_client

#: What is shown, in this order.
PLAN = (
    'name',
    'node',
    'node_uuid',
    'flavor',
    'flavor_uuid',
    'ports',
    'project_id',
    'description',
    'availability_zone',
    'metadata',
    'ready',
    'reasons',
)
_KINDS = {
    'ports': columns.Ports,
    'metadata': columns.Mapping,
    'reasons': columns.Reasons,
}


@dataclasses.dataclass(frozen=True)
class Plan:
    """A takeover as it would be, as far as that is known."""

    node: adoptable_node.AdoptableNode
    flavor: flavors.Flavor | None
    #: Ids of network ports.
    ports: collections.abc.Sequence[str]
    #: What is to be said of the server: ``name``, ``description``, ...
    said: collections.abc.Mapping[str, typing.Any]
    #: Everything that is in the way, ``code`` and ``message`` each.
    reasons: collections.abc.Sequence[dict[str, str]]

    def with_reason(self, code: str, message: str) -> Plan:
        """The same with one more thing in the way."""
        reason = {'code': code, 'message': message}
        return dataclasses.replace(self, reasons=[*self.reasons, reason])

    def cells(self) -> tuple[typing.Any, ...]:
        """The cells of :data:`PLAN`."""
        carriers = {
            nic.get('vif_port_id'): nic
            for nic in [*self.node.portgroups, *self.node.ports]
        }
        values = {
            **self.said,
            'node': self.node.name,
            'node_uuid': self.node.uuid,
            'flavor': self.flavor and self.flavor.name,
            'flavor_uuid': self.flavor and self.flavor.uuid,
            'ports': [
                {
                    'vif_port_id': port,
                    'address': carriers.get(port, {}).get('address'),
                }
                for port in self.ports
            ],
            'metadata': self.said.get('metadata') or {},
            'ready': not self.reasons,
            'reasons': self.reasons,
        }
        return tuple(
            columns.cell(field, values.get(field), _KINDS) for field in PLAN
        )


def rehearse(
    client: v1_client.Client,
    node: str,
    name: str | None,
    arguments: dict[str, typing.Any],
) -> Plan:
    """Think a takeover through to the end.

    :param arguments: the others of the library's ``manage``
    :raises moganclient.exceptions.ClientException: what was typed makes no
        sense, or the service did not answer
    """
    try:
        found = client.server.prepare(node, name, **arguments)
    except exceptions.CannotChoose:
        return _with_gaps(client, node, name, arguments)
    return Plan(
        found.node, found.flavor, found.ports, found.body, found.reasons
    )


def _with_gaps(
    client: v1_client.Client,
    ident: str,
    name: str | None,
    arguments: dict[str, typing.Any],
) -> Plan:
    """The same where an argument was left out that has no default."""
    node = client.adoptable_node.get(ident)
    known = {reason['code'] for reason in node.reasons}
    gaps: list[dict[str, str]] = []

    def gap(error: exceptions.CannotChoose) -> None:
        if preparation.SAID_BY_NODE.get(error.argument) not in known:
            gaps.append(
                {'code': f'no_{error.argument}', 'message': error.message}
            )

    flavor: flavors.Flavor | None = None
    ports: list[str] = [port.lower() for port in arguments.get('ports') or ()]
    # Its own reasons are told once, not with every gap again.
    bare = adoptable_node.AdoptableNode({**node.to_dict(), 'reasons': []})
    try:
        name = name or preparation.default_name(bare)
    except exceptions.CannotChoose as error:
        gap(error)
    if client.retired:
        # It asks for nothing else.
        carried = node.carried_ports()
        return Plan(node, None, carried, {**arguments, 'name': name}, gaps)
    try:
        if arguments.get('flavor'):
            flavor = client.flavor.find(arguments['flavor'])
        else:
            flavor = preparation.default_flavor(bare, client.flavor.iterate())
    except exceptions.CannotChoose as error:
        gap(error)
    try:
        ports = ports or preparation.default_ports(bare)
    except exceptions.CannotChoose as error:
        gap(error)
    # Where there is no flavor, one stands in that nothing speaks against.
    fitting = flavors.Flavor(
        {'resources': {node.resource_class: 1}, 'disabled': False}
    )
    return Plan(
        node,
        flavor,
        ports,
        {**arguments, 'name': name},
        preparation.obstacles(node, flavor or fitting, ports) + gaps,
    )
