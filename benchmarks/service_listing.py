"""(b) What the service's listing costs beyond what it has to ask.

``GET /v1/adoptable_nodes`` of a thousand nodes of a real Ironic, each with a
NIC and a VIF, against plain GETs of the pages that are in it: a page of
nodes, one of ports, one of port groups, and the Neutron ports in as many
requests as their ids need.  And how many requests the service makes.
"""

from __future__ import annotations

from typing import Any

import _cloud

from moganclient.tests.functional.cloud import stack

COUNT = 1000
ROUNDS = 7
RATIO = 1.3

#: So many ids fit into a URL.
_IDS = 150


def measure() -> list[dict[str, Any]]:
    """The figures; starts a cloud with a thousand machines."""
    cloud = stack.get('bulk')
    pages = _Pages(cloud)
    with _cloud.service(cloud) as (url, call):

        def ours(_: int) -> None:
            nodes = call(f'{url}/adoptable_nodes')['adoptable_nodes']
            if len(nodes) != COUNT or not nodes[-1]['ports']:
                raise RuntimeError(f'{len(nodes)} nodes, not {COUNT}')

        took = _cloud.in_turns({'bare': pages.read, 'ours': ours}, ROUNDS)
    requests = _requests(cloud)
    return [
        _cloud.figure(
            f'service: list of {COUNT:,} nodes, to plain GETs of its pages',
            took,
            RATIO,
            plain_gets=pages.count,
        ),
        {
            'name': f'service: requests for a list of {COUNT:,} nodes',
            'value': sum(requests.values()),
            'floor': pages.count,
            'unit': '',
            'detail': requests,
        },
    ]


class _Pages:
    """Plain GETs of what is in the listing."""

    def __init__(self, cloud: stack.Cloud) -> None:
        self._call = _cloud.bare(cloud)
        self._ironic = f'{cloud.layout.url("ironic")}/v1'
        self._neutron = f'{cloud.layout.url("neutron")}/v2.0'
        #: Requests of one reading.
        self.count = 0

    def read(self, _: int) -> None:
        self.count = 0
        self._get(
            f'{self._ironic}/nodes/detail?associated=false&maintenance=false'
            f'&retired=false&provision_state=active&limit={COUNT}'
        )
        ports = self._get(
            f'{self._ironic}/ports?limit={COUNT}'
            '&fields=uuid,address,node_uuid,internal_info,extra'
        )['ports']
        self._get(
            f'{self._ironic}/portgroups?limit={COUNT}'
            '&fields=uuid,name,address,mode,node_uuid,internal_info,extra'
        )
        vifs = [port['internal_info']['tenant_vif_port_id'] for port in ports]
        fields = '&'.join(f'fields={name}' for name in _PORT_FIELDS)
        for start in range(0, len(vifs), _IDS):
            ids = '&'.join(f'id={vif}' for vif in vifs[start : start + _IDS])
            self._get(f'{self._neutron}/ports?{fields}&{ids}')

    def _get(self, url: str) -> Any:
        self.count += 1
        return self._call(url)


_PORT_FIELDS = (
    'id',
    'name',
    'mac_address',
    'network_id',
    'project_id',
    'device_id',
    'device_owner',
    'binding:host_id',
    'fixed_ips',
    'revision_number',
)


def _requests(cloud: stack.Cloud) -> dict[str, int]:
    """How many requests one listing takes, by service."""
    with _cloud.recorded(cloud) as (url, call, between):
        # Asks what is asked once only.
        call(f'{url}/adoptable_nodes?limit=1')
        for proxy in between.values():
            proxy.clear()
        call(f'{url}/adoptable_nodes')
        return {name: len(proxy.exchanges) for name, proxy in between.items()}
