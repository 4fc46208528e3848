"""What outlives a test run: directories that are built once, under a lock."""

from __future__ import annotations

from collections.abc import Iterator
import contextlib
import fcntl
import hashlib
import os
import pathlib
import shutil
import sys
import time

#: Seconds after which something that nobody used is thrown away.
UNUSED = 14 * 24 * 3600

#: Present in an entry that is complete; its time says when it was last used.
_COMPLETE = '.complete'


def directory() -> pathlib.Path:
    """Where everything is kept."""
    path = os.environ.get('MOGANCLIENT_TEST_CACHE')
    if path:
        return pathlib.Path(path).absolute()
    base = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    return pathlib.Path(base) / 'python-moganclient-tests'


def digest(*parts: str | pathlib.Path) -> str:
    """A short key of texts and of the contents of files."""
    total = hashlib.sha256()
    for part in parts:
        content = (
            part.read_bytes()
            if isinstance(part, pathlib.Path)
            else part.encode()
        )
        total.update(hashlib.sha256(content).digest())
    return total.hexdigest()[:16]


@contextlib.contextmanager
def lock(name: str) -> Iterator[None]:
    """Keep other processes away from an entry; ends with the process."""
    directory().mkdir(parents=True, exist_ok=True)
    with open(directory() / f'{name}.lock', 'w') as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f'Waiting for {handle.name}', file=sys.stderr, flush=True)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_complete(path: pathlib.Path) -> bool:
    """Whether an entry was built to its end; marks it as used."""
    try:
        os.utime(path / _COMPLETE)
    except FileNotFoundError:
        return False
    return True


def complete(path: pathlib.Path) -> None:
    """Say that an entry is built, and throw away what nobody uses."""
    (path / _COMPLETE).touch()
    for other in directory().glob(f'*/{_COMPLETE}'):
        with contextlib.suppress(FileNotFoundError):
            if other.stat().st_mtime < time.time() - UNUSED:
                shutil.rmtree(other.parent, ignore_errors=True)
