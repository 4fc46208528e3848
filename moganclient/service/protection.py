"""Protection of servers against being wiped by deleting or rebuilding."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


def change(
    runtime: runtime_mod.Runtime, server: models.Server, protected: bool
) -> models.Server:
    """Write ``protected`` to the node, in one PATCH, and to the server.

    The caller has asked :func:`.guard.require` (``update``) already.

    :returns: the server as it is then
    :raises moganclient.service.exceptions.ServerBusy: somebody works on it,
        or its node does not carry it
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    raise NotImplementedError
