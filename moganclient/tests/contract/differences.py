"""Where the service answers otherwise than a retired server did, and why.

The table is a page of the documentation, and the test that replays what was
recorded reads it there.
"""

from __future__ import annotations

import csv
import dataclasses
import pathlib

import moganclient

PATH = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc/source/reference/retired-differences.csv'
)


@dataclasses.dataclass(frozen=True)
class Difference:
    """One request that is answered otherwise."""

    #: Method and path, with ``{uuid}`` for each.
    request: str
    then: int
    now: int
    why: str
    #: The body is another one, though the status may be the same.
    body: bool


def everything() -> dict[str, Difference]:
    """All of them, by the name of what was recorded."""
    found: dict[str, Difference] = {}
    with PATH.open(encoding='utf-8', newline='') as lines:
        for row in csv.DictReader(lines):
            name = row['Recorded as']
            if name in found:
                raise ValueError(f'{name} is there twice')
            now, _, body = row['Now'].partition(', ')
            found[name] = Difference(
                row['Request'],
                int(row['Then']),
                int(now),
                row['Why'],
                bool(body),
            )
    return found
