"""Lists of nodes that several share."""

import threading
from unittest import mock

import fixtures
import testtools

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service import shared_nodes


class SharedNodesTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.now = 1000.0
        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.service.shared_nodes.time.time', lambda: self.now
            )
        )
        self.driver = mock.Mock()
        self.driver.list_free_nodes.side_effect = self.answer
        self.driver.list_nodes.side_effect = self.answer
        self.took = 0.0
        self.shared = shared_nodes.SharedNodes(lambda: self.driver)

    def answer(self, *args):
        self.now += self.took
        return []

    def asked(self):
        return self.driver.list_free_nodes.call_count

    def test_an_answer_is_for_all_who_ask_then(self):
        for _ in range(3):
            self.shared.free('gold')
        self.assertEqual(1, self.asked())

    def test_it_counts_from_when_it_came(self):
        self.took = 60.0
        self.shared.free('gold')
        self.shared.free('gold')
        self.assertEqual(1, self.asked())

    def test_it_is_not_kept(self):
        self.shared.free('gold')
        self.now += 2.5
        self.shared.free('gold')
        self.assertEqual(2, self.asked())

    def test_a_clock_that_goes_backwards(self):
        self.shared.free('gold')
        self.now -= 100
        self.shared.free('gold')
        self.assertEqual(2, self.asked())

    def test_who_wants_a_newer_one_gets_it(self):
        self.took = 1.0
        self.shared.free('gold')
        self.shared.free('gold', since=1000.5)
        self.assertEqual(2, self.asked())
        self.shared.free('gold', since=1000.5)
        self.assertEqual(2, self.asked())

    def test_questions_are_apart(self):
        self.shared.free('gold')
        self.shared.free(None)
        self.shared.every()
        self.assertEqual(2, self.asked())
        self.driver.list_nodes.assert_called_once_with()

    def test_a_failure_is_nobody_elses(self):
        down = exceptions.UpstreamUnavailable('Down.')
        self.driver.list_free_nodes.side_effect = [down, []]
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.shared.free, 'gold'
        )
        self.assertEqual([], self.shared.free('gold'))

    def test_who_waits_for_anothers_answer_has_a_deadline(self):
        asking, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def hang(resource_class):
            asking.set()
            go_on.wait(20)
            return []

        self.driver.list_free_nodes.side_effect = hang
        thread = threading.Thread(target=self.shared.free, args=('gold',))
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(go_on.set)
        asking.wait(20)
        with deadline.limit(0.01):
            self.assertRaises(
                exceptions.DeadlineExceeded, self.shared.free, 'gold'
            )
