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

_LIST = ('uuid', 'name', 'resources', 'description')
_LONG = ('is_public', 'disabled', 'resource_aggregates', 'created_at')
_SHOW = (
    'uuid',
    'name',
    'description',
    'resources',
    'is_public',
    'disabled',
    'resource_aggregates',
    'created_at',
    'updated_at',
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
        parser.add_argument(
            '--description',
            metavar='<description>',
            type=options.nonempty,
            help='Description of the flavor',
        )
        _add_switches(parser, is_public=True, disabled=False)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        columns.check_selected(parsed_args, columns.headings(_SHOW))
        with errors.explained():
            client = errors.client(self.app)
            flavor = client.flavor.create(
                parsed_args.name,
                dict(parsed_args.resources),
                description=parsed_args.description,
                is_public=parsed_args.is_public,
                disabled=parsed_args.disabled,
            )
        return _shown(flavor)


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
            flavors = client.flavor.iterate(**options.paging(parsed_args))
        return (
            columns.headings(fields),
            errors.explained_rows(
                columns.row(flavor, fields, {}) for flavor in flavors
            ),
        )


class ShowFlavor(command.ShowOne):
    """Show a flavor."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        _add_flavor(parser, 'Flavor to show (name or UUID)')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        with errors.explained():
            client = errors.client(self.app)
            return _shown(client.flavor.find(parsed_args.flavor))


class SetFlavor(command.Command):
    """Set properties of a flavor."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        _add_flavor(parser, 'Flavor to change (name or UUID)')
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
        _add_switches(parser, is_public=None, disabled=None)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        changes = {
            field: value
            for field in ('name', 'description', 'is_public', 'disabled')
            if (value := getattr(parsed_args, field)) is not None
        }
        if not changes:
            raise exceptions.CommandError(
                'Nothing to change: pass --name, --description, --public, '
                '--private, --enable or --disable.'
            )
        if changes.get('description') == '':
            changes['description'] = None
        with errors.explained():
            client = errors.client(self.app)
            client.flavor.update(
                client.flavor.find(parsed_args.flavor), **changes
            )


class DeleteFlavor(command.Command):
    """Delete flavors that no server has."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        _add_flavor(parser, 'Flavors to delete (name or UUID)', nargs='+')
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


def _add_flavor(
    parser: argparse.ArgumentParser, words: str, nargs: str | None = None
) -> None:
    parser.add_argument(
        'flavor',
        metavar='<flavor>',
        type=options.nonempty,
        nargs=nargs,
        help=words,
    )


def _add_switches(
    parser: argparse.ArgumentParser,
    is_public: bool | None,
    disabled: bool | None,
) -> None:
    """Add --public, --private, --enable and --disable, and their defaults."""
    seen = parser.add_mutually_exclusive_group()
    seen.add_argument(
        '--public',
        dest='is_public',
        action='store_true',
        help='Every project sees it' + (' (default)' if is_public else ''),
    )
    seen.add_argument(
        '--private',
        dest='is_public',
        action='store_false',
        help='Only admins see it',
    )
    used = parser.add_mutually_exclusive_group()
    used.add_argument(
        '--enable',
        dest='disabled',
        action='store_false',
        help='New servers may have it'
        + (' (default)' if disabled is False else ''),
    )
    used.add_argument(
        '--disable',
        dest='disabled',
        action='store_true',
        help='New servers may not have it',
    )
    parser.set_defaults(is_public=is_public, disabled=disabled)


def _shown(
    flavor: typing.Any,
) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
    return (
        columns.headings(_SHOW),
        columns.row(flavor, _SHOW, {}),
    )
