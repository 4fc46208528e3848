"""Flavors: what kinds of machines there are to be servers."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from moganclient import microversion
from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import named
from moganclient.v1 import schemas
from moganclient.v1 import strings
from moganclient.v1 import versions


class Flavor(resource.Resource):
    """A kind of machine."""

    __slots__ = ()

    KIND: ClassVar[str] = 'flavor'
    MAY_BE_HIDDEN: ClassVar[frozenset[str]] = frozenset({'traits'})

    #: For people; None where there is none.
    description: str | None
    #: The resource class of the machines, and how many make a server (1).
    resources: dict[str, int | str]
    #: Traits that the machines must have (1.4); older servers tell of none.
    traits: builtins.list[str] | None
    #: Metadata that an aggregate of the machines must have.
    resource_aggregates: dict[str, Any]
    #: Whether every project sees it.
    is_public: bool
    #: Whether it is closed for new servers.
    disabled: bool
    #: When it was made, ISO 8601.
    created_at: str | None
    #: When it was last changed, None for never.
    updated_at: str | None
    #: Where it is: ``{'rel': 'self', 'href': ...}`` each.
    links: list[dict[str, str]]

    def fits(self, resource_class: str | None) -> bool:
        """Whether machines of a resource class are of this kind."""
        return schemas.flavor_fits(self.resources, resource_class)


class FlavorManager(resource.Manager[Flavor]):
    """Makes, lists, changes and deletes them."""

    RESOURCE = Flavor
    COLLECTION: ClassVar[str] = 'flavors'

    def create(
        self,
        name: str,
        resources: Mapping[str, int | str],
        resource_aggregates: Mapping[str, Any] | None = None,
        is_public: bool = True,
        disabled: bool = False,
        description: str | None = None,
        traits: Iterable[str] | None = None,
    ) -> Flavor:
        """Make a flavor.

        :param name: 1 to 255 characters
        :param resources: the resource class as Ironic writes it
            (``baremetal.gold``) or normalized (``CUSTOM_BAREMETAL_GOLD``), to
            1
        :param resource_aggregates: metadata that an aggregate of the machines
            must have
        :param is_public: whether every project sees it
        :param disabled: whether it is closed for new servers
        :param description: for people; a retired server insists on one
        :param traits: that the machines must have, as Ironic writes them
            (``HW_CPU_X86_VMX``, ``CUSTOM_...``; 1.4)
        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old for an argument; nothing was sent
        :raises moganclient.exceptions.ValidationError: nothing was sent
        :raises moganclient.exceptions.Conflict: the name is taken
        """
        body = bodies.without_unset(
            name=name,
            resources=dict(resources),
            description=description,
            is_public=is_public,
            disabled=disabled,
        )
        if resource_aggregates is not None:
            body['resource_aggregates'] = dict(resource_aggregates)
        if traits is not None:
            self._require_traits()
            body['traits'] = builtins.list(traits)
        bodies.check(body, schemas.FLAVOR_CREATE_1_4, 'the flavor')
        if description is None:
            self._require_today('a flavor without a description')
        return self._one('POST', f'/{self.COLLECTION}', body)

    def iterate(
        self,
        name: str | None = None,
        is_public: bool | None = None,
        disabled: bool | None = None,
        sort: str | None = None,
        limit: int | None = None,
        marker: resource.Ident | None = None,
        max_items: int | None = None,
    ) -> Iterator[Flavor]:
        """Yield flavors as their pages arrive.

        :param name: those of exactly this name
        :param is_public: only those, or (False) only the others (admin)
        :param disabled: only those, or (False) only the others
        :param sort: ``key`` or ``key:asc`` or ``key:desc``
        :param limit: size of a page
        :param marker: begin after this flavor
        :param max_items: stop after so many
        """
        params = resource.query(
            name=name,
            is_public=is_public,
            disabled=disabled,
            sort=sort,
            marker=marker,
        )
        return self._iterate(params, limit=limit, max_items=max_items)

    def list(
        self,
        name: str | None = None,
        is_public: bool | None = None,
        disabled: bool | None = None,
        sort: str | None = None,
        limit: int | None = None,
        marker: resource.Ident | None = None,
        max_items: int | None = None,
    ) -> builtins.list[Flavor]:
        """What :meth:`iterate` yields, as a list."""
        return builtins.list(
            self.iterate(
                name=name,
                is_public=is_public,
                disabled=disabled,
                sort=sort,
                limit=limit,
                marker=marker,
                max_items=max_items,
            )
        )

    def get(self, flavor: resource.Ident) -> Flavor:
        """One flavor.

        :param flavor: an object or a UUID; for names there is :meth:`find`
        :raises moganclient.exceptions.NotFound: there is none
        """
        return self._one('GET', self._path(flavor))

    def find(self, name_or_uuid: resource.Ident) -> Flavor:
        """The one flavor of a name or UUID.

        :raises moganclient.exceptions.NotFound: there is none
        :raises moganclient.exceptions.NoUniqueMatch: several have the name
        """
        return named.find(self, name_or_uuid, self._by_name)

    def _by_name(self, name: str) -> Iterator[Flavor]:
        """Those of exactly a name; a retired server's list knows no such."""
        if not self._transport.retired:
            return self.iterate(name=name)
        return (one for one in self.iterate() if one.name == name)

    def update(
        self,
        flavor: resource.Ident,
        updates: builtins.list[dict[str, Any]] | None = None,
        *,
        name: str | bodies.Unset = bodies.UNSET,
        description: str | None | bodies.Unset = bodies.UNSET,
        is_public: bool | bodies.Unset = bodies.UNSET,
        disabled: bool | bodies.Unset = bodies.UNSET,
        traits: Iterable[str] | bodies.Unset = bodies.UNSET,
    ) -> Flavor:
        """Change what is given, leave the rest.

        :param flavor: an object, a UUID or a name
        :param updates: a JSON patch, for those who have one
        :param name: a new one
        :param description: a new one; None for none; a retired server
            changes none
        :param is_public: whether every project sees it
        :param disabled: whether it is closed for new servers
        :param traits: all that the machines must have from now on (1.4)
        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old for an argument; nothing was sent
        :raises moganclient.exceptions.ValidationError: nothing was sent
        """
        if not isinstance(traits, bodies.Unset):
            traits = builtins.list(traits)
        body = bodies.patch(
            updates,
            schemas.FLAVOR_MUTABLE_1_4,
            'the change of the flavor',
            name=name,
            description=description,
            is_public=is_public,
            disabled=disabled,
            traits=traits,
        )
        # Said in either way.
        if bodies.changes_member(body, 'traits'):
            self._require_traits()
        if bodies.changes_member(body, 'description'):
            self._require_today('changing the description of a flavor')
        return self._one('PATCH', self._path(named.uuid(self, flavor)), body)

    def delete(self, flavor: resource.Ident) -> None:
        """Delete a flavor that no server has.

        :param flavor: an object, a UUID or a name
        :raises moganclient.exceptions.Conflict: a server has it
        """
        path = self._path(named.uuid(self, flavor))
        self._transport.request('DELETE', path)

    def get_access(self, flavor: resource.Ident) -> builtins.list[str]:
        """Ids of the projects that may use a flavor that is not public (1.4).

        :param flavor: an object, a UUID or a name
        :raises moganclient.exceptions.NotFound: no such flavor; also where it
            is public, which is no question of access
        """
        self._require_access()
        return strings.fetch(
            self._transport, self._access(flavor), 'flavor_access'
        )

    def add_tenant_access(self, flavor: resource.Ident, project: str) -> None:
        """Let a project use a flavor that is not public (1.4).

        :param flavor: an object, a UUID or a name
        :param project: the project's id; once more does nothing
        :raises moganclient.exceptions.Conflict: the flavor is public
        """
        self._require_access()
        body = {'tenant_id': project}
        bodies.check(body, schemas.FLAVOR_ACCESS, 'the access')
        self._transport.request('POST', self._access(flavor), body=body)

    def remove_tenant_access(
        self, flavor: resource.Ident, project: str
    ) -> None:
        """Let a project no longer use a flavor (1.4).

        :param flavor: an object, a UUID or a name
        :param project: the project's id
        :raises moganclient.exceptions.NotFound: it may not use it now
        """
        self._require_access()
        body = {'tenant_id': project}
        bodies.check(body, schemas.FLAVOR_ACCESS, 'the access')
        last = resource.segment(project, 'project')
        path = f'{self._access(flavor)}/{last}'
        self._transport.request('DELETE', path)

    def _access(self, flavor: resource.Ident) -> str:
        return f'{self._path(named.uuid(self, flavor))}/access'

    def _require_access(self) -> None:
        self._transport.require(
            versions.WHOLE_API, 'the access to flavors', retired=True
        )

    def _require_today(self, what: str) -> None:
        """Tell a retired server; every version of today's has it."""
        self._transport.require(microversion.OLDEST, what)

    def _require_traits(self) -> None:
        self._transport.require(versions.WHOLE_API, 'the traits of a flavor')
