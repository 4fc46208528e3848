"""Server groups: servers that shall be near to each other, or apart."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from typing import ClassVar

from moganclient import resource
from moganclient.v1 import bodies
from moganclient.v1 import named
from moganclient.v1 import schemas
from moganclient.v1 import versions


class ServerGroup(resource.Resource):
    """Servers that were made with it, and how they are spread."""

    __slots__ = ()

    KIND: ClassVar[str] = 'server group'

    #: What people call it; several may have the same.
    name: str
    #: ``['affinity']``, ``['anti-affinity']`` or none.
    policies: builtins.list[str]
    #: UUIDs of its servers.
    members: builtins.list[str]
    #: The project that has it.
    project_id: str | None
    #: Who made it; None where nobody has to log in.
    user_id: str | None
    #: When it was made, ISO 8601.
    created_at: str | None
    #: When it was last changed, None for never.
    updated_at: str | None
    #: Where it is: ``{'rel': 'self', 'href': ...}`` each.
    links: builtins.list[dict[str, str]]


class ServerGroupManager(resource.Manager[ServerGroup]):
    """Makes, lists, shows and deletes server groups (admin, 1.4).

    Each method raises :class:`moganclient.exceptions.UnsupportedVersion`
    where the server is too old, before anything is sent.
    """

    RESOURCE = ServerGroup
    COLLECTION: ClassVar[str] = 'server_groups'

    def create(self, name: str, policies: Iterable[str] = ()) -> ServerGroup:
        """Make one that no server is in yet.

        :param name: 1 to 255 characters
        :param policies: ``affinity`` or ``anti-affinity``, one at most;
            affinity zones of the nodes decide what is near
        :raises moganclient.exceptions.ValidationError: nothing was sent
        """
        self._require()
        # One policy is no list of its letters.
        several = [policies] if isinstance(policies, str) else policies
        body = {'name': name, 'policies': builtins.list(several)}
        bodies.check(body, schemas.SERVER_GROUP_CREATE, 'the server group')
        return self._one('POST', f'/{self.COLLECTION}', body)

    def list(self) -> builtins.list[ServerGroup]:
        """Those of the caller's project; all where it has none (admin)."""
        self._require()
        return builtins.list(self._iterate({}, limit=None, max_items=None))

    def get(self, group: resource.Ident) -> ServerGroup:
        """One group.

        :param group: an object or a UUID; for names there is :meth:`find`
        :raises moganclient.exceptions.NotFound: there is none
        """
        self._require()
        return self._one('GET', self._path(group))

    def find(self, name_or_uuid: resource.Ident) -> ServerGroup:
        """The one group of a name or UUID.

        :raises moganclient.exceptions.NotFound: there is none
        :raises moganclient.exceptions.NoUniqueMatch: several have the name
        """
        return named.find(
            self,
            name_or_uuid,
            # The API cannot be asked for a name, and there are few.
            lambda name: [one for one in self.list() if one.name == name],
        )

    def delete(self, group: resource.Ident) -> None:
        """Delete one; its servers stay.

        :param group: an object, a UUID or a name
        """
        self._require()
        path = self._path(named.uuid(self, group))
        self._transport.request('DELETE', path)

    def _require(self) -> None:
        self._transport.require(
            versions.WHOLE_API, 'server groups', retired=True
        )
