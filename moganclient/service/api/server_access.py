"""The server that a request is about, for whom it exists."""

from __future__ import annotations

from typing import Any

import flask

from moganclient.service.api import policy
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service.db import models
from moganclient.service.drivers import lifecycle
from moganclient.service import exceptions


def get(ident: str) -> models.Server:
    """A server that the caller may see.

    :raises moganclient.service.exceptions.ServerNotFound: there is none, or
        not for this caller
    """
    if not query.is_uuid(ident):
        raise exceptions.ServerNotFound(
            f'There is no server "{ident}"; servers are found by their UUID '
            'here, and by name with GET /v1/servers?name=.'
        )
    uuid = ident.lower()
    row = state.current().runtime.db.get_server(uuid)
    if not state.allows(policy.SERVERS_GET, row.project_id):
        raise exceptions.ServerNotFound(f'There is no server "{uuid}".')
    return row


def get_for(ident: str, rule: str) -> models.Server:
    """A server to which the caller may do something that came with 1.4.

    :param rule: who may
    :raises moganclient.service.exceptions.NotFound: the request states an
        older version, or there is no such server for the caller
    :raises moganclient.service.exceptions.Forbidden: the caller may not
    :raises moganclient.service.exceptions.BadRequest: the request has query
        arguments
    """
    state.since_1_4()
    row = get(ident)
    state.require(rule, row.project_id)
    query.Query(())
    return row


def require_driver(*methods: str, what: str) -> None:
    """Refuse what the driver has nothing for, before anything is written.

    A driver may be made for taking over only; what goes on after the answer
    would find that out too late.

    :param methods: of :class:`~.drivers.lifecycle.Lifecycle`
    :param what: what it cannot do, the end of a sentence
    :raises moganclient.service.exceptions.NotImplementedByDriver: one of them
        is missing
    """
    runtime = state.current().runtime
    known = type(runtime.driver)
    for name in methods:
        if getattr(known, name) is getattr(lifecycle.Lifecycle, name):
            raise exceptions.NotImplementedByDriver(
                f'The driver "{runtime.conf.driver}" of this service cannot '
                f'{what}.'
            )


def shown(row: models.Server) -> dict[str, Any]:
    """A server as the caller sees it."""
    admin = state.allows(policy.SERVERS_GET_HOST, row.project_id)
    return render.server(row, admin=admin)


def location(row: models.Server) -> dict[str, str]:
    """The header that says where a server is."""
    return {'Location': f'{render.base_url()}/v1/servers/{row.uuid}'}


def accepted(row: models.Server | None = None) -> flask.Response:
    """202.

    :param row: the server in which it shows how that goes on; None where it
        is done already
    """
    headers = location(row) if row is not None else None
    found = flask.Response(status=202, headers=headers)
    del found.headers['Content-Type']
    return found
