"""Which call of the client a recorded request belongs to.

The arguments are taken out of the request, and the client makes a request of
them again: that it is the same one is what the tests look at.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
import json
import re
from typing import Any

from moganclient.tests.contract import captures
from moganclient.v1 import client
from moganclient.v1 import server as v1_server

#: A call of the client; what it returns is compared with the answer.
Call = Callable[[client.Client], Any]

#: Requests that no call of the client makes: other content types, methods and
#: arguments than those that there are.  They go through the transport, so
#: that it is seen how their answers are read.
NO_CALL = frozenset(
    {
        # Other routes, and other spellings of routes.
        'v1-trailing-slash',
        'v1-trailing-slash-noauth-on-strict-port',
        'v1-dotjson',
        'unversioned-flavors',
        'v2-404',
        'v1-unknown-collection-404',
        'flavors-trailing-slash',
        'flavors-dotjson',
        'no-accept-unknown-route',
        'server-get-location-url',
        'server-get-states',
        'server-power-get-405',
        'servers-detail-trailing-slash',
        'manageable-get-one',
        'manageable-list-trailing-slash',
        'unversioned-manageable',
        # Other methods.
        'flavors-head',
        'flavors-put-405',
        'flavors-options',
        'manageable-delete-405',
        'manageable-put-405',
        # Other bodies: none, of another type, or not what it should be.
        'flavor-create-no-body-400',
        'flavor-create-empty-object-400',
        'flavor-create-form-type',
        'flavor-create-octet-stream',
        'flavor-create-disabled-strbool',
        'flavor-create-bad-bool-400',
        'flavor-patch-not-a-list-400',
        'aggregate-create-bad-400',
        'aggregate-node-add-bad-400',
        'post-no-content-type',
        'server-group-create-no-policies-400',
        'manage-empty-400',
        'manage-no-body-400',
        'server-create-no-server-key-400',
        'server-create-bad-schema-400',
        'server-create-bad-userdata',
        'server-power-no-target-400',
        'server-power-extra-400',
        'server-provision-bad-target-400',
        'floatingip-add-null-fixed-400',
        # Other arguments of a query.
        'servers-list-fields-unknown',
        'servers-detail-fields-400',
        'server-get-fields',
        'servers-list-ip',
    }
)

#: Members that a caller did not have to say, which the client says or leaves
#: out: what stands for what is the same to the server.
IMPLIED: dict[str, dict[str, Any]] = {
    '/flavors': {'is_public': True, 'disabled': False},
    '/keypairs': {'type': 'ssh'},
    '/servers': {'min_count': 1, 'max_count': 1},
    '/manageable_servers': {'description': None},
    '/provision': {'preserve_ephemeral': None},
}


def explicit(route: str, body: Any) -> Any:
    """A body with all that is implied in it."""
    for end, implied in IMPLIED.items():
        if route.endswith(end) and isinstance(body, dict):
            if 'server' in body:
                return {**body, 'server': {**implied, **body['server']}}
            return {**implied, **body}
    return body


def of(capture: captures.Capture) -> list[Call]:
    """The calls that make a request like the recorded one.

    :raises LookupError: there is none
    """
    path = f'{capture.method} {capture.route}'
    for pattern, calls in _ROUTES.items():
        match = re.fullmatch(pattern, path)
        if match:
            body = capture.request
            if isinstance(body, str):
                body = json.loads(body)
            return list(calls(body, capture.query, *match.groups()))
    raise LookupError(capture.name)


_ROUTES: dict[str, Callable[..., Iterator[Call]]] = {}


def _route(pattern: str) -> Callable[[Any], Any]:
    def register(calls: Any) -> Any:
        _ROUTES[pattern.replace('*', '([^/]+)')] = calls
        return calls

    return register


@_route('GET (?:/|)')
def _version(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.api_version


# Flavors.


@_route('GET /flavors')
def _flavors(body: Any, query: Any) -> Iterator[Call]:
    arguments = {name: int(value) for name, value in query.items()}
    yield lambda c: c.flavor.list(**arguments)


@_route('POST /flavors')
def _flavor_create(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.flavor.create(**body)


@_route('GET /flavors/*')
def _flavor(body: Any, query: Any, flavor: str) -> Iterator[Call]:
    yield lambda c: c.flavor.get(flavor)


@_route('PATCH /flavors/*')
def _flavor_update(body: Any, query: Any, flavor: str) -> Iterator[Call]:
    yield lambda c: c.flavor.update(flavor, **_changes(body))


@_route('DELETE /flavors/*')
def _flavor_delete(body: Any, query: Any, flavor: str) -> Iterator[Call]:
    yield lambda c: c.flavor.delete(flavor)


@_route('GET /flavors/*/access')
def _access(body: Any, query: Any, flavor: str) -> Iterator[Call]:
    yield lambda c: c.flavor.get_access(flavor)


@_route('POST /flavors/*/access')
def _access_add(body: Any, query: Any, flavor: str) -> Iterator[Call]:
    yield lambda c: c.flavor.add_tenant_access(flavor, body['tenant_id'])


@_route('DELETE /flavors/*/access/*')
def _access_remove(
    body: Any, query: Any, flavor: str, project: str
) -> Iterator[Call]:
    yield lambda c: c.flavor.remove_tenant_access(flavor, project)


# Keypairs.


@_route('GET /keypairs')
def _keypairs(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.keypair.list(**query)


@_route('POST /keypairs')
def _keypair_create(body: Any, query: Any) -> Iterator[Call]:
    arguments = dict(body)
    if 'type' in arguments:
        arguments['key_type'] = arguments.pop('type')
    yield lambda c: c.keypair.create(**arguments)


@_route('GET /keypairs/*')
def _keypair(body: Any, query: Any, name: str) -> Iterator[Call]:
    yield lambda c: c.keypair.get(name, **query)


@_route('DELETE /keypairs/*')
def _keypair_delete(body: Any, query: Any, name: str) -> Iterator[Call]:
    yield lambda c: c.keypair.delete(name, **query)


# Aggregates, nodes and zones.


@_route('GET /aggregates')
def _aggregates(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.aggregate.list()


@_route('POST /aggregates')
def _aggregate_create(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.aggregate.create(**body)


@_route('GET /aggregates/*')
def _aggregate(body: Any, query: Any, aggregate: str) -> Iterator[Call]:
    yield lambda c: c.aggregate.get(aggregate)


@_route('PATCH /aggregates/*')
def _aggregate_update(body: Any, query: Any, aggregate: str) -> Iterator[Call]:
    yield lambda c: c.aggregate.update(aggregate, **_changes(body))


@_route('DELETE /aggregates/*')
def _aggregate_delete(body: Any, query: Any, aggregate: str) -> Iterator[Call]:
    yield lambda c: c.aggregate.delete(aggregate)


@_route('GET /aggregates/*/nodes')
def _members(body: Any, query: Any, aggregate: str) -> Iterator[Call]:
    yield lambda c: c.aggregate.list_node(aggregate)


@_route('POST /aggregates/*/nodes')
def _member_add(body: Any, query: Any, aggregate: str) -> Iterator[Call]:
    yield lambda c: c.aggregate.add_node(aggregate, body['node'])


@_route('DELETE /aggregates/*/nodes/*')
def _member_remove(
    body: Any, query: Any, aggregate: str, node: str
) -> Iterator[Call]:
    yield lambda c: c.aggregate.remove_node(aggregate, node)


@_route('GET /availability_zones')
def _zones(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.availability_zone.list()


@_route('GET /nodes')
def _nodes(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.node.list()


# Server groups.


@_route('GET /server_groups')
def _groups(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.server_group.list()


@_route('POST /server_groups')
def _group_create(body: Any, query: Any) -> Iterator[Call]:
    yield lambda c: c.server_group.create(**body)


@_route('GET /server_groups/*')
def _group(body: Any, query: Any, group: str) -> Iterator[Call]:
    yield lambda c: c.server_group.get(group)


@_route('DELETE /server_groups/*')
def _group_delete(body: Any, query: Any, group: str) -> Iterator[Call]:
    yield lambda c: c.server_group.delete(group)


# What can be taken over: in the words of then, and in those of today.


@_route('GET /manageable_servers')
def _manageable(body: Any, query: Any) -> Iterator[Call]:
    arguments = {name: int(value) for name, value in query.items()}
    yield lambda c: c.adoptable_node.list(**arguments)
    if not arguments:
        yield lambda c: c.manageable_server.list()


@_route('POST /manageable_servers')
def _manage(body: Any, query: Any) -> Iterator[Call]:
    today = dict(body)
    node = today.pop('node_uuid')
    if 'flavor_uuid' in today:
        today['flavor'] = today.pop('flavor_uuid')
    else:
        yield lambda c: c.manageable_server.manage(**body)
    yield lambda c: c.server.manage(node, **today)


# Servers.


@_route('GET /servers(/detail)?')
def _servers(body: Any, query: Any, detail: str | None) -> Iterator[Call]:
    arguments: dict[str, Any] = dict(query)
    arguments['detailed'] = bool(detail)
    if arguments.pop('all_tenants', None):
        arguments['all_projects'] = True
    for old, new in (('flavor_uuid', 'flavor'), ('image_uuid', 'image')):
        if old in arguments:
            arguments[new] = arguments.pop(old)
    if 'sort_key' in arguments:
        arguments['sort'] = arguments.pop('sort_key')
        if 'sort_dir' in arguments:
            arguments['sort'] += ':' + arguments.pop('sort_dir')
    if arguments.get('limit', 'x').isdigit():
        arguments['limit'] = int(arguments['limit'])
    yield lambda c: c.server.list(**arguments)


@_route('POST /servers')
def _server_create(body: Any, query: Any) -> Iterator[Call]:
    arguments = dict(body['server'])
    if 'adminPass' in arguments:
        arguments['admin_pass'] = arguments.pop('adminPass')
    hint = body.get('scheduler_hints')
    yield lambda c: c.server.create(**arguments, hint=hint)


@_route('GET /servers/*')
def _server(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.get(server)


@_route('PATCH /servers/*')
def _server_update(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.update(server, **_changes(body))


@_route('DELETE /servers/*')
def _server_delete(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.delete(_told_of(server))


@_route('PUT /servers/*/states/power')
def _power(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.set_power_state(server, body['target'])


@_route('PUT /servers/*/states/lock')
def _lock(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.set_lock_state(server, body['target'])


def _told_of(uuid: str) -> v1_server.Server:
    """A server as some exchange told of it, so that nobody has to look.

    What was taken over is not deleted there, see ``Lifecycle._spared``.
    """
    for capture in captures.everything().values():
        told = capture.response
        if isinstance(told, dict) and told.get('uuid') == uuid:
            return v1_server.Server(told)
    return v1_server.Server({'uuid': uuid, 'flavor_uuid': 'unknown'})


@_route('PUT /servers/*/states/provision')
def _rebuild(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.rebuild(
        _told_of(server),
        image_uuid=body.get('image_uuid'),
        preserve_ephemeral=body.get('preserve_ephemeral'),
    )


@_route('GET /servers/*/networks')
def _networks(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.get_network_info(server)


@_route('POST /servers/*/networks/interfaces')
def _attach(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.add_interface(
        server, net_id=body.get('net_id'), port_id=body.get('port_id')
    )


@_route('DELETE /servers/*/networks/interfaces/*')
def _detach(body: Any, query: Any, server: str, port: str) -> Iterator[Call]:
    yield lambda c: c.server.remove_interface(server, port)


@_route('POST /servers/*/networks/floatingips')
def _floating_add(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.add_floating_ip(
        server, body['address'], body.get('fixed_address')
    )


@_route('DELETE /servers/*/networks/floatingips/*')
def _floating_remove(
    body: Any, query: Any, server: str, address: str
) -> Iterator[Call]:
    yield lambda c: c.server.remove_floating_ip(server, address)


@_route('POST /servers/*/remote_consoles')
def _console(body: Any, query: Any, server: str) -> Iterator[Call]:
    yield lambda c: c.server.get_remote_console(server, body['type'])


def _changes(patch: list[dict[str, Any]]) -> dict[str, Any]:
    """A JSON patch in the words of ``update()``, where it has words for it."""
    changes: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for one in patch:
        name = one['path'].removeprefix('/')
        key = name.removeprefix('metadata/')
        if key != name:
            metadata[key] = one.get('value')
        elif one['op'] == 'replace' and name in (
            'name',
            'description',
            'disabled',
        ):
            changes[name] = one.get('value')
        else:
            return {'updates': patch}
    return {**changes, 'metadata': metadata} if metadata else changes
