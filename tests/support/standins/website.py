"""A loopback website: pages, feeds and files for whoever fetches them, with the faults that websites have.

    with Website() as site:
        site.routes["/feed.xml"] = Page(FEED, "application/rss+xml", etag='"1"')
        site.routes["/old"] = redirect("/feed.xml")
        site.faults.append(Page(status=503, headers={"Retry-After": "120"}))  # once, for whatever is asked first
        ... fetch site.url("/feed.xml") ...
        assert site.asked_for("/feed.xml")[0].headers["user-agent"].startswith("Flywheel")

`routes` may be changed at any time, also while other processes fetch. A route is a page, or a function of the request.
The order of the query string counts only for routes whose key has one. What has no route is a 404.
"""

import base64
import socket
import ssl
import struct
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

_MEGABYTE = 2**20


@dataclass(frozen=True)
class Asked:
    """One request. `target` is path and query, header names are in lower case, `at` is seconds since 1970."""

    method: str
    target: str
    headers: Mapping[str, str]
    at: float

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Page:
    """An answer. With `etag` or `last_modified` it answers 304 to whoever has it already.

    `length` is the Content-Length to claim. `drip` sends a byte each so many seconds, without end; `reset` closes the
    connection unanswered; `cut` after so many bytes of the body. `raw` is sent as it is, instead of everything else.
    """

    body: str | bytes = b""
    media_type: str | None = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    etag: str | None = None
    last_modified: str | None = None
    length: int | None = None
    drip: float | None = None
    reset: bool = False
    cut: int | None = None
    raw: bytes | None = None

    @property
    def content(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body

    def is_known_to(self, asked: Asked) -> bool:
        """RFC 9110, section 13.2.2: If-Modified-Since counts only where If-None-Match is not given."""
        if self.status != 200:
            return False
        known = asked.headers.get("if-none-match")
        if known is not None:
            return self.etag is not None and self.etag in [tag.strip() for tag in known.split(",")]
        return self.last_modified is not None and asked.headers.get("if-modified-since") == self.last_modified


Route = Page | Callable[[Asked], Page]


def redirect(to: str, status: int = 302) -> Page:
    """An answer that leads elsewhere."""
    return Page(status=status, headers={"Location": to})


def gzip_bomb(megabytes: int = 1024) -> Page:
    """Zeros, packed a thousand to one."""
    return _bomb("gzip", b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + _zeros(megabytes))


def deflate_bomb(megabytes: int = 1024) -> Page:
    """Zeros in the zlib format."""
    return _bomb("deflate", b"\x78\x9c" + _zeros(megabytes))


def brotli_bomb() -> Page:
    """64 MiB of spaces in a few bytes."""
    return _bomb("br", base64.b64decode(_BROTLI))


def _bomb(coding: str, body: bytes) -> Page:
    return Page(body, headers={"Content-Encoding": coding})


def _zeros(megabytes: int) -> bytes:
    """A raw deflate stream; one flushed megabyte stands on its own, and can therefore be repeated."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    megabyte = packer.compress(bytes(_MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    return megabyte * megabytes + packer.flush(zlib.Z_FINISH)


_BROTLI = (
    "y///P/glQOKxQCD3/o///3/wSwDEYRGA7v0f////4JcAiMMCAN37P/7//8EvARCHBQC693/8"
    "//+DXwIgDgsAdO//+P//B78EQBwWAOje//H//w9+CYA4LADQvf/L//8//BIAcVgAoHv/Bw=="
)


class Website:
    """The server, in a thread of its own; other processes may call it too.

    With `certificate` (a file of key and certificate) it speaks HTTPS, and `base_url` is not of use.
    """

    def __init__(self, routes: Mapping[str, Route] | None = None, *, certificate: Path | None = None) -> None:
        self.routes: dict[str, Route] = dict(routes or {})
        self.faults: deque[Page] = deque()
        self.requests: list[Asked] = []
        self.stopped = threading.Event()
        self._server = _Server(self, certificate)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return self.base_url + path

    def asked_for(self, path: str) -> list[Asked]:
        """The requests for this path, oldest first."""
        return [asked for asked in self.requests if asked.path == path]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, asked: Asked) -> Page:
        """Remember the request, and choose what it gets."""
        self.requests.append(asked)
        if self.faults:
            return self.faults.popleft()
        route = self.routes.get(asked.target) or self.routes.get(asked.path) or Page("not here", status=404)
        return route if isinstance(route, Page) else route(asked)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, site: Website, certificate: Path | None) -> None:
        self.site = site
        super().__init__(("127.0.0.1", 0), _Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up in the middle is no news."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, time.time())
        self.close_connection = True
        self._send(self.server.site.answer(asked), asked)

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _send(self, page: Page, asked: Asked) -> None:
        if page.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        elif page.raw is not None:
            self.wfile.write(page.raw)
        elif page.is_known_to(asked):
            self._head(page, 304)
        else:
            self._head(page, page.status)
            if asked.method != "HEAD":
                self._body(page)

    def _head(self, page: Page, status: int) -> None:
        self.send_response(status)
        given = {"ETag": page.etag, "Last-Modified": page.last_modified, **page.headers, "Connection": "close"}
        if status != 304:
            length = page.length if page.length is not None else len(page.content)
            given |= {"Content-Type": page.media_type, "Content-Length": str(1_000_000 if page.drip else length)}
        for name, value in given.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()

    def _body(self, page: Page) -> None:
        if page.drip is None:
            self.wfile.write(page.content[: page.cut])
            return
        while not self.server.site.stopped.wait(page.drip):
            self.wfile.write(b" ")
            self.wfile.flush()
