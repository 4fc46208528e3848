"""Whether the node of a server still is the server's own.

Ironic says so, in ``instance_uuid``: an operator may have given the machine
to somebody else, and the row here does not know.  Asked before anything is
written to a node, and again before every further attempt.
"""

from __future__ import annotations

import logging
import typing

from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service.drivers import base
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)


def is_of(server: models.Server, node: base.Node | base.NodeState) -> bool:
    """Whether a node carries a server."""
    return node.instance_uuid == server.uuid


def require(
    server: models.Server, node: base.Node | base.NodeState | None
) -> None:
    """Raise where a node does not carry a server, any more or at all.

    Whose it is by now is told to the log, and in ``instance_uuid`` of the
    error: its sentence is for everybody who may see the server.

    :param node: as it was read; None where there is no such node
    :raises moganclient.service.exceptions.NodeLost: it does not
    """
    if node is not None and is_of(server, node):
        return
    holder = node.instance_uuid if node is not None else None
    LOG.warning(
        'Server %s: node %s does not carry it; %s',
        server.uuid,
        server.node_uuid,
        'there is no such node'
        if node is None
        else f'its instance_uuid is {holder}',
    )
    raise exceptions.NodeLost(
        f'The machine of server {server.uuid} ("{server.name}") no longer '
        'carries it, and was left alone.',
        instance_uuid=holder,
    )


def node_of(
    runtime: runtime_mod.Runtime, server: models.Server
) -> base.Node:
    """The node of a server as it is now, if it still is the server's.

    One request upstream; the node comes without its NICs.

    :raises moganclient.service.exceptions.NodeLost: it is not, or is gone
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    node: base.Node | None = None
    if server.node_uuid is not None:
        try:
            node = runtime.driver.get_node_bare(server.node_uuid)
        except exceptions.NodeNotFound:
            node = None
    require(server, node)
    assert node is not None
    return node
