"""Files that commands read, and the one that they write: a private key."""

from __future__ import annotations

import argparse
import os
import sys
import typing

from osc_lib import exceptions


#: Bytes of user data and files that a server can be given; the default of
#: the service's ``[api] max_config_drive``.
MOST = 1048576


class Content(bytes):
    """What is in a file; the shell's log shows how much it is."""

    #: The file, as it was typed.
    path: str

    def __new__(cls, data: bytes, path: str) -> typing.Self:
        made = super().__new__(cls, data)
        made.path = path
        return made

    def __repr__(self) -> str:
        return f'<{len(self)} bytes>'


def content(path: str) -> Content:
    """An argparse type: a file's content, if that is not too much."""
    try:
        with open(os.path.expanduser(path), 'rb') as stream:
            # Whatever it is: some devices have no end.
            found = Content(stream.read(MOST + 1), path)
            size = max(os.fstat(stream.fileno()).st_size, len(found))
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(
            f'cannot read "{path}": {_why(error)}'
        ) from None
    if size > MOST:
        raise argparse.ArgumentTypeError(
            f'"{path}" has {size} bytes, and the service takes {MOST} at most'
        )
    return found


def text(path: str) -> str:
    """An argparse type: a text file's content, standard input's for ``-``."""
    try:
        if path == '-':
            return sys.stdin.read()
        return content(path).decode()
    except UnicodeDecodeError:
        raise argparse.ArgumentTypeError(f'"{path}" is not a text') from None


def placed(typed: str) -> tuple[str, Content]:
    """An argparse type: ``path there=file here``, and the file's content."""
    there, _, here = typed.partition('=')
    if not there or not here:
        raise argparse.ArgumentTypeError(
            f'"{typed}" has to read <dest-filename=source-filename>'
        )
    return there, content(here)


class Secret:
    """A new file for a secret, made before there is one.

    A context: where it ends without :meth:`write`, the file goes again.
    """

    def __init__(self, path: str) -> None:
        """Make it, for its owner only.

        :raises osc_lib.exceptions.CommandError: it cannot be made, mostly
            because there is one of that name
        """
        self._path = os.path.expanduser(path)
        self._written = False
        try:
            number = os.open(
                self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600
            )
        except FileExistsError:
            raise exceptions.CommandError(
                f'There is a file "{path}" already, and a key is not written '
                'over anything: name another.'
            ) from None
        except (OSError, ValueError) as error:
            raise exceptions.CommandError(
                f'Cannot write "{path}": {_why(error)}.'
            ) from None
        # Whatever the umask is.
        os.fchmod(number, 0o600)
        self._stream = open(number, 'w', encoding='utf-8')

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._stream.close()
        if not self._written:
            os.unlink(self._path)

    def write(self, secret: str) -> None:
        """Write it; the disk has it when this returns."""
        self._stream.write(secret)
        self._stream.flush()
        os.fsync(self._stream.fileno())
        self._written = True


def _why(error: Exception) -> str:
    return getattr(error, 'strerror', None) or str(error)
