"""Request bodies: checked before they are sent, patches put together."""

from __future__ import annotations

from collections.abc import Mapping
import enum
from typing import Any
from typing import Final

from moganclient import exceptions
from moganclient.v1 import schemas
from moganclient.v1 import validation


class Unset(enum.Enum):
    """The type of :data:`UNSET`."""

    UNSET = 'unset'


#: An argument that was left out, where None means something.
UNSET: Final = Unset.UNSET


def check(body: Any, schema: dict[str, Any], what: str) -> None:
    """Refuse a body that the service would refuse.

    :param what: for the sentence, e.g. ``the request to manage``
    :raises moganclient.exceptions.ValidationError: with every fault
    """
    faults = validation.faults(body, schema)
    if faults:
        raise exceptions.ValidationError(
            f'Nothing was sent, {what} is wrong: {"; ".join(faults)}.',
            faults=faults,
        )


def without_unset(**members: Any) -> dict[str, Any]:
    """A body of what was given: neither None nor :data:`UNSET`."""
    return {
        name: value
        for name, value in members.items()
        if value is not None and value is not UNSET
    }


def patch(
    given: list[dict[str, Any]] | None,
    schema: dict[str, Any],
    what: str,
    *,
    metadata: Mapping[str, str | None] | None = None,
    **changes: Any,
) -> list[dict[str, Any]]:
    """A JSON patch (RFC 6902), checked.

    :param given: a patch to begin with
    :param schema: of what it changes, for the values of ``changes``
    :param what: for the sentence, e.g. ``the change of the server``
    :param metadata: keys to set, or with None to remove
    :param changes: members to set, or with None to empty; :data:`UNSET` ones
        stay as they are
    :raises moganclient.exceptions.ValidationError: a fault, or no change
    """
    done = list(given or [])
    for name, value in changes.items():
        if value is UNSET:
            continue
        fault_of = {'properties': {name: schema['properties'][name]}}
        check({name: value}, fault_of, what)
        # Always there, be it as null.
        done.append({'op': 'replace', 'path': f'/{name}', 'value': value})
    if metadata:
        kept = {k: v for k, v in metadata.items() if v is not None}
        check(
            {'metadata': kept},
            {'properties': {'metadata': schemas.METADATA}},
            what,
        )
        for key, value in metadata.items():
            path = f'/metadata/{_escaped(key)}'
            if value is None:
                done.append({'op': 'remove', 'path': path})
            else:
                done.append({'op': 'add', 'path': path, 'value': value})
    if not done:
        raise exceptions.ValidationError(
            f'Nothing was sent, {what} is empty: say what to change.'
        )
    check(done, schemas.JSON_PATCH, what)
    return done


def changes_member(patch: list[dict[str, Any]], name: str) -> bool:
    """Whether a JSON patch changes a member, or what is in it.

    :param patch: a checked one
    :param name: of the member, without what a pointer has to escape
    """
    return any(change['path'].split('/')[1] == name for change in patch)


def _escaped(key: object) -> str:
    """A key as one token of a JSON pointer (RFC 6901)."""
    return str(key).replace('~', '~0').replace('/', '~1')
