"""Servers: what is told of them, one and many."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from moganclient import paging
from moganclient import resource
from moganclient import retired
from moganclient import transport as http
from moganclient.v1 import flavor as flavors
from moganclient.v1 import named
from moganclient.v1 import versions


class Server(resource.Resource):
    """A machine that somebody has: made here, or taken over.

    A list that is not ``detailed`` has only ``uuid``, ``name``,
    ``description``, ``status``, ``power_state``, ``addresses``, ``locked``
    and ``links``.
    """

    __slots__ = ()

    KIND: ClassVar[str] = 'server'
    MAY_BE_HIDDEN: ClassVar[frozenset[str]] = frozenset(
        {
            'node',
            'node_uuid',
            'affinity_zone',
            'system_metadata',
            'fault',
            'protected',
            'adopted',
            'locked_by',
            'created',
        }
    )

    #: For people; None where there is none.
    description: str | None
    #: ``active`` or ``stopped``, as the power is; ``detached`` where the node
    #: no longer has it; ``error``, and ``fault`` says why; or what is going
    #: on: one of :data:`moganclient.v1.waiting.UNDER_WAY`.
    status: str
    #: ``power on`` or ``power off``, None where that is not known.
    power_state: str | None
    #: The node's name, or its UUID where it has none.  Members see none.
    node: str | None
    #: The node's UUID.  Members see none.
    node_uuid: str | None
    #: The flavor's UUID, None where it was taken over without one.
    flavor_uuid: str | None
    #: The image's id in Glance, None where Glance does not have it.
    image_uuid: str | None
    #: As asked for when it was made or taken over.
    availability_zone: str | None
    #: The one of its node's aggregate.  Members see none.
    affinity_zone: str | None
    #: Network to addresses, ``{'addr': ..., 'type': ...}`` each.
    addresses: dict[str, list[dict[str, Any]]]
    #: Properties that people gave it.
    metadata: dict[str, str]
    #: Properties that the service gave it.  Members see none.
    system_metadata: dict[str, str] | None
    #: The keypair that it was made with, None for none.
    key_name: str | None
    #: Sizes of its partitions, ``root_gb``, ``swap_mb``, ``ephemeral_gb``;
    #: empty where it is a whole disk.
    partitions: dict[str, Any]
    #: Whether nothing may be done to it before it is unlocked.
    locked: bool
    #: ``owner`` or ``admin``, None where it is not locked (1.4).
    locked_by: str | None
    #: Whether deleting and rebuilding it are refused (1.4).
    protected: bool | None
    #: Whether it was taken over and not made here (1.4).
    adopted: bool | None
    #: Why it is in ``error``, or what became of the last power action:
    #: ``code``, ``message``, ``detail``.  None where nothing went wrong.
    fault: dict[str, Any] | None
    #: Only in the answer to a request for several servers: their UUIDs (1.4).
    created: list[str] | None
    #: The project that has it.
    project_id: str
    #: Who made it or took it over; None where nobody has to log in.
    user_id: str | None
    #: When it was asked for, ISO 8601.
    created_at: str
    #: When it was last changed, None for never.
    updated_at: str | None
    #: When it was there for the first time, None before.
    launched_at: str | None
    #: Where it is: ``{'rel': 'self', 'href': ...}`` each.
    links: list[dict[str, str]]


class ServerReader(resource.Manager[Server]):
    """Lists, finds and shows them; what acts on them is made of this."""

    RESOURCE = Server
    COLLECTION: ClassVar[str] = 'servers'
    RETIRED_QUERY = retired.SERVER_QUERY

    def __init__(
        self, transport: http.Transport, flavor: flavors.FlavorManager
    ) -> None:
        """Use a transport, and a manager for the names of flavors."""
        super().__init__(transport)
        self._flavors = flavor

    def iterate(
        self,
        detailed: bool = True,
        all_projects: bool = False,
        project_id: str | None = None,
        name: str | None = None,
        status: str | None = None,
        node: resource.Ident | None = None,
        flavor: resource.Ident | None = None,
        image: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        marker: resource.Ident | None = None,
        max_items: int | None = None,
        ip: str | None = None,
    ) -> Iterator[Server]:
        """Yield servers as their pages arrive; memory is bounded by a page.

        :param detailed: everything of each, not only the outline
        :param all_projects: of every project (admin)
        :param project_id: of this project (admin)
        :param name: those of exactly this name
        :param status: those in this status
        :param node: that of this node: an object, a UUID or a name (admin)
        :param flavor: those of this one: an object, a UUID or a name
        :param image: those of this image's id
        :param sort: ``key`` or ``key:asc`` or ``key:desc``
        :param limit: size of a page; the server has a maximum of its own,
            which is the default
        :param marker: begin after this server
        :param max_items: stop after so many
        :param ip: that of exactly this address (1.4)
        :raises moganclient.exceptions.ClientException: now for a bad
            argument, while iterating for the rest
        """
        if ip is not None:
            self._require('the ip in a list of servers')
        params = resource.query(
            all_projects=all_projects or None,
            project_id=project_id,
            name=name,
            status=status,
            node=node,
            flavor_uuid=(
                None if flavor is None else named.uuid(self._flavors, flavor)
            ),
            image_uuid=image,
            sort=sort,
            marker=marker,
            ip=ip,
        )
        path = f'/{self.COLLECTION}' + ('/detail' if detailed else '')
        return self._iterate(
            params, limit=limit, max_items=max_items, path=path
        )

    def list(
        self,
        detailed: bool = True,
        all_projects: bool = False,
        project_id: str | None = None,
        name: str | None = None,
        status: str | None = None,
        node: resource.Ident | None = None,
        flavor: resource.Ident | None = None,
        image: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
        marker: resource.Ident | None = None,
        max_items: int | None = None,
        ip: str | None = None,
    ) -> builtins.list[Server]:
        """What :meth:`iterate` yields, as a list."""
        return builtins.list(
            self.iterate(
                detailed=detailed,
                all_projects=all_projects,
                project_id=project_id,
                name=name,
                status=status,
                node=node,
                flavor=flavor,
                image=image,
                sort=sort,
                limit=limit,
                marker=marker,
                max_items=max_items,
                ip=ip,
            )
        )

    def get(self, server: resource.Ident) -> Server:
        """One server, with its power state looked up now.

        :param server: an object or a UUID; for names there is :meth:`find`
        :raises moganclient.exceptions.NotFound: there is none
        """
        return self._one('GET', self._path(server))

    def find(
        self, name_or_uuid: resource.Ident, all_projects: bool = False
    ) -> Server:
        """The one server of a name or UUID.

        :param all_projects: look for the name in every project (admin)
        :raises moganclient.exceptions.NotFound: there is none
        :raises moganclient.exceptions.NoUniqueMatch: several have the name
        """
        return named.find(
            self,
            name_or_uuid,
            lambda name: self.iterate(name=name, all_projects=all_projects),
        )

    def _require(self, what: str) -> None:
        """Tell a server that is too old before anything else is asked."""
        self._transport.require(versions.WHOLE_API, what, retired=True)

    def _path_of(self, server: resource.Ident, below: str = '') -> str:
        """The path of a server that may be given by name.

        :param below: what comes after it, with its slash
        """
        return self._path(named.uuid(self, server)) + below

    def _retired_pages(
        self, path: str, params: Mapping[str, str], most: int | None
    ) -> Iterator[paging.Page]:
        name, query = params.get('name'), retired.server_query(params)
        if name is None:
            return super()._retired_pages(path, query, most)
        # How exactly it compares names is not known, and the wrong server is
        # powered off or deleted by that.
        pages = super()._retired_pages(path, query, None)
        return (
            [one for one in page if one.get('name') == name] for page in pages
        )
