"""Rebuilding a server: deployed again on the machine that it has."""

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
    image_uuid: str | None = None,
    preserve_ephemeral: bool = False,
    *,
    key_name: str | None = None,
    user_data: str | None = None,
    personality: list[dict[str, str]] | None = None,
    foreign: bool = False,
) -> models.Server:
    """Check everything, write it down, and let the worker go on.

    :param image_uuid: None for the image that it was built from
    :param preserve_ephemeral: keep what is on the ephemeral partition
    :param key_name: a keypair of the caller; None for the one as it was
    :param user_data: base64
    :param personality: ``{'path', 'contents'}`` each, contents in base64
    :param foreign: the image may be another project's
    :returns: the server, ``rebuilding``
    :raises moganclient.service.exceptions.ServerNotFound: there is none
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerProtected: it is protected
    :raises moganclient.service.exceptions.ServerBusy: its status
    :raises moganclient.service.exceptions.NotFound: no such image or keypair
    :raises moganclient.service.exceptions.BadRequest: something does not fit
    """
    raise NotImplementedError
