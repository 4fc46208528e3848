"""Servers of two projects, built and taken over, and who may see them."""

from __future__ import annotations

import time
from typing import Any

from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import keystone

NETWORK = base.uuid(4, 1)
SUBNET = base.uuid(5, 1)
IMAGE = base.uuid(6, 1)
FREE_PORT = base.uuid(3, 31)
USED_PORT = base.uuid(3, 32)
FLOATING_IP = '203.0.113.1'


def available(number: int, **more: Any) -> dict[str, Any]:
    """A node to build on, with two NICs and a console."""
    return base.node(
        number,
        provision_state='available',
        power_state='power off',
        properties={'console_url': 'http://127.0.0.1:8866'},
        nics=[
            {
                'uuid': base.uuid(2, number * 10 + nic),
                'address': f'52:54:00:00:{number}:0{nic}',
            }
            for nic in (1, 2)
        ],
        **more,
    )


class LifecycleTest(keystone.KeystoneTest):
    """Four nodes: two run something, two are available.

    ``member`` and ``reader`` are of project ``p``, ``stranger`` of ``q``.
    """

    NODES = [base.node(1), base.node(2), available(21), available(22)]
    PORTS = [
        base.port(1),
        base.port(2),
        {
            'id': FREE_PORT,
            'mac_address': 'fa:16:3e:00:00:31',
            'network_id': NETWORK,
            'project_id': 'p',
            'fixed_ips': [{'ip_address': '10.0.0.131', 'subnet_id': SUBNET}],
        },
        {
            'id': USED_PORT,
            'mac_address': 'fa:16:3e:00:00:32',
            'network_id': NETWORK,
            'project_id': 'p',
            'device_id': base.uuid(9, 1),
        },
    ]
    MORE = {
        'networks': [
            {
                'id': NETWORK,
                'name': 'private',
                'shared': True,
                'subnets': [{'id': SUBNET, 'cidr': '10.0.0.0/24'}],
            }
        ],
        'images': [{'id': IMAGE, 'name': 'debian', 'disk_format': 'qcow2'}],
        'floating_ips': [
            {
                'id': base.uuid(7, 1),
                'address': FLOATING_IP,
                'project_id': 'p',
            }
        ],
    }

    def setUp(self) -> None:
        self.OPTIONS = {**self.OPTIONS, 'static': {'transition': 0}}
        super().setUp()
        self.operator = self.admin()
        self.member = self.token('member', 'reader', project='p')
        self.reader = self.token('reader', project='p')
        self.stranger = self.token('member', 'reader', project='q')
        self.flavor = self.call(
            'POST',
            '/v1/flavors',
            token=self.operator,
            json={'name': 'gold', 'resources': {'baremetal.gold': 1}},
        ).json['uuid']
        self._later = 0.0
        self.runtime.driver._states.clock = lambda: time.time() + self._later

    def body(self, **more: Any) -> dict[str, Any]:
        """The body of a request that builds a server."""
        return {
            'server': {
                'name': 'web-1',
                'flavor_uuid': self.flavor,
                'image_uuid': IMAGE,
                'networks': [{'net_id': NETWORK}],
                **more,
            }
        }

    def build(self, **more: Any) -> str:
        """The UUID of a new server of project ``p``, which runs."""
        answer = self.call(
            'POST', '/v1/servers', token=self.member, json=self.body(**more)
        )
        self.assertEqual(201, answer.status_code, answer.text)
        self.settle()
        found: str = answer.json['uuid']
        return found

    def adopt(self) -> str:
        """The UUID of a server of project ``p`` that was taken over."""
        answer = self.call(
            'POST',
            '/v1/servers/manage',
            token=self.operator,
            version='1.2',
            json={
                'name': 'db-3',
                'node_uuid': base.uuid(1, 1),
                'flavor_uuid': self.flavor,
                'networks': [{'port_id': base.uuid(3, 1)}],
                'project_id': 'p',
            },
        )
        self.assertEqual(201, answer.status_code, answer.text)
        found: str = answer.json['uuid']
        return found

    def settle(self, turns: int = 200) -> None:
        """Let the worker do what it can do without waiting."""
        worker = self.runtime.worker
        for _ in range(turns):
            for key in {job.key for _, _, job in worker._heap}:
                worker.hurry(key)
            if not worker.drain(1):
                return

    def slow(self) -> None:
        """From now on what machines are told takes its time."""
        self.runtime.driver._transition = 1000.0

    def later(self) -> None:
        """That time is over."""
        self._later += 2000.0
        self.settle()

    def show(self, server: str, **kwargs: Any) -> Any:
        """A server as the member of its project sees it."""
        kwargs.setdefault('token', self.member)
        answer = self.call('GET', f'/v1/servers/{server}', **kwargs)
        self.assertEqual(200, answer.status_code, answer.text)
        return answer.json

    def code(self, answer: Any, status: int) -> str:
        """The code of the one error of an answer."""
        found: str = self.fault(answer, status)['code']
        return found.removeprefix('baremetal-compute.')
