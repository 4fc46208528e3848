"""Commands of server groups: servers near to each other, or apart."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import options

_LIST = ('uuid', 'name', 'policies')
_LONG = ('members', 'project_id', 'user_id', 'created_at')
_SHOW = (
    'uuid',
    'name',
    'policies',
    'members',
    'project_id',
    'user_id',
    'created_at',
    'updated_at',
)


class CreateServerGroup(command.ShowOne):
    """Create a server group that no server is in yet."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=options.nonempty,
            help='Name of the server group',
        )
        parser.add_argument(
            '--policy',
            metavar='<policy>',
            choices=('affinity', 'anti-affinity'),
            help=(
                'Where its servers shall be: affinity (one affinity zone) or '
                'anti-affinity (each in another); anywhere if left out'
            ),
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        columns.check_selected(parsed_args, columns.headings(_SHOW))
        policies = [parsed_args.policy] if parsed_args.policy else []
        with errors.explained():
            client = errors.client(self.app)
            group = client.server_group.create(parsed_args.name, policies)
        return columns.headings(_SHOW), columns.row(group, _SHOW, {})


class ListServerGroup(command.Lister):
    """List server groups."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='Show more of each server group',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        fields = _LIST + _LONG if parsed_args.long else _LIST
        with errors.explained():
            client = errors.client(self.app)
            found = client.server_group.list()
        return (
            columns.headings(fields),
            [columns.row(group, fields, {}) for group in found],
        )


class ShowServerGroup(command.ShowOne):
    """Show a server group."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        _add_group(parser, 'Server group to show (name or UUID)')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        with errors.explained():
            client = errors.client(self.app)
            group = client.server_group.find(parsed_args.group)
        return columns.headings(_SHOW), columns.row(group, _SHOW, {})


class DeleteServerGroup(command.Command):
    """Delete server groups; their servers stay."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        _add_group(parser, 'Server groups to delete (name or UUID)', '+')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        client = errors.client(self.app)

        def delete(name_or_uuid: str) -> None:
            with errors.explained():
                client.server_group.delete(
                    client.server_group.find(name_or_uuid)
                )

        options.for_each(
            self.log,
            delete,
            parsed_args.group,
            'server groups',
            'could not be deleted',
        )


def _add_group(
    parser: argparse.ArgumentParser, words: str, nargs: str | None = None
) -> None:
    parser.add_argument(
        'group',
        metavar='<server-group>',
        type=options.nonempty,
        nargs=nargs,
        help=words,
    )
