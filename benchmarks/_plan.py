"""One reading of one way to work on a plan, in an interpreter of its own.

``python _plan.py WAY ENDPOINT FILE`` prints JSON: ``seconds`` by the clock and
``cpu`` seconds of this process, the same of ``loading`` the plan before that,
and the ``machines`` that it was about and those ``missing``.  What is imported
is not counted.  The ways are those of :data:`WAYS`, of a plan; ``get`` is the
floor, the requests that the file lists and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
import gc
import json
import pathlib
import subprocess
import sys
import time
from typing import Any

import requests

from moganclient.adoption import apply as _apply  # noqa: F401
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.v1 import client as v1_client


def check(endpoint: str, plan: plans.Plan) -> results.Result:
    """``Plan.check``, with agreeing on the version before it."""
    return plan.check(v1_client.Client(endpoint))


def apply(endpoint: str, plan: plans.Plan) -> results.Result:
    """``Plan.apply``, which goes on where the journal ends."""
    return plan.apply(v1_client.Client(endpoint), jobs=4)


#: What is done with a plan; its name to the call.
WAYS: dict[str, Callable[[str, plans.Plan], results.Result]] = {
    'check': check,
    'apply': apply,
}


def get(requests_file: str) -> int:
    """Plain GETs and json.loads of what a plan needs; how many nodes.

    All of it is kept, as a plan is kept.

    :param requests_file: JSON, URLs and headers in their order
    """
    session = requests.Session()
    session.trust_env = False
    found = []
    for url, headers in json.loads(pathlib.Path(requests_file).read_text()):
        answer = session.get(url, headers=headers)
        answer.raise_for_status()
        found.append(json.loads(answer.content))
    return sum(len(page.get('adoptable_nodes', ())) for page in found)


def read(way: str, endpoint: str, file: str) -> dict[str, Any]:
    """One reading, from a process of its own."""
    run = subprocess.run(
        [sys.executable, __file__, way, endpoint, file],
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def main() -> None:
    way, endpoint, file = sys.argv[1:]
    plan = None
    loading = loading_cpu = 0.0
    gc.collect()
    began, used = time.perf_counter(), time.process_time()
    if way != 'get':
        plan = plans.Plan.load(file)
        loading = time.perf_counter() - began
        loading_cpu = time.process_time() - used
    began, used = time.perf_counter(), time.process_time()
    if plan is None:
        machines, missing = get(file), 0
    else:
        result = WAYS[way](endpoint, plan)
        machines, missing = len(result.machines), result.missing
    json.dump(
        {
            'seconds': time.perf_counter() - began,
            'cpu': time.process_time() - used,
            'loading': loading,
            'loading_cpu': loading_cpu,
            'machines': machines,
            'missing': missing,
        },
        sys.stdout,
    )


if __name__ == '__main__':
    main()
