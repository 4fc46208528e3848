"""Servers in the database: reserve, look, change, let a flow have one."""

import datetime
import functools

import fixtures
from sqlalchemy import exc

from moganclient.service.db import api
from moganclient.service.db import models
from moganclient.service import exceptions
from moganclient.tests import database
from moganclient.tests.unit.service.db import base


@database.on_every_backend
class Reserve(base.Base):
    def test_everything_is_stored(self):
        flavor = self.flavor()
        group = self.db.create_server_group(base.new_group())
        values = {
            'uuid': base.new_uuid(),
            'name': 'Grüße \N{CAT FACE}',
            'description': 'x' * 255,
            'node_uuid': base.new_uuid(),
            'node_name': 'rack7-u12',
            'flavor_uuid': flavor.uuid,
            'image_uuid': base.new_uuid(),
            'availability_zone': 'az-1',
            'project_id': 'demo',
            'user_id': 'someone',
            'status': 'managing',
            'power_state': 'power on',
            'addresses': {'net': [{'addr': '192.0.2.17', 'type': 'fixed'}]},
            'meta': {'key': 'Grüße \N{CAT FACE}'},
            'system_metadata': {'managed_server': 'True'},
            'created_at': datetime.datetime(2026, 1, 2, 3, 4, 5, 678901),
            'updated_at': datetime.datetime(2026, 1, 2, 3, 4, 6, 1),
            'launched_at': datetime.datetime(2026, 1, 2, 3, 4, 7, 999999),
            'flow': 'manage',
            'flow_undo': True,
            'flow_step': 'claim',
            'flow_owner': 'host:1:2:3',
            'flow_lease': 1795449600.123456,
            'node_before': {'protected': False, 'protected_reason': None},
            'request_id': 'req-1',
            'adopted': False,
            'protected': False,
            'locked_by': 'owner',
            'key_name': 'mine',
            'partitions': {'root_gb': 10},
            'affinity_zone': 'rack-7',
            'group_uuid': group.uuid,
            'fault': {'code': 500, 'message': 'no'},
            'plan': {'image_uuid': None},
            'power_target': 'power on',
        }
        port = {
            'port_id': base.new_uuid(),
            'mac_address': '52:54:00:07:01:01',
            'network_id': base.new_uuid(),
            'before': {'device_id': '', 'revision_number': 7},
            'created': True,
            'attached': True,
        }
        stored = self.db.reserve_server(
            models.Server(**values, ports=[models.ServerPort(**port)])
        )
        for server in (stored, self.db.get_server(values['uuid'])):
            found = base.columns(server)
            self.assertIsInstance(found.pop('id'), int)
            self.assertEqual(values, found)
            [found] = map(base.columns, server.ports)
            self.assertIsInstance(found.pop('id'), int)
            self.assertEqual({**port, 'server_uuid': server.uuid}, found)

    def test_what_is_not_said_has_a_default(self):
        server = self.server()
        self.assertEqual(
            ({}, {}, {}, False, []),
            (
                server.addresses,
                server.meta,
                server.system_metadata,
                server.flow_undo,
                server.ports,
            ),
        )
        self.assertIsNone(server.launched_at)
        self.assertIsNone(server.node_before)
        self.assertIsInstance(server.created_at, datetime.datetime)
        self.assertIsInstance(server.updated_at, datetime.datetime)

    def test_uuid_of_the_server_of_another_node(self):
        there = self.server(name='db-3', node_name='rack7-u12')
        error = self.assertRaises(
            exceptions.ServerExists, self.server, uuid=there.uuid
        )
        self.assertEqual(there.uuid, error.server_uuid)
        for words in (there.uuid, '"db-3"', '"rack7-u12"'):
            self.assertIn(words, error.detail)

    def test_uuid_of_the_server_of_the_same_node(self):
        there = self.server()
        error = self.assertRaises(
            exceptions.NodeHasServer,
            self.server,
            uuid=there.uuid,
            node_uuid=there.node_uuid,
        )
        self.assertEqual(there.uuid, error.server_uuid)

    def test_uuid_of_a_server_that_is_forgotten_may_be_used_again(self):
        uuid = self.server(flow_owner='me').uuid
        self.assertTrue(self.db.forget_server(uuid, 'me'))
        self.assertEqual(uuid, self.server(uuid=uuid).uuid)

    def test_ports_keep_their_order(self):
        ports = [base.new_port() for _ in range(5)]
        server = self.server(ports=ports)
        self.assertEqual(
            [port.port_id for port in ports],
            [port.port_id for port in self.db.get_server(server.uuid).ports],
        )

    def test_object_that_was_handed_in_is_left_alone(self):
        server = base.new_server(self.flavor().uuid, ports=[base.new_port()])
        stored = self.db.reserve_server(server)
        self.assertIsNot(server, stored)
        self.assertIsNone(server.id)
        self.assertIsNone(server.ports[0].id)

    def test_node_that_has_a_server(self):
        first = self.server(name='db-3')
        error = self.assertRaises(
            exceptions.NodeHasServer, self.server, node_uuid=first.node_uuid
        )
        self.assertEqual(first.uuid, error.server_uuid)
        self.assertEqual(
            f'Node "rack7-u12" already has the server {first.uuid} ("db-3").',
            error.detail,
        )

    def test_port_that_a_server_has(self):
        port_id = base.new_uuid()
        first = self.server(ports=[base.new_port(port_id=port_id)])
        error = self.assertRaises(
            exceptions.PortConflict,
            self.server,
            ports=[base.new_port(), base.new_port(port_id=port_id)],
        )
        self.assertEqual('port_in_use', error.code)
        self.assertEqual(first.uuid, error.server_uuid)
        self.assertIn(port_id, error.detail)
        self.assertIn(first.uuid, error.detail)

    def test_nothing_is_left_of_a_server_whose_port_is_taken(self):
        port_id = base.new_uuid()
        self.server(ports=[base.new_port(port_id=port_id)])
        free = base.new_uuid()
        second = base.new_server(
            self.flavor().uuid,
            ports=[
                base.new_port(port_id=free),
                base.new_port(port_id=port_id),
            ],
        )
        self.assertRaises(
            exceptions.PortConflict, self.db.reserve_server, second
        )
        self.assertRaises(
            exceptions.ServerNotFound, self.db.get_server, second.uuid
        )
        self.server(ports=[base.new_port(port_id=free)])

    def test_flavor_that_is_gone(self):
        gone = base.new_uuid()
        error = self.assertRaises(
            exceptions.FlavorNotFound, self.server, flavor_uuid=gone
        )
        self.assertIn(gone, error.detail)

    def test_fault_of_our_own_is_not_taken_for_a_conflict(self):
        self.assertRaises(exc.IntegrityError, self.server, project_id=None)


@database.on_every_backend
class Look(base.Base):
    def test_unknown_server(self):
        gone = base.new_uuid()
        error = self.assertRaises(
            exceptions.ServerNotFound, self.db.get_server, gone
        )
        self.assertIn(gone, error.detail)

    def test_changing_an_object_changes_no_row(self):
        server = self.server()
        server.name = 'x'
        server.meta['a'] = 'b'
        found = self.db.get_server(server.uuid)
        self.assertEqual(('db-3', {}), (found.name, found.meta))

    def list(self, **query):
        return [
            server.uuid
            for server in self.db.list_servers(api.ServerQuery(**query))[0]
        ]

    def test_list_in_the_order_of_creation(self):
        servers = self.servers(3)
        self.assertEqual(
            [server.uuid for server in servers],
            [server.uuid for server in self.db.list_servers()[0]],
        )

    def test_filters(self):
        flavor = self.flavor()
        values = {
            'name': 'web-1',
            'status': 'active',
            'image_uuid': base.new_uuid(),
            'project_id': 'other',
            'flavor_uuid': flavor.uuid,
        }
        wanted = self.server(**values, node_name='rack8')
        self.server(node_name='RACK8')
        for name, value in values.items():
            self.assertEqual([wanted.uuid], self.list(**{name: value}))
        for node in (
            'rack8',
            wanted.node_uuid,
            wanted.node_uuid.upper(),
        ):
            self.assertEqual([wanted.uuid], self.list(node=node))

    def test_address_is_the_whole_of_one(self):
        wanted = [
            self.server(addresses={'net': [{'addr': addr, 'type': 'fixed'}]})
            for addr in ('10.0.0.11', 'fd00::a', '10.0.0.1')
        ]
        for ip, number in (('10.0.0.11', 0), ('fd00::a', 1), ('10.0.0.1', 2)):
            self.assertEqual([wanted[number].uuid], self.list(ip=ip))
        for ip in ('0.0.0.1', '10.0.0.', '%', '10_0_0_11', 'fixed'):
            self.assertEqual([], self.list(ip=ip))

    def test_each_address_of_a_server_counts(self):
        wanted = self.server(
            addresses={
                'a': [{'addr': '10.0.0.1', 'type': 'fixed'}],
                'b': [
                    {'addr': '10.0.1.1', 'type': 'fixed'},
                    {'type': 'floating', 'addr': '192.0.2.1'},
                ],
            }
        )
        for ip in ('10.0.0.1', '10.0.1.1', '192.0.2.1'):
            self.assertEqual([wanted.uuid], self.list(ip=ip))

    def test_filters_are_all_to_be_met(self):
        self.server(name='a', status='active')
        self.assertEqual([], self.list(name='a', status='stopped'))

    def test_names_are_case_sensitive(self):
        self.server(name='Web')
        self.assertEqual([], self.list(name='web'))

    def test_all_of_them_in_chunks(self):
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.service.db.servers._CHUNK', 2)
        )
        for count in range(5):
            found = [server.uuid for server in self.db.iterate_servers()]
            self.assertEqual(self.list(), found)
            self.assertEqual(count, len(found))
            self.server()

    def test_all_of_them_though_some_go_meanwhile(self):
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.service.db.servers._CHUNK', 2)
        )
        servers = self.servers(5, flow_owner='me')
        found = []
        for server in self.db.iterate_servers():
            found.append(server.uuid)
            self.db.forget_server(server.uuid, 'me')
        self.assertEqual([server.uuid for server in servers], found)

    def test_servers_of_nodes(self):
        first, second, _ = self.servers(3)
        found = self.db.servers_of_nodes(
            [first.node_uuid, base.new_uuid(), second.node_uuid]
        )
        self.assertEqual(
            {first.node_uuid: first.uuid, second.node_uuid: second.uuid},
            {node: server.uuid for node, server in found.items()},
        )

    def test_servers_of_no_nodes_asks_nothing(self):
        self.assertEqual(
            [], self.statements(lambda: self.db.servers_of_nodes([]))
        )

    def test_servers_of_more_nodes_than_fit_into_one_statement(self):
        server = self.server()
        nodes = [base.new_uuid() for _ in range(2000)]
        statements = self.statements(
            lambda: self.assertEqual(
                [server.node_uuid],
                list(self.db.servers_of_nodes([*nodes, server.node_uuid])),
            )
        )
        # Three chunks, and nobody's ports.
        self.assertEqual(3, len(statements))

    def test_statements_of_a_list_do_not_grow_with_it(self):
        self.servers(1, ports=[])
        few = self.statements(self.db.list_servers)
        flavor = self.flavor()
        for _ in range(10):
            self.server(flavor_uuid=flavor.uuid, ports=[base.new_port()])
        many = self.statements(self.db.list_servers)
        self.assertEqual((2, 2), (len(few), len(many)))

    def test_ports_of_a_list_are_there_without_asking_again(self):
        port = base.new_port()
        self.server(ports=[port])
        [server] = self.db.list_servers()[0]
        self.assertEqual(port.port_id, server.ports[0].port_id)


@database.on_every_backend
class Update(base.Base):
    def test_values_and_the_time_are_changed(self):
        server = self.server()
        changes = {
            'name': 'new',
            'description': None,
            'meta': {'a': 'b'},
            'addresses': {'net': []},
            'image_uuid': base.new_uuid(),
        }
        self.assertTrue(self.db.update_server(server.uuid, changes))
        found = base.columns(self.db.get_server(server.uuid))
        self.assertGreater(found.pop('updated_at'), server.updated_at)
        expected = {**base.columns(server), **changes}
        del expected['updated_at']
        self.assertEqual(expected, found)

    def test_columns_of_the_flow_leave_the_time_alone(self):
        server = self.server()
        self.assertTrue(
            self.db.update_server(
                server.uuid,
                {'flow': 'manage', 'flow_step': 'claim', 'flow_lease': 1.5},
            )
        )
        found = self.db.get_server(server.uuid)
        self.assertEqual('claim', found.flow_step)
        self.assertEqual(server.updated_at, found.updated_at)

    def test_json_can_be_taken_away(self):
        server = self.server(node_before={'protected': True})
        self.db.update_server(server.uuid, {'node_before': None})
        self.assertIsNone(self.db.get_server(server.uuid).node_before)

    def test_unknown_server(self):
        self.assertFalse(
            self.db.update_server(base.new_uuid(), {'name': 'new'})
        )

    def test_conditions_that_hold(self):
        server = self.server(flow='manage', flow_owner='me', status='managing')
        self.assertTrue(
            self.db.update_server(
                server.uuid,
                {'status': 'active'},
                owner='me',
                status='managing',
                unchanged=server.updated_at,
            )
        )
        self.assertEqual('active', self.db.get_server(server.uuid).status)

    def test_conditions_that_do_not_hold(self):
        server = self.server(flow='manage', flow_owner='me', status='managing')
        earlier = server.updated_at - datetime.timedelta(microseconds=1)
        for condition in (
            {'owner': 'you'},
            {'status': 'active'},
            {'unchanged': earlier},
        ):
            self.assertFalse(
                self.db.update_server(
                    server.uuid, {'name': 'new'}, **condition
                )
            )
        self.assertEqual('db-3', self.db.get_server(server.uuid).name)

    def test_same_values_again_are_a_success(self):
        server = self.server(flow_owner='me')
        for _ in range(2):
            self.assertTrue(
                self.db.update_server(
                    server.uuid, {'flow_step': 'claim'}, owner='me'
                )
            )

    def test_second_of_two_who_saw_the_same(self):
        server = self.server()
        outcomes = [
            self.db.update_server(
                server.uuid, {'name': name}, unchanged=server.updated_at
            )
            for name in ('first', 'second')
        ]
        self.assertEqual([True, False], outcomes)
        self.assertEqual('first', self.db.get_server(server.uuid).name)

    def test_change_is_seen_though_the_clock_went_backwards(self):
        tomorrow = models.utcnow() + datetime.timedelta(days=1)
        server = self.server(updated_at=tomorrow)
        self.assertTrue(
            self.db.update_server(
                server.uuid, {'name': 'a'}, unchanged=tomorrow
            )
        )
        self.assertFalse(
            self.db.update_server(
                server.uuid, {'name': 'b'}, unchanged=tomorrow
            )
        )


@database.on_every_backend
class Flow(base.Base):
    BEGIN = {
        'flow': 'unmanage',
        'status': 'unmanaging',
        'owner': 'me',
        'lease_until': 1795449600.25,
        'from_statuses': ('active', 'stopped'),
        'request_id': 'req-1',
    }

    def test_begin(self):
        server = self.server(status='active', flow_step='x', flow_undo=True)
        self.assertTrue(self.db.begin_flow(server.uuid, **self.BEGIN))
        found = self.db.get_server(server.uuid)
        self.assertEqual(
            (
                'unmanage',
                'unmanaging',
                'me',
                1795449600.25,
                'req-1',
                None,
                False,
            ),
            (
                found.flow,
                found.status,
                found.flow_owner,
                found.flow_lease,
                found.request_id,
                found.flow_step,
                found.flow_undo,
            ),
        )

    def test_begin_where_one_is_at_work(self):
        server = self.server(status='active', flow='manage', flow_owner='you')
        self.assertFalse(self.db.begin_flow(server.uuid, **self.BEGIN))
        self.assertEqual('you', self.db.get_server(server.uuid).flow_owner)

    def test_begin_from_another_status(self):
        server = self.server(status='detached')
        self.assertFalse(self.db.begin_flow(server.uuid, **self.BEGIN))

    def test_begin_on_one_that_changed(self):
        server = self.server(status='active')
        self.db.update_server(server.uuid, {'locked_by': 'owner'})
        self.assertFalse(
            self.db.begin_flow(
                server.uuid, **self.BEGIN, unchanged=server.updated_at
            )
        )
        self.assertIsNone(self.db.get_server(server.uuid).flow)

    def test_begin_on_one_that_did_not_change_is_a_change(self):
        server = self.server(status='active')
        self.assertTrue(
            self.db.begin_flow(
                server.uuid, **self.BEGIN, unchanged=server.updated_at
            )
        )
        self.assertGreater(
            self.db.get_server(server.uuid).updated_at, server.updated_at
        )

    def test_begin_on_nothing(self):
        self.assertFalse(self.db.begin_flow(base.new_uuid(), **self.BEGIN))

    def test_list_has_those_with_a_flow(self):
        flavor = self.flavor()
        self.server(flavor_uuid=flavor.uuid)
        ports = [base.new_port()]
        busy = [
            self.server(flavor_uuid=flavor.uuid, flow=flow, ports=ports)
            for flow, ports in (('manage', ports), ('unmanage', []))
        ]
        self.assertEqual(
            [(server.uuid, len(server.ports)) for server in busy],
            [
                (server.uuid, len(server.ports))
                for server in self.db.list_flows()
            ],
        )

    def take(self, server, owner, **seen):
        return self.db.take_flow(
            server.uuid,
            **{
                'old_owner': server.flow_owner,
                'old_lease': server.flow_lease,
                **seen,
            },
            owner=owner,
            lease_until=2.5,
        )

    def test_take(self):
        server = self.server(
            flow='manage', flow_owner='dead', flow_lease=1795449600.123456
        )
        self.assertTrue(self.take(server, 'me'))
        found = self.db.get_server(server.uuid)
        self.assertEqual(
            ('me', 2.5, server.updated_at),
            (found.flow_owner, found.flow_lease, found.updated_at),
        )

    def test_take_where_nobody_has_it(self):
        server = self.server(flow='manage')
        self.assertTrue(self.take(server, 'me'))

    def test_take_where_another_took_it(self):
        server = self.server(flow='manage', flow_owner='dead', flow_lease=1.5)
        self.assertTrue(self.take(server, 'you'))
        self.assertFalse(self.take(server, 'me'))
        self.assertEqual('you', self.db.get_server(server.uuid).flow_owner)

    def test_take_where_the_owner_lives_and_went_on(self):
        server = self.server(flow='manage', flow_owner='it', flow_lease=1.5)
        self.assertFalse(self.take(server, 'me', old_lease=1.25))

    def test_take_where_the_flow_is_over(self):
        server = self.server(flow=None, flow_owner='it', flow_lease=1.5)
        self.assertFalse(self.take(server, 'me'))

    def leases(self, servers):
        return [
            self.db.get_server(server.uuid).flow_lease for server in servers
        ]

    def test_renew(self):
        flavor = self.flavor()
        mine = [
            self.server(
                flavor_uuid=flavor.uuid,
                flow='build',
                flow_owner=f'me-{number}',
                flow_lease=1.5,
            )
            for number in range(3)
        ]
        owners = {one.uuid: one.flow_owner for one in mine}
        work = functools.partial(self.db.renew_flows, owners, 2.5)
        self.assertEqual(1, len(self.statements(work)))
        self.assertEqual([2.5] * 3, self.leases(mine))
        self.assertEqual(3, self.db.renew_flows(owners, 3.5))

    def test_renew_what_another_has_or_what_is_over(self):
        flavor = self.flavor()
        taken = self.server(
            flavor_uuid=flavor.uuid,
            flow='build',
            flow_owner='you',
            flow_lease=1.5,
        )
        over = self.server(flavor_uuid=flavor.uuid, flow_owner='me-2')
        renewed = self.db.renew_flows(
            {taken.uuid: 'me-1', over.uuid: 'me-2'}, 2.5
        )
        self.assertEqual(0, renewed)
        self.assertEqual([1.5, None], self.leases([taken, over]))

    def test_renew_none(self):
        self.assertEqual(
            [], self.statements(lambda: self.db.renew_flows({}, 2.5))
        )

    def test_renew_more_than_fit_into_one_statement(self):
        (server,) = self.servers(1, flow='build', flow_owner='me')
        owners = {base.new_uuid(): f'me-{n}' for n in range(1200)}
        owners[server.uuid] = 'me'
        self.assertEqual(1, self.db.renew_flows(owners, 2.5))

    def test_forget_takes_the_ports_along(self):
        port = base.new_port()
        server = self.server(flow_owner='me', ports=[port])
        self.assertTrue(self.db.forget_server(server.uuid, 'me'))
        self.assertRaises(
            exceptions.ServerNotFound, self.db.get_server, server.uuid
        )
        self.server(
            node_uuid=server.node_uuid,
            ports=[base.new_port(port_id=port.port_id)],
        )

    def test_forget_what_another_works_on(self):
        server = self.server(flow_owner='you')
        self.assertFalse(self.db.forget_server(server.uuid, 'me'))
        self.db.get_server(server.uuid)
