"""Commands that change flavors, and who may have them."""

from __future__ import annotations

import argparse
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import errors
from moganclient.osc import options
from moganclient.osc.v1 import flavors
from moganclient.v1 import versions


class SetFlavor(command.Command):
    """Set properties of a flavor, and let projects have it."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        flavors.add_flavor(parser, 'Flavor to change (name or UUID)')
        parser.add_argument(
            '--name',
            metavar='<name>',
            type=options.nonempty,
            help='New name',
        )
        parser.add_argument(
            '--description',
            metavar='<description>',
            help='New description; an empty one removes it',
        )
        flavors.add_switches(parser, is_public=None, disabled=None)
        flavors.add_traits(parser, 'Trait that the machines must have too')
        parser.add_argument(
            '--no-trait',
            action='store_true',
            help='Forget the traits that it has; with --trait, for those',
        )
        flavors.add_projects(parser, 'Let a project have it')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        changes = {
            field: value
            for field in ('name', 'description', 'is_public', 'disabled')
            if (value := getattr(parsed_args, field)) is not None
        }
        traits = parsed_args.traits is not None or parsed_args.no_trait
        if not changes and not traits and not parsed_args.projects:
            raise exceptions.CommandError(
                'Nothing to change: pass --name, --description, --public, '
                '--private, --enable, --disable, --trait, --no-trait or '
                '--project.'
            )
        if changes.get('description') == '':
            changes['description'] = None
        with errors.explained():
            client = errors.client(self.app)
            if traits:
                _require_traits(client)
        projects = flavors.project_ids(self.app, parsed_args)
        with errors.explained():
            flavor = client.flavor.find(parsed_args.flavor)
            if traits:
                has = [] if parsed_args.no_trait else flavor.traits or []
                changes['traits'] = list(
                    dict.fromkeys([*has, *(parsed_args.traits or [])])
                )
            if changes:
                client.flavor.update(flavor, **changes)

        def let(project: str) -> None:
            with errors.explained():
                client.flavor.add_tenant_access(flavor, project)

        options.for_each(
            self.log, let, projects, 'projects', 'could not be let in'
        )


class UnsetFlavor(command.Command):
    """Remove properties of a flavor, and let projects no longer have it."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        flavors.add_flavor(parser, 'Flavor to change (name or UUID)')
        parser.add_argument(
            '--description',
            action='store_true',
            help='Remove the description',
        )
        flavors.add_traits(
            parser, 'Trait that the machines need no longer have'
        )
        flavors.add_projects(parser, 'Let a project no longer have it')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        gone = parsed_args.traits or []
        if not (parsed_args.description or gone or parsed_args.projects):
            raise exceptions.CommandError(
                'Nothing to change: pass --description, --trait or --project.'
            )
        with errors.explained():
            client = errors.client(self.app)
            if gone:
                _require_traits(client)
        projects = flavors.project_ids(self.app, parsed_args)
        changes: dict[str, typing.Any] = {}
        if parsed_args.description:
            changes['description'] = None
        with errors.explained():
            flavor = client.flavor.find(parsed_args.flavor)
            if gone:
                has = flavor.traits or []
                options.check_has(
                    f'Flavor "{parsed_args.flavor}"', 'trait', has, gone
                )
                changes['traits'] = [one for one in has if one not in gone]
            if changes:
                client.flavor.update(flavor, **changes)

        def bar(project: str) -> None:
            with errors.explained():
                client.flavor.remove_tenant_access(flavor, project)

        options.for_each(
            self.log, bar, projects, 'projects', 'could not be shut out'
        )


def _require_traits(client: typing.Any) -> None:
    """Tell a service that is too old before anything is asked."""
    client.require(versions.WHOLE_API, 'the traits of a flavor')
