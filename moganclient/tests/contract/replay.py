"""What was recorded, asked again of our service, in the same order.

Requests state no version, as clients of that time do.  The UUIDs of what was
created then stand for those of what is created now.
"""

from __future__ import annotations

import json
import re
import time
import types
from typing import Any

from moganclient.service import refresh
from moganclient.tests.contract import captures
from moganclient.tests.contract import cloud
from moganclient.tests.unit.service.api import keystone

#: A UUID, wherever it is.
UUID = re.compile(
    r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}', re.IGNORECASE
)

#: Headers, which were not recorded, of requests that are about them.
_HEADERS: dict[str, dict[str, str]] = {
    'accept-any': {'Accept': '*/*'},
    'accept-text-html': {'Accept': 'text/html'},
    'accept-xml': {'Accept': 'application/xml'},
    'content-type-charset': {
        'Content-Type': 'application/json; charset=UTF-8'
    },
    'flavor-create-form-type': {
        'Content-Type': 'application/x-www-form-urlencoded'
    },
    'flavor-create-octet-stream': {'Content-Type': 'application/octet-stream'},
    'post-no-content-type': {'Content-Type': 'text/plain'},
}

#: More turns of the worker than anything takes that does not wait.
_TURNS = 2000
#: Enough for what then waits for a machine.
_TURNS_WHILE_SLOW = 20


class Replay(keystone.KeystoneTest):
    """One session of what was recorded."""

    OPTIONS = {
        'DEFAULT': {'auth_strategy': 'keystone'},
        'api': {'admin_project_id': cloud.ADMIN[1]},
        'static': {'transition': 0},
    }
    NODES = cloud.NODES
    PORTS = cloud.PORTS
    MORE = cloud.MORE
    #: Hooks: ``before_<name>`` and ``after_<name>``.
    HOOKS: types.ModuleType

    def setUp(self) -> None:
        super().setUp()
        #: What had a UUID then, to the UUID that it has now.
        self.uuids: dict[str, str] = {}
        self._later = 0.0
        self._slow = False
        self._tokens = {
            name: self.token(*roles, project=project, user=user)
            for name, (user, project, roles) in cloud.USERS.items()
        }
        self._tokens['nonsense'] = 'nonsense'
        states = self.runtime.driver._states
        states.clock = lambda: time.time() + self._later

    # -- What the hooks use

    def ask(
        self, method: str, path: str, body: Any = None, user: str = 'admin'
    ) -> Any:
        """A request that was not recorded, which has to succeed."""
        more = {} if body is None else {'json': body}
        answer = self.call(method, path, token=self._tokens[user], **more)
        self.assertLess(answer.status_code, 300, f'{path}: {answer.text}')
        if method != 'DELETE':
            self.settle()
        return answer.json if answer.data else None

    def settle(self) -> None:
        """Let the worker do what it can do without waiting."""
        worker = self.runtime.worker
        turns = _TURNS_WHILE_SLOW if self._slow else _TURNS
        for _ in range(turns):
            keys = {job.key for _, _, job in worker._heap}
            for key in keys:
                worker.hurry(key)
            if not worker.drain(1):
                break
        if self.runtime.db.list_powering():
            refresh.refresh_all(self.runtime)

    def slow(self) -> None:
        """From now on what machines are told takes its time."""
        self._slow = True
        self.runtime.driver._transition = 1000.0

    def finish(self) -> None:
        """The time is over, and nothing takes any from now on."""
        self._slow = False
        self._later += 10000.0
        self.runtime.driver._transition = 0.0
        self.settle()

    def node(self, number: int) -> Any:
        """A node as the inventory has it, to be changed."""
        return next(
            node
            for node in self.runtime.driver._states.nodes
            if node.uuid == cloud.node_uuid(number)
        )

    # -- Asking again

    def again(self, capture: captures.Capture) -> Any:
        """The answer to a recorded request, today."""
        name = capture.name.replace('-', '_')
        getattr(self.HOOKS, f'before_{name}', _nothing)(self)
        path = self.translate(capture.path)
        headers = dict(_HEADERS.get(capture.name, {}))
        more: dict[str, Any] = {'headers': headers}
        if isinstance(capture.request, str):
            more['data'] = capture.request
        elif capture.request is not None:
            more['data'] = self.translate(json.dumps(capture.request))
        if capture.method in ('POST', 'PUT', 'PATCH'):
            headers.setdefault('Content-Type', 'application/json')
        answer = self.call(
            capture.method,
            path,
            token=self._tokens.get(capture.as_user),
            base_url='http://mogan.example:6688',
            **more,
        )
        self._learn(capture, answer)
        self.settle()
        getattr(self.HOOKS, f'after_{name}', _nothing)(self)
        return answer

    def translate(self, text: str) -> str:
        """A text with the UUIDs of today, in the letters of then."""

        def today(match: re.Match[str]) -> str:
            then = match[0]
            now = self.uuids.get(then.lower(), then)
            return now.upper() if then.isupper() else now

        return UUID.sub(today, text)

    def _learn(self, capture: captures.Capture, answer: Any) -> None:
        """Which UUID stands for which, from two answers of one request."""
        then = capture.response
        now = answer.json if answer.data else None
        if not (isinstance(then, dict) and isinstance(now, dict)):
            return
        if capture.status == 201 and 'uuid' in then and 'uuid' in now:
            self.uuids[then['uuid']] = now['uuid']
        for one, other in zip(
            then.get('nics', ()), now.get('nics', ()), strict=False
        ):
            self.uuids[one['port_id']] = other['port_id']


def _nothing(replay: Replay) -> None:
    """No hook."""
    del replay
