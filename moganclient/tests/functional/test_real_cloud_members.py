"""A real cloud: members have servers of their own, and see no machine."""

from __future__ import annotations

from typing import Any

import ddt

from moganclient import exceptions
from moganclient.tests.functional import lifecycle

#: What an administrator sees of a server, and its owner does not.
HIDDEN = {'node', 'node_uuid', 'system_metadata', 'affinity_zone'}


@ddt.ddt
class TestMembers(lifecycle.LifecycleTestCase):
    def test_each_project_builds_sees_and_deletes_its_own(self) -> None:
        before = self.world()
        provider = [self.shared.networks['provider']]
        mine, other = self.client('demo').server, self.client('other').server
        built = {
            'demo': self.build(networks=provider),
            'other': self.build(by=self.client('other'), networks=provider),
        }
        for server in built.values():
            self.assertEqual('active', self.settled(server.uuid).status)

        self.assertRaises(exceptions.Forbidden, mine.list, all_projects=True)
        listed = mine.list()
        self.assertIn(built['demo'].uuid, [one.uuid for one in listed])
        self.assertNotIn(built['other'].uuid, [one.uuid for one in listed])
        self.assertEqual(
            [built['other'].uuid], [one.uuid for one in other.list()]
        )
        for server in mine.get(built['demo']), *listed:
            self.assertEqual(set(), HIDDEN & set(server.to_dict()))
        self.assertNotIn('build-', str(mine.get(built['demo']).to_dict()))
        for call in (
            other.get,
            other.delete,
            other.rebuild,
            other.get_network_info,
            lambda server: other.set_power_state(server, 'off'),
            lambda server: other.set_lock_state(server, True),
        ):
            self.assertRaises(exceptions.NotFound, call, built['demo'])

        mine.delete(built['demo'])
        other.delete(built['other'])
        for manager, server in (
            (mine, built['demo']),
            (other, built['other']),
        ):
            manager.wait(server.uuid, until='deleted', interval=0.2)
        self.assert_world(before)

    def test_a_reader_looks_and_changes_nothing(self) -> None:
        server = self.built()
        viewer = self.client('viewer').server

        self.assertEqual('active', viewer.get(server).status)
        (nic,) = viewer.get_network_info(server)
        self.assertEqual(server.uuid, self.api.port(nic.port_id)['device_id'])
        for one in self.recorders.all:
            one.clear()
        calls: list[Any] = [
            viewer.delete,
            viewer.rebuild,
            viewer.get_remote_console,
            lambda server: viewer.set_power_state(server, 'off'),
            lambda server: viewer.set_lock_state(server, True),
            lambda server: viewer.remove_interface(server, nic.port_id),
            lambda _: self.build(by=self.client('viewer')),
        ]
        for call in calls:
            self.assertRaises(exceptions.Forbidden, call, server)
        self.assert_nothing_written()

    @ddt.data('demo', 'viewer')
    def test_no_node_is_shown_to(self, name: str) -> None:
        plain = self.client(name)

        for call in (plain.node.list, plain.manageable_server.list):
            self.assertRaises(exceptions.Forbidden, call)
        self.assertRaises(
            exceptions.Forbidden, plain.adoptable_node.list, all=True
        )

    def test_a_member_has_nothing_of_another_project(self) -> None:
        server = self.built()
        foreign = self.own_port(project_id=self.cloud.project_id('other'))
        mine = self.client('demo').server
        for one in self.recorders.all:
            one.clear()

        self.assertRaises(
            exceptions.NotFound, mine.add_interface, server, port_id=foreign
        )
        self.assertRaises(
            exceptions.NotFound,
            mine.add_floating_ip,
            server,
            self.cloud.seeded['floating_ips']['other'][0],
        )
        self.assert_nothing_written()
