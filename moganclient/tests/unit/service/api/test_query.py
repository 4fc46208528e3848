"""Query arguments: what is known, what is refused, and with which words."""

from __future__ import annotations

import ddt

from moganclient.tests.unit.service.api import base


@ddt.ddt
class QueryTest(base.ApiTest):
    OPTIONS = {'api': {'max_limit': 2}}

    @ddt.data(
        ('adoptable_nodes?colour=red', '"colour"', 'resource_class'),
        ('adoptable_nodes?sort=colour:asc', '"colour"', 'provision_state'),
        ('adoptable_nodes?sort=name:up', '"up"', 'asc, desc'),
        ('adoptable_nodes?sort=name:', '""', 'asc, desc'),
        ('adoptable_nodes?fields=name,colour', '"colour"', 'portgroups'),
        ('adoptable_nodes?fields=', '"fields"', 'empty'),
        ('adoptable_nodes?all=perhaps', 'all="perhaps"', 'true nor false'),
        ('adoptable_nodes?limit=0', 'limit="0"', 'from 1 on'),
        ('adoptable_nodes?limit=-1', 'limit="-1"', 'from 1 on'),
        ('adoptable_nodes?limit=ten', 'limit="ten"', 'from 1 on'),
        ('adoptable_nodes?limit=1.5', 'limit="1.5"', 'from 1 on'),
        ('adoptable_nodes?limit=', 'limit=""', 'from 1 on'),
        ('adoptable_nodes?limit=' + '9' * 6000, 'limit=', 'from 1 on'),
        ('adoptable_nodes?marker=node-1', 'marker="node-1"', 'not a UUID'),
        ('adoptable_nodes?name=', '"name"', 'empty'),
        ('adoptable_nodes?name=a&name=b', '"name"', 'twice'),
        ('adoptable_nodes?name=a%00', '"name"', 'NUL'),
        ('adoptable_nodes/node-1?all=true', '"all"', 'fields'),
        ('servers?status=odd', 'status="odd"', 'managing, building, active'),
        ('servers?flavor_uuid=gold', 'flavor_uuid="gold"', 'not a UUID'),
        ('servers?sort=name&sort_key=name', 'sort_key', 'not both'),
        ('servers?sort_dir=sideways', '"sideways"', 'asc, desc'),
        ('servers?project_id=x&all_projects=1', 'all_projects', 'not both'),
        ('servers/detail?fields=name', '"fields"', 'known are'),
        ('flavors?colour=red', '"colour"', 'is_public'),
        ('flavors?is_public=perhaps', 'is_public', 'true nor false'),
    )
    @ddt.unpack
    def test_fault_is_named_with_what_is_right(self, path, *words):
        error = self.fault(self.call('GET', f'/v1/{path}'), 400)
        for word in words:
            self.assertIn(word, error['detail'])

    @ddt.data('true', '1', 'YES', 'on', '')
    def test_all_is_true(self, value):
        answer = self.call(
            'GET', f'/v1/adoptable_nodes?name=node-4&all={value}'
        )
        self.assertEqual(1, len(answer.json['adoptable_nodes']))

    @ddt.data('false', '0', 'No', 'off')
    def test_all_is_false(self, value):
        answer = self.call(
            'GET', f'/v1/adoptable_nodes?name=node-4&all={value}'
        )
        self.assertEqual([], answer.json['adoptable_nodes'])

    @ddt.data('', '?limit=3', '?limit=' + '9' * 18)
    def test_limit_is_clamped(self, query):
        answer = self.call('GET', f'/v1/adoptable_nodes{query}')
        self.assertEqual(2, len(answer.json['adoptable_nodes']))

    def test_marker_may_be_in_upper_case(self):
        marker = base.uuid(1, 1).upper()
        answer = self.call('GET', f'/v1/adoptable_nodes?marker={marker}')
        self.assertEqual(200, answer.status_code, answer.text)
