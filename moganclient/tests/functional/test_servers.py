"""Servers are powered, locked and wired: the real shell and service."""

from __future__ import annotations

import fcntl
import os
import pathlib
import pty
import struct
import subprocess
import sys
import termios

from moganclient.tests.functional import living


class TestPower(living.TestCase):
    def test_start_stop_and_reboot(self):
        self.create('web')
        for command, status, power in (
            ('stop', 'stopped', 'power off'),
            ('start', 'active', 'power on'),
            ('reboot', 'active', 'power on'),
            ('reboot --hard', 'active', 'power on'),
            ('reboot --soft', 'active', 'power on'),
            ('stop --soft', 'stopped', 'power off'),
        ):
            self.quiet(f'server {command} web --wait')
            shown = self.show('web')
            self.assertEqual(
                (status, power, None),
                (shown['Status'], shown['Power State'], shown['Fault']),
                command,
            )
        self.assertIn("'nope'", self.refused('server start nope'))

    def test_several_and_one_that_is_not_there(self):
        self.create('one')
        self.create('two')
        said = self.refused('server stop one nope two --wait')
        self.assertIn('1 of 3 servers could not be powered off.', said)
        self.assertEqual(
            {'stopped'},
            {server['Status'] for server in self.json('server list')},
        )

    def test_a_machine_that_was_taken_over(self):
        self.run_('server manage rack7-u01 db')
        self.quiet('server stop db --wait')
        self.assertEqual('stopped', self.show('db')['Status'])
        self.quiet('server start db --wait')
        self.assertEqual('active', self.show('db')['Status'])


class TestMachinesThatFail(living.TestCase):
    SIMULATED = {'rack7-u01': {'power': 'fail'}}

    def test_what_a_power_action_came_to(self):
        self.run_('server manage rack7-u01 db')

        said = self.refused('server stop db --wait')
        shown = self.show('db')
        self.assertEqual('active', shown['Status'])
        self.assertIn(shown['Fault']['message'], said)


class TestLock(living.TestCase):
    def test_nothing_is_done_to_a_locked_server(self):
        self.create('web')
        self.quiet('server lock web')
        self.quiet('server lock web')
        self.assertTrue(self.show('web')['Locked'])
        for command in (
            'server stop web',
            'server reboot web',
            'server rebuild web',
            'server delete web',
            'server set web --name other',
            f'server add port web --network {living.LAN}',
            f'server add floating ip web {living.FLOATING}',
        ):
            self.assertIn('locked', self.refused(command), command)
        self.quiet('server unlock web')
        self.assertFalse(self.show('web')['Locked'])
        self.quiet('server stop web --wait')


class TestWires(living.TestCase):
    def test_floating_ip(self):
        self.create('web')
        self.quiet(f'server add floating ip web {living.FLOATING}')
        (nic,) = self.json('server netinfo web')
        self.assertEqual(living.FLOATING, nic['Floating IP'])
        self.assertIn(living.FLOATING, str(self.show('web')['Addresses']))
        self.assertIn(
            '203.0.113.99',
            self.refused('server add floating ip web 203.0.113.99'),
        )
        self.quiet(f'server remove floating ip web {living.FLOATING}')
        (nic,) = self.json('server netinfo web')
        self.assertIsNone(nic['Floating IP'])
        said = self.refused(f'server remove floating ip web {living.FLOATING}')
        self.assertIn(living.FLOATING, said)

    def test_floating_ip_for_one_of_its_addresses(self):
        self.create('web')
        (nic,) = self.json('server netinfo web')
        (fixed,) = nic['Fixed IPs']
        self.quiet(
            f'server add floating ip web {living.FLOATING} '
            f'--fixed-ip-address {fixed["ip_address"]}'
        )
        said = self.refused(
            'server add floating ip web 203.0.113.11 --fixed-ip-address '
            '10.9.9.9'
        )
        self.assertIn('10.9.9.9', said)

    def test_ports(self):
        self.create('web', '--flavor gold')
        self.quiet(f'server add port web --network {living.STORAGE}')
        nics = self.json('server netinfo web')
        self.assertEqual(
            {living.LAN, living.STORAGE}, {nic['Network ID'] for nic in nics}
        )
        # No NIC is left.
        said = self.refused(f'server add port web --network {living.LAN}')
        self.assertIn('no NIC of the machine is free', said)
        (storage,) = (
            nic['Port ID']
            for nic in nics
            if nic['Network ID'] == living.STORAGE
        )
        self.quiet(f'server remove port web {storage}')
        (nic,) = self.json('server netinfo web')
        self.assertEqual(living.LAN, nic['Network ID'])
        self.assertIn(
            storage,
            self.refused(f'server remove port web {storage}'),
        )


class TestConsole(living.TestCase):
    def test_url(self):
        server = self.create('web')
        shown = self.json('console url show web')
        self.assertEqual('serial', shown['Protocol'])
        self.assertTrue(shown['URL'].endswith(server['Node']), shown)
        said = self.refused('console url show web --socat')
        self.assertIn('socat', said)


class TestTerminal(living.TestCase):
    def test_waiting_is_seen_on_a_terminal_and_only_there(self):
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        size = struct.pack('HHHH', 24, 80, 0, 0)
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
        program = pathlib.Path(sys.executable).with_name('openstack')
        done = subprocess.run(
            [
                program, '--os-auth-type', 'none', '--os-endpoint',
                self.service.url, 'baremetalcompute', 'server', 'create',
                'web', '--flavor', 'general', '--image', living.DEBIAN,
                '--network', living.LAN, '--wait', '-f', 'value', '-c',
                'Name',
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            check=True,
        )  # fmt: skip
        os.close(theirs)
        told = os.read(ours, 100_000).decode()
        self.assertEqual('web\n', done.stdout)
        self.assertIn('web: building', told)
