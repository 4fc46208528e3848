"""The format of a plan, version 1, as a JSON Schema, and its faults.

What a server is made of has the rules of the API: they are taken from
:mod:`moganclient.v1.schemas`, not written down again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from moganclient import exceptions
from moganclient import transport
from moganclient.v1 import schemas
from moganclient.v1 import validation

#: Where something is in a plan.
Path = validation.Path

#: Where, and a sentence that begins with that place.
Fault = tuple[Path, str]

#: Versions of the format that this library knows.
VERSIONS = (1,)

_MANAGE: dict[str, Any] = schemas.MANAGE_1_2['properties']
_UUID: dict[str, Any] = _MANAGE['node_uuid']

_SERVER: dict[str, Any] = {
    'type': 'object',
    'properties': {
        'node': {
            **_UUID,
            'description': 'The UUID of the node in Ironic.',
        },
        'node_name': {
            **_MANAGE['name'],
            'description': (
                'What the cloud calls the node. Where it is given, it is '
                'compared, as a guard against a mistyped UUID.'
            ),
        },
        'name': {
            **_MANAGE['name'],
            'description': 'What the server shall be called.',
        },
        'flavor': {
            **_MANAGE['name'],
            'description': 'The name or the UUID of its flavor.',
        },
        'ports': {
            'type': 'array',
            'minItems': 1,
            'items': _UUID,
            'description': (
                'The UUIDs of all network ports that the node carries.'
            ),
        },
        'project': {
            **_MANAGE['project_id'],
            'description': (
                'The project whose server it shall be: its id, or, for '
                'commands, its name.'
            ),
        },
        'availability_zone': _MANAGE['availability_zone'],
        'description': _MANAGE['description'],
        'metadata': _MANAGE['metadata'],
    },
    'required': ['node', 'name', 'flavor', 'ports'],
    'additionalProperties': False,
}

#: A plan.
PLAN: dict[str, Any] = {
    '$schema': 'https://json-schema.org/draft/2020-12/schema',
    'title': 'A plan to take over machines',
    'type': 'object',
    'properties': {
        'version': {'const': 1, 'description': 'Of this format.'},
        'cloud': {
            'type': 'object',
            'description': 'The cloud that the plan was made for.',
            'properties': {
                'endpoint': {
                    'type': 'string',
                    'format': 'uri',
                    'description': (
                        'Where the bare metal compute API is: a URL of http '
                        'or https, without user and password.'
                    ),
                },
                'region': {
                    **_MANAGE['availability_zone'],
                    'description': 'Left out where it is not known.',
                },
            },
            'required': ['endpoint'],
            'additionalProperties': False,
        },
        'servers': {
            'type': 'array',
            'minItems': 1,
            'items': _SERVER,
            'description': (
                'The servers to be. No two have the same node, name or port.'
            ),
        },
        'left_out': {
            'type': 'array',
            'description': (
                'Nodes that were looked at and left out, and why. They have '
                'no effect.'
            ),
            'items': {
                'type': 'object',
                'properties': {
                    'node': _UUID,
                    'node_name': {'type': 'string'},
                    'reasons': {
                        'type': 'array',
                        'items': {
                            'type': 'object',
                            'properties': {
                                'code': {'type': 'string'},
                                'message': {'type': 'string'},
                            },
                            'required': ['code', 'message'],
                            'additionalProperties': False,
                        },
                    },
                },
                'required': ['node', 'reasons'],
                'additionalProperties': False,
            },
        },
    },
    'required': ['version', 'cloud', 'servers'],
    'additionalProperties': False,
}

#: What all servers of a plan can be given when it is made.
DEFAULTS: dict[str, Any] = {
    'type': 'object',
    'properties': {
        key: _SERVER['properties'][key]
        for key in ('project', 'availability_zone')
    },
    'additionalProperties': False,
}

#: Members of a server that may be left out.
OPTIONAL = frozenset(_SERVER['properties']) - frozenset(_SERVER['required'])


def faults(data: Any) -> list[Fault]:
    """Everything that is wrong with a plan.

    :param data: what a file of it says
    :returns: places and sentences, none where it is good.  Where two servers
        have the same node, name or port, the place is that of the second.
    """
    if not isinstance(data, dict):
        return [((), 'a plan is a mapping with version, cloud and servers')]
    version = data.get('version', 1)
    if isinstance(version, bool) or version not in VERSIONS:
        return [(('version',), _unknown_version(version))]
    found: list[Fault] = validation.located(data, PLAN)
    found += _not_text(data, ())
    found += _endpoint(data)
    return found


def _unknown_version(version: Any) -> str:
    known = ' and '.join(str(known) for known in VERSIONS)
    shown = validation.shown(version)
    if isinstance(version, str) and version in map(str, VERSIONS):
        return f'version: {shown} is a string: leave the quotes out'
    return (
        f'version: {shown} is not known here, {known} is: for a newer one '
        'take a newer python-moganclient'
    )


def _is_text(value: str) -> bool:
    """Whether a string has no half of a character in it."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _not_text(value: Any, path: Path) -> Iterator[Fault]:
    """Strings that hold half of a character, as JSON can write them."""
    if isinstance(value, str):
        if not _is_text(value):
            place = validation.place(path)
            yield (
                path,
                f'{place}: {value[:60]!a} is not valid text: it holds half '
                'of a character',
            )
    elif isinstance(value, dict):
        for name, member in value.items():
            if isinstance(name, str) and not name.isascii():
                yield from _not_text(name, path)
            yield from _not_text(member, (*path, name))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _not_text(member, (*path, index))


def _endpoint(data: dict[str, Any]) -> Iterator[Fault]:
    cloud = data.get('cloud')
    endpoint = cloud.get('endpoint') if isinstance(cloud, dict) else None
    if isinstance(endpoint, str):
        try:
            transport.versioned(endpoint)
        except exceptions.ValidationError as error:
            yield ('cloud', 'endpoint'), f'cloud.endpoint: {error}'


def repeated(
    servers: Any,
) -> Iterator[tuple[Path, Path, str]]:
    """Nodes, names and ports that come twice in a plan.

    :param servers: its list, which may be wrong in any other way
    :returns: the place, the place of the first use, and the sentence, which
        ends so that ``(line 7)`` can follow
    """
    nodes: dict[str, Path] = {}
    names: dict[str, Path] = {}
    ports: dict[str, Path] = {}
    for index, server in enumerate(_list(servers)):
        if not isinstance(server, dict):
            continue
        uses: list[tuple[str, dict[str, Path], Any, Path]] = [
            ('node', nodes, server.get('node'), ('node',)),
            ('name', names, server.get('name'), ('name',)),
        ]
        uses += [
            ('port', ports, port, ('ports', number))
            for number, port in enumerate(_list(server.get('ports')))
        ]
        for kind, known, value, steps in uses:
            if not isinstance(value, str):
                continue
            key = value if kind == 'name' else value.lower()
            mine = (index, *steps)
            before = known.setdefault(key, mine)
            if before is mine:
                continue
            place, first = ('servers', *mine), ('servers', *before)
            yield (
                place,
                first,
                f'{validation.place(place)}: the {kind} '
                f'{validation.shown(value)} is in the plan already, as '
                f'{validation.place(first)}',
            )


def _list(value: Any) -> list[Any]:
    """A list, or none of its items where it is something else."""
    return value if isinstance(value, list) else []
