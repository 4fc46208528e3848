"""Nodes: every machine of the inventory, whatever it is used for."""

from __future__ import annotations

from typing import ClassVar

from moganclient.v1 import strings


class NodeManager(strings.Manager):
    """Lists their names, or UUIDs where they have none (admin).

    What can be taken over is told by
    :class:`moganclient.v1.adoptable_node.AdoptableNodeManager`.
    """

    COLLECTION: ClassVar[str] = 'nodes'
    KINDS: ClassVar[str] = 'nodes'
