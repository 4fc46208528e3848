"""What taking a node over would be: defaults, and what is in the way."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
import dataclasses
from typing import Any

from moganclient import exceptions
from moganclient import resource
from moganclient.v1 import adoptable_node
from moganclient.v1 import flavor as flavors

#: A network port: its UUID, or a dict of ``port_id`` and ``port_type``.
Port = str | Mapping[str, str]

#: Reasons of a node's own that say what a missing default would say again.
SAID_BY_NODE = {'flavor': 'no_resource_class', 'ports': 'no_port'}


@dataclasses.dataclass(frozen=True)
class Preparation:
    """A takeover that was thought through and not sent."""

    #: What would be sent, complete.
    body: dict[str, Any]
    #: The node as the service shows it.
    node: adoptable_node.AdoptableNode
    #: The flavor that the server would have; None on a retired server.
    flavor: flavors.Flavor | None
    #: Ids of the network ports that the server would have.
    ports: list[str]
    #: Everything that is in the way, ``{'code': ..., 'message': ...}`` each:
    #: what the service says of the node, then what is seen from here.
    reasons: list[dict[str, str]]

    @property
    def ready(self) -> bool:
        """Whether nothing is known to be in the way."""
        return not self.reasons

    def to_dict(self) -> dict[str, Any]:
        """The same as a structure of one's own that JSON can hold."""
        return {
            'ready': self.ready,
            'reasons': [dict(reason) for reason in self.reasons],
            'body': {**self.body},
            'node': self.node.to_dict(),
            'flavor': self.flavor and self.flavor.to_dict(),
            'ports': list(self.ports),
        }


def default_name(node: adoptable_node.AdoptableNode) -> str:
    """The node's name.

    :raises moganclient.exceptions.CannotChoose: it has none
    """
    if node.name:
        return node.name
    raise _cannot_choose(
        node,
        'name',
        f'Node {node.uuid} has no name that its server could take over: pass '
        'a name.',
    )


def default_ports(node: adoptable_node.AdoptableNode) -> list[str]:
    """The network ports that the node carries.

    :raises moganclient.exceptions.CannotChoose: it carries none
    """
    carried = node.carried_ports()
    if carried:
        return carried
    raise _cannot_choose(
        node,
        'ports',
        f'{_capital(node)} carries no network port that its server could '
        'take over: attach the port of each connected NIC in Ironic first '
        '("openstack baremetal node vif attach"), or pass the ports, where '
        'its network interface keeps no record of them.',
    )


def default_flavor(
    node: adoptable_node.AdoptableNode, known: Iterable[flavors.Flavor]
) -> flavors.Flavor:
    """The one flavor that fits the node's resource class.

    :param known: all flavors; disabled ones are not chosen, nor those that
        ask for traits where there are others
    :raises moganclient.exceptions.CannotChoose: none fits, or several do
    """
    if not node.resource_class:
        raise _cannot_choose(
            node,
            'flavor',
            f'{_capital(node)} has no resource class, so no flavor fits it: '
            'set one in Ironic first.',
        )
    fitting = [
        one
        for one in known
        if one.fits(node.resource_class) and not one.disabled
    ]
    fitting = [one for one in fitting if not one.traits] or fitting
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        names = ', '.join(f'{one.name!r} ({one.uuid})' for one in fitting)
        raise _cannot_choose(
            node,
            'flavor',
            f'Several flavors fit the resource class {node.resource_class!r} '
            f'of {describe(node)}: {names}. Pass the flavor.',
            fitting,
        )
    raise _cannot_choose(
        node,
        'flavor',
        f'No flavor fits the resource class {node.resource_class!r} of '
        f'{describe(node)}: create one with resources '
        f'{{{node.resource_class!r}: 1}}.',
    )


def _cannot_choose(
    node: adoptable_node.AdoptableNode,
    argument: str,
    message: str,
    candidates: Iterable[resource.Resource] = (),
) -> exceptions.CannotChoose:
    """The error; first what the service says of the node, once."""
    reasons = ' '.join(reason['message'] for reason in node.reasons)
    known = {reason['code'] for reason in node.reasons}
    if reasons and SAID_BY_NODE.get(argument) in known:
        message = f'{_capital(node)} cannot be taken over: {reasons}'
    elif reasons:
        message = (
            f'{_capital(node)} cannot be taken over: {reasons} Besides: '
            f'{message}'
        )
    return exceptions.CannotChoose(
        message,
        argument=argument,
        candidates=candidates,
        reasons=node.reasons,
    )


def networks(ports: Iterable[Port]) -> list[dict[str, str]]:
    """Ports as ``networks`` of a request, UUIDs in lower case.

    :raises moganclient.exceptions.ValidationError: it is no list of ports
    """
    if isinstance(ports, str | Mapping):
        raise exceptions.ValidationError(
            f'ports is a list of port ids, not {ports!r}.'
        )
    found = []
    for port in ports:
        if not isinstance(port, Mapping):
            found.append({'port_id': resource.ident(port, 'port')})
            continue
        network = dict(port)
        if isinstance(network.get('port_id'), str):
            network['port_id'] = network['port_id'].lower()
        found.append(network)
    return found


def obstacles(
    node: adoptable_node.AdoptableNode,
    flavor: flavors.Flavor,
    ports: list[str],
) -> list[dict[str, str]]:
    """What is in the way, as far as it can be seen without trying.

    The service decides; where it knows more (the MACs of network ports, for
    instance), it may find more.
    """
    reasons = [dict(reason) for reason in node.reasons]
    if node.resource_class and not flavor.fits(node.resource_class):
        asked = ', '.join(flavor.resources)
        reasons.append(
            {
                'code': 'flavor_does_not_fit',
                'message': (
                    f'Flavor {flavor.name!r} is for machines of resource '
                    f'class {asked}, and {describe(node)} is of '
                    f'{node.resource_class}: pass one that fits.'
                ),
            }
        )
    if flavor.disabled:
        reasons.append(
            {
                'code': 'flavor_disabled',
                'message': (
                    f'Flavor {flavor.name!r} is closed for new servers: '
                    'pass another one or enable it.'
                ),
            }
        )
    carried = node.carried_ports()
    reasons += [
        {
            'code': 'port_not_carried',
            'message': (
                f'{_capital(node)} does not carry port {port}: attach it in '
                'Ironic first, or leave it out.'
            ),
        }
        for port in ports
        # A node that carries none may have a network interface that keeps no
        # record: then only the service can tell.
        if carried and port not in carried
    ]
    reasons += [
        {
            'code': 'port_not_named',
            'message': (
                f'{_capital(node)} carries port {port} too: pass it as well, '
                'for a server has all ports of its machine.'
            ),
        }
        for port in carried
        if port not in ports
    ]
    return reasons


def describe(node: adoptable_node.AdoptableNode) -> str:
    """A node as sentences call it."""
    return f'node {node.name!r}' if node.name else f'node {node.uuid}'


def _capital(node: adoptable_node.AdoptableNode) -> str:
    """The same at the beginning of a sentence."""
    return 'N' + describe(node)[1:]
