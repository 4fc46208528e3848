"""A retired Mogan server on loopback, which gives recorded answers."""

from __future__ import annotations

import json
from typing import Any
import urllib.parse

from moganclient.tests.contract import captures
from moganclient.tests.unit.contract import calls
from moganclient.tests.unit import loopback

#: Recordings that together are a server as it stands: who it is, what could
#: be taken over, a machine that is, and what is refused.
STANDING = (
    'root',
    'v1',
    'manageable-list',
    'manage',
    'manage-available-node-403',
    'managed-server-get',
    'managed-servers-detail',
    'flavors-list',
)


class RetiredServer(loopback.Server):
    """Answers a request as it was answered when it was recorded.

    What was not recorded, or not chosen, is answered as an unknown route,
    and a page after the last one is empty.
    """

    def __init__(self, *names: str) -> None:
        """Choose recordings.

        :param names: of exchanges, beside :data:`STANDING`; of several for
            the same request the last one is played
        """
        super().__init__(versions=None)
        everything = captures.everything()
        self._exchanges = [everything[one] for one in (*STANDING, *names)]

    def answer(self, asked: loopback.Asked) -> loopback.Answer:
        with self._lock:
            self.asked.append(asked)
        for capture in reversed(self._exchanges):
            if _matches(capture, asked):
                return loopback.Answer(
                    capture.status, capture.body, dict(capture.headers)
                )
        url = urllib.parse.urlsplit(asked.path)
        if 'marker=' in url.query:
            return loopback.Answer(body={url.path.split('/')[2]: []})
        unknown = captures.everything()['v1-unknown-collection-404']
        return loopback.Answer(
            unknown.status, unknown.body, dict(unknown.headers)
        )

    def sent(self) -> list[str]:
        """What was asked, but for who it is."""
        return [path for path in self.paths() if path != 'GET /v1']


def _matches(capture: captures.Capture, asked: loopback.Asked) -> bool:
    if (capture.method, capture.path) != (asked.method, asked.path):
        return False
    said: Any = json.loads(asked.body) if asked.body else None
    return bool(
        calls.explicit(capture.route, capture.request)
        == calls.explicit(capture.route, said)
    )
