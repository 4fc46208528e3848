"""A real HTTP server on loopback that answers as it is told to."""

from __future__ import annotations

from collections.abc import Callable
import contextlib
import dataclasses
import http.server
import json
import socket
import threading
from typing import Any

import fixtures

VERSIONS = {
    'version': {
        'id': 'v1',
        'status': 'CURRENT',
        'min_version': '1.1',
        'version': '1.4',
        'links': [],
    }
}


@dataclasses.dataclass
class Asked:
    """A request that came."""

    method: str
    path: str
    headers: Any
    body: bytes
    #: The caller's end of the connection.
    port: int

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclasses.dataclass
class Answer:
    """What to answer with."""

    status: int = 200
    #: Bytes as they are, anything else as JSON.
    body: Any = b''
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    #: Close after so many bytes of the body.
    cut_after: int | None = None
    #: Close the connection, without an answer at all.
    hang_up: bool = False
    #: Wait for this before answering.
    after: threading.Event | None = None


class Server(fixtures.Fixture):
    """Answers each request with the next answer, the last one for ever.

    ``GET /v1`` is answered with versions 1.1 to 1.4 and not counted, unless
    ``versions`` is None.
    """

    def __init__(
        self, *answers: Answer, versions: dict[str, Any] | None = VERSIONS
    ) -> None:
        super().__init__()
        self.answers = list(answers)
        self.versions = versions
        self.asked: list[Asked] = []
        self._lock = threading.Lock()

    def _setUp(self) -> None:
        self._server = http.server.ThreadingHTTPServer(
            ('127.0.0.1', 0), self._handler()
        )
        self._server.daemon_threads = True
        thread = threading.Thread(
            target=self._server.serve_forever, kwargs={'poll_interval': 0.02}
        )
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self._server.server_close)
        self.addCleanup(self._server.shutdown)

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self._server.server_port}'

    def paths(self) -> list[str]:
        return [f'{asked.method} {asked.path}' for asked in self.asked]

    def answer(self, asked: Asked) -> Answer:
        with self._lock:
            if self.versions and asked.path == '/v1':
                close = {'Connection': 'close'}
                return Answer(body=self.versions, headers=close)
            self.asked.append(asked)
            if len(self.answers) > 1:
                return self.answers.pop(0)
            return self.answers[0]

    def _handler(self) -> Callable[..., http.server.BaseHTTPRequestHandler]:
        fixture = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'

            def log_message(self, *args: Any) -> None:
                pass

            def _any(self) -> None:
                length = int(self.headers.get('Content-Length', 0))
                answer = fixture.answer(
                    Asked(
                        self.command,
                        self.path,
                        self.headers,
                        self.rfile.read(length),
                        self.client_address[1],
                    )
                )
                if answer.after is not None:
                    answer.after.wait(30)
                if answer.hang_up:
                    self.close_connection = True
                    return
                body = answer.body
                if not isinstance(body, bytes):
                    body = json.dumps(body).encode()
                self.send_response(answer.status)
                self.send_header('Content-Length', str(len(body)))
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                if answer.cut_after is not None:
                    body = body[: answer.cut_after]
                    self.close_connection = True
                # Who asked may not have waited for it.
                with contextlib.suppress(ConnectionError):
                    self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _any

        return Handler


def unused_url() -> str:
    """A URL at which nobody listens."""
    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        return f'http://127.0.0.1:{listener.getsockname()[1]}'
