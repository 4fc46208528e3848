"""Tests of what commands share."""

from __future__ import annotations

import argparse
import logging

import ddt
import fixtures
from osc_lib import exceptions
import testtools

from moganclient.osc import options

LOG = logging.getLogger(__name__)


@ddt.ddt
class TestTypes(testtools.TestCase):
    @ddt.data('0', '-1', 'x', '', '1.5')
    def test_not_a_bound(self, text):
        error = self.assertRaises(
            argparse.ArgumentTypeError, options.positive, text
        )
        self.assertIn(f'"{text}" is not a whole number', str(error))

    def test_a_bound(self):
        self.assertEqual(12, options.positive('12'))

    @ddt.data('0', '65', 'x', '', '1.5')
    def test_outside_of_bounds(self, text):
        error = self.assertRaises(
            argparse.ArgumentTypeError, options.between(1, 64), text
        )
        self.assertEqual(
            f'"{text}" is not a whole number from 1 to 64', str(error)
        )

    @ddt.data('1', '64')
    def test_within_bounds(self, text):
        self.assertEqual(int(text), options.between(1, 64)(text))

    @ddt.data('0', '-1', 'x', '', 'nan', 'inf')
    def test_no_time(self, text):
        self.assertRaises(argparse.ArgumentTypeError, options.seconds, text)

    @ddt.data('600', '0.5')
    def test_a_time(self, text):
        self.assertEqual(float(text), options.seconds(text))

    @ddt.data('192.0.2.5', '2001:db8::5')
    def test_an_address(self, text):
        self.assertEqual(text, options.address(text))

    @ddt.data('192.0.2.500', 'x', '', '192.0.2.0/24')
    def test_no_address(self, text):
        error = self.assertRaises(
            argparse.ArgumentTypeError, options.address, text
        )
        self.assertEqual(f'"{text}" is not an IP address', str(error))

    def test_nothing_is_refused(self):
        self.assertRaises(argparse.ArgumentTypeError, options.nonempty, ' ')


@ddt.ddt
class TestAllProjects(testtools.TestCase):
    def parse(self, *argv: str) -> bool:
        parser = argparse.ArgumentParser()
        options.add_all_projects(parser, 'Look everywhere')
        return parser.parse_args(argv).all_projects

    def environment(self, value: str | None) -> None:
        self.useFixture(fixtures.EnvironmentVariable('ALL_PROJECTS', value))

    @ddt.data('1', 'true', 'Yes', 'on')
    def test_the_environment_says_it(self, value):
        self.environment(value)
        self.assertTrue(self.parse())

    @ddt.data(None, '', '0', 'false', 'no')
    def test_it_does_not(self, value):
        self.environment(value)
        self.assertFalse(self.parse())
        self.assertTrue(self.parse('--all-projects'))


class TestHas(testtools.TestCase):
    def check(self, *gone: str, has: tuple[str, ...] = ('b', 'a')) -> None:
        options.check_has('Server "db-3"', 'property', has, gone)

    def test_what_is_there(self):
        self.assertIsNone(self.check('a', 'b'))

    def test_what_is_not(self):
        error = self.assertRaises(exceptions.CommandError, self.check, 'c')
        self.assertEqual(
            'Server "db-3" has no property "c". It has: a, b.', str(error)
        )

    def test_nothing_is(self):
        error = self.assertRaises(
            exceptions.CommandError, self.check, 'c', has=()
        )
        self.assertIn('It has: none.', str(error))


class TestForEach(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.logged = self.useFixture(fixtures.FakeLogger())
        self.done = []

    def act(self, thing):
        if thing.startswith('bad'):
            raise ValueError(f'{thing} is bad')
        self.done.append(thing)

    def each(self, *things):
        options.for_each(LOG, self.act, things, 'things', 'failed')

    def test_all_good_is_quiet(self):
        self.each('a', 'b')
        self.assertEqual('', self.logged.output)

    def test_the_others_are_tried(self):
        self.assertRaises(
            exceptions.CommandError, self.each, 'bad1', 'a', 'bad2', 'b'
        )
        self.assertEqual(['a', 'b'], self.done)

    def test_the_end_counts(self):
        error = self.assertRaises(
            exceptions.CommandError, self.each, 'bad1', 'a', 'bad2'
        )
        self.assertEqual('2 of 3 things failed.', str(error))

    def test_of_one_just_what_went_wrong_is_said(self):
        error = self.assertRaises(exceptions.CommandError, self.each, 'bad1')
        self.assertEqual('bad1 is bad', str(error))
        self.assertEqual('', self.logged.output)

    def test_each_failure_is_logged(self):
        self.assertRaises(exceptions.CommandError, self.each, 'bad1', 'bad2')
        self.assertIn('bad1 is bad', self.logged.output)
        self.assertIn('bad2 is bad', self.logged.output)


class TestForEachThatWaits(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.logged = self.useFixture(fixtures.FakeLogger())
        self.done = []

    def each(self, *things):
        def act(thing):
            self.done.append(f'begin {thing}')
            return lambda: self.end(thing)

        options.for_each(LOG, act, things, 'things', 'failed')

    def end(self, thing):
        if thing.startswith('bad'):
            raise ValueError(f'{thing} is bad')
        self.done.append(f'end {thing}')

    def test_all_are_begun_before_any_is_waited_for(self):
        self.each('a', 'b')
        self.assertEqual(['begin a', 'begin b', 'end a', 'end b'], self.done)

    def test_what_fails_at_its_end_counts(self):
        error = self.assertRaises(
            exceptions.CommandError, self.each, 'bad', 'a'
        )
        self.assertEqual('1 of 2 things failed.', str(error))
        self.assertIn('bad is bad', self.logged.output)
        self.assertEqual('end a', self.done[-1])
