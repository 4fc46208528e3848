"""Whether an answer has the shape that was recorded."""

from __future__ import annotations

from collections.abc import Iterator
import json
from typing import Any

#: Members that can be null here or there: a server without a node, ...
NULLABLE = frozenset(
    {
        'description',
        'floating_ip',
        'flavor_uuid',
        'image_source',
        'image_uuid',
        'key_name',
        'launched_at',
        'name',
        'neutron_port_id',
        'node',
        'availability_zone',
        'affinity_zone',
        'power_state',
        'updated_at',
        'user_id',
    }
)
#: Objects whose members are data: only the types of their values count.
FREE = frozenset(
    {
        'addresses',
        'metadata',
        'partitions',
        'resource_aggregates',
        'resources',
        'system_metadata',
    }
)
#: What came since, and a client of that time leaves alone.
SINCE = frozenset(
    {
        'adoptable_nodes',
        'detail',
        'errors',
        'error_message',
        'fault',
        'node_uuid',
        'servers_links',
        'traits',
        'version',
        'versions',
    }
)


def faults(then: Any, now: Any, where: str = '') -> Iterator[str]:
    """What of an answer has another shape than the recorded one, if any."""
    if type(then) is not type(now):
        name = where.rpartition('.')[2]
        if name in NULLABLE and None in (then, now):
            return
        yield (
            f'{where or "it"} was {type(then).__name__}, and is '
            f'{type(now).__name__}'
        )
    elif isinstance(then, dict):
        if where.rpartition('.')[2] in FREE:
            yield from _values(
                list(then.values()), list(now.values()), f'{where}.*'
            )
            return
        for name in sorted(set(then) - set(now)):
            # Only there when something went wrong.
            if name != 'fault':
                yield f'{where}.{name} is missing'
        for name in sorted(set(now) - set(then) - SINCE):
            yield f'{where}.{name} is new'
        for name in sorted(set(then) & set(now)):
            yield from faults(then[name], now[name], f'{where}.{name}')
    elif isinstance(then, list):
        yield from _values(then, now, f'{where}[]')


def _values(then: list[Any], now: list[Any], where: str) -> Iterator[str]:
    # A list of resources that is empty shows no shape at all.
    if where.count('.') == 1 and bool(then) != bool(now):
        yield f'{where} had {len(then)} items, and has {len(now)}'
    if then:
        for one in now:
            # The one that it resembles most.
            yield from min(
                (list(faults(known, one, where)) for known in then), key=len
            )


def of_error(then: Any, now: Any) -> Iterator[str]:
    """The same for errors, whose text may be another one."""
    if 'error' in then:
        yield from faults(then['error'], now.get('error'), '.error')
        return
    known, found = _inner(then), _inner(now)
    for name in sorted(set(known) - set(found)):
        yield f'.error_message.{name} is missing'
    if 'faultcode' in known and known['faultcode'] != found.get('faultcode'):
        yield (
            f'.error_message.faultcode was {known["faultcode"]}, and is '
            f'{found.get("faultcode")}'
        )


def _inner(document: Any) -> dict[str, Any]:
    """What is encoded within; nothing where a text was in its place."""
    if 'error_message' not in document:
        return {}
    try:
        found: dict[str, Any] = json.loads(document['error_message'])
    except ValueError:
        return {}
    return found
