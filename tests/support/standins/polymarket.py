"""A loopback stand-in for Polymarket's Gamma API: the keyset list of events, and events by slug.

It behaves like Gamma where that matters here: the next page is named by `after_cursor` (`cursor` is ignored), an
absent cursor ends the list, closed events are left out on request. Faults are taken in turn before any answer.

    with PolymarketStandIn(events) as gamma:
        gamma.faults.append(Fault(503))
        ... POLYMARKET_BASE_URL=gamma.base_url ...
"""

import json
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from functions.pseo_generator import markets

Raw = Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is answered instead; `then` is `answer`, `reset` or `drip`."""

    status: int = 200
    body: bytes = b"<html>Attention required</html>"
    then: str = "answer"


def sample_events() -> list[dict[str, Any]]:
    """Events in Gamma's own shape, most traded first."""
    path = Path(str(markets.__file__)).with_name("sample_events.json")
    events: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["events"]
    return events


class PolymarketStandIn:
    """The server, in a thread of its own; other processes may call it too."""

    def __init__(self, events: Sequence[Raw] | None = None) -> None:
        self.events = list(sample_events() if events is None else events)
        self.faults: deque[Fault] = deque()
        self.requests: list[str] = []
        self.stopped = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, target: str) -> tuple[int, Any]:
        """Status and JSON for a request's path and query."""
        self.requests.append(target)
        path, query = (
            urlsplit(target).path,
            {name: values[0] for name, values in parse_qs(urlsplit(target).query).items()},
        )
        if path == "/events/keyset":
            return 200, self._page(query)
        slug = path.removeprefix("/events/slug/")
        found = [event for event in self.events if event.get("slug") == slug]
        return (200, found[0]) if found else (404, {"type": "not found error", "error": "slug not found"})

    def _page(self, query: Mapping[str, str]) -> Raw:
        """`order` and `ascending` are taken as given: the events lie here in that order."""
        shown = [event for event in self.events if query.get("closed") != "false" or event.get("closed") is not True]
        start, size = int(query.get("after_cursor", "0")), int(query.get("limit", "20"))
        rest = len(shown) > start + size
        return {"events": shown[start : start + size]} | ({"next_cursor": str(start + size)} if rest else {})


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, stand_in: PolymarketStandIn) -> None:
        self.stand_in = stand_in
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        if stand_in.faults:
            self._fail(stand_in.faults.popleft())
            return
        status, content = stand_in.answer(self.path)
        self._send(status, json.dumps(content).encode(), "application/json")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        pass

    def _fail(self, fault: Fault) -> None:
        if fault.then == "reset":
            self.connection.close()
        elif fault.then == "drip":
            self._drip()
        else:
            self._send(fault.status, fault.body, "text/html")

    def _send(self, status: int, body: bytes, media_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        """A byte now and then, without end."""
        self.send_response(200)
        self.send_header("Content-Length", "1000000")
        self.end_headers()
        while not self.server.stand_in.stopped.wait(0.02):
            try:
                self.wfile.write(b" ")
                self.wfile.flush()
            except OSError:
                return
