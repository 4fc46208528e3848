"""``/v1/nodes``: what the machines are called."""

from __future__ import annotations

import flask

from moganclient.service.api.policies import aggregates as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state

blueprint = flask.Blueprint('nodes', __name__)


@blueprint.get('/nodes')
def list_nodes() -> flask.Response:
    state.since_1_4()
    state.require(rules.NODES)
    query.Query(())
    nodes = state.current().runtime.driver.list_nodes()
    names = sorted(node.name or node.uuid for node in nodes)
    return render.answer({'nodes': names})
