"""(b) Machines per second on the embedded service, as it comes.

The static driver with a generated inventory of a thousand machines and an
SQLite file: parts of the fleet are taken over at 1, 4 and 8 jobs, and all that
was is let go of.  No ratio: there is nothing that these could be measured
against but the disk, which has to write before anything goes on.
"""

from __future__ import annotations

from collections.abc import Mapping
import time
from typing import Any

import _fleet

from moganclient.adoption import plan as plans
from moganclient.adoption import results

#: Jobs to machines.
JOBS = {1: 200, 4: 400, 8: 400}
#: Machines to warm up with, not counted.
WARM = 10


def measure(jobs: Mapping[int, int] | None = None) -> list[dict[str, Any]]:
    """The figures.

    :param jobs: jobs to machines that are taken over, None for :data:`JOBS`
    """
    jobs = jobs or JOBS
    figures = []
    with _fleet.running(WARM + sum(jobs.values())) as fleet:
        fleet.plan('warm', range(WARM)).apply(fleet.client())
        first = WARM
        done: list[tuple[int, plans.Plan]] = []
        for number, machines in jobs.items():
            plan = fleet.plan(f'jobs-{number}', range(first, first + machines))
            first += machines
            figures.append(_paced(fleet, plan, number, 'apply'))
            done.append((number, plan))
        for number, plan in done:
            figures.append(_paced(fleet, plan, number, 'rollback'))
    return figures


def _paced(
    fleet: _fleet.Fleet, plan: plans.Plan, jobs: int, action: str
) -> dict[str, Any]:
    """How many machines a second, and who works meanwhile."""
    client = fleet.client()
    service, cpu = _fleet.cpu_of(fleet.pid), time.process_time()
    began = time.perf_counter()
    result: results.Result = getattr(plan, action)(client, jobs=jobs)
    seconds = time.perf_counter() - began
    cpu = time.process_time() - cpu
    service = _fleet.cpu_of(fleet.pid) - service
    machines = len(plan.servers)
    if result.missing or len(result.machines) != machines:
        raise RuntimeError(f'{action}: {result.summary}')
    return {
        'name': f'fleet: machines per second of {action} on the embedded '
        f'service, --jobs {jobs}',
        'value': round(machines / seconds, 1),
        'unit': '/s',
        'detail': {
            'machines': machines,
            'seconds': round(seconds, 2),
            'client_cpu_ms': round(1000 * cpu / machines, 2),
            'service_cpu_ms': round(1000 * service / machines, 2),
        },
    }
