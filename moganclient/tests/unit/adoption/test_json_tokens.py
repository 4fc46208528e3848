"""Tests of moganclient.adoption.json_tokens."""

from __future__ import annotations

import json

import hypothesis
from hypothesis import strategies
import testtools

from moganclient.adoption import document
from moganclient.adoption import json_tokens
from moganclient.adoption import tokens

_DOCUMENTS = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats(allow_nan=False, allow_infinity=False)
    | strategies.text(),
    lambda inside: (
        strategies.lists(inside, max_size=3)
        | strategies.dictionaries(strategies.text(), inside, max_size=3)
    ),
    max_leaves=10,
)


def _data(text: str) -> object:
    """What document makes of the pieces."""
    made = document.Document('x.json', text=text)
    document._Builder(made, '').build(json_tokens.read(text))
    return made.data


class TestRead(testtools.TestCase):
    """Its pieces."""

    def test_pieces(self):
        kinds = tokens.Kind

        self.assertEqual(
            [
                (kinds.MAPPING, 2, None, None, None),
                (kinds.SCALAR, 2, 'a', None, None),
                (kinds.SEQUENCE, 3, None, None, None),
                (kinds.SCALAR, 3, 1, '1', None),
                (kinds.SCALAR, 4, '1', None, None),
                (kinds.END, 4, None, None, None),
                (kinds.END, 5, None, None, None),
            ],
            list(json_tokens.read('\n{"a":\n\t[1,\n "1"]\n}\n')),
        )

    @hypothesis.given(
        _DOCUMENTS,
        strategies.sampled_from((None, 0, '\t')),
        strategies.booleans(),
    )
    def test_says_what_json_says(self, data, indent, ensure_ascii):
        text = json.dumps(data, indent=indent, ensure_ascii=ensure_ascii)

        self.assertEqual(data, _data(text))

    @hypothesis.given(
        strategies.text(max_size=30)
        | strategies.text('{}[]",:\\u0d8 \n-.eE19truefalsn', max_size=30)
    )
    def test_any_text_is_json_or_a_fault(self, text):
        try:
            wanted = json.loads(text, parse_constant=_refuse)
        except ValueError:
            fault = self.assertRaises(
                tokens.SyntaxFault, list, self.pieces(text)
            )
            self.assertIn(fault.line, range(1, text.count('\n') + 2))
        else:
            # Keys that are there twice are faults of their own.
            if isinstance(wanted, list):
                self.assertEqual(json.dumps(wanted), json.dumps(_data(text)))

    def pieces(self, text: str) -> tokens.Tokens:
        found = False
        for piece in json_tokens.read(text):
            found = True
            yield piece
        if not found:
            raise tokens.SyntaxFault(1, 'empty')


def _refuse(text: str) -> None:
    raise ValueError(text)
