"""Commands that change what people say of a server."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import errors
from moganclient.osc import options
from moganclient.osc.v1 import servers
from moganclient.v1 import versions

if typing.TYPE_CHECKING:
    from osc_lib import shell


class SetServer(command.Command):
    """Set what people say about a server; the machine is not touched."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to change (name or UUID)')
        parser.add_argument(
            '--name',
            metavar='<name>',
            type=options.nonempty,
            help='New name',
        )
        parser.add_argument(
            '--description',
            metavar='<description>',
            type=options.nonempty,
            help='New description',
        )
        options.add_properties(parser, 'Property to add or to replace')
        saved = parser.add_mutually_exclusive_group()
        saved.add_argument(
            '--protected',
            dest='protected',
            action='store_true',
            help=(
                'Refuse to delete and to rebuild it, as of what was taken '
                'over (admin only)'
            ),
        )
        saved.add_argument(
            '--unprotected',
            dest='protected',
            action='store_false',
            help='Allow to delete and to rebuild it (admin only)',
        )
        parser.set_defaults(protected=None)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        changes: dict[str, typing.Any] = {}
        if parsed_args.protected is not None:
            changes['protected'] = parsed_args.protected
        if parsed_args.name is not None:
            changes['name'] = parsed_args.name
        if parsed_args.description is not None:
            changes['description'] = parsed_args.description
        if parsed_args.properties:
            changes['metadata'] = parsed_args.properties
        _update(
            self.app,
            parsed_args,
            changes,
            '--name, --description, --property, --protected or --unprotected',
        )


class UnsetServer(command.Command):
    """Remove a server's description or properties."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to change (name or UUID)')
        parser.add_argument(
            '--description',
            action='store_true',
            help='Remove the description',
        )
        parser.add_argument(
            '--property',
            dest='properties',
            metavar='<key>',
            action='append',
            help='Property to remove (repeat for several)',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        changes: dict[str, typing.Any] = {}
        if parsed_args.description:
            changes['description'] = None
        if parsed_args.properties:
            changes['metadata'] = dict.fromkeys(parsed_args.properties)
        _update(
            self.app,
            parsed_args,
            changes,
            '--description or --property',
            remove=parsed_args.properties,
        )


def _update(
    app: shell.OpenStackShell,
    parsed_args: argparse.Namespace,
    changes: dict[str, typing.Any],
    known: str,
    remove: collections.abc.Iterable[str] | None = None,
) -> None:
    """Change a server.

    :param known: options that would change something
    :param remove: properties that it must have for that
    """
    if not changes:
        raise exceptions.CommandError(f'Nothing to change: pass {known}.')
    with errors.explained():
        client = errors.client(app)
        if 'protected' in changes:
            # Before a name is looked up for what is of no use.
            client.require(versions.WHOLE_API, 'the protection of a server')
        server = servers.identified(
            client, parsed_args.server, parsed_args.all_projects
        )
        if remove:
            options.check_has(
                f'Server "{parsed_args.server}"',
                'property',
                client.server.get(server).metadata,
                remove,
            )
        client.server.update(server, **changes)
