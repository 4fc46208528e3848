"""Commands that take a running machine over, and let go of it again."""

from __future__ import annotations

import argparse
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient import microversion
from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc.v1 import rehearsal
from moganclient.osc.v1 import servers
from moganclient.v1 import server as v1_server


class ManageServer(command.ShowOne):
    """Take over a running machine as a server.

    With just a node, the server gets the node's name, the ports that the
    node carries and the one flavor that fits its resource class. What runs
    on the machine, its power and its network stay as they are.
    """

    #: How many things a dry run found in the way.
    _obstacles = 0

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'node',
            metavar='<node>',
            type=options.nonempty,
            help='Node to take over (name or UUID)',
        )
        parser.add_argument(
            'name',
            metavar='<name>',
            nargs='?',
            type=options.nonempty,
            help="Name of the server (default: the node's)",
        )
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            type=options.nonempty,
            help=(
                'Flavor of the server, name or UUID (default: the one that '
                "fits the node's resource class)"
            ),
        )
        parser.add_argument(
            '--port',
            dest='ports',
            metavar='<port>',
            type=options.nonempty,
            action='append',
            help=(
                'Network port that the node carries, name or ID (repeat for '
                'several; default: all that it carries)'
            ),
        )
        options.add_project(
            parser,
            'Project that the server is for, name or ID, ID where there is '
            'no Keystone (default: yours)',
        )
        options.add_properties(parser, 'Property of the server')
        parser.add_argument(
            '--description',
            metavar='<description>',
            type=options.nonempty,
            help='Description of the server',
        )
        parser.add_argument(
            '--availability-zone',
            metavar='<zone>',
            type=options.nonempty,
            help='Availability zone that the server is in',
        )
        parser.add_argument(
            '--dry-run',
            action='store_true',
            help=(
                'Only show what would be taken over, or every reason why '
                'not, with exit status 1 then'
            ),
        )
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        # A mistyped column must not be told after the machine is taken over.
        shown = rehearsal.PLAN if parsed_args.dry_run else servers.SHOW
        columns.check_selected(parsed_args, columns.headings(shown))
        manager = self.app.client_manager
        with errors.explained():
            client = errors.client(self.app)
            # Before anything is looked up for an option that is of no use.
            if parsed_args.ports:
                client.require(microversion.OLDEST, '--port')
            if parsed_args.project:
                client.require(v1_server.FOR_WHOM, '--project')
        arguments: dict[str, typing.Any] = {
            'flavor': parsed_args.flavor,
            'metadata': parsed_args.properties,
            'description': parsed_args.description,
            'availability_zone': parsed_args.availability_zone,
        }
        if parsed_args.ports:
            arguments['ports'] = [
                lookups.port_id(manager, port) for port in parsed_args.ports
            ]
        if parsed_args.project:
            arguments['project_id'] = lookups.project_id(
                manager, parsed_args.project, parsed_args.project_domain
            )
        with errors.explained():
            if parsed_args.dry_run:
                plan = rehearsal.rehearse(
                    client, parsed_args.node, parsed_args.name, arguments
                )
                if not parsed_args.project and lookups.lacks_project(manager):
                    plan = plan.with_reason(
                        'project_needed',
                        'A server belongs to a project, and your token '
                        'belongs to none: name one with --project.',
                    )
                self._obstacles = len(plan.reasons)
                return columns.headings(rehearsal.PLAN), plan.cells()
            server = client.server.manage(
                parsed_args.node, parsed_args.name, **arguments
            )
            return servers.shown(client, server)

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print, then fail where a dry run found something in the way."""
        status: int = super().run(parsed_args)
        if self._obstacles:
            raise exceptions.CommandError(
                f'Node "{parsed_args.node}" cannot be taken over like this: '
                f'{self._obstacles} '
                f'{"reason" if self._obstacles == 1 else "reasons"} why not.'
            )
        return status


class UnmanageServer(command.Command):
    """Let go of servers: nodes and ports become as they were before.

    The machines go on running, their nodes and network ports stay, and they
    can be taken over again.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to let go of (name or UUID)', nargs='+'
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        client = errors.client(self.app)
        with errors.explained():
            # Before a name is looked up.
            client.require(microversion.OLDEST, 'letting go of a server')

        def unmanage(server: str) -> None:
            with errors.explained():
                client.server.unmanage(
                    servers.identified(
                        client, server, parsed_args.all_projects
                    )
                )

        options.for_each(
            self.log,
            unmanage,
            parsed_args.server,
            'servers',
            'could not be let go of',
        )
