"""What is done to machines through Ironic: power, deploying, VIFs, consoles.

All of it as seen on Ironic 39; the contributor's guide (``driver``) tells the
facts.  Every microversion that this needs is below the one that listing
needs, so there is nothing to fall back to.
"""

from __future__ import annotations

from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import ironic_api
from moganclient.service.drivers import ironic_parse
from moganclient.service.drivers import lifecycle
from moganclient.service import exceptions
from moganclient.service import upstream
from moganclient.service import upstream_faults

#: What Ironic says of candidates that are no nodes.
_NOT_FOUND = 'cannot be found'


#: Since then Ironic makes ``display_name`` the node's ``instance_name``, and
#: leaves it there.
_INSTANCE_NAME = (1, 104)


class IronicLife(lifecycle.Lifecycle):
    """What is done to machines; a base of ``IronicDriver``."""

    def __init__(self, api: ironic_api.IronicApi) -> None:
        self._api = api

    def set_power(self, node_uuid: str, target: str) -> None:
        """Begin a power action; Ironic answers 202.

        From then on the node is reserved, and ``target_power_state`` is what
        it leads to: ``power on`` for both kinds of rebooting.
        """
        _known(target, lifecycle.POWER_TARGETS)
        self._api.on_node(
            'PUT', node_uuid, '/states/power', {'target': target}
        )

    def set_protected(
        self, node_uuid: str, protected: bool, reason: str | None
    ) -> base.Node:
        """Protect an active node, or no longer, with one PATCH."""
        patch = [ironic_api.add('protected', protected)]
        # Without protection there is no reason, and Ironic clears it.
        if protected and reason:
            patch.append(ironic_api.add('protected_reason', reason))
        return self._patch(node_uuid, patch)

    def allocate(
        self,
        uuid: str,
        resource_class: str,
        *,
        traits: list[str],
        candidates: list[str] | None,
    ) -> None:
        """Ask for an allocation with a UUID of ours.

        Ironic makes it the node's ``instance_uuid`` in the write that
        reserves it.
        """
        if candidates is not None and not candidates:
            # To Ironic an empty list is every node.
            raise exceptions.BadRequest(
                'An allocation needs candidates; an empty list of them leaves '
                'no node.'
            )
        body: dict[str, Any] = {'uuid': uuid, 'resource_class': resource_class}
        if traits:
            body['traits'] = traits
        if candidates:
            body['candidate_nodes'] = candidates
        try:
            try:
                self._api.write('POST', '/allocations', body)
            except exceptions.BadRequest as exc:
                if not candidates or _NOT_FOUND not in exc.detail:
                    raise
                # One that was deleted a moment ago, or enrolled in another
                # case, would spoil it for all the others.
                body['candidate_nodes'] = self._existing(candidates)
                if not body['candidate_nodes']:
                    raise
                self._api.write('POST', '/allocations', body)
        except exceptions.UpstreamConflict:
            if self.get_allocation(uuid) is None:
                raise

    def get_allocation(self, uuid: str) -> base.Allocation | None:
        """An allocation as it is now."""
        try:
            item = self._api.get(f'/allocations/{upstream.segment(uuid)}')
        except upstream_faults.Missing:
            return None
        return ironic_parse.allocation(item)

    def delete_allocation(self, uuid: str) -> None:
        """Give an allocation up; its node loses ``instance_uuid``."""
        try:
            self._api.write('DELETE', f'/allocations/{upstream.segment(uuid)}')
        except upstream_faults.Missing:
            return

    def set_instance_info(
        self, node_uuid: str, info: dict[str, Any]
    ) -> base.Node:
        """Merge into ``instance_info`` with one PATCH."""
        patch = []
        for key, value in info.items():
            field = f'instance_info/{_pointer(key)}'
            patch.append(ironic_api.add(field, value))
            if value is None:
                # What is not there cannot be removed.
                patch.append(ironic_api.remove(field))
        version = None
        if info.get('display_name', '') is None and self._api.knows(
            _INSTANCE_NAME
        ):
            patch.append(ironic_api.remove('instance_name'))
            version = _INSTANCE_NAME
        return self._patch(node_uuid, patch, version)

    def provision(
        self, node_uuid: str, target: str, *, configdrive: str | None = None
    ) -> None:
        """Begin to deploy or to undeploy; Ironic answers 202.

        Ironic opens the config drive when it deploys: what is no ISO 9660
        ends in ``deploy failed``.
        """
        _known(target, lifecycle.PROVISION_TARGETS)
        body = {'target': target}
        if configdrive is not None:
            body['configdrive'] = configdrive
        self._api.on_node('PUT', node_uuid, '/states/provision', body)

    def attach_vif(self, node_uuid: str, port_id: str) -> None:
        """Have a node carry a port: about a second.

        Ironic writes the port's host and MAC at once, whether or not the
        node is deployed.
        """
        try:
            self._api.on_node('POST', node_uuid, '/vifs', {'id': port_id})
        except exceptions.UpstreamConflict:
            # Locked, or somebody carries it: perhaps this node.
            if port_id not in self._vifs(node_uuid):
                raise

    def detach_vif(self, node_uuid: str, port_id: str) -> None:
        """Have a node no longer carry a port; the port need not exist."""
        try:
            self._api.on_node(
                'DELETE', node_uuid, f'/vifs/{upstream.segment(port_id)}'
            )
        except exceptions.BadRequest:
            if port_id in self._vifs(node_uuid):
                raise

    def console(self, node_uuid: str) -> base.Console:
        """Where the console is, as Ironic says it."""
        return ironic_parse.console(
            self._api.on_node('GET', node_uuid, '/states/console')
        )

    def enable_console(self, node_uuid: str) -> None:
        """Begin to switch the console on; Ironic answers 202."""
        self._api.on_node(
            'PUT', node_uuid, '/states/console', {'enabled': True}
        )

    def disable_console(self, node_uuid: str) -> None:
        """Begin to switch the console off; Ironic answers 202.

        When it undeploys it stops a console, but remembers that it was on
        and starts it again with the next deployment.
        """
        self._api.on_node(
            'PUT', node_uuid, '/states/console', {'enabled': False}
        )

    def _existing(self, node_uuids: list[str]) -> list[str]:
        """Those of some nodes that there are, in the case that they have."""
        wanted = set(node_uuids)
        params = {**self._api.everything(), 'fields': 'uuid'}
        return [
            item['uuid']
            for item in self._api.pages.every('/nodes', params)
            if item['uuid'].lower() in wanted
        ]

    def _vifs(self, node_uuid: str) -> set[str]:
        answer = self._api.on_node('GET', node_uuid, '/vifs')
        return {vif['id'].lower() for vif in answer['vifs']}

    def _patch(
        self,
        node_uuid: str,
        patch: list[dict[str, Any]],
        version: ironic_api.Version | None = None,
    ) -> base.Node:
        return ironic_parse.node(
            self._api.on_node('PATCH', node_uuid, body=patch, version=version)
        )


def _known(target: str, targets: tuple[str, ...]) -> None:
    if target not in targets:
        raise exceptions.BadRequest(
            f'"{target}" is no target; known are {", ".join(targets)}.'
        )


def _pointer(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace('~', '~0').replace('/', '~1')
