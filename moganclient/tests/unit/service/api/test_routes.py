"""What holds for every route."""

from __future__ import annotations

import re

from moganclient.service import app
from moganclient.service import conf as service_conf
from moganclient.tests.unit.service.api import base

#: Those that 1.1 to 1.3 have.
BEFORE_1_4 = frozenset(
    {
        'DELETE /v1/flavors/{}',
        'GET /v1/adoptable_nodes',
        'GET /v1/adoptable_nodes/{}',
        'GET /v1/flavors',
        'GET /v1/flavors/{}',
        'GET /v1/servers',
        'GET /v1/servers/detail',
        'GET /v1/servers/{}',
        'PATCH /v1/flavors/{}',
        'PATCH /v1/servers/{}',
        'POST /v1/flavors',
        'POST /v1/servers/manage',
        'POST /v1/servers/{}/unmanage',
    }
)


def routes() -> list[str]:
    """Method and path of all that is under ``/v1``."""
    urls = app.routes(service_conf.load(config_files=[])).url_map
    return sorted(
        f'{method} ' + re.sub('<[^>]+>', '{}', rule.rule)
        for rule in urls.iter_rules()
        for method in rule.methods or ()
        if rule.rule.startswith('/v1/') and method != 'HEAD'
    )


class RouteTest(base.ApiTest):
    def ask(self, route, ident, **kwargs):
        method, _, path = route.partition(' ')
        if method in ('POST', 'PUT', 'PATCH'):
            kwargs.setdefault('json', {})
        return self.call(method, path.replace('{}', ident), **kwargs)

    def test_what_came_with_1_4_is_for_nobody_who_states_less(self):
        for route in routes():
            for version in ('1.1', '1.3'):
                answer = self.ask(route, base.uuid(9, 9), version=version)
                too_low = 'version_too_low' in answer.text
                self.assertEqual(route not in BEFORE_1_4, too_low, route)
                if too_low:
                    self.fault(answer, 404)

    def test_it_is_for_who_states_it_and_for_clients_of_that_time(self):
        for route in routes():
            for version in ('1.4', None):
                answer = self.ask(route, base.uuid(9, 9), version=version)
                self.assertNotIn('version_too_low', answer.text, route)

    def test_odd_names_in_paths_are_no_fault_of_the_service(self):
        for route in routes():
            for ident in ('x%00y', '%ff', 'x' * 5000, '%F0%9F%98%80', '..'):
                answer = self.ask(route, ident, version='1.4')
                self.assertLess(answer.status_code, 500, f'{route} {ident}')

    def test_arguments_that_are_none_are_told(self):
        for route in routes():
            if '{}' in route or not route.startswith(('GET', 'POST')):
                continue
            answer = self.ask(f'{route}?nonesuch=1', '', version='1.4')
            self.assertIn('nonesuch', self.fault(answer, 400)['detail'])

    def test_path_without_the_version_is_the_same(self):
        for route in routes():
            if not route.startswith('GET') or '{}' in route:
                continue
            answer = self.ask(route.replace('/v1/', '/'), '', version='1.4')
            self.assertEqual(200, answer.status_code, route)
