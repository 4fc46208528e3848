"""What somebody asks for to build a server from: is it there, and theirs?

Checked before anything is written.
"""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from moganclient.service import configdrive
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service import keypairs
from moganclient.service import networks as networks_mod

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service import images
    from moganclient.service import runtime as runtime_mod


@dataclasses.dataclass(frozen=True)
class Asker:
    """For whom something is looked up."""

    project_id: str
    #: What belongs to other projects is theirs, too.
    foreign: bool = False


def flavor(
    runtime: runtime_mod.Runtime, asker: Asker, flavor_uuid: str
) -> models.Flavor:
    """A flavor that a server can be built with.

    :raises moganclient.service.exceptions.FlavorNotFound: there is none, or
        not for this project
    :raises moganclient.service.exceptions.BadRequest: it is disabled, or asks
        for more than one machine
    """
    found = runtime.db.get_flavor(flavor_uuid)
    if not (
        found.is_public
        or asker.foreign
        or runtime.db.has_flavor_access(found.uuid, asker.project_id)
    ):
        raise exceptions.FlavorNotFound(f'There is no flavor "{flavor_uuid}".')
    require_enabled(found)
    counts = [str(count) for count in found.resources.values()]
    if counts != ['1']:
        asks = ', '.join(f'{k}={v}' for k, v in found.resources.items())
        raise exceptions.BadRequest(
            f'Flavor "{found.name}" ({found.uuid}) asks for {asks}; a server '
            'is one machine, of one resource class.',
            code='flavor_does_not_fit',
        )
    return found


def require_enabled(found: models.Flavor) -> None:
    """Raise where a flavor is not for new servers.

    :raises moganclient.service.exceptions.BadRequest: it is disabled
    """
    if found.disabled:
        raise exceptions.BadRequest(
            f'Flavor "{found.name}" ({found.uuid}) is disabled.',
            code='flavor_disabled',
        )


def image(
    runtime: runtime_mod.Runtime, asker: Asker, image_uuid: str
) -> images.Image:
    """An image that a server can be built from.

    :raises moganclient.service.exceptions.ImageNotFound: there is none, or
        not for this project
    :raises moganclient.service.exceptions.BadRequest: it has no data
    """
    found = runtime.images.get(image_uuid)
    if found is None or not (
        asker.foreign
        or found.visibility in ('public', 'community')
        or found.owner in (None, asker.project_id)
    ):
        raise exceptions.ImageNotFound(f'There is no image "{image_uuid}".')
    if found.status != 'active':
        raise exceptions.BadRequest(
            f'Image {image_uuid} is "{found.status}"; only one that is '
            '"active" has data to build a server from.',
            code='image_not_active',
        )
    return found


def partitions(found: images.Image, wanted: dict[str, Any] | None) -> None:
    """Whether an image can be partitioned like that.

    :raises moganclient.service.exceptions.BadRequest: it is one of a whole
        disk, or needs more
    """
    if not wanted:
        return
    if not is_partition(found):
        raise exceptions.BadRequest(
            f'Image {found.id} is one of a whole disk: it brings its own '
            'partitions, and none can be asked for.',
            code='image_not_partitioned',
        )
    root = int(wanted.get('root_gb') or 0)
    if root < found.min_disk:
        raise exceptions.BadRequest(
            f'Image {found.id} needs a root partition of '
            f'{found.min_disk} GiB at least; {root} GiB were asked for.',
            code='partition_too_small',
        )


def is_partition(found: images.Image) -> bool:
    """Whether an image is of one partition, as Ironic tells it."""
    kind = found.properties.get('img_type')
    if kind:
        return bool(kind == 'partition')
    return bool(found.properties.get('kernel_id'))


def network(
    runtime: runtime_mod.Runtime, asker: Asker, network_id: str
) -> networks_mod.Network:
    """A network that a port can be made in.

    :raises moganclient.service.exceptions.NetworkNotFound: there is none, or
        not for this project
    :raises moganclient.service.exceptions.BadRequest: it has no subnet
    """
    found = runtime.networks.get_network(network_id)
    if found is None or not (
        asker.foreign or found.shared or found.project_id == asker.project_id
    ):
        raise exceptions.NetworkNotFound(
            f'There is no network "{network_id}" in which project '
            f'{asker.project_id} may have ports.'
        )
    if not found.subnets:
        raise exceptions.BadRequest(
            f'Network {network_id} requires a subnet in order to boot '
            'servers on: without one there are no addresses in it.',
            code='network_without_subnet',
        )
    return found


def ports(
    runtime: runtime_mod.Runtime,
    asker: Asker,
    port_ids: list[str],
    node_uuid: str = '',
) -> list[networks_mod.Port]:
    """Ports that a server can have, in the order of the request.

    :param node_uuid: the node that may carry them already
    :raises moganclient.service.exceptions.PortNotFound: there is no such one,
        or not in this project
    :raises moganclient.service.exceptions.PortConflict: one is used
    """
    known = runtime.networks.ports_by_id(port_ids)
    found = []
    for port_id in port_ids:
        port = known.get(port_id)
        if port is None or not (
            asker.foreign or port.project_id in (None, '', asker.project_id)
        ):
            raise exceptions.PortNotFound(
                f'There is no port "{port_id}" in project '
                f'{asker.project_id}.'
            )
        if use := eligibility.port_use(port, node_uuid, None):
            raise exceptions.PortConflict(
                f'Port {port_id} is used by {use}.', code='port_in_use'
            )
        found.append(port)
    return found


def keypair(
    runtime: runtime_mod.Runtime, user_id: str | None, name: str
) -> dict[str, str]:
    """A user's public key, as a plan has it.

    :raises moganclient.service.exceptions.KeypairNotFound: there is none
    """
    found = runtime.db.get_keypair(user_id or keypairs.NOBODY, name)
    return {
        'name': found.name,
        'type': found.type,
        'public_key': found.public_key,
    }


def cargo(
    runtime: runtime_mod.Runtime,
    user_data: str | None,
    personality: list[dict[str, str]],
) -> dict[str, Any]:
    """User data and files, as a plan has them.

    :raises moganclient.service.exceptions.BadRequest: they are no base64, or
        too large
    """
    found: dict[str, Any] = {}
    data = None
    if user_data is not None:
        data = configdrive.decode('user_data', user_data)
        found['user_data'] = user_data
    files = {}
    for one in personality:
        if one['path'] in files:
            raise exceptions.BadRequest(
                f'The file {one["path"]} is given twice.', code='invalid_body'
            )
        files[one['path']] = configdrive.decode(
            f'The contents of {one["path"]}', one['contents']
        )
    configdrive.check_size(data, files, runtime.conf.api.max_config_drive)
    if personality:
        found['personality'] = personality
    return found


def zone(runtime: runtime_mod.Runtime, name: str) -> None:
    """Whether there is an availability zone.

    :raises moganclient.service.exceptions.BadRequest: there is not
    """
    known = runtime.db.availability_zones()
    if name not in known:
        raise exceptions.BadRequest(
            f'There is no availability zone "{name}"; there are: '
            f'{", ".join(known) or "none"}.',
            code='availability_zone_not_found',
        )


def group(
    runtime: runtime_mod.Runtime, asker: Asker, group_uuid: str
) -> models.ServerGroup:
    """A server group of the project.

    :raises moganclient.service.exceptions.ServerGroupNotFound: there is none
    """
    found = runtime.db.get_server_group(group_uuid)
    if not asker.foreign and found.project_id != asker.project_id:
        raise exceptions.ServerGroupNotFound(
            f'There is no server group "{group_uuid}".'
        )
    return found
