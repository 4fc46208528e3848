"""Power, deploying and undeploying of the static driver's machines.

A simulation of what Ironic does with hardware that always works: the same
states in the same order, refusals in the same situations, and every action
takes ``[static] transition`` seconds.  A node's ``properties`` can ask for
trouble::

    properties: {simulate: {deploy: fail, power: fail, clean: fail}}

With ``deploy: hang`` deploying never ends.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import lifecycle
from moganclient.service.drivers import static_allocations
from moganclient.service.drivers import static_deploy
from moganclient.service.drivers import static_networks
from moganclient.service.drivers import static_state
from moganclient.service import exceptions

#: What a power action leads to.
_POWER = {
    'power on': 'power on',
    'power off': 'power off',
    'rebooting': 'power on',
    'soft power off': 'power off',
    'soft rebooting': 'power on',
}


class StaticLife(lifecycle.Lifecycle):
    """What is done to machines; a base of ``StaticDriver``."""

    def __init__(
        self,
        states: static_state.States,
        allocations: static_allocations.Allocations,
        networks: static_networks.StaticNetworks,
        transition: float,
    ) -> None:
        """Simulate.

        :param transition: seconds that an action takes
        """
        self._states = states
        self._allocations = allocations
        self._static_networks = networks
        self._transition = transition

    def set_power(self, node_uuid: str, target: str) -> None:
        """Begin a power action."""
        if target not in _POWER:
            raise exceptions.BadRequest(
                f'"{target}" is nothing that power can be set to; known are '
                f'{", ".join(_POWER)}.'
            )

        def change(node: base.Node) -> static_state.Entry:
            result: static_state.Entry = {'target_power_state': None}
            if static_deploy.simulated(node, 'power') == 'fail':
                result['last_error'] = (
                    f'Failed to change power state to "{_POWER[target]}" by '
                    f'"{target}": simulated.'
                )
            else:
                result['power_state'] = _POWER[target]
            return self._begin(
                {'target_power_state': _POWER[target], 'last_error': None},
                result,
            )

        self._states.change(node_uuid, change)

    def set_protected(
        self, node_uuid: str, protected: bool, reason: str | None
    ) -> base.Node:
        """Protect an active node, or no longer."""

        def change(node: base.Node) -> static_state.Entry:
            if protected and node.provision_state not in base.RUNNING:
                raise exceptions.UpstreamConflict(
                    f'Node {node_uuid} can only be made protected while it '
                    f'is active; it is {node.provision_state}.'
                )
            return {
                'protected': protected,
                'protected_reason': reason if protected else None,
            }

        return self._states.change(node_uuid, change)

    def allocate(
        self,
        uuid: str,
        resource_class: str,
        *,
        traits: list[str],
        candidates: list[str] | None,
    ) -> None:
        """Reserve the first node of the file that fits."""
        self._allocations.allocate(
            uuid, resource_class, traits=traits, candidates=candidates
        )

    def get_allocation(self, uuid: str) -> base.Allocation | None:
        """An allocation as it is now."""
        return self._allocations.get(uuid)

    def delete_allocation(self, uuid: str) -> None:
        """Give an allocation up."""
        self._allocations.delete(uuid)

    def set_instance_info(
        self, node_uuid: str, info: dict[str, Any]
    ) -> base.Node:
        """Merge into ``instance_info``."""

        def change(node: base.Node) -> static_state.Entry:
            merged = {**node.instance_info, **info}
            return {
                'instance_info': {
                    key: value
                    for key, value in merged.items()
                    if value is not None
                }
            }

        return self._states.change(node_uuid, change)

    def provision(
        self, node_uuid: str, target: str, *, configdrive: str | None = None
    ) -> None:
        """Begin to deploy or to undeploy."""
        if target not in lifecycle.PROVISION_TARGETS:
            raise exceptions.BadRequest(
                f'"{target}" is nothing that a node can be provisioned to; '
                f'known are {", ".join(lifecycle.PROVISION_TARGETS)}.'
            )
        carried: list[str] = []

        def change(node: base.Node) -> static_state.Entry:
            carried[:] = node.vifs()
            static_deploy.check(node, target)
            if target == 'deleted':
                return self._begin(*static_deploy.undeploy(node))
            return self._begin(*static_deploy.deploy(node, configdrive))

        self._states.change(node_uuid, change)
        if target == 'deleted':
            self._static_networks.unbind(carried)

    def attach_vif(self, node_uuid: str, port_id: str) -> None:
        """Have the first free port group or NIC carry a port."""
        address: list[str | None] = []
        self._static_networks.one(port_id)
        self._refuse_carried(node_uuid, port_id)

        def change(node: base.Node) -> static_state.Entry:
            if port_id in node.vifs() or not node.records_vifs:
                return {}
            free: list[base.Nic | base.PortGroup] = [
                carrier
                # NICs in a bond carry nothing of their own.
                for carrier in node.portgroups or node.nics
                if carrier.vif_port_id is None
            ]
            if not free:
                raise exceptions.BadRequest(
                    f'Node {node_uuid} has no free NIC for port {port_id}.'
                )
            address[:] = [free[0].address]
            vifs = static_state.carried(node)
            return {'vifs': {**vifs, free[0].uuid: port_id}}

        self._states.change(node_uuid, change)
        if address:
            self._static_networks.bind(port_id, node_uuid, address[0])

    def detach_vif(self, node_uuid: str, port_id: str) -> None:
        """Have a node no longer carry a port."""

        def change(node: base.Node) -> static_state.Entry:
            return {
                'vifs': {
                    carrier: None if vif == port_id else vif
                    for carrier, vif in static_state.carried(node).items()
                }
            }

        carries = port_id in self._states.get(node_uuid).vifs()
        self._states.change(node_uuid, change)
        if carries:
            self._static_networks.unbind([port_id])

    def console(self, node_uuid: str) -> base.Console:
        """The console that the file names, once it is enabled."""
        node = self._states.get(node_uuid)
        url = self._console_url(node)
        if not node.console_enabled:
            return base.Console(False)
        kind = 'socat' if url.startswith('tcp:') else 'shellinabox'
        return base.Console(True, kind, url)

    def enable_console(self, node_uuid: str) -> None:
        """Switch the console on, which takes no time."""
        self._console_url(self._states.get(node_uuid))
        self._states.change(node_uuid, lambda _node: {'console_enabled': True})

    def disable_console(self, node_uuid: str) -> None:
        """Switch the console off, which takes no time."""
        self._states.change(
            node_uuid, lambda _node: {'console_enabled': False}
        )

    def _console_url(self, node: base.Node) -> str:
        url = node.properties.get('console_url')
        if not isinstance(url, str):
            raise exceptions.NotImplementedByDriver(
                f'Node {node.name or node.uuid} has no serial console: the '
                'inventory file names no "console_url" in its properties.'
            )
        return url

    def _refuse_carried(self, node_uuid: str, port_id: str) -> None:
        """No two nodes carry a port; only nodes of a store are asked."""
        for other in self._states.look():
            if other.uuid != node_uuid and port_id in other.vifs():
                raise exceptions.UpstreamConflict(
                    f'Port {port_id} is attached to node {other.uuid} already.'
                )

    def _begin(
        self, at_once: static_state.Entry, *later: static_state.Entry
    ) -> static_state.Entry:
        """Changes, each after the time that the one before it takes."""
        now = self._states.clock()
        moves = [
            [now + number * self._transition, change]
            for number, change in enumerate(later, 1)
        ]
        return {**at_once, 'moves': moves}
