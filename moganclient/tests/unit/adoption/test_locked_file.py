"""Tests of a file that one process at a time adds lines to."""

from __future__ import annotations

import errno
import fcntl
import os
import pathlib
import subprocess
import sys
import threading
from typing import Any

import ddt
import fixtures
import testtools

from moganclient.adoption import errors
from moganclient.adoption import locked_file

#: Opens the file that it is told, says so, and waits until its input ends.
HOLD = """
import os
import sys
from moganclient.adoption import locked_file
def say(text):
    # In one piece: a child writes to the same pipe.
    os.write(1, text.encode() + b'\\n')
held = locked_file.LockedFile.open(sys.argv[1])
{more}
say('held')
sys.stdin.read()
"""

#: A child that outlives its parent, until the pipe in its place is closed.
FORK = """
if os.fork() == 0:
    try:
        held.append(b'child')
    except Exception as error:
        say(str(error))
    sys.stdin.read()
    os._exit(0)
"""

#: A limit that lets in one line and a half.
LIMIT = """
import resource
from moganclient.adoption import errors
held.append(b'one\\n')
resource.setrlimit(resource.RLIMIT_FSIZE, (6, resource.RLIM_INFINITY))
try:
    held.append(b'two\\n')
except errors.JournalError as error:
    say(str(error))
say(open(sys.argv[1]).read().rstrip())
resource.setrlimit(resource.RLIMIT_FSIZE, [resource.RLIM_INFINITY] * 2)
held.append(b'six\\n')
"""


class Base(testtools.TestCase):
    def setUp(self):
        super().setUp()
        self.path = self.useFixture(fixtures.TempDir()).join('f.journal')

    def open(self, path: str | None = None) -> locked_file.LockedFile:
        file = locked_file.LockedFile.open(path or self.path)
        self.addCleanup(file.close)
        return file

    def content(self) -> bytes:
        return pathlib.Path(self.path).read_bytes()

    def write(self, content: bytes) -> None:
        pathlib.Path(self.path).write_bytes(content)

    def holder(self, more: str = '') -> subprocess.Popen[str]:
        """A process that holds the lock by now."""
        process = subprocess.Popen(
            [sys.executable, '-c', HOLD.format(more=more), self.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def until_held(self, process: subprocess.Popen[str]) -> list[str]:
        """What it says before it holds the lock."""
        said = []
        assert process.stdout is not None
        for line in process.stdout:
            if line == 'held\n':
                return said
            said.append(line)
        self.fail(f'it never held the lock: {said}')

    def refused(self, path: str | None = None) -> str:
        return str(self.assertRaises(errors.JournalError, self.open, path))

    def failing(self, function: str, number: int) -> fixtures.MonkeyPatch:
        """A system call that fails."""

        def fail(*args: Any, **kwargs: Any) -> Any:
            raise OSError(number, os.strerror(number))

        return fixtures.MonkeyPatch(
            f'moganclient.adoption.locked_file.{function}', fail
        )


class TestLock(Base):
    def test_one_at_a_time(self):
        self.open()
        self.assertRaises(locked_file.Held, self.open)

    def test_free_when_it_is_closed(self):
        self.open().close()
        self.open()

    def test_closed_twice(self):
        file = self.open()
        file.close()
        file.close()

    def test_one_process_at_a_time(self):
        self.until_held(self.holder())
        self.assertRaises(locked_file.Held, self.open)

    def test_free_when_the_holder_is_killed(self):
        process = self.holder()
        self.until_held(process)
        process.kill()
        process.wait()
        self.open()

    def test_a_forked_child_neither_keeps_the_lock_nor_writes(self):
        process = self.holder(FORK)
        said = self.until_held(process)
        if not said:
            assert process.stdout is not None
            said = [process.stdout.readline()]
        self.assertEqual([f'The journal {self.path} is closed.\n'], said)
        process.kill()
        process.wait()
        self.open()
        self.assertEqual(b'', self.content())

    def test_the_parent_of_a_forked_child_keeps_the_lock(self):
        self.open()
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        self.assertRaises(locked_file.Held, self.open)

    def test_who_looks_whether_it_is_held_is_in_nobody_s_way(self):
        self.write(b'')
        fd = os.open(self.path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        fcntl.flock(fd, fcntl.LOCK_SH)
        waited: list[float] = []

        def let_go(seconds: float) -> None:
            waited.append(seconds)
            fcntl.flock(fd, fcntl.LOCK_UN)

        self.useFixture(fixtures.MonkeyPatch('time.sleep', let_go))
        self.open()
        self.assertEqual(1, len(waited))

    def test_replaced_between_opening_and_locking(self):
        real = fcntl.flock
        replaced: list[str] = []

        def replace(fd: int, how: int) -> None:
            if not replaced:
                replaced.append(self.path)
                os.rename(self.path, f'{self.path}.old')
                self.write(b'the other\n')
            real(fd, how)

        self.useFixture(fixtures.MonkeyPatch('fcntl.flock', replace))
        self.assertEqual([b'the other\n'], list(self.open().lines()))

    def test_removed_between_opening_and_locking(self):
        real = fcntl.flock
        removed: list[str] = []

        def remove(fd: int, how: int) -> None:
            if not removed:
                removed.append(self.path)
                os.unlink(self.path)
            real(fd, how)

        self.useFixture(fixtures.MonkeyPatch('fcntl.flock', remove))
        self.open().append(b'here\n')
        self.assertEqual(b'here\n', self.content())

    def test_no_locks(self):
        self.useFixture(self.failing('fcntl.flock', errno.ENOLCK))
        self.assertEqual(
            f'The journal {self.path} cannot be locked: No locks available. '
            'Put the plan, and the journal if there is one, on a file system '
            'that has locks, so that nobody else works on the same plan at '
            'the same time.',
            self.refused(),
        )

    def test_another_failure_to_lock(self):
        self.useFixture(self.failing('fcntl.flock', errno.EIO))
        self.assertEqual(
            f'The journal {self.path} cannot be locked: Input/output error.',
            self.refused(),
        )


class TestIsLocked(Base):
    def is_locked(self) -> bool:
        fd = os.open(self.path, os.O_RDONLY)
        self.addCleanup(os.close, fd)
        return locked_file.is_locked(fd)

    def test_while_it_is(self):
        self.open()
        self.assertTrue(self.is_locked())

    def test_when_it_is_not(self):
        self.open().close()
        self.assertFalse(self.is_locked())

    def test_the_look_leaves_no_lock(self):
        self.write(b'')
        self.is_locked()
        self.open()

    def test_where_there_are_no_locks(self):
        self.write(b'')
        self.useFixture(self.failing('fcntl.flock', errno.ENOLCK))
        self.assertFalse(self.is_locked())


@ddt.ddt
class TestOpen(Base):
    def test_a_directory(self):
        os.mkdir(self.path)
        self.assertEqual(
            f'The journal {self.path} cannot be opened: Is a directory.',
            self.refused(),
        )

    def test_a_directory_that_is_to_be_read(self):
        os.mkdir(self.path)
        self.assertRaises(
            errors.JournalError,
            locked_file.open_regular,
            self.path,
            os.O_RDONLY,
        )

    def test_a_pipe(self):
        os.mkfifo(self.path)
        self.assertEqual(
            f'The journal {self.path} cannot be opened: this is no regular '
            'file.',
            self.refused(),
        )

    def test_a_device(self):
        self.assertIn('no regular file', self.refused('/dev/full'))

    def test_no_such_directory(self):
        path = f'{self.path}/f.journal'
        os.rmdir(os.path.dirname(self.path))
        self.assertEqual(
            f'The journal {path} cannot be opened: No such file or '
            'directory. Is there such a directory?',
            self.refused(path),
        )

    def test_no_name_of_a_file(self):
        self.assertIn('is no name of a file', self.refused('a\0b'))

    @ddt.data(errno.EACCES, errno.EROFS, errno.EMFILE, errno.ENOSPC)
    def test_whatever_the_system_says(self, number):
        self.useFixture(self.failing('os.open', number))
        self.assertIn(
            f'cannot be opened: {os.strerror(number)}.', self.refused()
        )

    def test_a_symbolic_link_is_followed(self):
        os.symlink(f'{self.path}.real', self.path)
        self.open().append(b'one\n')
        self.assertEqual(
            b'one\n', pathlib.Path(f'{self.path}.real').read_bytes()
        )

    def test_what_is_there_is_left(self):
        self.write(b'one\n')
        self.open().append(b'two\n')
        self.assertEqual(b'one\ntwo\n', self.content())


class TestLines(Base):
    def test_each_with_its_newline(self):
        self.write(b'one\n\ntwo')
        self.assertEqual([b'one\n', b'\n', b'two'], list(self.open().lines()))

    def test_a_second_time(self):
        file = self.open()
        file.append(b'one\n')
        list(file.lines())
        self.assertEqual([b'one\n'], list(file.lines()))

    def test_unreadable(self):
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT)
        self.addCleanup(os.close, fd)
        error = self.assertRaises(
            errors.JournalError, list, locked_file.lines(fd, 'f.journal')
        )
        self.assertEqual(
            'The journal f.journal cannot be read: Bad file descriptor.',
            str(error),
        )


class TestEndLine(Base):
    def ended(self, content: bytes) -> bytes:
        self.write(content)
        file = self.open()
        file.end_line()
        file.append(b'two\n')
        return self.content()

    def test_a_whole_one(self):
        self.assertEqual(b'one\ntwo\n', self.ended(b'one\n'))

    def test_one_that_was_cut(self):
        self.assertEqual(b'on\ntwo\n', self.ended(b'on'))

    def test_none(self):
        self.assertEqual(b'two\n', self.ended(b''))

    def test_unreadable(self):
        file = self.open()
        self.useFixture(self.failing('os.pread', errno.EIO))
        error = self.assertRaises(errors.JournalError, file.end_line)
        self.assertIn('cannot be read: Input/output error.', str(error))


class TestAppend(Base):
    """Where a line cannot be written, nothing of it is in the file."""

    def partly(self, *portions: int | None) -> None:
        """Let writes take so many bytes, and fail at None."""
        real = os.write
        left = list(portions)

        def write(fd: int, data: Any) -> int:
            if not left:
                return real(fd, data)
            portion = left.pop(0)
            if portion is None:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(fd, data[:portion]) if portion else 0

        self.useFixture(
            fixtures.MonkeyPatch(
                'moganclient.adoption.locked_file.os.write', write
            )
        )

    def test_in_several_portions(self):
        file = self.open()
        self.partly(1, 2)
        file.append(b'one\n')
        self.assertEqual(b'one\n', self.content())

    def test_a_full_disk_says_so(self):
        file = self.open()
        self.partly(None)
        error = self.assertRaises(errors.JournalError, file.append, b'one\n')
        self.assertEqual(
            f'The journal {self.path} cannot be written: No space left on '
            'device. Make room, and run it again.',
            str(error),
        )

    def test_a_disk_that_is_full_in_the_middle_of_a_line(self):
        file = self.open()
        file.append(b'one\n')
        self.partly(2, None)
        self.assertRaises(errors.JournalError, file.append, b'two\n')
        self.assertEqual(b'one\n', self.content())

    def test_a_write_that_takes_nothing(self):
        file = self.open()
        self.partly(2, 0)
        self.assertRaises(errors.JournalError, file.append, b'two\n')
        self.assertEqual(b'', self.content())

    def test_again_when_there_is_room(self):
        file = self.open()
        self.partly(2, None)
        self.assertRaises(errors.JournalError, file.append, b'two\n')
        file.append(b'six\n')
        self.assertEqual(b'six\n', self.content())

    def test_what_could_not_be_taken_back_is_before_the_next_line(self):
        file = self.open()
        self.partly(2, None)
        with self.failing('os.ftruncate', errno.EIO):
            self.assertRaises(errors.JournalError, file.append, b'two\n')
        self.assertEqual(b'tw', self.content())
        file.append(b'six\n')
        self.assertEqual(b'six\n', self.content())

    def test_nothing_is_added_to_what_could_not_be_taken_back(self):
        file = self.open()
        self.partly(2, None)
        self.useFixture(self.failing('os.ftruncate', errno.EIO))
        self.assertRaises(errors.JournalError, file.append, b'two\n')
        self.assertRaises(errors.JournalError, file.append, b'six\n')
        self.assertEqual(b'tw', self.content())

    def test_what_could_not_be_taken_back_is_when_it_is_closed(self):
        file = self.open()
        self.partly(2, None)
        with self.failing('os.ftruncate', errno.EIO):
            self.assertRaises(errors.JournalError, file.append, b'two\n')
        file.close()
        self.assertEqual(b'', self.content())

    def test_a_limit_on_the_size_of_files(self):
        process = self.holder(LIMIT)
        self.assertEqual(
            [
                f'The journal {self.path} cannot be written: File too large. '
                'Raise the limit on the size of files, and run it again.\n',
                'one\n',
            ],
            self.until_held(process),
        )
        self.assertEqual(b'one\nsix\n', self.content())

    def test_closed(self):
        file = self.open()
        file.close()
        error = self.assertRaises(errors.JournalError, file.append, b'one\n')
        self.assertEqual(f'The journal {self.path} is closed.', str(error))

    def test_removed_in_the_meantime(self):
        file = self.open()
        os.unlink(self.path)
        error = self.assertRaises(errors.JournalError, file.append, b'one\n')
        self.assertIn('was removed or replaced', str(error))

    def test_replaced_in_the_meantime(self):
        file = self.open()
        os.rename(self.path, f'{self.path}.old')
        self.write(b'')
        self.assertRaises(errors.JournalError, file.append, b'one\n')

    def test_in_another_directory_than_it_was_opened_in(self):
        before = os.getcwd()
        self.addCleanup(os.chdir, before)
        os.chdir(os.path.dirname(self.path))
        file = self.open('f.journal')
        os.chdir(before)
        file.append(b'one\n')
        self.assertEqual(b'one\n', self.content())


class TestSync(Base):
    def setUp(self):
        super().setUp()
        self.synced: list[int] = []
        self.hook: Any = None
        self.useFixture(fixtures.MonkeyPatch('os.fsync', self.fsync))

    def fsync(self, fd: int) -> None:
        self.synced.append(os.fstat(fd).st_size)
        if self.hook:
            self.hook()

    def broken(self) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def test_what_is_in_the_file(self):
        file = self.open()
        file.sync(file.append(b'one\n'))
        self.assertEqual([4], self.synced)

    def test_not_again_what_another_wait_has_seen_to(self):
        file = self.open()
        first = file.append(b'one\n')
        file.sync(file.append(b'two\n'))
        file.sync(first)
        self.assertEqual([8], self.synced)

    def test_one_wait_for_all_that_came_while_another_lasted(self):
        file = self.open()
        started = threading.Event()
        go_on = threading.Event()

        def wait() -> None:
            started.set()
            go_on.wait()

        self.hook = wait
        threads = [
            threading.Thread(target=file.sync, args=(file.append(b'one\n'),))
        ]
        threads[0].start()
        started.wait()
        # None of these lines waited for the disk.
        for _ in range(5):
            end = file.append(b'two\n')
            threads.append(threading.Thread(target=file.sync, args=(end,)))
            threads[-1].start()
        go_on.set()
        for thread in threads:
            thread.join()
        self.assertEqual([4, 24], self.synced)

    def test_a_disk_that_fails(self):
        file = self.open()
        self.hook = self.broken
        error = self.assertRaises(
            errors.JournalError, file.sync, file.append(b'one\n')
        )
        self.assertEqual(
            f'The journal {self.path} cannot be written: Input/output error.',
            str(error),
        )

    def test_a_disk_that_failed_once_is_trusted_no_more(self):
        file = self.open()
        self.hook = self.broken
        self.assertRaises(
            errors.JournalError, file.sync, file.append(b'one\n')
        )
        self.hook = None
        self.assertRaises(
            errors.JournalError, file.sync, file.append(b'two\n')
        )

    def test_a_directory_that_cannot_be_synced_is_no_failure(self):
        file = self.open()
        self.hook = self.broken
        file.sync_directory()
        self.assertEqual(1, len(self.synced))
