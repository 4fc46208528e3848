"""A reverse proxy that writes down what passes, and can get in the way.

It stands between the service and one of the services of the cloud, so that a
test can prove what was written and what was not, and can have something
happen at exactly one request: somebody else claims the node, the connection
breaks before or after the request was carried out, a 503.
"""

from __future__ import annotations

from collections.abc import Callable
import dataclasses
import http.client
import http.server
import json
import re
import socket
import struct
import threading
from typing import Any
import urllib.parse

import fixtures

HOST = '127.0.0.1'

#: Headers that belong to one connection, in the form for comparison.
_HOP_BY_HOP = ('connection', 'keep-alive', 'transfer-encoding')

_READS = ('GET', 'HEAD', 'OPTIONS')


class Drop(Exception):  # noqa: N818
    """Raised by a callback: reset the connection without an answer."""


@dataclasses.dataclass
class Reply:
    """An answer that did not come from the cloud."""

    status: int
    body: Any = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass
class Exchange:
    """One request and what became of it."""

    method: str
    path: str
    #: Each argument's values.
    query: dict[str, list[str]]
    headers: dict[str, str]
    #: JSON decoded, None where there is none.
    body: Any
    #: None until it is answered, and where the connection was reset.
    status: int | None = None
    #: What the answer says, JSON decoded.
    answer: Any = None

    @property
    def is_write(self) -> bool:
        return self.method not in _READS

    def __str__(self) -> str:
        return f'{self.method} {self.path} {self.query or ""} {self.status}'


Callback = Callable[[Exchange], Reply | None]


@dataclasses.dataclass
class Rule:
    """What to do at which requests."""

    method: str
    path: re.Pattern[str]
    before: Callback | None
    after: Callback | None
    times: int | None
    #: How often it was applied.
    hits: int = 0

    def applies(self, exchange: Exchange) -> bool:
        return (
            (self.times is None or self.hits < self.times)
            and exchange.method == self.method
            and self.path.search(exchange.path) is not None
        )


def reply(
    status: int, body: Any = None, **headers: str
) -> Callable[[Exchange], Reply]:
    """A callback that answers itself; ``Retry_After='1'`` is a header."""
    named = {k.replace('_', '-'): v for k, v in headers.items()}
    return lambda _: Reply(status, body, named)


def drop(_: Exchange) -> None:
    """A callback that resets the connection."""
    raise Drop


class Recorder(fixtures.Fixture):
    """The proxy; ``url`` is where it listens."""

    def __init__(self, upstream: str, url_path: str = '') -> None:
        """Describe it; it listens after ``setUp``.

        :param upstream: URL of the service that is meant
        :param url_path: what comes after the host in :attr:`url`
        """
        super().__init__()
        self._upstream = urllib.parse.urlsplit(upstream)
        self._url_path = url_path
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._errors: list[BaseException] = []
        #: Everything that passed, in the order in which it came.
        self.exchanges: list[Exchange] = []
        #: Every write that passed, whatever was cleared since.
        self.written: list[Exchange] = []
        self.url = ''

    def _setUp(self) -> None:
        recorder = self

        class Handler(_Handler):
            owner = recorder

        server = _Server((HOST, 0), Handler)
        thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), daemon=True
        )
        thread.start()
        self.addCleanup(self._raise_errors)
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = f'http://{HOST}:{server.server_port}{self._url_path}'

    def _raise_errors(self) -> None:
        if self._errors:
            raise self._errors[0]

    def on(
        self,
        method: str,
        path: str,
        *,
        before: Callback | None = None,
        after: Callback | None = None,
        times: int | None = 1,
    ) -> Rule:
        """Do something at requests.

        A callback may return a :class:`Reply` that the service gets instead
        of the cloud's, or raise :class:`Drop`.

        :param path: regular expression, searched in the path
        :param before: called before the request is passed on (which it is
            not where this replies or drops)
        :param after: called when the cloud has carried it out
        :param times: at how many requests, None for all
        """
        rule = Rule(method, re.compile(path), before, after, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget what passed, and the rules."""
        with self._lock:
            self.exchanges = []
            self._rules = []

    @property
    def writes(self) -> list[Exchange]:
        """What was meant to change something, in order."""
        with self._lock:
            return [e for e in self.exchanges if e.is_write]

    def count(self, method: str, path: str = '') -> int:
        """How many requests of a method matched a path."""
        with self._lock:
            return sum(
                1
                for e in self.exchanges
                if e.method == method and re.search(path, e.path)
            )

    def begin(self, exchange: Exchange) -> Rule | None:
        """Write a request down; what is to be done at it."""
        with self._lock:
            self.exchanges.append(exchange)
            if exchange.is_write:
                self.written.append(exchange)
            for rule in self._rules:
                if rule.applies(exchange):
                    rule.hits += 1
                    return rule
        return None

    def failed(self, error: BaseException) -> None:
        """A callback broke: the test has to."""
        self._errors.append(error)

    def connect(self) -> http.client.HTTPConnection:
        """A connection to the service that is meant."""
        assert self._upstream.hostname
        return http.client.HTTPConnection(
            self._upstream.hostname, self._upstream.port, timeout=120
        )


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients go away; that is theirs to decide."""


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: Recorder
    protocol_version = 'HTTP/1.1'
    # Headers and body leave in one packet.
    wbufsize = -1
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def _handle(self) -> None:
        length = int(self.headers.get('Content-Length') or 0)
        raw = self.rfile.read(length)
        split = urllib.parse.urlsplit(self.path)
        exchange = Exchange(
            self.command,
            split.path,
            urllib.parse.parse_qs(split.query, keep_blank_values=True),
            dict(self.headers.items()),
            _decode(raw),
        )
        rule = self.owner.begin(exchange)
        try:
            answer = self._call(rule.before if rule else None, exchange)
            if answer is None:
                answer = self._pass_on(raw)
                exchange.answer = _decode(answer.body)
                exchange.status = answer.status
                if rule:
                    answer = self._call(rule.after, exchange) or answer
        except Drop:
            exchange.status = None
            self._reset()
            return
        exchange.status = answer.status
        self._answer(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

    def _call(
        self, callback: Callback | None, exchange: Exchange
    ) -> Reply | None:
        try:
            return callback(exchange) if callback else None
        except Drop:
            raise
        except Exception as exc:  # noqa: BLE001
            self.owner.failed(exc)
            raise Drop from exc

    def _pass_on(self, raw: bytes) -> Reply:
        headers = {
            k: v
            for k, v in self.headers.items()
            if k.lower() not in _HOP_BY_HOP
        }
        connection = self.owner.connect()
        try:
            connection.request(self.command, self.path, raw or None, headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as exc:
            raise Drop from exc
        finally:
            connection.close()
        return Reply(answer.status, body, dict(answer.getheaders()))

    def _answer(self, answer: Reply) -> None:
        body = answer.body
        if not isinstance(body, bytes):
            body = b'' if body is None else json.dumps(body).encode()
            answer.headers.setdefault('Content-Type', 'application/json')
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            if name.lower() not in (*_HOP_BY_HOP, 'content-length'):
                self.send_header(name, value)
        if answer.status != 204:
            self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        if self.command != 'HEAD' and answer.status != 204:
            self.wfile.write(body)
        self.wfile.flush()

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)
        )
        self.connection.close()


def _decode(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors='replace') or None
