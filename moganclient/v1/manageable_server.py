"""What the retired API called machines that could be taken over.

Its listing and its way of taking over, for programs that know them by these
names.  For new ones there are :mod:`moganclient.v1.adoptable_node` and
``server.manage()``, which can do more; those work with a retired server too.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import schemas
from moganclient.v1 import server_reader
from moganclient.v1 import versions


class ManageableServer(resource.Resource):
    """A node that could be taken over as it is."""

    __slots__ = ()

    KIND: ClassVar[str] = 'manageable server'

    #: The node's UUID.
    uuid: str
    #: The node's name, None where it has none.
    name: str | None
    #: What a flavor must ask for to fit it, as Ironic writes it.
    resource_class: str | None
    #: ``power on`` or ``power off``, None where that is not known.
    power_state: str | None
    #: As Ironic names it: ``active``.
    provision_state: str | None
    #: Its NICs: ``uuid``, ``address`` (MAC), ``neutron_port_id`` (the network
    #: port that it carries).
    ports: builtins.list[dict[str, Any]]
    #: Its port groups, the same and ``name`` and ``mode``.
    portgroups: builtins.list[dict[str, Any]]
    #: The image that it runs, None where that is not known.
    image_source: str | None


class _Made(resource.Manager[server_reader.Server]):
    """Takes over: what is asked for here is answered with a server."""

    RESOURCE = server_reader.Server
    COLLECTION: ClassVar[str] = 'manageable_servers'


class ManageableServerManager(resource.Manager[ManageableServer]):
    """Lists and takes over, in the words of the retired API (1.4)."""

    RESOURCE = ManageableServer
    COLLECTION: ClassVar[str] = 'manageable_servers'

    def list(self) -> builtins.list[ManageableServer]:
        """All nodes that could be taken over as they are (admin).

        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old; nothing was sent
        """
        self._require()
        return builtins.list(self._iterate({}, limit=None, max_items=None))

    def manage(
        self,
        name: str,
        node_uuid: resource.Ident,
        description: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> server_reader.Server:
        """Take a node over: make it a server; the machine is not touched.

        The server has the network ports that the node carries, and no
        flavor.

        :param name: of the server, 1 to 255 characters
        :param node_uuid: the node: an object or its UUID, never its name
        :param description: for people
        :param metadata: strings to strings
        :raises moganclient.exceptions.ValidationError: nothing was sent
        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old; nothing was sent
        :raises moganclient.exceptions.ClientException: it cannot be taken
            over; an older server says so with 403 and others, today's with
            409 and ``reasons``
        """
        self._require()
        body = bodies.without_unset(
            name=name,
            node_uuid=self.spelled(
                resource.ident(node_uuid, 'node', exact=True)
            ),
            description=description,
            metadata=dict(metadata) if metadata else None,
        )
        bodies.check(body, schemas.MANAGEABLE, 'the request to manage')
        return _Made(self._transport)._one('POST', f'/{self.COLLECTION}', body)

    def _require(self) -> None:
        self._transport.require(
            versions.WHOLE_API, 'manageable servers', retired=True
        )
