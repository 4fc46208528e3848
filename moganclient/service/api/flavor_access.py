"""``/v1/flavors/{flavor}/access``: who may use what is not public."""

from __future__ import annotations

import flask

from moganclient.service.api import body
from moganclient.service.api import flavors
from moganclient.service.api.policies import flavor_access as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service import exceptions
from moganclient.v1 import schemas

blueprint = flask.Blueprint('flavor_access', __name__)


@blueprint.get('/flavors/<ident>/access')
def list_access(ident: str) -> flask.Response:
    _begin(rules.LIST)
    row = flavors.get(ident)
    if row.is_public:
        raise exceptions.NotFound(
            f'Flavor "{row.uuid}" ("{row.name}") is public: everybody may '
            'use it, and there is no list of who may.',
            code='flavor_is_public',
        )
    found = state.current().runtime.db.list_flavor_access(row.uuid)
    return render.answer({'flavor_access': found})


@blueprint.post('/flavors/<ident>/access')
def add_access(ident: str) -> flask.Response:
    _begin(rules.ADD)
    asked = body.read(schemas.FLAVOR_ACCESS)
    row = flavors.get(ident)
    if row.is_public:
        raise exceptions.Conflict(
            f'Flavor "{row.uuid}" ("{row.name}") is public: everybody may '
            'use it already.',
            code='flavor_is_public',
        )
    state.current().runtime.db.add_flavor_access(row.uuid, asked['tenant_id'])
    return render.nothing()


@blueprint.delete('/flavors/<ident>/access/<project>')
def remove_access(ident: str, project: str) -> flask.Response:
    _begin(rules.REMOVE)
    row = flavors.get(ident)
    project = query.path_text(project)
    db = state.current().runtime.db
    if not db.remove_flavor_access(row.uuid, project):
        raise exceptions.NotFound(
            f'The project "{project}" has no access to the flavor '
            f'"{row.uuid}" ("{row.name}") that could be taken away.',
            code='flavor_access_not_found',
        )
    return render.nothing()


def _begin(rule: str) -> None:
    """What every request here has to pass."""
    state.since_1_4()
    state.require(rule)
    query.Query(())
