"""Lists of strings: how the API tells of what has nothing but a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from moganclient import answers
from moganclient import transport as http
from moganclient.v1 import versions


def fetch(
    transport: http.Transport,
    path: str,
    member: str,
    params: Mapping[str, str] | None = None,
) -> list[str]:
    """Ask for a list of strings.

    :param path: below the endpoint, quoted
    :param member: of the answer, which has the list
    :param params: the query
    :raises moganclient.exceptions.MalformedResponse: the answer has none
    """
    answer = transport.request('GET', path, params=params)
    found = answer.get(member) if isinstance(answer, dict) else None
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return found
    raise answers.malformed(
        f'the body has no list {member!r} of strings',
        'GET',
        transport.endpoint + path,
    )


class Manager:
    """Lists what there is of a kind, as strings."""

    #: The path, and the key of the list in an answer.
    COLLECTION: ClassVar[str]
    #: What they are called in sentences.
    KINDS: ClassVar[str]

    def __init__(self, transport: http.Transport) -> None:
        """Use a transport, which other managers use too."""
        self._transport = transport

    def __repr__(self) -> str:
        return f'<{type(self).__name__} of {self._transport!r}>'

    def list(self) -> list[str]:
        """All of them (1.4).

        :raises moganclient.exceptions.UnsupportedVersion: the server is too
            old; nothing was sent
        """
        self._transport.require(
            versions.WHOLE_API, f'the list of {self.KINDS}', retired=True
        )
        return fetch(self._transport, f'/{self.COLLECTION}', self.COLLECTION)
