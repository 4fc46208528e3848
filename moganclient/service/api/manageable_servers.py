"""``/v1/manageable_servers``: taking machines over, as the retired API did.

What is adoptable is judged where it is for ``adoptable_nodes``, and what
takes over is the same workflow: only the shapes are those of then, a server
has no flavor, and its ports are those that the machine carries.
"""

from __future__ import annotations

import typing
from typing import Any

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import manageable_servers as rules
from moganclient.service.api import policy
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import render_nodes
from moganclient.service.api import server_access
from moganclient.service.api import state
from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import exceptions
from moganclient.service.flows import manage
from moganclient.v1 import schemas

if typing.TYPE_CHECKING:
    from moganclient.service.db import models

blueprint = flask.Blueprint('manageable_servers', __name__)

#: A node's name in place of its UUID is told apart from what is no text.
_SCHEMA = {
    **schemas.MANAGEABLE,
    'properties': {
        **schemas.MANAGEABLE['properties'],
        'node_uuid': {'type': 'string'},
    },
}


@blueprint.get('/manageable_servers')
def list_manageable() -> flask.Response:
    """Every adoptable node: the retired API had no pages here."""
    state.since_1_4()
    state.require(rules.LIST)
    query.Query(())
    found: list[dict[str, Any]] = []
    marker: str | None = None
    while True:
        verdicts, marker = eligibility.list_nodes(
            state.current().runtime,
            base.NodeQuery(
                limit=flask.current_app.config['MAX_LIMIT'], marker=marker
            ),
            None,
        )
        found += [render_nodes.manageable(verdict) for verdict in verdicts]
        if marker is None:
            return render.answer({'manageable_servers': found})


@blueprint.post('/manageable_servers')
def manage_server() -> flask.Response:
    state.since_1_4()
    state.require(rules.MANAGE)
    query.Query(())
    asked = body.read(_SCHEMA)
    try:
        row = _take_over(asked)
    except (exceptions.Conflict, exceptions.NodeNotFound) as error:
        # The retired API had one answer for every node that cannot be had,
        # but for this one reason.
        missing = [one['code'] for one in error.reasons] == ['port_not_found']
        error.retired_status = 404 if missing else 403
        raise
    return render.answer(
        server_access.shown(row), 201, server_access.location(row)
    )


def _take_over(asked: dict[str, Any]) -> models.Server:
    runtime, caller = state.current().runtime, state.caller()
    if not query.is_uuid(asked['node_uuid']):
        raise exceptions.NodeNotFound(
            f'node_uuid: "{asked["node_uuid"]}" is no UUID, and nodes are '
            'not found by name here.'
        )
    if not caller.project_id:
        raise exceptions.BadRequest(
            'A server belongs to a project, and a token with system scope '
            'has none; POST /v1/servers/manage takes a project_id.',
            code='project_needed',
        )
    verdict = eligibility.examine(runtime, asked['node_uuid'].lower())
    return manage.run(
        runtime,
        caller,
        manage.ManageRequest(
            name=asked['name'],
            node_uuid=verdict.node.uuid,
            flavor_uuid=None,
            port_ids=_carried(verdict),
            project_id=caller.project_id,
            description=asked.get('description'),
            metadata=asked.get('metadata', {}),
            foreign_ports=state.allows(policy.SERVERS_FOREIGN_PORTS),
        ),
    )


def _carried(verdict: eligibility.Verdict) -> list[str]:
    """The ports that a node carries, as recorded or, unambiguous, by MAC."""
    found = verdict.node.vifs()
    for nic in verdict.node.nics:
        vif = verdict.vif_of_nic(nic)
        if vif is not None and vif not in found:
            found.append(vif)
    return found
