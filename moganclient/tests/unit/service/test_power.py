"""Power actions: begun, under way, and how they end."""

import time
from unittest import mock

import ddt

from moganclient.service.db import models
from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import waiting
from moganclient.service import power
from moganclient.service import refresh
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building


class Case(building.Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()
        del self.events[:]

    def change(self, target):
        with deadline.limit(10):
            return power.change(
                self.runtime,
                machines.context(),
                self.row(self.server),
                target,
            )

    def look(self):
        return refresh.refresh_server(self.runtime, self.row(self.server))

    def changed(self, target):
        self.change(target)
        return self.look()

    def node_says(self, **values):
        node = self.node(self.server)
        for name, value in values.items():
            setattr(node, name, value)
        self.runtime.driver.get_node_bare = mock.Mock(return_value=node)


@ddt.ddt
class PowerTest(Case):
    @ddt.data('off', 'soft_off')
    def test_off(self, target):
        found = self.change(target)
        self.assertEqual('powering-off', found.status)
        self.assertEqual('stopped', self.look().status)
        self.assertEqual('power off', self.node(self.server).power_state)

    def test_on(self):
        self.changed('off')
        self.assertEqual('powering-on', self.change('on').status)
        found = self.look()
        self.assertEqual('active', found.status)
        self.assertIsNone(found.power_target)
        self.assertIsNone(found.plan)

    @ddt.data('reboot', 'soft_reboot')
    def test_reboot(self, target):
        self.assertEqual('rebooting', self.change(target).status)
        self.assertEqual('active', self.look().status)

    def test_it_is_told(self):
        self.changed('off')
        self.assertEqual(
            ['server.power.start', 'server.power.end'], self.events
        )

    @ddt.data('on', 'reboot')
    def test_a_stopped_server_is_powered_on(self, target):
        self.changed('off')
        self.assertEqual('active', self.changed(target).status)

    @ddt.data(
        ('active', 'on'),
        ('stopped', 'off'),
        ('stopped', 'soft_off'),
        ('stopped', 'soft_reboot'),
        ('error', 'on'),
        ('building', 'off'),
        ('powering-off', 'on'),
        ('detached', 'off'),
    )
    @ddt.unpack
    def test_a_status_in_which_it_cannot_be(self, status, target):
        self.runtime.db.update_server(self.server.uuid, {'status': status})
        error = self.assertRaises(exceptions.ServerBusy, self.change, target)
        self.assertIn(f'"{status}"', error.detail)
        self.assertEqual(400, error.retired_status)

    def test_locked(self):
        self.runtime.db.update_server(self.server.uuid, {'locked_by': 'owner'})
        self.assertRaises(exceptions.ServerLocked, self.change, 'off')

    def test_while_something_else_works_on_it(self):
        self.runtime.db.update_server(self.server.uuid, {'flow': 'attach'})
        self.assertRaises(exceptions.ServerBusy, self.change, 'off')

    def test_a_server_that_changes_meanwhile(self):
        stale = self.row(self.server)
        self.runtime.db.update_server(stale.uuid, {'name': 'renamed'})
        found = power.change(self.runtime, machines.context(), stale, 'off')
        self.assertEqual(
            ('renamed', 'powering-off'), (found.name, found.status)
        )

    def test_a_server_that_is_locked_meanwhile(self):
        stale = self.row(self.server)
        self.runtime.db.update_server(stale.uuid, {'locked_by': 'admin'})
        self.assertRaises(
            exceptions.ServerLocked,
            power.change,
            self.runtime,
            machines.context(),
            stale,
            'off',
        )

    def test_a_machine_that_another_has_by_now(self):
        driver = self.runtime.driver
        driver.release_node(self.server.node_uuid)
        driver.claim_node(self.server.node_uuid, building.IMAGE, 'theirs')
        told = mock.Mock()
        driver.set_power = told
        error = self.assertRaises(exceptions.ServerBusy, self.change, 'off')
        self.assertEqual('node_lost', error.code)
        told.assert_not_called()

    def test_a_machine_that_is_gone(self):
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.NodeNotFound('There is no such node.')
        )
        error = self.assertRaises(exceptions.ServerBusy, self.change, 'off')
        self.assertEqual('node_lost', error.code)

    def test_refused(self):
        self.fail_first(
            self.runtime.driver, 'set_power', exceptions.BadRequest('No.')
        )
        self.assertRaises(exceptions.BadRequest, self.change, 'off')
        found = self.row(self.server)
        self.assertEqual(('active', None), (found.status, found.power_target))
        self.assertEqual(
            ['server.power.start', 'server.power.error'], self.events
        )

    def test_a_lock_is_waited_for(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.fail_first(self.runtime.driver, 'set_power', locked, locked)
        self.assertEqual('stopped', self.changed('off').status)

    def test_a_lock_that_stays(self):
        locked = exceptions.UpstreamConflict('Node is locked by host x.')
        self.runtime.driver.set_power = mock.Mock(side_effect=locked)
        with mock.patch('time.sleep', lambda s: self.clock.add(s)):
            self.clock = _Clock(self)
            self.assertRaises(exceptions.Unavailable, self.change, 'off')
        self.assertEqual('active', self.row(self.server).status)

    def told_after(self, *happenings):
        """What happens while a lock of the node is waited for.

        :returns: the targets that were told in the end
        """
        told = []
        left = list(happenings)

        def set_power(inner, node_uuid, target):
            if left:
                left.pop(0)()
                raise exceptions.UpstreamConflict('Node is locked by host x.')
            told.append(target)
            return inner(node_uuid, target)

        self.wrap(self.runtime.driver, 'set_power', set_power)
        return told

    def test_a_machine_that_another_has_when_its_lock_is_gone(self):
        driver, node_uuid = self.runtime.driver, self.server.node_uuid

        def change_hands():
            driver.release_node(node_uuid)
            driver.claim_node(node_uuid, building.IMAGE, 'theirs')

        told = self.told_after(change_hands)
        error = self.assertRaises(exceptions.ServerBusy, self.change, 'off')
        self.assertEqual(('node_lost', []), (error.code, told))
        found = self.row(self.server)
        self.assertEqual(
            ('active', None, None),
            (found.status, found.power_target, found.plan),
        )

    def test_a_server_that_is_deleted_when_the_lock_is_gone(self):
        told = self.told_after(lambda: self.destroy(self.server))
        self.assertRaises(exceptions.ServerBusy, self.change, 'off')
        self.assertEqual([], told)
        self.assertEqual('deleting', self.row(self.server).status)

    def test_another_action_when_the_lock_is_gone(self):
        """One that looks the same, and is not to be ended by this one."""
        later = {'unsure_until': 1e11}
        told = self.told_after(
            lambda: self.runtime.db.update_server(
                self.server.uuid, {'plan': later}
            )
        )
        self.assertRaises(exceptions.ServerBusy, self.change, 'off')
        found = self.row(self.server)
        self.assertEqual(
            ([], 'powering-off', later), (told, found.status, found.plan)
        )

    def test_a_server_that_is_renamed_when_the_lock_is_gone(self):
        told = self.told_after(
            lambda: self.runtime.db.update_server(
                self.server.uuid, {'name': 'renamed'}
            )
        )
        self.change('off')
        self.assertEqual(['power off'], told)
        self.assertIsNone(self.row(self.server).plan)

    def test_an_action_that_began_meanwhile_stays_unsure(self):
        """The end of this one is not the end of that one."""
        later = {'unsure_until': 1e11}

        def set_power(inner, *args):
            inner(*args)
            self.runtime.db.update_server(self.server.uuid, {'plan': later})

        self.wrap(self.runtime.driver, 'set_power', set_power)
        self.change('off')
        self.assertEqual(later, self.row(self.server).plan)

    def test_what_was_refused_leaves_the_fault_of_before(self):
        fault = {'code': 'power_failed', 'message': 'Once.', 'detail': ''}
        self.runtime.db.update_server(self.server.uuid, {'fault': fault})
        self.fail_first(
            self.runtime.driver, 'set_power', exceptions.BadRequest('No.')
        )
        self.assertRaises(exceptions.BadRequest, self.change, 'off')
        self.assertEqual(fault, self.row(self.server).fault)

    def test_no_answer_is_looked_at_later(self):
        lost = exceptions.UpstreamUnavailable('No answer.')
        self.fail_first(self.runtime.driver, 'set_power', lost, act=True)
        self.assertRaises(exceptions.UpstreamUnavailable, self.change, 'off')
        self.assertEqual('powering-off', self.row(self.server).status)
        self.assertEqual('stopped', self.look().status)


class _Clock:
    """``time.monotonic`` that goes on when somebody sleeps."""

    def __init__(self, case):
        self._more = 0.0
        real = time.monotonic
        patcher = mock.patch('time.monotonic', lambda: real() + self._more)
        patcher.start()
        case.addCleanup(patcher.stop)

    def add(self, seconds):
        self._more += seconds


class OutcomeTest(Case):
    """What a look makes of an action that is under way."""

    def test_while_the_machine_is_busy(self):
        self.change('off')
        self.node_says(power_state='power on', reserved=True)
        self.assertEqual('powering-off', self.look().status)

    def test_while_it_has_a_target(self):
        self.change('off')
        self.node_says(target_power_state='power off', power_state='power on')
        self.assertEqual('powering-off', self.look().status)

    def test_it_ended_otherwise(self):
        self.change('off')
        self.node_says(power_state='power on', last_error='BMC is gone.')
        found = self.look()
        self.assertEqual('active', found.status)
        self.assertEqual('power_failed', found.fault['code'])
        self.assertEqual('BMC is gone.', found.fault['detail'])
        self.assertEqual('server.power.error', self.events[-1])

    def test_the_fault_is_gone_with_the_next_action(self):
        self.test_it_ended_otherwise()
        del self.runtime.driver.get_node_bare
        self.assertIsNone(self.changed('off').fault)

    def unsure(self, seconds):
        plan = {'unsure_until': time.time() + seconds}
        self.runtime.db.update_server(self.server.uuid, {'plan': plan})

    def test_a_request_that_may_still_act(self):
        self.change('off')
        self.unsure(60)
        self.node_says(power_state='power on')
        self.assertEqual('powering-off', self.look().status)

    def test_a_request_that_surely_never_acted(self):
        self.change('off')
        self.unsure(-1)
        self.node_says(power_state='power on')
        found = self.look()
        self.assertEqual('active', found.status)
        self.assertEqual('power_failed', found.fault['code'])

    def test_a_reboot_that_may_not_have_begun(self):
        self.change('reboot')
        self.unsure(60)
        self.assertEqual('rebooting', self.look().status)

    def test_a_reboot_that_failed(self):
        self.change('reboot')
        self.node_says(power_state='power on', last_error='BMC is gone.')
        self.assertEqual('BMC is gone.', self.look().fault['detail'])

    def test_a_machine_that_is_gone(self):
        self.change('off')
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.NodeNotFound('There is no such node.')
        )
        found = self.look()
        self.assertEqual(
            ('detached', None), (found.status, found.power_target)
        )

    def test_the_background_looks_at_these_alone(self):
        self.change('off')
        pause = waiting.PowerWatch().turn(self.runtime)
        self.assertEqual(0.01, pause)
        self.assertEqual('stopped', self.row(self.server).status)
        bare = mock.Mock()
        self.runtime.driver.get_node_bare = bare
        waiting.PowerWatch().turn(self.runtime)
        bare.assert_not_called()

    def powering(self, count):
        """Some more servers, whose machines are not through."""
        self.runtime.db.insert_servers(
            [
                models.Server(
                    uuid=machines.node_uuid(900 + number),
                    name='x',
                    node_uuid=machines.node_uuid(100 + number),
                    flavor_uuid=self.world.flavor_uuid,
                    project_id=machines.PROJECT,
                    status='powering-off',
                    power_target='power off',
                )
                for number in range(count)
            ]
        )
        self.looks = []

        def look(node_uuid):
            self.looks.append(node_uuid)
            raise exceptions.UpstreamUnavailable('No answer.')

        self.runtime.driver.get_node_bare = look

    def test_of_many_a_few_each_turn_and_never_the_whole_inventory(self):
        self.powering(45)
        listed = mock.Mock()
        self.runtime.driver.list_nodes = listed
        watch = waiting.PowerWatch()
        pauses, looks = [], []
        for _ in range(3):
            pauses.append(watch.turn(self.runtime))
            looks.append(len(self.looks))
        self.assertEqual([0.0, 0.0, 0.01], pauses)
        self.assertEqual([20, 40, 45], looks)
        self.assertEqual(45, len(set(self.looks)))
        listed.assert_not_called()

    def test_one_process_at_a_time_looks(self):
        self.powering(1)
        self.runtime.conf.set_override('poll_interval', 100, 'flows')
        first, second = waiting.PowerWatch(), waiting.PowerWatch()
        for watch in (first, second, first):
            watch.turn(self.runtime)
        self.assertEqual(2, len(self.looks))
        self.assertFalse(self.runtime.db.take_lease('power', 'another', 1))

    def test_an_inventory_that_hangs_has_a_turn_and_no_more(self):
        self.powering(45)
        self.runtime.conf.set_override('deadline', 60, 'api')
        look = self.runtime.driver.get_node_bare
        now = time.monotonic()
        clock = mock.patch('time.monotonic', lambda: now)

        def hang(node_uuid):
            nonlocal now
            now += 30
            look(node_uuid)

        self.runtime.driver.get_node_bare = hang
        watch = waiting.PowerWatch()
        with clock:
            self.assertEqual(0.01, watch.turn(self.runtime))
            self.assertEqual(2, len(self.looks))
            watch.turn(self.runtime)
        self.assertEqual(4, len(set(self.looks)))

    def test_ironic_is_down(self):
        self.change('off')
        self.runtime.driver.get_node_bare = mock.Mock(
            side_effect=exceptions.UpstreamUnavailable('Ironic is down.')
        )
        waiting.PowerWatch().turn(self.runtime)
        self.assertEqual('powering-off', self.row(self.server).status)
