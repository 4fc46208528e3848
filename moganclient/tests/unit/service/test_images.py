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

    def test_what_an_image_is(self) -> None:
        self.http.get(
            self.url,
            json={
                'id': IMAGE.upper(),
                'name': 'debian',
                'status': 'deactivated',
                'disk_format': 'qcow2',
                'container_format': 'bare',
                'min_disk': 10,
                'visibility': 'private',
                'owner': 'me',
                'tags': [],
                'file': f'/v2/images/{IMAGE}/file',
                'kernel_id': 'k',
                'os_distro': 'debian',
            },
        )
        self.assertEqual(
            images.Image(
                IMAGE,
                'debian',
                'deactivated',
                'qcow2',
                10,
                {'kernel_id': 'k', 'os_distro': 'debian'},
                'private',
                'me',
            ),
            self.images.get(IMAGE),
        )

    def test_image_that_is_not_there_is_nothing(self) -> None:
        self.http.get(self.url, status_code=404)
        self.assertIsNone(self.images.get(IMAGE))

    def test_image_without_data_yet(self) -> None:
        self.http.get(
            self.url,
            json={'id': IMAGE, 'status': 'queued', 'disk_format': None},
        )
        found = self.images.get(IMAGE)
        assert found is not None
        self.assertEqual(
            ('queued', None, 0),
            (found.status, found.disk_format, found.min_disk),
        )

    def test_image_is_looked_at_each_time(self) -> None:
        found = self.remembering(3600)
        self.http.get(self.url, status_code=404)
        self.assertIsNone(found.get(IMAGE))

    def test_what_is_no_image_is_an_outage(self) -> None:
        self.http.get(self.url, json={'versions': []})
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.images.get, IMAGE
        )

    def test_outage_is_not_nothing(self) -> None:
        self.http.get(self.url, status_code=403)
        self.assertRaises(
            exceptions.UpstreamUnavailable, self.images.get, IMAGE
        )

    def remembering(self, seconds: float) -> images.GlanceImages:
        """Glance's images, where an image was there a moment ago."""
        self.http.get(self.url, json={'id': IMAGE})
        found = images.GlanceImages(clouds.service('glance'), seconds)
        self.assertTrue(found.exists(IMAGE))
        return found

    def test_image_that_was_there_is_not_asked_for_again(self) -> None:
        found = self.remembering(3600)
        self.assertTrue(found.exists(IMAGE))
        self.assertEqual(1, self.http.call_count)

    def test_image_that_was_there_long_ago_is_asked_for_again(self) -> None:
        found = self.remembering(1e-9)
        self.http.get(self.url, status_code=404)
        self.assertFalse(found.exists(IMAGE))

    def test_image_that_was_not_there_is_asked_for_again(self) -> None:
        self.http.get(self.url, status_code=404)
        found = images.GlanceImages(clouds.service('glance'), 3600)
        self.assertFalse(found.exists(IMAGE))
        self.http.get(self.url, json={'id': IMAGE})
        self.assertTrue(found.exists(IMAGE))

    def test_images_are_remembered_up_to_a_number(self) -> None:
        self.useFixture(
            fixtures.MonkeyPatch('moganclient.service.images._MOST', 1)
        )
        found = self.remembering(3600)
        other = f'{clouds.GLANCE}/v2/images/other'
        self.http.get(other, json={'id': 'other'})
        self.assertTrue(found.exists('other'))
        self.assertEqual({'other'}, set(found._known))

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
