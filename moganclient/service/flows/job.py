"""The flow that is at work on a server, as a job of the worker."""

from __future__ import annotations

import dataclasses
import logging
import random
import time
import typing

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service.flows import turns

if typing.TYPE_CHECKING:
    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: Seconds between two attempts at most.
_LONGEST_PAUSE = 30.0


def key_of(server_uuid: str) -> str:
    """The key of the job of a server."""
    return f'Server {server_uuid}'


@dataclasses.dataclass
class FlowJob:
    """The flow that is at work on one server, in the hands of a process."""

    server_uuid: str
    owner: str
    #: ``time.time()`` before which nothing is concluded from a look.
    settled_at: float = 0.0
    #: Why the flow turned back, for whoever waits for it.
    failure: Exception | None = None
    #: Somebody else has the flow, or ended it: how, this job does not know.
    elsewhere: bool = False
    _failing_since: float | None = None
    _failures: int = 0

    @property
    def key(self) -> str:
        return key_of(self.server_uuid)

    @property
    def flow(self) -> tuple[str, str]:
        """See :class:`.worker.Job`."""
        return self.server_uuid, self.owner

    def turn(self, runtime: runtime_mod.Runtime) -> float | None:
        """See :class:`.worker.Job`."""
        pause = self.settled_at - time.time()
        renewed = float(runtime.conf.flows.lease) / 3
        if pause > renewed:
            return self._renew(runtime, renewed)
        if pause > 0:
            return pause
        try:
            with deadline.limit(
                min(runtime.conf.api.deadline, deadline.remaining())
            ):
                seconds = turns.Turn(self, runtime).run()
        except exceptions.LeaseLost:
            # Another process may have it, or another job of this one.
            LOG.info('%s is in other hands, or done', self.key)
            self.elsewhere = True
            return None
        except exceptions.ServerNotFound:
            seconds = None
        except exceptions.ServiceError as error:
            # The row cannot be read or written now.
            LOG.warning('%s has to wait: %s', self.key, error.detail)
            seconds = self.pause()
        if seconds is None:
            runtime.worker.secrets.pop(self.server_uuid, None)
            return None
        return min(seconds, renewed)

    def leave(self, runtime: runtime_mod.Runtime) -> None:
        """See :class:`.worker.Job`."""
        runtime.db.update_server(
            self.server_uuid, {'flow_lease': time.time()}, owner=self.owner
        )

    def went_on(self) -> None:
        """A step is done: what failed before counts no more."""
        self._failing_since = None
        self._failures = 0

    def lost(self, seconds: float) -> None:
        """A write may act for some seconds still."""
        self.settled_at = time.time() + seconds

    def failed_for(self) -> float:
        """Count a failure; for how many seconds there were nothing else."""
        now = time.monotonic()
        if self._failing_since is None:
            self._failing_since = now
        return now - self._failing_since

    def pause(self) -> float:
        """Seconds until the next attempt: growing, jittered."""
        jitter = random.uniform(0.5, 1.0)  # noqa: S311
        pause = min(0.4 * 1.6 ** min(self._failures, 20), _LONGEST_PAUSE)
        self._failures += 1
        return jitter * pause

    def _renew(
        self, runtime: runtime_mod.Runtime, seconds: float
    ) -> float | None:
        values = {'flow_lease': time.time() + runtime.conf.flows.lease}
        renewed = runtime.db.update_server(
            self.server_uuid, values, owner=self.owner
        )
        self.elsewhere = not renewed
        return seconds if renewed else None
