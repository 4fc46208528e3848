"""What can go wrong when talking to the bare metal compute API.

One tree on keystoneauth1's: everything that the library raises is a
:class:`ClientException`, and where keystoneauth1 has a class for the same
thing, it is one of those too, so that code which catches
``keystoneauth1.exceptions.NotFound`` keeps working.  Every error has ``code``,
``http_status``, ``request_id`` and ``details``, whether a server said them or
not, and a message for people.  All of them can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from keystoneauth1 import exceptions as ksa


class ClientException(ksa.ClientException):
    """Base of everything that the library raises."""

    #: A stable word for programs: what the service says, e.g.
    #: ``baremetal-compute.node_has_server``, or the class's own where nothing
    #: was asked or answered.  None when an answer has none.
    code: str | None = None
    #: The status of the answer, 0 where there was none.
    http_status: int = 0

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        details: Any = None,
        reasons: Iterable[dict[str, str]] = (),
        server_uuid: str | None = None,
        method: str | None = None,
        url: str | None = None,
        retry_after: int = 0,
    ) -> None:
        """Describe the failure.

        :param message: a sentence for people
        :param code: replaces the class's
        :param http_status: replaces the class's
        :param request_id: what to look for in the service's log
        :param details: the decoded body of the answer (the list of errors
            where the service said one), or its text
        :param reasons: why a node cannot be taken over, ``{code, message}``
        :param server_uuid: the server that is in the way
        :param method: what was asked
        :param url: of what, without query
        :param retry_after: seconds after which to try again, 0 when not said
        """
        Exception.__init__(self, message or self.__doc__)
        self.message = message or str(self.__doc__).split('\n')[0]
        self.code = code or type(self).code
        self.http_status = http_status or type(self).http_status
        self.request_id = request_id
        self.details: Any = details
        self.reasons = list(reasons)
        self.server_uuid = server_uuid
        self.method = method
        self.url = url
        self.retry_after = retry_after
        #: For code made for keystoneauth1's errors.  Never the response: the
        #: request in it carries the token.
        self.response: Any = None

    def __str__(self) -> str:
        text = self.message
        if self.http_status and self.url:
            text += f' (HTTP {self.http_status})'
        if self.request_id:
            text += f' (Request-ID: {self.request_id})'
        return text


# What is wrong before anything is sent.


class ValidationError(ClientException, ValueError):
    """An argument or a request body is wrong; nothing was sent."""

    code = 'validation_error'

    def __init__(
        self,
        message: str | None = None,
        *,
        faults: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param faults: a sentence each; the message where there is none
        """
        self.faults = list(faults)
        super().__init__(message or '; '.join(self.faults) or None, **kwargs)


class CannotChoose(ValidationError):
    """An argument was left out and there is no one default for it."""

    code = 'cannot_choose'

    def __init__(
        self,
        message: str | None = None,
        *,
        argument: str = '',
        candidates: Iterable[Any] = (),
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param argument: the one to pass: ``name``, ``flavor`` or ``ports``
        :param candidates: what could be passed
        """
        self.argument = argument
        self.candidates = list(candidates)
        super().__init__(message, **kwargs)


class UnsupportedVersion(ClientException, ksa.VersionNotAvailable):
    """The server does not speak the API version that is needed."""

    code = 'unsupported_version'

    def __init__(
        self,
        message: str | None = None,
        *,
        needed: str | None = None,
        minimum: str | None = None,
        maximum: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param needed: the version that would do, e.g. ``1.2``
        :param minimum: the server's oldest, None when it says none
        :param maximum: the server's newest
        """
        self.needed = needed
        self.minimum = minimum
        self.maximum = maximum
        super().__init__(message, **kwargs)


class RetiredServer(UnsupportedVersion):
    """The server is a retired Mogan server, which cannot do this."""


class EndpointNotFound(ClientException, ksa.EndpointNotFound):
    """It is not known where the bare metal compute API is."""

    code = 'endpoint_not_found'


class AuthenticationFailed(ClientException, ksa.AuthorizationFailure):
    """No token could be had, for another reason than an answer."""

    code = 'authentication_failed'


# What is wrong with the connection.


class ConnectionFailure(ClientException, ksa.ConnectionError):
    """The server could not be talked to."""

    code = 'connection_failure'


class ConnectFailure(ConnectionFailure, ksa.ConnectFailure):
    """No connection came to be: the request was surely not sent."""

    code = 'connect_failure'


class AnswerLost(ConnectionFailure, ksa.ConnectFailure):
    """The connection broke: a request that writes may have acted or not."""

    code = 'answer_lost'


class AnswerTimeout(AnswerLost, ksa.ConnectTimeout):
    """No answer in time: a request that writes may have acted or not."""

    code = 'answer_timeout'


class SSLError(ConnectionFailure, ksa.SSLError):
    """TLS failed, mostly for a certificate that is not trusted."""

    code = 'ssl_error'


# What is wrong with what was answered or found.


class MalformedResponse(ClientException, ksa.InvalidResponse):
    """A successful answer that is not what the API promises."""

    code = 'malformed_response'


class NoUniqueMatch(ClientException):
    """A name that several things have."""

    code = 'no_unique_match'

    def __init__(
        self,
        message: str | None = None,
        *,
        candidates: Iterable[Any] = (),
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param candidates: the things that have the name
        """
        self.candidates = list(candidates)
        super().__init__(message, **kwargs)


# What is waited for, and does not come.


class WaitTimeout(ClientException):
    """What was waited for has not come in time; it may still come."""

    code = 'wait_timeout'

    def __init__(
        self, message: str | None = None, *, server: Any = None, **kwargs: Any
    ) -> None:
        """Describe the failure.

        :param server: the server as it was seen last
        """
        self.server = server
        super().__init__(message, **kwargs)


class ServerFailed(ClientException):
    """A server came to another end than was asked for."""

    code = 'server_failed'

    def __init__(
        self,
        message: str | None = None,
        *,
        server: Any = None,
        fault: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param server: the server as it is
        :param fault: why, ``{'code': ..., 'message': ..., 'detail': ...}``;
            None where the service does not say
        """
        self.server = server
        self.fault = fault
        super().__init__(message, **kwargs)


class HttpError(ClientException, ksa.HttpError):
    """An answer that is not a success."""


class HTTPClientError(HttpError, ksa.HTTPClientError):
    """A 4xx answer."""


class HttpServerError(HttpError, ksa.HttpServerError):
    """A 5xx answer."""


class BadRequest(HTTPClientError, ksa.BadRequest):
    """The request makes no sense to the service."""

    http_status = 400


class Unauthorized(HTTPClientError, ksa.Unauthorized):
    """The credentials are missing or not accepted."""

    http_status = 401


class Forbidden(HTTPClientError, ksa.Forbidden):
    """The service knows who asks and does not let them."""

    http_status = 403


class NotFound(HTTPClientError, ksa.NotFound):
    """There is no such thing; also where a search found none."""

    http_status = 404


class MethodNotAllowed(HTTPClientError, ksa.MethodNotAllowed):
    """The service does not do this with that."""

    http_status = 405


class NotAcceptable(HTTPClientError, ksa.NotAcceptable):
    """The service does not speak this API version or format."""

    http_status = 406


class Conflict(HTTPClientError, ksa.Conflict):
    """Something is in the way; ``reasons`` and ``server_uuid`` say what."""

    http_status = 409


class PreconditionFailed(HTTPClientError, ksa.PreconditionFailed):
    """It has changed in the meantime."""

    http_status = 412


class RequestEntityTooLarge(HTTPClientError, ksa.RequestEntityTooLarge):
    """The request is too large."""

    http_status = 413


class UnsupportedMediaType(HTTPClientError, ksa.UnsupportedMediaType):
    """The service does not take this content type."""

    http_status = 415


class UnprocessableEntity(HTTPClientError, ksa.UnprocessableEntity):
    """The service understands the request and cannot follow it."""

    http_status = 422


class TooManyRequests(HTTPClientError):
    """A rate limit refused the request; ``retry_after`` may say how long."""

    http_status = 429


class InternalServerError(HttpServerError, ksa.InternalServerError):
    """The service failed."""

    http_status = 500


class HttpNotImplemented(HttpServerError, ksa.HttpNotImplemented):
    """The service, or its driver, cannot do this."""

    http_status = 501


class BadGateway(HttpServerError, ksa.BadGateway):
    """Something in front of the service got no good answer from it."""

    http_status = 502


class ServiceUnavailable(HttpServerError, ksa.ServiceUnavailable):
    """The service, or what it needs, is not there at the moment."""

    http_status = 503


class GatewayTimeout(HttpServerError, ksa.GatewayTimeout):
    """Something in front of the service did not wait for it any longer."""

    http_status = 504


_CLASSES: dict[int, type[HttpError]] = {
    found.http_status: found
    for found in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        MethodNotAllowed,
        NotAcceptable,
        Conflict,
        PreconditionFailed,
        RequestEntityTooLarge,
        UnsupportedMediaType,
        UnprocessableEntity,
        TooManyRequests,
        InternalServerError,
        HttpNotImplemented,
        BadGateway,
        ServiceUnavailable,
        GatewayTimeout,
    )
}


def class_of(status: int) -> type[HttpError]:
    """The class for an HTTP status."""
    if status in _CLASSES:
        return _CLASSES[status]
    if status >= 500:
        return HttpServerError
    return HTTPClientError if status >= 400 else HttpError
