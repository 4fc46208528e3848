"""What a request finds around it: the service's parts, and who is calling."""

from __future__ import annotations

import dataclasses
import typing

import flask

from moganclient.service import context as service_context

if typing.TYPE_CHECKING:
    from moganclient.service.api import health
    from moganclient.service.api import policy
    from moganclient.service.api import versions
    from moganclient.service import runtime as runtime_mod

_EXTENSION = 'moganclient'

#: Keys of the WSGI environment, set by the middleware.
CONTEXT = 'moganclient.context'
VERSION = 'moganclient.version'


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


def require(rule: str, project_id: str | None = None) -> None:
    """Raise unless the caller may.

    :raises moganclient.service.exceptions.Forbidden: names the rule
    """
    current().policy.require(caller(), rule, project_id)


def allows(rule: str, project_id: str | None = None) -> bool:
    """Whether the caller may."""
    return current().policy.allows(caller(), rule, project_id)
