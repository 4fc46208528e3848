"""Deleting a server: undeployed, and nothing of it left."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def start(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server_uuid: str,
) -> models.Server:
    """Begin to delete a server; the worker goes on.

    One that is being built or rebuilt is cancelled.  One that is being
    deleted already is no error.

    :returns: the server, ``deleting``; there is none when that is done
    :raises moganclient.service.exceptions.ServerNotFound: there is none
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerProtected: it is protected
    :raises moganclient.service.exceptions.ServerBusy: it is being taken over
        or let go
    """
    raise NotImplementedError
