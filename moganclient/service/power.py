"""Power actions on servers: begun here, ended by whoever looks next."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod

#: Targets of the API to those of the driver.
TARGETS = {
    'on': 'power on',
    'off': 'power off',
    'reboot': 'rebooting',
    'soft_off': 'soft power off',
    'soft_reboot': 'soft rebooting',
}


def change(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    target: str,
) -> models.Server:
    """Begin a power action; returns when Ironic has accepted it.

    :param target: one of :data:`TARGETS`
    :returns: the server, ``powering-on``, ``powering-off`` or ``rebooting``
    :raises moganclient.service.exceptions.ServerLocked: it is locked
    :raises moganclient.service.exceptions.ServerBusy: its status is one in
        which that cannot be done
    :raises moganclient.service.exceptions.BadRequest: Ironic refuses it
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    raise NotImplementedError
