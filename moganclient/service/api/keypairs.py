"""``/v1/keypairs``: what logs in to a new server."""

from __future__ import annotations

from typing import Any
import urllib.parse

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import keypairs as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service.db import models
from moganclient.service import keypairs
from moganclient.v1 import schemas

blueprint = flask.Blueprint('keypairs', __name__)


@blueprint.get('/keypairs')
def list_keypairs() -> flask.Response:
    user_id = _user_of_query(rules.LIST)
    rows = state.current().runtime.db.list_keypairs(user_id)
    return render.answer({'keypairs': [_shown(row) for row in rows]})


@blueprint.post('/keypairs')
def create_keypair() -> flask.Response:
    state.since_1_4()
    state.require(rules.CREATE)
    query.Query(())
    asked = body.read(schemas.KEYPAIR_CREATE)
    user_id = _user(asked.get('user_id'))
    kind = asked.get('type', keypairs.SSH)
    if 'public_key' in asked:
        made = keypairs.read(kind, asked['public_key'])
    else:
        made = keypairs.generate(kind, user_id)
    row = state.current().runtime.db.create_keypair(
        models.Keypair(
            user_id=user_id,
            name=asked['name'],
            type=kind,
            fingerprint=made.fingerprint,
            public_key=made.public_key,
        )
    )
    shown = _shown(row)
    if made.private_key is not None:
        shown['private_key'] = made.private_key
    return render.answer(shown, 201, {'Location': shown['links'][0]['href']})


@blueprint.get('/keypairs/<name>')
def show_keypair(name: str) -> flask.Response:
    user_id = _user_of_query(rules.GET)
    name = query.path_text(name)
    row = state.current().runtime.db.get_keypair(user_id, name)
    return render.answer(_shown(row))


@blueprint.delete('/keypairs/<name>')
def delete_keypair(name: str) -> flask.Response:
    user_id = _user_of_query(rules.DELETE)
    name = query.path_text(name)
    state.current().runtime.db.delete_keypair(user_id, name)
    return render.nothing()


def _user_of_query(rule: str) -> str:
    """Whose keypairs a request is about, which may do that."""
    state.since_1_4()
    state.require(rule)
    return _user(query.Query({'user_id'}).text('user_id'))


def _user(user_id: str | None) -> str:
    """The caller, or another user for whom the caller may act."""
    mine = keypairs.owner(state.caller())
    if user_id is None or user_id == mine:
        return mine
    state.require(rules.OF_OTHERS)
    return user_id


def _shown(row: models.Keypair) -> dict[str, Any]:
    return {
        'name': row.name,
        'type': row.type,
        'fingerprint': row.fingerprint,
        'public_key': row.public_key,
        'user_id': row.user_id,
        'created_at': render.timestamp(row.created_at),
        'updated_at': render.timestamp(row.updated_at),
        'links': render.links('keypairs', urllib.parse.quote(row.name, '')),
    }
