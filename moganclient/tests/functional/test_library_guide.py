"""The library's guide does what it says, against the service on a laptop."""

from __future__ import annotations

import contextlib
import io
import pathlib
import re
import textwrap
import types
from typing import Any

from keystoneauth1 import session
import testtools

from moganclient.tests.functional import fixtures

GUIDE = (
    pathlib.Path(__file__).resolve().parents[3]
    / 'doc'
    / 'source'
    / 'user'
    / 'library.rst'
)

_BLOCK = re.compile(r'^\.\. code-block:: python\n\n((?:   .*\n|\n)+)', re.M)

#: Where the guide's service listens.
_LAPTOP = 'http://127.0.0.1:6688'
#: Reads a clouds.yaml that this test does not have.
_ELSEWHERE = 'openstack.connect'


def blocks(guide: pathlib.Path = GUIDE) -> list[str]:
    """A guide's pieces of Python, in order."""
    return [
        textwrap.dedent(block) for block in _BLOCK.findall(guide.read_text())
    ]


class TestLibraryGuide(testtools.TestCase):
    def test_pieces_run_one_after_the_other(self):
        service = self.useFixture(fixtures.ServiceFixture())
        user = types.SimpleNamespace(token=types.SimpleNamespace(id='x'))
        names: dict[str, Any] = {
            'request': types.SimpleNamespace(user=user),
            'keystone': session.Session(),
        }
        printed = io.StringIO()

        for block in blocks():
            code = compile(block.replace(_LAPTOP, service.url), block, 'exec')
            if _ELSEWHERE not in block:
                with contextlib.redirect_stdout(printed):
                    exec(code, names)

        # What is listed, why others are not, what would be sent.
        self.assertIn('rack7-u01 baremetal.general', printed.getvalue())
        self.assertIn('rack7-u08 not_active', printed.getvalue())
        self.assertIn('would send', printed.getvalue())
        # And what is left: one machine taken over, found again in the end.
        self.assertEqual('rack7-u02', names['server'].name)
        self.assertEqual(names['gold'].uuid, names['server'].flavor_uuid)
