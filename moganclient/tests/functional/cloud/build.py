"""Machines to build servers on, and the networks that such servers need."""

from __future__ import annotations

import concurrent.futures
from typing import Any

from moganclient.tests.functional.cloud import api as cloud_api

#: What flavors ask for.
RESOURCE_CLASS = 'baremetal.deploy'
#: And of one of the machines.
TRAIT = 'CUSTOM_NVME'

#: So many machines ``build-00``, ..., each with two NICs and a console, and
#: switched off.
COUNT = 4


def seed(
    api: cloud_api.Api, service: str, demo: str, other: str
) -> dict[str, Any]:
    """Available nodes, an external network behind a router, floating IPs.

    :param service: project of the service's account
    :param demo: project with a network of its own and two floating IPs
    :param other: project with one floating IP
    :returns: name to what is known of a machine; addresses and ids of the
        rest under ``floating_ips`` and ``networks``
    """
    networks = _networks(api, demo)
    addresses = {
        project: [
            api.create_floating_ip(networks['public'], id_)
            for _ in range(count)
        ]
        for project, id_, count in (('demo', demo, 2), ('other', other, 1))
    }
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        made = list(
            pool.map(
                lambda number: _machine(api, service, number), range(COUNT)
            )
        )
    api.add_trait(made[-1]['uuid'], TRAIT)
    return {
        **{machine['name']: machine for machine in made},
        'networks': networks,
        'floating_ips': addresses,
    }


def _networks(api: cloud_api.Api, demo: str) -> dict[str, str]:
    public = api.create_network(
        '203.0.113.0/24',
        name='public',
        **{
            'router:external': True,
            'provider:network_type': 'flat',
            'provider:physical_network': 'physext',
        },
    )
    # A tenant's own, on the physical network that the machines are on, too.
    tenant = api.create_network('10.96.0.0/16', name='tenant', project_id=demo)
    router = api.create_router(public['id'], name='edge')
    for name in ('provider', 'tenant'):
        for subnet in api.network(name)['subnets']:
            api.add_router_interface(router['id'], subnet)
    return {'public': public['id'], 'tenant': tenant['id']}


def _machine(api: cloud_api.Api, service: str, number: int) -> dict[str, Any]:
    """One that the service may build on.

    Ironic allocates only nodes that the project of whoever asks owns or
    leases, unless that one's scope is the system.
    """
    name = f'build-{number:02}'
    uuid = api.create_node(
        driver='fake-hardware',
        name=name,
        network_interface='flat',
        # See hardware.
        deploy_interface='switching',
        console_interface='talking',
        resource_class=RESOURCE_CLASS,
        lessee=service,
        properties={
            'cpus': 16,
            'memory_mb': 65536,
            'local_gb': 900,
            'cpu_arch': 'x86_64',
        },
    )['uuid']
    nics = [f'52:56:{nic:02x}:00:00:{number:02x}' for nic in (0, 1)]
    for nic, address in enumerate(nics):
        api.create_nic(
            uuid,
            address,
            pxe_enabled=nic == 0,
            local_link_connection={
                'switch_id': '00:11:22:33:44:66',
                'switch_info': 'rack9',
                'port_id': f'Eth{number}/{nic}',
            },
        )
    api.provision(uuid, 'manage', 'manageable')
    api.provision(uuid, 'provide', 'available')
    # An allocation passes by a node whose power state is not known.
    api.set_power(uuid, 'power off')
    return {'uuid': uuid, 'name': name, 'nics': nics, 'vifs': []}
