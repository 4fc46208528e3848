"""Commands of flavors: which kind of machine a server is."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import options
from moganclient.osc.v1 import flavors

_LIST = ('uuid', 'name', 'resources', 'description')
_LONG = (
    'traits',
    'is_public',
    'disabled',
    'resource_aggregates',
    'created_at',
)
#: What the service can sort by.
SORT_KEYS = (
    'created_at',
    'description',
    'disabled',
    'is_public',
    'name',
    'updated_at',
    'uuid',
)


def resource(text: str) -> tuple[str, int]:
    """An argparse type: ``CLASS`` or ``CLASS=COUNT``, a count of 1 or more."""
    name, equals, count = text.partition('=')
    if not name:
        raise argparse.ArgumentTypeError(
            f'"{text}" does not name a resource class: it has to read '
            f'CLASS or CLASS=COUNT'
        )
    return name, options.positive(count) if equals else 1


class CreateFlavor(command.ShowOne):
    """Create a flavor."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=options.nonempty,
            help='Name of the flavor',
        )
        parser.add_argument(
            '--resource',
            dest='resources',
            metavar='<class>[=<count>]',
            type=resource,
            action='append',
            required=True,
            help=(
                'Resource class of the machines, as Ironic writes it '
                '(baremetal.gold) or normalized (CUSTOM_BAREMETAL_GOLD), '
                'and how many of it make a server; 1 if left out'
            ),
        )
        flavors.add_traits(parser, 'Trait that the machines must have')
        options.add_properties(
            parser,
            'Property that an aggregate of the machines must have',
            '--aggregate-property',
            'aggregates',
        )
        parser.add_argument(
            '--description',
            metavar='<description>',
            type=options.nonempty,
            help='Description of the flavor',
        )
        flavors.add_projects(parser, 'Project that may have it')
        flavors.add_switches(parser, is_public=True, disabled=False)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        columns.check_selected(parsed_args, columns.headings(flavors.SHOW))
        if parsed_args.projects and parsed_args.is_public:
            raise exceptions.CommandError(
                'Every project may have a public flavor: --project needs '
                '--private.'
            )
        with errors.explained():
            client = errors.client(self.app)
        projects = flavors.project_ids(self.app, parsed_args)
        with errors.explained():
            flavor = client.flavor.create(
                parsed_args.name,
                dict(parsed_args.resources),
                description=parsed_args.description,
                is_public=parsed_args.is_public,
                disabled=parsed_args.disabled,
                resource_aggregates=parsed_args.aggregates,
                traits=parsed_args.traits,
            )
            for project in projects:
                client.flavor.add_tenant_access(flavor, project)
        return flavors.shown(flavor, projects)


class ListFlavor(command.Lister):
    """List flavors."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='Show more of each flavor',
        )
        options.add_paging(parser, SORT_KEYS)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        fields = _LIST + _LONG if parsed_args.long else _LIST
        with errors.explained():
            client = errors.client(self.app)
            found = client.flavor.iterate(**options.paging(parsed_args))
        return (
            columns.headings(fields),
            errors.explained_rows(
                columns.row(flavor, fields, {}) for flavor in found
            ),
        )


class ShowFlavor(command.ShowOne):
    """Show a flavor."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        flavors.add_flavor(parser, 'Flavor to show (name or UUID)')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        with errors.explained():
            client = errors.client(self.app)
            flavor = client.flavor.find(parsed_args.flavor)
            return flavors.shown(flavor, flavors.access(client, flavor))


class DeleteFlavor(command.Command):
    """Delete flavors that no server has."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        flavors.add_flavor(
            parser, 'Flavors to delete (name or UUID)', nargs='+'
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        client = errors.client(self.app)

        def delete(name_or_uuid: str) -> None:
            with errors.explained():
                client.flavor.delete(client.flavor.find(name_or_uuid))

        options.for_each(
            self.log,
            delete,
            parsed_args.flavor,
            'flavors',
            'could not be deleted',
        )
