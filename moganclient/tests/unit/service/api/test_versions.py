"""Which version a request gets, and what discovery says."""

from __future__ import annotations

import ddt
import testtools

from moganclient.service.api import versions
from moganclient.service import exceptions
from moganclient.tests.unit.service.api import base


@ddt.ddt
class NegotiateTest(testtools.TestCase):
    @ddt.data(
        (None, '1.1'),
        ('', '1.1'),
        ('baremetal_compute 1.1', '1.1'),
        ('baremetal_compute 1.2', '1.2'),
        ('baremetal-compute 1.2', '1.2'),
        ('Baremetal_Compute 1.2', '1.2'),
        ('  baremetal_compute   1.2 ', '1.2'),
        ('baremetal_compute 1.3', '1.3'),
        ('baremetal_compute latest', '1.4'),
        ('baremetal_compute LATEST', '1.4'),
        ('compute 2.90, baremetal_compute 1.2', '1.2'),
        ('baremetal_compute 1.2, compute latest', '1.2'),
        ('compute 2.90', '1.1'),
        ('baremetal 1.80', '1.1'),
        ('baremetal_compute 1.2, baremetal-compute 1.2', '1.2'),
    )
    @ddt.unpack
    def test_version_of_header(self, header, version):
        self.assertEqual(version, str(versions.negotiate(header).version))

    @ddt.data(
        '1.2',
        'baremetal_compute',
        'baremetal_compute 1',
        'baremetal_compute 1.2.3',
        'baremetal_compute one.two',
        'baremetal_compute 1.02',
        'baremetal_compute 1.2 1.1',
        'baremetal_compute -1.2',
        'baremetal_compute 1.1, baremetal_compute 1.2 3',
        'baremetal_compute 1.1, baremetal-compute 1.2',
        'baremetal_compute 1.' + '9' * 10000,
    )
    def test_malformed_header_is_a_bad_request(self, header):
        error = self.assertRaises(
            exceptions.BadRequest, versions.negotiate, header
        )
        self.assertIn('baremetal_compute 1.4', error.detail)

    @ddt.data('1.0', '1.5', '2.0', '0.1', '1.10')
    def test_unknown_version_is_not_acceptable(self, version):
        error = self.assertRaises(
            exceptions.NotAcceptable,
            versions.negotiate,
            f'baremetal_compute {version}',
        )
        self.assertEqual(
            {'min_version': '1.1', 'max_version': '1.4'}, error.extra
        )


class DiscoveryTest(base.ApiTest):
    DOCUMENT = {
        'id': 'v1',
        'status': 'CURRENT',
        'min_version': '1.1',
        'version': '1.4',
        'links': [{'rel': 'self', 'href': 'http://localhost/v1/'}],
    }

    def test_root_lists_the_versions(self):
        answer = self.call('GET', '/')
        self.assertEqual(200, answer.status_code)
        self.assertEqual([self.DOCUMENT], answer.json['versions'])

    def test_v1_is_the_same_under_version(self):
        answer = self.call('GET', '/v1')
        self.assertEqual(self.DOCUMENT, answer.json['version'])

    def test_root_says_what_it_is_and_not_that_it_is_retired(self):
        found = self.call('GET', '/').json
        self.assertEqual('OpenStack Bare Metal Compute API', found['name'])
        self.assertIn('Bare metal', found['description'])

    def test_v1_links_to_each_collection(self):
        found = self.call('GET', '/v1').json
        self.assertEqual('v1', found['id'])
        self.assertEqual(
            [
                {
                    'rel': 'self',
                    'href': 'http://localhost/v1/manageable_servers/',
                },
                {
                    'rel': 'bookmark',
                    'href': 'http://localhost/manageable_servers/',
                },
            ],
            found['manageable_servers'],
        )

    def test_v1_with_a_slash_is_the_same(self):
        self.assertEqual(
            self.call('GET', '/v1').json, self.call('GET', '/v1/').json
        )

    def test_discovery_is_not_refused_for_an_unknown_version(self):
        self.assertEqual(200, self.call('GET', '/', version='9.9').status_code)

    def test_links_are_where_the_request_went(self):
        answer = self.call('GET', '/v1', base_url='https://127.0.0.1:8443')
        self.assertEqual(
            'https://127.0.0.1:8443/v1/',
            answer.json['version']['links'][0]['href'],
        )

    def test_proxy_headers_are_not_believed_by_default(self):
        answer = self.call(
            'GET', '/v1', headers={'X-Forwarded-Host': 'evil.example'}
        )
        self.assertEqual(
            'http://localhost/v1/', answer.json['version']['links'][0]['href']
        )


class PublicEndpointTest(base.ApiTest):
    OPTIONS = {'api': {'public_endpoint': 'https://api.example/bm/v1/'}}

    def test_links_are_at_the_public_endpoint(self):
        answer = self.call('GET', '/')
        self.assertEqual(
            'https://api.example/bm/v1/',
            answer.json['versions'][0]['links'][0]['href'],
        )

    def test_location_is_at_the_public_endpoint(self):
        flavor = self.make_flavor()
        self.assertEqual(
            f'https://api.example/bm/v1/flavors/{flavor["uuid"]}',
            flavor['links'][0]['href'],
        )


class BehindProxyTest(base.ApiTest):
    OPTIONS = {
        'oslo_middleware': {'enable_proxy_headers_parsing': True},
        'api': {'allowed_hosts': ['api.example']},
    }

    def test_links_are_what_the_proxy_says(self):
        answer = self.call(
            'GET',
            '/v1',
            headers={
                'X-Forwarded-Host': 'api.example',
                'X-Forwarded-Proto': 'https',
                'X-Forwarded-Prefix': '/bm',
            },
        )
        self.assertEqual(
            'https://api.example/bm/v1/',
            answer.json['version']['links'][0]['href'],
        )


class HeadersTest(base.ApiTest):
    def headers(self, *args, **kwargs):
        headers = self.call(*args, **kwargs).headers
        return headers['OpenStack-API-Version'], headers['Vary']

    def test_answer_says_which_version_it_is(self):
        self.assertEqual(
            ('baremetal_compute 1.4', 'OpenStack-API-Version'),
            self.headers('GET', '/v1/flavors', version='latest'),
        )

    def test_without_header_it_is_the_oldest(self):
        self.assertEqual(
            ('baremetal_compute 1.1', 'OpenStack-API-Version'),
            self.headers('GET', '/v1/flavors'),
        )

    def test_answer_spells_the_type_as_the_request(self):
        found = self.headers(
            'GET',
            '/v1/flavors',
            headers={'OpenStack-API-Version': 'baremetal-compute 1.2'},
        )
        self.assertEqual('baremetal-compute 1.2', found[0])

    def test_error_says_it_too(self):
        self.assertEqual(
            ('baremetal_compute 1.2', 'OpenStack-API-Version'),
            self.headers('GET', '/v1/nonesuch', version='1.2'),
        )

    def test_unknown_version_is_answered_with_the_range(self):
        error = self.fault(self.call('GET', '/v1/flavors', version='1.5'), 406)
        self.assertEqual(
            ('1.1', '1.4'), (error['min_version'], error['max_version'])
        )
