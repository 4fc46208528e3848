"""Who is an admin of the deployment, and whose word counts."""

from __future__ import annotations

import ddt
import testtools

from moganclient.service import conf as service_conf
from moganclient.service import context


@ddt.ddt
class KeystoneTest(testtools.TestCase):
    def found(self, environ, **api):
        conf = service_conf.load(config_files=[])
        for name, value in api.items():
            conf.set_override(name, value, 'api')
        return context.from_keystone(
            conf, {'openstack.request_id': 'req-1', **environ}
        )

    def test_keystones_admin_project_is_not_ours(self):
        found = self.found(
            {'HTTP_X_PROJECT_ID': 'p', 'HTTP_X_IS_ADMIN_PROJECT': 'True'}
        )
        self.assertFalse(found.is_admin_project)

    def test_configured_project_is(self):
        found = self.found({'HTTP_X_PROJECT_ID': 'p'}, admin_project_id='p')
        self.assertTrue(found.is_admin_project)

    def test_id_goes_before_name(self):
        found = self.found(
            {
                'HTTP_X_PROJECT_ID': 'q',
                'HTTP_X_PROJECT_NAME': 'admin',
                'HTTP_X_PROJECT_DOMAIN_ID': 'default',
            },
            admin_project_id='p',
            admin_project_name='admin',
        )
        self.assertFalse(found.is_admin_project)

    def test_no_project_is_not_an_empty_name(self):
        self.assertFalse(self.found({}, admin_project_id='').is_admin_project)

    def test_system_scope(self):
        scoped = self.found({'HTTP_OPENSTACK_SYSTEM_SCOPE': 'all'})
        self.assertTrue(scoped.is_system)
        self.assertFalse(self.found({}).is_system)


@ddt.ddt
class RequestIdTest(testtools.TestCase):
    @ddt.data(
        None,
        '',
        'req-1',
        'req-bb0b262a-e295-4791-9401-76d40d98286d\n',
        'REQ-bb0b262a-e295-4791-9401-76d40d98286d',
        'bb0b262a-e295-4791-9401-76d40d98286d',
    )
    def test_other_forms_are_not_valid(self, value):
        self.assertIsNone(context.valid_request_id(value))

    def test_form_of_one_is_valid(self):
        value = 'req-bb0b262a-e295-4791-9401-76d40d98286d'
        self.assertEqual(value, context.valid_request_id(value))
