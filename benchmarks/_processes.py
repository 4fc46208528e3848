"""CPU seconds of commands, run in turns so that all meet the same noise."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence
import dataclasses
import os
import statistics
import subprocess


@dataclasses.dataclass
class Cost:
    """What the runs of one command took."""

    #: User and system CPU seconds, children included, a value a run.
    cpu: list[float] = dataclasses.field(default_factory=list)
    #: What the last run printed.
    output: str = ''

    @property
    def least(self) -> float:
        """What it takes undisturbed."""
        return min(self.cpu)

    @property
    def median(self) -> float:
        return statistics.median(self.cpu)


def run(command: Sequence[str], env: Mapping[str, str]) -> tuple[float, str]:
    """Run a command; its CPU seconds and its output.

    :raises RuntimeError: it failed
    """
    before = os.times()
    done = subprocess.run(
        command, env=dict(env), capture_output=True, text=True, check=False
    )
    after = os.times()
    if done.returncode:
        raise RuntimeError(
            f'{done.returncode} from {" ".join(command)}\n{done.stderr}'
        )
    cpu = (
        after.children_user
        + after.children_system
        - before.children_user
        - before.children_system
    )
    return cpu, done.stdout


def in_turns(
    commands: Mapping[str, Sequence[str]],
    env: Mapping[str, str],
    rounds: int,
) -> dict[str, Cost]:
    """Run all commands so many times, one after the other, each round.

    A first round warms caches and is not counted.
    """
    costs = {name: Cost() for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            cpu, output = run(command, env)
            costs[name].output = output
            if number:
                costs[name].cpu.append(cpu)
    return costs
