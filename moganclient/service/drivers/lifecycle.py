"""The part of the driver interface that changes machines.

Power, allocations, deploying and undeploying, VIFs and consoles, in the words
of Ironic.  A driver that only takes machines over leaves all of it as it is
here: the API answers 501 to what needs it.

Rules for every write here, as for ``claim_node``:

- One request, tried once.  The caller looks and decides after a failure, so
  whatever is done can be seen in :class:`.base.Node` or
  :class:`Allocation`.
- It returns when the inventory has accepted it.  What takes longer (power,
  deploying, cleaning) shows in the node.
- Asking for what is so already is no error, unless it says otherwise.

They raise, unless they say otherwise:

:class:`~moganclient.service.exceptions.UpstreamConflict`
    409: locked (something else works on the node), or in the way: look
:class:`~moganclient.service.exceptions.UpstreamUnavailable`
    no answer; ``sent`` is False where it surely did not act
:class:`~moganclient.service.exceptions.NodeNotFound`
    the node is gone
:class:`~moganclient.service.exceptions.BadRequest`
    the inventory refuses it (a state in which it cannot be done, a value that
    is wrong); the sentence is the inventory's own
:class:`~moganclient.service.exceptions.NotImplementedByDriver`
    501: the inventory is too old for it, or the machine's hardware cannot
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

if typing.TYPE_CHECKING:
    from moganclient.service.drivers import base

#: Targets of :meth:`Lifecycle.set_power`.
POWER_TARGETS = (
    'power on',
    'power off',
    'rebooting',
    'soft power off',
    'soft rebooting',
)

#: Targets of :meth:`Lifecycle.provision`.
PROVISION_TARGETS = ('active', 'rebuild', 'deleted')


@dataclasses.dataclass(slots=True)
class Allocation:
    """A node that is looked for, or was found, for a server."""

    #: The server's UUID, and the node's ``instance_uuid`` once it is active.
    uuid: str
    #: ``allocating``, ``active`` or ``error``.
    state: str
    #: The node that was found; None before.
    node_uuid: str | None = None
    #: Why none was, in the inventory's words.
    last_error: str | None = None
    resource_class: str | None = None


@dataclasses.dataclass(slots=True)
class Console:
    """A node's serial console."""

    enabled: bool
    #: ``shellinabox`` or ``socat``; None where it is not enabled.
    type: str | None = None
    #: An ``https`` or ``tcp`` URL for whoever may see the server.
    url: str | None = None


class Lifecycle:
    """What a driver that builds servers does; a base of ``Driver``."""

    def set_power(self, node_uuid: str, target: str) -> None:
        """Begin a power action.

        While it goes on the node has a ``target_power_state`` and is
        reserved; afterwards ``power_state`` says how it went and
        ``last_error`` why it did not go.

        :param target: one of :data:`POWER_TARGETS`
        """
        raise NotImplementedError

    def set_protected(
        self, node_uuid: str, protected: bool, reason: str | None
    ) -> base.Node:
        """Write ``protected`` and its reason, nothing else.

        :param reason: dropped where ``protected`` is False
        :returns: the node after the write (NICs may be missing)
        """
        raise NotImplementedError

    def allocate(
        self,
        uuid: str,
        resource_class: str,
        *,
        traits: list[str],
        candidates: list[str] | None,
    ) -> None:
        """Have the inventory look for an available node and reserve it.

        The node that is found has ``uuid`` as its ``instance_uuid``.  Asking
        again with the same UUID is no error, whatever became of the first.

        :param uuid: the allocation's, which is the server's
        :param resource_class: of the node, exactly
        :param traits: all of them the node must have
        :param candidates: UUIDs of the nodes that may be taken; None is all.
            An empty list is refused: nothing may be taken then.
        :raises moganclient.service.exceptions.BadRequest: a trait or resource
            class is none, or a candidate does not exist
        """
        raise NotImplementedError

    def get_allocation(self, uuid: str) -> Allocation | None:
        """An allocation as it is now, None where there is none."""
        raise NotImplementedError

    def delete_allocation(self, uuid: str) -> None:
        """Give an allocation up; gone already is no error.

        Its node loses ``instance_uuid``.  Undeploying does this too.

        :raises moganclient.service.exceptions.UpstreamConflict: its node is
            deployed or being deployed, or locked
        """
        raise NotImplementedError

    def set_instance_info(
        self, node_uuid: str, info: dict[str, Any]
    ) -> base.Node:
        """Merge into ``instance_info``; a value of None removes a key.

        :param info: ``image_source``, ``capabilities``, ``root_gb``,
            ``swap_mb``, ``ephemeral_gb``, ``display_name``, ...
        :returns: the node after the write (NICs may be missing)
        """
        raise NotImplementedError

    def provision(
        self, node_uuid: str, target: str, *, configdrive: str | None = None
    ) -> None:
        """Begin to deploy, to deploy again, or to undeploy.

        Not repeatable: look at ``provision_state`` first.

        :param target: ``active`` (from ``available`` or ``deploy failed``),
            ``rebuild`` (from ``active``, ``error`` or ``deploy failed``) or
            ``deleted`` (whatever is deployed, deploying, or failed to)
        :param configdrive: base64 of a gzipped ISO 9660; with ``active`` and
            ``rebuild`` only
        :raises moganclient.service.exceptions.UpstreamConflict: locked, or
            with the code ``node_protected``: it is protected
        """
        raise NotImplementedError

    def attach_vif(self, node_uuid: str, port_id: str) -> None:
        """Have a node carry a network port; again is no error.

        On a deployed node this binds the port at once (seconds), on another
        one it is bound when the node is deployed.

        :raises moganclient.service.exceptions.UpstreamConflict: another NIC
            or node has it, or the node is locked
        :raises moganclient.service.exceptions.BadRequest: no NIC is free for
            it
        """
        raise NotImplementedError

    def detach_vif(self, node_uuid: str, port_id: str) -> None:
        """Have a node no longer carry a port; again is no error."""
        raise NotImplementedError

    def console(self, node_uuid: str) -> Console:
        """Where the node's serial console is.

        :raises moganclient.service.exceptions.NotImplementedByDriver: its
            hardware has none
        """
        raise NotImplementedError

    def enable_console(self, node_uuid: str) -> None:
        """Begin to switch the console on; see :meth:`console`."""
        raise NotImplementedError

    def disable_console(self, node_uuid: str) -> None:
        """Begin to switch it off: its URL leads nowhere then.

        Undeploying does not do this: what is deployed next would have its
        console where that of the last server was.
        """
        raise NotImplementedError
