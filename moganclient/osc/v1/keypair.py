"""Commands of keypairs: what logs in to a new server."""

from __future__ import annotations

import argparse
import collections.abc
import re
import typing

from osc_lib.command import command
from osc_lib import exceptions

from moganclient.osc import columns
from moganclient.osc import errors
from moganclient.osc import files
from moganclient.osc import lookups
from moganclient.osc import options
from moganclient.v1 import schemas

if typing.TYPE_CHECKING:
    from osc_lib import shell

    from moganclient.v1 import client as v1_client
    from moganclient.v1 import keypair as v1_keypair

_LIST = ('name', 'type', 'fingerprint')
_LONG = ('user_id', 'created_at')
_SHOW = ('name', 'type', 'fingerprint', 'user_id', 'created_at', 'updated_at')
#: What is shown once, of a keypair that the service has made.
_MADE = (*_SHOW, 'private_key')
_NAME = re.compile(schemas.KEYPAIR_CREATE['properties']['name']['pattern'])


def name(text: str) -> str:
    """An argparse type: what a keypair can be called."""
    if not _NAME.match(text):
        raise argparse.ArgumentTypeError(
            f'"{text}" is no name of a keypair: those are 1 to 255 letters, '
            'digits, spaces, "-" and "_"'
        )
    return text


class _ShowOneOrKey(command.ShowOne):
    """Prints no table where the command has printed a key instead."""

    def produce_output(
        self,
        parsed_args: argparse.Namespace,
        column_names: collections.abc.Sequence[str],
        data: collections.abc.Sequence[typing.Any],
    ) -> int:
        if not column_names:
            return 0
        status: int = super().produce_output(parsed_args, column_names, data)
        return status


class CreateKeypair(_ShowOneOrKey):
    """Create a keypair, or import the public half of one that there is.

    Without --public-key the service makes both halves. The private one is
    printed and nothing else (with -f it is one of the fields), or with
    --private-key written to a new file, and kept nowhere else.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=name,
            help='Name of the keypair',
        )
        half = parser.add_mutually_exclusive_group()
        half.add_argument(
            '--public-key',
            metavar='<file>',
            type=files.text,
            help='File with the public key to import, - for standard input',
        )
        half.add_argument(
            '--private-key',
            metavar='<file>',
            type=options.nonempty,
            help='New file for the private key, instead of printing it',
        )
        parser.add_argument(
            '--key-type',
            choices=('ssh', 'x509'),
            default='ssh',
            help='Type of the keypair (default: ssh)',
        )
        _add_user(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        # A table is for people, who want the file and nothing around it.
        bare = parsed_args.formatter == 'table'
        printed = (
            parsed_args.public_key is None and parsed_args.private_key is None
        )
        columns.check_selected(
            parsed_args, columns.headings(_MADE if printed else _SHOW)
        )
        if printed and not bare:
            _check_kept(parsed_args.columns)
        client, user = _begin(self.app, parsed_args)

        def create(public_key: str | None) -> v1_keypair.Keypair:
            with errors.explained():
                return client.keypair.create(
                    parsed_args.name,
                    public_key=public_key,
                    user_id=user,
                    key_type=parsed_args.key_type,
                )

        if parsed_args.public_key is not None:
            return _shown(create(parsed_args.public_key.strip()))
        if parsed_args.private_key is None:
            made = create(None)
            key = _private(made)
            if not bare:
                return _shown(made, _MADE)
            self.app.stdout.write(key)
            return (), ()
        # There first: a key that nobody could write down would be lost.
        with files.Secret(parsed_args.private_key) as secret:
            made = create(None)
            secret.write(_private(made))
        return _shown(made)


class ListKeypair(command.Lister):
    """List keypairs."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--long',
            action='store_true',
            help='Show more of each keypair',
        )
        _add_user(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], collections.abc.Iterable[typing.Any]]:
        fields = _LIST + _LONG if parsed_args.long else _LIST
        client, user = _begin(self.app, parsed_args)
        with errors.explained():
            found = client.keypair.list(user_id=user)
        return (
            columns.headings(fields),
            [columns.row(keypair, fields, {}) for keypair in found],
        )


class ShowKeypair(_ShowOneOrKey):
    """Show a keypair."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=name,
            help='Keypair to show',
        )
        parser.add_argument(
            '--public-key',
            action='store_true',
            help='Print the public key and nothing else',
        )
        _add_user(parser)
        return parser

    def take_action(
        self, parsed_args: argparse.Namespace
    ) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
        client, user = _begin(self.app, parsed_args)
        with errors.explained():
            keypair = client.keypair.get(parsed_args.name, user_id=user)
        if parsed_args.public_key:
            self.app.stdout.write(_ended(keypair.public_key))
            return (), ()
        return _shown(keypair)


class DeleteKeypair(command.Command):
    """Delete keypairs; servers that were made with them keep the keys."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'name',
            metavar='<name>',
            type=name,
            nargs='+',
            help='Keypairs to delete',
        )
        _add_user(parser)
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> None:
        client, user = _begin(self.app, parsed_args)

        def delete(name: str) -> None:
            with errors.explained():
                client.keypair.delete(name, user_id=user)

        options.for_each(
            self.log,
            delete,
            parsed_args.name,
            'keypairs',
            'could not be deleted',
        )


def _add_user(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        '--user',
        metavar='<user>',
        type=options.nonempty,
        help=(
            'User whose keypairs are meant, name or ID, ID where there is no '
            'Keystone (default: you; admin only)'
        ),
    )
    parser.add_argument(
        '--user-domain',
        metavar='<user-domain>',
        help='Domain of the user (name or ID)',
    )


def _begin(
    app: shell.OpenStackShell, parsed_args: argparse.Namespace
) -> tuple[v1_client.Client, str | None]:
    """The client, and the id of the user whose keypairs are meant."""
    client = errors.client_for(app, 'keypairs')
    user = None
    if parsed_args.user:
        user = lookups.user_id(
            app.client_manager, parsed_args.user, parsed_args.user_domain
        )
    return client, user


def _check_kept(selected: collections.abc.Container[str]) -> None:
    """Refuse to make a key that nobody would see."""
    key = columns.heading('private_key')
    if selected and key not in selected:
        raise exceptions.CommandError(
            'The private key, which can be had only now, is not among the '
            f'columns: pass -c "{key}" too, or --private-key.'
        )


def _private(keypair: v1_keypair.Keypair) -> str:
    if not keypair.private_key:
        raise exceptions.CommandError(
            f'Keypair "{keypair.name}" is there, and the service did not send '
            'its private key: delete it and try again.'
        )
    return _ended(keypair.private_key)


def _ended(text: str) -> str:
    """With the end of a line at its end, as a text file has it."""
    return text if text.endswith('\n') else text + '\n'


def _shown(
    keypair: v1_keypair.Keypair, fields: tuple[str, ...] = _SHOW
) -> tuple[tuple[str, ...], tuple[typing.Any, ...]]:
    return columns.headings(fields), columns.row(keypair, fields, {})
