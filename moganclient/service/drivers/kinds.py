"""The kinds of values that a file may hold, each with its check.

Each takes a value from a node of YAML's tree and raises
:class:`.document.Fault` with the end of a sentence where it is none.
"""

from __future__ import annotations

import contextlib
import datetime
import difflib
import ipaddress
import math
import re
from typing import Any

import yaml

from moganclient.service.drivers import document
from moganclient.v1 import schemas

_MAXIMUM = 255
_UUID = re.compile(schemas.UUID_PATTERN)
_MAC = re.compile('([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}')
_CONSTRUCTOR = yaml.constructor.SafeConstructor()


def is_uuid(value: str) -> bool:
    """Whether a text has the form of a UUID."""
    return _UUID.fullmatch(value) is not None


def _scalar(node: yaml.Node, wanted: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise document.Fault(
            f'is {document.kind_of(node)}, and should be {wanted}'
        )
    return str(node.value)


def text(_document: document.Document, node: yaml.Node) -> str:
    """Text of 1 to 255 characters."""
    value = _scalar(node, 'text')
    if node.tag != document.TAG + 'str':
        raise document.Fault(
            f'is {value}, which YAML reads as {document.kind_of(node)}; put '
            'it in quotes if it is meant as text'
        )
    if not 1 <= len(value) <= _MAXIMUM:
        raise document.Fault(
            f'has {len(value)} characters, and should have 1 to {_MAXIMUM}'
        )
    return value


def matching(pattern: str, right: str) -> document.Kind:
    """Text that matches a pattern as a whole.

    :param right: what would be right, for the message
    """
    expression = re.compile(pattern)

    def kind(doc: document.Document, node: yaml.Node) -> str:
        value = text(doc, node)
        if expression.fullmatch(value) is None:
            raise document.Fault(f'is "{value}"; {right}')
        return value

    return kind


def one_of(*known: str) -> document.Kind:
    """One of some words."""

    def kind(_document: document.Document, node: yaml.Node) -> str:
        value = _scalar(node, f'one of {", ".join(known)}')
        if value not in known:
            close = difflib.get_close_matches(value, known, 1)
            raise document.Fault(
                f'is "{value}"; '
                + (
                    f'did you mean "{close[0]}"?'
                    if close
                    else f'known are {", ".join(known)}'
                )
            )
        return value

    return kind


def uuid(_document: document.Document, node: yaml.Node) -> str:
    """A UUID, in lower case."""
    # As it was written: YAML may take it for something else.
    value = _scalar(node, 'a UUID')
    if not is_uuid(value):
        raise document.Fault(
            f'is "{value}", which is no UUID like '
            '1be26c0b-03f2-4d2e-ae87-c02d7f33c123'
        )
    return value.lower()


def mac(_document: document.Document, node: yaml.Node) -> str:
    """A MAC address, in lower case."""
    # As it was written: to YAML, 52:54:00:12:34:56 is a number to base 60.
    value = _scalar(node, 'a MAC address')
    if _MAC.fullmatch(value) is None:
        raise document.Fault(
            f'is "{value}", which is no MAC address like 52:54:00:9c:00:01'
        )
    return value.lower()


def address(_document: document.Document, node: yaml.Node) -> str:
    """An IP address."""
    value = _scalar(node, 'an IP address')
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise document.Fault(
            f'is "{value}", which is no IP address like 192.0.2.17'
        ) from None


def cidr(_document: document.Document, node: yaml.Node) -> str:
    """A range of IP addresses."""
    value = _scalar(node, 'a range of IP addresses')
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise document.Fault(
            f'is "{value}", which is no range of IP addresses like '
            '192.0.2.0/24'
        ) from None


def count(_document: document.Document, node: yaml.Node) -> int:
    """A whole number that is not negative."""
    value = _scalar(node, 'a number')
    if node.tag != document.TAG + 'int' or not value.isdecimal():
        raise document.Fault(
            f'is "{value}", and should be a whole number like 10'
        )
    return int(value)


def flag(_document: document.Document, node: yaml.Node) -> bool:
    """True or false."""
    value = _scalar(node, 'true or false')
    if node.tag != document.TAG + 'bool':
        raise document.Fault(f'is "{value}", and should be true or false')
    assert isinstance(node, yaml.ScalarNode)
    return bool(_CONSTRUCTOR.construct_yaml_bool(node))


def time(_document: document.Document, node: yaml.Node) -> str:
    """A time of ISO 8601 in UTC, as text; UTC too where it names no zone."""
    value = _scalar(node, 'a time')
    try:
        read = datetime.datetime.fromisoformat(value)
    except ValueError:
        raise document.Fault(
            f'is "{value}", which is no time like 2024-05-17T09:30:00+00:00'
        ) from None
    if read.tzinfo is None:
        read = read.replace(tzinfo=datetime.UTC)
    return read.astimezone(datetime.UTC).isoformat()


def free(doc: document.Document, node: yaml.Node) -> dict[str, Any]:
    """A mapping of whatever JSON can hold."""
    if not isinstance(node, yaml.MappingNode):
        raise document.Fault(
            f'is {document.kind_of(node)}, and should be a mapping'
        )
    value: dict[str, Any] = _json(doc, node, ())
    return value


def _json(
    doc: document.Document, node: yaml.Node, inside: tuple[int, ...]
) -> Any:
    if id(node) in inside:
        raise document.Fault('contains itself')
    if isinstance(node, yaml.MappingNode):
        inside = (*inside, id(node))
        return {
            key: _json(doc, value, inside)
            for key, (_, value) in doc.pairs(node).items()
        }
    if isinstance(node, yaml.SequenceNode):
        inside = (*inside, id(node))
        return [_json(doc, value, inside) for value in node.value]
    assert isinstance(node, yaml.ScalarNode)
    tag = node.tag.removeprefix(document.TAG)
    if tag in ('str', 'timestamp'):
        return node.value
    if tag == 'null':
        return None
    if tag == 'bool':
        return _CONSTRUCTOR.construct_yaml_bool(node)
    # What YAML takes for a number may be none: 0x_ or .nan.
    with contextlib.suppress(ValueError):
        if tag == 'int':
            return _CONSTRUCTOR.construct_yaml_int(node)
        if tag == 'float':
            number = _CONSTRUCTOR.construct_yaml_float(node)
            if math.isfinite(number):
                return number
    raise document.Fault(
        f'has the value "{node.value}", which JSON cannot hold; put it in '
        'quotes'
    )
