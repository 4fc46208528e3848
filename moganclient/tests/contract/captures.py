"""The recorded exchanges, for tests."""

from __future__ import annotations

import dataclasses
import functools
import json
import pathlib
from typing import Any
import urllib.parse

#: So many were recorded; a test that uses them all counts them.
COUNT = 293

_FILE = pathlib.Path(__file__).with_name('captures.jsonl')


@dataclasses.dataclass(frozen=True)
class Capture:
    """One request, and the answer to it."""

    name: str
    as_user: str
    method: str
    #: With the query.
    path: str
    request: Any
    status: int
    headers: dict[str, str]
    response: Any

    @property
    def route(self) -> str:
        """The path without ``/v1`` and query."""
        return urllib.parse.urlsplit(self.path).path.removeprefix('/v1')

    @property
    def query(self) -> dict[str, str]:
        """The query, of which each argument is there once."""
        text = urllib.parse.urlsplit(self.path).query
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))

    @property
    def body(self) -> bytes:
        """The answer's body as it may have been sent."""
        if self.response is None:
            return b''
        return json.dumps(self.response).encode()


@functools.cache
def everything() -> dict[str, Capture]:
    """All of them by name, in the order in which they were recorded."""
    with _FILE.open(encoding='utf-8') as lines:
        found = [Capture(**json.loads(line)) for line in lines]
    return {capture.name: capture for capture in found}
