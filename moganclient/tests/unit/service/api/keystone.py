"""Callers of several projects: tokens of a Keystone of canned answers."""

from __future__ import annotations

from keystoneauth1 import fixture as keystone_fixture
from requests_mock.contrib import fixture as requests_fixture

from moganclient.tests.unit.service.api import base

KEYSTONE = 'http://keystone.test:5000'


class KeystoneTest(base.ApiTest):
    """Tokens that keystonemiddleware checks with a Keystone of canned answers.

    ``token(...)`` makes one; ``call(..., token=)`` sends it.
    """

    OPTIONS = {
        'DEFAULT': {'auth_strategy': 'keystone'},
        'api': {'admin_project_id': 'admins'},
    }
    CONFIG = f"""
[keystone_authtoken]
auth_type = password
auth_url = {KEYSTONE}
www_authenticate_uri = {KEYSTONE}
username = mogan
password = pa55
user_domain_id = default
project_name = service
project_domain_id = default
service_token_roles_required = true
http_request_max_retries = 0
"""

    def setUp(self):
        self.keystone = requests_fixture.Fixture()
        self.keystone.setUp()
        # fixtures are cleaned up after the application, which uses this.
        self.addCleanup(self.keystone.cleanUp)
        self.tokens = {}
        discovery = keystone_fixture.DiscoveryList(
            href=KEYSTONE, v2=False, v3=True
        )
        self.keystone.get(KEYSTONE, json=discovery, status_code=300)
        self.keystone.get(
            f'{KEYSTONE}/v3',
            json={'version': discovery['versions']['values'][0]},
        )
        service = keystone_fixture.V3Token()
        service.set_project_scope()
        service.add_service('identity').add_standard_endpoints(
            public=f'{KEYSTONE}/v3',
            internal=f'{KEYSTONE}/v3',
            admin=f'{KEYSTONE}/v3',
        )
        self.keystone.post(
            f'{KEYSTONE}/v3/auth/tokens',
            json=service,
            headers={'X-Subject-Token': 'of-the-service'},
        )
        self.keystone.get(f'{KEYSTONE}/v3/auth/tokens', json=self._validate)
        super().setUp()

    def _validate(self, request, context):
        token = self.tokens.get(request.headers['X-Subject-Token'])
        if token is None:
            context.status_code = 404
            return {'error': {'code': 404, 'message': 'no', 'title': 'no'}}
        return token

    def token(
        self,
        *roles,
        project=None,
        system=False,
        domain=None,
        user='user-1',
        **more,
    ):
        token = keystone_fixture.V3Token(user_id=user, user_name='ann')
        if system:
            token.set_system_scope()
        elif domain:
            token.set_domain_scope(id=domain, name=domain)
        elif project:
            more.setdefault('name', project)
            more.setdefault('domain_id', 'default')
            token.set_project_scope(id=project, **more)
        for role in roles:
            token.add_role(name=role)
        name = f'token-{len(self.tokens)}'
        self.tokens[name] = token
        return name

    def call(self, method, path, *, token=None, headers=None, **kwargs):
        headers = dict(headers or {})
        if token is not None:
            headers['X-Auth-Token'] = token
        return super().call(method, path, headers=headers, **kwargs)

    def admin(self):
        return self.token('admin', 'member', 'reader', project='admins')
