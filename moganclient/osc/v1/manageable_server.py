"""The list of what can be taken over, by the name that it had before."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command

from moganclient.osc import columns
from moganclient.osc import errors

_LIST = ('uuid', 'name', 'resource_class', 'power_state', 'ports')
_LONG = ('provision_state', 'portgroups', 'image_source')
_KINDS = {
    'ports': columns.ManageablePorts,
    'portgroups': columns.ManageablePorts,
}


class ListManageableServer(command.Lister):
    """List nodes that can be taken over as they are.

    Why others cannot, "adoptable node list --all" tells.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='Show more of each node',
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        fields = _LIST + _LONG if parsed_args.long else _LIST
        with errors.explained():
            client = errors.client(self.app)
            found = client.manageable_server.list()
        return (
            columns.headings(fields),
            [
                columns.with_groups(
                    columns.ManageablePorts,
                    node,
                    columns.row(node, fields, _KINDS),
                    fields,
                )
                for node in found
            ],
        )
