"""``/v1/availability_zones``: the zones that aggregates name."""

from __future__ import annotations

import flask

from moganclient.service.api.policies import aggregates as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state

blueprint = flask.Blueprint('availability_zones', __name__)


@blueprint.get('/availability_zones')
def list_zones() -> flask.Response:
    state.since_1_4()
    state.require(rules.ZONES)
    query.Query(())
    zones = state.current().runtime.db.availability_zones()
    return render.answer({'availability_zones': zones})
