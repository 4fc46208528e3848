"""Whether data is as a JSON Schema says, in a tenth of the usual time.

jsonschema finds every fault and says what each is; for a plan of ten thousand
machines it needs half a second to find none.  Here a schema becomes a function
that only says yes or no, so that jsonschema is asked only about what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping
import re
from typing import Any

from moganclient.v1 import validation

Test = Callable[[Any], bool]

#: Keywords that say nothing about what is right.
_ANNOTATIONS = {'$schema', 'title', 'description'}


def is_text(value: str) -> bool:
    """Whether a string has no half of a character in it."""
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def test(schema: Mapping[str, Any]) -> Test:
    """The function for a schema: True where data is surely as it says.

    Strings must be text, too.  Only the keywords of plans are known.

    :raises NotImplementedError: it has another one
    """
    rules = {key: schema[key] for key in schema if key not in _ANNOTATIONS}
    if 'const' in rules:
        found = _const(rules.pop('const'))
    else:
        kind = str(rules.pop('type', None))
        if kind not in _OF_TYPE:
            raise NotImplementedError(f'the type {kind}')
        found = _OF_TYPE[kind](rules)
    if rules:
        raise NotImplementedError(f'keywords {sorted(rules)}')
    return found


def _const(wanted: Any) -> Test:
    return lambda value: type(value) is type(wanted) and value == wanted


def _string(rules: dict[str, Any]) -> Test:
    least = rules.pop('minLength', 0)
    most = rules.pop('maxLength', None)
    form = rules.pop('format', None)
    if form == 'uuid' and not least and most is None:
        return validation.is_uuid
    # Others are annotations.
    if form == 'uuid':
        raise NotImplementedError('a UUID with a length')

    def good(value: Any) -> bool:
        return (
            type(value) is str
            and len(value) >= least
            and (most is None or len(value) <= most)
            and is_text(value)
        )

    return good


def _array(rules: dict[str, Any]) -> Test:
    least = rules.pop('minItems', 0)
    item = test(rules.pop('items'))

    def good(value: Any) -> bool:
        return (
            type(value) is list
            and len(value) >= least
            and all(map(item, value))
        )

    return good


def _object(rules: dict[str, Any]) -> Test:
    if rules.pop('additionalProperties', True) is not False:
        raise NotImplementedError('an object with any members')
    known = {
        key: test(schema)
        for key, schema in rules.pop('properties', {}).items()
    }
    required = frozenset(rules.pop('required', ()))
    patterns = [
        (re.compile(pattern), test(schema))
        for pattern, schema in rules.pop('patternProperties', {}).items()
    ]
    if known and patterns:
        raise NotImplementedError('properties beside patternProperties')

    def of_known(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        for key, member in value.items():
            member_test = known.get(key)
            if member_test is None or not member_test(member):
                return False
        return True

    def of_patterns(value: Any) -> bool:
        if type(value) is not dict or not required <= value.keys():
            return False
        for key, member in value.items():
            found = False
            for pattern, member_test in patterns:
                if type(key) is str and pattern.search(key):
                    found = True
                    if not member_test(member):
                        return False
            if not found:
                return False
        return True

    return of_patterns if patterns else of_known


_OF_TYPE: dict[str, Callable[[dict[str, Any]], Test]] = {
    'string': _string,
    'array': _array,
    'object': _object,
}
