"""``/v1/adoptable_nodes``: what could be taken over, and why not the rest."""

from __future__ import annotations

import flask

from moganclient.service.api import policy
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import render_nodes
from moganclient.service.api import state
from moganclient.service.drivers import base
from moganclient.service import eligibility
from moganclient.service import exceptions

blueprint = flask.Blueprint('adoptable_nodes', __name__)

_ARGUMENTS = frozenset(
    {
        'all',
        'conductor_group',
        'fields',
        'limit',
        'marker',
        'name',
        'owner',
        'resource_class',
        'sort',
    }
)


@blueprint.get('/adoptable_nodes')
def list_nodes() -> flask.Response:
    state.require(policy.NODES_LIST)
    args = query.Query(_ARGUMENTS)
    fields = args.fields(render_nodes.NODE_FIELDS)
    sort_key, descending = args.sort(base.SORT_KEYS)
    runtime = state.current().runtime
    try:
        verdicts, next_marker = eligibility.list_nodes(
            runtime,
            base.NodeQuery(
                all=args.flag('all'),
                resource_class=args.text('resource_class'),
                owner=args.text('owner'),
                conductor_group=args.text('conductor_group'),
                sort_key=sort_key,
                descending=descending,
                limit=args.limit(),
                marker=args.uuid('marker'),
            ),
            args.text('name'),
        )
    except NotImplementedError as exc:
        raise exceptions.NotImplementedByDriver(
            f'The driver "{runtime.conf.driver}" of this service cannot list '
            'adoptable nodes.'
        ) from exc
    nodes = [render_nodes.node(verdict, fields) for verdict in verdicts]
    return render.answer(render.page('adoptable_nodes', nodes, next_marker))


@blueprint.get('/adoptable_nodes/<ident>')
def show_node(ident: str) -> flask.Response:
    state.require(policy.NODES_GET)
    fields = query.Query({'fields'}).fields(render_nodes.NODE_FIELDS)
    ident = query.path_text(ident)
    verdict = eligibility.examine(
        state.current().runtime,
        ident.lower() if query.is_uuid(ident) else ident,
    )
    return render.answer(render_nodes.node(verdict, fields))
