"""Ends what a test process started, also when that process is killed.

Runs as a process of its own: ``python -I reaper.py``.  Reads lines from its
standard input and acts on them when that comes to its end, which happens
whenever the process that holds the other end is gone, however it went.

``watch PID STARTED``
    kill the process group of this process, if it is still that one
``forget PID``
    do not
``remove PATH``
    remove this directory
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys


def started(pid: int) -> str:
    """When a process started, in the kernel's own count; empty if gone."""
    try:
        with open(f'/proc/{pid}/stat') as handle:
            return handle.read().rpartition(')')[2].split()[19]
    except OSError:
        return ''


def main() -> None:
    """Listen until the end, then clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    watched: dict[int, str] = {}
    paths: list[str] = []
    for line in sys.stdin:
        verb, argument = line.rstrip('\n').split(' ', 1)
        if verb == 'watch':
            pid, when = argument.split()
            watched[int(pid)] = when
        elif verb == 'forget':
            watched.pop(int(argument), None)
        elif verb == 'remove':
            paths.append(argument)
    for pid, when in watched.items():
        # A leader that is gone may have left its group behind; a number
        # that is in use again is none of ours.
        if started(pid) in ('', when):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
    for path in paths:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == '__main__':
    main()
