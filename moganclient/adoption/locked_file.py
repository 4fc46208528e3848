"""A file that one process at a time adds lines to.

The lock is on the file itself (``flock``): the kernel frees it when the
process dies, however it dies, so no lock is ever left behind.  It is not
inherited: the file is closed in a program that is executed (``O_CLOEXEC``)
and in a child that is forked, which cannot write to it.
"""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import errno
import fcntl
import os
import stat
import threading
import time
import weakref

from moganclient.adoption import errors

#: How often, and seconds apart, a lock that is held is tried for: who looks
#: whether it is held has it for an instant, and who has just got it writes
#: down who it is.
_TRIES = 10
_APART = 0.03

_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}

_HINTS = {
    errno.ENOSPC: 'Make room, and run it again.',
    errno.EDQUOT: 'Make room, and run it again.',
    errno.EFBIG: 'Raise the limit on the size of files, and run it again.',
    errno.ENOENT: 'Is there such a directory?',
    errno.EACCES: 'Let it be read and written by who works on the plan.',
    errno.EPERM: 'Let it be read and written by who works on the plan.',
    errno.EROFS: 'Copy the plan, and the journal if there is one, to a place '
    'that can be written to.',
}

_open: weakref.WeakSet[LockedFile] = weakref.WeakSet()


class Held(Exception):
    """Another process has the lock."""


class LockedFile:
    """A file that is locked and being added to.

    Any number of threads may use it: they take turns with ``writing``, and
    wait for the disk, in :meth:`sync`, without it.
    """

    def __init__(self, fd: int, path: str) -> None:
        """Take over a descriptor; use :meth:`open`."""
        self.path = path
        #: Held by who appends, and by who does something that has to be in
        #: the order of the lines.
        self.writing = threading.Lock()
        self._syncing = threading.Lock()
        self._fd: int | None = fd
        # Where it is, even if the process changes its directory.
        self._place = os.path.abspath(path)
        found = os.fstat(fd)
        self._identity = found.st_dev, found.st_ino
        #: The length up to which lines are whole, and up to which they are
        #: on the disk.
        self._end = found.st_size
        self._synced = 0
        #: There may be something after that length.
        self._untidy = False
        #: Why what was written may never get to the disk.
        self._lost: str | None = None
        _open.add(self)

    @classmethod
    def open(cls, path: str) -> LockedFile:
        """Open a file, make it if there is none, and lock it.

        :raises Held: another process has the lock
        :raises moganclient.adoption.errors.JournalError: it cannot be opened,
            or not be locked
        """
        for attempt in range(_TRIES):
            if attempt:
                time.sleep(_APART)
            fd = open_regular(path, os.O_RDWR | os.O_APPEND | os.O_CREAT)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Somebody may have removed or replaced it before it was
                # locked: then this lock keeps nobody out.
                if _is_at(path, fd):
                    return cls(fd, path)
            except BlockingIOError:
                pass
            except OSError as error:
                os.close(fd)
                raise _unlockable(path, error) from error
            except BaseException:
                os.close(fd)
                raise
            os.close(fd)
        raise Held

    @property
    def size(self) -> int:
        """Bytes up to the end of the last line."""
        return self._end

    def lines(self) -> Iterator[bytes]:
        """Everything that is in the file, line by line."""
        return lines(self._usable(), self.path)

    def clear(self) -> None:
        """Take everything away."""
        self._end = 0
        self._untidy = True
        self._tidy()

    def end_line(self) -> None:
        """See to it that what is appended begins a line."""
        try:
            last = os.pread(self._usable(), 1, max(self._end - 1, 0))
        except OSError as error:
            raise cannot('read', self.path, error) from error
        if last not in (b'', b'\n'):
            self.append(b'\n')

    def append(self, line: bytes) -> int:
        """Add a line, wholly or not at all; ``writing`` must be held.

        :returns: what to give to :meth:`sync` to wait until it is durable
        :raises moganclient.adoption.errors.JournalError: it could not be
            written; it may be tried again
        """
        fd = self._usable()
        if not _is_at(self._place, fd):
            raise errors.JournalError(
                f'The journal {self.path} was removed or replaced while it '
                'was in use: put it back if you can, and run it again.'
            )
        self._tidy()
        self._untidy = True
        try:
            left = memoryview(line)
            while left:
                written = os.write(fd, left)
                if not written:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                left = left[written:]
        except OSError as error:
            # Where even this fails it is tried again before the next line.
            with contextlib.suppress(errors.JournalError):
                self._tidy()
            raise cannot('written', self.path, error) from error
        self._end += len(line)
        self._untidy = False
        return self._end

    def _tidy(self) -> None:
        """Take away what is after the last whole line."""
        if not self._untidy:
            return
        try:
            os.ftruncate(self._usable(), self._end)
        except OSError as error:
            raise cannot('written', self.path, error) from error
        self._untidy = False

    def sync(self, end: int) -> None:
        """Wait until everything before ``end`` is on the disk.

        One wait serves all threads that came while the one before lasted.

        :raises moganclient.adoption.errors.JournalError: it may never be.
            Neither may anything after it: a kernel that failed once to write
            something forgets about it, and then claims success.
        """
        with self._syncing:
            if self._synced >= end:
                return
            fd = self._usable()
            reached = self._end
            try:
                if self._lost is not None:
                    raise OSError(errno.EIO, self._lost)
                os.fsync(fd)
            except OSError as error:
                self._lost = error.strerror
                raise cannot('written', self.path, error) from error
            self._synced = reached

    def sync_directory(self) -> None:
        """Make durable that there is such a file, as far as that can be."""
        with contextlib.suppress(OSError):
            fd = os.open(
                os.path.dirname(self._place),
                os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC,
            )
            try:
                os.fsync(fd)
            finally:
                os.close(fd)

    def close(self) -> None:
        """Close the file and free its lock; nothing where it is closed."""
        with self.writing, self._syncing:
            fd, self._fd = self._fd, None
            if fd is None:
                return
            if self._untidy:
                with contextlib.suppress(OSError):
                    os.ftruncate(fd, self._end)
            with contextlib.suppress(OSError):
                os.close(fd)

    def disown(self) -> None:
        """Close it in a forked child; the parent keeps the lock."""
        # Other threads, which had these locks, are not in the child.
        self.writing = threading.Lock()
        self._syncing = threading.Lock()
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _usable(self) -> int:
        if self._fd is None:
            raise errors.JournalError(f'The journal {self.path} is closed.')
        return self._fd


def open_regular(path: str, flags: int) -> int:
    """Open a file that has to be one: no directory, device or pipe.

    :raises FileNotFoundError: it is to be read and there is none
    :raises moganclient.adoption.errors.JournalError: it cannot be opened
    """
    flags |= os.O_CLOEXEC | os.O_NONBLOCK
    try:
        fd = os.open(path, flags, 0o666)
    except FileNotFoundError as error:
        if not flags & os.O_CREAT:
            raise
        raise cannot('opened', path, error) from error
    except OSError as error:
        raise cannot('opened', path, error) from error
    except ValueError as error:
        raise errors.JournalError(
            f'{path!r} is no name of a file: {error}.'
        ) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise errors.JournalError(
            f'The journal {path} cannot be opened: this is no regular file.'
        )
    return fd


def lines(fd: int, path: str) -> Iterator[bytes]:
    """Everything that is in a file, line by line, from its beginning.

    :raises moganclient.adoption.errors.JournalError: it cannot be read
    """
    try:
        with open(fd, 'rb', closefd=False) as file:
            file.seek(0)
            yield from file
    except OSError as error:
        raise cannot('read', path, error) from error


def is_locked(fd: int) -> bool:
    """Whether another process has the lock of a file at this moment.

    There is no way to ask: it is tried for, and let go of at once.
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        # Where nothing can be locked, nothing is.
        return False
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False


def cannot(what: str, path: str, error: OSError) -> errors.JournalError:
    """The error of a file that cannot be opened, read or written."""
    why = error.strerror or str(error)
    sentences = [f'The journal {path} cannot be {what}: {why}.']
    if error.errno in _HINTS:
        sentences.append(_HINTS[error.errno])
    return errors.JournalError(' '.join(sentences))


def _unlockable(path: str, error: OSError) -> errors.JournalError:
    if error.errno not in _NO_LOCKS:
        return cannot('locked', path, error)
    return errors.JournalError(
        f'The journal {path} cannot be locked: {error.strerror}. Put the '
        'plan, and the journal if there is one, on a file system that has '
        'locks, so that nobody else works on the same plan at the same time.'
    )


def _is_at(path: str, fd: int) -> bool:
    """Whether a path leads to the file that is open."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except OSError:
        return False


def _disown_all() -> None:
    for file in list(_open):
        file.disown()


os.register_at_fork(after_in_child=_disown_all)
