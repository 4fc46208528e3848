"""Locks: who sets them, and who takes them away."""

import ddt

from moganclient.service import context as context_mod
from moganclient.service import exceptions
from moganclient.service import lock
from moganclient.tests import machines
from moganclient.tests.unit.service.flows import building

OWNER = machines.PROJECT
ADMIN = 'admins'


@ddt.ddt
class LockTest(building.Case):
    def setUp(self):
        super().setUp()
        self.server = self.build()
        del self.events[:]

    def change(self, project, locked, **kwargs):
        caller = context_mod.Context(project_id=project, overwrite=False)
        return lock.change(
            self.runtime, caller, self.row(self.server), locked, **kwargs
        )

    @ddt.data((OWNER, 'owner'), (ADMIN, 'admin'))
    @ddt.unpack
    def test_each_side_locks_and_unlocks(self, project, side):
        self.assertEqual(side, self.change(project, True).locked_by)
        self.assertIsNone(self.change(project, False).locked_by)

    @ddt.data((OWNER, ADMIN), (ADMIN, OWNER))
    @ddt.unpack
    def test_the_other_side_does_not_unlock(self, first, second):
        self.change(first, True)
        error = self.assertRaises(
            exceptions.Forbidden, self.change, second, False
        )
        self.assertIn('unlock_override', error.detail)
        self.assertIsNotNone(self.row(self.server).locked_by)

    def test_unless_it_may(self):
        self.change(OWNER, True)
        self.assertIsNone(self.change(ADMIN, False, override=True).locked_by)

    def test_what_is_locked_stays_so(self):
        self.change(ADMIN, True)
        self.assertEqual('admin', self.change(OWNER, True).locked_by)

    def test_what_is_unlocked_stays_so(self):
        self.assertIsNone(self.change(OWNER, False).locked_by)
        self.assertEqual([], self.events)

    def test_it_is_told(self):
        self.change(OWNER, True)
        self.change(OWNER, False)
        self.assertEqual(
            [
                'server.lock.start',
                'server.lock.end',
                'server.unlock.start',
                'server.unlock.end',
            ],
            self.events,
        )

    @ddt.data('deleting', 'unmanaging')
    def test_what_is_on_its_way_out_is_not_locked(self, status):
        """A lock promises that nothing is done to it."""
        self.runtime.db.update_server(self.server.uuid, {'status': status})
        error = self.assertRaises(
            exceptions.ServerBusy, self.change, OWNER, True
        )
        self.assertIn(f'"{status}"', error.detail)
        self.assertIsNone(self.row(self.server).locked_by)

    def test_one_that_is_deleted_in_that_moment_is_not_locked(self):
        stale = self.row(self.server)
        self.destroy(stale)
        self.assertRaises(
            exceptions.ServerBusy,
            lock.change,
            self.runtime,
            machines.context(),
            stale,
            True,
        )

    def test_a_server_that_changes_meanwhile(self):
        """Looked at again: no change of others is lost."""
        stale = self.row(self.server)
        self.runtime.db.update_server(stale.uuid, {'name': 'renamed'})
        found = lock.change(self.runtime, machines.context(), stale, True)
        self.assertEqual(('renamed', 'owner'), (found.name, found.locked_by))
