"""Who works on a flow, and whether that somebody still lives.

A flow belongs to one process at a time.  Its owner is a string in the
server's row that names host, boot, process-id namespace, process and start
time, so that another process of the same host can see at once that it is
dead; on other hosts only the end of the lease tells.
"""

from __future__ import annotations

import functools
import os
import socket
import time
import typing
import uuid

if typing.TYPE_CHECKING:
    from moganclient.service.db import models


@functools.cache
def _place() -> str:
    """This host, this boot of it, this namespace of process ids, this user.

    Two containers may share a host name and a kernel; a pid of one says
    nothing about the other's.  Where /proc is mounted with hidepid, the
    processes of another user look as if they were dead.
    """
    try:
        with open('/proc/sys/kernel/random/boot_id') as source:
            boot = source.read().strip()
        space = os.readlink('/proc/self/ns/pid')
    except OSError:
        # No Linux: no liveness is known, leases alone decide.
        boot, space = uuid.uuid4().hex, 'none'
    return f'{socket.gethostname()}|{boot}|{space}|{os.geteuid()}'


def _start_time(pid: int) -> str | None:
    """When a process started, in ticks since boot; None when it is dead."""
    try:
        with open(f'/proc/{pid}/stat') as source:
            # The command's name may hold spaces and parentheses.
            fields = source.read().rpartition(')')[2].split()
    except OSError:
        return None
    state, started = fields[0], fields[19]
    return None if state in 'ZX' else started


def new() -> str:
    """A new owner string: this process, and one flow of it."""
    pid = os.getpid()
    return f'{_place()}|{pid}|{_start_time(pid)}|{uuid.uuid4().hex[:12]}'


def is_dead(owner: str) -> bool:
    """Whether the owner is surely dead: same place, and no such process."""
    *place, pid, started, _flow = owner.split('|')
    if '|'.join(place) != _place():
        return False
    return not pid.isdigit() or _start_time(int(pid)) != started


def is_over(server: models.Server) -> bool:
    """Whether the flow on a server may be taken over by somebody else.

    Its lease is over, or its owner is dead.
    """
    if server.flow is None:
        return False
    if server.flow_owner is None or server.flow_lease is None:
        return True
    return server.flow_lease <= time.time() or is_dead(server.flow_owner)
