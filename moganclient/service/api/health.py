"""``GET /healthcheck``: whether this process is fit to serve."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
import typing
from typing import Any

import flask

from moganclient.service.api import policy
from moganclient.service.api import query
from moganclient.service.api import render
from moganclient.service.api import state
from moganclient.service import deadline
from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from collections.abc import Callable

    from moganclient.service import runtime as runtime_mod

LOG = logging.getLogger(__name__)

#: Without these nothing can be served; the others fail some requests, each
#: with a sentence, and are no reason to take a replica out.
_NEEDED = frozenset({'database', 'driver'})
#: Seconds that all the looking may take.
_PATIENCE = 10.0

blueprint = flask.Blueprint('health', __name__)


@dataclasses.dataclass(frozen=True)
class Health:
    """What was found, and when (``time.monotonic()``)."""

    #: What was looked at to what is wrong with it, None for nothing.
    faults: dict[str, str | None]
    at: float

    @property
    def fit(self) -> bool:
        return not any(self.faults.get(name) for name in _NEEDED)


class Checker:
    """Looks at most once in a while, whoever asks and how often.

    The question needs no authentication, so it must be cheap: one thread
    looks, and those who ask meanwhile wait for its answer.
    """

    def __init__(self, runtime: runtime_mod.Runtime) -> None:
        self._runtime = runtime
        self._lock = threading.Lock()
        self._last: Health | None = None

    def look(self) -> Health:
        """What was found, at most ``[api] health_cache`` seconds ago."""
        with self._lock:
            keep = self._runtime.conf.api.health_cache
            if self._last is None or time.monotonic() - self._last.at >= keep:
                faults = self._faults()
                self._last = Health(faults, time.monotonic())
            return self._last

    def _faults(self) -> dict[str, str | None]:
        runtime = self._runtime
        checks: dict[str, Callable[[], object]] = {
            'database': runtime.db.check,
            'driver': runtime.driver.check,
            'networks': runtime.networks.check,
            'images': runtime.images.check,
        }
        patience = min(_PATIENCE, runtime.conf.api.deadline)
        with deadline.limit(patience):
            return {
                name: _fault(name, check) for name, check in checks.items()
            }


def _fault(name: str, check: Callable[[], object]) -> str | None:
    try:
        check()
    except (exceptions.ServiceError, exceptions.ConfigError) as exc:
        LOG.warning('Health of %s: %s', name, exc)
        return str(exc)
    except Exception as exc:
        LOG.exception('Health of %s could not be found out', name)
        return f'{type(exc).__name__}; the log says more.'
    return None


@blueprint.get('/healthcheck')
def check() -> flask.Response:
    args = query.Query({'detailed'})
    detailed = args.flag('detailed')
    if detailed:
        state.require(policy.HEALTH_DETAILED)
    health = state.current().health.look()
    body: dict[str, Any] = {'status': 'ok' if health.fit else 'unfit'}
    if detailed:
        body['checks'] = [
            {
                'name': name,
                'needed': name in _NEEDED,
                'status': 'ok' if fault is None else 'failed',
                'detail': fault,
            }
            for name, fault in health.faults.items()
        ]
    return render.answer(
        body,
        200 if health.fit else 503,
        {'Cache-Control': 'no-store'},
    )
