"""A server of canned pages of nodes, in a process of its own.

It answers ``/v1`` with the versions, ``/v1/adoptable_nodes`` with the first
page and ``?marker=N`` with the page after N, as the service would, from bytes
that it made before.  ``python _pages.py NODES`` prints its port and serves
until its standard input closes.
"""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import json
import socket
import subprocess
import sys
import threading
from typing import Any

#: Nodes of one page: what the service gives at most.
PAGE = 1000


def node(number: int) -> dict[str, Any]:
    """A node as the service shows it: two NICs, one of them carrying."""
    uuid = f'1be26c0b-03f2-4d2e-ae87-{number:012x}'
    base = 'https://cloud.example:6385/v1'
    return {
        'uuid': uuid,
        'name': f'rack{number // 40}-u{number % 40}',
        'power_state': 'power on',
        'provision_state': 'active',
        'created_at': '2024-11-23T10:00:00+00:00',
        'resource_class': 'baremetal.gold',
        'owner': '6ac0f6e3d1b94f5f8d3b8f0c2a9e4b57',
        'conductor_group': '',
        'properties': {
            'cpus': 16,
            'cpu_arch': 'x86_64',
            'memory_mb': 65536,
            'local_gb': 900,
            'capabilities': 'boot_mode:uefi',
        },
        'instance_info': {
            'image_source': '3c5b1d0a-6f2e-4d0b-9a1c-7e8f9a0b1c2d',
            'root_gb': 50,
            'display_name': f'db-{number}',
        },
        'image_source': '3c5b1d0a-6f2e-4d0b-9a1c-7e8f9a0b1c2d',
        'ports': [
            {
                'uuid': f'2be26c0b-03f2-4d2e-a{nic}87-{number:012x}',
                'address': f'52:54:00:{number >> 8 & 255:02x}:01:0{nic}',
                'vif_port_id': (
                    None if nic else f'3be26c0b-03f2-4d2e-ae87-{number:012x}'
                ),
                'href': f'{base}/ports/2be26c0b-03f2-4d2e-a{nic}87',
                'rel': 'bookmark',
            }
            for nic in range(2)
        ],
        'portgroups': [],
        'adoptable': True,
        'reasons': [],
        'server_uuid': None,
    }


def page(number: int, nodes: int) -> bytes:
    """The page of that number, of so many nodes in all."""
    first = number * PAGE
    last = min(first + PAGE, nodes)
    body: dict[str, Any] = {
        'adoptable_nodes': [node(n) for n in range(first, last)]
    }
    if last < nodes:
        # Only its query counts, for the library as for the floor.
        body['adoptable_nodes_links'] = [
            {'rel': 'next', 'href': f'http://x/v1/?marker={number + 1}'}
        ]
    return json.dumps(body, separators=(',', ':')).encode()


VERSIONS = b'{"version":{"id":"v1","min_version":"1.1","version":"1.2"}}'


def answer(connection: socket.socket, pages: list[bytes]) -> None:
    """Answer the requests of one connection."""
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        reader = connection.makefile('rb')
        while line := reader.readline():
            while reader.readline().strip():
                pass
            path = line.split()[1]
            if path == b'/v1':
                body = VERSIONS
            else:
                body = pages[int(path.partition(b'marker=')[2] or 0)]
            connection.sendall(
                b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n'
                b'Content-Length: %d\r\n\r\n' % len(body)
            )
            connection.sendall(body)


def serve(nodes: int) -> None:
    pages = [page(n, nodes) for n in range((nodes + PAGE - 1) // PAGE)]
    listener = socket.create_server(('127.0.0.1', 0))
    print(listener.getsockname()[1], flush=True)

    def accept() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(
                target=answer, args=(connection, pages), daemon=True
            ).start()

    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


@contextlib.contextmanager
def server(nodes: int) -> Iterator[str]:
    """The endpoint of a server of so many nodes, ended on exit."""
    process = subprocess.Popen(
        [sys.executable, __file__, str(nodes)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    try:
        yield f'http://127.0.0.1:{int(process.stdout.readline())}'
    finally:
        process.stdin.close()
        process.stdout.close()
        process.wait()


if __name__ == '__main__':
    serve(int(sys.argv[1]))
