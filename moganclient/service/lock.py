"""Locks on servers: what is locked is left alone, by everybody."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def change(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    locked: bool,
    *,
    override: bool = False,
) -> models.Server:
    """Lock or unlock a server; what is so already is no error.

    The side that locks, and that may unlock, is ``owner`` where the server
    is of the caller's project, else ``admin``.

    :param override: the caller may take the other side's lock away too
        (policy ``servers:unlock_override``)
    :raises moganclient.service.exceptions.Forbidden: the other side locked it
    """
    raise NotImplementedError
