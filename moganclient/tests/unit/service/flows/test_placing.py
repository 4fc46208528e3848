"""An allocation that the inventory never ends."""

import dataclasses

import fixtures

from moganclient.service.flows import placing
from moganclient.tests.unit.service.flows import building


class LostTest(building.Case):
    def setUp(self):
        super().setUp()
        self.lose = True
        self.deleted = []
        self.useFixture(
            fixtures.MonkeyPatch(f'{placing.__name__}._PATIENCE', 0.05)
        )
        self.wrap(self.runtime.driver, 'get_allocation', self.get)
        self.wrap(self.runtime.driver, 'delete_allocation', self.delete)

    def get(self, inner, uuid):
        found = inner(uuid)
        if found is None or not self.lose:
            return found
        return dataclasses.replace(found, state='allocating', node_uuid=None)

    def delete(self, inner, uuid):
        self.deleted.append(uuid)
        # The next one is made as it should be.
        self.lose = False
        inner(uuid)

    def test_it_is_asked_for_once_more(self):
        server = self.build()
        self.assertEqual('active', server.status)
        self.assertEqual([server.uuid], self.deleted)

    def test_deleting_does_not_wait_for_it(self):
        server = self.start()
        self.runtime.worker.drain(2)
        self.assertEqual([], self.deleted)
        self.destroy(server)
        self.drain()
        self.assertEqual([], self.rows())
        self.assert_nothing_left(server.uuid)
