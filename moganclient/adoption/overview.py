"""How it stands with a plan: file, journal and cloud put together."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from moganclient.adoption import check
from moganclient.adoption import endpoints
from moganclient.adoption import events
from moganclient.adoption import listing
from moganclient.adoption import outlook
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.adoption import settling

if TYPE_CHECKING:
    from moganclient.adoption import history as histories
    from moganclient.v1 import client as v1_client


def show(
    plan: plans.Plan,
    client: v1_client.Client,
    *,
    any_endpoint: bool = False,
    journal: str | os.PathLike[str] | None = None,
    on_event: events.Listener = events.nobody,
) -> results.Result:
    """See :meth:`moganclient.adoption.plan.Plan.show`."""
    endpoints.require(plan, client, any_endpoint)
    history = check.read_history(plan, journal)
    found = outlook.look(
        plan, client, history, orders=False, on_event=on_event
    )
    statuses = _statuses(client, history, on_event)
    for machine in found.machines:
        record = history.machines.get(machine.node)
        if record is not None:
            _tell_of(machine, record)
        machine.status = statuses.get(machine.server or '')
    machines = found.machines + _outside(plan, history, statuses)
    return results.Result(
        machines, results.State.DONE, under_way=history.under_way
    )


def _statuses(
    client: v1_client.Client,
    history: histories.History,
    on_event: events.Listener,
) -> dict[str, str]:
    """The status of each server of the journal that there is."""
    wanted = {
        record.server for record in history.machines.values() if record.ours
    }
    if not wanted:
        return {}
    servers = client.server.iterate(detailed=False, all_projects=True)
    return {
        server.uuid: server.status
        for server in listing.counted(servers, 'servers', on_event)
        if server.uuid in wanted
    }


def _tell_of(machine: results.Machine, record: histories.Record) -> None:
    """Add what the journal knows of a machine."""
    if record.status == 'kept' and machine.state is results.State.DONE:
        machine.reasons = [dict(reason) for reason in record.reasons]
    if machine.state not in (results.State.READY, results.State.NOT_READY):
        return
    machine.server = None
    if (
        record.status in ('begun', 'unknown', 'releasing')
        and time.time() < settling.arrival(record)
    ):
        # What was sent is not seen yet, which says nothing.
        machine.state = results.State.IN_PROGRESS
        machine.server = record.server
    elif record.status == 'released':
        machine.state = results.State.RELEASED
    elif record.status in ('failed', 'unknown'):
        machine.state = results.State.FAILED
        machine.reasons = [dict(reason) for reason in record.reasons] or [
            {'code': record.code or 'error', 'message': record.message or ''}
        ]
        machine.request_id = record.request_id


def _outside(
    plan: plans.Plan, history: histories.History, statuses: dict[str, str]
) -> list[results.Machine]:
    """Machines that this plan took over before they were taken out of it."""
    planned = {server.node for server in plan.servers}
    return [
        results.Machine(
            record.node,
            None,
            record.name,
            results.State.DONE,
            server=record.server,
            status=statuses[record.server],
            reasons=[
                {
                    'code': 'not_in_plan',
                    'message': (
                        'It was taken over by this plan, and is not in it '
                        'any more; a rollback lets go of it, too.'
                    ),
                }
            ],
        )
        for record in history.machines.values()
        if record.node not in planned
        and record.ours
        and record.server in statuses
    ]
