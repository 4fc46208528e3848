"""Which nodes can be taken over, and why the others can't.

The rules live here once.  The listing, the look at one node and the taking
over itself all ask :func:`judge`; nothing else in the project knows a rule.
A node is adoptable when no :class:`Reason` speaks against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import dataclasses
import typing

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service.flows import owner
from moganclient.service import networks

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


@dataclasses.dataclass(slots=True, frozen=True)
class Reason:
    """One rule that a node does not meet."""

    #: Stable, for programs: ``not_active``, ``in_use``, ...
    code: str
    #: A sentence for people.
    message: str

    def to_dict(self) -> dict[str, str]:
        return {'code': self.code, 'message': self.message}


@dataclasses.dataclass(slots=True)
class Verdict:
    """A node, what its network says, and every reason against it."""

    node: base.Node
    reasons: list[Reason]
    #: The server that has it, or None.
    server: models.Server | None = None
    #: Ports that Neutron knows among those the node carries or that were
    #: asked for, by UUID.
    ports: dict[str, networks.Port] = dataclasses.field(default_factory=dict)
    #: Where the node's network interface records no VIFs: the free ports
    #: with the MAC of one of its NICs, by the NIC's UUID.
    candidates: dict[str, list[str]] = dataclasses.field(default_factory=dict)

    @property
    def adoptable(self) -> bool:
        return not self.reasons

    @property
    def server_uuid(self) -> str | None:
        """UUID of the server that has the node, or None."""
        return self.server.uuid if self.server is not None else None

    def vif_of_nic(self, nic: base.Nic) -> str | None:
        """The port that a NIC carries, as recorded or, unambiguous, by MAC."""
        if nic.vif_port_id:
            return nic.vif_port_id
        found = self.candidates.get(nic.uuid, [])
        return found[0] if len(found) == 1 else None


def label(node: base.Node) -> str:
    """How messages call a node: its name in quotes and its UUID."""
    return f'"{node.name}" ({node.uuid})' if node.name else node.uuid


def state_reasons(node: base.Node) -> list[Reason]:
    """The rules that the node's own record answers (no claim, no network).

    Asked again of the answer to the claim, because Ironic accepts a claim
    during maintenance.
    """
    reasons = []
    if node.provision_state != 'active':
        reasons.append(
            Reason(
                'not_active',
                f'Its provision state is "{node.provision_state}"; only a '
                'node that is "active" runs something to take over. Adopt it '
                'in Ironic first.',
            )
        )
    if node.maintenance:
        why = node.maintenance_reason
        reasons.append(
            Reason(
                'in_maintenance',
                f'It is in maintenance{f" ({why})" if why else ""}.',
            )
        )
    if node.retired:
        reasons.append(Reason('retired', 'It is marked as retired.'))
    if not node.resource_class:
        reasons.append(
            Reason(
                'no_resource_class',
                'It has no resource class, so no flavor can fit it. Set one '
                'in Ironic; that works on an active node.',
            )
        )
    return reasons


def _claim_reasons(
    node: base.Node, server: models.Server | None
) -> Iterator[Reason]:
    if server is not None:
        if server.flow is not None and owner.is_over(server):
            yield Reason(
                'recovering',
                f'Server {server.uuid} ("{server.name}") was being '
                f'{_DOING[server.flow]} when the service stopped; recovery '
                'is finishing or undoing that.',
            )
        else:
            yield Reason(
                'managed', f'Server {server.uuid} ("{server.name}") has it.'
            )
    if node.instance_uuid and (
        server is None or node.instance_uuid != server.uuid
    ):
        yield Reason(
            'in_use',
            f'Instance {node.instance_uuid}, which is no server of this '
            'service, has it.',
        )


_DOING = {
    'attach': 'given a network interface',
    'build': 'built',
    'delete': 'deleted',
    'detach': 'rid of a network interface',
    'manage': 'taken over',
    'rebuild': 'rebuilt',
    'unmanage': 'let go',
}


def port_use(
    port: networks.Port, node_uuid: str, server_uuid: str | None
) -> str | None:
    """What a port is in use by, as the end of a sentence, or None if free.

    It is free for a server on a node when its ``device_id`` is empty or that
    server's and its ``binding:host_id`` is empty or that node's.
    """
    if port.device_id and port.device_id != server_uuid:
        by = f'device {port.device_id}'
        return f'{by} ({port.device_owner})' if port.device_owner else by
    if port.host_id and port.host_id != node_uuid:
        return f'host {port.host_id}'
    return None


def _network_reasons(
    node: base.Node,
    server_uuid: str | None,
    ports: dict[str, networks.Port],
    candidates: dict[str, list[str]],
) -> Iterator[Reason]:
    vifs = node.vifs()
    for vif in vifs:
        if vif not in ports:
            yield Reason(
                'port_not_found',
                f'It carries VIF {vif}, which is no port that Neutron knows. '
                'Detach that VIF, or attach a port that exists.',
            )
        elif use := port_use(ports[vif], node.uuid, server_uuid):
            yield Reason(
                'port_in_use',
                f'Port {vif}, which it carries, is used by {use}.',
            )
    if vifs or node.provision_state != 'active':
        return
    if node.records_vifs:
        yield Reason(
            'no_port',
            'It carries no VIF, and a server needs at least one port. Attach '
            f'one: openstack baremetal node vif attach {node.uuid} <port>',
        )
    elif not any(candidates.values()):
        yield Reason(
            'no_port',
            'Its network interface records no VIFs, and no free port has the '
            'MAC address of one of its NICs. Create such a port in Neutron.',
        )


def judge(
    node: base.Node,
    server: models.Server | None,
    ports: dict[str, networks.Port],
    ports_by_mac: dict[str, list[networks.Port]],
) -> Verdict:
    """Apply every rule to one node.

    :param server: the server of the node, None where none has it
    :param ports: ports that Neutron knows, by UUID: at least those among the
        node's VIFs
    :param ports_by_mac: for a node that records no VIFs, the ports with the
        MAC address of one of its NICs
    """
    server_uuid = server.uuid if server is not None else None
    mine = {vif: ports[vif] for vif in node.vifs() if vif in ports}
    candidates: dict[str, list[str]] = {}
    if not node.records_vifs:
        for nic in node.nics:
            free = [
                port
                for port in ports_by_mac.get(nic.address or '', [])
                if port_use(port, node.uuid, server_uuid) is None
            ]
            candidates[nic.uuid] = [port.id for port in free]
            mine.update((port.id, port) for port in free)
    reasons = [
        *_claim_reasons(node, server),
        *state_reasons(node),
        *_network_reasons(node, server_uuid, ports, candidates),
    ]
    return Verdict(node, reasons, server, mine, candidates)


def _judge_all(
    runtime: runtime_mod.Runtime,
    nodes: list[base.Node],
    also: Iterable[str] = (),
) -> list[Verdict]:
    """Join nodes with servers and ports: bulk requests, none per node."""
    servers = runtime.db.servers_of_nodes([node.uuid for node in nodes])
    wanted = {vif for node in nodes for vif in node.vifs()}
    wanted.update(also)
    ports = runtime.networks.ports_by_id(wanted) if wanted else {}
    macs = {
        nic.address
        for node in nodes
        if not node.records_vifs
        for nic in node.nics
        if nic.address
    }
    by_mac: dict[str, list[networks.Port]] = {}
    for port in runtime.networks.ports_by_mac(macs) if macs else ():
        by_mac.setdefault(port.mac_address or '', []).append(port)
    verdicts = [
        judge(node, servers.get(node.uuid), ports, by_mac) for node in nodes
    ]
    for verdict in verdicts:
        verdict.ports.update(
            (one, ports[one]) for one in also if one in ports
        )
    return verdicts


def examine(
    runtime: runtime_mod.Runtime, ident: str, also: Iterable[str] = ()
) -> Verdict:
    """Look at one node, adoptable or not.

    :param ident: UUID or name
    :param also: UUIDs of further ports to look up; ``ports`` has those that
        exist
    :raises moganclient.service.exceptions.NodeNotFound: there is none
    :raises moganclient.service.exceptions.UpstreamUnavailable: somebody that
        has to be asked gives no answer
    """
    return _judge_all(runtime, [runtime.driver.get_node(ident)], also)[0]


def list_nodes(
    runtime: runtime_mod.Runtime,
    query: base.NodeQuery,
    name: str | None = None,
) -> tuple[list[Verdict], str | None]:
    """A page of nodes that can be taken over, or of all nodes.

    :param query: what to list; ``all`` includes the others
    :param name: only the node of this name
    :returns: verdicts in order, and the marker of the next page, or None
    :raises NotImplementedError: the driver has no such listing
    :raises moganclient.service.exceptions.UpstreamUnavailable: somebody that
        has to be asked gives no answer
    """
    if name is None:
        page = runtime.driver.list_adoptable_nodes(query)
    else:
        page = _page_of_name(runtime, query, name)
    verdicts = _judge_all(runtime, page.nodes)
    if not query.all:
        verdicts = [verdict for verdict in verdicts if verdict.adoptable]
    return verdicts, page.next_marker


def _page_of_name(
    runtime: runtime_mod.Runtime, query: base.NodeQuery, name: str
) -> base.NodePage:
    """The page that holds the one node of a name (Ironic has no such filter).

    A UUID finds a node too, but is nobody's name.
    """
    try:
        node = runtime.driver.get_node(name)
    except exceptions.NodeNotFound:
        return base.NodePage([])
    fits = node.name == name and all(
        wanted is None or has == wanted
        for wanted, has in (
            (query.resource_class, node.resource_class),
            (query.owner, node.owner),
            (query.conductor_group, node.conductor_group),
        )
    )
    past = query.marker is not None
    return base.NodePage([node] if fits and not past else [])
