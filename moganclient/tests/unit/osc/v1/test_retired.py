"""Tests of commands with a retired server, before and after it is known."""

from __future__ import annotations

import json
from typing import Any

import ddt
from osc_lib import exceptions

from moganclient.osc.v1 import adoptable_node
from moganclient.osc.v1 import server
from moganclient.osc.v1 import server_manage
from moganclient.tests.unit.osc import base
from moganclient.tests.unit.v1 import fakes
from moganclient.tests.unit.v1 import retired
from moganclient.v1 import client

SERVER = {**fakes.SERVER, 'flavor_uuid': None}


@ddt.ddt
class TestRetired(base.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.http.get(fakes.MOGAN, json=retired.DOCUMENT)
        self.http.get(
            retired.NODES, json={'manageable_servers': [retired.NODE]}
        )
        self.http.post(retired.NODES, json=SERVER, status_code=201)
        self.manager.baremetal_compute = client.Client(fakes.MOGAN)

    def refused(self, command: type[Any], *argv: str) -> str:
        error = self.assertRaises(
            exceptions.CommandError, self.run_command, command, *argv
        )
        self.assertEqual([], self.sent())
        sentence = str(error)
        self.assertTrue(sentence.endswith('which cannot do that.'), sentence)
        return sentence

    def test_list_of_nodes(self):
        (row,) = json.loads(
            self.run_command(
                adoptable_node.ListAdoptableNode, '-f', 'json', '--long'
            )
        )
        self.assertEqual(retired.NODE_UUID, row['UUID'])
        self.assertEqual(['GET /manageable_servers'], self.sent())

    @ddt.data(
        ('--all', "'all'"),
        ('--fields=name', "'fields'"),
        ('--limit=5', "'limit'"),
        (f'--marker={fakes.NODE_UUID}', "'marker'"),
        ('--name=x', "'name'"),
        ('--sort=name', "'sort'"),
    )
    @ddt.unpack
    def test_what_it_cannot_list_by(self, option, name):
        sentence = self.refused(adoptable_node.ListAdoptableNode, option)
        self.assertIn(f'needed for {name} in a list of', sentence)

    def test_manage(self):
        shown = json.loads(
            self.run_command(
                server_manage.ManageServer,
                *('-f', 'json', retired.NODE_UUID, 'db-3'),
            )
        )
        self.assertEqual(fakes.SERVER_UUID, shown['UUID'])
        self.assertEqual(['POST /manageable_servers'], self.sent())

    @ddt.data(
        ('--flavor=gold', 'the flavor of manage'),
        # Names that nobody is to be asked for.
        ('--port=nic1', '--port'),
        ('--project=x', '--project'),
        ('--availability-zone=x', 'the availability_zone of manage'),
    )
    @ddt.unpack
    def test_what_manage_cannot_do(self, option, what):
        for more in (), ('--dry-run',):
            sentence = self.refused(
                server_manage.ManageServer, retired.NODE_UUID, option, *more
            )
            self.assertIn(f'needed for {what},', sentence)

    def test_dry_run(self):
        plan = json.loads(
            self.run_command(
                server_manage.ManageServer,
                *('-f', 'json', retired.NODE_UUID, '--dry-run'),
            )
        )
        self.assertEqual('rack7-u12', plan['Name'])
        self.assertIsNone(plan['Flavor'])
        self.assertTrue(plan['Ready'])
        self.assertEqual(['GET /manageable_servers'], self.sent())

    def test_dry_run_of_a_node_without_a_name(self):
        nameless = {**retired.NODE, 'name': None}
        self.http.get(retired.NODES, json={'manageable_servers': [nameless]})
        error = self.assertRaises(
            exceptions.CommandError,
            self.run_command,
            server_manage.ManageServer,
            *('-f', 'json', retired.NODE_UUID, '--dry-run'),
        )
        self.assertIn('1 reason why not', str(error))
        (reason,) = json.loads(self.printed)['Reasons']
        self.assertEqual('no_name', reason['code'])

    def test_unmanage_looks_up_no_name(self):
        self.assertIn(
            'letting go of a server',
            self.refused(server_manage.UnmanageServer, 'db-3'),
        )

    def test_list_of_servers(self):
        self.http.get(
            f'{fakes.MOGAN}/servers',
            [{'json': {'servers': [SERVER]}}, {'json': {'servers': []}}],
        )
        (row,) = json.loads(self.run_command(server.ListServer, '-f', 'json'))
        self.assertEqual('db-3', row['Name'])
