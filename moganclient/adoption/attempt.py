"""Sends, looks and waits until it is decided what became of one machine.

The two ways, taking over and letting go, differ in what they send and in what
they want to see when they look.  The server's UUID is known beforehand, so a
request may be sent twice and a look is always possible.
"""

from __future__ import annotations

import abc
import enum
import threading
import time
from typing import Any
from typing import TYPE_CHECKING
import uuid

from moganclient.adoption import events
from moganclient.adoption import outcomes
from moganclient.adoption import patience
from moganclient.adoption import results
from moganclient.adoption import runner
from moganclient.adoption import settling
from moganclient import exceptions

if TYPE_CHECKING:
    from moganclient.v1 import client as v1_client

#: Statuses of a server that is being worked on; the others are at rest.
BUSY = frozenset({'managing', 'unmanaging'})

#: Failures of the service's own (500) after which it is not tried again; a
#: look after each said that nothing came of it.
_BROKEN = 3

#: Codes of a 503 that is about one machine, not about a whole service.
_OF_ONE = frozenset({'upstream_locked', 'recovering'})


#: Nobody tells any more what becomes of a request that ended like this.
_UNANSWERED = (
    exceptions.ConnectionFailure,
    exceptions.BadGateway,
    exceptions.GatewayTimeout,
)


def new_request_id() -> str:
    """An id for a request that the service writes into its log."""
    return f'req-{uuid.uuid4()}'


def refusal(machine: results.Machine) -> dict[str, Any]:
    """Why a machine is not as wanted, as a line of the journal has it."""
    return {
        'code': machine.reasons[0]['code'],
        'message': machine.reasons[0]['message'],
        'reasons': machine.reasons,
        'request_id': machine.request_id,
    }


class Next(enum.Enum):
    """What is to be done next about a machine."""

    SEND = 'send'
    LOOK = 'look'
    #: Nothing: its state is decided.
    END = 'end'


class Progress:
    """How far a run has come, for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._good = 0

    @property
    def good(self) -> int:
        """Machines that ended well."""
        return self._good

    def one_more(self) -> None:
        """Count one."""
        with self._lock:
            self._good += 1


class Attempt(abc.ABC):
    """One machine on its way; its state and reasons say how it ended."""

    #: The state that is wanted.
    WANTED: results.State

    def __init__(
        self,
        client: v1_client.Client,
        machine: results.Machine,
        waiting: patience.Patience,
        progress: Progress,
        tell: runner.Tell,
    ) -> None:
        """Prepare it.

        :param machine: it is changed; its ``server`` is given
        :param waiting: how long it may take
        :param progress: of the whole run
        """
        assert machine.server is not None
        self.client = client
        self.machine = machine
        self.server = machine.server
        self._patience = waiting
        self._progress = progress
        self._good_before = progress.good
        self._tell = tell
        self._broken = 0
        #: Until when (``time.monotonic()``) something that was sent and not
        #: answered may still be on its way, whatever a look says.
        self._arrived = 0.0
        #: Why nothing else needs to be tried, None where it does.
        self.fatal: str | None = None

    @abc.abstractmethod
    def send(self) -> str | None:
        """Ask for what is wanted.

        :returns: the server's status, None where there is none any more
        """

    @abc.abstractmethod
    def is_wanted(self, status: str | None) -> bool:
        """Whether a server at rest (None: no server) is what is wanted."""

    def run(self, *, look_first: bool = False) -> None:
        """Go on until the machine's state is decided.

        :param look_first: something was sent before
        """
        following = Next.LOOK if look_first else Next.SEND
        while following is not Next.END:
            following = (
                self._look() if following is Next.LOOK else self._try()
            )

    def _try(self) -> Next:
        """Send; what to do next."""
        try:
            status = self.send()
        except exceptions.ClientException as error:
            return self._after(error)
        if status in BUSY:
            return Next.LOOK
        return self._good()

    def _after(self, error: exceptions.ClientException) -> Next:
        """What to do after sending failed."""
        kind = outcomes.kind(error, self.server)
        self._note(error)
        if kind is outcomes.Kind.UNKNOWN:
            if isinstance(error, _UNANSWERED):
                self._arrived = time.monotonic() + settling.SETTLE
            if isinstance(error, exceptions.HttpError) and (
                error.http_status >= 500
            ):
                self._broken += 1
            return Next.LOOK
        if kind is outcomes.Kind.WAIT and self._wait(error):
            return Next.SEND
        self._fail()
        if kind is outcomes.Kind.FATAL or (
            kind is outcomes.Kind.WAIT and self._nothing_works(error)
        ):
            self.fatal = error.message
        return Next.END

    def _nothing_works(self, error: exceptions.ClientException) -> bool:
        """Whether waiting was in vain for everybody, not for one machine."""
        return (
            not self._patience.halted
            and outcomes.code(error) not in _OF_ONE
            and self._progress.good == self._good_before
        )

    def _look(self) -> Next:
        """Look at the server; what to do next."""
        try:
            found = self.client.server.get(self.server)
        except exceptions.NotFound as error:
            if outcomes.code(error) != 'server_not_found':
                # Somebody on the way says so, not the service.
                return self._unclear(error)
            return self._found(None)
        except exceptions.ClientException as error:
            kind = outcomes.kind(error)
            passing = kind in (outcomes.Kind.WAIT, outcomes.Kind.UNKNOWN)
            if passing and self._wait(error):
                return Next.LOOK
            if kind is outcomes.Kind.FATAL or (
                passing and self._nothing_works(error)
            ):
                self.fatal = error.message
            return self._unclear(error)
        if found.status in BUSY:
            why = f'Server {self.server} is "{found.status}".'
            # Somebody works on it, so that it will end: also while the run
            # is being stopped.
            if self._pause(0, why, finish=True):
                return Next.LOOK
            self.machine.reasons = [{'code': 'in_progress', 'message': why}]
            self.machine.state = results.State.IN_PROGRESS
            return Next.END
        return self._found(found.status)

    def _found(self, status: str | None) -> Next:
        """What to do after a look that told something."""
        if self.is_wanted(status):
            return self._good()
        if self._broken >= _BROKEN:
            self._fail()
            return Next.END
        why = (
            self.machine.reasons[0]['message']
            if self.machine.reasons
            else 'It was begun before, and nothing came of it.'
        )
        if not self.machine.reasons or self._pause(0, why):
            return Next.SEND
        self._fail()
        return Next.END

    def _fail(self) -> None:
        """It did not work, or not yet, as far as that can be known."""
        on_its_way = time.monotonic() < self._arrived
        self.machine.state = (
            results.State.IN_PROGRESS if on_its_way else results.State.FAILED
        )

    def _good(self) -> Next:
        self._progress.one_more()
        self.machine.reasons = []
        self.machine.state = self.WANTED
        return Next.END

    def _unclear(self, error: exceptions.ClientException) -> Next:
        """Give up without knowing; the next run looks again."""
        self._note(error)
        self.machine.state = results.State.IN_PROGRESS
        return Next.END

    def _note(self, error: exceptions.ClientException) -> None:
        self.machine.reasons = outcomes.reasons(error)
        if error.request_id:
            self.machine.request_id = error.request_id

    def _wait(self, error: exceptions.ClientException) -> bool:
        return self._pause(error.retry_after, error.message)

    def _pause(
        self, retry_after: float, why: str, *, finish: bool = False
    ) -> bool:
        """Wait before the next step; False where there is no time for one."""
        pause = self._patience.next_pause(retry_after, finish=finish)
        if pause is None:
            return False
        self._tell(
            events.Waiting(self.machine.node, self.machine.name, pause, why)
        )
        return self._patience.sleep(pause, finish=finish)
