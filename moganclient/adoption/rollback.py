"""Let go of what a plan took over, and of nothing else."""

from __future__ import annotations

import dataclasses
import os
import threading
from typing import TYPE_CHECKING

from moganclient.adoption import apply as applying
from moganclient.adoption import attempt
from moganclient.adoption import check
from moganclient.adoption import endpoints
from moganclient.adoption import errors
from moganclient.adoption import events
from moganclient.adoption import journal as journals
from moganclient.adoption import listing
from moganclient.adoption import outcomes
from moganclient.adoption import patience
from moganclient.adoption import plan as plans
from moganclient.adoption import results
from moganclient.adoption import runner
from moganclient.adoption import settling
from moganclient import exceptions

if TYPE_CHECKING:
    from moganclient.adoption import history as histories
    from moganclient.v1 import client as v1_client


@dataclasses.dataclass(slots=True)
class _Order:
    """A server to let go of."""

    machine: results.Machine
    #: Whether the cloud's list has it.
    listed: bool
    #: ``time.time()`` until which it may still come to be.
    settled: float


def rollback(
    plan: plans.Plan,
    client: v1_client.Client,
    *,
    jobs: int = 4,
    timeout: float = 600.0,
    dry_run: bool = False,
    any_endpoint: bool = False,
    journal: str | os.PathLike[str] | None = None,
    on_event: events.Listener = events.nobody,
    stop: threading.Event | None = None,
) -> results.Result:
    """See :meth:`moganclient.adoption.plan.Plan.rollback`."""
    runner.check_jobs(jobs)
    runner.check_timeout(timeout)
    endpoints.require(plan, client, any_endpoint)
    path = applying.journal_of(plan, journal)
    if not os.path.exists(path):
        raise errors.JournalError(
            f'There is no journal {path}, so it is not known what this plan '
            'took over: restore the journal. If the plan was never applied, '
            'there is nothing to roll back.'
        )
    stop = stop or threading.Event()
    if dry_run:
        history = journals.read(path)
        try:
            orders = _orders(plan, client, history, on_event, stop)
        except errors.Stopped:
            return check.unfinished(plan, results.State.DONE)
        return results.Result(
            [order.machine for order in orders if order.listed],
            results.State.DONE,
        )
    with journals.Journal.open(
        path,
        action='rollback',
        plan=applying.name_of(plan),
        endpoint=client.endpoint,
        region=client.region_name,
        jobs=jobs,
        any_endpoint=any_endpoint,
    ) as kept:
        try:
            orders = _orders(plan, client, kept.history, on_event, stop)
        except errors.Stopped:
            return check.unfinished(plan, results.State.RELEASED)
        on_event(events.Checked(len(orders), len(orders), 0, 0))
        client.keep(jobs)
        halt = threading.Event()
        run: runner.Run[_Order] = runner.Run(
            _Release(client, kept, timeout, halt),
            wanted=results.State.RELEASED,
            jobs=jobs,
            stop=stop,
            halt=halt,
            on_event=on_event,
        )
        run.over(orders)
        result = results.Result(
            [order.machine for order in orders],
            results.State.RELEASED,
            stopped=run.stopped,
            interrupted=run.interrupted,
            begun=run.begun,
        )
        applying.end(kept, result)
    return result


def _orders(
    plan: plans.Plan,
    client: v1_client.Client,
    history: histories.History,
    on_event: events.Listener,
    stop: threading.Event,
) -> list[_Order]:
    """The servers that this plan has or may have, in the plan's order."""
    ours = {
        record.server: record
        for record in history.machines.values()
        if record.ours
    }
    if not ours:
        return []
    listed = set()
    servers = client.server.iterate(detailed=False, all_projects=True)
    for server in listing.counted(servers, 'servers', on_event, stop):
        if server.uuid in ours:
            listed.add(server.uuid)
    planned = {server.node: server for server in plan.servers}
    place = {node: number for number, node in enumerate(planned)}
    records = sorted(
        ours.values(), key=lambda one: place.get(one.node, len(place))
    )
    found = []
    for record in records:
        if record.status == 'failed' and record.server not in listed:
            continue
        one = planned.get(record.node)
        machine = results.Machine(
            record.node,
            one.node_name if one else None,
            record.name,
            results.State.DONE,
            server=record.server,
            line=one.line if one else None,
        )
        settled = 0.0
        if record.status in ('begun', 'unknown'):
            settled = settling.arrival(record)
        found.append(_Order(machine, record.server in listed, settled))
    return found


class _Release:
    """What :class:`moganclient.adoption.runner.Run` does about each."""

    def __init__(
        self,
        client: v1_client.Client,
        journal: journals.Journal,
        timeout: float,
        halt: threading.Event,
    ) -> None:
        self._client = client
        self._journal = journal
        self._timeout = timeout
        self._halt = halt
        self._progress = attempt.Progress()

    def run(self, order: _Order, tell: runner.Tell) -> str | None:
        """Let go of one server; see :meth:`runner.Work.run`."""
        machine = order.machine
        assert machine.server is not None
        if not order.listed and not settling.wait(
            self._client,
            machine,
            order.settled,
            lambda status: status is not None,
            self._halt,
            tell,
            f'The request to take over node {machine.node} was sent a moment '
            'ago and may still be on its way.',
        ):
            return None
        machine.request_id = request_id = attempt.new_request_id()
        machine.state = results.State.NOT_BEGUN
        self._journal.releasing(machine.node, machine.server, request_id)
        one = _Attempt(
            request_id,
            self._client,
            machine,
            patience.Patience(self._timeout, self._halt),
            self._progress,
            tell,
        )
        one.run(look_first=not order.listed)
        if machine.state is results.State.RELEASED:
            if one.was_gone:
                machine.reasons = [
                    {
                        'code': 'gone_already',
                        'message': 'There was no such server any more.',
                    }
                ]
            self._journal.released(
                machine.node, machine.server, already=one.was_gone
            )
        elif machine.state is results.State.FAILED:
            self._journal.kept(
                machine.node, machine.server, **attempt.refusal(machine)
            )
        return one.fatal


class _Attempt(attempt.Attempt):
    WANTED = results.State.RELEASED

    def __init__(self, request_id: str, *rest: object) -> None:
        super().__init__(*rest)  # type: ignore[arg-type]
        self._request_id = request_id
        self._sent = False
        #: There was no such server before anything was sent.
        self.was_gone = False

    def send(self) -> str | None:
        """Let go of it; that it is gone already is as good."""
        try:
            self.client.server.unmanage(
                self.server, global_request_id=self._request_id
            )
        except exceptions.NotFound as error:
            if outcomes.code(error) != 'server_not_found':
                raise
            self.was_gone = not self._sent
        finally:
            self._sent = True
        return None

    def is_wanted(self, status: str | None) -> bool:
        """There is no server."""
        if status is None and not self._sent:
            self.was_gone = True
        return status is None
