"""Tests of files that commands read and write."""

from __future__ import annotations

import argparse
import io
import os
import pathlib
import stat

import ddt
import fixtures
from osc_lib import exceptions
import testtools

from moganclient.osc import files
from moganclient.service import conf


@ddt.ddt
class TestRead(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        self.path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.file = self.path / 'data'
        self.file.write_bytes(b'\xff\n')

    def test_content(self):
        self.assertEqual(b'\xff\n', files.content(str(self.file)))

    def test_what_is_in_it_is_not_shown(self):
        self.assertEqual('<2 bytes>', repr(files.content(str(self.file))))

    def test_home(self):
        self.useFixture(fixtures.EnvironmentVariable('HOME', str(self.path)))
        self.assertEqual(b'\xff\n', files.content('~/data'))

    def test_what_is_not_there(self):
        error = self.assertRaises(
            argparse.ArgumentTypeError, files.content, str(self.path / 'x')
        )
        self.assertIn('No such file', str(error))

    def test_what_is_no_text(self):
        error = self.assertRaises(
            argparse.ArgumentTypeError, files.text, str(self.file)
        )
        self.assertIn('is not a text', str(error))

    def test_what_is_too_much(self):
        self.file.write_bytes(b'x' * (files.MOST + 2))
        error = self.assertRaises(
            argparse.ArgumentTypeError, files.content, str(self.file)
        )
        self.assertEqual(
            f'"{self.file}" has {files.MOST + 2} bytes, and the service takes '
            f'{files.MOST} at most',
            str(error),
        )

    def test_what_has_no_end(self):
        error = self.assertRaises(
            argparse.ArgumentTypeError, files.content, '/dev/zero'
        )
        self.assertIn('"/dev/zero" has', str(error))

    def test_the_most_is_the_service_s(self):
        self.assertEqual(files.MOST, conf.load([]).api.max_config_drive)

    def test_standard_input(self):
        self.useFixture(fixtures.MonkeyPatch('sys.stdin', io.StringIO('text')))
        self.assertEqual('text', files.text('-'))

    def test_placed(self):
        self.assertEqual(
            ('/etc/motd', b'\xff\n'), files.placed(f'/etc/motd={self.file}')
        )

    @ddt.data('', '/etc/motd', '=x', '/etc/motd=')
    def test_placed_nowhere(self, typed):
        error = self.assertRaises(
            argparse.ArgumentTypeError, files.placed, typed
        )
        self.assertIn('has to read', str(error))


class TestSecret(testtools.TestCase):
    def setUp(self) -> None:
        super().setUp()
        path = pathlib.Path(self.useFixture(fixtures.TempDir()).path)
        self.file = path / 'key'

    def write(self, secret: str = 'PEM') -> None:
        with files.Secret(str(self.file)) as stream:
            stream.write(secret)

    def test_it_is_written(self):
        self.write()
        self.assertEqual('PEM', self.file.read_text())

    def test_it_is_its_owner_s_alone_whatever_the_umask(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.write()
        self.assertEqual(0o600, stat.S_IMODE(self.file.stat().st_mode))

    def test_it_can_be_read_though_the_umask_forbids(self):
        before = os.umask(0o777)
        self.addCleanup(os.umask, before)
        self.write()
        self.assertEqual(0o600, stat.S_IMODE(self.file.stat().st_mode))

    def test_nothing_is_written_over(self):
        self.file.write_text('old')
        error = self.assertRaises(exceptions.CommandError, self.write)
        self.assertIn('already', str(error))
        self.assertEqual('old', self.file.read_text())

    def test_not_even_a_link_to_nowhere(self):
        self.file.symlink_to(self.file.with_name('other'))
        self.assertRaises(exceptions.CommandError, self.write)
        self.assertFalse(self.file.with_name('other').exists())

    def test_a_directory_that_there_is_not(self):
        self.file = self.file / 'x'
        error = self.assertRaises(exceptions.CommandError, self.write)
        self.assertIn('Cannot write', str(error))

    def test_without_a_secret_the_file_goes_again(self):
        with files.Secret(str(self.file)):
            self.assertTrue(self.file.exists())
        self.assertFalse(self.file.exists())
