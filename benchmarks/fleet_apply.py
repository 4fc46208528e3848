"""(a) What taking over a fleet costs beyond the calls that it has to make.

``Plan.apply`` of a thousand nodes with a port each on a real Ironic and
Neutron, at 1, 4 and 8 jobs, with a plan's file, its journal, and the service
in a process of its own; against a bare script that makes the same calls to
the cloud, in as many threads, each with its connections kept.

Each machine is taken over once, so that nothing has to be put back while
something is measured: the machines are alike.  They are dealt in blocks, ours
and bare in turns, the first of each pair alternating, so that noise and the
order hit both alike.  Before a block is begun, ``apply`` looks at the cloud's
whole list of nodes, for that block only.  It would do so once for a plan of a
thousand: the figure is one such look, and the time from there to the end of
each block, the median pace of all blocks, scaled to a thousand machines.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Sequence
from concurrent import futures
import contextlib
import dataclasses
import itertools
import pathlib
import statistics
import tempfile
import time
from typing import Any

import _cloud
import _fleet

from moganclient.adoption import events
from moganclient.adoption import plan as plans
from moganclient import client as clients
from moganclient.tests.functional.cloud import stack
from moganclient.tests.functional import fixtures as functional

#: Jobs to machines in a block; all blocks together are a thousand machines.
JOBS = {1: 10, 4: 24, 8: 40}
#: Pairs of blocks of each.
PAIRS = {1: 16, 4: 7, 8: 4}
#: Machines with which each side warms up, not counted.
WARM = 8
RATIO = 1.3
#: The figures are of a plan of so many.
FLEET = 1000


def measure(
    jobs: dict[int, int] | None = None, pairs: dict[int, int] | None = None
) -> list[dict[str, Any]]:
    """The figures; starts a cloud with a thousand machines.

    :param jobs: jobs to machines in a block, None for :data:`JOBS`
    :param pairs: jobs to pairs of blocks, None for :data:`PAIRS`
    """
    jobs, pairs = jobs or JOBS, pairs or PAIRS
    cloud = stack.get('bulk')
    bare = _Bare(cloud)
    with contextlib.ExitStack() as running:
        ours = running.enter_context(_ours(cloud))
        machines = iter(ours.machines())
        for side in (bare, ours):
            side.run(_deal(machines, WARM), 4)
        figures = []
        for number, block in jobs.items():
            found: dict[str, list[Took]] = {'ours': [], 'bare': []}
            for pair in range(pairs[number]):
                sides = [('ours', ours), ('bare', bare)]
                for name, side in sides[:: -1 if pair % 2 else 1]:
                    part = _deal(machines, block)
                    found[name].append(side.run(part, number))
            figures += list(_figures(number, found))
    return figures


@dataclasses.dataclass
class Took:
    """What a block took, in seconds."""

    machines: int
    #: Until the first machine was begun.
    look: float
    #: From there on.
    work: float
    #: CPU of this process.
    cpu: float
    #: CPU of the service.
    service: float = 0.0


def _deal(
    machines: Iterator[plans.PlannedServer], count: int
) -> list[plans.PlannedServer]:
    part = list(itertools.islice(machines, count))
    if len(part) != count:
        raise RuntimeError('There are not enough machines.')
    return part


def _per_fleet(blocks: Sequence[Took]) -> float:
    """Seconds of a thousand machines at the pace of these blocks."""
    look = statistics.median(took.look for took in blocks)
    pace = statistics.median(took.work / took.machines for took in blocks)
    return look + pace * FLEET


def _each(blocks: Sequence[Took], name: str) -> float:
    """Milliseconds of one machine."""
    seconds = sum(getattr(took, name) for took in blocks)
    return 1000 * seconds / sum(took.machines for took in blocks)


def _figures(
    jobs: int, found: dict[str, list[Took]]
) -> Iterator[dict[str, Any]]:
    ours = found['ours']
    yield {
        'name': f'fleet: apply of {FLEET:,} nodes, --jobs {jobs}, to the '
        'bare calls',
        'value': _per_fleet(ours),
        'floor': _per_fleet(found['bare']),
        'unit': 's',
        'limit': RATIO,
        'detail': {
            side: [dataclasses.asdict(took) for took in blocks]
            for side, blocks in found.items()
        },
    }
    yield {
        'name': f'fleet: CPU of apply itself, --jobs {jobs}, a machine, to '
        'what a machine takes',
        'value': _each(ours, 'cpu'),
        'floor': _each(ours, 'look') + _each(ours, 'work'),
        'unit': 'ms',
        'detail': {'service_cpu': round(_each(ours, 'service'), 1)},
    }


class _Bare:
    """The script that anybody would write who knows the calls."""

    def __init__(self, cloud: stack.Cloud) -> None:
        self._sequence = _cloud.Sequence(cloud)

    def run(self, part: Sequence[plans.PlannedServer], jobs: int) -> Took:
        cpu, began = time.process_time(), time.perf_counter()
        with futures.ThreadPoolExecutor(jobs) as pool:
            list(pool.map(self._sequence.run, (one.node for one in part)))
        seconds = time.perf_counter() - began
        return Took(len(part), 0.0, seconds, time.process_time() - cpu)


class _Ours:
    """Plans of parts of the fleet, and their ``apply``."""

    def __init__(
        self, cloud: stack.Cloud, endpoint: str, pid: int, home: str
    ) -> None:
        self._client = clients.Client(
            '1', cloud.session('system'), endpoint_override=endpoint
        )
        self._client.flavor.create('bulk', {'baremetal.bulk': 1})
        self._project = cloud.project_id('demo')
        self._pid = pid
        self._home = pathlib.Path(home)
        self._plans = 0

    def machines(self) -> list[plans.PlannedServer]:
        """All that there are, as a plan has them."""
        made = plans.Plan.create(self._client, project=self._project)
        return made.servers

    def run(self, part: list[plans.PlannedServer], jobs: int) -> Took:
        self._plans += 1
        path = self._home / f'part-{self._plans}.yaml'
        plans.Plan(self._client.endpoint, part).save(path)
        plan = plans.Plan.load(path)
        looked = []

        def listen(event: events.Event) -> None:
            if isinstance(event, events.Checked):
                looked.append(time.perf_counter())

        service = _fleet.cpu_of(self._pid)
        cpu, began = time.process_time(), time.perf_counter()
        result = plan.apply(self._client, jobs=jobs, on_event=listen)
        ended = time.perf_counter()
        if result.missing:
            raise RuntimeError(f'{result.summary}: {result.machines}')
        return Took(
            len(part),
            looked[0] - began,
            ended - looked[0],
            time.process_time() - cpu,
            _fleet.cpu_of(self._pid) - service,
        )


@contextlib.contextmanager
def _ours(cloud: stack.Cloud) -> Iterator[_Ours]:
    with (
        _cloud.running(functional.cloud_config(cloud)) as process,
        tempfile.TemporaryDirectory(prefix='moganclient-bench-') as home,
    ):
        yield _Ours(cloud, f'{process.url}/v1', process.process.pid, home)
