"""Aggregates: nodes that belong together, and what that means."""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import named
from moganclient.v1 import schemas
from moganclient.v1 import strings
from moganclient.v1 import versions


class Aggregate(resource.Resource):
    """Some nodes, and what new servers shall know of them."""

    __slots__ = ()

    KIND: ClassVar[str] = 'aggregate'

    #: Unlike any other aggregate's.
    name: str
    #: Of its nodes; ``availability_zone`` and ``affinity_zone`` mean
    #: something to the service, others to a flavor's
    #: ``resource_aggregates``.
    metadata: dict[str, str]
    #: When it was made, ISO 8601.
    created_at: str | None
    #: When it was last changed, None for never.
    updated_at: str | None
    #: Where it is: ``{'rel': 'self', 'href': ...}`` each.
    links: builtins.list[dict[str, str]]


class AggregateManager(resource.Manager[Aggregate]):
    """Makes, lists, changes and deletes aggregates (admin, 1.4).

    Each method raises :class:`moganclient.exceptions.UnsupportedVersion`
    where the server is too old, before anything is sent.
    """

    RESOURCE = Aggregate
    COLLECTION: ClassVar[str] = 'aggregates'

    def create(
        self, name: str, metadata: Mapping[str, str] | None = None
    ) -> Aggregate:
        """Make one that has no nodes yet.

        :param name: 1 to 255 characters
        :param metadata: strings to strings
        :raises moganclient.exceptions.ValidationError: nothing was sent
        :raises moganclient.exceptions.Conflict: the name is taken
        """
        self._require()
        body: dict[str, Any] = {'name': name}
        if metadata is not None:
            body['metadata'] = dict(metadata)
        bodies.check(body, schemas.AGGREGATE_CREATE, 'the aggregate')
        return self._one('POST', f'/{self.COLLECTION}', body)

    def list(self) -> builtins.list[Aggregate]:
        """All of them."""
        self._require()
        return builtins.list(self._iterate({}, limit=None, max_items=None))

    def get(self, aggregate: resource.Ident) -> Aggregate:
        """One aggregate.

        :param aggregate: an object or a UUID; for names there is
            :meth:`find`
        :raises moganclient.exceptions.NotFound: there is none
        """
        self._require()
        return self._one('GET', self._path(aggregate))

    def find(self, name_or_uuid: resource.Ident) -> Aggregate:
        """The one aggregate of a name or UUID.

        :raises moganclient.exceptions.NotFound: there is none
        """
        return named.find(
            self,
            name_or_uuid,
            # The API cannot be asked for a name, and there are few.
            lambda name: [one for one in self.list() if one.name == name],
        )

    def update(
        self,
        aggregate: resource.Ident,
        updates: builtins.list[dict[str, Any]] | None = None,
        *,
        name: str | bodies.Unset = bodies.UNSET,
        metadata: Mapping[str, str | None] | None = None,
    ) -> Aggregate:
        """Change what is given, leave the rest.

        :param aggregate: an object, a UUID or a name
        :param updates: a JSON patch, for those who have one
        :param name: a new one
        :param metadata: keys to set, or to remove where the value is None;
            other keys stay
        :raises moganclient.exceptions.ValidationError: nothing was sent
        :raises moganclient.exceptions.Conflict: the name is taken
        """
        self._require()
        body = bodies.patch(
            updates,
            schemas.AGGREGATE_MUTABLE,
            'the change of the aggregate',
            name=name,
            metadata=metadata,
        )
        return self._one('PATCH', self._path_of(aggregate), body)

    def delete(self, aggregate: resource.Ident) -> None:
        """Delete one; its nodes stay what they are.

        :param aggregate: an object, a UUID or a name
        """
        self._require()
        self._transport.request('DELETE', self._path_of(aggregate))

    def list_node(self, aggregate: resource.Ident) -> builtins.list[str]:
        """Names of its nodes, or UUIDs of those that have none.

        :param aggregate: an object, a UUID or a name
        """
        self._require()
        path = f'{self._path_of(aggregate)}/nodes'
        return strings.fetch(self._transport, path, 'nodes')

    def add_node(
        self, aggregate: resource.Ident, node: resource.Ident
    ) -> None:
        """Let a node belong to it; one that does already goes on to.

        :param aggregate: an object, a UUID or a name
        :param node: an object or a name; a UUID where it has no name
        :raises moganclient.exceptions.NotFound: no such node or aggregate
        :raises moganclient.exceptions.ClientException: it is in another
            availability zone already
        """
        self._require()
        body = {'node': _node(node)}
        bodies.check(body, schemas.AGGREGATE_NODE, 'the node')
        path = f'{self._path_of(aggregate)}/nodes'
        self._transport.request('POST', path, body=body)

    def remove_node(
        self, aggregate: resource.Ident, node: resource.Ident
    ) -> None:
        """Let a node no longer belong to it.

        :param aggregate: an object, a UUID or a name
        :param node: an object or a name; a UUID where it has no name
        """
        self._require()
        last = resource.segment(_node(node), 'node')
        path = f'{self._path_of(aggregate)}/nodes/{last}'
        self._transport.request('DELETE', path)

    def _path_of(self, aggregate: resource.Ident) -> str:
        return self._path(named.uuid(self, aggregate))

    def _require(self) -> None:
        self._transport.require(versions.WHOLE_API, 'aggregates', retired=True)


def _node(node: resource.Ident) -> str:
    """What aggregates call a node: its name, where it has one."""
    if isinstance(node, resource.Resource) and node.name:
        return node.name
    return resource.ident(node, 'node')
