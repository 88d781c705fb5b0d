"""Where nothing is fetched from, whatever a name or a redirect leads to. Unit tests have no sockets."""

import socket
from collections.abc import Sequence
from typing import Any

import httpcore2
import pytest
from ssrfguard import SSRFGuardError

from functions.scraper.fetch import GuardedFetch
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.guarded import CONNECT_SECONDS, GuardedBackend
from functions.shared.kernel.outbound import sources_bounds
from tests.support.names import HERE, NOBODY, OK, PUBLIC, Dialled, Names

FAR = 1e12
LEADING_INSIDE = [
    ["127.0.0.1"],
    ["0.0.0.0"],  # noqa: S104 - where nothing is to be dialled
    ["10.1.2.3"],
    ["169.254.169.254"],
    ["168.63.129.16"],
    ["::1"],
    ["fd00:ec2::254"],
    ["::ffff:127.0.0.1"],
    ["::ffff:0:127.0.0.1"],
    ["64:ff9b::a9fe:a9fe"],
    [PUBLIC, "10.0.0.1"],
    ["10.0.0.1", PUBLIC],
    [PUBLIC, "::1"],
]


@pytest.mark.parametrize("addresses", LEADING_INSIDE)
def test_a_name_that_leads_inside_is_refused_before_a_connection_is_opened(addresses: Sequence[str]) -> None:
    dialled = Dialled(OK)
    with pytest.raises(PermanentError, match="leads into a private network"):
        GuardedFetch(resolver=Names([addresses]), dialler=dialled)("http://news.example.com/", accept=["text/html"])
    assert dialled.to == []


def test_the_address_that_was_checked_is_the_one_dialled_whatever_the_name_says_next() -> None:
    names, dialled = Names([[PUBLIC], ["127.0.0.1"]]), Dialled(OK)
    assert GuardedFetch(resolver=names, dialler=dialled)("http://rebound.example/", accept=["*/*"]).body == b"hi"
    assert dialled.to == [(PUBLIC, 80)]
    assert names.asked == ["rebound.example"]


def test_a_name_that_has_moved_inside_is_refused_at_the_redirect_to_itself() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: /secret\r\nContent-Length: 0\r\n\r\n"
    names, dialled = Names([[PUBLIC], ["169.254.169.254"]]), Dialled(moved, OK)
    with pytest.raises(PermanentError, match="leads into a private network"):
        GuardedFetch(resolver=names, dialler=dialled)("http://rebound.example/", accept=["*/*"])
    assert dialled.to == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "//[::ffff:a9fe:a9fe]/",
        "http://127.0.0.1:4566/",
        "http://0x7f.1/",
        "https://example.com:8443/",
        "http://user@example.com/",
        "file:///etc/passwd",
        "http://[",
    ],
)
def test_a_redirect_is_checked_like_the_address_it_came_from(location: str) -> None:
    moved = f"HTTP/1.1 301 Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()
    dialled = Dialled(moved, OK)
    with pytest.raises(PermanentError, match="redirects to where nothing may be fetched"):
        GuardedFetch(resolver=Names([[PUBLIC]]), dialler=dialled)("http://example.com/", accept=["*/*"])
    assert len(dialled.to) == 1


def test_the_web_cannot_send_a_fetch_to_this_machine_where_this_machine_may_be_named() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://localhost:4566/\r\nContent-Length: 0\r\n\r\n"
    dialled = Dialled(moved, OK)
    with pytest.raises(PermanentError, match="from the web to this machine"):
        GuardedFetch(HERE, resolver=Names([[PUBLIC]]), dialler=dialled)("http://example.com/", accept=["*/*"])
    assert dialled.to == [(PUBLIC, 80)]


def test_a_named_host_of_this_machine_must_be_on_this_machine() -> None:
    dialled = Dialled(OK)
    with pytest.raises(PermanentError):
        GuardedFetch(HERE, resolver=Names([[PUBLIC]]), dialler=dialled)("http://localhost:8080/", accept=["*/*"])
    assert dialled.to == []


def test_the_connection_itself_holds_the_rules() -> None:
    """Whoever uses the connection without looking at addresses first is guarded all the same."""
    backend = GuardedBackend(sources_bounds(NOBODY).policy_for, FAR, Names([[PUBLIC]]), dialled := Dialled(OK))
    for host, port in [("127.0.0.1", 80), ("::1", 80), ("0x7f.1", 22), ("example.com", 22), ("2130706433", 80)]:
        with pytest.raises(SSRFGuardError):
            backend.connect_tcp(host, port)
    assert dialled.to == []


def test_a_name_nobody_knows_is_worth_another_try() -> None:
    def unknown(*_: object) -> list[Any]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(TransientError, match="its host name was not found"):
        GuardedFetch(resolver=unknown)("http://example.com/", accept=["*/*"])


class Deaf(Dialled):
    """The first address never answers, however long somebody waits."""

    def __init__(self, *answers: bytes) -> None:
        super().__init__(*answers)
        self.waited: list[float | None] = []

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *more: Any, **options: Any) -> Any:
        self.waited.append(timeout)
        if len(self.waited) == 1:
            raise httpcore2.ConnectTimeout
        return super().connect_tcp(host, port, timeout, *more, **options)


def test_an_address_that_does_not_answer_leaves_time_for_the_next_one() -> None:
    dialled = Deaf(OK)
    fetch = GuardedFetch(resolver=Names([[PUBLIC, "93.184.215.15"]]), dialler=dialled, seconds=30)
    assert fetch("http://news.example.com/", accept=["*/*"]).body == b"hi"
    assert dialled.to == [("93.184.215.15", 80)]
    assert dialled.waited[0] == CONNECT_SECONDS
