"""How resources look on the wire: servers, flavors, links, pages.

Servers and flavors have the retired API's shapes (a server is not wrapped,
times are ISO 8601 with +00:00).
"""

from __future__ import annotations

from collections.abc import Iterable
import datetime
import json
import typing
from typing import Any
import urllib.parse

import flask

from moganclient.service.api import state
from moganclient.service import sanitize

if typing.TYPE_CHECKING:
    from moganclient.service.db import models

#: What only an admin of the deployment sees of a server.
SERVER_ADMIN_FIELDS = frozenset(
    {'node', 'node_uuid', 'affinity_zone', 'system_metadata'}
)
#: Members of a server, in order; ``fields`` picks among them.
SERVER_FIELDS = (
    'uuid',
    'name',
    'description',
    'status',
    'power_state',
    'node',
    'node_uuid',
    'flavor_uuid',
    'image_uuid',
    'availability_zone',
    'affinity_zone',
    'addresses',
    'metadata',
    'system_metadata',
    'key_name',
    'partitions',
    'locked',
    'project_id',
    'user_id',
    'created_at',
    'updated_at',
    'launched_at',
    'links',
    # Only there when something went wrong.
    'fault',
)
#: And from 1.4 on, for those who say that they know it.
SERVER_FIELDS_1_4 = ('locked_by', 'protected', 'adopted')
#: The short form of ``GET /v1/servers``.
SERVER_SUMMARY_FIELDS = (
    'uuid',
    'name',
    'description',
    'status',
    'power_state',
    'addresses',
    'locked',
    'links',
)


def answer(
    body: Any, status: int = 200, headers: dict[str, str] | None = None
) -> flask.Response:
    """A JSON answer."""
    return flask.Response(
        json.dumps(body, separators=(',', ':')),
        status=status,
        headers=headers,
        mimetype='application/json',
    )


def nothing() -> flask.Response:
    """204."""
    found = flask.Response(status=204)
    del found.headers['Content-Type']
    return found


def base_url() -> str:
    """Where callers reach the service, without a slash at the end."""
    public: str | None = flask.current_app.config['PUBLIC_ENDPOINT']
    if public:
        return public
    # Not request.root_url, which would turn the host into an IRI.
    return (
        flask.request.scheme
        + '://'
        + flask.request.host
        + (flask.request.root_path.rstrip('/'))
    )


def links(collection: str, uuid: str) -> list[dict[str, str]]:
    """``self`` and ``bookmark`` (the unversioned address) of a resource."""
    base = base_url()
    return [
        {'rel': 'self', 'href': f'{base}/v1/{collection}/{uuid}'},
        {'rel': 'bookmark', 'href': f'{base}/{collection}/{uuid}'},
    ]


def page(
    collection: str, items: list[dict[str, Any]], next_marker: str | None
) -> dict[str, Any]:
    """A page of a list, with the address of the next where there is more."""
    body: dict[str, Any] = {collection: items}
    if next_marker is not None:
        args = [
            (key, value)
            for key, value in flask.request.args.items(multi=True)
            if key != 'marker'
        ]
        query = urllib.parse.urlencode([*args, ('marker', next_marker)])
        path = flask.request.path.rstrip('/')
        if not path.startswith('/v1/'):
            path = '/v1' + path
        body[f'{collection}_links'] = [
            {'rel': 'next', 'href': f'{base_url()}{path}?{query}'}
        ]
    return body


def timestamp(value: datetime.datetime | None) -> str | None:
    """A time of a row: ISO 8601, with +00:00."""
    if value is None:
        return None
    return value.replace(tzinfo=datetime.UTC).isoformat()


def server(
    row: models.Server, *, admin: bool, fields: Iterable[str] | None = None
) -> dict[str, Any]:
    """A server.

    :param admin: show where it runs too (:data:`SERVER_ADMIN_FIELDS`)
    :param fields: members to show; the UUID is always there
    """
    shown = {
        'uuid': row.uuid,
        'name': row.name,
        'description': row.description,
        'status': row.status,
        'power_state': row.power_state,
        'node': row.node_name or row.node_uuid,
        'node_uuid': row.node_uuid,
        'flavor_uuid': row.flavor_uuid,
        'image_uuid': row.image_uuid,
        'availability_zone': row.availability_zone,
        'affinity_zone': row.affinity_zone,
        'addresses': row.addresses or {},
        'metadata': row.meta or {},
        'system_metadata': row.system_metadata or {},
        'key_name': row.key_name,
        'partitions': row.partitions or {},
        'locked': row.locked_by is not None,
        'project_id': row.project_id,
        'user_id': row.user_id,
        'created_at': timestamp(row.created_at),
        'updated_at': timestamp(row.updated_at),
        'launched_at': timestamp(row.launched_at),
        'links': links('servers', row.uuid),
    }
    if row.fault:
        shown['fault'] = _server_fault(row.fault, admin=admin)
    if not state.of_that_time() and state.version() >= (1, 4):
        for field in SERVER_FIELDS_1_4:
            shown[field] = getattr(row, field)
    if not admin:
        for field in SERVER_ADMIN_FIELDS:
            del shown[field]
    return only(shown, fields)


def _server_fault(fault: dict[str, Any], *, admin: bool) -> dict[str, Any]:
    """What went wrong; where and how exactly is the deployment's own."""
    code = fault.get('code')
    shown: dict[str, Any] = sanitize.clean(
        {
            # A status of HTTP, then.
            'code': 500 if state.of_that_time() else code,
            'message': fault.get('message') or '',
            'detail': (fault.get('detail') or '') if admin else '',
        }
    )
    return shown


def flavor(row: models.Flavor) -> dict[str, Any]:
    """A flavor; from 1.4 on with its traits."""
    shown: dict[str, Any] = {
        'uuid': row.uuid,
        'name': row.name,
        'description': row.description,
        'resources': row.resources or {},
        'resource_aggregates': row.resource_aggregates or {},
        'is_public': row.is_public,
        'disabled': row.disabled,
        'created_at': timestamp(row.created_at),
        'updated_at': timestamp(row.updated_at),
        'links': links('flavors', row.uuid),
    }
    if not state.of_that_time() and state.version() >= (1, 4):
        shown['traits'] = row.traits or []
    return shown


def only(
    shown: dict[str, Any], fields: Iterable[str] | None
) -> dict[str, Any]:
    """Some members, or all for None; the UUID is always there."""
    if fields is None:
        return shown
    wanted = {'uuid', *fields}
    return {key: value for key, value in shown.items() if key in wanted}
