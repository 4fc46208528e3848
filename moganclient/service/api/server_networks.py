"""``/v1/servers/{server}/networks``: interfaces and floating IPs."""

from __future__ import annotations

import ipaddress

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import servers as rules
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import server_access
from moganclient.service.api import state
from moganclient.service import attach
from moganclient.service import exceptions
from moganclient.service import floating
from moganclient.v1 import schemas

blueprint = flask.Blueprint('server_networks', __name__)


@blueprint.get('/servers/<ident>/networks')
def show_networks(ident: str) -> flask.Response:
    row = server_access.get_for(ident, rules.NETWORKS)
    nics = attach.nics(state.current().runtime, row)
    return render.answer({'nics': nics})


@blueprint.post('/servers/<ident>/networks/interfaces')
def add_interface(ident: str) -> flask.Response:
    row = server_access.get_for(ident, rules.INTERFACES)
    server_access.require_driver('attach_vif', what='attach ports')
    asked = body.read(schemas.INTERFACE)
    attach.attach(
        state.current().runtime,
        state.caller(),
        row,
        foreign=state.allows(rules.FOREIGN),
        **{kind: value.lower() for kind, value in asked.items()},
    )
    return render.nothing()


@blueprint.delete('/servers/<ident>/networks/interfaces/<port>')
def remove_interface(ident: str, port: str) -> flask.Response:
    row = server_access.get_for(ident, rules.INTERFACES)
    if not query.is_uuid(port):
        raise exceptions.PortNotFound(
            f'There is no port "{query.path_text(port)}"; an interface is '
            'named by the UUID of its port.',
            code='interface_not_found',
        )
    server_access.require_driver('detach_vif', what='detach ports')
    attach.detach(state.current().runtime, state.caller(), row, port.lower())
    return render.nothing()


@blueprint.post('/servers/<ident>/networks/floatingips')
def add_floating_ip(ident: str) -> flask.Response:
    row = server_access.get_for(ident, rules.FLOATING_IPS)
    asked = body.read(schemas.FLOATING_IP)
    fixed = asked.get('fixed_address')
    floating.add(
        state.current().runtime,
        state.caller(),
        row,
        _address(asked['address']),
        _address(fixed) if fixed is not None else None,
        foreign=state.allows(rules.FOREIGN),
    )
    return render.nothing()


@blueprint.delete('/servers/<ident>/networks/floatingips/<address>')
def remove_floating_ip(ident: str, address: str) -> flask.Response:
    row = server_access.get_for(ident, rules.FLOATING_IPS)
    floating.remove(
        state.current().runtime,
        state.caller(),
        row,
        _address(address),
        foreign=state.allows(rules.FOREIGN),
    )
    return render.nothing()


def _address(value: str) -> str:
    """An address as Neutron writes it: ``2001:DB8::0:1`` is ``2001:db8::1``.

    :raises moganclient.service.exceptions.BadRequest: it is none
    """
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise exceptions.BadRequest(
            f'"{query.path_text(value)}" is no IP address.',
            code='invalid_address',
        ) from None
