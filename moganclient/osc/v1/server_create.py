"""The command that makes servers."""

from __future__ import annotations

import argparse
import collections.abc
import contextlib
import itertools
import typing

from osc_lib.command import command
from osc_lib import exceptions
from osc_lib import utils

from moganclient import exceptions as library
from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import files
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

    #: What went wrong with servers that are there.
    _failure: exceptions.CommandError | None = None

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
        with errors.explained(), _sizes_told(parsed_args):
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
        made: dict[str, v1_server.Server | None]
        made = dict.fromkeys(server.created or [server.uuid])
        made[server.uuid] = server
        if parsed_args.wait:
            self._wait(client, parsed_args, made)
        with errors.explained():
            names, cells = servers.shown(client, made[server.uuid] or server)
        if _several(parsed_args):
            names += columns.headings(['created'])
            cells += (
                columns.Created(itertools.starmap(_outcome, made.items())),
            )
        return names, cells

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Print what was made, then fail where some of it failed."""
        status: int = super().run(parsed_args)
        if self._failure is not None:
            raise self._failure
        return status

    def _check(self, parsed_args: argparse.Namespace) -> None:
        """Refuse what makes no sense, before anything is asked."""
        waits.check(parsed_args)
        fields = (*servers.SHOW, *['created'] * _several(parsed_args))
        columns.check_selected(parsed_args, columns.headings(fields))
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
        contents = _contents(parsed_args)
        size = sum(map(len, contents))
        if size > files.MOST:
            raise exceptions.CommandError(
                f'User data and files have {size} bytes together '
                f'({_sizes(contents)}), and the service takes {files.MOST} at '
                'most.'
            )

    def _wait(
        self,
        client: v1_client.Client,
        parsed_args: argparse.Namespace,
        made: dict[str, v1_server.Server | None],
    ) -> None:
        """Wait for all of them; what goes wrong is kept for the end.

        :param made: by UUID; becomes as they are then, None where nobody
            knows
        """

        def one(uuid: str) -> None:
            watch.wait(client, uuid)

        with waits.Watch(self, parsed_args) as watch:
            for uuid in made:
                watch.expect(uuid)
            try:
                options.for_each(
                    self.log,
                    one,
                    list(made),
                    'servers',
                    'did not come to run',
                )
            except exceptions.CommandError as error:
                self._failure = error
        made.update(watch.seen)


def _several(parsed_args: argparse.Namespace) -> bool:
    """Whether there may be more than one."""
    return max(parsed_args.min or 1, parsed_args.max or 1) > 1


def _outcome(
    uuid: str, server: v1_server.Server | None
) -> dict[str, typing.Any]:
    """What is told of one of several servers."""
    return {
        'uuid': uuid,
        'name': server and server.name,
        'status': server and server.status,
        'fault': getattr(server, 'fault', None),
    }


def _contents(parsed_args: argparse.Namespace) -> list[files.Content]:
    """The files that the server is given."""
    found = [content for _, content in parsed_args.files]
    return [parsed_args.user_data, *found] if parsed_args.user_data else found


def _sizes(contents: list[files.Content]) -> str:
    return ', '.join(f'"{one.path}" {len(one)}' for one in contents)


@contextlib.contextmanager
def _sizes_told(
    parsed_args: argparse.Namespace,
) -> collections.abc.Iterator[None]:
    """Add to the sentence of a service that takes less which files it was."""
    try:
        yield
    except library.ClientException as error:
        contents = _contents(parsed_args)
        if not contents or (
            error.http_status != 413
            and error.code != 'baremetal-compute.config_drive_too_large'
        ):
            raise
        raise exceptions.CommandError(
            f'{errors.sentence(error)} It was given, in bytes: '
            f'{_sizes(contents)}.'
        ) from error
