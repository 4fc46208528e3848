"""HTTP with the bare metal compute API: endpoint, version, retries, errors.

A transport is made of a keystoneauth1 session and speaks JSON.  It finds the
endpoint and agrees on an API version at the first need, once, and can be used
by several threads.
"""

from __future__ import annotations

from collections.abc import Mapping
import importlib.metadata
import logging
import re
import threading
from typing import Any
import urllib.parse

from keystoneauth1 import adapter
from keystoneauth1 import exceptions as ksa
from keystoneauth1 import plugin
from keystoneauth1 import session as ksa_session
import requests
from requests import adapters

from moganclient import answers
from moganclient import exceptions
from moganclient import failures
from moganclient import microversion
from moganclient import retired as dialect
from moganclient import retries

LOG = logging.getLogger(__name__)

#: The catalog has the service under one of these; the first is the documented
#: one, the second what keystoneauth1's own naming would make of it.
SERVICE_TYPES = ('baremetal_compute', 'baremetal-compute')

#: Seconds to wait for an answer where the session has no limit of its own.
#: A manage waits for Ironic and Neutron, behind a proxy perhaps for long.
TIMEOUT = 600.0

#: What the service takes over (it ignores others).
_REQUEST_ID = re.compile(
    'req-' + '-'.join(f'[0-9a-f]{{{n}}}' for n in (8, 4, 4, 4, 12)) + r'\Z'
)

_MAJOR = re.compile(r'v[0-9]+(\.[0-9]+)?\Z')


class Transport:
    """A way to the API."""

    def __init__(
        self,
        session: ksa_session.Session,
        *,
        auth: plugin.BaseAuthPlugin | None = None,
        endpoint_override: str | None = None,
        service_type: str | None = None,
        interface: str | list[str] | None = 'public',
        region_name: str | None = None,
        version: str = '1',
        timeout: float | None = TIMEOUT,
        policy: retries.Policy | None = None,
        global_request_id: str | None = None,
    ) -> None:
        """Prepare it; nothing is sent yet.

        :param session: what sends and authenticates
        :param auth: replaces the session's own plugin
        :param endpoint_override: where the API is, with or without ``/v1``;
            otherwise the catalog, or the plugin, says it
        :param service_type: what to look for in the catalog instead of
            :data:`SERVICE_TYPES`
        :param interface: ``public``, ``internal`` or ``admin``, or several
        :param region_name: of the endpoint
        :param version: see :func:`moganclient.microversion.parse`
        :param timeout: seconds of one attempt, where the session says none
        :param policy: how often a request is tried
        :param global_request_id: ``req-<uuid>`` for the service's log
        :raises moganclient.exceptions.UnsupportedVersion: ``version``
        :raises moganclient.exceptions.ValidationError: ``endpoint_override``
        """
        self._wanted = microversion.parse(version)
        self._override = None
        if endpoint_override:
            self._override = versioned(endpoint_override)
        self._service_types = (
            (service_type,) if service_type else SERVICE_TYPES
        )
        self._timeout = timeout
        self._policy = policy or retries.Policy()
        self._adapter = adapter.Adapter(
            session,
            auth=auth,
            interface=interface,
            region_name=region_name,
            client_name='python-moganclient',
            client_version=_own_version(),
            logger=LOG,
            global_request_id=global_request_id,
        )
        self._lock = threading.Lock()
        # Endpoint and version together: a reader without the lock sees both
        # or none.
        self._found: tuple[str, microversion.Version] | None = None

    def __repr__(self) -> str:
        where = self._found[0] if self._found else self._override
        return f'<Transport to {where or self._service_types[0]}>'

    @property
    def endpoint(self) -> str:
        """Where the API is, with ``/v1`` at its end."""
        return self._negotiated()[0]

    @property
    def version(self) -> microversion.Version:
        """The API version that is used, ``(1, 2)`` for 1.2.

        :data:`moganclient.microversion.RETIRED` for a retired server.
        """
        return self._negotiated()[1]

    @property
    def retired(self) -> bool:
        """Whether it is a retired Mogan server (:mod:`moganclient.retired`).

        Only where that is certain: whatever else has no versions is an error.
        """
        return self.version == microversion.RETIRED

    @property
    def policy(self) -> retries.Policy:
        """How often a request is tried; its clock and its sleep."""
        return self._policy

    def require(
        self,
        needed: microversion.Version,
        what: str,
        *,
        retired: bool = False,
    ) -> None:
        """Make sure that something can be asked for, before it is sent.

        :param needed: the version that brought it
        :param what: for the sentence, e.g. ``the metadata of manage``
        :param retired: whether a retired server can do it too
        :raises moganclient.exceptions.UnsupportedVersion: it cannot
        """
        version = self.version
        if version == microversion.RETIRED:
            if retired:
                return
            raise dialect.refusal(self.endpoint, needed, what)
        if version >= needed:
            return
        used = microversion.text(version)
        why = f'the server at {self.endpoint} speaks no newer one than {used}'
        if self._wanted:
            why = f'this client was told to use {used}'
        raise exceptions.UnsupportedVersion(
            f'API version {microversion.text(needed)} is needed for {what}, '
            f'and {why}.',
            needed=microversion.text(needed),
            maximum=None if self._wanted else used,
        )

    def keep(self, connections: int) -> None:
        """Keep so many connections open, for as many threads.

        Otherwise those beyond the ten that requests keeps are closed after
        each request, with a warning.  To be called while no thread is asking.
        """
        if connections <= adapters.DEFAULT_POOLSIZE:
            return
        used = self._adapter.session.session.get_adapter(self.endpoint)
        if isinstance(used, adapters.HTTPAdapter):
            used.init_poolmanager(adapters.DEFAULT_POOLSIZE, connections)

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        global_request_id: str | None = None,
        secret: bool = False,
        within: float | None = None,
    ) -> Any:
        """Ask the API for something.

        :param method: ``GET``, ``POST``, ``PATCH`` or ``DELETE``
        :param path: below the endpoint, quoted: ``/servers/detail``
        :param params: the query
        :param body: what to send as JSON; None for no body
        :param global_request_id: ``req-<uuid>`` of this request for the
            service's log, in place of the transport's own
        :param secret: whether question or answer tell what no log may know,
            not even one of debugging
        :param within: seconds, for all attempts together, where that is
            less than what is usual
        :returns: the decoded answer, None where it is empty
        :raises moganclient.exceptions.ValidationError: what is to be sent is
            wrong; nothing was sent
        :raises moganclient.exceptions.ClientException: one of its kinds
        """
        own = {}
        if global_request_id is not None:
            own['X-OpenStack-Request-ID'] = _request_id(global_request_id)
        endpoint, version = self._negotiated()
        if version != microversion.RETIRED:
            own['OpenStack-API-Version'] = (
                f'{SERVICE_TYPES[0]} {microversion.text(version)}'
            )
        return self._ask(
            method, endpoint + path, own, params, body, secret, within
        )

    def _ask(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        params: Mapping[str, str] | None = None,
        body: Any = None,
        secret: bool = False,
        within: float | None = None,
    ) -> Any:
        """Send, more than once where that helps, and decode the answer."""
        headers['Accept'] = 'application/json'
        began = self._policy.clock()
        attempt = 0
        while True:
            attempt += 1
            left = None
            if within is not None:
                left = max(within - (self._policy.clock() - began), 1.0)
            try:
                answer, content = self._send(
                    method, url, headers, params, body, secret, left
                )
            except exceptions.ClientException as error:
                delay = None
                if retries.worthwhile(method, error):
                    first = self._found is None and isinstance(
                        error, exceptions.ConnectFailure
                    )
                    delay = self._policy.delay(
                        attempt, began, error.retry_after, first, within
                    )
                if delay is None:
                    raise
                LOG.info(
                    'Attempt %d in %.1f s after: %s', attempt + 1, delay, error
                )
                self._policy.sleep(delay)
                continue
            return answers.decode(
                content, answer.headers, answer.status_code, method, url
            )

    def _send(
        self,
        method: str,
        url: str,
        headers: dict[str, str],
        params: Mapping[str, str] | None,
        body: Any,
        secret: bool,
        left: float | None,
    ) -> tuple[requests.Response, bytes]:
        """Send once.

        :param left: seconds that it may take, None for what is usual
        :returns: a successful answer, and its body
        :raises moganclient.exceptions.ClientException: anything else
        """
        options: dict[str, Any] = {}
        usual = self._adapter.session.timeout or self._timeout
        limits = [limit for limit in (usual, left) if limit is not None]
        if limits:
            options['timeout'] = min(limits)
        if params:
            options['params'] = params
        if body is not None:
            options['json'] = body
        if secret:
            options['log'] = False
            LOG.debug('%s %s, of which no more is told here', method, url)
        try:
            answer = self._adapter.request(
                url,
                method,
                headers=headers.copy(),
                # keystoneauth1 would follow with the token to any host, and
                # repeat without regard to what may have acted.
                redirect=False,
                connect_retries=0,
                status_code_retries=0,
                raise_exc=False,
                # Read below in one piece: in the small pieces that requests
                # makes, reading costs half as much as decoding.
                stream=True,
                **options,
            )
            content = b''.join(answer.iter_content(None))
        except failures.RAISED as error:
            raise failures.translate(error, method, url) from failures.shown(
                error
            )
        if 200 <= answer.status_code < 300:
            return answer, content
        raise answers.error(
            answer.status_code, answer.headers, content, method, url
        )

    def _negotiated(self) -> tuple[str, microversion.Version]:
        found = self._found
        if found is None:
            with self._lock:
                found = self._found
                if found is None:
                    found = self._found = self._negotiate()
        return found

    def _negotiate(self) -> tuple[str, microversion.Version]:
        """Find the endpoint and agree on a version: one GET."""
        endpoint = self._override or self._look_up()
        try:
            document = self._ask('GET', endpoint, {})
        except exceptions.HttpError as error:
            # 300 is how others answer who have no such version.
            if error.http_status not in (300, 404, 410):
                raise
            raise exceptions.EndpointNotFound(
                f'There is no bare metal compute API at {endpoint}: it is '
                f'answered with {error.http_status}. Check the endpoint.',
                details=error.details,
                request_id=error.request_id,
                url=endpoint,
            ) from error
        server = microversion.offered(document)
        if server is None:
            return endpoint, self._recognize(endpoint, document)
        version = microversion.negotiate(self._wanted, server, endpoint)
        LOG.debug(
            'Using API version %s at %s, because it speaks %s to %s',
            microversion.text(version),
            endpoint,
            *map(microversion.text, server),
        )
        return endpoint, version

    def _recognize(self, endpoint: str, document: Any) -> microversion.Version:
        """Know a retired server for certain, or refuse.

        :param document: what ``/v1`` answers: it names no version
        :raises moganclient.exceptions.UnsupportedVersion: it is another API,
            or a retired server while a certain version was asked for
        """
        why = dialect.known_by_v1(document)
        if why is None:
            try:
                root = self._ask('GET', dialect.root(endpoint), {})
            except exceptions.MalformedResponse:
                root = None
            except exceptions.HttpError as error:
                if error.http_status >= 500:
                    raise
                root = None
            why = dialect.known_by_root(root)
        if why is None:
            oldest = microversion.text(microversion.OLDEST)
            raise exceptions.UnsupportedVersion(
                f'API version {oldest} is needed, and {endpoint} names no '
                'version at all, nor is it for certain a retired Mogan '
                'server: check the endpoint.',
                needed=oldest,
                url=endpoint,
            )
        LOG.debug(
            'Using the dialect of a retired Mogan server at %s, because %s',
            endpoint,
            why,
        )
        if self._wanted:
            wanted = microversion.text(self._wanted)
            raise exceptions.RetiredServer(
                f'API version {wanted} was asked for, and the server at '
                f'{endpoint} is a retired Mogan server, which has no '
                "versions: ask for '1'.",
                needed=wanted,
                url=endpoint,
            )
        return microversion.RETIRED

    def _look_up(self) -> str:
        """The endpoint that the catalog has, or the plugin is made for."""
        for service_type in self._service_types:
            try:
                # Without discovery: the API's versions are not what
                # keystoneauth1 takes for one (1.1 is a microversion).
                found = self._adapter.get_endpoint(
                    service_type=service_type, skip_discovery=True
                )
            except ksa.MissingAuthPlugin:
                break
            except ksa.EndpointNotFound:
                continue
            except failures.RAISED as error:
                raise failures.translate(error, 'GET', '') from failures.shown(
                    error
                )
            if found:
                return versioned(found)
        where = f'interface {self._adapter.interface}'
        if self._adapter.region_name:
            where += f', region {self._adapter.region_name}'
        raise exceptions.EndpointNotFound(
            'Where the bare metal compute API is, is not known: the catalog '
            f'has no service of type {" or ".join(self._service_types)} '
            f'({where}). Register its endpoint, or give it '
            '(endpoint_override).'
        )


def _request_id(value: str) -> str:
    """A request's id, if it has the form that the service takes over.

    :raises moganclient.exceptions.ValidationError: it has not
    """
    if isinstance(value, str) and _REQUEST_ID.match(value):
        return value
    raise exceptions.ValidationError(
        f'{value!r:.60} is not a request id: those are "req-" and a UUID in '
        'lower case.'
    )


def _own_version() -> str:
    """For the User-Agent header."""
    try:
        return importlib.metadata.version('python-moganclient')
    except importlib.metadata.PackageNotFoundError:
        return 'source'


def versioned(endpoint: str) -> str:
    """An endpoint with ``/v1`` at its end and without a slash after it.

    :raises moganclient.exceptions.ValidationError: it is no http URL, or has
        a user and password in it, which would get into logs and messages
    """
    try:
        parts = urllib.parse.urlsplit(endpoint.strip())
        good = parts.scheme in ('http', 'https') and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise exceptions.ValidationError(
            f'The endpoint {endpoint.rpartition("@")[2]!r} is not a URL like '
            'http://127.0.0.1:6688 or https://cloud.example/baremetal-compute.'
        )
    if '@' in parts.netloc:
        raise exceptions.ValidationError(
            f'The endpoint {answers.plain_url(endpoint)} must not have a user '
            'and a password in it; use the authentication type http_basic.'
        )
    path = parts.path.rstrip('/')
    last = path.rpartition('/')[2]
    if last != 'v1' and _MAJOR.match(last):
        raise exceptions.ValidationError(
            f'The endpoint {answers.plain_url(endpoint)} is of API {last}; '
            'this client speaks v1.'
        )
    if last != 'v1':
        path += '/v1'
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, path, '', ''))
