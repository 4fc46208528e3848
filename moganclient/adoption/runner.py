"""Does something about many machines, several at a time.

Threads take orders from one queue; what they tell comes back to the calling
thread, which passes events on and collects the results.  So a listener needs
no lock, and a signal handler runs while the work goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections import deque
import dataclasses
import queue
import threading
from typing import Generic
from typing import Protocol
from typing import TypeVar

from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import results
from moganclient import exceptions


class HasMachine(Protocol):
    """An order: at least the machine that it is about."""

    @property
    def machine(self) -> results.Machine:
        """What is changed while the order is carried out."""


O = TypeVar('O', bound=HasMachine)  # noqa: E741
C = TypeVar('C', bound=HasMachine, contravariant=True)

#: Passes an event on to the calling thread.
Tell = Callable[[events.Event], None]


class Work(Protocol[C]):
    """What is done about each machine."""

    def run(self, order: C, tell: Tell) -> str | None:
        """Carry an order out; how it ended is said in ``order.machine``.

        :returns: why nothing else can be done either, None where it can
        :raises moganclient.adoption.errors.JournalError: it cannot be written
            down; nothing else is begun then
        """


@dataclasses.dataclass(slots=True)
class _Ended:
    """A thread is done with an order, or has none any more."""

    machine: results.Machine | None
    #: Why nothing else is begun.
    fatal: str | None = None
    #: What nobody expected.
    error: BaseException | None = None


class Run(Generic[O]):
    """One run over the orders."""

    def __init__(
        self,
        work: Work[O],
        *,
        wanted: results.State,
        jobs: int,
        stop: threading.Event,
        halt: threading.Event,
        stop_on_error: bool = False,
        on_event: events.Listener = events.nobody,
    ) -> None:
        """Prepare a run.

        :param wanted: the state that each machine shall end in
        :param jobs: machines at a time, at least 1
        :param stop: set from outside to begin nothing more
        :param halt: the run's own, and its work's: set when nothing more is
            begun and nothing is tried again
        :param stop_on_error: begin nothing more after a failure
        """
        self._work = work
        self._wanted = wanted
        self._jobs = jobs
        self._stop = stop
        self._stop_on_error = stop_on_error
        self._on_event = on_event
        self._orders: deque[O] = deque()
        self._said: queue.SimpleQueue[events.Event | _Ended] = (
            queue.SimpleQueue()
        )
        self._halt = halt
        #: Why the run ended before its time, None where it did not.
        self.stopped: str | None = None
        #: It was stopped from outside.
        self.interrupted = False
        #: Machines on which work was begun.
        self.begun = 0
        self._in_flight = 0
        #: What is raised when all have ended.
        self._error: BaseException | None = None
        self._lock = threading.Lock()

    def over(self, orders: Iterable[O]) -> None:
        """Carry the orders out, and return when all threads have ended.

        A machine whose order was not begun is ``not begun`` after that.
        """
        self._orders.extend(orders)
        threads = [
            # A second Ctrl-C leaves them where they are: the journal knows.
            threading.Thread(target=self._thread, daemon=True)
            for _ in range(min(self._jobs, len(self._orders)))
        ]
        for thread in threads:
            thread.start()
        working = len(threads)
        while working:
            self._look_at_stop()
            try:
                # Not forever: `stop` may be set by another thread.
                said = self._said.get(timeout=0.2)
            except queue.Empty:
                continue
            if not isinstance(said, _Ended):
                self._pass_on(said)
            elif said.machine is None:
                working -= 1
            else:
                self._ended(said)
        for order in self._orders:
            order.machine.state = results.State.NOT_BEGUN
        if self._error is not None:
            raise self._error

    def _listen(self, event: events.Event) -> None:
        """Pass an event on; what is in flight outlives a failing listener."""
        try:
            self._on_event(event)
        except Exception as failure:  # noqa: BLE001
            self._error = self._error or failure
            self._halt.set()
            self.stopped = self.stopped or 'A listener of the run failed.'

    def _look_at_stop(self) -> None:
        if self._stop.is_set() and self.stopped is None:
            self.interrupted = True
            self._end('It was stopped.')

    def _end(self, why: str) -> None:
        """Begin nothing more, for the first reason that there is."""
        self._halt.set()
        if self.stopped is None:
            self.stopped = why
            self._listen(events.Stopping(why, self._in_flight))

    def _pass_on(self, event: events.Event) -> None:
        if isinstance(event, events.Begun):
            self.begun += 1
        self._listen(event)

    def _ended(self, ended: _Ended) -> None:
        machine = ended.machine
        assert machine is not None
        if machine.state is results.State.NOT_BEGUN:
            self.begun -= 1
        self._listen(events.Finished(machine))
        if ended.error is not None:
            self._error = self._error or ended.error
            self._end(f'Something unexpected failed: {ended.error!r}')
        elif ended.fatal is not None:
            self._end(ended.fatal)
        elif self._stops_all(machine):
            self._end(
                f'{machine.name} failed, and a failure was to stop the run.'
            )

    def _thread(self) -> None:
        while not (self._halt.is_set() or self._stop.is_set()):
            try:
                order = self._orders.popleft()
            except IndexError:
                break
            machine = order.machine
            self._count(1)
            self._said.put(events.Begun(machine.node, machine.name))
            fatal = None
            error: BaseException | None = None
            try:
                fatal = self._work.run(order, self._said.put)
            except errors.JournalError as failure:
                fatal = failure.message
            except BaseException as failure:  # noqa: BLE001
                error = failure
                machine.state = results.State.FAILED
                machine.reasons = [
                    {'code': 'unexpected', 'message': repr(failure)}
                ]
            # Here, for this thread would begin with the next one before the
            # calling thread hears of it.
            if (
                fatal is not None
                or error is not None
                or self._stops_all(machine)
            ):
                self._halt.set()
            self._count(-1)
            self._said.put(_Ended(machine, fatal, error))
        self._said.put(_Ended(None))

    def _stops_all(self, machine: results.Machine) -> bool:
        return self._stop_on_error and machine.state is not self._wanted

    def _count(self, change: int) -> None:
        with self._lock:
            self._in_flight += change


def check_jobs(jobs: int) -> None:
    """Refuse a number of jobs that is none.

    :raises moganclient.exceptions.ValidationError: it is no whole number of
        at least 1
    """
    if isinstance(jobs, bool) or not isinstance(jobs, int) or jobs < 1:
        raise exceptions.ValidationError(
            f'jobs is a whole number of at least 1, not {jobs!r}.'
        )


def check_timeout(timeout: float) -> None:
    """Refuse a time that is none.

    :raises moganclient.exceptions.ValidationError: it is no number above 0
    """
    if (
        isinstance(timeout, bool)
        or not isinstance(timeout, int | float)
        or not timeout > 0
    ):
        raise exceptions.ValidationError(
            f'timeout is a number of seconds above 0, not {timeout!r}.'
        )
