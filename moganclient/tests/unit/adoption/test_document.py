"""Tests of moganclient.adoption.document."""

from __future__ import annotations

import ddt

from moganclient.adoption import document
from moganclient.adoption import errors
from moganclient.adoption import tokens
from moganclient.tests.unit.adoption import plans


@ddt.ddt
class TestRead(plans.TestCase):
    """Files as plain data."""

    def read(self, content, name='a.yaml'):
        return document.read(self.write(content, name), 'list')

    def refused(self, content, name='a.yaml'):
        error = self.assertRaises(errors.PlanError, self.read, content, name)
        self.assertEqual(1, len(error.faults))
        return error.message.removeprefix(f'{self.directory}/')

    @ddt.data(
        ('a.yaml', 'a: {b: [x, "1", no]}\nlist:\n- c\n- 1\n'),
        ('a.yml', '--- # JSON is YAML\n{"a": {"b": ["x", "1", false]},'
                  ' "list": ["c", 1]}'),
        ('a.json', '\ufeff{"a": {"b": ["x", "1", false]}, "list": ["c", 1]}'),
    )  # fmt: skip
    @ddt.unpack
    def test_data(self, name, content):
        self.assertEqual(
            {'a': {'b': ['x', '1', False]}, 'list': ['c', 1]},
            self.read(content, name).data,
        )

    @ddt.data(
        ('a.yaml', 'other: [x]\nlist:\n- c\n\n- d: 1\n  e:\n  - f\n-\n  g: 2'),
        ('a.json', '{"other": ["x"],\n\n"list": ["c",\n\n {"d": 1,\n'
                   '"e": ["f"\n\n]}, {"g": 2}]}'),
    )  # fmt: skip
    @ddt.unpack
    def test_lines_of_the_list(self, name, content):
        lines = {'a.yaml': [3, 5, 9], 'a.json': [3, 5, 8]}[name]

        self.assertEqual(lines, self.read(content, name).lines)

    def test_lines_of_places(self):
        read = self.read('a:\n- b\n- c: 1\n  d:\n    e: [\n      2]\n')

        self.assertEqual(
            {
                ('a',): 1,
                ('a', 0): 2,
                ('a', 1): 3,
                ('a', 1, 'd'): 4,
                ('a', 1, 'd', 'e', 0): 6,
            },
            read.lines_of(
                [
                    ('a',),
                    ('a', 0),
                    ('a', 1),
                    ('a', 1, 'd'),
                    ('a', 1, 'd', 'e', 0),
                ]
            ),
        )

    def test_line_of_what_is_missing_is_that_of_what_is_round_it(self):
        read = self.read('# x\na:\n- b\n- c: 1\n')

        self.assertEqual(
            {('a', 1, 'z', 3): 4, ('z',): 2},
            read.lines_of([('a', 1, 'z', 3), ('z',)]),
        )

    def test_line_inside_of_an_alias_is_that_of_the_alias(self):
        read = self.read('a: &x {b: 1}\nc: *x\nd: 2\n')

        self.assertEqual(
            {('c', 'b'): 2, ('d',): 3},
            read.lines_of([('c', 'b'), ('d',)]),
        )

    def test_what_is_no_string_is_kept_as_it_was_written(self):
        read = self.read('a: no\nb:\n- "no"\n- 0x1F\n- 2024-01-01\nc:\n')

        self.assertEqual(
            {
                ('a',): 'no',
                ('b', 1): '0x1F',
                ('b', 2): '2024-01-01',
                ('c',): '',
            },
            read.plain,
        )

    def test_alias_stands_for_a_value(self):
        read = self.read('a: &x {b: c}\nd: *x\ne: &y f\ng: *y\n')

        self.assertEqual(
            {'a': {'b': 'c'}, 'd': {'b': 'c'}, 'e': 'f', 'g': 'f'}, read.data
        )

    @ddt.data(
        ('a.yaml', 'a: 1\nb:\n  c: 2\n  d: 3\n  c: 4\na: 5\n'),
        ('a.json', '{"a": 1, "b":\n\n{"c": 2, "d": 3,\n\n"c": 4},\n"a": 5}'),
    )
    @ddt.unpack
    def test_key_that_is_given_twice(self, name, content):
        read = self.read(content, name)

        first, second = {'a.yaml': (3, 1), 'a.json': (3, 1)}[name]
        self.assertEqual(
            [
                (5, f'b.c is given twice, first in line {first}: keep one'),
                (6, f'a is given twice, first in line {second}: keep one'),
            ],
            read.faults,
        )
        self.assertEqual({'a': 1, 'b': {'c': 2, 'd': 3}}, read.data)

    @ddt.data('1', 'no', '2024-01-01', '~')
    def test_key_that_is_no_string(self, key):
        read = self.read(f'a:\n  {key}: b\n  c: d\n')

        self.assertEqual(
            [
                (
                    2,
                    f'a: the key {key} is not a string: put quotes round it',
                )
            ],
            read.faults,
        )
        self.assertEqual({'a': {'c': 'd'}}, read.data)

    def test_merge_key(self):
        read = self.read('a: &x {b: c}\nd:\n  <<: *x\n  e: f\n')

        self.assertEqual(
            [(3, 'd: merge keys (<<) mean nothing here: write the keys out')],
            read.faults,
        )

    @ddt.data(
        ('? [a]\n: b\n', '1: the file: a key is a word'),
        ('a:\n  ? {b: c}\n  : d\n', '2: a: a key is a word'),
        ('a: &x b\n*x : c\n', '2: the file: a key is a word'),
        ('', '1: the file is empty'),
        ('# nothing\n', '1: the file is empty'),
        ('a: b\n\tc: d\n', '2: this is not YAML: a tab is no indentation'),
        ('a:\n\tc: d\n', '2: this is not YAML: a tab is no indentation'),
        ('a: b: c\n', '1: this is not YAML: a colon is not expected'),
        ('a: 1\nb: "c\nd: e\n', '2: this is not YAML: a quote is opened'),
        ('a: 1\nb: [c\nd: e\n', '3: this is not YAML: a bracket is opened'),
        ('{', '1: this is not YAML: a value is expected here, or a br'),
        ('a: 1\nb: [c,\n\n\n', '4: this is not YAML: a value is expec'),
        ('a: @b\n', '1: this is not YAML: a text cannot begin with'),
        ('a: b\n- c\n', '2: this is not YAML: '),
        ('a: b\n---\nc: d\n', '2: a second document begins here'),
        ('a: *x\n', '1: *x stands for nothing'),
        ('a: &x [*x]\n', '1: *x is inside of what it stands for'),
        ('a: !!python/object:os.x b\n', "1: the tag '!!python/object:os.x'"),
        ('a: !b {c: d}\n', "1: the tag '!b' means nothing"),
        ('a: b\nc: \x01\n', '2: the character U+0001 cannot be in a YAML'),
        (b'a: b\nc: \xe4\n', '2: the byte 0xe4 is not UTF-8'),
        ('%YAML 7.1\n---\na: b\n', '1: this is not YAML: '),
    )
    @ddt.unpack
    def test_no_yaml(self, content, sentence):
        self.assert_begins(f'a.yaml:{sentence}', self.refused(content))

    @ddt.data(
        ('', '1: the file is empty'),
        (' \n ', '1: the file is empty'),
        ('{"a": 1,\n}', '2: this is not JSON: a key in double quotes is'),
        ('{"a": 1\n"b": 2}', '2: this is not JSON: a comma or "}" is'),
        ('[1,\n]', "2: this is not JSON: a value is expected, not ']'"),
        ('[1,\n', '1: this is not JSON: a value is expected, not the end'),
        ('{"a"\n1}', '2: this is not JSON: a colon after the key is'),
        ('{"a": NaN}', '1: this is not JSON: a value is expected'),
        ('{"a": -Infinity}', '1: this is not JSON: a value is expected'),
        ('{"a": 01}', '1: this is not JSON: a comma or "}" is expected'),
        ('{"a":\n\n"b\nc"}', '3: this is not JSON: invalid control'),
        ('{"a": "b}', '1: this is not JSON: unterminated string'),
        ('{"a": "\\x"}', '1: this is not JSON: invalid \\escape'),
        ('{}\n\n{}', '3: this is not JSON: the end of the file is'),
        ("{'a': 1}", '1: this is not JSON: a key in double quotes is'),
    )
    @ddt.unpack
    def test_no_json(self, content, sentence):
        self.assert_begins(
            f'a.json:{sentence}', self.refused(content, 'a.json')
        )

    @ddt.data('a.yaml', 'a.json')
    def test_depth(self, name):
        self.assert_begins(
            f'{name}:51: more than 50 lists', self.refused('[\n' * 60, name)
        )

    def test_aliases_that_stand_for_too_much(self):
        lines = ['a: &a [' + ', '.join('x' * 20) + ']']
        for before, name in zip('abcdefgh', 'bcdefghi', strict=True):
            many = ', '.join([f'*{before}'] * 10)
            lines.append(f'{name}: &{name} [{many}]')

        self.assertIn(
            'the aliases stand for too much', self.refused('\n'.join(lines))
        )

    @ddt.data(str(2**4000), '1.5e400', '-0.0')
    def test_any_number_of_json(self, number):
        read = self.read(f'{{"a": {number}}}', 'a.json')

        self.assertEqual({('a',): number}, read.plain)

    def test_number_of_thousands_of_digits(self):
        for name, content in (
            ('a.json', '{"a": %s}'),
            ('a.yaml', 'a: %s'),
        ):
            with self.subTest(name):
                read = self.read(content % ('9' * 5000), name)

                self.assertIsInstance(read.data['a'], tokens.Odd)

    @ddt.data('a: 2024-13-45', 'a: 0x_', 'a: 0b_', 'a: 1:59:59', 'a: .inf')
    def test_what_yaml_takes_for_a_value_and_is_none(self, content):
        self.assertIsInstance(self.read(content).data['a'], tokens.Odd)

    def test_pairs_of_surrogates_are_one_character(self):
        read = self.read('{"a": "\\ud83d\\ude00"}', 'a.json')

        self.assertEqual({'a': '\U0001f600'}, read.data)

    def test_no_such_file(self):
        self.assertRaisesRegex(
            errors.PlanError,
            r'x\.yaml: there is no such file\Z',
            document.read,
            self.path('x.yaml'),
            'list',
        )

    def test_directory(self):
        self.assertRaisesRegex(
            errors.PlanError,
            ': this is a directory',
            document.read,
            self.directory,
            'list',
        )

    def test_name_that_no_file_can_have(self):
        self.assertRaisesRegex(
            errors.PlanError,
            r"\A'a\\x00b': cannot be read: ",
            document.read,
            'a\x00b',
            'list',
        )

    def test_file_that_is_too_large(self):
        self.patch(document, 'MAX_SIZE', 2**20)

        self.assertIn(
            'is larger than 1 MiB', self.refused('# comment\n' * 2**17)
        )

    def test_message_counts_the_faults_that_it_does_not_show(self):
        error = document.error(str(number) for number in range(70))

        lines = error.message.splitlines()
        self.assertEqual(['48', '49', 'And 20 faults more.'], lines[-3:])
        self.assertEqual(70, len(error.faults))
