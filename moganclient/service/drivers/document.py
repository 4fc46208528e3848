"""Reading a YAML file so that every fault can be told with its line.

A file is composed to YAML's own tree, which knows lines, and values are taken
from that tree by their kind.  A fault is noted and reading goes on, so that
whoever wrote the file hears of all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Mapping
import difflib
import pathlib
from typing import Any

import yaml

from moganclient.service import exceptions

#: The most faults that are told; who made more has made one of them often.
MOST_FAULTS = 100

#: What the types of YAML itself begin with.
TAG = 'tag:yaml.org,2002:'
_WORDS = {
    'str': 'text',
    'int': 'a number',
    'float': 'a number',
    'bool': 'true or false',
    'null': 'nothing',
    'timestamp': 'a date',
    'map': 'a mapping',
    'seq': 'a list',
}
#: Takes a value of its kind from a node of the tree, or raises Fault.
Kind = Callable[['Document', yaml.Node], Any]


class Fault(Exception):
    """A value is not of its kind; the message ends the sentence on it."""


class DocumentError(exceptions.ConfigError):
    """A file has faults; ``faults`` are its lines and sentences."""

    def __init__(
        self, path: str, noun: str, faults: list[tuple[int, str]]
    ) -> None:
        self.faults = sorted(faults)
        told = [
            f'{path}:{line}: {text}'
            for line, text in self.faults[:MOST_FAULTS]
        ]
        if len(faults) > MOST_FAULTS:
            told.append(f'... and {len(faults) - MOST_FAULTS} more.')
        count = 'one fault' if len(faults) == 1 else f'{len(faults)} faults'
        super().__init__('\n'.join([f'The {noun} has {count}:', *told]))


class Values(dict[str, Any]):
    """The values of a mapping, and where each of them stands."""

    def __init__(self, node: yaml.Node) -> None:
        super().__init__()
        self._node = node
        self._nodes: dict[str, yaml.Node] = {}

    def put(self, key: str, node: yaml.Node, value: Any) -> None:
        """Add a value and the node that it was taken from."""
        self[key] = value
        self._nodes[key] = node

    def node(self, key: str) -> yaml.Node:
        """The node of a value; of the whole mapping where it has none."""
        return self._nodes.get(key, self._node)


class Document:
    """A file that is being read, and the faults found in it so far."""

    def __init__(self, path: str, noun: str) -> None:
        """Name it.

        :param path: where it is
        :param noun: what it is, for messages
        """
        self.path = path
        self.noun = noun
        self.faults: list[tuple[int, str]] = []

    def load(self) -> yaml.Node | None:
        """Parse it; None where there is nothing in it.

        :raises moganclient.service.exceptions.ConfigError: it cannot be read,
            or is not YAML
        """
        loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
        try:
            with pathlib.Path(self.path).open('rb') as stream:
                node: yaml.Node | None = yaml.compose(stream, Loader=loader)
        except OSError as error:
            raise exceptions.ConfigError(
                f'The {self.noun} "{self.path}" cannot be read: '
                f'{error.strerror}.'
            ) from None
        except yaml.YAMLError as error:
            mark = getattr(error, 'problem_mark', None)
            why = getattr(error, 'problem', None) or str(error)
            context = getattr(error, 'context', None)
            why = ' '.join((f'{context}, {why}' if context else why).split())
            line = mark.line + 1 if mark is not None else 1
            raise DocumentError(
                self.path, self.noun, [(line, f'this is not YAML: {why}.')]
            ) from None
        return node

    def fault(self, node: yaml.Node, sentence: str) -> None:
        """Note a fault at the line of a node."""
        self.faults.append((line_of(node), sentence))

    def finish(self) -> None:
        """Raise what was noted.

        :raises DocumentError: there were faults
        """
        if self.faults:
            raise DocumentError(self.path, self.noun, self.faults)

    def items(self, node: yaml.Node) -> list[yaml.Node]:
        """The members of a list; the mapping of each is read elsewhere."""
        if is_null(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise Fault(f'is {kind_of(node)}, and should be a list')
        return list(node.value)

    def pairs(
        self, node: yaml.Node, inside: tuple[int, ...] = ()
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """The keys of a mapping to key node and value node.

        Keys that come twice are faults; ``<<`` merges another mapping.
        """
        if not isinstance(node, yaml.MappingNode):
            raise Fault(f'is {kind_of(node)}, and should be a mapping')
        if id(node) in inside:
            raise Fault('is merged into itself')
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: list[yaml.Node] = []
        for key_node, value in node.value:
            if key_node.tag == TAG + 'merge':
                many = isinstance(value, yaml.SequenceNode)
                merged += value.value if many else [value]
                continue
            if not isinstance(key_node, yaml.ScalarNode):
                self.fault(key_node, 'A key should be text.')
                continue
            key = key_node.value
            if key in found:
                self.fault(
                    key_node,
                    f'"{key}" is here twice; it was in line '
                    f'{line_of(found[key][0])} before.',
                )
                continue
            found[key] = (key_node, value)
        for other in merged:
            more = self.pairs(other, (*inside, id(node)))
            found = {**more, **found}
        return found

    def mapping(
        self,
        node: yaml.Node,
        what: str,
        kinds: Mapping[str, Kind],
        required: Collection[str] = (),
    ) -> Values:
        """The values of a mapping; those that are null or faulty are left out.

        :param what: what the mapping is, for messages
        :param kinds: the keys that it may have, and what each takes
        :param required: the keys that it must have
        """
        values = Values(node)
        try:
            pairs = self.pairs(node)
        except Fault as fault:
            self.fault(node, f'{what[0].upper()}{what[1:]} {fault}.')
            return values
        for key, (key_node, value) in pairs.items():
            kind = kinds.get(key)
            if kind is None:
                self.fault(key_node, _unknown(what, key, kinds))
            elif not is_null(value):
                try:
                    values.put(key, value, kind(self, value))
                except Fault as fault:
                    end = '' if str(fault).endswith('?') else '.'
                    self.fault(value, f'"{key}" of {what} {fault}{end}')
        for key in required:
            if key not in pairs or is_null(pairs[key][1]):
                self.fault(
                    node, f'{what[0].upper()}{what[1:]} has no "{key}".'
                )
        return values


def line_of(node: yaml.Node) -> int:
    """The line that a node begins in, counted from 1."""
    return int(node.start_mark.line) + 1


def kind_of(node: yaml.Node) -> str:
    """What a node is, in words."""
    tag = node.tag.removeprefix(TAG)
    return _WORDS.get(tag, f'of the type "{node.tag}"')


def is_null(node: yaml.Node) -> bool:
    """Whether nothing is there: ``key:``, ``key: null``, ``key: ~``."""
    return bool(node.tag == TAG + 'null')


def _unknown(what: str, key: str, kinds: Mapping[str, Kind]) -> str:
    close = difflib.get_close_matches(key, kinds, 1)
    hint = (
        f'did you mean "{close[0]}"?'
        if close
        else f'known are {", ".join(kinds)}.'
    )
    return f'{what[0].upper()}{what[1:]} has the unknown key "{key}"; {hint}'
