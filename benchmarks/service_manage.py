"""(d) What taking over one machine costs beyond what it has to ask.

``POST /v1/servers/manage`` against the bare sequence of calls to the same
cloud that it must make: read the node, its ports and port groups, the Neutron
port and the image, claim the node, bind the port.  And how many requests the
service makes.
"""

from __future__ import annotations

from typing import Any
import uuid

import _cloud

from moganclient.tests.functional.cloud import stack

ROUNDS = 15
RATIO = 1.3


def measure() -> list[dict[str, Any]]:
    """The figures; starts a cloud with a thousand machines."""
    cloud = stack.get('bulk')
    sequence = _Sequence(cloud)
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
            bare_calls=_Sequence.CALLS,
        ),
        {
            'name': 'service: requests for one manage',
            'value': sum(requests.values()),
            'floor': _Sequence.CALLS,
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


class _Sequence:
    """The same calls to the cloud, and nothing else."""

    #: How many there are.
    CALLS = 7

    def __init__(self, cloud: stack.Cloud) -> None:
        self._call = _cloud.bare(cloud)
        self._ironic = f'{cloud.layout.url("ironic")}/v1'
        self._neutron = f'{cloud.layout.url("neutron")}/v2.0'
        self._glance = f'{cloud.layout.url("glance")}/v2'
        self._done: list[tuple[str, str]] = []

    def run(self, name: str) -> None:
        call, server = self._call, str(uuid.uuid4())
        node = call(f'{self._ironic}/nodes/{name}')
        of_node = f'node={node["uuid"]}'
        ports = call(f'{self._ironic}/ports/detail?{of_node}')['ports']
        call(f'{self._ironic}/portgroups/detail?{of_node}')
        vif = ports[0]['internal_info']['tenant_vif_port_id']
        port = call(f'{self._neutron}/ports?id={vif}')['ports'][0]
        image = node['instance_info']['image_source']
        call(f'{self._glance}/images/{image}')
        self._patch(
            node['uuid'],
            {
                'instance_uuid': server,
                'protected': True,
                'protected_reason': f'Server {server}',
            },
        )
        self._bind(vif, server, 'baremetal:none', port['revision_number'])
        self._done.append((node['uuid'], vif))

    def undo(self) -> None:
        for node, vif in self._done:
            self._patch(node, {'instance_uuid': None, 'protected': False})
            self._bind(vif, '', '', None)

    def _patch(self, node: str, values: dict[str, Any]) -> None:
        self._call(
            f'{self._ironic}/nodes/{node}',
            'PATCH',
            [
                {'op': 'remove', 'path': f'/{key}'}
                if value is None
                else {'op': 'add', 'path': f'/{key}', 'value': value}
                for key, value in values.items()
            ],
        )

    def _bind(
        self, port: str, device: str, owner: str, revision: int | None
    ) -> None:
        match = {'If-Match': f'revision_number={revision}'}
        self._call(
            f'{self._neutron}/ports/{port}',
            'PUT',
            {'port': {'device_id': device, 'device_owner': owner}},
            match if revision is not None else None,
        )


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
