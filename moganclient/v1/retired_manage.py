"""Taking over through a retired server: what it takes, what it cannot do.

Nothing has to be prepared there: it knows no flavor and finds the ports
itself (see :mod:`moganclient.retired`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moganclient import microversion
from moganclient import resource
from moganclient import retired
from moganclient import transport as http
from moganclient.v1 import adoptable_node
from moganclient.v1 import bodies
from moganclient.v1 import preparation
from moganclient.v1 import schemas

PATH = f'/{retired.MANAGEABLE}'


def refuse(transport: http.Transport, **given: Any) -> None:
    """Refuse what it cannot do, before anything is sent.

    :param given: the arguments of manage that it does not know; a node is
        one where it is no UUID
    :raises moganclient.exceptions.RetiredServer: there is one that is given
    """
    node = given.pop('node')
    names = [f'the {name}' for name, value in given.items() if value]
    what = [f'{retired.words(names)} of manage'] if names else []
    if not resource.is_uuid(node):
        what.append(retired.node_name(node))
    if what:
        transport.require(microversion.OLDEST, ' and '.join(what))


def body(
    *,
    node_uuid: str,
    name: str,
    metadata: Mapping[str, str] | None,
    description: str | None,
) -> dict[str, Any]:
    """The body of its manage, checked.

    :raises moganclient.exceptions.ValidationError: nothing was sent
    """
    found = bodies.without_unset(
        node_uuid=node_uuid,
        name=name,
        description=description,
        metadata=dict(metadata) if metadata else None,
    )
    bodies.check(found, schemas.MANAGEABLE, 'the request to manage')
    return found


def prepare(
    node: adoptable_node.AdoptableNode,
    name: str | None,
    *,
    metadata: Mapping[str, str] | None,
    description: str | None,
) -> preparation.Preparation:
    """What taking a node over there would be.

    It lists only what it could take over, so nothing is known to be in the
    way.
    """
    return preparation.Preparation(
        body=body(
            node_uuid=node.uuid,
            name=preparation.default_name(node) if name is None else name,
            metadata=metadata,
            description=description,
        ),
        node=node,
        flavor=None,
        ports=node.carried_ports(),
        reasons=[],
    )
