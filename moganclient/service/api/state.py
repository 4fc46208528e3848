"""What a request finds around it: the service's parts, and who is calling."""

from __future__ import annotations

import dataclasses
import typing

import flask

from moganclient.service import context as service_context
from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from moganclient.service.api import health
    from moganclient.service.api import policy
    from moganclient.service.api import versions
    from moganclient.service import runtime as runtime_mod

_EXTENSION = 'moganclient'

#: Keys of the WSGI environment, set by the middleware.
CONTEXT = 'moganclient.context'
VERSION = 'moganclient.version'
#: Whether the request said a version of ours at all.
STATED = 'moganclient.version_stated'


@dataclasses.dataclass
class State:
    """The parts that all requests share."""

    runtime: runtime_mod.Runtime
    policy: policy.Policy
    health: health.Checker


def install(app: flask.Flask, shared: State) -> None:
    """Make the parts known to an application."""
    app.extensions[_EXTENSION] = shared


def current() -> State:
    """The parts of the application that serves the request."""
    found: State = flask.current_app.extensions[_EXTENSION]
    return found


def caller() -> service_context.Context:
    """Who is calling."""
    found: service_context.Context = flask.request.environ[CONTEXT]
    return found


def version() -> versions.Version:
    """The microversion that the request asked for."""
    found: versions.Version = flask.request.environ[VERSION]
    return found


def of_that_time() -> bool:
    """Whether the caller may be a client of the retired API.

    Such a client says no version, and is answered in the retired API's
    shapes where ours are others.
    """
    return not flask.request.environ.get(STATED, False)


def since(minimum: tuple[int, int], what: str) -> None:
    """Refuse what came later than the version that the request states.

    A request that states none may come from a client of the retired API,
    whose routes they were: it is let through.

    :param what: what came with that version, the subject of a sentence
    :raises moganclient.service.exceptions.NotFound: the version is older
    """
    if of_that_time() or version() >= minimum:
        return
    needed = '.'.join(str(part) for part in minimum)
    raise exceptions.NotFound(
        f'{what} needs {needed} of the bare metal compute API, and the '
        f'request asks for {version()}.',
        code='version_too_low',
        extra={'min_version': needed},
    )


def since_1_4() -> None:
    """Refuse a request of 1.1 to 1.3 for what came with 1.4.

    :raises moganclient.service.exceptions.NotFound: that is asked for
    """
    request = flask.request
    since((1, 4), f'{request.method} {request.path}')


def require(rule: str, project_id: str | None = None) -> None:
    """Raise unless the caller may.

    :raises moganclient.service.exceptions.Forbidden: names the rule
    """
    current().policy.require(caller(), rule, project_id)


def allows(rule: str, project_id: str | None = None) -> bool:
    """Whether the caller may."""
    return current().policy.allows(caller(), rule, project_id)
