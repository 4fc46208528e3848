"""Waiting for what goes on after a command was answered: ``--wait``.

On a terminal a line on standard error says what the server is doing; it is
gone when that is over.
"""

from __future__ import annotations

import argparse
import types
import typing

from osc_lib import exceptions

from moganclient.osc import options

if typing.TYPE_CHECKING:
    from osc_lib.command import command

    from moganclient.osc import bar
    from moganclient import resource
    from moganclient.v1 import client as v1_client
    from moganclient.v1 import server as v1_server

#: Seconds, where --timeout does not say how many.
TIMEOUT = 1800


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
            f'(default: {TIMEOUT}); what goes on is not stopped by that'
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
    """A context in which is waited, and told of it where that is seen."""

    def __init__(
        self, used: command.Command, parsed_args: argparse.Namespace
    ) -> None:
        """Tell as a command shall that was called like this."""
        self._stream: typing.TextIO = used.app.stderr
        quiet = getattr(used.app_args, 'verbose_level', 1) == 0
        self._seen = not quiet and self._stream.isatty()
        self._timeout: float = parsed_args.timeout or TIMEOUT
        self._line: bar.Line | None = None
        self._last: v1_server.Server | None = None

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
        if isinstance(error, KeyboardInterrupt) and self._last is not None:
            # Who has just created it does not know its UUID otherwise.
            last = self._last
            self._stream.write(
                f'Server {last.uuid} ("{last.name}") is {last.status}; that '
                'goes on without anybody waiting for it.\n'
            )

    def wait(
        self,
        client: v1_client.Client,
        server: resource.Ident,
        until: str = 'settled',
    ) -> v1_server.Server | None:
        """Wait for a server, see :meth:`moganclient.v1.server.wait`.

        :raises moganclient.exceptions.ClientException: as that does
        """
        return client.server.wait(
            server, until=until, timeout=self._timeout, progress=self._tell
        )

    def _tell(self, server: v1_server.Server) -> None:
        self._last = server
        if not self._seen:
            return
        if self._line is None:
            # What draws it takes its time to load.
            from moganclient.osc import bar

            self._line = bar.Line(self._stream)
        self._line.show(f'{server.name}: {server.status}')
