"""``/v1/servers/{server}/remote_consoles``: serial consoles."""

from __future__ import annotations

import time

import flask

from moganclient.service.api import body
from moganclient.service.api.policies import servers as rules
from moganclient.service.api import render
from moganclient.service.api import server_access
from moganclient.service.api import state
from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service.drivers import lifecycle
from moganclient.service import exceptions
from moganclient.service.flows import consoles as flow
from moganclient.service import guard
from moganclient.service import ours
from moganclient.v1 import schemas

blueprint = flask.Blueprint('consoles', __name__)

#: Seconds that a console may take to be switched on, and between looks.
_PATIENCE = 10.0
_INTERVAL = 0.2
#: In these a server gives its machine up.
_GOING = ('deleting', 'unmanaging')


@blueprint.post('/servers/<ident>/remote_consoles')
def create_console(ident: str) -> flask.Response:
    """Where the serial console is; it is switched on if it was not."""
    row = server_access.get_for(ident, rules.CONSOLES)
    asked = body.read(schemas.CONSOLE)
    guard.require(row, 'console')
    if row.node_uuid is None:
        raise exceptions.ServerBusy(
            f'Server {row.uuid} ("{row.name}") has no machine yet.'
        )
    found = _enabled(row)
    if found.type is None or found.url is None:
        raise exceptions.BadRequest(
            f'The machine of server {row.uuid} ("{row.name}") does not say '
            'where its console is: the console interface of its node has no '
            'address to give.',
            code='console_type_unavailable',
        )
    if found.type != asked['type']:
        raise exceptions.BadRequest(
            f'The machine of server {row.uuid} ("{row.name}") has a console '
            f'of the type "{found.type}", not "{asked["type"]}".',
            code='console_type_unavailable',
        )
    shown = {
        'protocol': asked['protocol'],
        'type': found.type,
        'url': found.url,
    }
    return render.answer(shown, 201)


def _enabled(row: models.Server) -> lifecycle.Console:
    """The console of the server's own machine, which is on.

    Whose the machine is is asked before it is switched on, and again before
    anybody is told where it is.

    :raises moganclient.service.exceptions.NodeLost: it is not the server's
    :raises moganclient.service.exceptions.Unavailable: it takes too long
    """
    runtime = state.current().runtime
    node = ours.node_of(runtime, row)
    found = runtime.driver.console(node.uuid)
    off = not found.enabled
    if off:
        try:
            found = _switch_on(row, node.uuid)
        except exceptions.Unavailable:
            # It may be on in a moment all the same.
            _require_still(row, off)
            raise
    _require_still(row, off)
    return found


def _require_still(row: models.Server, off: bool) -> None:
    """Raise where the machine is given up, or another's, by now.

    :param off: it was off, and is so for the next server
    """
    runtime = state.current().runtime
    try:
        now = runtime.db.get_server(row.uuid)
        if now.status in _GOING:
            guard.require(now, 'console')
        ours.node_of(runtime, now)
    except (exceptions.ServerNotFound, exceptions.ServerBusy):
        if off:
            # Who gives the machine up may have switched it off, or found it
            # off, before it was switched on here.
            with deadline.limit(runtime.conf.api.revert_timeout):
                flow.off_again(runtime, row)
        raise


def _switch_on(row: models.Server, node_uuid: str) -> lifecycle.Console:
    """A console that is on, in the end.

    :raises moganclient.service.exceptions.Unavailable: it takes too long
    """
    driver = state.current().runtime.driver
    driver.enable_console(node_uuid)
    until = time.monotonic() + _PATIENCE
    while True:
        found = driver.console(node_uuid)
        if found.enabled:
            return found
        if time.monotonic() > until:
            raise exceptions.Unavailable(
                f'The console of server {row.uuid} ("{row.name}") was told '
                'to switch on, and is not on yet; try again.',
                code='console_not_ready',
            )
        deadline.check(f'the console of server {row.uuid} was on')
        time.sleep(_INTERVAL)
