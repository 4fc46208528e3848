"""Takes machines of a plan over, and writes down what comes of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING
import uuid

from moganclient.adoption import attempt
from moganclient.adoption import outlook
from moganclient.adoption import patience
from moganclient.adoption import results
from moganclient.adoption import runner
from moganclient.adoption import settling
from moganclient import exceptions

if TYPE_CHECKING:
    from moganclient.adoption import journal as journals
    from moganclient.v1 import client as v1_client


class Takeover:
    """What :class:`moganclient.adoption.runner.Run` does about each."""

    def __init__(
        self,
        client: v1_client.Client,
        journal: journals.Journal,
        timeout: float,
        halt: threading.Event,
    ) -> None:
        """Prepare for any number of machines, in several threads.

        :param timeout: seconds that one machine is tried for
        :param halt: set to try nothing again
        """
        self._client = client
        self._journal = journal
        self._timeout = timeout
        self._halt = halt
        self._progress = attempt.Progress()

    def run(self, order: outlook.Order, tell: runner.Tell) -> str | None:
        """Take one machine over; see :meth:`runner.Work.run`."""
        machine = order.machine
        look_first = machine.state is results.State.IN_PROGRESS
        machine.server = machine.server or str(uuid.uuid4())
        before = self._journal.history.machines.get(machine.node)
        if (
            look_first
            and before is not None
            and before.status == 'releasing'
            and not settling.wait(
                self._client,
                machine,
                settling.arrival(before),
                lambda status: status is None or status in attempt.BUSY,
                self._halt,
                tell,
                f'The request to let go of server {machine.server} was sent '
                'a moment ago and may still be on its way.',
            )
        ):
            return None
        machine.request_id = request_id = attempt.new_request_id()
        machine.state = results.State.NOT_BEGUN
        # Durable before anything is sent: the UUID tells for certain, later,
        # whether a server is this plan's.
        self._journal.begun(
            machine.node, machine.server, machine.name, request_id
        )
        began = time.monotonic()
        one = _Attempt(
            order,
            request_id,
            self._client,
            machine,
            patience.Patience(self._timeout, self._halt),
            self._progress,
            tell,
        )
        one.run(look_first=look_first)
        if machine.state is results.State.DONE:
            seconds = round(time.monotonic() - began, 3)
            self._journal.done(machine.node, machine.server, seconds)
        else:
            record = (
                self._journal.failed
                if machine.state is results.State.FAILED
                else self._journal.unknown
            )
            record(machine.node, machine.server, **attempt.refusal(machine))
        return one.fatal


class _Attempt(attempt.Attempt):
    WANTED = results.State.DONE

    def __init__(
        self,
        order: outlook.Order,
        request_id: str,
        *rest: object,
    ) -> None:
        super().__init__(*rest)  # type: ignore[arg-type]
        self._order = order
        self._request_id = request_id

    def send(self) -> str | None:
        """Take it over; one POST, for everything is given."""
        order = self._order
        planned = order.planned
        if order.refused:
            # It was begun before the plan or the cloud were changed.
            raise exceptions.ValidationError(
                order.refused[0]['message'], reasons=order.refused
            )
        return self.client.server.manage(
            planned.node,
            planned.name,
            flavor=order.flavor,
            ports=planned.ports,
            project_id=order.project,
            metadata=planned.metadata,
            description=planned.description,
            availability_zone=planned.availability_zone,
            uuid=self.server,
            global_request_id=self._request_id,
        ).status

    def is_wanted(self, status: str | None) -> bool:
        """There is a server, and nobody works on it."""
        return status is not None
