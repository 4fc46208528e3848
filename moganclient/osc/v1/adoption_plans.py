"""What the commands of adoption plans share."""

from __future__ import annotations

import argparse
import collections.abc
import os
import shlex
import typing

from osc_lib.command import command

from moganclient.adoption import results
from moganclient import exceptions
from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc import progress

if typing.TYPE_CHECKING:
    from moganclient.v1 import client as v1_client

#: How a command ends that a signal ended, as the shell has it for Ctrl-C.
INTERRUPTED = 130

_FIELDS = ('node_name', 'node', 'name', 'state')
_LONG = ('request_id', 'line')


class Ending(command.Command):
    """Makes of a command one whose exit code says how it ended.

    The shell knows 0, and 1 for every failure.  Who takes over a fleet has to
    tell "some failed" from "nothing was begun", and sees the table in both
    cases.  Goes before osc-lib's class among the bases.
    """

    #: The plan is looked at first: see :meth:`log_in`.
    auth_required = False
    #: How it ends if nothing else comes in the way.
    exit_code: int = results.Outcome.NOTHING
    #: What is said at the very end.
    last_words: str = ''
    #: Why a run ended before its time, which is said also where all is quiet.
    stopped: str | None = None
    _listener: progress.Progress | None = None

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run the command; nothing but an exit code comes out of it."""
        try:
            super().run(parsed_args)
            self.app.stdout.flush()
        except BrokenPipeError:
            # Nobody reads the table (`| head`), and it is done all the same.
            _discard(self.app.stdout)
        except KeyboardInterrupt:
            self.exit_code = INTERRUPTED
            if self._begun and not self.last_words:
                self.last_words = (
                    'What was in flight is looked at when the plan is '
                    'applied, shown or rolled back the next time.'
                )
        except Exception as error:  # noqa: BLE001
            # As the shell itself does it, which knows no other exit code
            # than 1.  A table that could not be written is no success.
            if self._begun or not self.exit_code:
                self.exit_code = results.Outcome.SOME
            if getattr(self.app_args, 'debug', False):
                self.log.exception('%s', _sentence(error))
            else:
                self.log.error('%s', _sentence(error))
        if self.stopped:
            self.log.error('%s', self.stopped)
        if self.last_words:
            self.listener(results.State.DONE).say(self.last_words)
        return int(self.exit_code)

    def log_in(self) -> v1_client.Client:
        """Authenticate, as the shell does it before other commands.

        Later than those, so that whatever is wrong with what was typed is
        told before a password is asked for, and so that credentials that are
        not accepted end with this command's own exit code.
        """
        self.auth_required = True
        self.app.prepare_to_run_command(self)
        return errors.client(self.app)

    def listener(self, wanted: results.State) -> progress.Progress:
        """What tells how far it has come, unless all shall be quiet.

        :param wanted: the state that every machine shall end in
        """
        quiet = getattr(self.app_args, 'verbose_level', 1) == 0
        self._listener = progress.to(self.app.stderr, wanted, quiet=quiet)
        return self._listener

    @property
    def _begun(self) -> bool:
        return self._listener is not None and self._listener.begun > 0

    def find_project(self, project: str) -> str | None:
        """The id of a project that a plan names."""
        return lookups.find_project_id(self.app.client_manager, project)

    def finish(
        self, result: results.Result, verb: str, parsed_args: typing.Any
    ) -> None:
        """Choose exit code and last words after machines were worked on.

        :param verb: of the command, which goes on when it is run again
        """
        self.last_words = result.summary
        self.exit_code = result.outcome
        if parsed_args.dry_run:
            self.last_words = f'Nothing was changed. {result.summary}'
            self.exit_code = min(result.missing, results.Outcome.SOME)
        if result.interrupted:
            again = to_type(verb, parsed_args.file)
            self.last_words = f'{self.last_words}\nTo go on: {again}'
            self.exit_code = INTERRUPTED
        else:
            self.stopped = result.stopped


def to_type(verb: str, file: str) -> str:
    """What to type to do something with a plan."""
    return (
        f'openstack baremetalcompute adoption plan {verb} {shlex.quote(file)}'
    )


def add_file(parser: argparse.ArgumentParser) -> None:
    """Add the plan to work with, and that its cloud may have moved."""
    parser.add_argument(
        'file',
        metavar='<file>',
        type=options.nonempty,
        help='File of the plan',
    )
    parser.add_argument(
        '--any-endpoint',
        action='store_true',
        help=(
            'The cloud that the plan was made for is reached at another '
            'endpoint now'
        ),
    )


def add_long(parser: argparse.ArgumentParser) -> None:
    """Add --long."""
    parser.add_argument(
        '--long',
        action='store_true',
        help='Show request IDs and the lines of the plan, too',
    )


def add_run(parser: argparse.ArgumentParser, dry_run: str) -> None:
    """Add how a run over the machines goes.

    :param dry_run: what a dry run shows
    """
    parser.add_argument(
        '--jobs',
        metavar='<number>',
        type=options.between(1, 64),
        default=4,
        help='Work on so many machines at a time (1 to 64, default: 4)',
    )
    parser.add_argument(
        '--timeout',
        metavar='<seconds>',
        type=options.seconds,
        default=600.0,
        help=(
            'Try one machine for so long, all waits included (default: 600)'
        ),
    )
    parser.add_argument('--dry-run', action='store_true', help=dry_run)


def fields(parsed_args: argparse.Namespace, *more: str) -> tuple[str, ...]:
    """The columns, in their order.

    :param more: those that only some commands have
    :raises osc_lib.exceptions.CommandError: one was asked for that there is
        not
    """
    shown = (*_FIELDS, *more, 'reasons')
    if parsed_args.long:
        shown += _LONG
    columns.check_selected(parsed_args, columns.headings(shown))
    return shown


def table(
    result: results.Result, shown: collections.abc.Sequence[str]
) -> tuple[tuple[str, ...], collections.abc.Iterator[tuple[typing.Any, ...]]]:
    """The machines of a plan as a command prints them."""
    return (
        columns.headings(shown),
        (
            tuple(_cell(machine, field) for field in shown)
            for machine in result.machines
        ),
    )


def _cell(machine: results.Machine, field: str) -> typing.Any:
    if field == 'server_uuid':
        return machine.server
    if field == 'state':
        # Not all formatters know what an enumeration is.
        return machine.state.value
    if field == 'reasons':
        return columns.Reasons(machine.reasons)
    return getattr(machine, field)


def _sentence(error: Exception) -> str:
    if isinstance(error, exceptions.ClientException):
        return errors.sentence(error)
    return str(error) or repr(error)


def _discard(stream: typing.TextIO) -> None:
    """Let what is left in the buffer go, so that it is no error at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
