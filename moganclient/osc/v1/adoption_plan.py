"""Commands that carry out a plan, and that tell how it stands with it."""

from __future__ import annotations

import argparse
import typing

from osc_lib.command import command

from moganclient.adoption import events
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.osc import interrupts
from moganclient.osc import progress
from moganclient.osc.v1 import adoption_plans

#: Headings, and rows to come.
_Table = tuple[tuple[str, ...], typing.Iterable[tuple[typing.Any, ...]]]


class CheckPlan(adoption_plans.Ending, command.Lister):
    """Look whether the machines of a plan can be taken over.

    Nothing is changed. Exit status 1 where anything is in the way of any
    machine.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        adoption_plans.add_file(parser)
        adoption_plans.add_long(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        shown = adoption_plans.fields(parsed_args)
        plan = plans.Plan.load(parsed_args.file)
        client = self.log_in()
        with self.listener(results.State.READY) as listener:
            result = plan.check(
                client,
                any_endpoint=parsed_args.any_endpoint,
                find_project=self.find_project,
                on_event=listener,
            )
        self.exit_code = min(result.missing, results.Outcome.SOME)
        self.last_words = result.summary
        return adoption_plans.table(result, shown)


class ApplyPlan(adoption_plans.Ending, command.Lister):
    """Take over the machines of a plan.

    What is done is written down in a journal beside the plan: run it again
    after a failure or an interruption, and it goes on. Ctrl-C finishes what
    is in flight, a second one leaves at once.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        adoption_plans.add_file(parser)
        adoption_plans.add_run(
            parser, 'Only show what would be taken over, and what would not'
        )
        parser.add_argument(
            '--stop-on-error',
            action='store_true',
            help='Begin with no further machine once one has failed',
        )
        adoption_plans.add_long(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        shown = adoption_plans.fields(parsed_args, 'server_uuid')
        plan = plans.Plan.load(parsed_args.file)
        client = self.log_in()
        with (
            interrupts.Interrupts() as signals,
            self.listener(results.State.DONE) as listener,
        ):
            result = plan.apply(
                client,
                jobs=parsed_args.jobs,
                timeout=parsed_args.timeout,
                stop_on_error=parsed_args.stop_on_error,
                dry_run=parsed_args.dry_run,
                any_endpoint=parsed_args.any_endpoint,
                find_project=self.find_project,
                on_event=_warning(listener, signals),
                stop=signals.stop,
            )
        self.finish(result, 'apply', parsed_args)
        return adoption_plans.table(result, shown)


class ShowPlan(adoption_plans.Ending, command.Lister):
    """Show how it stands with the machines of a plan.

    Plan, journal and cloud are put together; nothing is changed.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        adoption_plans.add_file(parser)
        adoption_plans.add_long(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        shown = adoption_plans.fields(parsed_args, 'server_uuid', 'status')
        plan = plans.Plan.load(parsed_args.file)
        client = self.log_in()
        with self.listener(results.State.DONE) as listener:
            result = plan.show(
                client,
                any_endpoint=parsed_args.any_endpoint,
                on_event=listener,
            )
        # It was shown, however it stands.
        self.exit_code = results.Outcome.ALL
        self.last_words = result.summary
        if result.under_way:
            self.last_words += f'\n{_under_way(result.under_way)}'
        return adoption_plans.table(result, shown)


class RollBackPlan(adoption_plans.Ending, command.Lister):
    """Let go of exactly the machines that a plan took over.

    The machines go on running; nodes and ports become as they were before.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        adoption_plans.add_file(parser)
        adoption_plans.add_run(
            parser, 'Only show what would be let go of, and what would not'
        )
        adoption_plans.add_long(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> _Table:
        shown = adoption_plans.fields(parsed_args, 'server_uuid')
        plan = plans.Plan.load(parsed_args.file)
        client = self.log_in()
        with (
            interrupts.Interrupts() as signals,
            self.listener(results.State.RELEASED) as listener,
        ):
            result = plan.rollback(
                client,
                jobs=parsed_args.jobs,
                timeout=parsed_args.timeout,
                dry_run=parsed_args.dry_run,
                any_endpoint=parsed_args.any_endpoint,
                on_event=_warning(listener, signals),
                stop=signals.stop,
            )
        self.finish(result, 'rollback', parsed_args)
        if not result.machines:
            self.last_words = 'There is nothing that it took over.'
        elif parsed_args.dry_run and not result.interrupted:
            self.last_words = (
                f'Nothing was changed. Servers that would be let go of: '
                f'{len(result.machines)}'
            )
        return adoption_plans.table(result, shown)


def _warning(
    listener: progress.Progress, signals: interrupts.Interrupts
) -> events.Listener:
    """A listener that says what a second Ctrl-C would do."""

    def listen(event: events.Event) -> None:
        listener(event)
        if isinstance(event, events.Stopping) and signals.came:
            listener.say('Press Ctrl-C again to leave at once.')

    return listen


def _under_way(holder: dict[str, typing.Any]) -> str:
    """Who works on a plan at the moment, as far as that is known."""
    known = ', '.join(
        f'{key} {holder[key]}'
        for key in ('action', 'user', 'host', 'pid', 'since')
        if holder.get(key)
    )
    return f'It is being worked on right now: {known}.'
