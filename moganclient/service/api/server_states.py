"""``/v1/servers/{server}/states``: power and locks."""

from __future__ import annotations

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import servers as rules
from moganclient.service.api import server_access
from moganclient.service.api import state
from moganclient.service import lock
from moganclient.service import power
from moganclient.v1 import schemas

blueprint = flask.Blueprint('server_states', __name__)


@blueprint.put('/servers/<ident>/states/power')
def set_power(ident: str) -> flask.Response:
    row = server_access.get_for(ident, rules.POWER)
    asked = body.read(schemas.POWER)
    row = power.change(
        state.current().runtime, state.caller(), row, asked['target']
    )
    return server_access.accepted(row)


@blueprint.put('/servers/<ident>/states/lock')
def set_lock(ident: str) -> flask.Response:
    row = server_access.get_for(ident, rules.LOCK)
    asked = body.read(schemas.LOCK)
    lock.change(
        state.current().runtime,
        state.caller(),
        row,
        asked['target'],
        override=state.allows(rules.UNLOCK_OVERRIDE, row.project_id),
    )
    return server_access.accepted()
