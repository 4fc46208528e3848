"""Commands of a server's power, and of what locks it."""

from __future__ import annotations

import argparse

from osc_lib.command import command

from moganclient.osc.v1 import server_acts
from moganclient.osc.v1 import servers
from moganclient.osc import waits


class StartServer(command.Command):
    """Power servers on."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to power on (name or UUID)', nargs='+'
        )
        waits.add(parser, 'until they are powered on')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        _set_power(self, parsed_args, 'on', 'could not be powered on')


class StopServer(command.Command):
    """Power servers off."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to power off (name or UUID)', nargs='+'
        )
        parser.add_argument(
            '--soft',
            action='store_true',
            help='Ask the operating system to do it itself',
        )
        waits.add(parser, 'until they are powered off')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        _set_power(
            self,
            parsed_args,
            'soft_off' if parsed_args.soft else 'off',
            'could not be powered off',
        )


class RebootServer(command.Command):
    """Reboot servers."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to reboot (name or UUID)', nargs='+'
        )
        how = parser.add_mutually_exclusive_group()
        how.add_argument(
            '--hard',
            dest='soft',
            action='store_false',
            help='Power off and on again (default)',
        )
        how.add_argument(
            '--soft',
            dest='soft',
            action='store_true',
            help='Ask the operating system to do it itself',
        )
        parser.set_defaults(soft=False)
        waits.add(parser, 'until they are powered on again')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        _set_power(
            self,
            parsed_args,
            'soft_reboot' if parsed_args.soft else 'reboot',
            'could not be rebooted',
        )


class LockServer(command.Command):
    """Lock servers: nothing can be done to them before they are unlocked."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(parser, 'Servers to lock (name or UUID)', nargs='+')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        server_acts.each(
            self,
            parsed_args,
            lambda client, server: client.server.set_lock_state(server, True),
            'locking',
            'could not be locked',
        )


class UnlockServer(command.Command):
    """Unlock servers.

    It takes the side that has locked them: their owner, or an admin.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        servers.add_server(
            parser, 'Servers to unlock (name or UUID)', nargs='+'
        )
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        server_acts.each(
            self,
            parsed_args,
            lambda client, server: client.server.set_lock_state(server, False),
            'locking',
            'could not be unlocked',
        )


def _set_power(
    used: command.Command,
    parsed_args: argparse.Namespace,
    target: str,
    undone: str,
) -> None:
    server_acts.each(
        used,
        parsed_args,
        lambda client, server: client.server.set_power_state(server, target),
        'power',
        undone,
    )
