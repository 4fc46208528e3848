"""One turn of a flow that waits: its steps, and what is made of failures.

The steps of a flow are a list; ``flow_step`` of the row is where it is.  Each
step looks first and acts where that is needed, so it can run again in any
process.  A flow that fails goes on with other steps, those that take back
(``flow_undo``), and has no way back from there.

A write whose answer was lost is not looked for before ``[flows] settle``
seconds are over: a look too early finds nothing, and the write lands later.
"""

from __future__ import annotations

import dataclasses
import logging
import time
import typing
from typing import Any

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import work as work_mod
from moganclient.service.flows import worker

if typing.TYPE_CHECKING:
    from moganclient.service.db import models
    from moganclient.service.flows import job as job_mod
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

NotYet = worker.NotYet

#: Seconds for which a service that gives no answer is tried again, while
#: something is written.
OUTAGE_PATIENCE = 600.0
#: A step is not begun with less of the turn left; the next turn has more.
_ENOUGH = 10.0


class Step:
    """One step.  ``name`` is what the row's ``flow_step`` says."""

    name = ''
    #: It only looks: no outage is too long for it.
    waits = False
    #: It is not begun when the flow's time is over.  Others look first what
    #: there is: while nobody worked on it, it may all have come to its end.
    in_time = False

    def do(self, work: work_mod.Work) -> None:
        """Look, and act where that is needed; done already is no error.

        :raises NotYet: it has to wait
        :raises moganclient.service.exceptions.ServiceError: it failed
        """
        raise NotImplementedError


@dataclasses.dataclass(frozen=True)
class Flow:
    """A kind of flow."""

    name: str
    steps: list[Step]
    #: What a failure is answered with.
    back: list[Step]
    #: What is under way, for the sentence about its time being over.
    words: str
    #: Seconds for which a refusal (409) is tried again: a lock passes.
    patience: float = 300.0

    def of(self, *, undo: bool) -> list[Step]:
        return self.back if undo else self.steps


#: By name; filled by :mod:`.waiting`.
FLOWS: dict[str, Flow] = {}


class TimeOver(exceptions.ServiceError):
    """``[flows] deploy_timeout`` is over."""

    code = 'deploy_timeout'


class Turn:
    """The steps of one turn."""

    def __init__(
        self, job: job_mod.FlowJob, runtime: runtime_mod.Runtime
    ) -> None:
        self._job = job
        self._runtime = runtime
        server = runtime.db.get_server(job.server_uuid)
        if server.flow != 'build':
            runtime.worker.secrets.pop(server.uuid, None)
        if server.flow is None or server.flow_owner != job.owner:
            raise exceptions.LeaseLost(f'server {server.uuid} is free')
        self._work = work_mod.Work(runtime, server, job.owner, reserved=True)

    def run(self) -> float | None:
        """Until something has to wait, or the flow is over.

        :returns: seconds until the next turn, None when it is over
        """
        work, job = self._work, self._job
        if work.server.status == 'deleting' and work.server.flow in (
            'build',
            'rebuild',
        ):
            work.save(
                flow='delete',
                flow_undo=False,
                flow_step=None,
                plan=kept(work.server, 'asked', 'rebuild', 'undeploying'),
            )
            job.went_on()
        server = work.server
        flow = FLOWS[str(server.flow)]
        steps = flow.of(undo=server.flow_undo)
        names = [step.name for step in steps]
        at = names.index(server.flow_step) if server.flow_step in names else 0
        while True:
            step = steps[at]
            work.late = self._is_late()
            try:
                work.enter(step.name)
                if work.late and step.in_time:
                    return self._turn_back(self._too_late(flow, step))
                step.do(work)
            except NotYet as wait:
                if self._is_late():
                    return self._turn_back(self._too_late(flow, step))
                job.went_on()
                return wait.seconds
            except exceptions.LeaseLost:
                raise
            except exceptions.ServiceError as error:
                return self._after(flow, step, error)
            except NotImplementedError as error:
                return self._turn_back(_not_implemented(error))
            except Exception:
                LOG.exception('%s: step "%s" failed', job.key, step.name)
                return self._after(flow, step, _Unexpected())
            job.went_on()
            at += 1
            if at == len(steps):
                return None
            if deadline.remaining() < min(
                _ENOUGH, self._runtime.conf.api.deadline / 2
            ):
                work.enter(steps[at].name)
                return 0.0

    def _is_late(self) -> bool:
        limit: float = self._runtime.conf.flows.deploy_timeout
        return time.time() - _since(self._work) >= limit

    def _too_late(
        self,
        flow: Flow,
        step: Step,
        error: exceptions.ServiceError | None = None,
    ) -> TimeOver:
        limit = self._runtime.conf.flows.deploy_timeout
        return TimeOver(
            f'{flow.words} took longer than {limit:g} seconds ([flows] '
            f'deploy_timeout) and was given up in step "{step.name}".',
            inside=error.detail if error is not None else '',
        )

    def _after(
        self, flow: Flow, step: Step, error: exceptions.ServiceError
    ) -> float:
        """What follows from a failure: try again, or turn back."""
        job, server = self._job, self._work.server
        if isinstance(error, exceptions.UpstreamUnavailable) and error.sent:
            job.lost(self._runtime.conf.flows.settle)
        passes: float | None = None
        if isinstance(step, End) and not isinstance(
            error, exceptions.NodeNotFound
        ):
            # What there is to be done is done: it is only written down.
            passes = float('inf')
        elif isinstance(error, exceptions.UpstreamConflict):
            # That a node is protected does not pass.
            protected = isinstance(error, exceptions.NodeProtected)
            passes = 0.0 if protected else flow.patience
        elif isinstance(error, exceptions.Unavailable):
            passes = float('inf') if step.waits else OUTAGE_PATIENCE
        elif server.flow_undo and not isinstance(error, _Unexpected):
            # What is refused now may not be when a machine is through with
            # what it does.
            passes = float('inf')
        late = (
            self._work.late
            and not isinstance(step, End)
            # Nothing was seen: what it is about may have come to its end.
            and (
                server.flow_undo
                or not isinstance(error, exceptions.Unavailable)
            )
        )
        if passes is not None and late:
            return self._turn_back(self._too_late(flow, step, error))
        if passes is not None and (
            server.flow_undo or job.failed_for() < passes
        ):
            LOG.warning(
                '%s: step "%s" has to wait: %s',
                job.key,
                step.name,
                error.detail,
            )
            return job.pause()
        return self._turn_back(error)

    def _turn_back(self, error: exceptions.ServiceError) -> float:
        """Go on with the steps that take back; the row says why.

        What was begun to be taken back and failed ends as it is.
        """
        work, job = self._work, self._job
        server = work.server
        LOG.warning(
            '%s: %s failed: %s', job.key, server.flow, error.detail
        )
        if server.flow_undo:
            return self._give_up(error)
        job.went_on()
        job.failure = error
        plan = kept(
            server, 'interface', 'protect', 'rebuild', 'undeploying'
        ) or {}
        work.save(
            flow_undo=True,
            flow_step=None,
            fault=fault_of(error, server),
            plan={**plan, 'since': time.time()},
        )
        return 0.0

    def _give_up(self, error: exceptions.ServiceError) -> float:
        """It cannot be taken back: say so, and end."""
        server = self._work.server
        last = FLOWS[str(server.flow)].back[-1].name
        if server.flow_step == last:
            # It was only to be written down.
            return self._job.pause() + 1.0
        self._job.went_on()
        fault = dict(server.fault or fault_of(error, server))
        again = ' Delete the server to try that again.'
        fault['detail'] = (
            f'{fault.get("detail") or ""} It could not be undone: '
            f'{error.detail} {error.inside}'.rstrip()
            + f'{again if server.flow == "build" else ""}'
        ).strip()
        self._work.save(fault=fault, flow_step=last)
        return 0.0


class End(Step):
    """A last step: it is never late."""


def kept(server: models.Server, *names: str) -> dict[str, Any] | None:
    """What of a server's plan holds beyond the steps that it was for.

    :returns: None where that is nothing
    """
    plan = server.plan or {}
    return {name: plan[name] for name in names if name in plan} or None


def fault_of(
    error: exceptions.ServiceError, server: models.Server
) -> dict[str, str]:
    """What a server's ``fault`` says of a failure.

    Where it was, and what the inventory says of the machine, is in
    ``detail``, which only an administrator is shown.
    """
    inside = error.inside
    if error.public is not None:
        inside = error.told(admin=True)
    elif isinstance(error, exceptions.NodeLost) and error.instance_uuid:
        inside = f'Its instance_uuid is {error.instance_uuid}.'
    where = f'Step "{server.flow_step}" of "{server.flow}"'
    if server.node_uuid is not None:
        name = f'"{server.node_name}" ' if server.node_name else ''
        where += f', node {name}({server.node_uuid})'
    return {
        'code': error.code,
        'message': error.told(admin=False),
        'detail': f'{where}. {inside}'.strip(),
    }


def _not_implemented(
    error: NotImplementedError,
) -> exceptions.NotImplementedByDriver:
    return exceptions.NotImplementedByDriver(
        str(error) or 'The driver of this service cannot do this.'
    )


class _Unexpected(exceptions.ServiceError):
    """A fault of this program."""

    def __init__(self) -> None:
        super().__init__(
            'Something unexpected went wrong inside the service; its log '
            'says more.'
        )


def _since(work: work_mod.Work) -> float:
    """When these steps began, as the row has it from the first turn on."""
    plan = work.server.plan or {}
    if 'since' not in plan:
        plan = {**plan, 'since': time.time()}
        work.note(plan=plan)
        work.server.plan = plan
    return float(plan['since'])
