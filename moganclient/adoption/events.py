"""What is told while a plan is examined, applied or rolled back.

Events come in the thread that called, one after the other, and are for
progress only: everything that matters is in the result, too.
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses

from moganclient.adoption import results


@dataclasses.dataclass(frozen=True, slots=True)
class Surveyed:
    """Another page of the cloud's list was read."""

    #: ``nodes``, ``flavors`` or ``servers``.
    kind: str
    #: So many things of it were read so far.
    count: int


@dataclasses.dataclass(frozen=True, slots=True)
class Checked:
    """The whole plan was looked at; what is to be done begins now."""

    #: Machines in the plan.
    total: int
    #: Those that something is to be done about now.
    to_do: int
    #: Those where nothing is left to do.
    done: int
    #: Those that something is in the way of.
    not_ready: int


@dataclasses.dataclass(frozen=True, slots=True)
class Begun:
    """Work on a machine began."""

    node: str
    name: str


@dataclasses.dataclass(frozen=True, slots=True)
class Waiting:
    """A machine is tried, or looked at, again in a while."""

    node: str
    name: str
    #: Seconds.
    delay: float
    #: Why, a sentence.
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Finished:
    """Work on a machine ended, well or not."""

    machine: results.Machine


@dataclasses.dataclass(frozen=True, slots=True)
class Stopping:
    """Nothing more is begun; what is in flight is waited for."""

    #: A sentence.
    why: str
    #: Machines that are in flight.
    in_flight: int


Event = Surveyed | Checked | Begun | Waiting | Finished | Stopping

#: What an event is given to.
Listener = Callable[[Event], object]


def nobody(event: Event) -> None:
    """The listener that does not listen."""
