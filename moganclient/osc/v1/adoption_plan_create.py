"""The command that makes a plan of what a cloud has."""

from __future__ import annotations

import argparse
from collections import Counter
import typing

from osc_lib.command import command

from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.adoption import writing
from moganclient.osc import columns
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc.v1 import adoption_plans

_CREATED = ('file', 'endpoint', 'region', 'servers', 'left_out')


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
        options.add_project(
            parser,
            'Project that the servers are for, name or ID, ID where there is '
            'no Keystone (default: of whoever applies the plan)',
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
        writing.check_free(file)
        client = self.log_in()
        project = parsed_args.project
        if project:
            project = lookups.project_id(
                self.app.client_manager, project, parsed_args.project_domain
            )
        with self.listener(results.State.READY) as listener:
            plan = plans.Plan.create(
                client,
                **options.node_filters(parsed_args),
                flavor=parsed_args.flavor,
                project=project,
                name_template=parsed_args.name_template,
                availability_zone=parsed_args.availability_zone,
                on_event=listener,
            )
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
