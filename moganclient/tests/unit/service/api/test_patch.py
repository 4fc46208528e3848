"""Patches: whatever is sent, it is a valid document or a sentence."""

from __future__ import annotations

import hypothesis
from hypothesis import strategies
import testtools

from moganclient.service.api import patch
from moganclient.service import exceptions
from moganclient.v1 import schemas
from moganclient.v1 import validation

_VALUES = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.text(max_size=5),
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.text(max_size=3), inner)
    ),
    max_leaves=5,
)
_PATHS = strategies.builds(
    ''.join,
    strategies.lists(
        strategies.sampled_from(
            ['/name', '/description', '/metadata', '/a', '/0', '/-', '/', '~']
        ),
        min_size=1,
        max_size=4,
    ),
)
_OPERATIONS = strategies.fixed_dictionaries(
    {
        'op': strategies.sampled_from(['add', 'replace', 'remove']),
        'path': _PATHS,
        'value': _VALUES,
    }
)


class ApplyTest(testtools.TestCase):
    def document(self):
        return {'name': 'n', 'description': None, 'metadata': {'a': 'b'}}

    @hypothesis.given(strategies.lists(_OPERATIONS, max_size=4))
    def test_result_is_valid_or_refused(self, operations):
        try:
            found = patch.apply(
                operations, self.document(), schemas.SERVER_MUTABLE
            )
        except exceptions.BadRequest as error:
            self.assertTrue(error.detail.endswith('.'), error.detail)
        else:
            self.assertEqual(
                [], validation.faults(found, schemas.SERVER_MUTABLE)
            )

    def test_document_stays_as_it_is(self):
        document = self.document()
        patch.apply(
            [{'op': 'add', 'path': '/metadata/c', 'value': 'd'}],
            document,
            schemas.SERVER_MUTABLE,
        )
        self.assertEqual(self.document(), document)
