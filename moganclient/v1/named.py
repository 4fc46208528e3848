"""Finding the one thing that has a name."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
import itertools
from typing import Protocol
from typing import TypeVar

from moganclient import exceptions
from moganclient import resource

R = TypeVar('R', bound=resource.Resource)
Found = TypeVar('Found', bound=resource.Resource, covariant=True)

#: So many candidates are looked at and named.
MOST = 10


class Finder(Protocol[Found]):
    """A manager of things that have names."""

    @property
    def RESOURCE(self) -> type[Found]:
        """What it finds."""

    def spelled(self, identity: str, /) -> str:
        """A UUID as the server wants it."""

    def get(self, thing: resource.Ident, /) -> Found:
        """By UUID."""

    def find(self, name_or_uuid: resource.Ident, /) -> Found:
        """By name or UUID."""


def find(
    manager: Finder[R],
    name_or_uuid: resource.Ident,
    by_name: Callable[[str], Iterable[R]],
) -> R:
    """The one resource that a UUID or a name means.

    What looks like a UUID is one, and where nobody has it, a name.

    :param by_name: the resources of a name; others are passed over, as there
        are servers that filter more generously than they are asked to
    :raises moganclient.exceptions.NotFound: there is none
    :raises moganclient.exceptions.NoUniqueMatch: several have the name
    """
    kind = manager.RESOURCE.KIND
    wanted = resource.ident(name_or_uuid, kind, exact=True)
    if resource.is_uuid(wanted):
        # As it was given where that is how it must match, then as it is
        # stored mostly.
        for uuid_ in dict.fromkeys((manager.spelled(wanted), wanted.lower())):
            try:
                return manager.get(uuid_)
            except exceptions.NotFound:
                if not isinstance(name_or_uuid, str):
                    raise
    named = (one for one in by_name(wanted) if one.name == wanted)
    found = list(itertools.islice(named, MOST + 1))
    if not found:
        raise exceptions.NotFound(
            f'There is no {kind} with the name or UUID {wanted!r} here.'
        )
    if len(found) > 1:
        candidates = ', '.join(str(one.uuid) for one in found[:MOST])
        more = ' and more' if len(found) > MOST else ''
        raise exceptions.NoUniqueMatch(
            f'Several {kind}s have the name {wanted!r}: {candidates}{more}. '
            'Pass the UUID of one.',
            candidates=found,
        )
    return found[0]


def uuid(manager: Finder[R], thing: resource.Ident) -> str:
    """The UUID of an object, of itself, or of what has that name.

    Only for a name something is asked.
    """
    wanted = resource.ident(thing, manager.RESOURCE.KIND, exact=True)
    if resource.is_uuid(wanted):
        return manager.spelled(wanted)
    return manager.find(wanted).uuid
