"""Commands of how a server is wired, and of its console."""

from __future__ import annotations

import argparse
import collections.abc
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.osc.v1 import servers

_NICS = ('port_id', 'network_id', 'mac_address', 'fixed_ips', 'floating_ip')
_CONSOLE = ('protocol', 'type', 'url')


class ShowNetInfo(command.Lister):
    """List the network interfaces of a server, with their addresses."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to look at (name or UUID)')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        with errors.explained():
            client = errors.client_for(self.app, 'the networks of a server')
            nics = client.server.get_network_info(
                servers.identified(
                    client, parsed_args.server, parsed_args.all_projects
                )
            )
        kinds = {'fixed_ips': columns.FixedIPs}
        return (
            columns.headings(_NICS),
            [columns.row(nic, _NICS, kinds) for nic in nics],
        )


class AddFloatingIP(command.Command):
    """Let a floating IP address lead to a server."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to lead to (name or UUID)')
        parser.add_argument(
            'address',
            metavar='<ip-address>',
            type=options.address,
            help='Floating IP address, which there is in Neutron',
        )
        parser.add_argument(
            '--fixed-ip-address',
            metavar='<ip-address>',
            type=options.address,
            help='Address of the server to lead to, where it has several',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        with errors.explained():
            client = errors.client_for(self.app, 'floating IP addresses')
            client.server.add_floating_ip(
                servers.identified(
                    client, parsed_args.server, parsed_args.all_projects
                ),
                parsed_args.address,
                parsed_args.fixed_ip_address,
            )


class RemoveFloatingIP(command.Command):
    """Let floating IP addresses no longer lead to a server."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server that they lead to (name or UUID)')
        parser.add_argument(
            'address',
            metavar='<ip-address>',
            type=options.address,
            nargs='+',
            help='Floating IP addresses, which stay in Neutron',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        with errors.explained():
            client = errors.client_for(self.app, 'floating IP addresses')
            server = servers.identified(
                client, parsed_args.server, parsed_args.all_projects
            )

        def remove(floating: str) -> None:
            with errors.explained():
                client.server.remove_floating_ip(server, floating)

        options.for_each(
            self.log,
            remove,
            parsed_args.address,
            'floating IP addresses',
            'could not be removed',
        )


class AddPort(command.Command):
    """Attach network ports to a server."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to attach to (name or UUID)')
        parser.add_argument(
            'port',
            metavar='<port>',
            type=options.nonempty,
            nargs='*',
            help='Ports to attach, which there are in Neutron (name or ID)',
        )
        parser.add_argument(
            '--network',
            dest='networks',
            metavar='<network>',
            type=options.nonempty,
            action='append',
            default=[],
            help=(
                'Attach a new port in this network, name or ID (repeat for '
                'several); it goes when it is detached'
            ),
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        if not parsed_args.port and not parsed_args.networks:
            raise exceptions.CommandError(
                'Nothing to attach: pass a port, or --network.'
            )
        with errors.explained():
            client = errors.client_for(self.app, 'attaching ports')
            server = servers.identified(
                client, parsed_args.server, parsed_args.all_projects
            )
        manager = self.app.client_manager

        def attach(one: tuple[str, str]) -> None:
            kind, typed = one
            look_up = {
                'port_id': lookups.port_id,
                'net_id': lookups.network_id,
            }
            found = look_up[kind](manager, typed)
            with errors.explained():
                client.server.add_interface(server, **{kind: found})

        options.for_each(
            self.log,
            attach,
            [
                *(('port_id', port) for port in parsed_args.port),
                *(('net_id', one) for one in parsed_args.networks),
            ],
            'ports',
            'could not be attached',
        )


class RemovePort(command.Command):
    """Detach network ports from a server; your own are not deleted."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server to detach from (name or UUID)')
        parser.add_argument(
            'port',
            metavar='<port>',
            type=options.nonempty,
            nargs='+',
            help='Ports to detach (name or ID)',
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        with errors.explained():
            client = errors.client_for(self.app, 'detaching ports')
            server = servers.identified(
                client, parsed_args.server, parsed_args.all_projects
            )

        def detach(port: str) -> None:
            with errors.explained():
                client.server.remove_interface(
                    server, lookups.port_id(self.app.client_manager, port)
                )

        options.for_each(
            self.log,
            detach,
            parsed_args.port,
            'ports',
            'could not be detached',
        )


class ShowConsoleURL(command.ShowOne):
    """Show where the serial console of a server is."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Server (name or UUID)')
        kind = parser.add_mutually_exclusive_group()
        kind.add_argument(
            '--shellinabox',
            dest='kind',
            action='store_const',
            const='shellinabox',
            help='The node has a page for browsers (default)',
        )
        kind.add_argument(
            '--socat',
            dest='kind',
            action='store_const',
            const='socat',
            help='The node has a TCP port',
        )
        parser.set_defaults(kind='shellinabox')
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        columns.check_selected(parsed_args, columns.headings(_CONSOLE))
        with errors.explained():
            client = errors.client_for(self.app, 'consoles')
            console = client.server.get_remote_console(
                servers.identified(
                    client, parsed_args.server, parsed_args.all_projects
                ),
                parsed_args.kind,
            )
        return (
            columns.headings(_CONSOLE),
            columns.row(console, _CONSOLE, {}),
        )
