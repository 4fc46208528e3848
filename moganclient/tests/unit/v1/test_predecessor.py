"""The calls of the predecessor that the users' guide lists can be made."""

from __future__ import annotations

import ast
from collections.abc import Callable
import csv
import inspect
import pathlib
import re
from typing import Any

import ddt

from moganclient.tests.unit.v1 import fakes

TABLE = (
    pathlib.Path(__file__).resolve().parents[4]
    / 'doc/source/user/predecessor-calls.csv'
)

_CALL = re.compile('``([^`]*[)])``')


def rows() -> list[list[str]]:
    with TABLE.open(newline='') as file:
        return list(csv.reader(file))[1:]


def calls(cell: str) -> list[str]:
    """Those that a cell names, e.g. ``server.get(server)``."""
    return _CALL.findall(cell)


def then() -> list[str]:
    """All calls of then."""
    return [call for row in rows() for call in calls(row[0])]


@ddt.ddt
class TestCalls(fakes.TestCase):
    def find(self, call: str) -> tuple[Callable[..., Any], list[str]]:
        """A call's method, and the names of its arguments."""
        tree = ast.parse(call, mode='eval').body
        assert isinstance(tree, ast.Call)
        method: Any = self.client
        for name in ast.unparse(tree.func).split('.'):
            method = getattr(method, name)
        return method, [ast.unparse(argument) for argument in tree.args]

    @ddt.data(*then())
    def test_by_place(self, call):
        method, names = self.find(call)
        bound = inspect.signature(method).bind(*names)
        # Each came to where it is called so.
        self.assertEqual({name: name for name in names}, bound.arguments)

    @ddt.data(*then())
    def test_by_name(self, call):
        method, names = self.find(call)
        inspect.signature(method).bind(**dict.fromkeys(names))

    def test_of_now(self):
        for row in rows():
            if row[1] != 'the same':
                for call in calls(row[1]):
                    method, names = self.find(call)
                    inspect.signature(method).bind(*names)

    def test_what_is_said_of_each(self):
        for row in rows():
            self.assertEqual(3, len(row), row)
            self.assertEqual(1, len(calls(row[0])), row)
            self.assertTrue(row[1] == 'the same' or calls(row[1]), row)
            self.assertNotEqual('', row[2])

    def test_none_is_there_twice(self):
        self.assertEqual(len(set(then())), len(then()))

    def test_methods_that_are_named_beside_exist(self):
        for row in rows():
            method, _ = self.find(calls(row[0])[0])
            for named in calls(row[2]):
                manager = inspect.unwrap(method).__self__
                self.assertTrue(
                    callable(getattr(manager, named.removesuffix('()'))),
                    named,
                )
