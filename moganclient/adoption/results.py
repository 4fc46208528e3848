"""What came of a plan: a state for each machine, with its reasons."""

from __future__ import annotations

from collections import Counter
import dataclasses
import enum
from typing import Any


class State(enum.StrEnum):
    """How it stands with one machine of a plan."""

    #: It can be taken over.
    READY = 'ready'
    #: Something is in the way; ``reasons`` say what.
    NOT_READY = 'not ready'
    #: This plan took it over, and has it.
    DONE = 'done'
    #: This plan's request for it is still being worked on, or its end is not
    #: known yet.
    IN_PROGRESS = 'in progress'
    #: This plan had taken it over, and somebody else let go of it, or took
    #: it, since; it is not taken over a second time.
    LOST = 'lost'
    #: Trying failed; ``reasons`` say why.
    FAILED = 'failed'
    #: Not begun: the run was stopped before.
    NOT_BEGUN = 'not begun'
    #: Let go of.
    RELEASED = 'released'


@dataclasses.dataclass(slots=True)
class Machine:
    """One machine of a plan, or of its journal, and how it stands with it."""

    #: The node's UUID.
    node: str
    #: What people call the node, None where it has no name or is not known.
    node_name: str | None
    #: The server's name.
    name: str
    state: State
    #: The server, None where there is none.
    server: str | None = None
    #: Why, ``{'code': 'not_active', 'message': 'a sentence'}`` each.
    reasons: list[dict[str, str]] = dataclasses.field(default_factory=list)
    #: What to look for in the service's log, None where nothing was asked.
    request_id: str | None = None
    #: The line of the plan's file that it is in, None where it is in none.
    line: int | None = None
    #: The server's status, where it was asked for.
    status: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The same as JSON can hold."""
        return {**dataclasses.asdict(self), 'state': self.state.value}


class Outcome(enum.IntEnum):
    """How a run ended, as the exit code of a command."""

    #: Everything is as the plan wants it.
    ALL = 0
    #: Something was not done.
    SOME = 1
    #: Nothing was done, and nothing could be begun.
    NOTHING = 2


@dataclasses.dataclass(slots=True)
class Result:
    """The machines of a plan, in its order, after a look or a run."""

    machines: list[Machine]
    #: The state that is wanted: DONE, RELEASED, or READY for a check.
    wanted: State
    #: Why the run ended before its time, a sentence; None where it did not.
    stopped: str | None = None
    #: The run was told to stop (``stop`` was set).
    interrupted: bool = False
    #: Machines on which work was begun in this run.
    begun: int = 0
    #: Who applies or rolls back this plan at the moment (``user``, ``host``,
    #: ``pid``, ``since``, ``action``), where that was looked at.
    under_way: dict[str, Any] | None = None

    @property
    def counts(self) -> dict[State, int]:
        """How many machines are in each state that occurs."""
        found = Counter(machine.state for machine in self.machines)
        return {state: found[state] for state in State if found[state]}

    @property
    def missing(self) -> int:
        """How many machines are not as wanted."""
        fine = {self.wanted, State.DONE} - (
            {State.DONE} if self.wanted is State.RELEASED else set()
        )
        return sum(machine.state not in fine for machine in self.machines)

    @property
    def outcome(self) -> Outcome:
        """How it ended as a whole."""
        if not self.missing:
            return Outcome.ALL
        if self.begun or self.missing < len(self.machines):
            return Outcome.SOME
        return Outcome.NOTHING

    @property
    def summary(self) -> str:
        """One line, e.g. ``400 machines: 398 done, 2 failed``."""
        total = len(self.machines)
        what = 'machine' if total == 1 else 'machines'
        counts = ', '.join(f'{n} {state}' for state, n in self.counts.items())
        return f'{total} {what}: {counts}' if counts else f'{total} {what}'
