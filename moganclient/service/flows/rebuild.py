"""Rebuilding a server: deployed again on the machine that it has."""

from __future__ import annotations

import time
import typing
from typing import Any

from moganclient.service import exceptions
from moganclient.service.flows import asked
from moganclient.service.flows import turns
from moganclient.service.flows import waiting
from moganclient.service import guard

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
    server = runtime.db.get_server(server_uuid)
    guard.require(server, 'rebuild')
    if server.node_uuid is None:
        raise exceptions.ServerBusy(
            f'Server {server.uuid} ("{server.name}") has no machine that it '
            'could be rebuilt on; delete it, and create it again.'
        )
    image_uuid = image_uuid or server.image_uuid
    if image_uuid is None:
        raise exceptions.BadRequest(
            f'Server {server.uuid} ("{server.name}") was taken over, and it '
            'is not known from which image it was deployed; name one in '
            'image_uuid.',
            code='image_needed',
        )
    asker = asked.Asker(server.project_id, foreign)
    image = asked.image(runtime, asker, image_uuid)
    # One of a whole disk brings its own.
    partitions = server.partitions if asked.is_partition(image) else {}
    asked.partitions(image, partitions)
    plan = asked.cargo(runtime, user_data, personality or [])
    plan['since'] = time.time()
    plan['preserve_ephemeral'] = preserve_ephemeral
    plan['partitioned'] = asked.is_partition(image)
    plan.update(_keypair(runtime, context, server, key_name))
    # What the row says as soon as what was on the machine is lost.
    values = {
        'image_uuid': image_uuid,
        'partitions': partitions or {},
        'key_name': key_name or server.key_name,
    }
    plan['rebuild'] = {'values': values}
    plan.update(turns.kept(server, 'undeploying') or {})
    flow_owner = waiting.take(
        runtime,
        context,
        server,
        'rebuild',
        'rebuild',
        'rebuilding',
        plan=plan,
        fault=None,
    )
    server = runtime.db.get_server(server.uuid)
    runtime.notifier.emit(context, 'server.rebuild.start', server)
    waiting.begin(runtime, server.uuid, flow_owner)
    return server


def _keypair(
    runtime: runtime_mod.Runtime,
    context: context_mod.Context,
    server: models.Server,
    key_name: str | None,
) -> dict[str, Any]:
    """The keypair to put on it; one that was deleted is left out."""
    if key_name is not None:
        found = asked.keypair(runtime, context.user_id, key_name)
        return {'keypair': found}
    if server.key_name is None:
        return {}
    try:
        found = asked.keypair(runtime, server.user_id, server.key_name)
    except exceptions.KeypairNotFound:
        return {}
    return {'keypair': found}
