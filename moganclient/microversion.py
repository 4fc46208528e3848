"""API versions: which one the client asks for, which one both speak."""

from __future__ import annotations

import re
from typing import Any

from moganclient import exceptions

#: A version of the API, ``(1, 2)`` for 1.2.
Version = tuple[int, int]

#: What this client speaks.
OLDEST: Version = (1, 1)
NEWEST: Version = (1, 4)

#: What stands for a retired Mogan server: it has no versions, and nobody can
#: ask for this one (see :mod:`moganclient.retired`).
RETIRED: Version = (1, 0)

_NUMBER = re.compile(r'([0-9]{1,5})\.([0-9]{1,5})\Z', re.ASCII)
_NEWEST_WORDS = ('1', '1.latest', 'latest')


def text(version: Version) -> str:
    """A version as people write it."""
    return f'{version[0]}.{version[1]}'


def parse(wanted: str) -> Version | None:
    """What a caller asks for.

    :param wanted: ``1``, ``1.latest`` or ``latest`` for the newest that
        client and server both speak, or one version like ``1.2``
    :returns: that one version, None for the newest
    :raises moganclient.exceptions.UnsupportedVersion: this client does not
        speak it, or it is not a version at all
    """
    # YAML and people write numbers, too.
    wanted = str(wanted)
    if wanted in _NEWEST_WORDS:
        return None
    match = _NUMBER.match(wanted)
    version = (int(match[1]), int(match[2])) if match else None
    if version is None or not OLDEST <= version <= NEWEST:
        raise exceptions.UnsupportedVersion(
            f'{wanted!r} is not a version of the bare metal compute API that '
            f'this client speaks: those are {text(OLDEST)} to '
            f"{text(NEWEST)}, and '1' or 'latest' for the newest that the "
            'server speaks too.',
            needed=wanted,
        )
    return version


def offered(document: Any) -> tuple[Version, Version] | None:
    """The oldest and newest version in a version document.

    :param document: what ``/v1`` answers, or the list that ``/`` answers
    :returns: None where it names none, as the retired server's
    """
    if not isinstance(document, dict):
        return None
    entry = document.get('version')
    if not isinstance(entry, dict):
        several = document.get('versions')
        entry = next(
            (
                one
                for one in (several if isinstance(several, list) else [])
                if isinstance(one, dict)
                and str(one.get('id', '')).startswith('v1')
            ),
            {},
        )
    oldest = _NUMBER.match(str(entry.get('min_version', '')))
    newest = _NUMBER.match(
        str(entry.get('max_version') or entry.get('version', ''))
    )
    if not oldest or not newest:
        return None
    return (int(oldest[1]), int(oldest[2])), (int(newest[1]), int(newest[2]))


def negotiate(
    wanted: Version | None, server: tuple[Version, Version], where: str
) -> Version:
    """The version to use with a server.

    :param wanted: the one that was asked for, None for the newest
    :param server: the oldest and the newest that it speaks
    :param where: the server, for the sentence
    :raises moganclient.exceptions.UnsupportedVersion: there is none
    """
    oldest, newest = server
    chosen = wanted or min(NEWEST, newest)
    if max(OLDEST, oldest) <= chosen <= newest:
        return chosen
    needed = text(wanted) if wanted else f'{text(OLDEST)} to {text(NEWEST)}'
    raise exceptions.UnsupportedVersion(
        f'API version {needed} is needed, and the server at {where} speaks '
        f'{text(oldest)} to {text(newest)}.',
        needed=text(wanted or (OLDEST if newest < OLDEST else NEWEST)),
        minimum=text(oldest),
        maximum=text(newest),
    )
