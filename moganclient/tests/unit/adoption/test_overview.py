"""Tests of how it stands with a plan."""

from __future__ import annotations

from moganclient.adoption import journal as journals
from moganclient.tests.unit.adoption import cloud


class TestShow(cloud.TestCase):
    def show(self):
        return self.plan.show(self.client)

    def test_before_anything(self):
        self.assertEqual(['ready'] * 3, self.states(self.show()))

    def test_done_with_the_servers_status(self):
        self.apply()
        self.cloud.servers[self.cloud.made[1]]['status'] = 'stopped'
        result = self.show()
        self.assertEqual(['done'] * 3, self.states(result))
        self.assertEqual(
            ['active', 'stopped', 'active'],
            [machine.status for machine in result.machines],
        )

    def test_what_failed_with_its_reason(self):
        self.cloud.faults = [cloud.answers(409, 'port_conflict')]
        self.apply()
        machine = self.show().machines[0]
        self.assertEqual('failed', machine.state)
        self.assertEqual(['port_conflict'], self.codes(machine))
        self.assertEqual('req-of-port_conflict', machine.request_id)

    def test_after_a_rollback(self):
        self.apply()
        self.rollback()
        self.assertEqual(['released'] * 3, self.states(self.show()))

    def test_what_a_rollback_could_not_let_go_says_why(self):
        self.apply()
        self.cloud.faults = [cloud.answers(403, 'forbidden')]
        self.rollback()
        machine = self.show().machines[0]
        self.assertEqual('done', machine.state)
        self.assertEqual(['forbidden'], self.codes(machine))

    def test_what_is_not_in_the_plan_any_more(self):
        self.apply()
        del self.plan.servers[0]
        result = self.show()
        self.assertEqual(3, len(result.machines))
        self.assertEqual(['not_in_plan'], self.codes(result.machines[2]))

    def test_in_progress(self):
        self.apply()
        lines = self.plan.journal_path.read_text().splitlines(True)
        self.plan.journal_path.write_text(
            ''.join(line for line in lines if '"done"' not in line)
        )
        self.assertEqual(['in progress'] * 3, self.states(self.show()))

    def test_a_journal_elsewhere(self):
        elsewhere = self.path.with_name('elsewhere')
        self.plan.path = None
        self.apply(journal=elsewhere)
        self.assertEqual(
            ['done'] * 3,
            self.states(self.plan.show(self.client, journal=elsewhere)),
        )
        self.assertEqual(
            ['done'] * 3,
            self.states(self.plan.check(self.client, journal=elsewhere)),
        )

    def test_who_is_at_it(self):
        with journals.Journal.open(
            self.plan.journal_path,
            action='apply',
            plan='fleet.yaml',
            endpoint=cloud.ENDPOINT,
            region=None,
            jobs=1,
        ):
            result = self.show()
        self.assertEqual('apply', result.under_way['action'])

    def test_nobody_is_at_it(self):
        self.apply()
        self.assertIsNone(self.show().under_way)
