"""Tells, on standard error, how far a run over a plan has come.

A bar where that is a terminal (:mod:`moganclient.osc.bar`), lines that a log
can keep otherwise, nothing where that is wanted.  Everything happens as
events arrive, in the thread that they arrive in.
"""

from __future__ import annotations

from collections import Counter
import os
import time
import types
import typing

from moganclient.adoption import events
from moganclient.adoption import results

#: Seconds between two lines of counts.
INTERVAL = 10.0
#: Seconds of a pause that is worth a line.
LONG = 10.0


class Progress:
    """Counts what happens, and says nothing: the one for ``--quiet``.

    A context manager, and a listener of the library's.
    """

    def __init__(self, wanted: results.State) -> None:
        """Begin with nothing.

        :param wanted: the state that every machine shall end in
        """
        self._wanted = wanted
        self._deaf = False
        #: Machines of the plan, None before they were looked at.
        self.total: int | None = None
        #: How many machines are in which state for now.
        self.states: Counter[results.State] = Counter()
        #: Machines on which work was begun.
        self.begun = 0

    def __enter__(self) -> typing.Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: types.TracebackType | None,
    ) -> None:
        self._try(self.close)

    def __call__(self, event: events.Event) -> None:
        """Take in what happened, and tell it."""
        match event:
            case events.Checked():
                self.total = event.total
                self.states[self._wanted] += event.done
                self.states[results.State.NOT_READY] += event.not_ready
            case events.Begun():
                self.begun += 1
            case events.Finished():
                self.states[event.machine.state] += 1
        self._try(lambda: self.show(event))

    def say(self, words: str) -> None:
        """Write a line of its own."""
        self._try(lambda: self.write(words))

    @property
    def counts(self) -> str:
        """Machines by state, e.g. ``398 done, 2 failed``."""
        return ', '.join(
            f'{self.states[state]} {state.value}'
            # What is wanted comes first.
            for state in dict.fromkeys((self._wanted, *results.State))
            if self.states[state]
        )

    def went_wrong(self, machine: results.Machine) -> bool:
        """Whether a machine ended otherwise than it should."""
        return machine.state is not self._wanted

    def show(self, event: events.Event) -> None:
        """Tell an event; may fail where nobody reads it."""

    def write(self, words: str) -> None:
        """Write a line; may fail where nobody reads it."""

    def close(self) -> None:
        """End; may fail where nobody reads it."""

    def _try(self, tell: typing.Callable[[], None]) -> None:
        if self._deaf:
            return
        try:
            tell()
        except (OSError, ValueError):
            # The terminal is gone, or the stream closed (a ValueError): the
            # machines are no worse for it.
            self._deaf = True


class Lines(Progress):
    """A line for each failure, and the counts every now and then."""

    def __init__(
        self,
        wanted: results.State,
        stream: typing.TextIO,
        clock: typing.Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        :param clock: what time it is, in seconds since whenever
        """
        super().__init__(wanted)
        self._stream = stream
        self._clock = clock
        self._told = clock()

    def show(self, event: events.Event) -> None:
        match event:
            case events.Surveyed():
                self._now_and_then(reading(event))
            case events.Checked() if event.total:
                found = f'; {self.counts}' if self.counts else ''
                self.write(f'{event.to_do} of {event.total} to do{found}')
            case events.Waiting(delay=delay) if delay >= LONG:
                self.write(waiting(event))
            case events.Finished(machine=machine):
                if self.went_wrong(machine):
                    self.write(ended(machine))
                handled = sum(self.states.values())
                self._now_and_then(f'{handled} of {self.total}: {self.counts}')
            case events.Stopping():
                self.write(stopping(event))

    def write(self, words: str) -> None:
        self._stream.write(f'{words}\n')
        self._stream.flush()

    def _now_and_then(self, words: str) -> None:
        now = self._clock()
        if now - self._told >= INTERVAL:
            self._told = now
            self.write(words)


def to(
    stream: typing.TextIO, wanted: results.State, *, quiet: bool = False
) -> Progress:
    """The kind of progress that suits a stream."""
    if quiet:
        return Progress(wanted)
    if stream.isatty() and os.environ.get('TERM') != 'dumb':
        # What draws the bar takes its time to load.
        from moganclient.osc import bar

        return bar.Bar(wanted, stream)
    return Lines(wanted, stream)


def reading(event: events.Surveyed) -> str:
    """E.g. ``reading nodes: 3000``."""
    return f'reading {event.kind}: {event.count}'


def ended(machine: results.Machine) -> str:
    """A line on a machine, e.g. ``rack1-u07: failed: It is locked.``."""
    text = f'{machine.node_name or machine.name}: {machine.state.value}'
    why = ' '.join(
        reason.get('message') or reason.get('code', '')
        for reason in machine.reasons
    )
    if why:
        text = f'{text}: {why}'
    if machine.request_id:
        text = f'{text} ({machine.request_id})'
    return printable(text)


def waiting(event: events.Waiting) -> str:
    """E.g. ``rack1-u07: again in 12 s: It is locked.``."""
    return printable(
        f'{event.name}: again in {max(1, round(event.delay))} s: {event.why}'
    )


def stopping(event: events.Stopping) -> str:
    """What is said while the last machines are finished."""
    text = event.why
    if event.in_flight == 1:
        text = f'{text} 1 machine is in flight and is being finished.'
    elif event.in_flight:
        text = (
            f'{text} {event.in_flight} machines are in flight and are being '
            f'finished.'
        )
    return printable(text)


def printable(text: str) -> str:
    """One line without anything that moves a terminal's cursor."""
    return ''.join(
        letter if letter.isprintable() else ' ' for letter in text
    ).strip()
