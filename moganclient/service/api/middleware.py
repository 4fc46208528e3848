"""What stands around the routes: request ids, versions, faults, the deadline.

Plain WSGI, because it has to hold for answers that Flask never sees: those of
keystonemiddleware and of proxies' middleware.
"""

from __future__ import annotations

from collections.abc import Iterable
import io
import logging
import re
import time
import typing
from typing import Any
import urllib.parse

from oslo_config import cfg
from oslo_context import context as oslo_context
from werkzeug import exceptions as http_exceptions

from moganclient.service.api import faults
from moganclient.service.api import state
from moganclient.service.api import versions
from moganclient.service import context as service_context
from moganclient.service import deadline
from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from _typeshed import wsgi

LOG = logging.getLogger(__name__)

_Headers = list[tuple[str, str]]

#: A Host header: a name or an IPv4 address, or an IPv6 address in brackets.
_HOST = re.compile(
    r'^(?:(?P<name>[a-zA-Z0-9._-]+)|\[(?P<address>[0-9a-fA-F:.]+)\])'
    r'(?::[0-9]*)?\Z'
)

#: Paths that need no authentication, and no microversion.
_OPEN = frozenset({'', '/v1', '/healthcheck'})


def path_of(environ: dict[str, Any]) -> str:
    """The path of a request without the slash at its end."""
    return str(environ.get('PATH_INFO', '')).rstrip('/')


def what_of(environ: dict[str, Any]) -> str:
    """Method and path, for the log and for sentences; never the query."""
    path = environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')
    # WSGI's texts are bytes in disguise.
    text = path.encode('latin-1', 'replace').decode('utf-8', 'replace')
    shown = urllib.parse.quote(text, safe="/~!$&'()*+,;=:@ ")[:300]
    return f'{environ.get("REQUEST_METHOD", "")} {shown}'


def needs_nobody(environ: dict[str, Any]) -> bool:
    """Whether a request is answered without authentication."""
    path = path_of(environ)
    if path == '/healthcheck' and 'detailed' in environ.get(
        'QUERY_STRING', ''
    ):
        return False
    return path in _OPEN


class Envelope:
    """The outermost layer: what holds for every single answer."""

    def __init__(self, app: wsgi.WSGIApplication, conf: cfg.ConfigOpts):
        """:param app: the next layer"""
        self._app = app
        self._conf = conf

    def __call__(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        began = time.monotonic()
        request_id = oslo_context.generate_request_id()
        environ['openstack.request_id'] = request_id
        environ['openstack.global_request_id'] = (
            service_context.valid_request_id(
                environ.get('HTTP_X_OPENSTACK_REQUEST_ID')
            )
        )
        service_context.nobody(environ)
        header = environ.get('HTTP_OPENSTACK_API_VERSION')
        # Also where it cannot be read, and where nobody looks.
        environ[state.STATED] = bool(header)
        negotiated = versions.Negotiated(versions.MIN)
        answer = _Answer()
        try:
            with deadline.limit(self._conf.api.deadline):
                _take_chunks(environ, self._conf.api.max_body_size)
                if path_of(environ) not in _OPEN:
                    negotiated = versions.negotiate(header)
                    environ[state.STATED] = negotiated.stated
                environ[state.VERSION] = negotiated.version
                answer.take(self._app, environ)
        except Exception as exc:  # noqa: BLE001, it is logged there
            answer.fail(
                exc,
                request_id,
                what_of(environ),
                retired=not environ.get(state.STATED, False),
            )
        retired = not environ.get(state.STATED, False)
        if answer.status >= 400 and faults.RENDERED not in environ:
            answer.reshape(
                request_id, environ.get(faults.DETAIL), retired=retired
            )
        if retired:
            answer.headers.append(
                (faults.RETIRED_REQUEST_ID_HEADER, request_id)
            )
        answer.headers += [
            (faults.REQUEST_ID_HEADER, request_id),
            (
                versions.HEADER,
                f'{negotiated.service_type} {negotiated.version}',
            ),
            ('Vary', versions.HEADER),
        ]
        LOG.log(
            # Balancers ask for health every other second.
            logging.DEBUG
            if path_of(environ) == '/healthcheck' and answer.status == 200
            else logging.INFO,
            '%s %s: %d in %.3f s',
            environ.get('REMOTE_ADDR', '-'),
            what_of(environ),
            answer.status,
            time.monotonic() - began,
        )
        status = answer.status
        start_response(f'{status} {faults.phrase(status)}', answer.headers)
        return [] if environ.get('REQUEST_METHOD') == 'HEAD' else answer.body


def _take_chunks(environ: dict[str, Any], most: int) -> None:
    """Read a body without a length, so that nothing of it is left over.

    A server may take what is left for the next request of the connection,
    and Flask cuts such a body at its limit without a word.

    :raises werkzeug.exceptions.RequestEntityTooLarge: it is too long
    """
    if 'HTTP_TRANSFER_ENCODING' not in environ:
        return
    chunks: list[bytes] = []
    size = 0
    while chunk := environ['wsgi.input'].read(65536):
        size += len(chunk)
        if size > most:
            raise http_exceptions.RequestEntityTooLarge
        chunks.append(chunk)
    del environ['HTTP_TRANSFER_ENCODING']
    environ['CONTENT_LENGTH'] = str(size)
    environ['wsgi.input'] = io.BytesIO(b''.join(chunks))


class _Answer:
    """An answer that is held back until it is known to be whole."""

    def __init__(self) -> None:
        self.line = '500 Internal Server Error'
        self.headers: _Headers = []
        self.body: list[bytes] = []
        self._rendered = False

    @property
    def status(self) -> int:
        return int(self.line.split(' ', 1)[0])

    def take(self, app: wsgi.WSGIApplication, environ: dict[str, Any]) -> None:
        """Let the next layer answer."""

        def start_response(
            status: str, headers: _Headers, exc_info: Any = None, /
        ) -> Any:
            self.line, self.headers = status, list(headers)
            return self.body.append

        chunks = app(environ, start_response)
        try:
            self.body += list(chunks)
        finally:
            close = getattr(chunks, 'close', None)
            if close is not None:
                close()

    def fail(
        self, exc: Exception, request_id: str, what: str, *, retired: bool
    ) -> None:
        """Answer with a fault in place of whatever there was."""
        status, content, headers = faults.of_exception(
            exc, request_id, what, retired=retired
        )
        self._replace(status, content, headers)

    def reshape(
        self, request_id: str, detail: str | None, *, retired: bool
    ) -> None:
        """Give the errors of middleware the form that all others have."""
        if self._rendered:
            return
        kept = [
            (name, value)
            for name, value in self.headers
            if name.lower() in ('www-authenticate', 'retry-after', 'allow')
        ]
        status = self.status
        detail = detail or _DETAILS.get(status, '')
        if status == 503 and not any(
            name.lower() == 'retry-after' for name, _ in kept
        ):
            kept.append(('Retry-After', '5'))
        self._replace(
            status,
            faults.of_status(status, request_id, detail, retired=retired),
            kept,
        )

    def _replace(self, status: int, content: bytes, headers: _Headers) -> None:
        title = faults.phrase(status)
        self._rendered = True
        self.line = f'{status} {title}'
        self.body = [content]
        self.headers = [
            ('Content-Type', 'application/json'),
            ('Content-Length', str(len(content))),
            *headers,
        ]


#: What middleware that is not ours means by a status.
_DETAILS = {
    401: 'The request needs authentication: there is no valid token in '
    'its X-Auth-Token header.',
    503: 'The service that checks tokens (Keystone) gives no answer; try '
    'again.',
}


class Guard:
    """Keeps web pages out where nobody has to log in.

    A page in a browser on the same machine can send requests to loopback.
    It cannot read answers nor post JSON without our leave, which is never
    given; this stops the rest: a name of its own that it lets point to
    loopback (DNS rebinding), and forms.
    """

    def __init__(
        self, app: wsgi.WSGIApplication, conf: cfg.ConfigOpts
    ) -> None:
        """:param app: the next layer"""
        self._app = app
        self._strict = conf.auth_strategy == 'noauth'
        self._hosts = {
            name.lower().strip('[]')
            for name in (*conf.api.allowed_hosts, conf.api.host)
        }
        if conf.api.public_endpoint:
            parts = urllib.parse.urlsplit(conf.api.public_endpoint)
            self._hosts.add((parts.hostname or '').lower())
        self._hosts -= {'0.0.0.0', '::', ''}  # noqa: S104

    def __call__(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        if self._strict and '*' not in self._hosts:
            self._check_host(environ.get('HTTP_HOST', ''))
        method = environ.get('REQUEST_METHOD')
        if method not in ('GET', 'HEAD') and 'HTTP_ORIGIN' in environ:
            raise exceptions.Forbidden(
                'This request comes from a web page (it has an Origin '
                'header), and no web page may change anything here.',
                code='origin_refused',
            )
        return self._app(environ, start_response)

    def _check_host(self, header: str) -> None:
        match = _HOST.match(header)
        name = (match['name'] or match['address']).lower() if match else ''
        if name not in self._hosts:
            raise exceptions.Forbidden(
                f'This service does not answer to the name "{name}" (the '
                'Host header of the request). If that name is right, add it '
                'to [api] allowed_hosts.',
                code='host_refused',
            )
