"""The static driver finds a node for a server, once."""

from __future__ import annotations

import concurrent.futures
from typing import Any

from moganclient.service.drivers import base
from moganclient.service.drivers import static
from moganclient.service import exceptions
from moganclient.tests.unit.service.drivers import static_world as world

#: The kind of its records in the store.
KIND = 'static.allocation'


class AllocationTest(world.StaticTestCase):
    def allocate(
        self,
        driver: static.StaticDriver,
        uuid: str = world.SERVER,
        **values: Any,
    ) -> base.Allocation:
        wanted: dict[str, Any] = {
            'resource_class': 'gold',
            'traits': [],
            'candidates': None,
        }
        driver.allocate(uuid, **{**wanted, **values})
        found = driver.get_allocation(uuid)
        assert found is not None
        return found

    def test_the_node_is_the_servers(self) -> None:
        driver = self.driver(world.node())
        self.assertEqual(
            base.Allocation(
                world.SERVER,
                'active',
                world.uuid_of(1),
                resource_class='gold',
            ),
            self.allocate(driver),
        )
        node = driver.get_node('n1')
        self.assertEqual(
            (world.SERVER, world.SERVER),
            (node.instance_uuid, node.allocation_uuid),
        )

    def test_only_a_node_that_fits(self) -> None:
        driver = self.driver(
            world.node(1, resource_class='silver'),
            world.node(2, provision_state='active'),
            world.node(3, instance_uuid=world.OTHER),
            world.node(4, maintenance=True),
            world.node(5, retired=True),
            world.node(6, power_state=None),
            world.node(7),
        )
        self.assertEqual(world.uuid_of(7), self.allocate(driver).node_uuid)

    def test_with_all_traits(self) -> None:
        driver = self.driver(
            world.node(1, traits=['CUSTOM_A']),
            world.node(2, traits=['CUSTOM_A', 'CUSTOM_B', 'CUSTOM_C']),
        )
        found = self.allocate(driver, traits=['CUSTOM_A', 'CUSTOM_B'])
        self.assertEqual(world.uuid_of(2), found.node_uuid)

    def test_among_candidates(self) -> None:
        driver = self.driver(world.node(1), world.node(2))
        found = self.allocate(driver, candidates=[world.uuid_of(2)])
        self.assertEqual(world.uuid_of(2), found.node_uuid)

    def test_no_candidates(self) -> None:
        self.assertRaises(
            exceptions.BadRequest,
            self.allocate,
            self.driver(world.node()),
            candidates=[],
        )

    def test_candidate_that_does_not_exist(self) -> None:
        error = self.assertRaises(
            exceptions.BadRequest,
            self.allocate,
            self.driver(world.node()),
            candidates=[world.OTHER],
        )
        self.assertIn(world.OTHER, error.detail)

    def test_nothing_fits(self) -> None:
        found = self.allocate(
            self.driver(world.node()), traits=['CUSTOM_A', 'CUSTOM_B']
        )
        self.assertEqual(('error', None), (found.state, found.node_uuid))
        self.assertEqual(
            'No available node has the resource class gold and the traits '
            'CUSTOM_A, CUSTOM_B.',
            found.last_error,
        )

    def test_again_is_the_same_one(self) -> None:
        driver = self.driver(world.node(1), world.node(2))
        first = self.allocate(driver)
        self.assertEqual(first, self.allocate(driver))
        self.assertIsNone(driver.get_node('n2').instance_uuid)

    def test_again_after_a_failure_is_still_one(self) -> None:
        driver = self.driver(world.node())
        first = self.allocate(driver, resource_class='silver')
        self.assertEqual(first, self.allocate(driver))

    def test_one_that_was_never_asked_for(self) -> None:
        driver = self.driver(world.node())
        self.assertIsNone(driver.get_allocation(world.SERVER))
        driver.delete_allocation(world.SERVER)

    def test_given_up(self) -> None:
        driver = self.driver(world.node())
        self.allocate(driver)
        for _ in range(2):
            driver.delete_allocation(world.SERVER)
            self.assertIsNone(driver.get_allocation(world.SERVER))
        self.assertTrue(driver.list_nodes()[0].available)
        self.assertEqual('active', self.allocate(driver).state)

    def test_failure_given_up(self) -> None:
        driver = self.driver()
        self.allocate(driver)
        driver.delete_allocation(world.SERVER)
        self.assertIsNone(driver.get_allocation(world.SERVER))

    def test_a_deployed_node_keeps_it(self) -> None:
        driver = self.driver(
            world.node(instance_info={'image_source': world.IMAGE})
        )
        self.allocate(driver)
        driver.provision(world.uuid_of(1), 'active')
        for _ in range(2):
            self.assertRaises(
                exceptions.UpstreamConflict,
                driver.delete_allocation,
                world.SERVER,
            )
            self.wait()
        self.assertEqual('active', self.allocate(driver).state)

    def test_removing_the_instance_ends_it(self) -> None:
        driver = self.driver(world.node())
        self.allocate(driver)
        driver.release_node(world.uuid_of(1))
        self.assertIsNone(driver.get_allocation(world.SERVER))

    def test_instance_that_a_node_has_already(self) -> None:
        driver = self.driver(
            world.node(1, instance_uuid=world.SERVER), world.node(2)
        )
        found = self.allocate(driver)
        self.assertEqual('error', found.state)
        self.assertIn(world.uuid_of(1), found.last_error or '')

    def test_killed_before_the_node_was_taken(self) -> None:
        driver = self.driver(world.node())
        record: dict[str, Any] = {
            'resource_class': 'gold',
            'traits': [],
            'candidates': None,
            'at': self.now,
            'node_uuid': None,
            'error': None,
        }
        self.store.swap(KIND, world.SERVER, None, record)
        found = driver.get_allocation(world.SERVER)
        self.assertEqual('allocating', found and found.state)
        self.wait()
        found = driver.get_allocation(world.SERVER)
        self.assertEqual('active', found and found.state)

    def test_killed_after_the_node_was_taken(self) -> None:
        driver = self.driver(world.node(1), world.node(2))
        self.allocate(driver)
        record = self.store.get_many(KIND)[world.SERVER]
        self.store.swap(
            KIND, world.SERVER, record, {**record, 'node_uuid': None}
        )
        self.wait()
        self.assertEqual(world.uuid_of(1), self.allocate(driver).node_uuid)
        self.assertIsNone(driver.get_node('n2').instance_uuid)

    def test_no_node_is_given_twice(self) -> None:
        driver = self.driver(*(world.node(number) for number in range(1, 5)))
        servers = [f'{world.SERVER[:-2]}{number:02d}' for number in range(8)]

        def allocate(server: str) -> str | None:
            return self.allocate(driver, server).node_uuid

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            found = [uuid for uuid in pool.map(allocate, servers) if uuid]
        self.assertEqual(4, len(set(found)))
        self.assertEqual(4, len(found))
