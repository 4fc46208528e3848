"""Who owns a flow, and whether that somebody lives."""

import subprocess
import sys
import time

import testtools
from testtools import matchers

from moganclient.service.db import models
from moganclient.service.flows import owner


def of_a_dead_process():
    """The owner string of a process that has ended."""
    script = (
        'from moganclient.service.flows import owner; print(owner.new())'
    )
    done = subprocess.run(
        [sys.executable, '-c', script],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


class OwnerTest(testtools.TestCase):
    def test_no_two_are_the_same(self):
        self.assertNotEqual(owner.new(), owner.new())

    def test_fits_its_column(self):
        self.assertThat(len(owner.new()), matchers.LessThan(256))

    def test_this_process_lives(self):
        self.assertFalse(owner.is_dead(owner.new()))

    def test_a_process_that_ended_is_dead(self):
        self.assertTrue(owner.is_dead(of_a_dead_process()))

    def test_a_process_id_that_was_used_again_is_dead(self):
        fields = owner.new().split('|')
        fields[-2] = '1'
        self.assertTrue(owner.is_dead('|'.join(fields)))

    def test_of_another_host_nothing_is_known(self):
        dead = 'elsewhere' + of_a_dead_process()
        self.assertFalse(owner.is_dead(dead))

    def test_of_another_user_nothing_is_known(self):
        # /proc may hide whether its processes live.
        fields = of_a_dead_process().split('|')
        fields[3] += '1'
        self.assertFalse(owner.is_dead('|'.join(fields)))

    def test_of_another_boot_nothing_is_known(self):
        # Its process ids mean nothing here; the lease decides.
        fields = of_a_dead_process().split('|')
        fields[1] = 'another-boot'
        self.assertFalse(owner.is_dead('|'.join(fields)))


class IsOverTest(testtools.TestCase):
    def flow(self, **changes):
        values = {
            'flow': 'manage',
            'flow_owner': owner.new(),
            'flow_lease': time.time() + 60,
        }
        values.update(changes)
        return models.Server(**values)

    def test_while_owner_and_lease_live_it_is_not(self):
        self.assertFalse(owner.is_over(self.flow()))

    def test_no_flow_is_never_over(self):
        self.assertFalse(owner.is_over(self.flow(flow=None)))

    def test_with_its_lease(self):
        self.assertTrue(owner.is_over(self.flow(flow_lease=time.time() - 1)))

    def test_with_its_owner_whatever_the_lease(self):
        self.assertTrue(
            owner.is_over(self.flow(flow_owner=of_a_dead_process()))
        )
