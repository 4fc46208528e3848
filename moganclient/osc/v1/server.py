"""Commands that tell of servers."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc.v1 import servers

_LIST = ('uuid', 'name', 'status', 'power_state', 'addresses')
#: What ``--long`` adds; the flavor is its name, looked up for all at once.
_LONG = (
    'node',
    'flavor',
    'image_uuid',
    'availability_zone',
    'project_id',
    'description',
    'metadata',
    'created_at',
)
#: What the service can sort by.
SORT_KEYS = (
    'availability_zone',
    'created_at',
    'description',
    'flavor_uuid',
    'image_uuid',
    'launched_at',
    'name',
    'node',
    'node_uuid',
    'power_state',
    'project_id',
    'status',
    'updated_at',
    'uuid',
)
STATUSES = (
    'active',
    'stopped',
    'detached',
    'error',
    'building',
    'rebuilding',
    'deleting',
    'managing',
    'unmanaging',
    'powering-on',
    'powering-off',
    'rebooting',
)


class ListServer(command.Lister):
    """List servers."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='Show more of each server',
        )
        parser.add_argument(
            '-n',
            '--no-name-lookup',
            action='store_true',
            help=(
                'With --long, do not look up names of flavors: show their '
                'UUIDs, with a request less'
            ),
        )
        whose = parser.add_mutually_exclusive_group()
        options.add_all_projects(whose, 'List the servers of all projects')
        options.add_project(
            parser,
            'List the servers of this project (name or ID, ID where there is '
            'no Keystone; admin only)',
            choice=whose,
        )
        parser.add_argument(
            '--name',
            metavar='<name>',
            help='List servers of exactly this name',
        )
        parser.add_argument(
            '--status',
            metavar='<status>',
            help=f'List servers in this status: {", ".join(STATUSES)}',
        )
        parser.add_argument(
            '--node',
            metavar='<node>',
            help='List the server of this node (name or UUID; admin only)',
        )
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            type=options.nonempty,
            help='List servers of this flavor (name or UUID)',
        )
        parser.add_argument(
            '--image',
            metavar='<image>',
            type=options.nonempty,
            help='List servers of this image (name or ID)',
        )
        parser.add_argument(
            '--ip',
            metavar='<ip-address>',
            type=options.address,
            help='List the server that has exactly this address',
        )
        options.add_paging(parser, SORT_KEYS)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        manager = self.app.client_manager
        project = image = None
        if parsed_args.project:
            project = lookups.project_id(
                manager, parsed_args.project, parsed_args.project_domain
            )
        if parsed_args.image:
            image = lookups.image_id(manager, parsed_args.image)
        fields = _LIST + _LONG if parsed_args.long else _LIST
        with errors.explained():
            client = errors.client(self.app)
            found = client.server.iterate(
                detailed=parsed_args.long,
                # What was typed counts more than the environment.
                all_projects=parsed_args.all_projects and project is None,
                project_id=project,
                name=parsed_args.name,
                status=parsed_args.status,
                node=parsed_args.node,
                flavor=parsed_args.flavor,
                image=image,
                ip=parsed_args.ip,
                **options.paging(parsed_args),
            )
        return (
            columns.headings(fields),
            errors.explained_rows(
                servers.rows(
                    client,
                    found,
                    fields,
                    look_up=not parsed_args.no_name_lookup,
                )
            ),
        )


class ShowServer(command.ShowOne):
    """Show a server."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to show (name or UUID)')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        with errors.explained():
            client = errors.client(self.app)
            # By UUID even where a name was given: then the power state is
            # looked up now.
            server = client.server.get(
                servers.identified(
                    client, parsed_args.server, parsed_args.all_projects
                )
            )
            return servers.shown(client, server)
