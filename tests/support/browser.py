"""A real browser that opens a page of another origin, which reports what it could do."""

import http.server
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

REQUIRED = "TESTS_REQUIRE_BROWSER"
SECONDS = 90
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-proxy-server",
)  # fmt: skip


def find_browser() -> str:
    """The browser's program; the test is skipped where there is none, unless TESTS_REQUIRE_BROWSER is set."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = "there is no Chromium on this machine"
        (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(reason)
    assert found is not None
    return found


class HostilePage:
    """A page on a port of its own; what it posts to `/report` is what `opened` returns."""

    def __init__(self, html: str) -> None:
        self.reports: queue.Queue[Any] = queue.Queue()
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(html, self.reports))

    @property
    def port(self) -> int:
        """Where it is served."""
        return int(self._server.server_address[1])

    @contextmanager
    def served(self) -> Iterator["HostilePage"]:
        """Serve it for the block."""
        thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    def opened(self, url: str) -> dict[str, str]:
        """What the page reports once the browser has opened it at this address."""
        with _browsing(url):
            report: dict[str, str] = self.reports.get(timeout=SECONDS)
            return report


def shown(url: str, *flags: str) -> str:
    """The document that the browser shows at an address, as text."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [find_browser(), *_FLAGS, f"--user-data-dir={profile}", *flags, "--dump-dom", url]
        done = subprocess.run(
            command,
            env=_environ(profile),
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        return done.stdout


@contextmanager
def _browsing(url: str) -> Iterator[None]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [find_browser(), *_FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", url]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, env=_environ(profile), stdin=quiet, stdout=quiet, stderr=quiet) as browser:
            try:
                yield
            finally:
                browser.terminate()
                browser.wait(timeout=30)


def _environ(profile: str) -> dict[str, str]:
    """What it leaves when it is ended goes with its profile."""
    return {**os.environ, "TMPDIR": profile}


def _handler(html: str, reports: "queue.Queue[Any]") -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(html.encode(), "text/html")

        def do_POST(self) -> None:
            reports.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self._answer(b"", "text/plain")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its parent's name
            pass

        def _answer(self, body: bytes, kind: str) -> None:
            self.send_response(200)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
