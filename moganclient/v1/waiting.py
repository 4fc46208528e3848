"""Waiting for a server to be done with what it was asked.

What goes on goes on without anybody looking, so a look that fails is no
reason to stop: connections that fail, 5xx and 429 are waited out.  What the
service says of the question itself (401, 403, 404 and the like) ends it.
"""

from __future__ import annotations

from collections.abc import Callable
import logging
import time

from moganclient import exceptions
from moganclient.v1 import server_reader

LOG = logging.getLogger(__name__)

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
#: Seconds that each look is given at least, also the last one.
LOOK = 10.0

#: Told each time that a server was looked at.
Progress = Callable[[server_reader.Server], object]
#: Told each time that looking failed, and is tried again.
Trouble = Callable[[exceptions.ClientException], object]

UNTIL = ('settled', 'deleted')


def wait(
    look: Callable[[float], server_reader.Server],
    *,
    until: str = 'settled',
    timeout: float = TIMEOUT,
    interval: float = INTERVAL,
    progress: Progress | None = None,
    trouble: Trouble | None = None,
    sleep: Callable[[float], object] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> server_reader.Server | None:
    """Look at a server again and again.

    :param look: how to, now, within so many seconds
    :param until: ``settled``: nothing is going on with it; or ``deleted``
    :param timeout: seconds after which to give up
    :param interval: seconds between two looks; more where a Retry-After asks
        for it
    :param progress: called with the server after each look
    :param trouble: called with the error where a look fails that is no reason
        to stop
    :param sleep: waits for seconds
    :param clock: tells the time, in seconds since whenever
    :returns: the server as it is then, None where it was to be deleted
    :raises moganclient.exceptions.WaitTimeout: it did not come to it in
        time, or could not be looked at, and then the sentence says why; also
        where a Retry-After asks not to come back in time
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
    server: server_reader.Server | None = None
    while True:
        failure: exceptions.ClientException | None = None
        pause = interval
        try:
            server = look(max(end - clock(), LOOK))
        except exceptions.NotFound:
            if until == 'deleted':
                return None
            raise
        except exceptions.ClientException as error:
            if not _passes(error, server):
                raise
            LOG.info('Looking again after: %s', error)
            if trouble is not None:
                trouble(error)
            failure = error
            pause = max(interval, error.retry_after)
        else:
            if progress is not None:
                progress(server)
            if server.status not in UNDER_WAY:
                _judge(server, until)
                return server
        left = end - clock()
        if left <= 0 or (failure is not None and failure.retry_after > left):
            raise exceptions.WaitTimeout(
                _too_late(server, failure, timeout), server=server
            ) from failure
        sleep(min(pause, left))


def _passes(
    error: exceptions.ClientException, server: server_reader.Server | None
) -> bool:
    """Whether another look may succeed where this one did not.

    :param server: as it was seen last, None where it never was
    """
    if isinstance(error, exceptions.SSLError):
        # A certificate that is not trusted now will not be later; but a proxy
        # that is started anew can look like that in between.
        return server is not None
    return isinstance(
        error,
        exceptions.ConnectionFailure
        | exceptions.HttpServerError
        | exceptions.TooManyRequests,
    )


def _too_late(
    server: server_reader.Server | None,
    failure: exceptions.ClientException | None,
    timeout: float,
) -> str:
    """The sentence for what did not come in time."""
    if failure is None:
        assert server is not None
        return (
            f'Server {_shown(server)} is still {server.status} after '
            f'{timeout:g} seconds; that goes on without anybody waiting '
            'for it.'
        )
    seen = 'The server was not seen'
    if server is not None:
        seen = (
            f'Server {_shown(server)} was {server.status} when it was seen '
            'last'
        )
    why = f'looking at it failed until {timeout:g} seconds were over'
    if failure.retry_after:
        why = (
            f'nobody shall look for {failure.retry_after} seconds, which is '
            f'too long where it is waited for {timeout:g} in all'
        )
    return f'{seen}; {why}: {failure}'


def _judge(server: server_reader.Server, until: str) -> None:
    """Refuse an end that nobody asked for."""
    fault = server.fault
    why = told(fault)
    said = f': {why}' if why else ''
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


def told(fault: object) -> str:
    """What a fault says; ``detail`` is there for administrators only.

    An old server brings tracebacks along, which are for nobody.
    """
    if not isinstance(fault, dict) or not fault.get('message'):
        return ''
    message = str(fault['message']).splitlines()[0]
    detail = str(fault.get('detail') or '')
    return message if '\n' in detail else f'{message} {detail}'.rstrip()


def _shown(server: server_reader.Server) -> str:
    return f'{server.uuid} ("{server.name}")'
