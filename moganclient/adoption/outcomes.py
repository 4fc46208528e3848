"""Failures told apart: what to do after each.

A request to take a machine over, or to let one go, names the server by a
UUID that the client chose.  So it may be sent twice: one server at most comes
of it, and a look at that UUID tells for certain whether it did.
"""

from __future__ import annotations

import enum

from moganclient import exceptions


class Kind(enum.Enum):
    """What a failure means for what is to be done next."""

    #: It did not act and may work in a while.
    WAIT = 'wait'
    #: It did not act and will not work as it is.
    NEVER = 'never'
    #: It may have acted: look before trying again.
    UNKNOWN = 'unknown'
    #: It did not act, and nothing else will work either.
    FATAL = 'fatal'


#: Codes of a 409 that goes away by itself.
_PASSING = frozenset({'recovering', 'server_busy'})

_FATAL = (
    exceptions.Unauthorized,
    exceptions.AuthenticationFailed,
    exceptions.EndpointNotFound,
    exceptions.UnsupportedVersion,
    exceptions.SSLError,
)
_WAIT = (
    exceptions.ConnectFailure,
    exceptions.TooManyRequests,
    exceptions.ServiceUnavailable,
)
#: A server error that says that nothing was done.
_NEVER = (exceptions.HttpNotImplemented,)


def kind(
    error: exceptions.ClientException, server: str | None = None
) -> Kind:
    """What an error of a writing request means.

    :param server: the UUID that the request was about
    """
    if isinstance(error, _FATAL):
        return Kind.FATAL
    if isinstance(error, _WAIT):
        return Kind.WAIT
    if isinstance(error, exceptions.Conflict):
        if server is not None and error.server_uuid == server:
            return Kind.UNKNOWN
        return Kind.WAIT if code(error) in _PASSING else Kind.NEVER
    if isinstance(error, _NEVER):
        return Kind.NEVER
    if isinstance(error, exceptions.HttpError):
        if error.http_status == 408:
            return Kind.WAIT
        return Kind.NEVER if error.http_status < 500 else Kind.UNKNOWN
    if isinstance(
        error, exceptions.ConnectionFailure | exceptions.MalformedResponse
    ):
        return Kind.UNKNOWN
    return Kind.NEVER


def code(error: exceptions.ClientException) -> str:
    """The word for an error without the service's prefix."""
    return (error.code or 'error').removeprefix('baremetal-compute.')


def reasons(error: exceptions.ClientException) -> list[dict[str, str]]:
    """Why something failed: the service's reasons, or the one sentence."""
    if error.reasons:
        return [dict(reason) for reason in error.reasons]
    return [{'code': code(error), 'message': error.message}]
