"""What the commands of servers share: finding one, and printing one."""

from __future__ import annotations

import argparse
import collections.abc
import logging
import typing

from moganclient import exceptions
from moganclient.osc import columns
from moganclient.osc import options
from moganclient import resource

if typing.TYPE_CHECKING:
    from moganclient.v1 import client as v1_client
    from moganclient.v1 import server as v1_server

LOG = logging.getLogger(__name__)

#: What ``show`` and ``server manage`` print.
SHOW = (
    'uuid',
    'name',
    'description',
    'status',
    'power_state',
    'node',
    'node_uuid',
    'flavor',
    'flavor_uuid',
    'image_uuid',
    'addresses',
    'availability_zone',
    'affinity_zone',
    'key_name',
    'partitions',
    'metadata',
    'locked',
    'locked_by',
    'protected',
    'adopted',
    'fault',
    'project_id',
    'user_id',
    'created_at',
    'updated_at',
    'launched_at',
)
_KINDS = {
    'addresses': columns.Addresses,
    'fault': columns.Fault,
    'metadata': columns.Mapping,
    'partitions': columns.Mapping,
}

#: Names of flavors by UUID.
_Names = dict[str | None, str | None]


def add_server(
    parser: argparse.ArgumentParser, words: str, nargs: str | None = None
) -> None:
    """Add the servers to act on, and where to look for their names."""
    parser.add_argument(
        'server',
        metavar='<server>',
        type=options.nonempty,
        nargs=nargs,
        help=words,
    )
    options.add_all_projects(parser, 'Look for the name in all projects')


def identified(
    client: v1_client.Client, server: str, all_projects: bool
) -> resource.Ident:
    """What the library needs to act on a server given by name or UUID.

    :raises moganclient.exceptions.NotFound: no server has the name
    :raises moganclient.exceptions.NoUniqueMatch: several have it
    """
    if resource.is_uuid(server):
        return server
    return client.server.find(server, all_projects=all_projects)


def shown(
    client: v1_client.Client, server: v1_server.Server
) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
    """A server as ``show`` and ``manage`` print it."""
    names: _Names = {}
    # A server that was taken over by a retired one's way has no flavor.
    flavor_uuid = getattr(server, 'flavor_uuid', None)
    if flavor_uuid:
        try:
            flavor = client.flavor.get(flavor_uuid)
            names = {flavor.uuid: flavor.name}
        except exceptions.ClientException:
            # The machine may have been taken over just now: that its
            # flavor's name is missing must not look like a failure.
            LOG.debug('No name of a flavor', exc_info=True)
    return columns.headings(SHOW), _row(server, SHOW, names)


def rows(
    client: v1_client.Client,
    servers: collections.abc.Iterable[v1_server.Server],
    fields: collections.abc.Sequence[str],
    *,
    look_up: bool = True,
) -> collections.abc.Iterator[tuple[typing.Any, ...]]:
    """Rows of a list, as its pages arrive.

    :param fields: of the API, and ``flavor`` for the flavor's name.
    :param look_up: whether to ask for that; its UUID otherwise
    """
    names: _Names | None = None
    for server in servers:
        if names is None:
            # One request for all, and none where there is no server.
            names = {}
            if look_up and 'flavor' in fields:
                names = {one.uuid: one.name for one in client.flavor.iterate()}
        yield _row(server, fields, names)


def _row(
    server: v1_server.Server,
    fields: collections.abc.Iterable[str],
    names: _Names,
) -> tuple[typing.Any, ...]:
    """Cells of a server; ``flavor`` is the name, or else the UUID."""
    flavor_uuid = getattr(server, 'flavor_uuid', None)
    return tuple(
        names.get(flavor_uuid) or flavor_uuid
        if field == 'flavor'
        else columns.cell(field, getattr(server, field, None), _KINDS)
        for field in fields
    )
