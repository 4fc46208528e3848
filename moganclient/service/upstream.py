"""Asking the real cloud: one way for Ironic, Neutron and Glance.

Each has a configuration group with keystoneauth's options.  An
:class:`Upstream` finds the service (the catalog, or ``endpoint_override``),
keeps its connections and token, keeps to :mod:`moganclient.service.deadline`,
and turns whatever goes wrong into one of the service's own exceptions with a
sentence that names who failed.  Reads are tried again a little when no
connection comes about; a write is sent once.
"""

from __future__ import annotations

from collections.abc import Mapping
import json
import os
import random
import re
import threading
import time
from typing import Any
import urllib.parse
import weakref

from keystoneauth1 import exceptions as ksa_exceptions
from keystoneauth1 import loading
from keystoneauth1.loading import session as session_loading
from keystoneauth1 import plugin
from keystoneauth1 import session as ksa_session
from oslo_config import cfg
from oslo_context import context
from oslo_log import log
import requests

from moganclient.service import deadline
from moganclient.service import exceptions
from moganclient.service import upstream_faults as faults

LOG = log.getLogger(__name__)

#: Group to what people call it and the path of its API.
SERVICES = {
    'ironic': ('Ironic', '/v1'),
    'neutron': ('Neutron', '/v2.0'),
    'glance': ('Glance', '/v2'),
}

#: How often a read is sent at most, and the seconds before the second try
#: (then twice as long), with up to as much again by chance.
READ_TRIES = 3
RETRY_DELAY = 0.2

_VERSION_AT_END = re.compile(r'/v\d+(\.\d+)?$')


class _Session(ksa_session.Session):
    """A session whose every request, Keystone's too, keeps the deadline."""

    def request(self, url: str, method: str, **kwargs: Any) -> Any:  # type: ignore[override]
        host = urllib.parse.urlsplit(url).hostname
        left = deadline.check(f'{host} was asked')
        limit = kwargs.get('timeout') or self.timeout
        kwargs['timeout'] = min(limit, left) if limit else left
        if kwargs['timeout'] == float('inf'):
            del kwargs['timeout']
        return super().request(url, method, **kwargs)


class _SessionLoader(session_loading.Session):
    @property
    def plugin_class(self) -> type[ksa_session.Session]:
        return _Session


#: Who logs in as the same user shares the token; weak, so that it lives only
#: as long as somebody uses it.
_sessions: weakref.WeakValueDictionary[Any, ksa_session.Session] = (
    weakref.WeakValueDictionary()
)
_sessions_lock = threading.Lock()
#: Every session's connections, for a server that forks its workers.
_kept: weakref.WeakSet[requests.Session] = weakref.WeakSet()


def _load_auth(
    conf: cfg.ConfigOpts, group: str
) -> plugin.BaseAuthPlugin | None:
    try:
        # Once more: auth_section was not known when the options were
        # registered, and auth_type is read from that section.
        loading.register_auth_conf_options(conf, group)
        return loading.load_auth_from_conf_options(conf, group)
    except (ksa_exceptions.ClientException, cfg.Error, ValueError) as exc:
        section = conf[group].auth_section or group
        raise exceptions.ConfigError(
            f'The configuration of how to log in for [{group}] (section '
            f'[{section}]) is wrong: {exc}'
        ) from exc


def load_session(conf: cfg.ConfigOpts, group: str) -> ksa_session.Session:
    """The session of a configuration group.

    Groups with the same user (by ``auth_section`` or by equal options) and
    the same TLS options get the same session, so the same token.

    :raises moganclient.service.exceptions.ConfigError: the group does not
        say how to log in, or says something wrong
    """
    section = conf[group]
    auth = _load_auth(conf, group)
    if auth is None and not section.endpoint_override:
        raise exceptions.ConfigError(
            f'[{group}] says neither how to log in (auth_type) nor where the '
            'service is (endpoint_override).'
        )
    who = auth.get_cache_id() if auth is not None else None
    # Which options there are depends on the version of keystoneauth.
    options = loading.get_session_conf_options()
    key = (who, *(section[option.dest] for option in options))
    with _sessions_lock:
        found = _sessions.get(key) if who else None
        if found is None:
            found = _SessionLoader().load_from_conf_options(
                conf,
                group,
                auth=auth,
                session=_connections(conf, group),
                app_name='moganclient-api',
            )
            if who:
                _sessions[key] = found
        return found


def _connections(conf: cfg.ConfigOpts, group: str) -> requests.Session:
    """Connections that are kept: one for each thread that may ask.

    Those that answer requests, those that work on flows, and a few more.
    """
    kept = requests.Session()
    section = conf[group]
    # keystoneauth has these two from 5.17.0 on.
    tls = {
        name: section[name]
        for name in ('tls_ciphers', 'tls_min_version')
        if name in section
    }
    adapter = ksa_session.TCPKeepAliveAdapter(
        pool_maxsize=conf.api.threads + conf.flows.workers + 4, **tls
    )
    for scheme in ('http://', 'https://'):
        kept.mount(scheme, adapter)
    _kept.add(kept)
    return kept


def _forget_connections() -> None:
    """Leave a parent's connections to the parent: two would mix answers."""
    for kept in list(_kept):
        kept.close()


os.register_at_fork(after_in_child=_forget_connections)


def is_configured(conf: cfg.ConfigOpts, group: str) -> bool:
    """Whether the deployment has this service at all."""
    section = conf[group]
    return bool(
        section.auth_section or section.auth_type or section.endpoint_override
    )


class Upstream:
    """One service of the cloud.  Safe to use from several threads."""

    def __init__(self, conf: cfg.ConfigOpts, group: str) -> None:
        """Read the configuration; nothing is asked yet.

        :param group: ``ironic``, ``neutron`` or ``glance``
        :raises moganclient.service.exceptions.ConfigError: it is not enough
        """
        self.name, self._prefix = SERVICES[group]
        self._group = group
        self._conf = conf[group]
        address = self._conf.endpoint_override or ''
        if '@' in urllib.parse.urlsplit(address).netloc:
            raise exceptions.ConfigError(
                f'endpoint_override in [{group}] holds a user or a password, '
                'which would end up in logs. Use auth_type = http_basic.'
            )
        self._session = load_session(conf, group)
        #: Items to ask for in a page of a list, None for what it gives.
        self.page_size: int | None = self._conf.page_size
        #: Sent with every request (the microversion).
        self.headers: dict[str, str] = {}

    def get(self, path: str, query: str = '') -> Any:
        """Read something, decoded from JSON.

        :param path: below the version, ``/nodes``
        :param query: as it goes on the wire, already quoted
        :raises moganclient.service.upstream_faults.Missing: there is no
            such thing
        :raises moganclient.service.exceptions.UpstreamUnavailable: no answer
        """
        return self._decode(self.request('GET', path, query=query))

    def write(
        self,
        method: str,
        path: str,
        body: Any,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """Write once.

        :returns: the answer, decoded from JSON; None where it has no body
            because there is nothing to say (202, 204)
        :raises moganclient.service.upstream_faults.Missing: there is no
            such thing
        :raises moganclient.service.upstream_faults.Refused: it surely did
            not act
        :raises moganclient.service.exceptions.UpstreamConflict: 409 or 412
        :raises moganclient.service.exceptions.UpstreamUnavailable: no answer;
            ``sent`` is False where it surely did not act
        """
        response = self.request(method, path, body=body, headers=headers)
        if response.status_code in (202, 204) and not response.content:
            return None
        return self._decode(response)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: str = '',
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Ask, and return only an answer that is a success."""
        address = self._address()
        url = f'{address}{path}' + (f'?{query}' if query else '')
        tries = READ_TRIES if method == 'GET' else 1
        failure: exceptions.ServiceError
        for number in range(1, tries + 1):
            deadline.check(f'{self.name} was asked')
            try:
                response = self._send(method, url, body, headers)
            except ksa_exceptions.ConnectionError as exc:
                failure = faults.no_connection(self.name, address, exc)
                LOG.warning('%s %s: %s', method, path, failure.detail)
                if number == tries or not faults.worth_retrying(exc):
                    raise failure from exc
            except ksa_exceptions.ClientException as exc:
                raise faults.no_login(self.name, self._group, exc) from exc
            else:
                break
            delay = RETRY_DELAY * 2 ** (number - 1) * (1 + random.random())  # noqa: S311
            if delay >= deadline.remaining():
                raise failure
            time.sleep(delay)
        if response.status_code >= 300:
            failure = faults.of_answer(
                self.name, self._group, address, path, response
            )
            # A 404 or a conflict is an answer, which the caller judges.
            known = response.status_code in (404, 409, 412)
            level = log.DEBUG if known else log.WARNING
            LOG.log(level, '%s %s: %s', method, path, failure.detail)
            raise failure
        return response

    def _send(
        self,
        method: str,
        url: str,
        body: Any,
        headers: Mapping[str, str] | None,
    ) -> requests.Response:
        current = context.get_current()
        response: requests.Response = self._session.request(
            url,
            method,
            json=body,
            headers={
                'Accept': 'application/json',
                **self.headers,
                **(headers or {}),
            },
            raise_exc=False,
            global_request_id=current.global_id if current else None,
        )
        return response

    def _address(self) -> str:
        """Where the API is, with its version.

        Raised from here, a failure is Keystone's, and nothing was sent.
        """
        conf = self._conf
        try:
            if self._session.auth is not None:
                self._session.get_auth_headers()
            found = self._session.get_endpoint(
                endpoint_override=conf.endpoint_override,
                service_type=conf.service_type,
                service_name=conf.service_name,
                region_name=conf.region_name,
                interface=conf.valid_interfaces,
            )
        except ksa_exceptions.ConnectionError as exc:
            raise faults.no_token(self.name, exc) from exc
        except ksa_exceptions.EndpointNotFound:
            found = None
        except ksa_exceptions.ClientException as exc:
            raise faults.no_login(self.name, self._group, exc) from exc
        if not found:
            interfaces = ' or '.join(conf.valid_interfaces or ['public'])
            raise exceptions.UpstreamUnavailable(
                f'The catalog of Keystone has no endpoint of {self.name} '
                f'(type {conf.service_type}, interface {interfaces}, region '
                f'{conf.region_name or "any"}). Register one, or set '
                f'endpoint_override in [{self._group}].',
                sent=False,
            )
        return _VERSION_AT_END.sub('', found.rstrip('/')) + self._prefix

    def _decode(self, response: requests.Response) -> Any:
        try:
            return json.loads(response.content)
        except ValueError as exc:
            raise exceptions.UpstreamUnavailable(
                f'{self.name} answers something that is not JSON; is the '
                'address of the service right, and is it not a proxy that '
                'answers?'
            ) from exc


def quote(value: str) -> str:
    """A value for a query; colons of MAC addresses stay as they are."""
    return urllib.parse.quote(value, safe=':,')


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return urllib.parse.quote(value, safe='')
