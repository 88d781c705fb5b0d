"""Fetching over real sockets on loopback: limits of time and size, and websites that mean harm."""

import gzip
import socket
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from functions.scraper.fetch import MAX_BODY_BYTES, GuardedFetch
from functions.scraper.robots import Robots
from functions.shared.kernel.clock import utc_now
from functions.shared.kernel.errors import PermanentError, RateLimited, TransientError
from tests.support.standins.website import Asked, Page, Website, brotli_bomb, deflate_bomb, gzip_bomb, redirect

ROOT = Path(__file__).resolve().parents[3]
HERE = frozenset({"127.0.0.1", "localhost"})
HTML = ["text/html"]
fetch = GuardedFetch(HERE)


@pytest.fixture
def site() -> Iterator[Website]:
    with Website() as website:
        yield website


def test_a_page_is_fetched_and_an_unchanged_one_is_not_sent_again(site: Website) -> None:
    modified = "Sun, 22 Nov 2026 05:00:00 GMT"
    site.routes["/"] = Page("<p>Grüße</p>", etag='"1"', last_modified=modified)
    first = fetch(site.url("/"), accept=HTML)
    assert (first.body, first.media_type, first.charset) == ("<p>Grüße</p>".encode(), "text/html", "utf-8")
    second = fetch(site.url("/"), accept=HTML, etag=first.etag, last_modified=first.last_modified)
    assert (second.not_modified, second.body, second.etag) == (True, b"", '"1"')
    site.routes["/"] = Page("new", etag='"2"', last_modified=modified)
    assert fetch(site.url("/"), accept=HTML, etag=first.etag, last_modified=modified).body == b"new"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, lambda body: zlib.compress(body, wbits=-15)])
def test_a_packed_page_is_unpacked(site: Website, pack: object) -> None:
    assert callable(pack)
    coding = "gzip" if pack is gzip.compress else "deflate"
    site.routes["/"] = Page(pack(b"hello " * 1000), headers={"Content-Encoding": coding})
    assert fetch(site.url("/"), accept=HTML).body == b"hello " * 1000


def test_five_redirects_are_followed_and_a_sixth_is_not(site: Website) -> None:
    site.routes["/end"] = Page("there")
    for step in range(6):
        site.routes[f"/{step}"] = redirect(f"/{step - 1}" if step else "end", (301, 302, 303, 307, 308)[step % 5])
    got = fetch(site.url("/4#top"), accept=HTML)
    assert (got.url, got.body) == (site.url("/end"), b"there")
    with pytest.raises(PermanentError, match="redirects more than 5 times"):
        fetch(site.url("/5"), accept=HTML)


def test_a_circle_of_redirects_ends(site: Website) -> None:
    site.routes |= {"/a": redirect("/b"), "/b": redirect("/a")}
    with pytest.raises(PermanentError, match="redirects more than 5 times"):
        fetch(site.url("/a"), accept=HTML)
    assert len(site.requests) == 6


@pytest.mark.parametrize("path", ["http://169.254.169.254/latest/", "http://[::1]:22/", "http://127.0.0.2/"])
def test_a_redirect_inside_is_refused(site: Website, path: str) -> None:
    site.routes["/"] = redirect(path)
    with pytest.raises(PermanentError, match="redirects to where nothing may be fetched"):
        fetch(site.url("/"), accept=HTML)


def test_a_port_of_this_machine_is_never_called_unless_its_host_is_named(site: Website) -> None:
    for hosts in (frozenset[str](), frozenset({"localhost"})):
        with pytest.raises(PermanentError, match="must not lead into a private network"):
            GuardedFetch(hosts)(site.url("/"), accept=HTML)
    assert site.requests == []


def test_a_proxy_in_the_environment_is_not_asked(site: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    site.routes["/"] = Page("direct")
    assert fetch(site.url("/"), accept=HTML).body == b"direct"


def unannounced(body: bytes) -> Page:
    """A packed body whose length nobody knows before its end."""
    return Page(raw=b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + body)


def unpacking_to_nothing() -> bytes:
    return gzip.compress(b"")[:10] + b"\x00\x00\x00\xff\xff" * 20_000


@pytest.mark.parametrize(
    "page",
    [
        gzip_bomb(),
        deflate_bomb(),
        Page(bytes(MAX_BODY_BYTES + 1)),
        Page("", length=MAX_BODY_BYTES + 1),
        unannounced(gzip.compress(b"hi") + bytes(MAX_BODY_BYTES)),
        Page(raw=b"HTTP/1.1 200 OK\r\n\r\n" + bytes(MAX_BODY_BYTES + 1)),
    ],
    ids=["gzip", "deflate", "plain", "announced", "rubbish behind gzip", "no length"],
)
def test_a_body_beyond_the_limit_is_given_up(site: Website, page: Page) -> None:
    site.routes["/"] = page
    started = time.monotonic()
    with pytest.raises(PermanentError, match="larger than 15 MiB"):
        fetch(site.url("/"), accept=HTML)
    assert time.monotonic() - started < 5


def test_a_body_of_just_the_limit_is_taken(site: Website) -> None:
    site.routes["/"] = Page(gzip.compress(bytes(MAX_BODY_BYTES)), headers={"Content-Encoding": "gzip"})
    assert len(fetch(site.url("/"), accept=HTML).body) == MAX_BODY_BYTES


def test_a_body_that_unpacks_to_nothing_for_ever_is_given_up(site: Website) -> None:
    site.routes["/"] = unannounced(unpacking_to_nothing())
    with pytest.raises(PermanentError, match="larger than"):
        GuardedFetch(HERE, most_bytes=50_000)(site.url("/"), accept=HTML)


def test_brotli_is_neither_asked_for_nor_unpacked(site: Website) -> None:
    site.routes["/"] = brotli_bomb()
    with pytest.raises(PermanentError, match="packed in a way that was not asked for"):
        fetch(site.url("/"), accept=HTML)
    assert site.requests[0].headers["accept-encoding"] == "gzip, deflate"


def test_two_layers_of_packing_are_not_unpacked(site: Website) -> None:
    bomb = gzip_bomb(10)
    page = Page(gzip.compress(bomb.content), headers={"Content-Encoding": "gzip, gzip"})
    site.routes["/"] = page
    with pytest.raises(PermanentError, match="packed in a way that was not asked for"):
        fetch(site.url("/"), accept=HTML)


def test_a_damaged_packing_is_named(site: Website) -> None:
    site.routes["/"] = Page(b"\x1f\x8b\x08\x00rubbish, and no gzip", headers={"Content-Encoding": "gzip"})
    with pytest.raises(PermanentError, match="damaged"):
        fetch(site.url("/"), accept=HTML)


_GROWTH = """
import resource, sys
from functions.scraper.fetch import GuardedFetch
from functions.shared.kernel.errors import PermanentError
fetch = GuardedFetch(frozenset({"127.0.0.1"}))
fetch(sys.argv[1] + "/small", accept=["text/html"])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sys.argv[2:]:
    try:
        fetch(sys.argv[1] + path, accept=["text/html"])
    except PermanentError:
        pass
    else:
        sys.exit(f"{path} was taken")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def test_bombs_cost_little_more_memory_than_the_limit(site: Website) -> None:
    inner = gzip.compress(b"hi") + bytes(2**20)
    site.routes |= {
        "/small": Page("small"),
        "/gzip": gzip_bomb(),
        "/deflate": deflate_bomb(),
        "/brotli": brotli_bomb(),
        "/twice": Page(gzip.compress(inner), headers={"Content-Encoding": "gzip, gzip"}),
        "/behind": unannounced(gzip.compress(b"hi") + bytes(MAX_BODY_BYTES)),
    }
    paths = ["/gzip", "/deflate", "/brotli", "/twice", "/behind"]
    child = subprocess.run(
        [sys.executable, "-c", _GROWTH, site.base_url, *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert int(child.stdout) < 64 * 1024  # kibibytes


@pytest.mark.parametrize(
    "page",
    [
        Page(drip=0.02),
        Page(raw=b"HTTP/1.1 200 OK\r\n"),
        Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
        Page(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal"),
        Page("half", cut=2),
        Page(reset=True),
        Page(raw=b""),
        Page(raw=b"SSH-2.0-OpenSSH_9.6\r\n"),
        Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi"),
        Page(raw=b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhi"),
        Page(raw=b"HTTP/1.1 200 OK\r\n" + b"X-Flood: 1\r\n" * 20_000 + b"\r\nhi"),
        Page(raw=b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\nhi"),
        Page(raw=b"HTTP/1.1 100 Continue\r\n\r\n" * 2000),
        Page(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"x" * 200_000),
    ],
    ids=lambda page: (page.raw or b"")[:60].decode() or ("drip" if page.drip else "reset" if page.reset else "cut"),
)
def test_an_answer_that_is_none_is_worth_another_try(site: Website, page: Page) -> None:
    site.routes["/"] = page
    started = time.monotonic()
    with pytest.raises(TransientError):
        GuardedFetch(HERE, seconds=0.5)(site.url("/"), accept=HTML)
    assert time.monotonic() - started < 3


def test_a_body_that_drips_ends_with_the_deadline(site: Website) -> None:
    site.routes["/"] = Page(drip=0.02)
    started = time.monotonic()
    with pytest.raises(TransientError, match=r"did not answer within 0\.3 seconds"):
        GuardedFetch(HERE, seconds=0.3)(site.url("/"), accept=HTML)
    assert 0.25 < time.monotonic() - started < 2


def test_redirects_share_one_deadline(site: Website) -> None:
    def slowly(_: Asked) -> Page:
        site.stopped.wait(0.2)
        return redirect("/")

    site.routes["/"] = slowly
    started = time.monotonic()
    with pytest.raises(TransientError, match="did not answer within"):
        GuardedFetch(HERE, seconds=0.5)(site.url("/"), accept=HTML)
    assert time.monotonic() - started < 1.5


def test_a_look_up_that_takes_too_long_is_not_waited_for() -> None:
    over = threading.Event()

    def slow(*_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        over.wait(10)
        raise socket.gaierror

    started = time.monotonic()
    try:
        with pytest.raises(TransientError, match="did not answer within"):
            GuardedFetch(HERE, seconds=0.2, resolver=slow)("http://slow.example.com/", accept=HTML)
        assert time.monotonic() - started < 2
    finally:
        over.set()


def test_nobody_listening_is_worth_another_try() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    with pytest.raises(TransientError, match="nobody answers there"):
        fetch(f"http://127.0.0.1:{port}/", accept=HTML)


def test_a_busy_website_is_left_alone_until_it_says(site: Website) -> None:
    site.faults.append(Page("busy", status=503, headers={"Retry-After": "120"}))
    with pytest.raises(RateLimited) as limited:
        fetch(site.url("/"), accept=HTML)
    assert abs(limited.value.retry_at - datetime.now(UTC) - timedelta(seconds=120)) < timedelta(seconds=10)


def test_robots_are_asked_over_the_same_connection(site: Website) -> None:
    robots = Robots(fetch, utc_now)
    site.routes["/robots.txt"] = Page("User-agent: Flywheel\nDisallow: /private", "text/plain")
    robots.require_allowed(site.url("/news"))
    with pytest.raises(PermanentError, match="asks Flywheel not to read"):
        robots.require_allowed(site.url("/private/1"))
    assert len(site.asked_for("/robots.txt")) == 1
