"""Building servers: from a request to rows that the worker goes on with."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

if typing.TYPE_CHECKING:
    from moganclient.service import context as context_mod
    from moganclient.service.db import models
    from moganclient.service import runtime as runtime_mod


@dataclasses.dataclass
class BuildRequest:
    """What a valid body asks for, for one server; UUIDs in lower case."""

    name: str
    flavor_uuid: str
    image_uuid: str
    #: ``{'net_id': ...}`` or ``{'port_id': ...}`` each, in order.
    networks: list[dict[str, str]]
    #: For whom: the new server's project.
    project_id: str
    user_id: str | None = None
    description: str | None = None
    availability_zone: str | None = None
    metadata: dict[str, str] = dataclasses.field(default_factory=dict)
    key_name: str | None = None
    #: Base64.
    user_data: str | None = None
    #: ``{'path', 'contents'}`` each, contents in base64.
    personality: list[dict[str, str]] = dataclasses.field(
        default_factory=list
    )
    #: ``root_gb``, ``swap_mb``, ``ephemeral_gb``; numbers or digits.
    partitions: dict[str, Any] | None = None
    #: Kept in this process's memory only.
    admin_pass: str | None = dataclasses.field(default=None, repr=False)
    group_uuid: str | None = None
    #: Whether ports, networks, images and flavors of other projects may be
    #: used: a deployment-wide admin's right.
    foreign: bool = False


def start(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    requests: list[BuildRequest],
) -> list[models.Server]:
    """Check everything, write the rows, and let the worker go on.

    :returns: the servers, ``building``, in the order of the requests
    :raises moganclient.service.exceptions.NotFound: no such flavor, image,
        network, port, keypair or server group, or not for this project
    :raises moganclient.service.exceptions.BadRequest: something does not fit
    :raises moganclient.service.exceptions.PortConflict: a port is used
    :raises moganclient.service.exceptions.Unavailable: try again
    """
    raise NotImplementedError
