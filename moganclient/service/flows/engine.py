"""Runs steps as a taskflow flow: a task a step, each with its revert.

Recovery runs the same steps, but one by one: taskflow reverts what ran here,
and a process that died may have been further.
"""

from __future__ import annotations

import functools
import logging
import time
from typing import Any
import uuid

import taskflow.engines
from taskflow.patterns import linear_flow
import taskflow.persistence.base
import taskflow.persistence.models
import taskflow.task

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import step as step_mod
from moganclient.service.flows import work as work_mod

LOG = logging.getLogger(__name__)


class _Run:
    """What the tasks of one run share."""

    def __init__(self, work: work_mod.Work) -> None:
        self.work = work
        #: Why the flow failed, as the step raised it.
        self.failure: Exception | None = None
        #: Why it could not be undone.
        self.revert_failure: Exception | None = None
        #: ``time.monotonic()`` at which undoing has to be over.
        self.revert_until: float | None = None

    def revert_seconds(self) -> float:
        """What is left for undoing, whatever was left of the request."""
        if self.revert_until is None:
            self.revert_until = (
                time.monotonic() + self.work.runtime.conf.api.revert_timeout
            )
        return self.revert_until - time.monotonic()


class _Connection:
    """A connection of :class:`_Nowhere`: it keeps nothing."""

    def update_flow_details(self, details: Any, **kwargs: Any) -> Any:
        return details

    def update_atom_details(self, details: Any) -> Any:
        return details

    def close(self) -> None:
        pass


class _Nowhere(taskflow.persistence.base.Backend):  # type: ignore[misc]
    """What taskflow stores to: nothing that it says outlives the run.

    The server's row is what survives.  taskflow's own backend of memory keeps
    a tree of files there, which costs as much as all the rest that it does.
    """

    def get_connection(self) -> _Connection:
        return _Connection()

    def close(self) -> None:
        pass


class _StepTask(taskflow.task.Task):  # type: ignore[misc]
    """One step; what it needs is in the row, so it provides nothing."""

    #: No progress within a step, which would be stored twice for each.
    TASK_EVENTS = ()

    _step: step_mod.Step
    _run: _Run

    @classmethod
    def of(cls, step: step_mod.Step, run: _Run) -> _StepTask:
        """A copy of one task: a new one inspects its own signatures."""
        task: _StepTask = _template().copy()
        task.name = step.name
        task._step = step
        task._run = run
        return task

    def execute(self) -> None:
        try:
            self._step.do(self._run.work)
        except Exception as failure:
            self._run.failure = failure
            raise

    def revert(self, **kwargs: Any) -> None:
        run = self._run
        if run.revert_failure is not None or run.work.forgotten:
            return
        if isinstance(run.failure, exceptions.LeaseLost):
            return
        work = run.work
        try:
            with deadline.limit(run.revert_seconds()):
                _mark_undo(work)
                self._step.undo(work)
        except Exception as failure:  # noqa: BLE001
            # What is left is recovery's: the row says so.
            run.revert_failure = failure


@functools.cache
def _template() -> _StepTask:
    return _StepTask()


def _mark_undo(work: work_mod.Work) -> None:
    """Let the row say, before anything is undone, that it is being undone."""
    if not work.server.flow_undo and (
        work.reserved or work.server.flow == 'unmanage'
    ):
        work.save(flow_undo=True)


def run(work: work_mod.Work, steps: list[step_mod.Step]) -> None:
    """Run steps in order; when one fails, undo it and those before it.

    :raises Exception: what the failing step raised, once everything is undone
    :raises moganclient.service.exceptions.Unavailable: it could not be undone
        now; the row is left to recovery
    :raises moganclient.service.exceptions.LeaseLost: another process has the
        flow
    """
    shared = _Run(work)
    flow = linear_flow.Flow('steps')
    for step in steps:
        flow.add(_StepTask.of(step, shared))
    engine = taskflow.engines.load(
        flow,
        flow_detail=taskflow.persistence.models.FlowDetail(
            flow.name, uuid.uuid4().hex
        ),
        backend=_Nowhere({}),
        engine='serial',
    )
    try:
        engine.run()
    except Exception:
        failure = shared.failure
        if failure is None:
            raise
        if shared.revert_failure is not None:
            raise _left(work, failure, shared.revert_failure) from failure
        raise failure from None


def go_on(work: work_mod.Work, steps: list[step_mod.Step]) -> None:
    """Run steps that another process had begun, and undo nothing.

    What that process did may lie in any step, also in one after the step
    that fails here: undoing those that ran here would leave half.

    :raises Exception: what the failing step raised
    """
    for step in steps:
        step.do(work)


def undo(work: work_mod.Work, steps: list[step_mod.Step]) -> None:
    """Undo all steps, last first, whichever of them were begun.

    :raises Exception: what stopped it; the row says that it is being undone
    """
    if not work.server.flow_undo:
        work.save(flow_undo=True)
    for step in reversed(steps):
        step.undo(work)


def _left(
    work: work_mod.Work, failure: Exception, revert_failure: Exception
) -> exceptions.ServiceError:
    """The error of a flow that failed and is still half undone."""
    LOG.error(
        'Server %s: %s failed (%s) and could not be undone yet (%s); '
        'recovery will do that.',
        work.server.uuid,
        work.server.flow,
        failure,
        revert_failure,
    )
    try:
        # Nobody works on it any more: recovery need not wait for the lease.
        work.save(flow_lease=time.time())
    except (exceptions.ServiceError, exceptions.LeaseLost) as error:
        LOG.warning('Server %s: %s', work.server.uuid, error)
    detail = getattr(failure, 'detail', None) or 'The workflow failed.'
    return exceptions.Unavailable(
        f'{detail} What had been done could not be undone yet; the service '
        'will undo or finish it by itself. Until then node '
        f'{work.server.node_uuid} is "recovering".',
        code='recovering',
        retry_after=int(work.runtime.conf.flows.recovery_interval) + 1,
    )
