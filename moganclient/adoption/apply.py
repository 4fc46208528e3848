"""Carry a plan out: take its machines over, several at a time."""

from __future__ import annotations

import os
import pathlib
import threading
from typing import TYPE_CHECKING

from moganclient.adoption import check
from moganclient.adoption import endpoints
from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import journal as journals
from moganclient.adoption import outlook
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.adoption import runner
from moganclient.adoption import takeover
from moganclient import exceptions
from moganclient.v1 import server

if TYPE_CHECKING:
    from moganclient.v1 import client as v1_client


def apply(
    plan: plans.Plan,
    client: v1_client.Client,
    *,
    jobs: int = 4,
    timeout: float = 600.0,
    stop_on_error: bool = False,
    dry_run: bool = False,
    any_endpoint: bool = False,
    find_project: plans.FindProject | None = None,
    journal: str | os.PathLike[str] | None = None,
    on_event: events.Listener = events.nobody,
    stop: threading.Event | None = None,
) -> results.Result:
    """See :meth:`moganclient.adoption.plan.Plan.apply`."""
    runner.check_jobs(jobs)
    runner.check_timeout(timeout)
    endpoints.require(plan, client, any_endpoint)
    client.require(server.UUID_CHOSEN, 'carrying out a plan')
    path = journal_of(plan, journal)
    if dry_run:
        return check.examine(
            plan,
            client,
            any_endpoint=any_endpoint,
            find_project=find_project,
            history=journals.read(path),
            on_event=on_event,
            stop=stop,
        )
    stop = stop or threading.Event()
    with journals.Journal.open(
        path,
        action='apply',
        plan=name_of(plan),
        endpoint=client.endpoint,
        region=client.region_name,
        jobs=jobs,
        any_endpoint=any_endpoint,
    ) as kept:
        try:
            found = outlook.look(
                plan,
                client,
                kept.history,
                find_project=find_project,
                on_event=on_event,
                stop=stop,
            )
        except errors.Stopped:
            return check.unfinished(plan, results.State.DONE)
        client.keep(jobs)
        halt = threading.Event()
        result = _carry_out(
            found,
            runner.Run(
                takeover.Takeover(client, kept, timeout, halt),
                wanted=results.State.DONE,
                jobs=jobs,
                stop=stop,
                halt=halt,
                stop_on_error=stop_on_error,
                on_event=on_event,
            ),
            stop_on_error=stop_on_error,
            on_event=on_event,
        )
        end(kept, result)
    return result


def end(kept: journals.Journal, result: results.Result) -> None:
    """Write down how a run ended.

    Where that cannot be, the result is told all the same, and that with it.
    """
    try:
        kept.end(
            {str(state): count for state, count in result.counts.items()},
            result.interrupted,
        )
    except errors.JournalError as error:
        result.stopped = result.stopped or error.message


def _carry_out(
    found: outlook.Outlook,
    run: runner.Run[outlook.Order],
    *,
    stop_on_error: bool,
    on_event: events.Listener,
) -> results.Result:
    """Run over what is to be done, unless something speaks against it."""
    total = len(found.machines)
    done = found.count(results.State.DONE)
    left = total - done - len(found.orders)
    on_event(events.Checked(total, len(found.orders), done, left))
    result = results.Result(found.machines, results.State.DONE)
    if stop_on_error and left:
        for order in found.orders:
            order.machine.state = results.State.NOT_BEGUN
        result.stopped = (
            f'Something is in the way of {left} of {total} machines, and a '
            'failure was to stop the run.'
        )
        return result
    run.over(found.orders)
    result.begun = run.begun
    result.stopped = run.stopped
    result.interrupted = run.interrupted
    return result


def journal_of(
    plan: plans.Plan, journal: str | os.PathLike[str] | None
) -> pathlib.Path:
    """The file of the journal.

    :raises moganclient.exceptions.ValidationError: there can be none
    """
    if journal is not None:
        return pathlib.Path(journal)
    if plan.path is None:
        raise exceptions.ValidationError(
            'The plan has no file that its journal could lie beside: save '
            'it, or pass the path of a journal.'
        )
    return plan.journal_path


def name_of(plan: plans.Plan) -> str | None:
    """What the plan's file is called."""
    return None if plan.path is None else plan.path.name
