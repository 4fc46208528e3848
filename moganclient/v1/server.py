"""Servers: machines that were taken over."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from moganclient import microversion
from moganclient import resource
from moganclient import transport as http
from moganclient.v1 import adoptable_node
from moganclient.v1 import bodies
from moganclient.v1 import flavor as flavors
from moganclient.v1 import named
from moganclient.v1 import preparation
from moganclient.v1 import retired_manage
from moganclient.v1 import schemas
from moganclient.v1 import server_actions
from moganclient.v1 import server_group as groups
from moganclient.v1 import server_lifecycle
from moganclient.v1 import server_reader
from moganclient.v1 import versions

#: The API version that brought ``project_id`` and ``metadata`` of manage.
FOR_WHOM = (1, 2)

#: The one that brought ``uuid``: the caller chooses the server's.
UUID_CHOSEN = (1, 3)

Server = server_reader.Server


class ServerManager(server_actions.Actions, server_lifecycle.Lifecycle):
    """Takes machines over, lets go of them, and tells of them."""

    def __init__(
        self,
        transport: http.Transport,
        nodes: adoptable_node.AdoptableNodeManager,
        flavor: flavors.FlavorManager,
        server_group: groups.ServerGroupManager,
        project_id: str | None = None,
    ) -> None:
        """Use a transport, and managers for defaults and names.

        :param project_id: for whom machines are taken over where a call does
            not say it, and the server knows how (API 1.2)
        """
        super().__init__(transport, flavor, server_group)
        self._nodes = nodes
        self._project_id = project_id

    def prepare(
        self,
        node: resource.Ident,
        name: str | None = None,
        *,
        flavor: resource.Ident | None = None,
        ports: Iterable[preparation.Port] | None = None,
        project_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        description: str | None = None,
        availability_zone: str | None = None,
        uuid: resource.Ident | None = None,
    ) -> preparation.Preparation:
        """Think a takeover through: what would be sent, what is in the way.

        Nothing is changed anywhere.  The arguments are those of
        :meth:`manage`, and so is what is raised for them; that the node
        cannot be taken over is not raised but told, in ``reasons``.

        A retired server shows only nodes that it could take over, and tells
        no reasons: one that it does not show is not found.
        """
        if self._transport.retired:
            self._refuse_retired(
                node, flavor, ports, project_id, availability_zone, uuid
            )
            return retired_manage.prepare(
                self._nodes.get(node),
                name,
                metadata=metadata,
                description=description,
            )
        self._check_version(project_id, metadata, uuid)
        found = self._nodes.get(node)
        if flavor is None:
            chosen = preparation.default_flavor(found, self._flavors.iterate())
        else:
            chosen = self._flavors.find(flavor)
        if ports is None:
            ports = preparation.default_ports(found)
        body = self._body(
            node_uuid=found.uuid,
            name=preparation.default_name(found) if name is None else name,
            flavor_uuid=chosen.uuid,
            ports=ports,
            project_id=project_id,
            metadata=metadata,
            description=description,
            availability_zone=availability_zone,
            uuid=uuid,
        )
        wanted = [network['port_id'] for network in body['networks']]
        return preparation.Preparation(
            body=body,
            node=found,
            flavor=chosen,
            ports=wanted,
            reasons=preparation.obstacles(found, chosen, wanted),
        )

    def manage(
        self,
        node: resource.Ident,
        name: str | None = None,
        *,
        flavor: resource.Ident | None = None,
        ports: Iterable[preparation.Port] | None = None,
        project_id: str | None = None,
        metadata: Mapping[str, str] | None = None,
        description: str | None = None,
        availability_zone: str | None = None,
        uuid: resource.Ident | None = None,
        global_request_id: str | None = None,
    ) -> Server:
        """Take a node over: make it a server; the machine is not touched.

        With UUIDs or objects and everything given this is one request.  It
        is sent again only where it surely did not act (see
        :mod:`moganclient.retries`).

        :param node: an object, a UUID or a name
        :param name: of the server, 1 to 255 characters; the node's if left
            out
        :param flavor: an object, a UUID or a name; the one that fits the
            node's resource class if left out
        :param ports: ids of the network ports that the node carries, all of
            them, or dicts of ``port_id`` and ``port_type``; what it carries
            if left out
        :param project_id: for whom; the caller's project if left out (1.2)
        :param metadata: strings to strings (1.2)
        :param description: for people, 1 to 255 characters
        :param availability_zone: 1 to 255 characters
        :param uuid: the server's, a new one (1.3); who chose it can tell
            after a lost answer whether a server is the one asked for
        :param global_request_id: ``req-<uuid>`` for the service's log, of
            the request that takes over
        :raises moganclient.exceptions.CannotChoose: an argument is left out
            and there is no one default; nothing was sent
        :raises moganclient.exceptions.ValidationError: an argument is wrong;
            nothing was sent
        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old for an argument; nothing was sent
        :raises moganclient.exceptions.NotFound: no such node or flavor
        :raises moganclient.exceptions.Conflict: the node or a port cannot be
            taken over; ``reasons`` and ``server_uuid`` say why
        :raises moganclient.exceptions.ServiceUnavailable: Ironic or Neutron
            cannot be asked, or the node is locked; nothing is left behind
        :raises moganclient.exceptions.AnswerLost: it may have been taken
            over; see ``list(node=...)``, or ``get()`` of the ``uuid``
        """
        if self._transport.retired:
            found_uuid = self._refuse_retired(
                node, flavor, ports, project_id, availability_zone, uuid
            )
            if name is None:
                name = preparation.default_name(self._nodes.get(node))
            return self._one(
                'POST',
                retired_manage.PATH,
                retired_manage.body(
                    node_uuid=found_uuid,
                    name=name,
                    metadata=metadata,
                    description=description,
                ),
                global_request_id=global_request_id,
            )
        self._check_version(project_id, metadata, uuid)
        node_uuid = resource.ident(node, 'node')
        found = None
        if (
            name is None
            or flavor is None
            or ports is None
            or not resource.is_uuid(node_uuid)
        ):
            found = self._nodes.get(node)
            node_uuid = found.uuid
            if name is None:
                name = preparation.default_name(found)
            if ports is None:
                ports = preparation.default_ports(found)
            if flavor is None:
                flavor = preparation.default_flavor(
                    found, self._flavors.iterate()
                )
        assert name is not None and flavor is not None and ports is not None
        body = self._body(
            node_uuid=node_uuid,
            name=name,
            flavor_uuid=named.uuid(self._flavors, flavor),
            ports=ports,
            project_id=project_id,
            metadata=metadata,
            description=description,
            availability_zone=availability_zone,
            uuid=uuid,
        )
        return self._one(
            'POST',
            f'/{self.COLLECTION}/manage',
            body,
            global_request_id=global_request_id,
        )

    def unmanage(
        self, server: resource.Ident, *, global_request_id: str | None = None
    ) -> None:
        """Let go of a server: node and ports become as they were before.

        :param server: an object, a UUID, or a name
        :param global_request_id: ``req-<uuid>`` for the service's log, of
            the request that lets go
        :raises moganclient.exceptions.NotFound: there is none
        :raises moganclient.exceptions.Conflict: something is in the way
        """
        self._transport.require(microversion.OLDEST, 'letting go of a server')
        path = self._path(named.uuid(self, server))
        self._transport.request(
            'POST',
            f'{path}/unmanage',
            body={},
            global_request_id=global_request_id,
        )

    def update(
        self,
        server: resource.Ident,
        updates: builtins.list[dict[str, Any]] | None = None,
        *,
        name: str | bodies.Unset = bodies.UNSET,
        description: str | None | bodies.Unset = bodies.UNSET,
        metadata: Mapping[str, str | None] | None = None,
        protected: bool | bodies.Unset = bodies.UNSET,
    ) -> Server:
        """Change what is said about a server; the machine is not touched.

        :param server: an object, a UUID or a name
        :param updates: a JSON patch, for those who have one
        :param name: a new one
        :param description: a new one; None for none
        :param metadata: keys to set, or to remove where the value is None;
            other keys stay
        :param protected: whether deleting and rebuilding it are refused
            (admin, 1.4)
        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old for ``protected``; nothing was sent
        :raises moganclient.exceptions.ValidationError: nothing was sent
        """
        body = bodies.patch(
            updates,
            schemas.SERVER_MUTABLE_1_4,
            'the change of the server',
            name=name,
            description=description,
            metadata=metadata,
            protected=protected,
        )
        # Said in either way.
        if bodies.changes_member(body, 'protected'):
            self._transport.require(
                versions.WHOLE_API, 'the protection of a server'
            )
        return self._one('PATCH', self._path(named.uuid(self, server)), body)

    def _refuse_retired(
        self,
        node: resource.Ident,
        flavor: resource.Ident | None,
        ports: Iterable[preparation.Port] | None,
        project_id: str | None,
        availability_zone: str | None,
        uuid: resource.Ident | None,
    ) -> str:
        """Refuse a retired server what it cannot do; the node's UUID."""
        found = resource.ident(node, 'node', exact=True)
        retired_manage.refuse(
            self._transport,
            node=found,
            flavor=flavor,
            ports=ports,
            project_id=project_id,
            availability_zone=availability_zone,
            uuid=uuid,
        )
        return found

    def _check_version(
        self,
        project_id: str | None,
        metadata: Mapping[str, str] | None,
        uuid: resource.Ident | None,
    ) -> None:
        """Tell a server that is too old before anything else is asked."""
        if project_id is not None:
            self._transport.require(FOR_WHOM, 'the project_id of manage')
        if metadata:
            self._transport.require(FOR_WHOM, 'the metadata of manage')
        if uuid is not None:
            self._transport.require(UUID_CHOSEN, 'the uuid of manage')

    def _body(
        self,
        *,
        ports: Iterable[preparation.Port],
        metadata: Mapping[str, str] | None,
        project_id: str | None,
        uuid: resource.Ident | None,
        **members: Any,
    ) -> dict[str, Any]:
        """The body of manage, checked."""
        version = self._transport.version
        if project_id is None and version >= FOR_WHOM:
            project_id = self._project_id
        body = bodies.without_unset(
            **members,
            networks=preparation.networks(ports),
            project_id=project_id,
            metadata=dict(metadata) if metadata else None,
            uuid=None if uuid is None else resource.ident(uuid, 'server'),
        )
        bodies.check(body, schemas.manage(version), 'the request to manage')
        return body
