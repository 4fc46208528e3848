"""(c), (d) What a plan of ten thousand machines costs to look at.

On the embedded service, with a generated inventory, in turns:

``Plan.check`` against the plain GETs that it sends, with the same query and
headers, read and decoded and kept; and an ``apply`` of which every machine is
done already against ``check`` of the same plan.  Each reading is a fresh
interpreter's; what it takes to load the plan's file is a figure of its own.

And the requests that each command makes, which are by the page and never by
the machine, and the most memory that each takes as a process.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
import json
import os
import pathlib
from typing import Any
import urllib.parse

import _fleet
import _peak
import _plan

from moganclient.adoption import plan as plans
from moganclient.adoption import results

COUNT = 10_000
ROUNDS = 5
#: So many times that, on a busy machine.
MORE = 4
CHECK = 1.3
RESUMED = 1.2
#: Megabytes of a process.
MEMORY = 150.0
#: Nodes in a page: what the service gives at most.
PAGE = 1000


def measure(count: int = COUNT, rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """The figures; takes a few minutes.

    :param count: machines
    :param rounds: readings of each way, at least
    """
    with _fleet.running(count) as fleet:
        plan = fleet.plan('fleet')
        asked = _asked(fleet, plan)
        replay = fleet.directory / 'requests.json'
        replay.write_text(json.dumps(asked))
        file = str(plan.path)
        figures = _to_gets(
            count,
            _in_turns(
                fleet, {'get': str(replay), 'check': file}, rounds, CHECK
            ),
        )
        figures += _requests(fleet, plan, 'create', 'check')
        memory = _memory(fleet, ('create', 'check'))
        fleet.take_over(plan)
        figures.append(
            _to_check(
                count,
                _in_turns(
                    fleet, {'check': file, 'apply': file}, rounds, RESUMED
                ),
            )
        )
        figures += _requests(
            fleet, plan, 'a resumed apply', 'show', 'a rollback, as a dry run,'
        )
        figures += memory + _memory(fleet, ('apply', 'show'))
    return figures


def _asked(
    fleet: _fleet.Fleet, plan: plans.Plan
) -> list[tuple[str, dict[str, str]]]:
    """What ``check`` asks of the service: URLs with their headers."""
    root = fleet.endpoint.removesuffix('/v1')
    with _fleet.recorded(fleet) as proxy:
        plan.check(fleet.client(proxy.url), any_endpoint=True)
        return [
            (
                root + exchange.path + '?' + _query(exchange.query),
                {
                    name: value
                    for name, value in exchange.headers.items()
                    if name != 'Host'
                },
            )
            for exchange in proxy.exchanges
        ]


def _query(query: Mapping[str, Sequence[str]]) -> str:
    return urllib.parse.urlencode(query, doseq=True, safe=',:')


def _in_turns(
    fleet: _fleet.Fleet,
    ways: Mapping[str, str],
    rounds: int,
    limit: float,
) -> dict[str, list[dict[str, Any]]]:
    """Readings of each way, of the first as the floor; one is not counted.

    The least of few readings is the machine's noise where others work on it:
    on a busy one there are more.

    :param ways: names to the file that each is about
    """
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    floor, ours = found.values()
    for number in range(MORE * rounds + 1):
        for way, file in ways.items():
            reading = _plan.read(way, fleet.endpoint, file)
            if reading['machines'] != fleet.count or reading['missing']:
                raise RuntimeError(f'{way}: not {fleet.count}: {reading}')
            if number:
                found[way].append(reading)
        if number >= rounds and (
            _least(ours, 'seconds') < limit * _least(floor, 'seconds')
        ):
            break
    return found


def _least(readings: list[dict[str, Any]], *keys: str) -> float:
    """What it takes when nothing else runs beside it."""
    return min(sum(one[key] for key in keys) for one in readings)


def _to_gets(
    count: int, found: dict[str, list[dict[str, Any]]]
) -> list[dict[str, Any]]:
    ours, bare = found['check'], found['get']
    figures: list[dict[str, Any]] = [
        {
            'name': f'fleet: check of {count:,}, {word}to its plain GETs',
            'value': _least(ours, *keys),
            'floor': _least(bare, keys[0]),
            'unit': 's',
            'detail': {
                way: [round(sum(one[k] for k in keys), 4) for one in readings]
                for way, readings in found.items()
            },
        }
        for word, keys in (
            ('', ('seconds',)),
            ('with loading the plan, ', ('seconds', 'loading')),
            ('CPU of the client, ', ('cpu',)),
        )
    ]
    figures[0]['limit'] = CHECK
    figures.append(
        {
            'name': f'fleet: loading a plan of {count:,}',
            'value': _least(ours, 'loading'),
            'unit': 's',
        }
    )
    return figures


def _to_check(
    count: int, found: dict[str, list[dict[str, Any]]]
) -> dict[str, Any]:
    return {
        'name': f'fleet: apply of {count:,} that are done, to check',
        'value': _least(found['apply'], 'seconds'),
        'floor': _least(found['check'], 'seconds'),
        'unit': 's',
        'limit': RESUMED,
        'detail': {
            way: [round(one['seconds'], 4) for one in readings]
            for way, readings in found.items()
        },
    }


def _requests(
    fleet: _fleet.Fleet, plan: plans.Plan, *actions: str
) -> list[dict[str, Any]]:
    """How many requests each makes, all that it makes."""
    pages = -(-fleet.count // PAGE)
    figures = []
    with _fleet.recorded(fleet) as proxy:
        for action in actions:
            proxy.clear()
            _ACTIONS[action](plan, fleet.client(proxy.url))
            figures.append(
                {
                    'name': f'fleet: requests for {action} of {fleet.count:,}',
                    'value': len(proxy.exchanges),
                    'unit': '',
                    # The versions, the flavors, and each page of a list.
                    'limit': 2 + pages * (2 if action == 'show' else 1),
                }
            )
    return figures


def _all_done(result: results.Result) -> None:
    if result.missing or result.begun:
        raise RuntimeError(result.summary)


_ACTIONS: dict[str, Callable[[plans.Plan, Any], object]] = {
    'create': lambda _, client: plans.Plan.create(client),
    'check': lambda plan, client: plan.check(client, any_endpoint=True),
    'a resumed apply': lambda plan, client: _all_done(
        plan.apply(client, any_endpoint=True)
    ),
    'show': lambda plan, client: plan.show(client, any_endpoint=True),
    # What is in the cloud, before it lets go of one after the other.
    'a rollback, as a dry run,': lambda plan, client: plan.rollback(
        client, any_endpoint=True, dry_run=True
    ),
}


def _memory(
    fleet: _fleet.Fleet, actions: Sequence[str]
) -> list[dict[str, Any]]:
    """The peaks of the commands with a plan of all machines."""
    environment = {
        'HOME': str(fleet.directory),
        'PATH': os.defpath,
        'PYTHONWARNINGS': 'ignore',
        'COLUMNS': '200',
        'OS_AUTH_TYPE': 'none',
        'OS_ENDPOINT': fleet.endpoint,
    }
    figures = []
    for action in actions:
        name = 'new' if action == 'create' else 'fleet'
        file = fleet.directory / f'{name}.yaml'
        command = ['baremetalcompute', 'adoption', 'plan', action, str(file)]
        peak, output = _peak.of(command, environment)
        if action != 'create' and output.count('\n') < fleet.count:
            raise RuntimeError(f'{action} did not show all machines: {output}')
        if action == 'create':
            _same(file, fleet.count)
        figures.append(
            {
                'name': f'fleet: memory of plan {action} of {fleet.count:,}',
                'value': peak,
                'unit': 'MB',
                'limit': MEMORY,
            }
        )
    return figures


def _same(path: pathlib.Path, count: int) -> None:
    made = plans.Plan.load(path)
    if len(made.servers) != count:
        raise RuntimeError(f'{made} is not of {count} machines')
