"""What the commands share that do one thing to several servers."""

from __future__ import annotations

import argparse
import collections.abc
import functools
import typing

from moganclient.osc import errors
from moganclient.osc import options
from moganclient.osc.v1 import servers
from moganclient.osc import waits

if typing.TYPE_CHECKING:
    from osc_lib.command import command

    from moganclient import resource
    from moganclient.v1 import client as v1_client

#: What to do with a server.
Act = collections.abc.Callable[['v1_client.Client', 'resource.Ident'], object]


def each(
    used: command.Command,
    parsed_args: argparse.Namespace,
    act: Act,
    what: str,
    undone: str,
    until: str = 'settled',
) -> None:
    """Do it to each server that was typed, then wait where that is wanted.

    :param used: the command
    :param parsed_args: with ``server``, ``all_projects``, and perhaps what
        :func:`moganclient.osc.waits.add` adds
    :param what: what it is, for an older service, e.g. ``power``
    :param undone: what did not happen, e.g. ``could not be started``
    :param until: what is waited for, see
        :meth:`moganclient.v1.server.ServerManager.wait`
    :raises osc_lib.exceptions.CommandError: it failed for any of them
    """
    waiting = hasattr(parsed_args, 'wait')
    if waiting:
        waits.check(parsed_args)
    client = errors.client_for(used.app, what)

    def do(typed: str) -> object:
        with errors.explained():
            server = servers.identified(
                client, typed, parsed_args.all_projects
            )
            act(client, server)
        if waiting and parsed_args.wait:
            watch.expect(server)
            return functools.partial(finish, server)
        return None

    def finish(server: resource.Ident) -> None:
        watch.wait(client, server, until)

    if not waiting:
        options.for_each(used.log, do, parsed_args.server, 'servers', undone)
        return
    with waits.Watch(used, parsed_args) as watch:
        options.for_each(used.log, do, parsed_args.server, 'servers', undone)
