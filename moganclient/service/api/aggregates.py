"""``/v1/aggregates``: nodes that have something in common, such as a zone."""

from __future__ import annotations

from typing import Any
import uuid as uuid_mod

import flask

from moganclient.service.api import body
from moganclient.service.api import patch
from moganclient.service.api.policies import aggregates as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service.db import aggregates as db_aggregates
from moganclient.service.db import models
from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.v1 import schemas

blueprint = flask.Blueprint('aggregates', __name__)


@blueprint.get('/aggregates')
def list_aggregates() -> flask.Response:
    _begin(rules.LIST)
    rows = state.current().runtime.db.list_aggregates()
    return render.answer({'aggregates': [_shown(row) for row in rows]})


@blueprint.post('/aggregates')
def create_aggregate() -> flask.Response:
    _begin(rules.CREATE)
    asked = body.read(schemas.AGGREGATE_CREATE)
    meta = asked.get('metadata', {})
    _check_zone(meta)
    row = state.current().runtime.db.create_aggregate(
        models.Aggregate(
            uuid=str(uuid_mod.uuid4()), name=asked['name'], meta=meta
        )
    )
    location = f'{render.base_url()}/v1/aggregates/{row.uuid}'
    return render.answer(_shown(row), 201, {'Location': location})


@blueprint.get('/aggregates/<ident>')
def show_aggregate(ident: str) -> flask.Response:
    _begin(rules.GET)
    row = state.current().runtime.db.get_aggregate(_uuid(ident))
    return render.answer(_shown(row))


@blueprint.patch('/aggregates/<ident>')
def update_aggregate(ident: str) -> flask.Response:
    _begin(rules.UPDATE)
    uuid = _uuid(ident)
    asked = patch.read('aggregate', schemas.AGGREGATE_MUTABLE)

    def change(row: models.Aggregate) -> dict[str, Any]:
        after = patch.apply(
            asked,
            {'name': row.name, 'metadata': row.meta},
            schemas.AGGREGATE_MUTABLE,
        )
        _check_zone(after['metadata'])
        return {'name': after['name'], 'meta': after['metadata']}

    row = state.current().runtime.db.update_aggregate(uuid, change)
    return render.answer(_shown(row))


@blueprint.delete('/aggregates/<ident>')
def delete_aggregate(ident: str) -> flask.Response:
    _begin(rules.DELETE)
    state.current().runtime.db.delete_aggregate(_uuid(ident))
    return render.nothing()


@blueprint.get('/aggregates/<ident>/nodes')
def list_nodes(ident: str) -> flask.Response:
    _begin(rules.LIST_NODES)
    rows = state.current().runtime.db.aggregate_nodes(_uuid(ident))
    names = [row.node_name or row.node_uuid for row in rows]
    return render.answer({'nodes': names})


@blueprint.post('/aggregates/<ident>/nodes')
def add_node(ident: str) -> flask.Response:
    _begin(rules.ADD_NODE)
    uuid = _uuid(ident)
    asked = body.read(schemas.AGGREGATE_NODE)
    db = state.current().runtime.db
    # The nearer of two that may be missing, and the cheaper one to ask.
    db.get_aggregate(uuid)
    node = _node(asked['node'])
    db.add_aggregate_node(uuid, node.uuid, node.name)
    return render.nothing()


@blueprint.delete('/aggregates/<ident>/nodes/<node>')
def remove_node(ident: str, node: str) -> flask.Response:
    _begin(rules.REMOVE_NODE)
    uuid = _uuid(ident)
    node = query.path_text(node)
    db = state.current().runtime.db
    members = db.aggregate_nodes(uuid)
    try:
        node_uuid = _node(node).uuid
    except exceptions.NodeNotFound:
        # One that is gone is taken out by what it was called here.
        known = [
            member.node_uuid
            for member in members
            if node == member.node_name or node.lower() == member.node_uuid
        ]
        if not known:
            raise
        node_uuid = known[0]
    # It need not be in it: what was asked for is so, then.
    db.remove_aggregate_node(uuid, node_uuid)
    return render.nothing()


def _begin(rule: str) -> None:
    """What every request here has to pass."""
    state.since_1_4()
    state.require(rule)
    query.Query(())


def _uuid(ident: str) -> str:
    """The UUID of an aggregate in lower case.

    :raises moganclient.service.exceptions.AggregateNotFound: it is a name
    """
    if not query.is_uuid(ident):
        raise exceptions.AggregateNotFound(
            f'There is no aggregate "{ident}"; aggregates are found by their '
            'UUID here; GET /v1/aggregates lists them with their names.'
        )
    return ident.lower()


def _node(ident: str) -> base.Node:
    """A node by name or UUID, as the driver knows it."""
    driver = state.current().runtime.driver
    if query.is_uuid(ident):
        return driver.get_node_bare(ident.lower())
    return driver.get_node(ident)


def _check_zone(meta: dict[str, Any]) -> None:
    """Refuse a zone without a name."""
    if meta.get(db_aggregates.ZONE, 'some').strip() == '':
        raise exceptions.BadRequest(
            f'metadata.{db_aggregates.ZONE} is empty; name a zone, or leave '
            'it out for none.',
            code='invalid_body',
        )


def _shown(row: models.Aggregate) -> dict[str, Any]:
    return {
        'uuid': row.uuid,
        'name': row.name,
        'metadata': row.meta,
        'created_at': render.timestamp(row.created_at),
        'updated_at': render.timestamp(row.updated_at),
        'links': render.links('aggregates', row.uuid),
    }
