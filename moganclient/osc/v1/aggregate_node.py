"""Commands of the nodes of an aggregate."""

from __future__ import annotations

import argparse

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import errors
from moganclient.osc import options
from moganclient.osc.v1 import aggregate as aggregates
from moganclient.osc.v1 import names
from moganclient import resource


class AddNode(command.Command):
    """Add nodes to an aggregate."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        aggregates.add_aggregate(
            parser, 'Aggregate to add them to (name or UUID)'
        )
        _add_nodes(parser, 'Nodes to add')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        with errors.explained():
            client = errors.client(self.app)
            aggregate = client.aggregate.find(parsed_args.aggregate)

        def add(node: str) -> None:
            with errors.explained():
                client.aggregate.add_node(aggregate, node)

        options.for_each(
            self.log, add, parsed_args.node, 'nodes', 'could not be added'
        )


class RemoveNode(command.Command):
    """Remove nodes from an aggregate."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        aggregates.add_aggregate(
            parser, 'Aggregate to remove them from (name or UUID)'
        )
        _add_nodes(parser, 'Nodes to remove')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        with errors.explained():
            client = errors.client(self.app)
            aggregate = client.aggregate.find(parsed_args.aggregate)

        def remove(node: str) -> None:
            with errors.explained():
                # The service is content where it is none of them.
                before = client.aggregate.list_node(aggregate)
                if node in before or resource.is_uuid(node):
                    client.aggregate.remove_node(aggregate, node)
                if node in before:
                    return
                # A node that has a name is not listed by its UUID.
                if set(before) - set(client.aggregate.list_node(aggregate)):
                    return
                raise exceptions.CommandError(
                    f'Node "{node}" is not in aggregate '
                    f'"{parsed_args.aggregate}". It has: '
                    f'{", ".join(before) or "none"}.'
                )

        options.for_each(
            self.log, remove, parsed_args.node, 'nodes', 'could not be removed'
        )


class ListNode(command.Lister):
    """List the nodes of an aggregate."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        aggregates.add_aggregate(parser, 'Aggregate (name or UUID)')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> names.Table:
        with errors.explained():
            client = errors.client(self.app)
            return names.table(
                client.aggregate.list_node(
                    client.aggregate.find(parsed_args.aggregate)
                ),
                'Node',
            )


def _add_nodes(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument(
        'node',
        metavar='<node>',
        type=options.nonempty,
        nargs='+',
        help=f'{words} (name, or UUID of one that has none)',
    )
