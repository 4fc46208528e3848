"""Commands of the machines that run already and could be taken over."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import options

if typing.TYPE_CHECKING:
    from moganclient.v1 import adoptable_node

_LIST = ('uuid', 'name', 'resource_class', 'power_state')
#: Reasons are long; what a node carries is asked for with ``--long``.
_ALL = ('adoptable', 'reasons')
_LONG = (
    'provision_state',
    'portgroups',
    'image_source',
    'owner',
    'conductor_group',
    'server_uuid',
    'created_at',
)
#: All that a node has, in the order in which ``show`` has it.
_SHOW = (
    'uuid',
    'name',
    'adoptable',
    'reasons',
    'server_uuid',
    'resource_class',
    'power_state',
    'provision_state',
    'ports',
    'portgroups',
    'image_source',
    'owner',
    'conductor_group',
    'instance_info',
    'properties',
    'created_at',
)
#: What the service can sort by.
SORT_KEYS = (
    'created_at',
    'name',
    'owner',
    'power_state',
    'provision_state',
    'resource_class',
    'uuid',
)

_KINDS = {
    'ports': columns.ShortPorts,
    'portgroups': columns.ShortPorts,
    'reasons': columns.Reasons,
}
_KINDS_OF_ONE = {
    **_KINDS,
    'ports': columns.Ports,
    'portgroups': columns.Ports,
}


class ListAdoptableNode(command.Lister):
    """List nodes that could be taken over, or why the others could not."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--all',
            action='store_true',
            help='List the other nodes too, each with the reasons why not',
        )
        shown = parser.add_mutually_exclusive_group()
        shown.add_argument(
            '--long',
            action='store_true',
            help='Show more of each node',
        )
        shown.add_argument(
            '--fields',
            metavar='<field>',
            nargs='+',
            action='extend',
            help=(
                'Show, and ask the service for, only these (separated by '
                f'space or comma): {", ".join(_SHOW)}'
            ),
        )
        options.add_node_filters(parser)
        options.add_paging(parser, SORT_KEYS)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        fields = _fields(parsed_args)
        with errors.explained():
            client = errors.client(self.app)
            # The table tells of port groups among the ports.
            asked: collections.abc.Iterable[str] | None = dict.fromkeys(
                (*fields, 'portgroups') if 'ports' in fields else fields
            )
            if client.retired and not parsed_args.fields:
                # It cannot leave any out.
                asked = None
            nodes = client.adoptable_node.iterate(
                all=parsed_args.all,
                fields=asked,
                **options.node_filters(parsed_args),
                **options.paging(parsed_args),
            )
        return (
            columns.headings(fields),
            errors.explained_rows(_row(node, fields) for node in nodes),
        )


class ShowAdoptableNode(command.ShowOne):
    """Show a node, and whether and why it can or cannot be taken over."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'node',
            metavar='<node>',
            type=options.nonempty,
            help='Node to show (name or UUID)',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        with errors.explained():
            client = errors.client(self.app)
            node = client.adoptable_node.get(parsed_args.node)
        return (
            columns.headings(_SHOW),
            columns.row(node, _SHOW, _KINDS_OF_ONE),
        )


def _fields(parsed_args: argparse.Namespace) -> tuple[str, ...]:
    if parsed_args.fields:
        words = ','.join(parsed_args.fields).replace(',', ' ').split()
        if not words:
            raise exceptions.CommandError('--fields names no field.')
        return tuple(dict.fromkeys(words))
    fields: tuple[str, ...] = _LIST
    if parsed_args.long or not parsed_args.all:
        fields += ('ports',)
    if parsed_args.long:
        fields += _LONG
    if parsed_args.all:
        fields += _ALL
    return fields


def _row(
    node: adoptable_node.AdoptableNode, fields: collections.abc.Sequence[str]
) -> tuple[typing.Any, ...]:
    cells = columns.row(node, fields, _KINDS)
    return columns.with_groups(columns.ShortPorts, node, cells, fields)
