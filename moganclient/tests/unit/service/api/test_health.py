"""Health: what it takes to be fit, and that asking is cheap."""

from __future__ import annotations

import logging

import ddt
import fixtures

from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base


class _Broken:
    """A part that fails its check, and counts how often it is asked.

    For the rest it is the part it stands for.
    """

    def __init__(self, error, part=None):
        self.asked = 0
        self._error = error
        self._part = part

    def __getattr__(self, name):
        return getattr(self._part, name)

    def check(self):
        self.asked += 1
        raise self._error


DOWN = exceptions.UpstreamUnavailable('Ironic does not answer.')


@ddt.ddt
class HealthTest(base.ApiTest):
    def setUp(self):
        super().setUp()
        self.log = self.useFixture(fixtures.FakeLogger(level=logging.INFO))

    def test_fit(self):
        answer = self.call('GET', '/healthcheck')
        self.assertEqual(200, answer.status_code)
        self.assertEqual({'status': 'ok'}, answer.json)
        self.assertEqual('no-store', answer.headers['Cache-Control'])

    def test_detail_names_every_part(self):
        checks = self.call('GET', '/healthcheck?detailed=true').json['checks']
        self.assertEqual(
            {
                'database': 'ok',
                'driver': 'ok',
                'networks': 'ok',
                'images': 'ok',
            },
            {check['name']: check['status'] for check in checks},
        )

    @ddt.data('driver', 'db')
    def test_unfit_without_database_or_driver(self, part):
        whole = getattr(self.runtime, part)
        setattr(self.runtime, part, _Broken(DOWN, whole))
        answer = self.call('GET', '/healthcheck')
        self.assertEqual(503, answer.status_code)
        self.assertEqual({'status': 'unfit'}, answer.json)

    @ddt.data('networks', 'images')
    def test_still_fit_without_the_others(self, part):
        setattr(self.runtime, part, _Broken(DOWN))
        self.assertEqual(200, self.call('GET', '/healthcheck').status_code)
        checks = self.call('GET', '/healthcheck?detailed=1').json['checks']
        (failed,) = [c for c in checks if c['status'] == 'failed']
        self.assertEqual(
            (part, 'Ironic does not answer.', False),
            (failed['name'], failed['detail'], failed['needed']),
        )

    def test_detail_of_what_nobody_foresaw_says_its_kind_alone(self):
        self.runtime.driver = _Broken(RuntimeError('pa55'))
        answer = self.call('GET', '/healthcheck?detailed=true')
        self.assertEqual(503, answer.status_code)
        self.assertNotIn('pa55', answer.text)
        self.assertIn('RuntimeError', answer.text)

    def test_unknown_argument_is_a_bad_request(self):
        self.fault(self.call('GET', '/healthcheck?colour=red'), 400)

    def test_balancers_do_not_fill_the_log(self):
        self.call('GET', '/healthcheck')
        self.assertNotIn('/healthcheck', self.log.output)


class CacheTest(base.ApiTest):
    OPTIONS = {'api': {'health_cache': 1000}}

    def test_asking_often_looks_once(self):
        self.useFixture(fixtures.FakeLogger())
        self.runtime.driver = broken = _Broken(DOWN)
        for path in ('', '', '?detailed=true'):
            self.call('GET', f'/healthcheck{path}')
        self.assertEqual(1, broken.asked)
