"""Waiting for what goes on after a command was answered: ``--wait``.

On a terminal a line on standard error says what the server is doing; it is
gone when that is over.
"""

from __future__ import annotations

import argparse
import types
import typing

from osc_lib import exceptions

from moganclient import exceptions as library
from moganclient.osc import errors
from moganclient.osc import options
from moganclient import resource
from moganclient.v1 import waiting

if typing.TYPE_CHECKING:
    from osc_lib.command import command

    from moganclient.osc import bar
    from moganclient.v1 import client as v1_client
    from moganclient.v1 import server as v1_server


def add(parser: argparse.ArgumentParser, what: str) -> None:
    """Add --wait and --timeout.

    :param what: what is waited for, e.g. ``until it is running``
    """
    parser.add_argument('--wait', action='store_true', help=f'Wait {what}')
    parser.add_argument(
        '--timeout',
        metavar='<seconds>',
        type=options.seconds,
        help=(
            'With --wait: seconds after which to give up, of each server '
            f'(default: {waiting.TIMEOUT:g}); what goes on is not stopped by '
            'that'
        ),
    )


def check(parsed_args: argparse.Namespace) -> None:
    """Refuse what makes no sense, before a command acts.

    :raises osc_lib.exceptions.CommandError: --timeout without --wait
    """
    if parsed_args.timeout is not None and not parsed_args.wait:
        raise exceptions.CommandError(
            '--timeout says how long to --wait: pass that too.'
        )


class Watch:
    """A context in which is waited, and told of it where that is seen.

    Who leaves it with Ctrl-C is told of each server for which nobody waits
    any more.
    """

    def __init__(
        self, used: command.Command, parsed_args: argparse.Namespace
    ) -> None:
        """Tell as a command shall that was called like this."""
        self._stream: typing.TextIO = used.app.stderr
        quiet = getattr(used.app_args, 'verbose_level', 1) == 0
        self._drawn = not quiet and self._stream.isatty()
        self._timeout: float = parsed_args.timeout or waiting.TIMEOUT
        self._line: bar.Line | None = None
        #: UUIDs of servers for which is to be waited still, in order.
        self._pending: dict[str, None] = {}
        #: Each server as it was seen last, by its UUID.
        self.seen: dict[str, v1_server.Server] = {}

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        if self._line is not None:
            self._line.close()
        if not isinstance(error, KeyboardInterrupt):
            return
        for uuid in self._pending:
            last = self.seen.get(uuid)
            # Who has just created it does not know its UUID otherwise.
            known = f'Server {uuid}: what was asked for'
            if last is not None:
                known = f'Server {uuid} ("{last.name}") is {last.status}; that'
            self._stream.write(
                f'{known} goes on without anybody waiting for it.\n'
            )

    def expect(self, server: resource.Ident) -> None:
        """Note down a server of which something has been asked.

        :param server: an object or a UUID
        """
        self._pending[resource.ident(server, 'server')] = None

    def wait(
        self,
        client: v1_client.Client,
        server: resource.Ident,
        until: str = 'settled',
    ) -> v1_server.Server | None:
        """Wait for a server, see :meth:`moganclient.v1.server.wait`.

        :param server: an object or a UUID
        :raises osc_lib.exceptions.CommandError: it came to another end, or
            to none in time
        """
        self.expect(server)
        uuid = resource.ident(server, 'server')
        try:
            with errors.explained():
                found = client.server.wait(
                    server,
                    until=until,
                    timeout=self._timeout,
                    progress=self._tell,
                    trouble=lambda error: self._show(
                        f'{self._name(uuid)}: looking again: {error}'
                    ),
                )
        except exceptions.CommandError as error:
            del self._pending[uuid]
            if isinstance(error.__cause__, library.WaitTimeout):
                raise exceptions.CommandError(
                    f'{error} To look at it later: openstack '
                    f'{errors.NOUN} server show {uuid}'
                ) from error
            raise
        del self._pending[uuid]
        return found

    def _name(self, uuid: str) -> str:
        seen = self.seen.get(uuid.lower())
        return seen.name or uuid if seen is not None else uuid

    def _tell(self, server: v1_server.Server) -> None:
        self.seen[server.uuid.lower()] = server
        self._show(f'{server.name}: {server.status}')

    def _show(self, words: str) -> None:
        if not self._drawn:
            return
        if self._line is None:
            # What draws it takes its time to load.
            from moganclient.osc import bar

            self._line = bar.Line(self._stream)
        self._line.show(words)
