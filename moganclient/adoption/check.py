"""Examine a whole plan without changing anything."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from moganclient.adoption import endpoints
from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import history as histories
from moganclient.adoption import journal as journals
from moganclient.adoption import outlook
from moganclient.adoption import plan as plans
from moganclient.adoption import results

if TYPE_CHECKING:
    from moganclient.v1 import client as v1_client


def examine(
    plan: plans.Plan,
    client: v1_client.Client,
    *,
    any_endpoint: bool = False,
    find_project: plans.FindProject | None = None,
    history: histories.History | None = None,
    on_event: events.Listener = events.nobody,
    stop: threading.Event | None = None,
) -> results.Result:
    """Look whether every machine can be taken over as planned.

    :param history: what the plan's journal says; it is read if left out
    :raises moganclient.adoption.errors.OtherEndpoint: it is another cloud's
    :raises moganclient.adoption.errors.JournalError: the journal is unreadable
    :raises moganclient.exceptions.ClientException: the cloud gave no answer
    """
    endpoints.require(plan, client, any_endpoint)
    if history is None:
        history = read_history(plan)
    try:
        found = outlook.look(
            plan,
            client,
            history,
            orders=False,
            find_project=find_project,
            on_event=on_event,
            stop=stop,
        )
    except errors.Stopped:
        return unfinished(plan, results.State.READY)
    return results.Result(found.machines, results.State.READY)


def read_history(
    plan: plans.Plan, journal: str | os.PathLike[str] | None = None
) -> histories.History:
    """What the plan's journal says; nothing where it has no file yet.

    :param journal: its file, where that is not beside the plan's
    """
    if journal is not None:
        return journals.read(journal)
    if plan.path is None:
        return histories.History()
    return journals.read(plan.journal_path)


def unfinished(plan: plans.Plan, wanted: results.State) -> results.Result:
    """The result of a run that was stopped while it looked."""
    return results.Result(
        [
            results.Machine(
                planned.node,
                planned.node_name,
                planned.name,
                results.State.NOT_BEGUN,
                line=planned.line,
            )
            for planned in plan.servers
        ],
        wanted,
        stopped='It was stopped while it was looking.',
        interrupted=True,
    )
