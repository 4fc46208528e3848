"""The embedded server: cheroot, TLS where wanted, and a graceful end."""

from __future__ import annotations

import errno
import gc
import ipaddress
import logging
import os
import signal
import socket
import ssl
import threading
import typing
from typing import Any

from cheroot.ssl import builtin
from cheroot import wsgi
from oslo_config import cfg

from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from _typeshed import wsgi as wsgi_types

LOG = logging.getLogger(__name__)

#: Seconds that idle connections may hold up a stop; requests that run are
#: waited for until they are done (their own deadline bounds them).
_SHUTDOWN_TIMEOUT = 5
#: Bytes of the headers of one request.
_MAX_HEADERS = 65536


class _Server(wsgi.Server):
    """Cheroot, logging where everything else does."""

    def error_log(
        self, msg: str = '', level: int = 20, traceback: bool = False
    ) -> None:
        LOG.log(level, '%s', msg, exc_info=traceback)


class Server:
    """A server that listens from the start and serves until it is told."""

    def __init__(
        self, application: wsgi_types.WSGIApplication, conf: cfg.ConfigOpts
    ) -> None:
        """Bind address and port.

        :raises moganclient.service.exceptions.ConfigError: that is not
            possible, or the certificate cannot be used; says why
        """
        self._host: str = conf.api.host
        self._tls = _tls(conf)
        self._stop = threading.Event()
        server = _Server(
            (self._host, conf.api.port),
            application,
            numthreads=conf.api.threads,
            request_queue_size=128,
            shutdown_timeout=_SHUTDOWN_TIMEOUT,
        )
        server.max_request_header_size = _MAX_HEADERS
        server.ssl_adapter = self._tls
        self._server: Any = server
        try:
            server.prepare()
        except OSError as exc:
            raise exceptions.ConfigError(
                _cannot_listen(self._host, conf.api.port, exc)
            ) from exc

    @property
    def url(self) -> str:
        """Where to reach it from this host, without a slash at the end."""
        host = {'0.0.0.0': '127.0.0.1', '::': '::1'}.get(  # noqa: S104
            self._host, self._host
        )
        if ':' in host:
            host = f'[{host}]'
        port = self._server.bind_addr[1]
        return f'{"https" if self._tls else "http"}://{host}:{port}'

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; answers what has begun.

        A second signal ends the process at once; recovery then finishes what
        was cut off.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        # What is there now stays: the collector need not look through an
        # inventory of thousands of machines again and again.
        gc.collect()
        gc.freeze()
        thread = threading.Thread(target=self._serve, name='accept')
        thread.start()
        self._stop.wait()
        self._server.stop()
        thread.join()

    def close(self) -> None:
        """Give the port back without having served."""
        self._server.stop()

    def _serve(self) -> None:
        try:
            self._server.serve()
        finally:
            # Also where it ended by itself, so that the process does not
            # stay without a server.
            self._stop.set()

    def _on_signal(self, number: int, frame: Any) -> None:
        for again in (signal.SIGTERM, signal.SIGINT):
            signal.signal(again, signal.SIG_DFL)
        self._stop.set()


def _tls(conf: cfg.ConfigOpts) -> Any:
    """What makes cheroot speak TLS, or None."""
    cert, key = conf.api.tls_cert_file, conf.api.tls_key_file
    if not cert and not key:
        return None
    if not cert or not key:
        raise exceptions.ConfigError(
            'TLS needs both tls_cert_file and tls_key_file in [api].'
        )
    for path in (cert, key):
        if not os.access(path, os.R_OK):
            raise exceptions.ConfigError(
                f'The file {path}, which [api] names for TLS, cannot be read.'
            )
    try:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # An empty password, so that nobody is asked for one on a terminal.
        context.load_cert_chain(cert, key, password='')
    except (ssl.SSLError, OSError, ValueError) as exc:
        raise exceptions.ConfigError(
            f'The certificate {cert} and the key {key} cannot be used for '
            f'TLS: {exc}'
        ) from exc
    adapter = builtin.BuiltinSSLAdapter(cert, key)
    adapter.context = context
    return adapter


def _cannot_listen(host: str, port: int, exc: OSError) -> str:
    # Cheroot wraps the error in a text; the first one is behind it.
    first = exc.__context__ if exc.errno is None else exc
    code = getattr(first, 'errno', None)
    if code is None:
        code = next(
            (n for n in errno.errorcode if f'[Errno {n}]' in str(exc)), None
        )
    if code == errno.EADDRINUSE:
        return (
            f'Port {port} of {host} is in use already; choose another one '
            'with --port (0 takes a free one), or stop what listens there.'
        )
    try:
        socket.getaddrinfo(host, port)
    except OSError:
        return f'Cannot listen on "{host}": there is no such name.'
    why = os.strerror(code) if code else str(exc)
    return f'Cannot listen on port {port} of {host}: {why}.'


def is_loopback(host: str) -> bool:
    """Whether only this host can reach an address to listen on."""
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host.strip('[]')).is_loopback
    except ValueError:
        return False
