"""The journal beside a plan: what was begun, and what came of it.

A file of JSON lines that is only ever added to.  What is about to be asked
of the service is durable before it is asked, so that a run which was killed
at any moment leaves enough behind to go on from.  The format is in the
reference, "The journal of an adoption plan".
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping
import datetime
import getpass
import importlib.metadata
import json
import os
import socket
import types
from typing import Any

from moganclient.adoption import endpoints
from moganclient.adoption import errors
from moganclient.adoption import history as histories
from moganclient.adoption import locked_file
from moganclient import answers
from moganclient import exceptions

#: Characters of a message, and reasons, that are kept.
_MESSAGE = 2000
_REASONS = 50


def read(path: str | os.PathLike[str]) -> histories.History:
    """Read a journal, also while another process writes it.

    :returns: nothing but defaults where there is no such file
    :raises moganclient.adoption.errors.JournalError: it cannot be read, or
        is wrong
    """
    name = os.fspath(path)
    try:
        fd = locked_file.open_regular(name, os.O_RDONLY)
    except FileNotFoundError:
        return histories.History()
    try:
        for _ in range(2):
            size = os.fstat(fd).st_size
            history = histories.fold(locked_file.lines(fd, name), name)
            held = locked_file.is_locked(fd)
            # Who has the lock may have come since.
            if not held or os.fstat(fd).st_size == size:
                break
        history.under_way = history.holder if held else None
    finally:
        os.close(fd)
    return history


class Journal:
    """A journal that is written to by this process alone.

    Any thread may write.  A method returns when its line is in the file;
    those that say so, when it is on the disk.  Each raises
    :class:`moganclient.adoption.errors.JournalError` where the line could
    not be written: then nothing of it is in the file, and it may be tried
    again.
    """

    def __init__(
        self, file: locked_file.LockedFile, history: histories.History
    ) -> None:
        """Go on with a file; use :meth:`open`."""
        self._file = file
        #: What the journal says, together with what is written by now.
        self.history = history

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str],
        *,
        action: str,
        plan: str | os.PathLike[str] | None,
        endpoint: str,
        region: str | None,
        jobs: int | None,
        any_endpoint: bool = False,
    ) -> Journal:
        """Lock a journal, make it if there is none, and begin a session.

        :param action: what is about to be done, ``apply`` or ``rollback``
        :param plan: the plan's file, of which the name is written down
        :param endpoint: what the service is asked at
        :param jobs: how many machines are worked on at a time
        :param any_endpoint: go on with a journal of another endpoint
        :raises moganclient.adoption.errors.JournalInUse: another process
            works on it
        :raises moganclient.adoption.errors.JournalError: it cannot be
            opened, read, locked or written
        :raises moganclient.adoption.errors.OtherEndpoint: it was begun for
            another endpoint
        """
        name = os.fspath(path)
        try:
            file = locked_file.LockedFile.open(name)
        except locked_file.Held:
            raise _in_use(name) from None
        try:
            history = histories.fold(file.lines(), name)
            if not any_endpoint:
                _require_endpoint(name, history, endpoint)
            journal = cls(file, history)
            journal._begin(plan, endpoint, region)
            journal._session(action, jobs, endpoint)
        except BaseException:
            file.close()
            raise
        return journal

    def _begin(
        self,
        plan: str | os.PathLike[str] | None,
        endpoint: str,
        region: str | None,
    ) -> None:
        """Make it a file that ends with a whole line."""
        with self._file.writing:
            if self.history.version is not None:
                self._file.end_line()
                return
            # What is left of a first line that never was whole.
            self._file.clear()
            header = {
                'journal': histories.VERSION,
                'plan': plan and os.path.basename(os.fspath(plan)),
                'endpoint': answers.plain_url(endpoint),
                'region': region,
            }
            end = self._file.append(_line(header))
            self.history.begin(header)
        self._file.sync(end)
        self._file.sync_directory()

    def _session(self, action: str, jobs: int | None, endpoint: str) -> None:
        # With it, what an earlier run left unsynced is durable: what was
        # read is what can be relied on.
        self._write(
            'session',
            durable=True,
            action=action,
            user=_user(),
            host=socket.gethostname(),
            pid=os.getpid(),
            version=_own_version(),
            jobs=jobs,
            endpoint=answers.plain_url(endpoint),
        )

    def begun(
        self, node: str, server: str, name: str, request_id: str | None
    ) -> None:
        """A machine is about to be taken over; durable on return.

        :param server: the UUID that was chosen for the server
        """
        self._write(
            'begun',
            durable=True,
            node=node,
            server=server,
            name=name,
            request_id=request_id,
        )

    def done(self, node: str, server: str, seconds: float | None) -> None:
        """It was taken over."""
        self._write('done', node=node, server=server, seconds=seconds)

    def failed(
        self,
        node: str,
        server: str,
        *,
        code: str | None,
        message: str | None,
        reasons: Iterable[Mapping[str, str]] = (),
        request_id: str | None = None,
    ) -> None:
        """It was not taken over, for certain."""
        self._refusal(
            'failed', node, server, code, message, reasons, request_id
        )

    def unknown(
        self,
        node: str,
        server: str,
        *,
        code: str | None,
        message: str | None,
        reasons: Iterable[Mapping[str, str]] = (),
        request_id: str | None = None,
    ) -> None:
        """It is not known whether it was, or will be, taken over."""
        self._refusal(
            'unknown', node, server, code, message, reasons, request_id
        )

    def releasing(
        self, node: str, server: str, request_id: str | None
    ) -> None:
        """A server is about to be let go of; durable on return."""
        self._write(
            'releasing',
            durable=True,
            node=node,
            server=server,
            request_id=request_id,
        )

    def released(self, node: str, server: str, already: bool = False) -> None:
        """There is no such server any more.

        :param already: there was none before this run, either
        """
        self._write('released', node=node, server=server, already=already)

    def kept(
        self,
        node: str,
        server: str,
        *,
        code: str | None,
        message: str | None,
        reasons: Iterable[Mapping[str, str]] = (),
        request_id: str | None = None,
    ) -> None:
        """A server was not let go of, for certain."""
        self._refusal('kept', node, server, code, message, reasons, request_id)

    def end(self, counts: Mapping[str, int], interrupted: bool) -> None:
        """The run is over; durable on return.

        :param counts: how many machines are in which state
        """
        self._write(
            'end',
            durable=True,
            counts={str(state): int(n) for state, n in counts.items()},
            interrupted=interrupted,
        )

    def close(
        self,
        counts: Mapping[str, int] | None = None,
        interrupted: bool = False,
    ) -> None:
        """Let others at it; with ``counts``, write the end before."""
        try:
            if counts is not None:
                self.end(counts, interrupted)
        finally:
            self._file.close()

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        """Close it.  A run that came to no end has no line of its end."""
        self.close()

    def _refusal(
        self,
        event: str,
        node: str,
        server: str,
        code: str | None,
        message: str | None,
        reasons: Iterable[Mapping[str, str]],
        request_id: str | None,
    ) -> None:
        kept = [
            {'code': one['code'], 'message': one['message'][:_MESSAGE]}
            for one in reasons
        ]
        self._write(
            event,
            node=node,
            server=server,
            code=code,
            message=message and message[:_MESSAGE],
            reasons=kept[:_REASONS],
            request_id=request_id,
        )

    def _write(
        self, event: str, durable: bool = False, **members: Any
    ) -> None:
        with self._file.writing:
            at = datetime.datetime.now(datetime.UTC)
            entry = {
                'at': at.isoformat(timespec='milliseconds'),
                'event': event,
                **members,
            }
            # What cannot be read again must not get into it.
            wrong = histories.fault(entry)
            if wrong:
                raise exceptions.ValidationError(wrong)
            end = self._file.append(_line(entry))
            self.history.add(entry)
        if durable:
            self._file.sync(end)


def _line(entry: Mapping[str, Any]) -> bytes:
    # All ASCII: nothing in it acts on a terminal that shows the file.
    return json.dumps(entry).encode() + b'\n'


def _require_endpoint(
    path: str, history: histories.History, endpoint: str
) -> None:
    then = history.endpoint
    if then is None or endpoints.same(then, endpoint):
        return
    raise errors.OtherEndpoint(
        f'The journal {path} is of the endpoint {answers.plain_url(then)}, '
        f'and this run is to talk to {answers.plain_url(endpoint)}.'
    )


def _in_use(path: str) -> errors.JournalInUse:
    """The error that tells who works on a journal."""
    try:
        holder = read(path).under_way or {}
    except errors.JournalError:
        holder = {}
    who = 'Another process, which has only just begun, works on it'
    if holder:
        who = (
            '{user} works on it, {action} on {host} (process {pid}), since '
            '{since}'.format(**holder)
        )
    return errors.JournalInUse(
        f'The journal {path} is in use. {who}: wait until that has ended.',
        holder=holder,
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # Nobody of that number has a name.
        return str(os.getuid())


def _own_version() -> str | None:
    try:
        return importlib.metadata.version('python-moganclient')
    except importlib.metadata.PackageNotFoundError:
        return None
