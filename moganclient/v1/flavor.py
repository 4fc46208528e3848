"""Flavors: what kinds of machines there are to be servers."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any
from typing import ClassVar

from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import named
from moganclient.v1 import schemas


class Flavor(resource.Resource):
    """A kind of machine."""

    __slots__ = ()

    KIND: ClassVar[str] = 'flavor'

    #: For people; None where there is none.
    description: str | None
    #: The resource class of the machines, and how many make a server (1).
    resources: dict[str, int | str]
    #: Kept from the retired API; nothing here acts on it.
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
        description: str | None = None,
        is_public: bool = True,
        disabled: bool = False,
        resource_aggregates: Mapping[str, Any] | None = None,
    ) -> Flavor:
        """Make a flavor.

        :param name: 1 to 255 characters
        :param resources: the resource class as Ironic writes it
            (``baremetal.gold``) or normalized (``CUSTOM_BAREMETAL_GOLD``), to
            1
        :param description: for people
        :param is_public: whether every project sees it
        :param disabled: whether it is closed for new servers
        :param resource_aggregates: kept for those who have them
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
        bodies.check(body, schemas.FLAVOR_CREATE, 'the flavor')
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
        patch: builtins.list[dict[str, Any]] | None = None,
        *,
        name: str | bodies.Unset = bodies.UNSET,
        description: str | None | bodies.Unset = bodies.UNSET,
        is_public: bool | bodies.Unset = bodies.UNSET,
        disabled: bool | bodies.Unset = bodies.UNSET,
    ) -> Flavor:
        """Change what is given, leave the rest.

        :param flavor: an object, a UUID or a name
        :param patch: a JSON patch, for those who have one
        :param name: a new one
        :param description: a new one; None for none
        :param is_public: whether every project sees it
        :param disabled: whether it is closed for new servers
        :raises moganclient.exceptions.ValidationError: nothing was sent
        """
        body = bodies.patch(
            patch,
            schemas.FLAVOR_MUTABLE,
            'the change of the flavor',
            name=name,
            description=description,
            is_public=is_public,
            disabled=disabled,
        )
        return self._one('PATCH', self._path(named.uuid(self, flavor)), body)

    def delete(self, flavor: resource.Ident) -> None:
        """Delete a flavor that no server has.

        :param flavor: an object, a UUID or a name
        :raises moganclient.exceptions.Conflict: a server has it
        """
        path = self._path(named.uuid(self, flavor))
        self._transport.request('DELETE', path)
