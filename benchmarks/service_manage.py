"""(d) What taking over one machine costs beyond what it has to ask.

``POST /v1/servers/manage`` against the bare sequence of calls to the same
cloud that it must make: read the node, its ports and port groups, the Neutron
port and the image, claim the node, bind the port.  And how many requests the
service makes.
"""

from __future__ import annotations

from typing import Any

import _cloud

from moganclient.tests.functional.cloud import stack

ROUNDS = 15
RATIO = 1.3


def measure() -> list[dict[str, Any]]:
    """The figures; starts a cloud with a thousand machines."""
    cloud = stack.get('bulk')
    sequence = _cloud.Sequence(cloud)
    with _cloud.service(cloud) as (url, call):
        manager = _Manager(url, call, cloud)
        took = _cloud.in_turns(
            # Each round takes machines that nobody touched.
            {
                'bare': lambda number: sequence.run(f'bulk-{number:04}'),
                'ours': lambda number: manager.run(f'bulk-{500 + number:04}'),
            },
            ROUNDS,
        )
        manager.undo()
    sequence.undo()
    requests = _requests(cloud)
    return [
        _cloud.figure(
            'service: one manage, to the bare calls it must make',
            took,
            RATIO,
            bare_calls=_cloud.Sequence.CALLS,
        ),
        {
            'name': 'service: requests for one manage',
            'value': sum(requests.values()),
            'floor': _cloud.Sequence.CALLS,
            'unit': '',
            'detail': requests,
        },
    ]


class _Manager:
    """Takes machines over through the service."""

    def __init__(
        self, url: str, call: _cloud.Caller, cloud: stack.Cloud
    ) -> None:
        self._url = url
        self._call = call
        self._project = cloud.project_id('demo')
        self._flavor = call(
            f'{url}/flavors',
            'POST',
            {'name': 'bulk', 'resources': {'baremetal.bulk': 1}},
        )['uuid']
        self._servers: list[str] = []
        #: What an operator who asks for the list knows already.
        self._nodes = {
            node['name']: node
            for node in call(f'{url}/adoptable_nodes')['adoptable_nodes']
        }

    def run(self, name: str) -> None:
        node = self._nodes[name]
        server = self._call(
            f'{self._url}/servers/manage',
            'POST',
            {
                'name': name,
                'node_uuid': node['uuid'],
                'flavor_uuid': self._flavor,
                'networks': [{'port_id': node['ports'][0]['vif_port_id']}],
                'project_id': self._project,
            },
        )
        self._servers.append(server['uuid'])

    def undo(self) -> None:
        for server in self._servers:
            self._call(f'{self._url}/servers/{server}/unmanage', 'POST', {})


def _requests(cloud: stack.Cloud) -> dict[str, int]:
    """How many requests one manage takes, by service."""
    with _cloud.recorded(cloud) as (url, call, between):
        manager = _Manager(url, call, cloud)
        for proxy in between.values():
            proxy.clear()
        manager.run('bulk-0999')
        found = {name: len(proxy.exchanges) for name, proxy in between.items()}
        manager.undo()
        return found
