"""``/v1/servers``: take a machine over, let go, look, change what may be."""

from __future__ import annotations

import logging
from typing import Any

import flask

from moganclient.service.api import body
from moganclient.service.api import patch
from moganclient.service.api.policies import servers as rules
from moganclient.service.api import policy
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import server_access
from moganclient.service.api import state
from moganclient.service.db import api as db_api
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.service.flows import manage
from moganclient.service.flows import unmanage
from moganclient.service import guard
from moganclient.service import protection
from moganclient.service import refresh
from moganclient.v1 import schemas

LOG = logging.getLogger(__name__)

blueprint = flask.Blueprint('servers', __name__)

STATUSES = (
    'managing',
    'building',
    'active',
    'stopped',
    'powering-on',
    'powering-off',
    'rebooting',
    'rebuilding',
    'detached',
    'unmanaging',
    'deleting',
    'error',
)

_ARGUMENTS = frozenset(
    {
        'all_projects',
        'all_tenants',
        'flavor_uuid',
        'image_uuid',
        'ip',
        'limit',
        'marker',
        'name',
        'node',
        'project_id',
        'sort',
        'sort_dir',
        'sort_key',
        'status',
    }
)

#: How often a patch is tried again on a server that changes meanwhile.
_ATTEMPTS = 5


@blueprint.post('/servers/manage')
def manage_server() -> flask.Response:
    state.require(policy.SERVERS_MANAGE)
    query.Query(())
    asked = body.read(schemas.manage(state.version()))
    project_id = _project_for(asked.get('project_id'))
    if project_id != state.caller().project_id:
        state.require(policy.SERVERS_MANAGE, project_id)
    row = manage.run(
        state.current().runtime,
        state.caller(),
        manage.ManageRequest(
            name=asked['name'],
            node_uuid=asked['node_uuid'].lower(),
            flavor_uuid=asked['flavor_uuid'].lower(),
            port_ids=list(
                dict.fromkeys(
                    one['port_id'].lower() for one in asked['networks']
                )
            ),
            project_id=project_id,
            description=asked.get('description'),
            availability_zone=asked.get('availability_zone'),
            metadata=asked.get('metadata', {}),
            uuid=asked.get('uuid', '').lower() or None,
            foreign_ports=state.allows(policy.SERVERS_FOREIGN_PORTS),
        ),
    )
    return render.answer(
        server_access.shown(row), 201, server_access.location(row)
    )


def _project_for(project_id: str | None) -> str:
    """For whom a machine is taken over; a system scope has no project."""
    project_id = project_id or state.caller().project_id
    if project_id:
        return project_id
    if state.version() < (1, 2):
        hint = (
            'microversion 1.1 has no field for that: ask for 1.2 and name '
            'one in project_id, or come with a project-scoped token'
        )
    else:
        hint = 'name one in project_id'
    raise exceptions.BadRequest(
        'A server belongs to a project, and a token with system scope has '
        f'none; {hint}.',
        code='project_needed',
    )


@blueprint.post('/servers/<ident>/unmanage')
def unmanage_server(ident: str) -> flask.Response:
    row = server_access.get(ident)
    state.require(policy.SERVERS_UNMANAGE, row.project_id)
    query.Query(())
    body.read_empty()
    try:
        unmanage.run(state.current().runtime, state.caller(), row.uuid)
    except exceptions.Conflict as error:
        # The retired API could not let go: its statuses are not of this.
        error.retired_status = None
        raise
    return render.nothing()


@blueprint.get('/servers')
def list_servers() -> flask.Response:
    return _list(detailed=False)


@blueprint.get('/servers/detail')
def list_servers_detail() -> flask.Response:
    return _list(detailed=True)


def _list(*, detailed: bool) -> flask.Response:
    state.require(policy.SERVERS_LIST)
    known = _ARGUMENTS if detailed else _ARGUMENTS | {'fields'}
    args = query.Query(known)
    admin = state.allows(policy.SERVERS_GET_HOST)
    visible = _visible(admin)
    fields = None if detailed else args.fields(visible)
    if fields is None and not detailed:
        fields = list(render.SERVER_SUMMARY_FIELDS)
    keys = tuple(
        key
        for key in db_api.SERVER_SORT_KEYS
        if admin or key not in render.SERVER_ADMIN_FIELDS
    )
    sort_key, descending = args.sort(keys)
    rows, next_marker = state.current().runtime.db.list_servers(
        db_api.ServerQuery(
            name=args.text('name'),
            status=args.one_of('status', STATUSES),
            node=_node(args),
            flavor_uuid=args.uuid('flavor_uuid'),
            image_uuid=args.uuid('image_uuid'),
            ip=args.address('ip'),
            project_id=_project(args),
            sort_key=sort_key,
            descending=descending,
            limit=args.limit(),
            marker=args.uuid('marker'),
        )
    )
    found = [render.server(row, admin=admin, fields=fields) for row in rows]
    return render.answer(render.page('servers', found, next_marker))


def _visible(admin: bool) -> list[str]:
    more = render.SERVER_FIELDS_1_4 if state.version() >= (1, 4) else ()
    return [
        field
        for field in (*render.SERVER_FIELDS, *more)
        if admin or field not in render.SERVER_ADMIN_FIELDS
    ]


def _node(args: query.Query) -> str | None:
    node = args.text('node')
    if node is not None:
        state.require(policy.SERVERS_LIST_ALL)
    return node


def _project(args: query.Query) -> str | None:
    """Whose servers are listed: None for everybody's.

    Without an argument the caller's; a caller without project is one of the
    whole deployment and sees all.
    """
    project_id = args.text('project_id')
    everybody = args.flag('all_projects') or args.flag('all_tenants')
    if project_id and everybody:
        raise exceptions.BadRequest(
            'Give either project_id or all_projects, not both.',
            code='invalid_query',
        )
    mine = state.caller().project_id
    if project_id is None and not everybody:
        project_id = mine
    if project_id is None or project_id != mine:
        state.require(policy.SERVERS_LIST_ALL)
    return project_id


@blueprint.get('/servers/<ident>')
def show_server(ident: str) -> flask.Response:
    row = server_access.get(ident)
    admin = state.allows(policy.SERVERS_GET_HOST, row.project_id)
    fields = query.Query({'fields'}).fields(_visible(admin))
    row = refresh.refresh_server(state.current().runtime, row)
    return render.answer(render.server(row, admin=admin, fields=fields))


@blueprint.patch('/servers/<ident>')
def update_server(ident: str) -> flask.Response:
    row = server_access.get(ident)
    state.require(policy.SERVERS_UPDATE, row.project_id)
    query.Query(())
    schema = schemas.server_mutable(state.version())
    asked = patch.read('server', schema)
    guard.require(row, 'update')
    row = _protect(row, asked, schema)
    db = state.current().runtime.db
    for _ in range(_ATTEMPTS):
        # Somebody may have locked it since.
        guard.require(row, 'update')
        before = _mutable(row, schema)
        after = patch.apply(asked, before, schema)
        values = {
            'name': after['name'],
            'description': after.get('description'),
            'meta': after.get('metadata', {}),
        }
        if after == before or db.update_server(
            row.uuid, values, unchanged=row.updated_at
        ):
            return render.answer(server_access.shown(db.get_server(row.uuid)))
        row = db.get_server(row.uuid)
    raise exceptions.Conflict(
        f'Server {row.uuid} is being changed by others all the time; try '
        'again.',
        code='server_busy',
    )


def _mutable(row: models.Server, schema: dict[str, Any]) -> dict[str, Any]:
    """What of a server a patch is about."""
    found = {
        'name': row.name,
        'description': row.description,
        'metadata': row.meta or {},
        'protected': row.protected,
    }
    return {name: found[name] for name in schema['properties']}


def _protect(
    row: models.Server, asked: list[dict[str, Any]], schema: dict[str, Any]
) -> models.Server:
    """Write the protection that a patch is about to the machine.

    First, because it is what can fail; and also where it is so here already,
    because the machine may say otherwise.

    :returns: the server as it is then
    """
    if not any(one['path'] == '/protected' for one in asked):
        return row
    state.require(rules.PROTECT, row.project_id)
    after = patch.apply(asked, _mutable(row, schema), schema)
    return protection.change(
        state.current().runtime, state.caller(), row, after['protected']
    )
