"""Commands after which nothing is left of what was on a server's disks."""

from __future__ import annotations

import argparse
import typing

from osc_lib.command import command

from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc.v1 import server_acts
from moganclient.osc.v1 import servers
from moganclient.osc import waits

if typing.TYPE_CHECKING:
    from moganclient import resource
    from moganclient.v1 import client as v1_client

_REBUILD = 'rebuilding servers'


class DeleteServer(command.Command):
    """Delete servers: what is on their disks goes.

    A server that was taken over is protected. To let go of it without
    touching the machine, there is "server unmanage"; to have it destroyed all
    the same, "server set --unprotected" comes first.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to delete (name or UUID)', nargs='+'
        )
        waits.add(parser, 'until they are gone')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        server_acts.each(
            self,
            parsed_args,
            lambda client, server: client.server.delete(server),
            'deleting servers',
            'could not be deleted',
            until='deleted',
        )


class RebuildServer(command.Command):
    """Deploy servers anew: what is on their disks goes."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to rebuild (name or UUID)', nargs='+'
        )
        parser.add_argument(
            '--image',
            metavar='<image>',
            type=options.nonempty,
            help='Another image, name or ID (default: the one that they have)',
        )
        kept = parser.add_mutually_exclusive_group()
        kept.add_argument(
            '--preserve-ephemeral',
            dest='preserve_ephemeral',
            action='store_true',
            help='Keep what is on the ephemeral partition',
        )
        kept.add_argument(
            '--no-preserve-ephemeral',
            dest='preserve_ephemeral',
            action='store_false',
            help='Do not keep what is on the ephemeral partition',
        )
        parser.set_defaults(preserve_ephemeral=None)
        waits.add(parser, 'until they run again')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        waits.check(parsed_args)
        image: str | None = None
        if parsed_args.image:
            errors.client_for(self.app, _REBUILD)
            image = lookups.image_id(
                self.app.client_manager, parsed_args.image
            )

        def rebuild(client: v1_client.Client, server: resource.Ident) -> None:
            client.server.rebuild(
                server,
                image_uuid=image,
                preserve_ephemeral=parsed_args.preserve_ephemeral,
            )

        server_acts.each(
            self, parsed_args, rebuild, _REBUILD, 'could not be rebuilt'
        )
