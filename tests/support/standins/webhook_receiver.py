"""A loopback receiver of webhooks: it remembers what it was sent and answers what it is told to."""

import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook


@dataclass(frozen=True)
class Hit:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    def opened_with(self, key: str) -> Any:
        """The event, its signature verified as receivers do."""
        return Webhook(key).verify(self.body, self.headers)


class WebhookReceiver:
    """The server, in a thread of its own. `statuses` are answered in turn, then 204; `drip` never ends an answer."""

    def __init__(self) -> None:
        self.hits: list[Hit] = []
        self.statuses: list[int] = []
        self.location: str | None = None
        self.retry_after: str | None = None
        self.drip = False
        self._stopped = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook?tenant=acme"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        length = int(request.headers.get("content-length", "0"))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.hits.append(Hit(request.path, headers, request.rfile.read(length)))
        if self.drip:
            self._drip(request)
            return
        request.send_response(self.statuses.pop(0) if self.statuses else 204)
        if self.location:
            request.send_header("location", self.location)
        if self.retry_after:
            request.send_header("retry-after", self.retry_after)
        request.end_headers()

    def _drip(self, request: BaseHTTPRequestHandler) -> None:
        try:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nx: ")
            while not self._stopped.is_set():
                request.wfile.write(b"x")
                request.wfile.flush()
                time.sleep(0.02)
        except OSError:
            return  # the caller has had enough


def _handler_of(receiver: WebhookReceiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.answer(self)

        def do_GET(self) -> None:
            receiver.answer(self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
