"""``/v1/server_groups``: servers near to, or far from, each other."""

from __future__ import annotations

from typing import Any
import uuid as uuid_mod

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import server_groups as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.v1 import schemas

blueprint = flask.Blueprint('server_groups', __name__)


@blueprint.get('/server_groups')
def list_groups() -> flask.Response:
    _begin(rules.LIST)
    project_id = state.caller().project_id
    if project_id is None:
        state.require(rules.LIST_ALL)
    db = state.current().runtime.db
    rows = db.list_server_groups(project_id)
    members = db.members_of_groups([row.uuid for row in rows])
    found = [_shown(row, members[row.uuid]) for row in rows]
    return render.answer({'server_groups': found})


@blueprint.post('/server_groups')
def create_group() -> flask.Response:
    _begin(rules.CREATE)
    asked = body.read(schemas.SERVER_GROUP_CREATE)
    caller = state.caller()
    if not caller.project_id:
        raise exceptions.BadRequest(
            'A server group belongs to a project, and a token with system '
            'scope has none; come with a project-scoped token.',
            code='project_needed',
        )
    row = state.current().runtime.db.create_server_group(
        models.ServerGroup(
            uuid=str(uuid_mod.uuid4()),
            name=asked['name'],
            policies=asked['policies'],
            project_id=caller.project_id,
            user_id=caller.user_id,
        )
    )
    location = f'{render.base_url()}/v1/server_groups/{row.uuid}'
    return render.answer(_shown(row, []), 201, {'Location': location})


@blueprint.get('/server_groups/<ident>')
def show_group(ident: str) -> flask.Response:
    _begin(rules.GET)
    row = _get(ident)
    members = state.current().runtime.db.members_of_groups([row.uuid])
    return render.answer(_shown(row, members[row.uuid]))


@blueprint.delete('/server_groups/<ident>')
def delete_group(ident: str) -> flask.Response:
    _begin(rules.DELETE)
    row = _get(ident)
    state.require(rules.DELETE, row.project_id)
    state.current().runtime.db.delete_server_group(row.uuid)
    return render.nothing()


def _begin(rule: str) -> None:
    """What every request here has to pass."""
    state.since_1_4()
    state.require(rule)
    query.Query(())


def _get(ident: str) -> models.ServerGroup:
    """A group that the caller may see.

    :raises moganclient.service.exceptions.ServerGroupNotFound: there is none,
        or not for this caller
    """
    if not query.is_uuid(ident):
        raise exceptions.ServerGroupNotFound(
            f'There is no server group "{ident}"; groups are found by their '
            'UUID here; GET /v1/server_groups lists them with their names.'
        )
    uuid = ident.lower()
    row = state.current().runtime.db.get_server_group(uuid)
    if not state.allows(rules.GET, row.project_id):
        raise exceptions.ServerGroupNotFound(
            f'There is no server group "{uuid}".'
        )
    return row


def _shown(row: models.ServerGroup, members: list[str]) -> dict[str, Any]:
    return {
        'uuid': row.uuid,
        'name': row.name,
        'policies': row.policies,
        'members': members,
        'project_id': row.project_id,
        'user_id': row.user_id,
        'created_at': render.timestamp(row.created_at),
        'updated_at': render.timestamp(row.updated_at),
        'links': render.links('server_groups', row.uuid),
    }
