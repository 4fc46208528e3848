"""The command that makes servers."""

from __future__ import annotations

import argparse
import typing

from osc_lib.command import command
from osc_lib import exceptions
from osc_lib import utils

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc.v1 import creation
from moganclient.osc.v1 import servers
from moganclient.osc import waits

if typing.TYPE_CHECKING:
    from moganclient.v1 import client as v1_client
    from moganclient.v1 import server as v1_server

_LOOK_UP = {'net_id': lookups.network_id, 'port_id': lookups.port_id}


class CreateServer(command.ShowOne):
    """Create servers: deploy an image to free nodes of a flavor's kind.

    To take over a machine that runs already, there is "server manage".
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=options.nonempty,
            help='Name of the server; several get numbers',
        )
        parser.add_argument(
            '--flavor',
            metavar='<flavor>',
            type=options.nonempty,
            required=True,
            help='Flavor of the server (name or UUID)',
        )
        parser.add_argument(
            '--image',
            metavar='<image>',
            type=options.nonempty,
            required=True,
            help='Image to deploy (name or ID)',
        )
        creation.add_wires(parser)
        creation.add_contents(parser)
        parser.add_argument(
            '--description',
            metavar='<description>',
            type=options.nonempty,
            help='Description of the server',
        )
        options.add_properties(parser, 'Property of the server')
        parser.add_argument(
            '--availability-zone',
            metavar='<zone>',
            type=options.nonempty,
            help='Availability zone to be in',
        )
        parser.add_argument(
            '--hint',
            dest='hints',
            metavar='group=<server-group>',
            type=creation.hint,
            action='append',
            default=[],
            help='Server group to be in (name or UUID)',
        )
        parser.add_argument(
            '--min',
            metavar='<count>',
            type=options.positive,
            help='Create at least so many servers, or none (default: 1)',
        )
        parser.add_argument(
            '--max',
            metavar='<count>',
            type=options.positive,
            help='Create at most so many servers (default: as --min)',
        )
        waits.add(parser, 'until it runs')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        self._check(parsed_args)
        manager = self.app.client_manager
        client = errors.client_for(self.app, 'creating servers')
        password = parsed_args.password
        if parsed_args.password_prompt:
            password = utils.get_password(
                self.app.stdin, 'Password of the administrator: '
            )
        arguments: dict[str, typing.Any] = {
            'image_uuid': lookups.image_id(manager, parsed_args.image),
            'networks': [
                {kind: _LOOK_UP[kind](manager, typed)}
                for kind, typed in parsed_args.nics
            ],
        }
        with errors.explained():
            server = client.server.create(
                parsed_args.name,
                flavor_uuid=parsed_args.flavor,
                **arguments,
                description=parsed_args.description,
                availability_zone=parsed_args.availability_zone,
                metadata=parsed_args.properties,
                key_name=parsed_args.key_name,
                userdata=parsed_args.user_data,
                files=dict(parsed_args.files),
                partitions=creation.merged(parsed_args.partitions),
                admin_pass=password,
                min_count=parsed_args.min,
                max_count=parsed_args.max,
                hint=dict(parsed_args.hints),
            )
            created = server.created or [server.uuid]
            if parsed_args.wait:
                server = self._wait(client, parsed_args, created)
            names, cells = servers.shown(client, server)
        if len(created) > 1:
            names += columns.headings(['created'])
            cells += (columns.Lines(created),)
        return names, cells

    def _check(self, parsed_args: argparse.Namespace) -> None:
        """Refuse what makes no sense, before anything is asked."""
        waits.check(parsed_args)
        columns.check_selected(
            parsed_args, columns.headings([*servers.SHOW, 'created'])
        )
        if not parsed_args.nics:
            raise exceptions.CommandError(
                'A server has to be wired to something: pass --network, '
                '--port or --nic.'
            )
        if parsed_args.max and parsed_args.max < (parsed_args.min or 1):
            raise exceptions.CommandError(
                f'--min {parsed_args.min} is more than --max '
                f'{parsed_args.max}.'
            )
        if parsed_args.partitions and 'root_gb' not in creation.merged(
            parsed_args.partitions
        ):
            raise exceptions.CommandError(
                'Partitions need a size of the root one: --partition '
                'root-gb=<n>.'
            )

    def _wait(
        self,
        client: v1_client.Client,
        parsed_args: argparse.Namespace,
        uuids: list[str],
    ) -> v1_server.Server:
        """Wait for all of them.

        :returns: the first one as it is then
        :raises osc_lib.exceptions.CommandError: one of them does not run
        """
        found: dict[str, v1_server.Server] = {}

        def one(uuid: str) -> None:
            with errors.explained():
                server = watch.wait(client, uuid)
                assert server is not None
                found[uuid] = server

        with waits.Watch(self, parsed_args) as watch:
            if len(uuids) == 1:
                one(uuids[0])
            else:
                options.for_each(
                    self.log, one, uuids, 'servers', 'could not be created'
                )
        return found[uuids[0]]
