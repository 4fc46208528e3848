"""Commands that list what has nothing but a name."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command

from moganclient.osc import errors

#: Heading, and rows of one cell.
Table = tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]


def table(names: collections.abc.Iterable[str], heading: str) -> Table:
    """One column."""
    return (heading,), [(name,) for name in names]


class ListAvailabilityZone(command.Lister):
    """List availability zones, which aggregates of nodes make."""

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        with errors.explained():
            client = errors.client(self.app)
            return table(client.availability_zone.list(), 'Zone Name')


class ListNode(command.Lister):
    """List the names of all nodes, or UUIDs of those that have none.

    What can be taken over, "adoptable node list" tells.
    """

    def take_action(self, parsed_args: argparse.Namespace) -> Table:
        with errors.explained():
            client = errors.client(self.app)
            return table(client.node.list(), 'Node')
