"""The cloud that the recorded exchanges show, as an inventory.

Nodes, ports, networks, images and floating IPs have the UUIDs, names and
addresses that they have there.
"""

from __future__ import annotations

from typing import Any

#: Who asked, as ``Capture.as_user`` has it: user, project, roles.
ADMIN = (
    'a1000000000040008000000000000001',
    'a0000000000040008000000000000001',
    ('admin', 'member', 'reader'),
)
DEMO = (
    'd1000000000040008000000000000002',
    'd0000000000040008000000000000002',
    ('member', 'reader'),
)
ALT = (
    'e1000000000040008000000000000003',
    'e0000000000040008000000000000003',
    ('member', 'reader'),
)
USERS = {
    'admin': ADMIN,
    'demo (member)': DEMO,
    'alt (member, other project)': ALT,
}


def node_uuid(number: int) -> str:
    return f'00000031-0000-4000-8000-{number:012d}'


def port_id(number: int) -> str:
    return f'00000051-0000-4000-8000-{number:012d}'


def nic_uuid(number: int) -> str:
    return f'00000041-0000-4000-8000-{number:012d}'


def image_id(number: int) -> str:
    return f'00000021-0000-4000-8000-{number:012d}'


NETWORK = '00000011-0000-4000-8000-000000000001'
SUBNET = '00000012-0000-4000-8000-000000000001'
#: One without a subnet.
BARE_NETWORK = '00000011-0000-4000-8000-000000000002'


def _nic(number: int, mac: str, port: int | None = None) -> dict[str, Any]:
    nic = {'uuid': nic_uuid(number), 'address': mac}
    if port is not None:
        nic['vif_port_id'] = port_id(port)
    return nic


def _adopted(
    number: int,
    name: str | None,
    *nics: dict[str, Any],
    image: str | None = None,
    resource_class: str | None = 'gold',
    **more: Any,
) -> dict[str, Any]:
    node: dict[str, Any] = {
        'uuid': node_uuid(number),
        'provision_state': 'active',
        'power_state': 'power on',
        'network_interface': 'flat',
        'nics': list(nics),
        **more,
    }
    if name is not None:
        node['name'] = name
    if resource_class is not None:
        node['resource_class'] = resource_class
    if image is not None:
        node['instance_info'] = {'image_source': image}
    return node


def _available(
    number: int, name: str, resource_class: str = 'baremetal'
) -> dict[str, Any]:
    return {
        'uuid': node_uuid(number),
        'name': name,
        'provision_state': 'available',
        'power_state': 'power off',
        'resource_class': resource_class,
        'network_interface': 'flat',
        'properties': {'console_url': 'http://127.0.0.1:8866'},
        'nics': [
            _nic(number * 10 + one, f'52:54:00:00:{number}:0{one}')
            for one in (1, 2)
        ],
    }


NODES: list[dict[str, Any]] = [
    _adopted(
        1,
        'adopt-1',
        _nic(1, '52:54:00:00:01:01', 1),
        _nic(2, '52:54:00:00:01:02'),
        image=image_id(1),
    ),
    _adopted(
        2,
        'adopt-2',
        _nic(3, '52:54:00:00:02:01', 2),
        _nic(4, '52:54:00:00:02:02'),
        image=image_id(2),
        resource_class='silver',
        power_state='power off',
    ),
    _adopted(3, None),
    _adopted(4, 'adopt-macmismatch', _nic(5, '52:54:00:00:04:01', 4)),
    _adopted(5, 'adopt-noneutronport', _nic(6, '52:54:00:00:05:01', 5)),
    _adopted(6, 'active-maintenance', maintenance=True),
    _adopted(7, 'active-noclass', resource_class=None),
    _adopted(
        8,
        'active-associated',
        instance_uuid='00000061-0000-4000-8000-000000000001',
    ),
    {
        'uuid': node_uuid(9),
        'name': 'manageable-1',
        'provision_state': 'manageable',
        'power_state': 'power off',
        'resource_class': 'gold',
    },
    _available(11, 'avail-1'),
    _available(12, 'avail-2'),
    _available(13, 'avail-3'),
    _available(14, 'avail-silver', 'silver'),
]


def _port(number: int, mac: str, address: str, **more: Any) -> dict[str, Any]:
    return {
        'id': port_id(number),
        'mac_address': mac,
        'network_id': NETWORK,
        'project_id': ADMIN[1],
        'fixed_ips': [{'ip_address': address, 'subnet_id': SUBNET}],
        **more,
    }


PORTS: list[dict[str, Any]] = [
    _port(1, '52:54:00:00:01:01', '10.0.0.11', host_id=node_uuid(1)),
    _port(2, '52:54:00:00:02:01', '10.0.0.12', host_id=node_uuid(2)),
    _port(4, '52:54:00:00:04:99', '10.0.0.14', host_id=node_uuid(4)),
    _port(9, 'fa:16:3e:00:00:09', '10.0.0.19'),
    _port(
        10,
        'fa:16:3e:00:00:10',
        '10.0.0.20',
        device_id='00000061-0000-4000-8000-000000000002',
        device_owner='compute:nova',
    ),
]

#: The rest of the inventory.
MORE: dict[str, list[dict[str, Any]]] = {
    'networks': [
        {
            'id': NETWORK,
            'name': 'private',
            'shared': True,
            'subnets': [{'id': SUBNET, 'cidr': '10.0.0.0/24'}],
        },
        {'id': BARE_NETWORK, 'name': 'bare', 'shared': True},
    ],
    'floating_ips': [
        {
            'id': f'00000071-0000-4000-8000-{number:012d}',
            'address': f'203.0.113.{number}',
            'project_id': ADMIN[1],
        }
        for number in (1, 2)
    ],
    'images': [
        {'id': image_id(1), 'name': 'whole', 'disk_format': 'qcow2'},
        {
            'id': image_id(2),
            'name': 'partition',
            'disk_format': 'qcow2',
            'properties': {
                'kernel_id': image_id(4),
                'ramdisk_id': image_id(5),
            },
        },
        {'id': image_id(3), 'name': 'queued', 'status': 'queued'},
        {'id': image_id(4), 'name': 'kernel', 'disk_format': 'aki'},
        {'id': image_id(5), 'name': 'ramdisk', 'disk_format': 'ari'},
    ],
}
