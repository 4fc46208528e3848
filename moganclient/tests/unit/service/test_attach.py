"""Network interfaces: given, taken away, and what is left when it fails."""

from unittest import mock

import ddt

from moganclient.service import attach
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service import floating
from moganclient.service.flows import recovery
from moganclient.service.flows import unmanage
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building

OTHER = 'cccccccc-0000-4000-8000-000000000001'
ADDRESS = '203.0.113.10'


class Killed(BaseException):
    """Ends a flow without any undoing, as SIGKILL does."""


class Case(building.Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()
        self.built = self.snapshot()
        del self.events[:]

    def snapshot(self):
        """Everything of the server's network."""
        made = self.world.made_ports(self.server.uuid)
        return [
            self.world.state(),
            sorted(made),
            sorted(row.port_id for row in self.row(self.server).ports),
        ]

    def attach(self, **kwargs):
        with deadline.limit(10):
            return attach.attach(
                self.runtime,
                machines.context(),
                self.row(self.server),
                **kwargs,
            )

    def detach(self, port_id):
        with deadline.limit(10):
            return attach.detach(
                self.runtime,
                machines.context(),
                self.row(self.server),
                port_id,
            )

    def port(self, port_id):
        return self.runtime.networks.ports_by_id([port_id]).get(port_id)

    def refused(self, error, **kwargs):
        found = self.assertRaises(error, self.attach, **kwargs)
        self.assert_as_built()
        return found

    def assert_as_built(self):
        self.assertEqual(self.built, self.snapshot())
        found = self.row(self.server)
        self.assertEqual(('active', None), (found.status, found.flow))
        self.assertIsNone(found.plan)


@ddt.ddt
class AttachTest(Case):
    def test_a_port_of_their_own(self):
        found = self.attach(port_id=building.MINE)
        self.assertIn(building.MINE, self.node(found).vifs())
        port = self.port(building.MINE)
        self.assertEqual(
            (found.uuid, found.node_uuid), (port.device_id, port.host_id)
        )
        (row,) = [p for p in found.ports if p.port_id == building.MINE]
        self.assertEqual((False, True), (row.created, row.attached))
        self.assertEqual(
            ['server.attach.start', 'server.attach.end'], self.events
        )

    def test_a_new_one(self):
        found = self.attach(net_id=building.NETWORK)
        self.assertEqual(2, len(self.world.made_ports(found.uuid)))
        self.assertEqual(2, len(self.node(found).vifs()))
        self.assertEqual([True, True], [row.created for row in found.ports])
        self.assertEqual('active', found.status)

    def test_the_addresses_say_so(self):
        found = self.attach(port_id=building.MINE)
        self.assertIn(
            {'addr': '10.9.0.200', 'type': 'fixed'},
            found.addresses[building.NETWORK],
        )

    def test_no_nic_is_free(self):
        self.attach(net_id=building.NETWORK)
        self.built = self.snapshot()
        error = self.refused(exceptions.PortConflict, port_id=building.MINE)
        self.assertEqual('no_free_nic', error.code)
        self.assertIsNone(self.row(self.server).fault)

    @ddt.data(OTHER, building.THEIRS)
    def test_a_port_that_is_not_there_for_the_project(self, port):
        self.refused(exceptions.PortNotFound, port_id=port)

    def test_a_port_that_is_used(self):
        self.refused(exceptions.PortConflict, port_id=building.USED)

    def test_a_port_that_it_has(self):
        mine = self.server.ports[0].port_id
        self.refused(exceptions.PortConflict, port_id=mine)

    @ddt.data(OTHER, building.PRIVATE)
    def test_a_network_that_is_not_there_for_the_project(self, network):
        self.refused(exceptions.NetworkNotFound, net_id=network)

    def test_a_network_without_subnet(self):
        self.refused(exceptions.BadRequest, net_id=building.NO_SUBNET)

    def test_locked(self):
        self.runtime.db.update_server(self.server.uuid, {'locked_by': 'owner'})
        self.assertRaises(
            exceptions.ServerLocked, self.attach, port_id=building.MINE
        )

    @ddt.data('building', 'error', 'rebooting')
    def test_another_status(self, status):
        self.runtime.db.update_server(self.server.uuid, {'status': status})
        self.assertRaises(
            exceptions.ServerBusy, self.attach, port_id=building.MINE
        )

    def test_locked_meanwhile(self):
        stale = self.row(self.server)
        self.runtime.db.update_server(stale.uuid, {'locked_by': 'admin'})
        self.assertRaises(
            exceptions.ServerLocked,
            attach.attach,
            self.runtime,
            machines.context(),
            stale,
            port_id=building.MINE,
        )

    def test_renamed_meanwhile(self):
        stale = self.row(self.server)
        self.runtime.db.update_server(stale.uuid, {'name': 'renamed'})
        with deadline.limit(10):
            found = attach.attach(
                self.runtime, machines.context(), stale, port_id=building.MINE
            )
        self.assertEqual(('renamed', 2), (found.name, len(found.ports)))

    def test_while_another_is_attached(self):
        self.runtime.db.update_server(self.server.uuid, {'flow': 'attach'})
        self.assertRaises(
            exceptions.ServerBusy, self.attach, port_id=building.MINE
        )

    @ddt.data(
        ('networks', 'create_port'),
        ('driver', 'attach_vif'),
    )
    @ddt.unpack
    def test_a_lost_answer(self, place, name):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(getattr(self.runtime, place), name, lost, act=True)
        found = self.attach(net_id=building.NETWORK)
        self.assertEqual(2, len(self.world.made_ports(found.uuid)))
        self.assertEqual(2, len(self.node(found).vifs()))

    @ddt.data(
        ('networks', 'create_port', exceptions.BadRequest('No.')),
        ('driver', 'attach_vif', exceptions.BadRequest('No.')),
        ('driver', 'attach_vif', RuntimeError('bug')),
    )
    @ddt.unpack
    def test_what_is_refused_is_undone(self, place, name, failure):
        self.fail_first(getattr(self.runtime, place), name, failure)
        self.refused(exceptions.ServiceError, net_id=building.NETWORK)
        self.assertEqual('server.attach.error', self.events[-1])

    def test_a_port_of_theirs_is_given_back(self):
        self.fail_first(
            self.runtime.driver, 'attach_vif', exceptions.BadRequest('No.')
        )
        self.refused(exceptions.PortConflict, port_id=building.MINE)

    def test_what_takes_too_long_is_gone_on_with(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        real = self.runtime.driver.attach_vif
        self.runtime.driver.attach_vif = mock.Mock(side_effect=locked)
        with mock.patch('moganclient.service.flows.waiting.run_here') as run:
            run.return_value = False
            error = self.assertRaises(
                exceptions.Unavailable, self.attach, port_id=building.MINE
            )
        self.assertEqual('recovering', error.code)
        self.runtime.driver.attach_vif = real
        self.recover()
        self.assertIn(building.MINE, self.node(self.server).vifs())

    def lose_lease(self):
        """The flow is another process's from now on."""
        self.runtime.db.update_server(
            self.server.uuid, {'flow_owner': 'another|x|y|z|1|2|3'}
        )

    def test_what_another_process_has_by_now_is_no_success(self):
        """It may undo it."""
        self.runtime.driver.attach_vif = lambda *args: self.lose_lease()
        error = self.assertRaises(
            exceptions.Unavailable, self.attach, port_id=building.MINE
        )
        self.assertEqual('recovering', error.code)

    def test_what_another_process_undoes_is_not_undone_yet(self):
        def attach_vif(*args):
            raise exceptions.BadRequest('No.')

        def set_device(inner, *args):
            if args[1] == '':
                self.lose_lease()
            return inner(*args)

        self.runtime.driver.attach_vif = attach_vif
        self.wrap(self.runtime.networks, 'set_device', set_device)
        error = self.assertRaises(
            exceptions.Unavailable, self.attach, port_id=building.MINE
        )
        self.assertEqual('recovering', error.code)

    def recover(self):
        self.runtime.db.update_server(self.server.uuid, {'flow_lease': 0.0})
        recovery.recover(self.runtime)
        self.drain()
        found = self.row(self.server)
        self.assertEqual(('active', None), (found.status, found.flow))

    def kill_in(self, where, name, flow, *args, acted):
        real = getattr(where, name)

        def die(inner, *some, **kwargs):
            if acted:
                inner(*some, **kwargs)
            raise Killed

        self.wrap(where, name, die)
        self.assertRaises(Killed, flow, *args)
        setattr(where, name, real)
        self.recover()

    @ddt.data(
        ('networks', 'create_port', False),
        ('networks', 'create_port', True),
        ('db', 'add_server_port', False),
        ('db', 'add_server_port', True),
        ('driver', 'attach_vif', False),
        ('driver', 'attach_vif', True),
    )
    @ddt.unpack
    def test_killed_another_process_goes_on(self, place, name, acted):
        self.kill_in(
            getattr(self.runtime, place),
            name,
            lambda: self.attach(net_id=building.NETWORK),
            acted=acted,
        )
        found = self.row(self.server)
        ports = {row.port_id for row in found.ports}
        self.assertEqual(ports, set(self.node(found).vifs()))
        self.assertEqual(ports, set(self.world.made_ports(self.server.uuid)))
        self.assertEqual(2, len(ports))

    @ddt.data(
        ('db', 'add_server_port', False),
        ('db', 'add_server_port', True),
        ('networks', 'set_device', False),
        ('networks', 'set_device', True),
        ('driver', 'attach_vif', True),
    )
    @ddt.unpack
    def test_killed_with_a_port_of_theirs(self, place, name, acted):
        self.kill_in(
            getattr(self.runtime, place),
            name,
            lambda: self.attach(port_id=building.MINE),
            acted=acted,
        )
        found = self.row(self.server)
        self.assertIn(building.MINE, self.node(found).vifs())
        self.assertIn(building.MINE, [row.port_id for row in found.ports])
        self.detach(building.MINE)
        self.assert_as_built()

    @ddt.data(
        ('driver', 'detach_vif', False),
        ('driver', 'detach_vif', True),
        ('networks', 'delete_port', False),
        ('networks', 'delete_port', True),
    )
    @ddt.unpack
    def test_killed_while_it_is_taken_away(self, place, name, acted):
        (made,) = [row.port_id for row in self.server.ports]
        self.kill_in(
            getattr(self.runtime, place),
            name,
            lambda: self.detach(made),
            acted=acted,
        )
        self.assertEqual([], self.row(self.server).ports)
        self.assertEqual([], self.node(self.server).vifs())
        self.assertEqual([], self.world.made_ports(self.server.uuid))


class DetachTest(Case):
    def test_a_port_that_was_made_is_deleted(self):
        (made,) = [row.port_id for row in self.server.ports]
        found = self.detach(made)
        self.assertIsNone(self.port(made))
        self.assertEqual([], found.ports)
        self.assertEqual([], self.node(found).vifs())
        self.assertEqual({}, found.addresses)
        self.assertEqual(
            ['server.detach.start', 'server.detach.end'], self.events
        )

    def test_their_own_port_is_kept(self):
        self.attach(port_id=building.MINE)
        self.detach(building.MINE)
        port = self.port(building.MINE)
        self.assertEqual(
            ('', '', ''), (port.device_id, port.device_owner, port.host_id)
        )
        self.assert_as_built()

    def test_a_port_that_it_does_not_have(self):
        error = self.assertRaises(
            exceptions.PortNotFound, self.detach, building.MINE
        )
        self.assertEqual('interface_not_found', error.code)

    def test_refused(self):
        (made,) = [row.port_id for row in self.server.ports]
        self.fail_first(
            self.runtime.driver, 'detach_vif', exceptions.BadRequest('No.')
        )
        self.assertRaises(exceptions.BadRequest, self.detach, made)
        self.assert_as_built()
        self.assertEqual('server.detach.error', self.events[-1])

    def test_the_machine_is_nobodys_by_now(self):
        """An operator took the claim away; what runs there runs on."""
        self.attach(port_id=building.MINE)
        self.runtime.driver.release_node(self.server.node_uuid)
        self.assertRaises(exceptions.NodeLost, self.detach, building.MINE)
        self.assertIn(building.MINE, self.node(self.server).vifs())
        found = self.row(self.server)
        self.assertIn(building.MINE, [row.port_id for row in found.ports])
        self.assertEqual('server.detach.error', self.events[-1])

    def test_whose_the_machine_is_by_now_is_not_said(self):
        (made,) = [row.port_id for row in self.server.ports]
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        driver.claim_node(self.server.node_uuid, OTHER, 'theirs')
        error = self.assertRaises(exceptions.NodeLost, self.detach, made)
        self.assertNotIn(OTHER, error.detail)

    def test_an_inventory_that_shows_nothing_is_waited_for(self):
        """Its account lost its roles: no machine is gone because of that."""
        (made,) = [row.port_id for row in self.server.ports]
        driver = self.runtime.driver
        gone = exceptions.NodeNotFound('No node.')
        blind = exceptions.UpstreamUnavailable('It shows nothing.')
        self.fail_first(driver, 'get_node', gone)
        self.fail_first(driver, 'get_node_bare', blind)
        deleted = []
        self.wrap(
            self.runtime.networks,
            'delete_port',
            lambda inner, port: (
                deleted.append(self.node(self.server).vifs()),
                inner(port),
            ),
        )
        self.detach(made)
        self.assertEqual([[]], deleted)

    def test_deleting_the_server_keeps_their_port(self):
        self.attach(port_id=building.MINE)
        self.destroy(self.server)
        self.drain()
        self.assert_nothing_left(self.server.uuid)


class FloatingTest(Case):
    def add(self, address=ADDRESS, fixed=None, **kwargs):
        return floating.add(
            self.runtime,
            machines.context(),
            self.row(self.server),
            address,
            fixed,
            **kwargs,
        )

    def remove(self, address=ADDRESS, **kwargs):
        return floating.remove(
            self.runtime,
            machines.context(),
            self.row(self.server),
            address,
            **kwargs,
        )

    def test_added(self):
        found = self.add()
        self.assertEqual(
            [
                {'addr': '10.9.0.2', 'type': 'fixed'},
                {'addr': ADDRESS, 'type': 'floating'},
            ],
            found.addresses[building.NETWORK],
        )
        (nic,) = attach.nics(self.runtime, found)
        self.assertEqual(ADDRESS, nic['floating_ip'])

    def test_again(self):
        self.add()
        self.assertEqual(1, len(self.add().addresses))

    def test_to_one_of_its_addresses(self):
        self.attach(port_id=building.MINE)
        self.add(fixed='10.9.0.200')
        found = self.runtime.networks.floating_ip(ADDRESS)
        self.assertEqual(building.MINE, found.port_id)

    def test_to_an_address_that_it_does_not_have(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.add, ADDRESS, '10.1.1.1'
        )
        self.assertEqual('fixed_address_not_found', error.code)

    def test_one_that_is_not_there_for_the_project(self):
        for address in ('203.0.113.99', '203.0.113.11'):
            self.assertRaises(exceptions.FloatingIPNotFound, self.add, address)

    def test_an_admin_may_use_what_is_others(self):
        self.assertIn(
            '203.0.113.11',
            str(self.add('203.0.113.11', foreign=True).addresses),
        )

    def test_one_that_leads_elsewhere(self):
        found = self.runtime.networks.floating_ip(ADDRESS)
        self.runtime.networks.associate_floating_ip(
            found.id, building.USED, None
        )
        error = self.assertRaises(exceptions.Conflict, self.add)
        self.assertEqual('floating_ip_in_use', error.code)

    def test_removed(self):
        self.add()
        self.assertNotIn(ADDRESS, str(self.remove().addresses))
        self.assertIsNone(self.runtime.networks.floating_ip(ADDRESS).port_id)

    def test_removed_one_of_others_that_leads_here(self):
        self.add('203.0.113.11', foreign=True)
        self.assertNotIn('203.0.113.11', str(self.remove('203.0.113.11')))

    def test_removed_one_of_others_is_as_one_that_is_none(self):
        sentences = {
            self.assertRaises(
                exceptions.FloatingIPNotFound, self.remove, address
            ).detail.replace(address, '')
            for address in ('203.0.113.99', '203.0.113.11')
        }
        self.assertEqual(1, len(sentences))

    def test_an_admin_is_told_of_what_is_others(self):
        error = self.assertRaises(
            exceptions.BadRequest, self.remove, '203.0.113.11', foreign=True
        )
        self.assertEqual('floating_ip_not_associated', error.code)

    def test_removed_again(self):
        self.add()
        self.remove()
        self.assertRaises(exceptions.BadRequest, self.remove)

    def test_one_that_is_none(self):
        self.assertRaises(
            exceptions.FloatingIPNotFound, self.remove, '203.0.113.99'
        )

    def test_locked(self):
        self.runtime.db.update_server(self.server.uuid, {'locked_by': 'owner'})
        self.assertRaises(exceptions.ServerLocked, self.add)
        self.assertRaises(exceptions.ServerLocked, self.remove)


class NicsTest(Case):
    def test_two_requests_however_many(self):
        self.attach(port_id=building.MINE)
        calls = []
        for name in ('ports_by_id', 'floating_ips_of_ports'):

            def count(inner, *args, name=name):
                calls.append(name)
                return inner(*args)

            self.wrap(self.runtime.networks, name, count)
        found = attach.nics(self.runtime, self.row(self.server))
        self.assertEqual(['ports_by_id', 'floating_ips_of_ports'], calls)
        self.assertEqual(
            {'10.9.0.2', '10.9.0.200'},
            {ip['ip_address'] for nic in found for ip in nic['fixed_ips']},
        )


class AdoptedTest(Case):
    """A machine that was taken over keeps what it was given."""

    def setUp(self):
        super().setUp()
        self.runtime.db.update_server(
            self.server.uuid, {'adopted': True, 'node_before': {}}
        )

    def test_let_go_what_was_attached_stays_attached(self):
        self.attach(port_id=building.MINE)
        made = [p for p in self.row(self.server).ports if p.created][0].port_id
        with deadline.limit(10):
            sentences = unmanage.run(
                self.runtime, machines.context(), self.server.uuid
            )
        self.assertEqual(
            {building.MINE, made}, set(self.node(self.server).vifs())
        )
        for port_id in (building.MINE, made):
            port = self.port(port_id)
            self.assertEqual('', port.device_id)
            self.assertEqual(self.server.node_uuid, port.host_id)
            self.assertIn(port_id, ' '.join(sentences))
