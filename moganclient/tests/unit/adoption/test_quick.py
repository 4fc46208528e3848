"""Tests of moganclient.adoption.quick."""

from __future__ import annotations

import copy

import ddt
import hypothesis
from hypothesis import strategies
import testtools

from moganclient.adoption import quick
from moganclient.adoption import schemas
from moganclient.tests.unit.adoption import plans
from moganclient.tests.unit.adoption import test_schemas
from moganclient.v1 import validation

_GOOD = quick.test(schemas.PLAN)

_STRINGS = plans.TEXTS | strategies.sampled_from(
    ('', 'x' * 255, 'x' * 256, plans.NODE, plans.NODE.upper(), '\ud800')
)
_MESS = strategies.recursive(
    strategies.none()
    | strategies.booleans()
    | strategies.integers(0, 2)
    | strategies.just(1.0)
    | _STRINGS,
    lambda inside: (
        strategies.lists(inside, max_size=2)
        | strategies.dictionaries(_STRINGS, inside, max_size=2)
    ),
    max_leaves=4,
)


def _places(value, place=()):
    """Every place of a document."""
    yield place
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _places(member, (*place, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _places(member, (*place, index))


_PLACES = [place for place in _places(test_schemas.PLAN) if place]


@strategies.composite
def _changed(draw):
    """A good plan with a few changes."""
    data = copy.deepcopy(test_schemas.PLAN)
    for place in draw(strategies.lists(strategies.sampled_from(_PLACES))):
        inside = data
        try:
            for step in place[:-1]:
                inside = inside[step]
            kind = draw(strategies.sampled_from(('set', 'remove', 'more')))
            if kind == 'remove':
                del inside[place[-1]]
            elif kind == 'set':
                inside[place[-1]] = draw(_MESS)
            else:
                inside[draw(_STRINGS)] = draw(_MESS)
        except (KeyError, IndexError, TypeError):
            pass  # changed before
    return data


@ddt.ddt
class TestTest(testtools.TestCase):
    """It says yes where there is no fault, and only there."""

    def check(self, data):
        slow = not validation.located(data, schemas.PLAN)
        slow = slow and not list(schemas._not_text(data, ()))
        # 1.0 is left to jsonschema, for which it is 1.
        if isinstance(data, dict) and type(data.get('version')) is float:
            self.assertFalse(_GOOD(data))
        else:
            self.assertEqual(slow, _GOOD(data))

    def test_good(self):
        self.assertTrue(_GOOD(test_schemas.PLAN))

    @ddt.data(*test_schemas.FAULTS)
    @ddt.unpack
    def test_fault(self, place, value, sentence):
        data = test_schemas.changed(place, value)

        endpoint = place == ('cloud', 'endpoint') and isinstance(value, str)
        # What a URL is, no schema says.
        self.assertEqual(endpoint, _GOOD(data))

    @hypothesis.given(_changed())
    def test_any_change(self, data):
        self.check(data)

    @hypothesis.given(_MESS)
    def test_any_data(self, data):
        self.check(data)

    @ddt.data(
        {'type': 'integer'},
        {'type': ['string', 'null']},
        {'type': 'string', 'pattern': 'x'},
        {'type': 'string', 'format': 'uuid', 'maxLength': 3},
        {'type': 'array', 'items': {'const': 1}, 'maxItems': 3},
        {'type': 'object'},
        {'const': 1, 'type': 'integer'},
        {'type': 'object', 'additionalProperties': False, 'minProperties': 1},
        {
            'type': 'object',
            'additionalProperties': False,
            'properties': {'a': {'const': 1}},
            'patternProperties': {'b': {'const': 1}},
        },
    )
    def test_schema_with_more_than_is_known(self, schema):
        self.assertRaises(NotImplementedError, quick.test, schema)
