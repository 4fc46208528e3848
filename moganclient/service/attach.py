"""Network interfaces of servers: given, taken away and looked at."""

from __future__ import annotations

import typing
from typing import Any

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def attach(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    *,
    port_id: str | None = None,
    net_id: str | None = None,
    foreign: bool = False,
) -> models.Server:
    """Give a server one more interface: a port of its own or a new one.

    It is attached when this returns.

    :param port_id: a port that there is; or ``net_id``
    :param net_id: the network to make one in
    :param foreign: ports and networks of other projects may be used
    :raises moganclient.service.exceptions.PortNotFound: no such port
    :raises moganclient.service.exceptions.NetworkNotFound: no such network
    :raises moganclient.service.exceptions.PortConflict: it is used, or no
        NIC of the node is free
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: its status
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    raise NotImplementedError


def detach(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    port_id: str,
) -> models.Server:
    """Take an interface away; a port that was made for it is deleted.

    Somebody's own port is never deleted.

    :raises moganclient.service.exceptions.PortNotFound: the server has no
        such port
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: its status
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    raise NotImplementedError


def nics(
    runtime: runtime_mod.Runtime, server: models.Server
) -> list[dict[str, Any]]:
    """The server's interfaces, as ``GET /v1/servers/{uuid}/networks`` has it.

    Two requests, however many there are.

    :returns: ``port_id, network_id, mac_address, fixed_ips, floating_ip``
        (an address or None) each
    """
    raise NotImplementedError
