"""The Ironic driver: nodes listed, claimed and let go.

A claim is ``instance_uuid``; with it, in one PATCH, the node is made
``protected`` with a reason that names the server.  Nothing else of a node is
written to take it over; what is done to a server's machine afterwards is in
:mod:`.ironic_life`.
"""

from __future__ import annotations

import re
from typing import Any

from oslo_config import cfg

from moganclient.service.drivers import base
from moganclient.service.drivers import ironic_api
from moganclient.service.drivers import ironic_join
from moganclient.service.drivers import ironic_life
from moganclient.service.drivers import ironic_nodes
from moganclient.service.drivers import ironic_pages
from moganclient.service.drivers import ironic_parse
from moganclient.service import exceptions
from moganclient.service import upstream
from moganclient.service import upstream_faults

_UUID = re.compile(r'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}')
#: What a node can be called.  Nothing else is sent as a part of a path.
_NAME = re.compile(r'(?!\.+$)[A-Za-z0-9._~-]{1,255}')

_ACTIVE = {
    'associated': 'false',
    'provision_state': 'active',
    'maintenance': 'false',
    'retired': 'false',
}
_FREE = {**_ACTIVE, 'provision_state': 'available'}


def build(conf: cfg.ConfigOpts, store: base.ClaimStore) -> IronicDriver:
    """The driver, for the entry point; Ironic remembers claims itself.

    :raises moganclient.service.exceptions.ConfigError: ``[ironic]`` is not
        enough
    """
    return IronicDriver(upstream.Upstream(conf, 'ironic'))


class IronicDriver(ironic_life.IronicLife, base.Driver):
    """Nodes of one Ironic."""

    name = 'ironic'

    def __init__(self, ironic: upstream.Upstream) -> None:
        super().__init__(ironic_api.IronicApi(ironic))
        self._pages = self._api.pages

    def list_adoptable_nodes(self, query: base.NodeQuery) -> base.NodePage:
        """A page of nodes; child nodes are listed with the others."""
        marker = query.marker
        if marker and not _UUID.fullmatch(marker):
            raise exceptions.BadRequest(
                f'marker: "{marker}" is not the UUID of a node.'
            )
        exact = {
            'resource_class': query.resource_class,
            'owner': query.owner,
            'conductor_group': query.conductor_group,
        }
        filters = {**self._api.everything(), **exact}
        if not query.all:
            filters.update(_ACTIVE)
        items, next_marker = ironic_nodes.read(self._pages, query, filters)
        # Some databases compare without regard to case.
        items = [
            item
            for item in items
            if all(
                wanted is None or (item.get(key) or '') == wanted
                for key, wanted in exact.items()
            )
        ]
        direction = None
        if query.sort_key is None:
            direction = 'desc' if query.descending else 'asc'
        uuids = [item['uuid'].lower() for item in items]
        ports = ironic_join.of_nodes(
            self._pages, ironic_join.PORTS, uuids, direction
        )
        groups = ironic_join.of_nodes(
            self._pages, ironic_join.PORTGROUPS, uuids, direction
        )
        return base.NodePage(
            [
                ironic_parse.node(item, ports[uuid], groups[uuid])
                for uuid, item in zip(uuids, items, strict=True)
            ],
            next_marker.lower() if next_marker else None,
        )

    def get_node(self, ident: str) -> base.Node:
        """One node by UUID or name: three requests."""
        item = self._node(ident)
        return ironic_parse.node(
            item,
            ironic_join.of_node(self._pages, ironic_join.PORTS, item['uuid']),
            ironic_join.of_node(
                self._pages, ironic_join.PORTGROUPS, item['uuid']
            ),
        )

    def get_node_bare(self, node_uuid: str) -> base.Node:
        """One node without NICs and port groups: one request.

        An account that lost its roles gets a 404 for every node.  What is
        concluded from a node that is gone is final, so that is told apart.
        """
        try:
            return ironic_parse.node(self._node(node_uuid))
        except exceptions.NodeNotFound:
            items, _more = self._pages.page('/nodes', {'fields': 'uuid'}, 1)
            if items:
                raise
            raise exceptions.UpstreamUnavailable(
                'Ironic shows no node at all to the account in [ironic]; '
                'that account probably lost its roles there.',
                code='upstream_blind',
            ) from None

    def claim_node(
        self, node_uuid: str, server_uuid: str, reason: str | None
    ) -> base.Node:
        """Set the claim and its protection with one PATCH."""
        patch = [ironic_api.add('instance_uuid', server_uuid)]
        if reason is not None:
            patch.append(ironic_api.add('protected', True))
            patch.append(ironic_api.add('protected_reason', reason))
        return ironic_parse.node(self._api.claim(node_uuid, patch))

    def release_node(
        self,
        node_uuid: str,
        *,
        instance_uuid: bool = True,
        protected: bool | None = None,
        protected_reason: str | None = None,
    ) -> base.Node:
        """Take the claim back with one PATCH."""
        patch = [ironic_api.remove('instance_uuid')] if instance_uuid else []
        if protected is not None:
            # Ironic clears the reason of what is not protected, and refuses
            # a reason there.
            patch.append(ironic_api.add('protected', protected))
        if protected and protected_reason:
            patch.append(ironic_api.add('protected_reason', protected_reason))
        elif protected:
            patch.append(ironic_api.remove('protected_reason'))
        if not patch:
            return self.get_node_bare(node_uuid)
        return ironic_parse.node(self._api.claim(node_uuid, patch))

    def find_holder(self, instance_uuid: str) -> base.NodeState | None:
        """The node of an instance: one request."""
        params = {
            **self._api.everything(),
            'fields': 'uuid,name,instance_uuid,power_state',
            'instance_uuid': instance_uuid,
        }
        items, _more = self._pages.page('/nodes', params, 1)
        return ironic_parse.state(items[0]) if items else None

    def list_nodes(self) -> list[base.NodeState]:
        """All nodes in short; traits cost no request of their own."""
        return self._states({})

    def list_free_nodes(
        self, resource_class: str | None = None
    ) -> list[base.NodeState]:
        """Those that Ironic would allocate, by its own filters."""
        return self._states({**_FREE, 'resource_class': resource_class})

    def _states(self, filters: dict[str, Any]) -> list[base.NodeState]:
        fields = {'fields': ','.join(ironic_parse.STATE_FIELDS)}
        return [
            ironic_parse.state(item)
            for item in self._pages.every(
                '/nodes', {**self._api.everything(), **filters, **fields}
            )
        ]

    def check(self) -> None:
        """Whether nodes can be read: log in, microversion, database."""
        self._api.everything()
        self._pages.page('/nodes', {'fields': 'uuid'}, 1)

    def _node(self, ident: str) -> ironic_pages.Item:
        self._api.negotiated()
        item = {}
        try:
            if _UUID.fullmatch(ident.lower()):
                ident = ident.lower()
                item = ironic_pages.either_case(self._pages.one, ident)
            elif _NAME.fullmatch(ident):
                item = self._pages.one(ident)
        except upstream_faults.Missing:
            pass
        # "detail" is a list, and some databases find "Rack1" for "rack1".
        if item and ident in (item.get('uuid', '').lower(), item.get('name')):
            return item
        raise exceptions.NodeNotFound(f'There is no node "{ident}" in Ironic.')
