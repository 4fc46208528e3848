"""The versions of the API: discovery documents and microversions.

https://specs.openstack.org/openstack/api-sig/guidelines/microversion_specification.html
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import flask

from moganclient.service.api import render
from moganclient.service import exceptions


class Version(NamedTuple):
    """A microversion; compares as numbers do, 1.10 after 1.9."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f'{self.major}.{self.minor}'


#: The specification's API, and what a request without the header gets.
MIN = Version(1, 1)
#: ``project_id`` and ``metadata`` in ``manage`` came with 1.2, ``uuid`` there
#: with 1.3, the rest of what the retired API had with 1.4.
MAX = Version(1, 4)

HEADER = 'OpenStack-API-Version'

#: What ``/`` says of itself.  Not the retired API's name: by that clients
#: know a retired server.
NAME = 'OpenStack Bare Metal Compute API'
DESCRIPTION = (
    'Bare metal machines as servers: built through Ironic, or taken over as '
    'they run.'
)
#: What ``/v1`` links to.
COLLECTIONS = (
    'adoptable_nodes',
    'aggregates',
    'availability_zones',
    'flavors',
    'keypairs',
    'manageable_servers',
    'nodes',
    'server_groups',
    'servers',
)

#: Both spellings of the service type; the first is ours.
SERVICE_TYPES = ('baremetal_compute', 'baremetal-compute')

_FORM = re.compile(r'^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\Z')

blueprint = flask.Blueprint('versions', __name__)


class Negotiated(NamedTuple):
    """What a request asked for."""

    version: Version
    #: The spelling of the service type that the answer repeats.
    service_type: str = SERVICE_TYPES[0]
    #: Whether the request says a version of ours at all.  One that does not
    #: may come from a client of the retired API, and is answered as then.
    stated: bool = False


def negotiate(header: str | None) -> Negotiated:
    """Read the value of an ``OpenStack-API-Version`` header.

    It can name several services, separated by commas; only ours counts.

    :raises moganclient.service.exceptions.BadRequest: it cannot be read
    :raises moganclient.service.exceptions.NotAcceptable: there is no such
        version
    """
    asked: dict[str, str] = {}
    for item in (header or '').split(','):
        words = item.split()
        if not words:
            continue
        if len(words) == 1:
            raise _malformed(header, f'"{words[0]}" has only one word')
        service_type = words[0].lower()
        if service_type not in SERVICE_TYPES:
            continue
        if len(words) > 2:
            raise _malformed(header, f'"{item.strip()}" has too many words')
        asked[service_type] = words[1].lower()
    if not asked:
        return Negotiated(MIN)
    if len(set(asked.values())) > 1:
        raise _malformed(header, 'it names two versions')
    service_type, word = asked.popitem()
    if word == 'latest':
        return Negotiated(MAX, service_type, True)
    match = _FORM.match(word)
    if match is None:
        raise _malformed(header, f'"{word}" is no version')
    version = Version(int(match[1]), int(match[2]))
    if not MIN <= version <= MAX:
        raise exceptions.NotAcceptable(
            f'Version {version} of the bare metal compute API is not known; '
            f'known are {MIN} to {MAX}.',
            code='version_unknown',
            extra={'min_version': str(MIN), 'max_version': str(MAX)},
        )
    return Negotiated(version, service_type, True)


def _malformed(header: str | None, why: str) -> exceptions.BadRequest:
    return exceptions.BadRequest(
        f'The {HEADER} header "{header}" cannot be read: {why}. It should '
        f'look like "{SERVICE_TYPES[0]} {MAX}" or "{SERVICE_TYPES[0]} '
        'latest".',
        code='version_malformed',
    )


def document() -> dict[str, Any]:
    """The one major version, as both discovery documents show it."""
    return {
        'id': 'v1',
        'status': 'CURRENT',
        'min_version': str(MIN),
        'version': str(MAX),
        'links': [{'rel': 'self', 'href': f'{render.base_url()}/v1/'}],
    }


@blueprint.get('/')
def list_versions() -> flask.Response:
    return render.answer(
        {
            # The first two are all that the retired API had here.
            'name': NAME,
            'description': DESCRIPTION,
            'versions': [document()],
        }
    )


@blueprint.get('/v1')
def show_version() -> flask.Response:
    base = render.base_url()
    collections = {
        name: [
            {'rel': 'self', 'href': f'{base}/v1/{name}/'},
            {'rel': 'bookmark', 'href': f'{base}/{name}/'},
        ]
        for name in COLLECTIONS
    }
    return render.answer({'version': document(), 'id': 'v1', **collections})
