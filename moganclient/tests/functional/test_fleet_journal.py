"""A run over a fleet, and what happens to its journal and its plan."""

from __future__ import annotations

import random
from typing import Any
import uuid

from moganclient.tests.functional import fleet as fleets
from moganclient.tests.functional import test_fleet


class TestFullDisk(test_fleet.FleetTestCase):
    """The journal cannot be written any further."""

    def test_everywhere(self) -> None:
        """Wherever it happens, nothing is taken over that is not known."""
        chance = fleets.chance(self)
        # Before the first byte, in the first lines, and wherever.
        more = [0, 1, 100, 300, 800, 1200]
        more += [chance.randint(300, 1500) for _ in range(2)]
        journal = self.fleet.journal
        begun = 0
        for room in more:
            size = journal.path.stat().st_size if journal.path.exists() else 0
            answer = self.fleet.carry_out(full_at=size + room)
            # It is said, and that is not all: the exit code is no 0.
            text = str(answer.get('message') or answer.get('stopped'))
            self.assertIn(str(journal.path), text, answer)
            self.assert_nothing_is_lost()
            begun += answer.get('begun', 0)
        self.assertGreater(begun, 2)
        self.assertLess(begun, self.count)

        self.assert_all_done(self.fleet.carry_out())

    def test_letting_go(self) -> None:
        self.fleet.carry_out()
        size = self.fleet.journal.path.stat().st_size
        for more in (0, 200, 500, 1000):
            answer = self.fleet.carry_out('rollback', full_at=size + more)
            self.assertNotEqual(0, answer.get('outcome'), answer)
            size = self.fleet.journal.path.stat().st_size

        answer = self.fleet.carry_out('rollback')

        self.assertEqual(0, answer['outcome'], answer)
        self.assertEqual({}, self.fleet.rows())
        self.assertEqual({}, self.fleet.leftovers())

    def test_a_command_says_so(self) -> None:
        self.fleet.journal.path.mkdir()

        result = self.openstack('apply', str(self.fleet.path), ok=False)

        self.assertEqual(2, result.code, result)
        self.assertIn('fleet.yaml.journal', result.stderr)


class TestTornJournal(test_fleet.FleetTestCase):
    """A power cut: what was not synced may be gone, or half of it."""

    def cut(self, chance: random.Random) -> int:
        """Cut the journal off somewhere behind its last synced line.

        :returns: how many bytes are gone
        """
        path = self.fleet.journal.path
        lines = path.read_bytes().splitlines(keepends=True)
        loose = 0
        for line in reversed(lines):
            if b'"done"' not in line:
                break
            loose += len(line)
        size = path.stat().st_size
        gone = chance.randint(0, loose)
        with open(path, 'r+b') as handle:
            handle.truncate(size - gone)
        return gone

    def test_a_torn_end_is_no_hindrance(self) -> None:
        chance = fleets.chance(self)
        gone = 0
        for _ in range(6):
            # One at a time, so that what is loose is the last machine.
            run = self.begin(options={'jobs': 1})
            self.fleet.wait_until_done(2)
            run.kill()
            gone += self.cut(chance)
            # Also without a run in between.
            self.fleet.load().show(self.fleet.client)
            self.assert_nothing_is_lost()
        # A line can be cut off in the middle in any case.
        last = self.fleet.journal.path.read_bytes()
        self.fleet.journal.path.write_bytes(last + b'{"at": "2026-01-0')

        self.assert_all_done(self.fleet.carry_out())

    def test_a_line_that_is_no_line_of_it_is_named(self) -> None:
        self.fleet.carry_out()
        path = self.fleet.journal.path
        lines = path.read_text().splitlines()
        lines[2] = lines[2][:40]
        path.write_text('\n'.join(lines) + '\n')

        answer = self.fleet.carry_out()

        self.assertEqual('JournalError', answer.get('error'), answer)
        self.assertIn('fleet.yaml.journal:3', answer['message'])


class TestEditedPlan(test_fleet.FleetTestCase):
    """The plan's file is changed between two runs."""

    def test_what_failed_is_mended_and_done(self) -> None:
        def spoil(document: dict[str, Any]) -> None:
            document['servers'][3]['ports'] = [str(uuid.uuid4())]
            document['servers'][4]['flavor'] = 'gone'

        right = self.fleet.path.read_text()
        self.fleet.edit(spoil)
        answer = self.fleet.carry_out()
        self.assertEqual(1, answer['outcome'])
        self.assertEqual(
            {'DONE': self.count - 2, 'NOT_READY': 2}, answer['counts']
        )
        self.fleet.path.write_text(right)

        self.assert_all_done(self.fleet.carry_out())

    def test_what_is_added_is_done_too(self) -> None:
        whole = self.fleet.path.read_text()
        self.fleet.edit(lambda document: document['servers'].__delitem__(0))
        self.begin_and_hold().kill()
        self.fleet.path.write_text(whole)

        self.assert_all_done(self.fleet.carry_out())

    def test_what_is_left_out_stays_until_a_rollback(self) -> None:
        self.fleet.carry_out()
        self.fleet.edit(lambda document: document['servers'].__delitem__(0))

        answer = self.fleet.carry_out()

        self.assertEqual({'DONE': self.count - 1}, answer['counts'])
        self.assertEqual(self.count, len(self.fleet.servers()))
        shown = self.fleet.load().show(self.fleet.client)
        self.assertEqual(self.count, len(shown.machines))
        answer = self.fleet.carry_out('rollback')
        self.assertEqual({'RELEASED': self.count}, answer['counts'])
        self.assertEqual({}, self.fleet.leftovers())

    def test_a_fault_is_told_before_anything_is_begun(self) -> None:
        self.fleet.edit(
            lambda document: document['servers'][1].update(flavour='x')
        )

        answer = self.fleet.carry_out()

        self.assertEqual('PlanError', answer.get('error'))
        self.assertFalse(self.fleet.journal.path.exists())
        self.assertEqual({}, self.fleet.servers())
