"""Tests of moganclient.adoption.writing."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import stat
from unittest import mock

import ddt
import hypothesis
from hypothesis import strategies
import yaml

import moganclient
from moganclient.adoption import errors
from moganclient.adoption import plan
from moganclient.adoption import writing
from moganclient.tests.unit.adoption import plans

EXAMPLE = (
    pathlib.Path(moganclient.__file__).parents[1]
    / 'doc'
    / 'source'
    / 'reference'
    / 'fleet.yaml'
)
REASON = {'code': 'not_active', 'message': 'Node x is available.'}


def _no_space(*args):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _interrupted(*args):
    raise KeyboardInterrupt


@ddt.ddt
class TestSave(plans.TestCase):
    """Files that come to be, or do not."""

    def names(self):
        return sorted(os.listdir(self.directory))

    def refused(self, kind, name='fleet.yaml', made=None):
        error = self.assertRaises(
            kind, writing.save, made or plans.small(), str(self.path(name))
        )
        return error.message.replace(f'{self.directory}/', '')

    def test_nothing_else_stays(self):
        writing.save(plans.small(), self.path())

        self.assertEqual(['fleet.yaml'], self.names())

    def test_others_may_read_as_the_umask_says(self):
        self.addCleanup(os.umask, os.umask(0o027))

        writing.save(plans.small(), self.path())

        mode = stat.S_IMODE(self.path().stat().st_mode)
        self.assertEqual(0o640, mode)

    def test_into_the_current_directory(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.directory)

        writing.save(plans.small(), 'fleet.yaml')

        self.assertEqual(['fleet.yaml'], self.names())

    @ddt.data('fleet.yaml', 'fleet.json')
    def test_never_over_a_file(self, name):
        self.write('precious', name)

        message = self.refused(errors.PlanExists, name)

        self.assert_begins(f'There is a file {name} already', message)
        self.assertEqual('precious', self.path(name).read_text())
        self.assertEqual([name], self.names())

    def test_never_over_a_link_that_leads_nowhere(self):
        self.path().symlink_to('nowhere')

        self.refused(errors.PlanExists)

        self.assertEqual(['fleet.yaml'], self.names())

    def test_never_over_a_file_that_appears_meanwhile(self):
        def link(*args):
            self.write('precious')
            return real(*args)

        real = os.link
        self.patch(os, 'link', link)

        self.refused(errors.PlanExists)

        self.assertEqual('precious', self.path().read_text())
        self.assertEqual(['fleet.yaml'], self.names())

    def test_not_beside_the_journal_of_another_plan(self):
        self.write('{}', 'fleet.yaml.journal')

        self.assertIn(
            'There is a journal fleet.yaml.journal already',
            self.refused(errors.PlanExists),
        )

    def test_directory_that_is_not_there(self):
        self.assertEqual(
            'a/fleet.yaml cannot be written: there is no directory a.',
            self.refused(errors.PlanError, 'a/fleet.yaml').replace(
                f'{self.directory}/', ''
            ),
        )

    def test_directory_that_is_a_file(self):
        self.write('x', 'a')

        self.assertEqual(
            'a/fleet.yaml cannot be written: Not a directory.',
            self.refused(errors.PlanError, 'a/fleet.yaml'),
        )

    def test_file_that_is_a_directory(self):
        self.path('a').mkdir()

        self.assertEqual(
            'a is a directory: name a file.',
            self.refused(errors.PlanError, 'a'),
        )

    def test_no_name(self):
        self.assertRaisesRegex(
            errors.PlanError, 'name one', writing.save, plans.small(), ''
        )

    def test_name_that_no_file_can_have(self):
        self.assertRaisesRegex(
            errors.PlanError,
            'cannot be written',
            writing.save,
            plans.small(),
            'a\x00b',
        )

    def test_name_that_is_too_long(self):
        self.assertIn(
            'cannot be written: File name too long',
            self.refused(errors.PlanError, 'x' * 300),
        )

    def test_directory_where_nothing_may_be_written(self):
        # Not by its mode: root may write anywhere.
        def denied(*args, **kwargs):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        with mock.patch('builtins.open', denied):
            message = self.refused(errors.PlanError)

        self.assertEqual(
            'fleet.yaml cannot be written: Permission denied.', message
        )

    @ddt.data('fsync', 'link')
    def test_full_disk_leaves_nothing(self, call):
        self.patch(os, call, _no_space)
        self.patch(os, 'rename', _no_space)

        self.assertIn(
            'cannot be written: No space left on device',
            self.refused(errors.PlanError),
        )
        self.assertEqual([], self.names())

    @ddt.data('fsync', 'link')
    def test_interruption_leaves_nothing(self, call):
        self.patch(os, call, _interrupted)

        # testtools lets it end the run where it is not caught here.
        try:
            writing.save(plans.small(), self.path())
        except KeyboardInterrupt:
            pass
        else:
            self.fail('it was not interrupted')
        self.assertEqual([], self.names())

    def test_file_system_without_links(self):
        def link(*args):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

        self.patch(os, 'link', link)

        writing.save(plans.small(), self.path())

        self.assertEqual(plans.small(), plan.Plan.load(self.path()))
        self.assertEqual(['fleet.yaml'], self.names())
        self.refused(errors.PlanExists)

    @ddt.data('fleet.yaml', 'fleet.json')
    def test_plan_that_could_not_be_read_again(self, name):
        made = plans.small()
        made.servers[0].name = ''
        made.servers[0].ports = ['x']
        made.servers.append(made.servers[0])

        message = self.refused(errors.PlanError, name, made)

        self.assertEqual(7, len(message.splitlines()), message)
        self.assert_begins(f'{name}: servers[0].name is empty\n', message)
        self.assertEqual([], self.names())

    def test_half_of_a_character(self):
        made = plans.small()
        made.servers[0].name = 'x\ud800'

        self.assertIn(
            'is not valid text', self.refused(errors.PlanError, made=made)
        )


@ddt.ddt
class TestYaml(plans.TestCase):
    """What a plan looks like as YAML."""

    def text(self, made, name='fleet.yaml'):
        path = self.path(name)
        writing.save(made, path)
        return path.read_text()

    def body(self, made):
        return self.text(made).partition('\n\n')[2]

    def test_small(self):
        self.assertEqual(plans.HEAD + plans.SERVER, self.body(plans.small()))

    def test_everything(self):
        made = plans.small()
        made.region = 'RegionOne'
        server = made.servers[0]
        server.node_name = 'rack1-u01'
        server.project = '0123456789abcdef0123456789abcdef'
        server.availability_zone = 'az1'
        server.description = 'Two\nlines'
        server.metadata = {'rack': 'r1', 'on': '', 'a b': '7'}

        self.assertEqual(
            f"""\
version: 1
cloud:
  endpoint: {plans.ENDPOINT}
  region: RegionOne
servers:
- node: {plans.NODE}
  node_name: rack1-u01
  name: db-1
  flavor: gold
  ports:
  - {plans.PORT}
  project: "0123456789abcdef0123456789abcdef"
  availability_zone: az1
  description: "Two\\nlines"
  metadata:
    rack: r1
    "on": ""
    "a b": "7"
""",
            self.body(made),
        )

    def test_header_says_how_to_go_on(self):
        header = self.text(plans.small()).partition('\n\n')[0]

        self.assertIn('adoption plan check fleet.yaml\n', header)
        self.assertIn('adoption plan apply fleet.yaml\n', header)
        self.assertIn('fleet.yaml.journal', header)
        self.assertEqual(
            {'#'}, {line[:1] for line in header.splitlines()}, header
        )

    def test_name_that_a_shell_would_not_take(self):
        self.assertIn(
            "check 'my fleet.yaml'\n",
            self.text(plans.small(), 'my fleet.yaml'),
        )

    def test_name_that_would_end_the_comment(self):
        name = 'a\nservers: []\n#.yaml'

        text = self.text(plans.small(), name)

        self.assertEqual(['servers:'], [
            line for line in text.splitlines() if line.startswith('servers')
        ])  # fmt: skip
        self.assertEqual(plans.small(), plan.Plan.load(self.path(name)))

    def test_left_out_nodes_are_comments(self):
        made = plans.small()
        made.left_out = [
            plan.LeftOut(plans.OTHER_NODE, 'rack1-u07', [REASON]),
            plan.LeftOut(
                plans.OTHER_NODE,
                None,
                [REASON, {'code': 'retired', 'message': 'It is retired.'}],
            ),
        ]

        self.assertEqual(
            f"""\
# Left out, for they cannot be taken over as they are (2):
#
# rack1-u07 ({plans.OTHER_NODE}): not_active: Node x is available.
# {plans.OTHER_NODE}: not_active: Node x is available.; \
retired: It is retired.
""",
            self.body(made).partition('\n\n')[2],
        )

    @ddt.data('\n', '\r', '\x85', '\u2028', '\x0c', '\x00', '\ud800')
    def test_comments_cannot_be_left(self, char):
        text = f'{char}servers: [{char}'
        made = plans.small()
        made.left_out = [
            plan.LeftOut(
                plans.OTHER_NODE, text, [{'code': text, 'message': text}]
            )
        ]

        self.text(made)

        self.assertEqual(made, plan.Plan.load(self.path()))

    @ddt.data(*plans.ODD)
    def test_odd_text(self, text):
        made = plans.small()
        made.servers[0].name = text

        found = yaml.safe_load(self.text(made))

        self.assertEqual(text, found['servers'][0]['name'])

    @hypothesis.given(plans.any_plan())
    @hypothesis.settings(max_examples=40)
    def test_says_the_same_to_any_reader(self, made):
        name = f'{len(os.listdir(self.directory))}.yaml'

        text = self.text(made, name)

        found = yaml.safe_load(text)
        self.assertEqual(
            [server.description for server in made.servers],
            [server.get('description') for server in found['servers']],
        )
        self.assertEqual(
            [server.metadata for server in made.servers],
            [server.get('metadata', {}) for server in found['servers']],
        )


class TestExample(plans.TestCase):
    """The plan in the documentation."""

    def test_is_what_is_written(self):
        made = plan.Plan.load(EXAMPLE)
        made.left_out = [
            plan.LeftOut(
                '7c9e6679-7425-40de-944b-e07fc1f90ae7',
                'rack1-u07',
                [
                    {
                        'code': 'not_active',
                        'message': (
                            'Its provision state is "available", not "active".'
                        ),
                    }
                ],
            )
        ]

        writing.save(made, self.path())

        self.assertEqual(EXAMPLE.read_text(), self.path().read_text())


class TestJson(plans.TestCase):
    """What a plan looks like as JSON."""

    def data(self, made):
        path = self.path('fleet.json')
        writing.save(made, path)
        return json.loads(path.read_text())

    def test_small(self):
        self.assertEqual(
            {
                'version': 1,
                'cloud': {'endpoint': plans.ENDPOINT},
                'servers': [
                    {
                        'node': plans.NODE,
                        'name': 'db-1',
                        'flavor': 'gold',
                        'ports': [plans.PORT],
                    }
                ],
            },
            self.data(plans.small()),
        )

    def test_left_out_nodes(self):
        made = plans.small()
        made.left_out = [plan.LeftOut(plans.OTHER_NODE, 'n', [REASON])]

        self.assertEqual(
            [
                {
                    'node': plans.OTHER_NODE,
                    'node_name': 'n',
                    'reasons': [REASON],
                }
            ],
            self.data(made)['left_out'],
        )


class TestRoundTrip(plans.TestCase):
    """Saved and loaded, a plan is the same."""

    @hypothesis.given(
        plans.any_plan(), strategies.sampled_from(('yaml', 'yml', 'plan'))
    )
    @hypothesis.settings(max_examples=60)
    def test_yaml(self, made, suffix):
        path = self.path(f'{len(os.listdir(self.directory))}.{suffix}')
        made.save(path)

        found = plan.Plan.load(path)

        self.assertEqual(made, found)
        self.assertEqual(path, found.path)

    @hypothesis.given(plans.any_plan())
    @hypothesis.settings(max_examples=60)
    def test_json(self, made):
        path = self.path(f'{len(os.listdir(self.directory))}.json')
        made.save(path)

        found = plan.Plan.load(path)

        self.assertEqual(made, found)
        self.assertEqual(made.left_out, found.left_out)
