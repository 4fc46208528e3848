"""The pages that have to name every command do."""

from __future__ import annotations

import argparse
import csv
import fnmatch
from importlib import metadata
import pathlib
import re
import types

import testtools

from moganclient.osc import plugin
from moganclient.osc.v1 import creation
from moganclient.tests.unit.v1 import fakes

SOURCE = pathlib.Path(__file__).resolve().parents[4] / 'doc/source'
_NOUN = 'baremetalcompute '


def commands() -> set[str]:
    """All of them, without the word that they begin with."""
    return {
        one.name.replace('_', ' ').removeprefix(_NOUN)
        for one in metadata.entry_points(
            group=f'openstack.{plugin.API_NAME}.v1'
        )
    }


class TestReference(testtools.TestCase):
    def test_every_command_is_in_it_once(self):
        page = (SOURCE / 'cli/index.rst').read_text()
        patterns = re.findall(rf':command: {_NOUN}(.*)', page)
        for command in commands():
            matched = [
                pattern
                for pattern in patterns
                if fnmatch.fnmatch(command, pattern)
            ]
            self.assertEqual(1, len(matched), command)

    def test_nothing_else_is(self):
        page = (SOURCE / 'cli/index.rst').read_text()
        for pattern in re.findall(rf':command: {_NOUN}(.*)', page):
            self.assertNotEqual([], fnmatch.filter(commands(), pattern))


class TestPredecessor(fakes.TestCase):
    def setUp(self) -> None:
        super().setUp()
        text = (SOURCE / 'user/predecessor.rst').read_text()
        page = re.sub(r'\s+', ' ', text)
        self.words = re.findall(r'``([^`]+)``', page)

    def test_every_command_is_named(self):
        self.assertEqual(set(), commands() - set(self.words))

    def test_every_call_of_the_library_that_is_named_is_one(self):
        calls = [word.partition('(')[0] for word in self.words if '(' in word]
        self.assertTrue(len(calls) > 40, calls)
        for call in calls:
            manager, _, method = call.partition('.')
            self.assertTrue(
                callable(getattr(getattr(self.client, manager), method)), call
            )


class TestPredecessorsOptions(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        with (SOURCE / 'user/predecessor-options.csv').open(newline='') as f:
            self.rows = list(csv.reader(f))[1:]

    def options(self, command: str) -> set[str]:
        """All that a command has."""
        (entry,) = (
            one
            for one in metadata.entry_points(
                group=f'openstack.{plugin.API_NAME}.v1'
            )
            if one.name.replace('_', ' ') == _NOUN + command
        )
        parser = entry.load()(types.SimpleNamespace(), None).get_parser('p')
        return set(parser._option_string_actions)

    def test_what_is_there_now_is_there(self):
        for command, then, now, _ in self.rows:
            said = then if now == 'the same' else now
            named = re.findall(r'``(-[^` ]+)', said)
            self.assertTrue(named or 'ALL_PROJECTS' in said, said)
            self.assertEqual(
                set(), set(named) - self.options(command.strip('`')), said
            )

    def test_what_is_refused_is(self):
        parsers = [row for row in self.rows if 'port-type' in row[1]]
        self.assertEqual(1, len(parsers))
        self.assertRaises(
            argparse.ArgumentTypeError,
            creation.nic,
            'net-id=private,port-type=10GE',
        )
