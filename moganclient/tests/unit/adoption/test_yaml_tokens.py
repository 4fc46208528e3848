"""Tests of moganclient.adoption.yaml_tokens."""

from __future__ import annotations

import ddt
import hypothesis
from hypothesis import strategies
import testtools
import yaml

from moganclient.adoption import document
from moganclient.adoption import tokens
from moganclient.adoption import yaml_tokens
from moganclient.tests.unit.adoption import plans

_SCALARS = strategies.one_of(
    plans.TEXTS,
    strategies.integers(-(10**9), 10**9),
    strategies.booleans(),
    strategies.none(),
)
_DOCUMENTS = strategies.recursive(
    _SCALARS,
    lambda inside: (
        strategies.lists(inside, max_size=3)
        | strategies.dictionaries(plans.TEXTS, inside, max_size=3)
    ),
    max_leaves=10,
)


def _built(pieces: tokens.Tokens) -> object:
    """What document makes of the pieces."""
    made = document.Document('x.yaml')
    document._Builder(made, '').build(pieces)
    return made.data


class _Slow(testtools.TestCase):
    """With PyYAML's own parser, which is there without libyaml."""

    def setUp(self):
        super().setUp()
        self.patch(yaml_tokens, '_LOADER', yaml.SafeLoader)


@ddt.ddt
class TestRead(testtools.TestCase):
    """Its pieces; what they make is the business of document."""

    def test_pieces(self):
        kinds = tokens.Kind

        self.assertEqual(
            [
                (kinds.MAPPING, 1, None, None, None),
                (kinds.SCALAR, 1, 'a', None, None),
                (kinds.SEQUENCE, 2, None, None, 'x'),
                (kinds.SCALAR, 2, 1, '1', None),
                (kinds.SCALAR, 3, '1', None, 'y'),
                (kinds.END, 3, None, None, None),
                (kinds.SCALAR, 4, 'b', None, None),
                (kinds.ALIAS, 4, 'x', None, None),
                (kinds.END, 5, None, None, None),
            ],
            list(yaml_tokens.read('a:\n &x [1,\n &y "1"]\nb: *x\n')),
        )

    @ddt.data(
        ('!!str 1', '1'),
        ('! 1', '1'),
        ('"1"', '1'),
        ("'no'", 'no'),
        ('|\n  1\n', '1\n'),
        ('0', 0),
        ('-5', -5),
        ('on', True),
        ('No', False),
        ('~', None),
        ('1e3', '1e3'),
        ('a:b', 'a:b'),
    )
    @ddt.unpack
    def test_scalar(self, text, value):
        ((_, _, found, _, _),) = yaml_tokens.read(text)

        self.assertEqual((type(value), value), (type(found), found))

    @hypothesis.given(_DOCUMENTS)
    def test_says_what_safe_yaml_says(self, data):
        text = yaml.safe_dump(data, allow_unicode=True)

        self.assertEqual(yaml.safe_load(text), _built(yaml_tokens.read(text)))

    @hypothesis.given(strategies.text(max_size=50))
    def test_any_text_is_yaml_or_a_fault(self, text):
        try:
            list(yaml_tokens.read(text))
        except tokens.SyntaxFault as fault:
            self.assertIn(fault.line, range(1, len(text.splitlines()) + 2))
            self.assertNotEqual('', fault.sentence)


class TestReadWithoutLibyaml(_Slow):
    """The same with the slower parser."""

    @hypothesis.given(_DOCUMENTS)
    def test_says_what_safe_yaml_says(self, data):
        text = yaml.safe_dump(data, allow_unicode=True)

        self.assertEqual(yaml.safe_load(text), _built(yaml_tokens.read(text)))

    @hypothesis.given(
        strategies.text(max_size=50)
        | strategies.text('a:-[]{}"\\Ux0d8f \n', max_size=50)
    )
    def test_any_text_is_yaml_or_a_fault(self, text):
        try:
            list(yaml_tokens.read(text))
        except tokens.SyntaxFault as fault:
            self.assertNotEqual('', fault.sentence)

    def test_escape_that_is_no_character(self):
        fault = self.assertRaises(
            tokens.SyntaxFault, list, yaml_tokens.read('"\\UFFFFFFFF"')
        )

        self.assertIn('this is not YAML', fault.sentence)
