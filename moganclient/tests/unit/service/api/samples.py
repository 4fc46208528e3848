"""The examples in the API reference, compared with what the service answers.

``MOGANCLIENT_WRITE_SAMPLES=1`` writes them anew instead of comparing.
"""

from __future__ import annotations

import json
import os
import pathlib
import re

import moganclient
from moganclient.service import conf as service_conf
from moganclient.tests.unit.service.api import base

SAMPLES = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc/source/reference/api-samples'
)
URL = 'http://127.0.0.1:6688'

#: What the samples call those that get a new UUID each time, by collection.
NEW = {
    'flavors': '5c2f6f0e-2f0a-4f39-8f2c-9a4f4b8a2e11',
    'servers': 'a0a98b9c-5ee4-4f4e-8b8e-1c8f3d1f9a01',
    'aggregates': 'd2a3e0f4-5c7b-4f0e-9f57-3f1d3c0a7c21',
    'server_groups': '7be1f2d6-6d0c-4b1c-8c9e-2a6f9d1e4b31',
}
_STABLE = (
    (r'req-[0-9a-f-]{36}', 'req-bb0b262a-e295-4791-9401-76d40d98286d'),
    (r'2[0-9]{3}-[0-9-]{5}T[0-9:.]+\+00:00', None),
)
_NOW = '2026-11-23T14:53:53.385798+00:00'


class SampleTest(base.ApiTest):
    """Sessions on the inventory that is installed."""

    #: Where the samples are.
    DIRECTORY = SAMPLES

    OPTIONS = {'static': {'inventory_file': service_conf.SAMPLE_INVENTORY}}

    def setUp(self):
        super().setUp()
        self.names = {}
        self.seen = set()

    def stable(self, document):
        """The document with the samples' UUIDs, times and request ids."""
        text = json.dumps(document, indent=4)
        for real, name in self.names.items():
            text = text.replace(real, name)
        text = re.sub(*_STABLE[0], text)
        # The inventory's own times are of 2019 and stay.
        return re.sub(
            _STABLE[1][0],
            lambda m: m[0] if m[0].startswith('2019') else _NOW,
            text,
        )

    def check(self, name, document):
        path = self.DIRECTORY / f'{name}.json'
        self.seen.add(path.name)
        text = self.stable(document) + '\n'
        if os.environ.get('MOGANCLIENT_WRITE_SAMPLES'):
            path.write_text(text)
        self.assertEqual(path.read_text(), text)

    def ask(self, status, method, path, name, request=None, **kwargs):
        if request is not None:
            kwargs['json'] = request
            self.check(f'{name}-request', request)
        answer = self.call(method, path, base_url=URL, **kwargs)
        self.assertEqual(status, answer.status_code, answer.text)
        location = answer.headers.get('Location', '')
        for key, stands_for in NEW.items():
            if f'/{key}/' in location:
                self.names[location.rpartition('/')[2]] = stands_for
        if status not in (202, 204):
            self.check(f'{name}-response', answer.json)
        return answer.json if answer.data else None
