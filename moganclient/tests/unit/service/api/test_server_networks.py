"""Interfaces and floating IPs, through the application."""

from __future__ import annotations

import ddt

from moganclient.tests.unit.service.api import base
from moganclient.tests.unit.service.api import lifecycle

NOBODY = base.uuid(9, 9)


class NetworksTest(lifecycle.LifecycleTest):
    def get(self, server, token=None, version=None):
        return self.call(
            'GET',
            f'/v1/servers/{server}/networks',
            token=token or self.reader,
            version=version,
        )

    def test_nic_has_the_members_of_then(self):
        (nic,) = self.get(self.adopt()).json['nics']
        self.assertEqual(
            {
                'port_id': base.uuid(3, 1),
                'network_id': lifecycle.NETWORK,
                'mac_address': '52:54:00:00:00:01',
                'fixed_ips': [{'ip_address': '10.0.0.1'}],
                'floating_ip': None,
            },
            nic,
        )

    def test_who_may_not(self):
        server = self.build()
        self.fault(self.get(server, token=self.stranger), 404)
        self.fault(self.get(server, version='1.3'), 404)
        self.fault(self.get(NOBODY), 404)
        self.assertEqual(200, self.get(server, version='1.4').status_code)


@ddt.ddt
class InterfaceTest(lifecycle.LifecycleTest):
    def post(self, server, body, token=None, version=None):
        return self.call(
            'POST',
            f'/v1/servers/{server}/networks/interfaces',
            token=token or self.member,
            version=version,
            json=body,
        )

    def delete(self, server, port, token=None, version=None):
        return self.call(
            'DELETE',
            f'/v1/servers/{server}/networks/interfaces/{port}',
            token=token or self.member,
            version=version,
        )

    def ports(self, server):
        answer = self.call(
            'GET', f'/v1/servers/{server}/networks', token=self.member
        )
        return [nic['port_id'] for nic in answer.json['nics']]

    def test_port_in_a_network_is_made_and_deleted(self):
        server = self.build()
        answer = self.post(server, {'net_id': lifecycle.NETWORK.upper()})
        self.assertEqual(
            (204, b''), (answer.status_code, answer.data), answer.text
        )
        port = self.ports(server)[1]
        answer = self.delete(server, port.upper())
        self.assertEqual((204, b''), (answer.status_code, answer.data))
        self.assertEqual(1, len(self.ports(server)))
        self.assertEqual({}, self.runtime.networks.ports_by_id([port]))

    def test_port_of_the_project_is_kept(self):
        server, port = self.build(), lifecycle.FREE_PORT
        answer = self.post(server, {'port_id': port})
        self.assertEqual(204, answer.status_code, answer.text)
        self.assertIn(port, self.ports(server))
        self.assertEqual(204, self.delete(server, port).status_code)
        found = self.runtime.networks.ports_by_id([port])[port]
        self.assertEqual('', found.device_id)

    @ddt.data(
        ({'port_id': NOBODY}, 'port_not_found', 404),
        ({'net_id': NOBODY}, 'network_not_found', 404),
        ({'port_id': lifecycle.USED_PORT}, 'port_in_use', 409),
        ({}, 'invalid_body', 400),
        (
            {'port_id': lifecycle.FREE_PORT, 'net_id': lifecycle.NETWORK},
            'invalid_body',
            400,
        ),
    )
    @ddt.unpack
    def test_what_cannot_be_attached_is_said(self, body, code, status):
        answer = self.post(self.build(), body)
        self.assertEqual(code, self.code(answer, status))

    @ddt.data(NOBODY, 'eth0', lifecycle.FREE_PORT)
    def test_port_that_it_does_not_have_is_not_found(self, port):
        answer = self.delete(self.build(), port)
        self.assertEqual('interface_not_found', self.code(answer, 404))

    def test_who_may_not(self):
        server, body = self.build(), {'port_id': lifecycle.FREE_PORT}
        self.fault(self.post(server, body, token=self.stranger), 404)
        self.fault(self.post(server, body, token=self.reader), 403)
        self.fault(self.post(server, body, version='1.3'), 404)
        self.fault(self.delete(server, NOBODY, token=self.stranger), 404)
        self.fault(self.delete(server, NOBODY, token=self.reader), 403)
        self.assertEqual(
            'version_too_low',
            self.code(self.delete(server, NOBODY, version='1.3'), 404),
        )


@ddt.ddt
class FloatingIPTest(lifecycle.LifecycleTest):
    def post(self, server, address, token=None, version=None, **more):
        return self.call(
            'POST',
            f'/v1/servers/{server}/networks/floatingips',
            token=token or self.member,
            version=version,
            json={'address': address, **more},
        )

    def delete(self, server, address, token=None, version=None):
        return self.call(
            'DELETE',
            f'/v1/servers/{server}/networks/floatingips/{address}',
            token=token or self.member,
            version=version,
        )

    def floating_ips(self, server):
        answer = self.call(
            'GET', f'/v1/servers/{server}/networks', token=self.member
        )
        return [nic['floating_ip'] for nic in answer.json['nics']]

    def test_it_leads_to_the_server_until_it_is_taken_away(self):
        server, address = self.build(), lifecycle.FLOATING_IP
        answer = self.post(server, address)
        self.assertEqual(
            (204, b''), (answer.status_code, answer.data), answer.text
        )
        self.assertEqual([address], self.floating_ips(server))
        (shown,) = self.show(server)['addresses'].values()
        self.assertIn({'addr': address, 'type': 'floating'}, shown)
        answer = self.delete(server, address)
        self.assertEqual((204, b''), (answer.status_code, answer.data))
        self.assertEqual([None], self.floating_ips(server))
        (shown,) = self.show(server)['addresses'].values()
        self.assertNotIn({'addr': address, 'type': 'floating'}, shown)

    def test_address_of_the_server_can_be_named(self):
        server = self.build()
        ((one,),) = self.show(server)['addresses'].values()
        answer = self.post(
            server, lifecycle.FLOATING_IP, fixed_address=one['addr']
        )
        self.assertEqual(204, answer.status_code, answer.text)

    @ddt.data(
        ('203.0.113.99', {}, 404),
        (lifecycle.FLOATING_IP, {'fixed_address': '10.9.9.9'}, 400),
        (lifecycle.FLOATING_IP, {'fixed_address': None}, 400),
        ('foo', {}, 400),
    )
    @ddt.unpack
    def test_what_cannot_be_is_said(self, address, more, status):
        self.fault(self.post(self.build(), address, **more), status)

    @ddt.data(
        (lifecycle.FLOATING_IP, 400), ('203.0.113.99', 404), ('foo', 400)
    )
    @ddt.unpack
    def test_one_that_does_not_lead_here_is_said(self, address, status):
        self.fault(self.delete(self.build(), address), status)

    def test_who_may_not(self):
        server, address = self.build(), lifecycle.FLOATING_IP
        for call in (self.post, self.delete):
            self.fault(call(server, address, token=self.stranger), 404)
            self.fault(call(server, address, token=self.reader), 403)
            self.assertEqual(
                'version_too_low',
                self.code(call(server, address, version='1.3'), 404),
            )
        self.assertEqual([None], self.floating_ips(server))
