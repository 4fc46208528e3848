"""Waiting for a server to be done with what it was asked."""

from __future__ import annotations

from collections.abc import Callable
import time

from moganclient import exceptions
from moganclient.v1 import server_reader

#: Statuses of servers with which something is going on.
UNDER_WAY = frozenset(
    {
        'managing',
        'unmanaging',
        'building',
        'rebuilding',
        'deleting',
        'powering-on',
        'powering-off',
        'rebooting',
    }
)

#: Seconds to wait for at most: a deployment takes its time.
TIMEOUT = 1800.0
#: Seconds between two looks, the first of which is taken at once.
INTERVAL = 2.0

#: Told each time that a server was looked at.
Progress = Callable[[server_reader.Server], object]

UNTIL = ('settled', 'deleted')


def wait(
    look: Callable[[], server_reader.Server],
    *,
    until: str = 'settled',
    timeout: float = TIMEOUT,
    interval: float = INTERVAL,
    progress: Progress | None = None,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> server_reader.Server | None:
    """Look at a server again and again.

    :param look: how to, now
    :param until: ``settled``: nothing is going on with it; or ``deleted``
    :param timeout: seconds after which to give up
    :param interval: seconds between two looks
    :param progress: called with the server after each look
    :param sleep: waits for seconds
    :param clock: tells the time, in seconds since whenever
    :returns: the server as it is then, None where it was to be deleted
    :raises moganclient.exceptions.WaitTimeout: it did not come to it in time
    :raises moganclient.exceptions.ServerFailed: it came to another end
    :raises moganclient.exceptions.ValidationError: ``until`` or a number
        makes no sense
    :raises moganclient.exceptions.NotFound: it is gone, and was not to be
    """
    if until not in UNTIL:
        raise exceptions.ValidationError(
            f'until is {" or ".join(UNTIL)}, not {until!r}.'
        )
    for name, value in (('timeout', timeout), ('interval', interval)):
        if not 0 < value < float('inf'):
            raise exceptions.ValidationError(
                f'{name} is a number of seconds above 0, not {value!r}.'
            )
    end = clock() + timeout
    while True:
        try:
            server = look()
        except exceptions.NotFound:
            if until == 'deleted':
                return None
            raise
        if progress is not None:
            progress(server)
        if server.status not in UNDER_WAY:
            _judge(server, until)
            return server
        left = end - clock()
        if left <= 0:
            raise exceptions.WaitTimeout(
                f'Server {_shown(server)} is still {server.status} after '
                f'{timeout:g} seconds; that goes on without anybody waiting '
                'for it.',
                server=server,
            )
        sleep(min(interval, left))


def _judge(server: server_reader.Server, until: str) -> None:
    """Refuse an end that nobody asked for."""
    fault = server.fault
    said = ''
    if isinstance(fault, dict) and fault.get('message'):
        # Those of an old server bring a traceback along.
        said = f': {str(fault["message"]).splitlines()[0]}'
    if until == 'deleted':
        text = f'was not deleted, it is {server.status}{said or "."}'
    elif server.status == 'error':
        text = f'is in error{said or ", and the service does not say why."}'
    elif fault:
        text = f'is {server.status}, which is not what was asked for{said}'
    else:
        return
    raise exceptions.ServerFailed(
        f'Server {_shown(server)} {text}', server=server, fault=fault
    )


def _shown(server: server_reader.Server) -> str:
    return f'{server.uuid} ("{server.name}")'
