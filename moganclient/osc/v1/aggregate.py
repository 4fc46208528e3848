"""Commands of aggregates: nodes that belong together."""

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
    from moganclient.v1 import aggregate as v1_aggregate
    from moganclient.v1 import client as v1_client

_LIST = ('uuid', 'name', 'availability_zone')
_LONG = ('metadata', 'created_at')
_SHOW = ('uuid', 'name', 'metadata', 'nodes', 'created_at', 'updated_at')
#: A key of the metadata.
_ZONE = 'availability_zone'


class CreateAggregate(command.ShowOne):
    """Create an aggregate that has no nodes yet."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=options.nonempty,
            help='Name of the aggregate',
        )
        _add_properties(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        columns.check_selected(parsed_args, columns.headings(_SHOW))
        with errors.explained():
            client = errors.client(self.app)
            aggregate = client.aggregate.create(
                parsed_args.name, _properties(parsed_args) or None
            )
        return _shown(aggregate, [])


class ListAggregate(command.Lister):
    """List aggregates."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='Show more of each aggregate',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        fields = _LIST + _LONG if parsed_args.long else _LIST
        with errors.explained():
            client = errors.client(self.app)
            found = client.aggregate.list()
        return (
            columns.headings(fields),
            [
                tuple(
                    (aggregate.metadata or {}).get(_ZONE)
                    if field == _ZONE
                    else columns.cell(
                        field, getattr(aggregate, field, None), {}
                    )
                    for field in fields
                )
                for aggregate in found
            ],
        )


class ShowAggregate(command.ShowOne):
    """Show an aggregate and its nodes."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        add_aggregate(parser, 'Aggregate to show (name or UUID)')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        with errors.explained():
            client = errors.client(self.app)
            aggregate = client.aggregate.find(parsed_args.aggregate)
            return _shown(aggregate, client.aggregate.list_node(aggregate))


class SetAggregate(command.Command):
    """Set the name or properties of an aggregate."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        add_aggregate(parser, 'Aggregate to change (name or UUID)')
        parser.add_argument(
            '--name',
            metavar='<name>',
            type=options.nonempty,
            help='New name',
        )
        _add_properties(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        changes: dict[str, typing.Any] = {}
        if parsed_args.name is not None:
            changes['name'] = parsed_args.name
        if properties := _properties(parsed_args):
            changes['metadata'] = properties
        if not changes:
            raise exceptions.CommandError(
                'Nothing to change: pass --name, --zone or --property.'
            )
        with errors.explained():
            client = errors.client(self.app)
            client.aggregate.update(
                client.aggregate.find(parsed_args.aggregate), **changes
            )


class UnsetAggregate(command.Command):
    """Remove properties of an aggregate."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        add_aggregate(parser, 'Aggregate to change (name or UUID)')
        parser.add_argument(
            '--zone',
            action='store_true',
            help='Remove the availability zone',
        )
        parser.add_argument(
            '--property',
            dest='properties',
            metavar='<key>',
            action='append',
            default=[],
            help='Property to remove (repeat for several)',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        gone = [*parsed_args.properties, *[_ZONE] * parsed_args.zone]
        if not gone:
            raise exceptions.CommandError(
                'Nothing to change: pass --zone or --property.'
            )
        with errors.explained():
            client = errors.client(self.app)
            aggregate = client.aggregate.find(parsed_args.aggregate)
            options.check_has(
                f'Aggregate "{parsed_args.aggregate}"',
                'property',
                aggregate.metadata or {},
                gone,
            )
            client.aggregate.update(aggregate, metadata=dict.fromkeys(gone))


class DeleteAggregate(command.Command):
    """Delete aggregates; their nodes stay what they are."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        add_aggregate(parser, 'Aggregates to delete (name or UUID)', nargs='+')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        client: v1_client.Client = errors.client(self.app)

        def delete(name_or_uuid: str) -> None:
            with errors.explained():
                client.aggregate.delete(client.aggregate.find(name_or_uuid))

        options.for_each(
            self.log,
            delete,
            parsed_args.aggregate,
            'aggregates',
            'could not be deleted',
        )


def add_aggregate(
    parser: argparse.ArgumentParser, words: str, nargs: str | None = None
) -> None:
    """Add the aggregates to act on."""
    parser.add_argument(
        'aggregate',
        metavar='<aggregate>',
        type=options.nonempty,
        nargs=nargs,
        help=words,
    )


def _add_properties(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--zone',
        metavar='<availability-zone>',
        type=options.nonempty,
        help='Availability zone that its nodes make',
    )
    options.add_properties(
        parser,
        'Property to add or to replace; nodes of one affinity_zone are near '
        'to each other for server groups',
    )


def _properties(parsed_args: argparse.Namespace) -> dict[str, str]:
    found = dict(parsed_args.properties or {})
    if parsed_args.zone is not None:
        found[_ZONE] = parsed_args.zone
    return found


def _shown(
    aggregate: v1_aggregate.Aggregate, nodes: list[str]
) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
    return columns.headings(_SHOW), tuple(
        columns.Lines(nodes)
        if field == 'nodes'
        else columns.cell(field, getattr(aggregate, field, None), {})
        for field in _SHOW
    )
