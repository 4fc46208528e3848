"""Who is calling: Keystone's tokens, names and passwords, or nobody asks.

Each layer leaves a :class:`~moganclient.service.context.Context` in the WSGI
environment.  What headers say about the caller counts only behind
keystonemiddleware, which removes those that came with the request.
"""

from __future__ import annotations

from collections.abc import Iterable
import hashlib
import hmac
import logging
import os
import secrets
import threading
import typing
from typing import Any

from keystoneauth1 import exceptions as keystone_exceptions
from oslo_config import cfg
from oslo_middleware import basic_auth
from oslo_middleware import exceptions as middleware_exceptions
import webob.exc

from moganclient.service.api import faults
from moganclient.service.api import middleware
from moganclient.service.api import state
from moganclient.service import context as service_context
from moganclient.service import exceptions

if typing.TYPE_CHECKING:
    from _typeshed import wsgi

LOG = logging.getLogger(__name__)

#: Passwords that were right, remembered as long as the file stays the same.
_REMEMBERED = 1000
#: A request to Keystone, three more by keystonemiddleware, and their pauses.
_KEYSTONE_TRIES = 5


def build(
    app: wsgi.WSGIApplication, conf: cfg.ConfigOpts
) -> wsgi.WSGIApplication:
    """Put authentication by ``auth_strategy`` in front of an application.

    :raises moganclient.service.exceptions.ConfigError: there is no strategy,
        or its configuration is wrong
    """
    if conf.auth_strategy == 'keystone':
        return Keystone(app, conf)
    if conf.auth_strategy == 'http_basic':
        return HttpBasic(app, conf)
    if conf.auth_strategy == 'noauth':
        return NoAuth(app, conf)
    raise exceptions.ConfigError(
        'Who may call is not configured: set auth_strategy in [DEFAULT] to '
        'keystone, http_basic or noauth.'
    )


class _Layer:
    """Lets through what is open to everybody, as nobody."""

    def __init__(
        self, app: wsgi.WSGIApplication, conf: cfg.ConfigOpts
    ) -> None:
        """:param app: the next layer"""
        self._app = app
        self._conf = conf

    def __call__(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        if middleware.needs_nobody(environ):
            environ[state.CONTEXT] = service_context.nobody(environ)
            return self._app(environ, start_response)
        return self._authenticate(environ, start_response)

    def _authenticate(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        raise NotImplementedError


class NoAuth(_Layer):
    """Everybody who reaches the port is admin of the deployment."""

    def _authenticate(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        environ[state.CONTEXT] = service_context.local(self._conf, environ)
        return self._app(environ, start_response)


class Keystone(_Layer):
    """Tokens, checked by keystonemiddleware."""

    def __init__(
        self, app: wsgi.WSGIApplication, conf: cfg.ConfigOpts
    ) -> None:
        """Connects to nothing yet.

        :raises moganclient.service.exceptions.ConfigError:
            [keystone_authtoken] is not enough
        """
        super().__init__(app, conf)
        # Half a second, which the other strategies need not spend.
        from keystonemiddleware import auth_token

        for group, options in auth_token.list_opts():
            conf.register_opts(options, group=group)
        # Unlimited by default: a Keystone that hangs would hold requests
        # beyond the deadline, which bounds all tries together.
        conf.set_default(
            'http_connect_timeout',
            max(1, int(conf.api.deadline / _KEYSTONE_TRIES)),
            'keystone_authtoken',
        )
        try:
            self._middleware = auth_token.AuthProtocol(
                self._behind, {'oslo_config_config': conf}
            )
        except (
            keystone_exceptions.ClientException,
            cfg.Error,
            ValueError,
        ) as exc:
            raise exceptions.ConfigError(
                f'[keystone_authtoken] is wrong: {exc}'
            ) from exc
        if not conf.keystone_authtoken.auth_type:
            raise exceptions.ConfigError(
                'auth_strategy is keystone, but [keystone_authtoken] has no '
                'auth_type.'
            )

    def _authenticate(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        try:
            found: Iterable[bytes] = self._middleware(environ, start_response)
        except keystone_exceptions.ClientException as exc:
            # Of our own account: wrong password, no such endpoint, ...
            LOG.error(
                'Tokens cannot be checked with [keystone_authtoken]: %s', exc
            )
            raise exceptions.UpstreamUnavailable(
                'The service cannot check tokens: Keystone does not answer '
                'it as it should. Its log says more.',
                public='The service cannot check tokens: Keystone does not '
                'answer it as it should.',
            ) from exc
        return found

    def _behind(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        environ[state.CONTEXT] = service_context.from_keystone(
            self._conf, environ
        )
        return self._app(environ, start_response)


class HttpBasic(_Layer):
    """Names and passwords of an htpasswd file with bcrypt."""

    def __init__(
        self, app: wsgi.WSGIApplication, conf: cfg.ConfigOpts
    ) -> None:
        """Read the file once, to find what is wrong with it.

        :raises moganclient.service.exceptions.ConfigError: it cannot be read
        """
        super().__init__(app, conf)
        self._file: str = conf.http_basic.user_file
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, str] = {}
        self._lock = threading.Lock()
        try:
            basic_auth.validate_auth_file(self._file)
        except middleware_exceptions.ConfigInvalid as exc:
            raise exceptions.ConfigError(
                f'[http_basic] user_file {self._file} cannot be read.'
            ) from exc
        except webob.exc.HTTPException as exc:
            raise exceptions.ConfigError(
                f'[http_basic] user_file {self._file}: {exc.detail}. '
                '"htpasswd -B" writes what is needed.'
            ) from exc

    def _authenticate(
        self,
        environ: dict[str, Any],
        start_response: wsgi.StartResponse,
    ) -> Iterable[bytes]:
        header = environ.pop('HTTP_AUTHORIZATION', '')
        try:
            user = self._user(header)
        except (webob.exc.HTTPException, ValueError):
            # The latter for a password that bcrypt cannot take.
            environ[faults.DETAIL] = (
                'The request needs a name and a password that this service '
                'knows (HTTP basic authentication).'
            )
            challenge = 'Basic realm="Bare metal compute", charset="UTF-8"'
            start_response(
                '401 Unauthorized', [('WWW-Authenticate', challenge)]
            )
            return []
        environ[state.CONTEXT] = service_context.local(
            self._conf, environ, user
        )
        return self._app(environ, start_response)

    def _user(self, header: str) -> str:
        """The name of who sent a header.

        bcrypt takes a tenth of a second of CPU by design; what was right is
        remembered under a key of this process, until the file changes.
        """
        stat = os.stat(self._file)
        about = f'{stat.st_mtime_ns} {stat.st_size} {header}'
        digest = hmac.new(self._key, about.encode(), hashlib.sha256).digest()
        with self._lock:
            if digest in self._right:
                return self._right[digest]
        token = basic_auth.parse_header({'HTTP_AUTHORIZATION': header})
        name, password = basic_auth.parse_token(token)
        basic_auth.authenticate(self._file, name, password)
        with self._lock:
            if len(self._right) >= _REMEMBERED:
                self._right.clear()
            self._right[digest] = name
        return name
