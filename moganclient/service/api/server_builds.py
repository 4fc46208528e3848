"""Servers that are built here: created, rebuilt, deleted."""

from __future__ import annotations

from typing import Any

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import servers as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import server_access
from moganclient.service.api import state
from moganclient.service import exceptions
from moganclient.service.flows import build
from moganclient.service.flows import destroy
from moganclient.service.flows import rebuild
from moganclient.v1 import schemas

blueprint = flask.Blueprint('server_builds', __name__)

#: As the schema has them: servers of one request, letters of a name.
_MOST = 1000
_LONGEST_NAME = 255
#: What of a driver it takes to build.
_BUILDING = (
    'allocate',
    'get_allocation',
    'delete_allocation',
    'set_instance_info',
    'attach_vif',
    'detach_vif',
    'provision',
)


@blueprint.post('/servers')
def create_server() -> flask.Response:
    """Build one server, or several of a kind.

    As then the answer is the first of them; from 1.4 on it says the others
    as well where there can be others.
    """
    state.since_1_4()
    state.require(rules.CREATE)
    query.Query(())
    server_access.require_driver(*_BUILDING, what='build servers')
    asked = body.read(schemas.SERVER_CREATE)
    server = asked['server']
    names = _names(server)
    rows = build.start(
        state.current().runtime,
        state.caller(),
        [
            _request(name, server, asked.get('scheduler_hints', {}))
            for name in names
        ],
        # Then it was told by what became of the servers.
        least=None if state.of_that_time() else server.get('min_count', 1),
    )
    shown = server_access.shown(rows[0])
    if len(names) > 1 and not state.of_that_time():
        shown['created'] = [row.uuid for row in rows]
    return render.answer(shown, 201, server_access.location(rows[0]))


def _names(server: dict[str, Any]) -> list[str]:
    """What the servers are called: of several each has its number.

    :raises moganclient.service.exceptions.BadRequest: the counts or the
        ports are not those of so many servers
    """
    least = server.get('min_count', 1)
    most = server.get('max_count', least)
    if least > most:
        raise _invalid(
            f'min_count is {least}, which is more than max_count ({most}).'
        )
    if most > _MOST:
        raise _invalid(
            f'min_count is {least}; at most {_MOST} servers '
            'are built by one request.'
        )
    name = server['name']
    if most == 1:
        return [name]
    if any('port_id' in one for one in server['networks']):
        raise _invalid(
            f'{most} servers cannot have the same port; name networks '
            '(net_id) where more than one is built.'
        )
    names = [f'{name}-{number}' for number in range(1, most + 1)]
    if len(names[-1]) > _LONGEST_NAME:
        raise _invalid(
            f'The name "{name}" leaves no room for the number that each of '
            f'{most} servers has at its end.'
        )
    return names


def _invalid(detail: str) -> exceptions.BadRequest:
    return exceptions.BadRequest(detail, code='invalid_body')


def _request(
    name: str, server: dict[str, Any], hints: dict[str, Any]
) -> build.BuildRequest:
    caller = state.caller()
    if not caller.project_id:
        raise exceptions.BadRequest(
            'A server belongs to a project, and a token with system scope '
            'has none: come with a project-scoped token.',
            code='project_needed',
        )
    group = hints.get('group')
    return build.BuildRequest(
        name=name,
        flavor_uuid=server['flavor_uuid'].lower(),
        image_uuid=server['image_uuid'].lower(),
        networks=[
            {kind: value.lower() for kind, value in one.items()}
            for one in server['networks']
        ],
        project_id=caller.project_id,
        user_id=caller.user_id,
        description=server.get('description'),
        availability_zone=server.get('availability_zone'),
        metadata=server.get('metadata', {}),
        key_name=server.get('key_name'),
        user_data=server.get('user_data'),
        personality=server.get('personality', []),
        partitions=server.get('partitions'),
        admin_pass=server.get('adminPass'),
        group_uuid=group.lower() if group else None,
        foreign=state.allows(rules.FOREIGN),
    )


@blueprint.put('/servers/<ident>/states/provision')
def rebuild_server(ident: str) -> flask.Response:
    row = server_access.get_for(ident, rules.REBUILD)
    server_access.require_driver('provision', what='rebuild servers')
    asked = body.read(schemas.REBUILD)
    image = asked.get('image_uuid')
    row = rebuild.start(
        state.current().runtime,
        state.caller(),
        row.uuid,
        image.lower() if image else None,
        bool(asked.get('preserve_ephemeral')),
        key_name=asked.get('key_name'),
        user_data=asked.get('user_data'),
        personality=asked.get('personality'),
        foreign=state.allows(rules.FOREIGN),
    )
    return server_access.accepted(row)


@blueprint.delete('/servers/<ident>')
def delete_server(ident: str) -> flask.Response:
    """Begin to delete a server; it is gone when it is not found any more."""
    row = server_access.get_for(ident, rules.DELETE)
    if row.node_uuid is not None:
        server_access.require_driver('provision', what='undeploy machines')
    destroy.start(state.current().runtime, state.caller(), row.uuid)
    return render.nothing()
