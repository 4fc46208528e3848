"""From the file of a plan to its parts, or to everything wrong with it."""

from __future__ import annotations

import os
import pathlib
import re
from typing import Any

from moganclient.adoption import document
from moganclient.adoption import plan
from moganclient.adoption import schemas
from moganclient import resource
from moganclient import transport
from moganclient.v1 import validation

#: What the shared rules say of a value that is no string.
_NO_STRING = re.compile(r': \S.* is not a string\Z', re.DOTALL)


def load(path: str | os.PathLike[str]) -> plan.Plan:
    """Read a plan.

    :raises moganclient.adoption.errors.PlanError: with every fault
    """
    read = document.read(path, 'servers')
    _check(read)
    found = from_data(read.data, read.lines)
    found.path = pathlib.Path(path)
    return found


def _check(read: document.Document) -> None:
    """Raise what is wrong with a document."""
    faults = schemas.faults(read.data)
    repeated = list(schemas.repeated(_servers(read.data)))
    if not faults and not repeated and not read.faults:
        return
    places = {place for place, _ in faults}
    for place, first, _ in repeated:
        places |= {place, first}
    lines = read.lines_of(places)
    said = list(read.faults)
    said += [
        (lines[place], _with_hint(read, place, sentence))
        for place, sentence in faults
    ]
    said += [
        (lines[place], f'{sentence} (line {lines[first]})')
        for place, first, sentence in repeated
    ]
    raise read.error(said)


def _servers(data: Any) -> Any:
    return data.get('servers') if isinstance(data, dict) else None


def _with_hint(
    read: document.Document, place: validation.Path, sentence: str
) -> str:
    """What to do about a text that the format takes for something else."""
    written = read.plain.get(place)
    if written is None or not _NO_STRING.search(sentence):
        return sentence
    where = validation.place(place)
    if written in ('', '~') or written.lower() == 'null':
        advice = 'write one'
        if len(place) == 3 and place[2] in schemas.OPTIONAL:
            advice += ', or leave the line out'
        shown = written or 'nothing'
        return f'{where}: {shown} is written where a text should be: {advice}'
    shown = written if len(written) <= 60 else f'{written[:60]}...'
    return f'{where}: {shown} is not a string: put quotes round it'


def from_data(data: Any, lines: list[int]) -> plan.Plan:
    """A plan of what its file says, which was checked.

    :param data: is used up, for there may be much of it
    :param lines: of the servers; empty where they are not known
    """
    cloud = data['cloud']
    entries = data['servers']
    known = lines if len(lines) == len(entries) else [None] * len(entries)
    words: dict[str, str] = {}
    servers = []
    for index, line in enumerate(known):
        entry, entries[index] = entries[index], None
        servers.append(_server(entry, line, words))
    return plan.Plan(
        transport.versioned(cloud['endpoint']),
        servers,
        region=cloud.get('region'),
        left_out=[
            plan.LeftOut(
                left['node'].lower(), left.get('node_name'), left['reasons']
            )
            for left in data.get('left_out', ())
        ],
    )


def _server(
    entry: dict[str, Any], line: int | None, words: dict[str, str]
) -> plan.PlannedServer:
    """One machine.

    :param words: strings that many of them have, kept once
    """

    def once(text: str | None) -> str | None:
        return text if text is None else words.setdefault(text, text)

    flavor: str = entry['flavor']
    if resource.is_uuid(flavor):
        flavor = flavor.lower()
    name: str = entry['name']
    node_name = entry.get('node_name')
    return plan.PlannedServer(
        node=entry['node'].lower(),
        name=name,
        flavor=words.setdefault(flavor, flavor),
        ports=[port.lower() for port in entry['ports']],
        # Mostly the same text.
        node_name=name if node_name == name else node_name,
        project=once(entry.get('project')),
        availability_zone=once(entry.get('availability_zone')),
        description=entry.get('description'),
        # An alias of YAML may stand for the same in several.
        metadata={
            key: words.setdefault(value, value)
            for key, value in entry.get('metadata', {}).items()
        },
        line=line,
    )
