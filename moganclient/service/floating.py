"""Floating IPs of servers."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def add(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    address: str,
    fixed_address: str | None = None,
    *,
    foreign: bool = False,
) -> models.Server:
    """Have a floating IP lead to a server.

    :param fixed_address: to which of its addresses; None is the first one
    :param foreign: a floating IP of another project may be used
    :raises moganclient.service.exceptions.FloatingIPNotFound: there is none,
        or not in the server's project
    :raises moganclient.service.exceptions.BadRequest: the server has no such
        address, or no router leads to it
    :raises moganclient.service.exceptions.Conflict: it leads elsewhere
    """
    raise NotImplementedError


def remove(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    address: str,
) -> models.Server:
    """Have a floating IP lead nowhere.

    :raises moganclient.service.exceptions.FloatingIPNotFound: there is none
    :raises moganclient.service.exceptions.BadRequest: it does not lead to
        this server
    """
    raise NotImplementedError
