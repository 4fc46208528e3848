"""Tests of what is seen to be in the way of a takeover."""

from __future__ import annotations

import json
from typing import Any

import testtools

from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import adoptable_node
from moganclient.v1 import flavor
from moganclient.v1 import preparation


def node(**more: Any) -> adoptable_node.AdoptableNode:
    return adoptable_node.AdoptableNode({**fakes.NODE, **more})


def gold(**more: Any) -> flavor.Flavor:
    return flavor.Flavor({**fakes.FLAVOR, **more})


class TestObstacles(testtools.TestCase):
    def codes(
        self,
        *ports: str,
        of: adoptable_node.AdoptableNode | None = None,
        wanted: flavor.Flavor | None = None,
    ) -> list[str]:
        found = preparation.obstacles(
            of or node(), wanted or gold(), list(ports or [fakes.PORT_UUID])
        )
        return [reason['code'] for reason in found]

    def test_none(self):
        self.assertEqual([], self.codes())

    def test_flavor_that_does_not_fit(self):
        (found,) = preparation.obstacles(
            node(), gold(resources={'silver': 1}), [fakes.PORT_UUID]
        )
        self.assertEqual('flavor_does_not_fit', found['code'])
        for word in ("'gold'", 'silver', 'baremetal.gold', "'rack7-u12'"):
            self.assertIn(word, found['message'])

    def test_flavor_that_is_disabled(self):
        self.assertEqual(
            ['flavor_disabled'], self.codes(wanted=gold(disabled=True))
        )

    def test_port_that_is_not_carried(self):
        self.assertEqual(
            ['port_not_carried'],
            self.codes(fakes.PORT_UUID, fakes.OTHER_PORT_UUID),
        )

    def test_port_that_is_carried_and_not_named(self):
        both = node(
            portgroups=[{'vif_port_id': fakes.OTHER_PORT_UUID}],
        )
        self.assertEqual(['port_not_named'], self.codes(of=both))

    def test_nothing_is_said_of_ports_that_nobody_recorded(self):
        bare = node(ports=[{'vif_port_id': None}])
        self.assertEqual([], self.codes(fakes.OTHER_PORT_UUID, of=bare))

    def test_what_the_service_says_comes_first(self):
        said = {'code': 'retired', 'message': 'It is retired.'}
        self.assertEqual(
            ['retired', 'flavor_disabled'],
            self.codes(of=node(reasons=[said]), wanted=gold(disabled=True)),
        )

    def test_class_that_is_missing_is_told_once(self):
        said = {'code': 'no_resource_class', 'message': 'It has none.'}
        bare = node(resource_class=None, reasons=[said])
        self.assertEqual(['no_resource_class'], self.codes(of=bare))


class TestPreparation(testtools.TestCase):
    def test_to_dict_is_json(self):
        found = preparation.Preparation(
            body={'name': 'x'},
            node=node(),
            flavor=gold(),
            ports=[fakes.PORT_UUID],
            reasons=[{'code': 'c', 'message': 'm'}],
        ).to_dict()
        self.assertEqual(found, json.loads(json.dumps(found)))
        self.assertFalse(found['ready'])
        self.assertEqual(fakes.NODE_UUID, found['node']['uuid'])


class TestDescribe(testtools.TestCase):
    def test_by_name_or_uuid(self):
        self.assertEqual("node 'rack7-u12'", preparation.describe(node()))
        self.assertEqual(
            f'node {fakes.NODE_UUID}', preparation.describe(node(name=None))
        )
