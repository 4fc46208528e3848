"""Tests of finding the one thing that has a name."""

from __future__ import annotations

import uuid

from moganclient import exceptions
from moganclient.tests.unit.v1 import fakes
from moganclient.v1 import server

SERVERS = fakes.MOGAN + '/servers'
DETAIL = SERVERS + '/detail'
ONE = f'{SERVERS}/{fakes.SERVER_UUID}'


class TestFind(fakes.TestCase):
    def named(self, *servers: dict[str, str]) -> None:
        self.http.get(DETAIL, json={'servers': list(servers)})

    def test_by_uuid(self):
        self.http.get(ONE, json=fakes.SERVER)
        for thing in (
            fakes.SERVER_UUID.upper(),
            uuid.UUID(fakes.SERVER_UUID),
            server.Server(fakes.SERVER),
        ):
            found = self.client.server.find(thing)
            self.assertEqual('db-3', found.name)

    def test_by_name(self):
        self.named(fakes.SERVER)
        found = self.client.server.find('db-3', all_projects=True)
        self.assertEqual(fakes.SERVER_UUID, found.uuid)
        self.assertEqual(
            ['GET /servers/detail?all_projects=true&name=db-3'], self.sent()
        )

    def test_by_a_name_that_looks_like_a_uuid(self):
        name = fakes.OTHER_UUID.upper()
        self.http.get(f'{SERVERS}/{fakes.OTHER_UUID}', status_code=404)
        self.named({**fakes.SERVER, 'name': name})
        self.assertEqual(name, self.client.server.find(name).name)
        self.assertIn(f'name={name}', self.http.last_request.url)

    def test_none(self):
        self.named()
        error = self.assertRaises(
            exceptions.NotFound, self.client.server.find, 'db-3'
        )
        self.assertEqual(404, error.http_status)
        self.assertIn("server with the name or UUID 'db-3'", error.message)

    def test_none_of_an_object(self):
        self.http.get(ONE, status_code=404)
        self.assertRaises(
            exceptions.NotFound,
            self.client.server.find,
            server.Server(fakes.SERVER),
        )
        self.assertEqual(1, len(self.sent()))

    def test_several(self):
        self.named(fakes.SERVER, {**fakes.SERVER, 'uuid': fakes.OTHER_UUID})
        error = self.assertRaises(
            exceptions.NoUniqueMatch, self.client.server.find, 'db-3'
        )
        self.assertEqual(
            [fakes.SERVER_UUID, fakes.OTHER_UUID],
            [one.uuid for one in error.candidates],
        )
        self.assertIn(fakes.SERVER_UUID, error.message)
        self.assertIn(fakes.OTHER_UUID, error.message)

    def test_very_many(self):
        self.named(*({'uuid': f'u{n}', 'name': 'x'} for n in range(1000)))
        error = self.assertRaises(
            exceptions.NoUniqueMatch, self.client.server.find, 'x'
        )
        self.assertIn('u9 and more', error.message)

    def test_other_errors_are_not_swallowed(self):
        self.http.get(ONE, status_code=403)
        self.assertRaises(
            exceptions.Forbidden, self.client.server.find, fakes.SERVER_UUID
        )
