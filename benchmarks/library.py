"""(a) What the library adds to the JSON that a list of nodes comes in.

``adoptable_node.list`` of 1,000, 10,000 and 100,000 nodes against the floor, a
plain GET and ``json.loads`` of the same pages, from the same local server, in
turns; and the memory that ``iterate`` takes above the idle process.
"""

from __future__ import annotations

from typing import Any

import _measure
import _pages

#: Nodes, how many processes read each way, and how often each does.
SIZES = {1_000: (5, 20), 10_000: (5, 4), 100_000: (5, 1)}
#: So many times that, on a busy machine.
MORE = 4
RATIO = 1.25
MEMORY = 64.0


def measure() -> list[dict[str, Any]]:
    """The figures."""
    figures = []
    for nodes, (rounds, times) in SIZES.items():
        with _pages.server(nodes) as endpoint:
            figures += _of(nodes, rounds, times, endpoint)
    return figures


def _of(
    nodes: int, rounds: int, times: int, endpoint: str
) -> list[dict[str, Any]]:
    ways = ('floor', 'list', 'bare')
    readings: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for number in range(MORE * rounds):
        # In turns, so that both meet the same noise.
        for way, found in readings.items():
            found.append(_measure.read(way, endpoint, times))
        # The least of few readings is the machine's noise where others work
        # on it; of more it is nearer to what there is to know.
        if number + 1 >= rounds and _least(readings['list'], 'seconds') < (
            RATIO * _least(readings['floor'], 'seconds')
        ):
            break
    iterated = _measure.read('iterate', endpoint)
    for reading in [*sum(readings.values(), []), iterated]:
        if reading['nodes'] != nodes:
            raise RuntimeError(f'{reading["nodes"]} nodes, not {nodes}')
    figures: list[dict[str, Any]] = [
        {
            'name': f'library: list of {nodes:,} nodes, {word}',
            'value': _least(readings['list'], key),
            'floor': _least(readings['floor'], key),
            'unit': 's',
            'limit': RATIO,
            'detail': {
                way: [round(one[key], 4) for one in found]
                for way, found in readings.items()
            },
        }
        for key, word in (('seconds', 'elapsed'), ('cpu', 'CPU'))
    ]
    figures.append(
        {
            # For those who want to know what requests costs; no limit.
            'name': f'library: list of {nodes:,} nodes, to http.client',
            'value': figures[0]['value'],
            'floor': _least(readings['bare'], 'seconds'),
            'unit': 's',
        }
    )
    figures.append(
        {
            'name': f'library: memory of iterate over {nodes:,} nodes',
            'value': iterated['memory'],
            'unit': 'MB',
            'limit': MEMORY,
        }
    )
    return figures


def _least(readings: list[dict[str, Any]], key: str) -> float:
    """What it takes when nothing else runs beside it."""
    return min(one[key] for one in readings)
