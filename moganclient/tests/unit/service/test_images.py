"""Unit tests of asking Glance."""

from __future__ import annotations

import fixtures
from requests_mock.contrib import fixture as rm_fixture
import testtools

from moganclient.service import exceptions
from moganclient.service import images
from moganclient.tests.unit.service import clouds

IMAGE = '5e4154c7-53a2-4b8f-ab21-796c43abe6f6'


class TestGlance(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.useFixture(fixtures.FakeLogger())
        self.http = self.useFixture(rm_fixture.Fixture())
        self.images = images.GlanceImages(clouds.service('glance'))
        self.url = f'{clouds.GLANCE}/v2/images/{IMAGE}'

    def test_image_that_exists(self) -> None:
        self.http.get(self.url, json={'id': IMAGE})
        self.assertTrue(self.images.exists(IMAGE))

    def test_image_that_does_not_exist(self) -> None:
        self.http.get(self.url, status_code=404, text='<html>')
        self.assertFalse(self.images.exists(IMAGE))

    def test_refusal_and_outage_are_not_not_found(self) -> None:
        for status in 401, 403, 500, 503:
            self.http.get(self.url, status_code=status)
            exc = self.assertRaises(
                exceptions.UpstreamUnavailable, self.images.exists, IMAGE
            )
            self.assertIn('Glance', exc.detail)

    def test_check_says_what_is_wrong(self) -> None:
        url = f'{clouds.GLANCE}/v2/images'
        self.http.get(url, json={'images': []})
        self.images.check()
        self.http.get(url, status_code=404)
        self.assertRaises(exceptions.UpstreamUnavailable, self.images.check)

    def test_not_configured(self) -> None:
        conf = clouds.config('glance', endpoint_override=None)
        self.assertIsNone(images.build(conf))
