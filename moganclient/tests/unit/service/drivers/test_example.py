"""The example of the guide to writing drivers is one that works."""

from __future__ import annotations

from importlib import metadata
import pathlib
import sys
import textwrap
import tomllib

import fixtures
from oslo_config import cfg
import testtools

from moganclient.service.drivers import base
from moganclient.service import exceptions
from moganclient.service import runtime

GUIDE = pathlib.Path(__file__).resolve().parents[5] / 'doc/source/contributor'
ONE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c101'
TWO = '1be26c0b-03f2-4d2e-ae87-c02d7f33c102'
THREE = '1be26c0b-03f2-4d2e-ae87-c02d7f33c103'
PORT = '4f0c1e3a-7d3a-4b39-9d0e-3b0f2b0c9a01'
SERVER = '9c7c1a52-2b0c-4a67-8f6a-7d1d6f3c5b02'
OTHER = '9c7c1a52-2b0c-4a67-8f6a-7d1d6f3c5b03'
CSV = f"""\
uuid,name,resource_class,mac,port,power
{ONE},rack1-u1,gold,52:54:00:00:00:0A,{PORT.upper()},power on
{TWO},rack1-u2,gold,,,
{THREE},,silver,52:54:00:00:00:03,,power off
"""


class Store:
    """A claim store in memory."""

    def __init__(self):
        self.values = {}

    def get_many(self, kind, keys=None):
        return {
            key: value
            for (of, key), value in self.values.items()
            if of == kind and (keys is None or key in keys)
        }

    def swap(self, kind, key, old, new):
        if self.values.get((kind, key)) != old:
            return False
        if new is None:
            self.values.pop((kind, key), None)
        else:
            self.values[kind, key] = new
        return True


class ExampleDriverTest(testtools.TestCase):
    def setUp(self):
        super().setUp()
        directory = self.useFixture(fixtures.TempDir()).path
        self.file = pathlib.Path(directory, 'inventory.csv')
        self.file.write_text(CSV)
        self.build = self._entry_point().load()
        self.store = Store()
        self.driver = self._driver()

    def _entry_point(self):
        """As the guide's own pyproject.toml names it."""
        sys.path.insert(0, str(GUIDE / 'example'))
        self.addCleanup(sys.path.remove, str(GUIDE / 'example'))
        text = (GUIDE / 'driver.rst').read_text()
        block = text.split('.. code-block:: toml')[1].split('\nand the')[0]
        project = tomllib.loads(textwrap.dedent(block))['project']
        [(group, names)] = project['entry-points'].items()
        [(name, value)] = names.items()
        return metadata.EntryPoint(name, value, group)

    def _driver(self):
        conf_file = self.file.with_suffix('.conf')
        conf_file.write_text(f'[csv]\nfile = {self.file}\n')
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[str(conf_file)])
        return self.build(conf, self.store)

    def uuids(self, **query):
        page = self.driver.list_adoptable_nodes(base.NodeQuery(**query))
        return [node.uuid for node in page.nodes]

    def test_is_in_the_group_that_the_service_loads(self):
        self.assertEqual(runtime.DRIVERS, self._entry_point().group)

    def test_without_a_file_it_says_what_is_missing(self):
        conf = cfg.ConfigOpts()
        conf([], default_config_files=[])

        error = self.assertRaises(
            exceptions.ConfigError, self.build, conf, self.store
        )

        self.assertIn('[csv] file', str(error))

    def test_lists_all_machines(self):
        self.assertEqual([ONE, TWO, THREE], self.uuids())

    def test_filters_by_resource_class(self):
        self.assertEqual([THREE], self.uuids(resource_class='silver'))

    def test_pages_join_without_gap_or_overlap(self):
        first = self.driver.list_adoptable_nodes(base.NodeQuery(limit=2))
        rest = self.driver.list_adoptable_nodes(
            base.NodeQuery(limit=2, marker=first.next_marker)
        )

        self.assertEqual(
            [ONE, TWO, THREE], [n.uuid for n in first.nodes + rest.nodes]
        )
        self.assertIsNone(rest.next_marker)

    def test_an_unknown_marker_is_refused(self):
        query = base.NodeQuery(marker=SERVER)

        self.assertRaises(
            exceptions.BadRequest, self.driver.list_adoptable_nodes, query
        )

    def test_sorts(self):
        self.assertEqual(
            [TWO, ONE, THREE], self.uuids(sort_key='name', descending=True)
        )

    def test_finds_a_node_by_name(self):
        self.assertEqual(ONE, self.driver.get_node('rack1-u1').uuid)

    def test_uuids_and_addresses_are_in_lower_case(self):
        node = self.driver.get_node(ONE)

        self.assertEqual('52:54:00:00:00:0a', node.nics[0].address)
        self.assertEqual([PORT], node.vifs())

    def test_an_unknown_node(self):
        self.assertRaises(
            exceptions.NodeNotFound, self.driver.get_node, 'rack9-u9'
        )

    def test_a_claim_is_seen_by_another_process(self):
        self.driver.claim_node(ONE, SERVER, 'server 1')

        node = self._driver().get_node(ONE)

        self.assertEqual(SERVER, node.instance_uuid)
        self.assertEqual('server 1', node.protected_reason)

    def test_a_claimed_node_is_left_out_of_the_list(self):
        self.driver.claim_node(ONE, SERVER, 'server 1')

        self.assertEqual([TWO, THREE], self.uuids())
        self.assertEqual([ONE, TWO, THREE], self.uuids(all=True))

    def test_claiming_again_for_the_same_server_is_no_error(self):
        self.driver.claim_node(ONE, SERVER, 'server 1')

        node = self.driver.claim_node(ONE, SERVER, 'server 1')

        self.assertEqual(SERVER, node.instance_uuid)

    def test_a_second_claim_is_refused(self):
        self.driver.claim_node(ONE, SERVER, 'server 1')

        self.assertRaises(
            exceptions.UpstreamConflict,
            self.driver.claim_node,
            ONE,
            OTHER,
            'server 2',
        )

    def test_a_release_leaves_the_node_as_it_was(self):
        before = self.driver.get_node(ONE)
        self.driver.claim_node(ONE, SERVER, 'server 1')

        self.driver.release_node(ONE, protected=False, protected_reason=None)

        self.assertEqual(before, self.driver.get_node(ONE))

    def test_states_show_the_claim(self):
        self.driver.claim_node(THREE, SERVER, 'server 1')

        states = {s.uuid: s for s in self.driver.list_nodes()}

        self.assertEqual(SERVER, states[THREE].instance_uuid)
        self.assertEqual('power off', states[THREE].power_state)

    def test_an_inventory_that_is_gone_is_no_empty_list(self):
        self.file.unlink()

        self.assertRaises(exceptions.UpstreamUnavailable, self.driver.check)
        self.assertRaises(
            exceptions.UpstreamUnavailable,
            self.driver.list_adoptable_nodes,
            base.NodeQuery(),
        )
