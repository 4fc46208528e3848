"""``/v1/flavors``: what a server asks of a node."""

from __future__ import annotations

from typing import Any
import uuid as uuid_mod

import flask

from moganclient.service.api import body
from moganclient.service.api import patch
from moganclient.service.api import policy
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service.db import api as db_api
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.v1 import schemas

blueprint = flask.Blueprint('flavors', __name__)

_ARGUMENTS = frozenset(
    {
        'disabled',
        'is_public',
        'limit',
        'marker',
        'name',
        'sort',
        'sort_dir',
        'sort_key',
    }
)

#: Words that the retired API took for booleans, in three spellings.
_WORDS = {
    spelling: value
    for value, words in (
        (True, ('true', '1', 'on', 'yes')),
        (False, ('false', '0', 'off', 'no')),
    )
    for word in words
    for spelling in (word, word.upper(), word.capitalize())
}
_FLAGS = ('is_public', 'disabled')


@blueprint.get('/flavors')
def list_flavors() -> flask.Response:
    state.require(policy.FLAVORS_LIST)
    args = query.Query(_ARGUMENTS)
    sort_key, descending = args.sort(tuple(db_api.FLAVOR_SORT_KEYS))
    visible_to = None
    if not state.allows(policy.FLAVORS_PRIVATE):
        # A caller without project sees what is public.
        visible_to = state.caller().project_id or ''
    rows, next_marker = state.current().runtime.db.list_flavors(
        db_api.FlavorQuery(
            name=args.text('name'),
            is_public=args.flag_or_none('is_public'),
            disabled=args.flag_or_none('disabled'),
            visible_to=visible_to,
            sort_key=sort_key,
            descending=descending,
            limit=args.limit(),
            marker=args.uuid('marker'),
        )
    )
    found = [render.flavor(row) for row in rows]
    return render.answer(render.page('flavors', found, next_marker))


@blueprint.post('/flavors')
def create_flavor() -> flask.Response:
    state.require(policy.FLAVORS_CREATE)
    query.Query(())
    asked = _body()
    row = state.current().runtime.db.create_flavor(
        models.Flavor(
            uuid=str(uuid_mod.uuid4()),
            name=asked['name'],
            description=asked.get('description'),
            resources=_counts(asked['resources']),
            resource_aggregates=asked.get('resource_aggregates', {}),
            is_public=asked.get('is_public', True),
            disabled=asked.get('disabled', False),
            traits=asked.get('traits', []),
        )
    )
    location = f'{render.base_url()}/v1/flavors/{row.uuid}'
    return render.answer(render.flavor(row), 201, {'Location': location})


def _body() -> dict[str, Any]:
    """The body of a new flavor; of that time, flags may be words."""
    schema = schemas.flavor_create(state.version())
    if state.of_that_time():
        words = {'type': ['boolean', 'string'], 'enum': [True, False, *_WORDS]}
        flags = dict.fromkeys(_FLAGS, words)
        schema = {**schema, 'properties': {**schema['properties'], **flags}}
    asked: dict[str, Any] = body.read(schema)
    for name in _FLAGS:
        if isinstance(asked.get(name), str):
            asked[name] = _WORDS[asked[name]]
    return asked


def _counts(resources: dict[str, Any]) -> dict[str, Any]:
    """Counts as they were written, but for 1.0, which JSON calls whole."""
    return {
        name: int(count) if isinstance(count, float) else count
        for name, count in resources.items()
    }


@blueprint.get('/flavors/<ident>')
def show_flavor(ident: str) -> flask.Response:
    state.require(policy.FLAVORS_GET)
    query.Query(())
    return render.answer(render.flavor(get(ident)))


@blueprint.patch('/flavors/<ident>')
def update_flavor(ident: str) -> flask.Response:
    state.require(policy.FLAVORS_UPDATE)
    query.Query(())
    mutable = schemas.flavor_mutable(state.version())
    asked = patch.read('flavor', mutable)

    def change(row: models.Flavor) -> dict[str, Any]:
        before = {name: getattr(row, name) for name in mutable['properties']}
        after = patch.apply(asked, before, mutable)
        return {name: after.get(name) for name in before}

    row = state.current().runtime.db.update_flavor(get(ident).uuid, change)
    return render.answer(render.flavor(row))


@blueprint.delete('/flavors/<ident>')
def delete_flavor(ident: str) -> flask.Response:
    state.require(policy.FLAVORS_DELETE)
    query.Query(())
    state.current().runtime.db.delete_flavor(get(ident).uuid)
    return render.nothing()


def get(ident: str) -> models.Flavor:
    """A flavor that the caller may see.

    :raises moganclient.service.exceptions.FlavorNotFound: there is none, or
        not for this caller
    """
    if not query.is_uuid(ident):
        raise exceptions.FlavorNotFound(
            f'There is no flavor "{ident}"; flavors are found by their UUID '
            'here, and by name with GET /v1/flavors?name=.'
        )
    uuid = ident.lower()
    row = state.current().runtime.db.get_flavor(uuid)
    if not (row.is_public or _may_use(uuid)):
        raise exceptions.FlavorNotFound(f'There is no flavor "{uuid}".')
    return row


def _may_use(uuid: str) -> bool:
    """Whether the caller may see a flavor that is not public."""
    project_id = state.caller().project_id
    return state.allows(policy.FLAVORS_PRIVATE) or bool(
        project_id
        and state.current().runtime.db.has_flavor_access(uuid, project_id)
    )
