"""The rules, and a policy file of the operator's own."""

from __future__ import annotations

import pathlib
import re

import fixtures
import testtools

from moganclient.service.api import policy
from moganclient.service import app
from moganclient.service import conf as service_conf
from moganclient.service import context
from moganclient.service import exceptions


class RulesTest(testtools.TestCase):
    def test_every_operation_has_a_rule_that_names_it(self):
        routes = app.routes(service_conf.load(config_files=[]))
        served = {
            f'{method} ' + re.sub(r'<[^>]+>', '{}', rule.rule)
            for rule in routes.url_map.iter_rules()
            for method in rule.methods - {'HEAD'}
            if rule.rule.startswith('/v1/')
        }
        documented = {
            f'{operation["method"]} '
            + re.sub(r'\{[^}]+\}', '{}', operation['path'])
            for rule in policy.list_rules()
            for operation in getattr(rule, 'operations', [])
        }
        self.assertEqual(
            served, documented - {'GET /healthcheck?detailed=true'}
        )

    def test_every_operation_has_scopes_and_a_description(self):
        for rule in policy.list_rules():
            self.assertTrue(rule.description, rule.name)
            if rule.name.startswith('baremetal_compute:'):
                self.assertEqual(['system', 'project'], rule.scope_types)

    def test_names_are_unique(self):
        names = [rule.name for rule in policy.list_rules()]
        self.assertEqual(sorted(set(names)), sorted(names))


class OwnFileTest(testtools.TestCase):
    def policy(self, text):
        directory = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        path = directory / 'policy.yaml'
        path.write_text(text)
        conf = service_conf.load(config_files=[])
        conf.set_override('policy_file', str(path), 'oslo_policy')
        return policy.Policy(conf)

    def test_rule_of_the_file_counts(self):
        rules = self.policy(
            '"baremetal_compute:adoptable_nodes:list": "role:mover"\n'
        )
        mover = context.Context(roles=['mover'], project_id='p')
        admin = context.Context(roles=['admin'], system_scope='all')
        self.assertTrue(rules.allows(mover, policy.NODES_LIST))
        self.assertFalse(rules.allows(admin, policy.NODES_LIST))

    def test_refusal_names_the_rule(self):
        rules = self.policy('{}')
        error = self.assertRaises(
            exceptions.Forbidden,
            rules.require,
            context.Context(roles=['reader'], project_id='p'),
            policy.SERVERS_MANAGE,
        )
        self.assertIn('baremetal_compute:servers:manage', error.detail)

    def test_broken_file_is_a_sentence(self):
        error = self.assertRaises(
            exceptions.ConfigError, self.policy, '"a": [unbalanced'
        )
        self.assertIn('policy.yaml', str(error))
        self.assertNotIn('\n', str(error))

    def test_rule_that_names_no_rule_is_a_sentence(self):
        error = self.assertRaises(
            exceptions.ConfigError,
            self.policy,
            '"baremetal_compute:servers:list": "rule:nonesuch"\n',
        )
        self.assertIn('policy.yaml', str(error))


class EnforcerTest(testtools.TestCase):
    def test_tools_of_oslo_policy_get_an_enforcer(self):
        directory = self.useFixture(fixtures.TempDir()).path
        self.useFixture(fixtures.EnvironmentVariable('HOME', directory))
        self.assertIn(
            policy.SERVERS_MANAGE, policy.get_enforcer().registered_rules
        )
