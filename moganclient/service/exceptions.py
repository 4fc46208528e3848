"""What can go wrong in the service, one class an answer.

Every room raises these; ``api.faults`` renders them as API-SIG errors.  The
message is a sentence for people that names the thing, the value and what
would be right, and never holds a secret.
"""

from __future__ import annotations

from typing import Any


class ServiceError(Exception):
    """Base of all; ``status`` is the HTTP status the API answers with."""

    status = 500
    #: Stable machine readable code, ``errors[].code`` becomes
    #: ``baremetal-compute.<code>``.
    code = 'internal_error'
    title = 'Internal Server Error'
    #: The status for a client of the retired API (one that says no version),
    #: where that had another; None: ``status``.
    retired_status: int | None = None
    #: The sentence for who is no administrator, where ``detail`` names what
    #: is not for everybody: machines, addresses, the words of an upstream.
    public: str | None = None

    def __init__(
        self,
        detail: str,
        *,
        code: str | None = None,
        retry_after: int | None = None,
        reasons: list[dict[str, str]] | None = None,
        server_uuid: str | None = None,
        extra: dict[str, Any] | None = None,
        retired_status: int | None = None,
        inside: str = '',
        public: str | None = None,
    ) -> None:
        """Describe the failure.

        :param detail: a sentence for people
        :param code: a more precise code than the class's
        :param retry_after: seconds for a Retry-After header
        :param reasons: why a node is not adoptable, ``{code, message}`` each
        :param server_uuid: the server that is in the way
        :param extra: further members of the error object
        :param retired_status: another than the class's
        :param inside: what only an administrator is told, in sentences
        :param public: another than the class's
        """
        super().__init__(detail)
        self.detail = detail
        self.inside = inside
        self.code = code or type(self).code
        self.retry_after = retry_after
        self.reasons = reasons or []
        self.server_uuid = server_uuid
        self.extra = extra or {}
        if retired_status is not None:
            self.retired_status = retired_status
        if public is not None:
            self.public = public

    def told(self, *, admin: bool) -> str:
        """What somebody is told."""
        if admin:
            return f'{self.detail} {self.inside}'.rstrip()
        return self.public or self.detail


class BadRequest(ServiceError):
    status, code, title = 400, 'bad_request', 'Bad Request'


class Unauthorized(ServiceError):
    status, code, title = 401, 'unauthorized', 'Unauthorized'


class Forbidden(ServiceError):
    status, code, title = 403, 'forbidden', 'Forbidden'


class NotFound(ServiceError):
    status, code, title = 404, 'not_found', 'Not Found'


class NodeNotFound(NotFound):
    code = 'node_not_found'
    public = 'The machine is not in the inventory.'


class FlavorNotFound(NotFound):
    code = 'flavor_not_found'


class ServerNotFound(NotFound):
    code = 'server_not_found'


class KeypairNotFound(NotFound):
    code = 'keypair_not_found'


class AggregateNotFound(NotFound):
    code = 'aggregate_not_found'


class ServerGroupNotFound(NotFound):
    code = 'server_group_not_found'


class ImageNotFound(NotFound):
    code = 'image_not_found'


class NetworkNotFound(NotFound):
    code = 'network_not_found'


class PortNotFound(NotFound):
    code = 'port_not_found'


class FloatingIPNotFound(NotFound):
    code = 'floating_ip_not_found'


class NotAcceptable(ServiceError):
    status, code, title = 406, 'not_acceptable', 'Not Acceptable'


class Conflict(ServiceError):
    status, code, title = 409, 'conflict', 'Conflict'


class NodeNotAdoptable(Conflict):
    """``reasons`` says why."""

    code = 'node_not_adoptable'


class NodeHasServer(Conflict):
    """``server_uuid`` says which."""

    code = 'node_has_server'
    public = 'The machine has another server.'


class ServerExists(Conflict):
    """The UUID that was chosen is a server's; ``server_uuid`` is it."""

    code = 'server_exists'


class PortConflict(Conflict):
    code = 'port_conflict'


class ServerLocked(Conflict):
    """Somebody locked it: nothing is done to it before it is unlocked."""

    code, retired_status = 'server_locked', 400


class ServerProtected(Conflict):
    """It would be wiped, and is protected from that."""

    code = 'server_protected'


class ServerBusy(Conflict):
    """Its status does not allow what was asked for; another may."""

    code, retired_status = 'server_busy', 400


class NodeLost(ServerBusy):
    """Its node does not carry it, any more or at all."""

    code = 'node_lost'

    def __init__(
        self,
        detail: str,
        *,
        instance_uuid: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Describe the failure.

        :param instance_uuid: what the node carries by now; not for everybody
        """
        super().__init__(detail, **kwargs)
        self.instance_uuid = instance_uuid


class NotAdopted(Conflict):
    """It was built here: there is nothing that it could be given back to."""

    code = 'not_adopted'


class UnsupportedMediaType(ServiceError):
    status, code = 415, 'unsupported_media_type'
    title = 'Unsupported Media Type'


class NotImplementedByDriver(ServiceError):
    status, code, title = 501, 'not_implemented', 'Not Implemented'


class Unavailable(ServiceError):
    """An upstream service is down, locked or too slow; always Retry-After."""

    status, code, title = 503, 'unavailable', 'Service Unavailable'

    def __init__(
        self, detail: str, *, retry_after: int = 5, **kwargs: Any
    ) -> None:
        super().__init__(detail, retry_after=retry_after, **kwargs)


class UpstreamUnavailable(Unavailable):
    """No answer, a 5xx, a 429, or a time-out of an upstream service.

    After a request that writes it is not known whether it acted: look.
    """

    code = 'upstream_unavailable'
    public = (
        'A service that this one needs does not answer as it should. Try '
        'again; where that goes on, an administrator has to look at it.'
    )

    def __init__(
        self, detail: str, *, sent: bool = True, **kwargs: Any
    ) -> None:
        """Describe the failure.

        :param sent: False where the request surely never reached the service
            (no connection), so that it surely did not act
        """
        super().__init__(detail, **kwargs)
        self.sent = sent


class UpstreamConflict(Conflict):
    """Upstream answered 409 (or 412 for If-Match) to a write: look why."""

    code = 'upstream_conflict'


class NodeProtected(UpstreamConflict):
    """It is protected in the inventory: not wiped, however often asked."""

    code = 'node_protected'
    public = (
        'The machine is protected in the inventory, so that nobody wipes it; '
        'it was left as it is.'
    )


class DeadlineExceeded(Unavailable):
    """The configured deadline of one request is over."""

    code = 'deadline_exceeded'
    public = 'It could not be done in time; try again.'


class ConfigError(Exception):
    """The configuration (or the inventory file) is wrong; says where."""


class LeaseLost(Exception):
    """Another process took this flow over: stop and touch nothing."""
