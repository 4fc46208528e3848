"""Nodes that could be taken over, and why the others could not."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from moganclient import exceptions
from moganclient import microversion
from moganclient import paging
from moganclient import resource
from moganclient import retired


class AdoptableNode(resource.Resource):
    """A node of the inventory, adoptable or not.

    Where only some ``fields`` were asked for, the others are not there.
    """

    __slots__ = ()

    KIND: ClassVar[str] = 'adoptable node'

    #: Whether it can be taken over as it is.
    adoptable: bool
    #: Why it cannot: ``{'code': 'not_active', 'message': 'a sentence'}`` each.
    reasons: list[dict[str, str]]
    #: The server that has it, None where none does.
    server_uuid: str | None
    #: ``power on`` or ``power off``, None where that is not known.
    power_state: str | None
    #: As Ironic names it; ``active`` for a machine in use.
    provision_state: str | None
    #: When it was enrolled, ISO 8601.
    created_at: str | None
    #: What a flavor must ask for to fit it, as Ironic writes it.
    resource_class: str | None
    #: Whose machine it is, for Ironic; a project mostly.
    owner: str | None
    #: The conductors that look after it; empty for the default ones.
    conductor_group: str | None
    #: What the machine is: ``cpus``, ``memory_mb``, ``local_gb``, ...
    properties: dict[str, Any]
    #: What was deployed on it, those keys that the service shows.
    instance_info: dict[str, Any]
    #: The image that it runs: an id or a URL, without user and query.
    image_source: str | None
    #: Its NICs: ``uuid``, ``address`` (MAC), ``vif_port_id`` (the network
    #: port that it carries, or None), ``href``, ``rel``.
    ports: list[dict[str, Any]]
    #: Its port groups, the same and ``name`` and ``mode``.
    portgroups: list[dict[str, Any]]

    def carried_ports(self) -> list[str]:
        """Ids of the network ports that the node carries, in its order.

        They are what a server of it must name.  This asks nobody.
        """
        carried = [
            nic.get('vif_port_id') for nic in self.ports + self.portgroups
        ]
        return list(dict.fromkeys([vif for vif in carried if vif]))


class AdoptableNodeManager(resource.Manager[AdoptableNode]):
    """Lists and shows them.

    A retired server lists those that it could take over, all in one answer.
    It knows no arguments, no reasons, and a node by its UUID only.
    """

    RESOURCE = AdoptableNode
    COLLECTION: ClassVar[str] = 'adoptable_nodes'

    def iterate(
        self,
        all: bool = False,  # noqa: A002
        name: str | None = None,
        resource_class: str | None = None,
        owner: str | None = None,
        conductor_group: str | None = None,
        fields: Iterable[str] | None = None,
        sort: str | None = None,
        limit: int | None = None,
        marker: resource.Ident | None = None,
        max_items: int | None = None,
    ) -> Iterator[AdoptableNode]:
        """Yield nodes as their pages arrive; memory is bounded by a page.

        :param all: the others too, with their ``reasons``
        :param name: those of exactly this name
        :param resource_class: those of this class
        :param owner: those of this owner
        :param conductor_group: those of this group
        :param fields: only these fields, and ``uuid``
        :param sort: ``key`` or ``key:asc`` or ``key:desc``
        :param limit: size of a page; the server has a maximum of its own,
            which is the default
        :param marker: begin after this node
        :param max_items: stop after so many
        :raises moganclient.exceptions.ClientException: now for a bad
            argument, while iterating for the rest
        """
        params = resource.query(
            all=all or None,
            name=name,
            resource_class=resource_class,
            owner=owner,
            conductor_group=conductor_group,
            fields=fields,
            sort=sort,
            marker=marker,
        )
        return self._iterate(params, limit=limit, max_items=max_items)

    def list(
        self,
        all: bool = False,  # noqa: A002
        name: str | None = None,
        resource_class: str | None = None,
        owner: str | None = None,
        conductor_group: str | None = None,
        fields: Iterable[str] | None = None,
        sort: str | None = None,
        limit: int | None = None,
        marker: resource.Ident | None = None,
        max_items: int | None = None,
    ) -> builtins.list[AdoptableNode]:
        """What :meth:`iterate` yields, as a list."""
        return builtins.list(
            self.iterate(
                all=all,
                name=name,
                resource_class=resource_class,
                owner=owner,
                conductor_group=conductor_group,
                fields=fields,
                sort=sort,
                limit=limit,
                marker=marker,
                max_items=max_items,
            )
        )

    def get(self, node: resource.Ident) -> AdoptableNode:
        """One node, adoptable or not, with its reasons.

        :param node: an object, a UUID, or a name
        :raises moganclient.exceptions.NotFound: there is none
        """
        if self._transport.retired:
            return self._retired_one(
                resource.ident(node, self.RESOURCE.KIND, exact=True)
            )
        return self._one('GET', self._path(node))

    def _retired_one(self, node: str) -> AdoptableNode:
        """One of those that a retired server lists: it shows none."""
        if not resource.is_uuid(node):
            self._transport.require(
                microversion.OLDEST, retired.node_name(node)
            )
        for found in self.iterate():
            if found.uuid.lower() == node.lower():
                return found
        raise exceptions.NotFound(
            f'The retired Mogan server at {self._transport.endpoint} does not '
            f'list node {node} among those that it could take over; why not, '
            'it does not tell.'
        )

    def _retired_pages(
        self, path: str, params: Mapping[str, str], most: int | None
    ) -> Iterator[paging.Page]:
        self._refuse_in_list(params)
        path, name = f'/{retired.MANAGEABLE}', retired.MANAGEABLE
        for page in paging.whole(self._transport, path, name, {}):
            yield [retired.adoptable_node(entry) for entry in page]
