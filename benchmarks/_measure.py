"""One reading of one way to list nodes, in an interpreter of its own.

``python _measure.py WAY ENDPOINT TIMES`` prints JSON: the least ``seconds`` by
the clock and ``cpu`` seconds of this process of so many times, ``nodes`` that
it got, and ``memory``, the megabytes by which the peak was above the idle
process.  What is imported is not counted, and everything is imported in every
way, so that all begin with the same heap.
"""

from __future__ import annotations

from collections.abc import Callable
import gc
import http.client
import json
import pathlib
import subprocess
import sys
import time
from typing import Any

import requests

from moganclient.v1 import client


def floor(endpoint: str) -> Any:
    """Plain GETs and json.loads of the same pages, all nodes kept."""
    session = requests.Session()
    return _pages(lambda path: session.get(endpoint + path).content)


def bare(endpoint: str) -> Any:
    """The same with the HTTP client of the standard library.

    Less cannot be; what requests adds to a page is in the other two.
    """
    connection = http.client.HTTPConnection(endpoint.rpartition('/')[2])

    def get(path: str) -> bytes:
        connection.request('GET', path)
        return connection.getresponse().read()

    return _pages(get)


def _pages(get: Callable[[str], bytes]) -> list[Any]:
    found: list[Any] = []
    path = '/v1/adoptable_nodes'
    while True:
        document = json.loads(get(path))
        found += document['adoptable_nodes']
        links = document.get('adoptable_nodes_links')
        if not links:
            return found
        query = links[0]['href'].partition('?')[2]
        path = f'/v1/adoptable_nodes?{query}'


def listed(endpoint: str) -> Any:
    """The library's list, with agreeing on the version before it."""
    return client.Client(endpoint).adoptable_node.list()


def iterated(endpoint: str) -> Any:
    """The library's iterator, of which nothing is kept."""
    return range(
        sum(1 for _ in client.Client(endpoint).adoptable_node.iterate())
    )


WAYS: dict[str, Callable[[str], Any]] = {
    'floor': floor,
    'bare': bare,
    'list': listed,
    'iterate': iterated,
}


def read(way: str, endpoint: str, times: int = 1) -> dict[str, Any]:
    """One reading, from a process of its own."""
    run = subprocess.run(
        [sys.executable, __file__, way, endpoint, str(times)],
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def _memory(key: str) -> float:
    """A line of the kernel's account of this process, in megabytes."""
    status = pathlib.Path('/proc/self/status')
    if not status.exists():
        return 0.0
    for line in status.read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    way, endpoint, times = sys.argv[1:]
    gc.collect()
    idle = _memory('VmRSS')
    seconds: list[float] = []
    cpu: list[float] = []
    nodes = 0
    for _ in range(int(times)):
        began, used = time.perf_counter(), time.process_time()
        found = WAYS[way](endpoint)
        cpu.append(time.process_time() - used)
        seconds.append(time.perf_counter() - began)
        nodes = len(found)
        del found
        gc.collect()
    print(
        json.dumps(
            {
                'seconds': min(seconds),
                'cpu': min(cpu),
                'nodes': nodes,
                'memory': _memory('VmHWM') - idle,
            }
        )
    )


if __name__ == '__main__':
    main()
