"""Options that say what a new server shall be like."""

from __future__ import annotations

import argparse
import typing

from moganclient.osc import files
from moganclient.osc import options

#: What --nic can name, and what the API calls it.
_NICS = {'net-id': 'net_id', 'port-id': 'port_id'}
_PARTITIONS = ('root_gb', 'swap_mb', 'ephemeral_gb')


class Password(str):
    """An argparse type: text that the shell's log does not show."""

    __slots__ = ()

    def __new__(cls, text: str) -> typing.Self:
        return super().__new__(cls, options.nonempty(text))

    def __repr__(self) -> str:
        return "'***'"


def nic(text: str) -> tuple[str, str]:
    """An argparse type: ``net-id=<network>`` or ``port-id=<port>``."""
    if any(part.startswith('port-type=') for part in text.split(',')):
        raise argparse.ArgumentTypeError(
            f'"{text}": Ironic chooses the network card now, by the physical '
            'network: leave port-type out, and if it must be a certain kind '
            'of machine, pass a flavor with a trait'
        )
    name, _, value = text.partition('=')
    if name not in _NICS or not value.strip() or ',' in value:
        raise argparse.ArgumentTypeError(
            f'"{text}" has to read net-id=<network> or port-id=<port>'
        )
    return _NICS[name], value


def network(text: str) -> tuple[str, str]:
    """An argparse type: a network, for the list of --nic."""
    return 'net_id', options.nonempty(text)


def port(text: str) -> tuple[str, str]:
    """An argparse type: a port, for the list of --nic."""
    return 'port_id', options.nonempty(text)


def partitions(text: str) -> dict[str, int]:
    """An argparse type: ``root-gb=<n>[,swap-mb=<n>][,ephemeral-gb=<n>]``."""
    found = {}
    for part in text.split(','):
        name, _, size = part.partition('=')
        name = name.replace('-', '_')
        if name not in _PARTITIONS or not size.isdecimal():
            raise argparse.ArgumentTypeError(
                f'"{part}" has to read root-gb=<n>, swap-mb=<n> or '
                f'ephemeral-gb=<n>, with a whole number'
            )
        found[name] = int(size)
    return found


def hint(text: str) -> tuple[str, str]:
    """An argparse type: ``group=<server-group>``."""
    name, _, value = text.partition('=')
    if name != 'group' or not value.strip():
        raise argparse.ArgumentTypeError(
            f'"{text}" has to read group=<server-group>: there are no other '
            f'hints'
        )
    return name, value


def add_wires(parser: argparse.ArgumentParser) -> None:
    """Add --network, --port and --nic: one list, in the order typed."""
    for option, metavar, kind, words in (
        (
            '--network',
            '<network>',
            network,
            'Network to make a port of the server in (name or ID; repeat for '
            'several)',
        ),
        (
            '--port',
            '<port>',
            port,
            'Network port of the server, which there is in Neutron (name or '
            'ID; repeat for several)',
        ),
        (
            '--nic',
            '<net-id=network|port-id=port>',
            nic,
            'The same as --network or as --port',
        ),
    ):
        parser.add_argument(
            option,
            dest='nics',
            metavar=metavar,
            type=kind,
            action='append',
            default=[],
            help=words,
        )


def add_contents(parser: argparse.ArgumentParser) -> None:
    """Add what shall be on the server, beside the image."""
    parser.add_argument(
        '--key-name',
        metavar='<keypair>',
        type=options.nonempty,
        help='Keypair that shall be let in',
    )
    parser.add_argument(
        '--user-data',
        metavar='<file>',
        type=files.content,
        help='File with user data, for cloud-init',
    )
    parser.add_argument(
        '--file',
        dest='files',
        metavar='<dest-filename=source-filename>',
        type=files.placed,
        action='append',
        default=[],
        help=(
            'File to put on the server: its path there, and which file of '
            'here (repeat for several)'
        ),
    )
    parser.add_argument(
        '--partition',
        dest='partitions',
        metavar='<root-gb=n[,swap-mb=n][,ephemeral-gb=n]>',
        type=partitions,
        action='append',
        default=[],
        help='Sizes of partitions, for an image of a partition',
    )
    secret = parser.add_mutually_exclusive_group()
    secret.add_argument(
        '--password',
        metavar='<password>',
        type=Password,
        help=(
            'Password of the administrator; seen by whoever lists the '
            'processes of this machine: see --password-prompt'
        ),
    )
    secret.add_argument(
        '--password-prompt',
        action='store_true',
        help='Ask for the password of the administrator',
    )


def merged(several: list[dict[str, int]]) -> dict[str, int]:
    """All sizes that were typed; the last one of a partition counts."""
    return {name: size for one in several for name, size in one.items()}
