"""Commands of plans: a fleet is looked at, taken over, and let go of."""

from __future__ import annotations

import argparse
from collections import Counter
import os
import pathlib
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.adoption import errors as adoption
from moganclient.adoption import events
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.osc import columns
from moganclient.osc import interrupts
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc import progress
from moganclient.osc.v1 import adoption_plans

_CREATED = ('file', 'endpoint', 'region', 'servers', 'left_out')

#: Headings, and rows to come.
_Table = tuple[tuple[str, ...], typing.Iterable[tuple[typing.Any, ...]]]


class CreatePlan(adoption_plans.Ending, command.ShowOne):
    """Write a plan of all nodes that could be taken over.

    The plan is a file to read, to change and to keep: the server that each
    node is to become, its flavor and its ports. Nodes that could not be taken
    over are left out, with the reasons.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'file',
            metavar='<file>',
            type=options.nonempty,
            help=(
                'File to write, which must not be there yet (JSON where its '
                'name ends in .json, YAML otherwise)'
            ),
        )
        options.add_node_filters(parser)
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            type=options.nonempty,
            help=(
                'Flavor of the servers, name or UUID (default: for each node '
                'the one that fits its resource class)'
            ),
        )
        parser.add_argument(
            '--project',
            metavar='<project>',
            type=options.nonempty,
            help=(
                'Project that the servers are for, name or ID, ID where '
                'there is no Keystone (default: of whoever applies the plan)'
            ),
        )
        parser.add_argument(
            '--project-domain',
            metavar='<project-domain>',
            help='Domain of the project (name or ID)',
        )
        parser.add_argument(
            '--name-template',
            metavar='<template>',
            type=options.nonempty,
            default='{name}',
            help=(
                'What the servers are called, made of the fields of the '
                "node, e.g. '{name}-{resource_class}' (default: '{name}')"
            ),
        )
        parser.add_argument(
            '--availability-zone',
            metavar='<zone>',
            type=options.nonempty,
            help='Availability zone that the servers are in',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        headings = columns.headings(_CREATED)
        columns.check_selected(parsed_args, headings)
        file = parsed_args.file
        _check_free(pathlib.Path(file))
        client = self.log_in()
        project = parsed_args.project
        if project:
            project = lookups.project_id(
                self.app.client_manager, project, parsed_args.project_domain
            )
        with self.listener(results.State.READY) as listener:
            try:
                plan = plans.Plan.create(
                    client,
                    **options.node_filters(parsed_args),
                    flavor=parsed_args.flavor,
                    project=project,
                    name_template=parsed_args.name_template,
                    availability_zone=parsed_args.availability_zone,
                    on_event=listener,
                )
            except adoption.NothingAdoptable as error:
                raise exceptions.CommandError(_nothing(error)) from error
        plan.save(file)
        self.exit_code = results.Outcome.ALL
        self.last_words = (
            f'Look through {file}, change what should be otherwise, then:\n'
            f'{adoption_plans.to_type("check", file)}\n'
            f'{adoption_plans.to_type("apply", file)}'
        )
        return headings, (
            file,
            plan.endpoint,
            plan.region,
            len(plan.servers),
            columns.Mapping(_by_reason(plan.left_out)),
        )


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
        self.finish(result, 'apply', parsed_args.file)
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
        self.finish(result, 'rollback', parsed_args.file)
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


def _check_free(path: pathlib.Path) -> None:
    """Refuse a file that there is, before the cloud is asked for anything.

    :raises osc_lib.exceptions.CommandError: there is one, or its journal
    """
    if not path.parent.is_dir():
        raise exceptions.CommandError(
            f'There is no directory "{path.parent}" to write the plan to.'
        )
    for taken in (path, path.with_name(f'{path.name}.journal')):
        # A link that leads nowhere is there, too.
        if os.path.lexists(taken):
            raise exceptions.CommandError(
                f'There is a file "{taken}" already, and nothing is '
                f'overwritten: pass another name, or move it away.'
            )


def _by_reason(left_out: typing.Iterable[plans.LeftOut]) -> dict[str, int]:
    """How many nodes were left out for each reason."""
    return dict(
        Counter(
            code
            for node in left_out
            # A node may have the same reason twice, for two of its ports.
            for code in {reason['code'] for reason in node.reasons}
        ).most_common()
    )


def _nothing(error: adoption.NothingAdoptable) -> str:
    """The sentence for it, and where to see more."""
    counts = ', '.join(
        f'{count} {code}' for code, count in _by_reason(error.left_out).items()
    )
    if not counts:
        return error.message
    return (
        f'{error.message} Left out were: {counts}. See openstack '
        f'baremetalcompute adoptable node list --all.'
    )
