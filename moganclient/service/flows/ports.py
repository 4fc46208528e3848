"""What the network must be for a node to be taken over.

Nothing is attached or detached here: attaching re-plugs a switch port under
a running machine, and detaching gives the port a new random MAC address.
"""

from __future__ import annotations

import typing

from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service import networks

if typing.TYPE_CHECKING:
    from moganclient.service.drivers import base


def check(verdict: eligibility.Verdict, named: list[str]) -> None:
    """Whether the ports that a request names are the ones to name.

    Every named port is one that the node carries, is free, and all that it
    carries are named.  A node whose network interface records no VIFs names
    any of the free ports with a MAC of its NICs, one for a NIC.

    :param verdict: the node, examined with ``named`` looked up too
    :raises moganclient.service.exceptions.PortConflict: with a reason for
        each port that is wrong, and what to do
    """
    node = verdict.node
    vifs = node.vifs()
    reasons = []
    nics: dict[str, str] = {}
    for port_id in named:
        port = verdict.ports.get(port_id)
        if port is None:
            reasons.append(
                eligibility.Reason(
                    'port_not_found',
                    f'Neutron knows no port {port_id}. Name ports that the '
                    f'node carries: {_listed(verdict)}.',
                )
            )
        elif port_id not in vifs:
            reasons += _not_recorded(verdict, port, nics)
        elif use := eligibility.port_use(port, node.uuid, None):
            reasons.append(
                eligibility.Reason(
                    'port_in_use', f'Port {port_id} is used by {use}.'
                )
            )
    reasons += [
        eligibility.Reason(
            'port_not_named',
            f'Node {eligibility.label(node)} carries port {vif} too; name it '
            'as well.',
        )
        for vif in vifs
        if vif not in named
    ]
    if reasons:
        raise exceptions.PortConflict(
            ' '.join(one.message for one in reasons),
            code=reasons[0].code,
            reasons=[one.to_dict() for one in reasons],
        )


def _not_recorded(
    verdict: eligibility.Verdict, port: networks.Port, nics: dict[str, str]
) -> list[eligibility.Reason]:
    """A named port that is none of the node's VIFs: by MAC, or refused."""
    node = verdict.node
    nic = _nic_of(node, port)
    if nic is None:
        return [
            eligibility.Reason(
                'port_not_carried',
                f'Port {port.id} is not carried by node '
                f'{eligibility.label(node)}. {_how_to_attach(node, port)}',
            )
        ]
    if use := eligibility.port_use(port, node.uuid, None):
        return [
            eligibility.Reason(
                'port_in_use', f'Port {port.id} is used by {use}.'
            )
        ]
    other = nics.setdefault(nic.uuid, port.id)
    if other != port.id:
        return [
            eligibility.Reason(
                'port_not_carried',
                f'Ports {other} and {port.id} both have the MAC address '
                f'{port.mac_address} of one NIC; name the one that it uses.',
            )
        ]
    return []


def _nic_of(node: base.Node, port: networks.Port) -> base.Nic | None:
    if node.records_vifs or not port.mac_address:
        return None
    return next(
        (nic for nic in node.nics if nic.address == port.mac_address), None
    )


def _how_to_attach(node: base.Node, port: networks.Port) -> str:
    if not node.records_vifs:
        return (
            'Its network interface records no VIFs: a port counts as carried '
            'when it has the MAC address of one of its NICs.'
        )
    return (
        'Attach it first, knowing that this may re-plug its switch port: '
        f'openstack baremetal node vif attach {node.uuid} {port.id}'
    )


def _listed(verdict: eligibility.Verdict) -> str:
    carried = verdict.node.vifs() or [
        port for found in verdict.candidates.values() for port in found
    ]
    return ', '.join(carried) or 'none'
