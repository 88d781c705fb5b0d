"""What a robots.txt means for this program."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.scraper.answer import AnswerRefused
from functions.scraper.fetch import Fetched
from functions.scraper.robots import KEPT_FOR, MAX_BYTES, Robots
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from tests.support.clock import ManualClock

PAGE = "https://example.com/news/today?x=1"


@dataclass
class FakeFetch:
    """Answers with this text, or raises this error."""

    given: str | bytes | FlywheelError = ""
    asked: list[str] = field(default_factory=list)

    def __call__(
        self, url: str, *, accept: Sequence[str], etag: str | None = None, last_modified: str | None = None, **_: Any
    ) -> Fetched:
        self.asked.append(url)
        if isinstance(self.given, FlywheelError):
            raise self.given
        body = self.given if isinstance(self.given, bytes) else self.given.encode()
        return Fetched(url, body, "text/plain", None, None, None, False, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "User-agent: *\nDisallow:",
        "User-agent: *\nDisallow: /private",
        "User-agent: other\nDisallow: /",
        "User-agent: Fly\nDisallow: /",
        "User-agent: Flywheels\nDisallow: /",
        "User-agent: *\nDisallow: /\n\nUser-agent: Flywheel\nDisallow: /private",
        "User-agent: *\nDisallow: /\nAllow: /news/",
        "<html>Not found</html>",
        b"\xff\xfe\x00\x01",
    ],
)
def test_what_is_not_forbidden_may_be_read(text: str | bytes, clock: ManualClock) -> None:
    Robots(FakeFetch(text), clock).require_allowed(PAGE)


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /",
        "user-agent:FLYWHEEL\nDISALLOW:/news",
        "User-agent: Flywheel/2.0 (whatever)\nDisallow: /news",
        "User-agent: other\nUser-agent: flywheel # us\nDisallow: /news/",
        "User-agent: *\nAllow: /\n\nUser-agent: Flywheel\nDisallow: /*?x=",
        "\ufeffUser-agent: *\nDisallow: /news",
        "User-agent: *\r\nDisallow: /news/today?x=1$\r\n",
    ],
)
def test_what_is_forbidden_is_not_read(text: str, clock: ManualClock) -> None:
    with pytest.raises(PermanentError, match=r"robots\.txt asks Flywheel not to read this page"):
        Robots(FakeFetch(text), clock).require_allowed(PAGE)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_website_without_rules_allows_everything(status: int, clock: ManualClock) -> None:
    Robots(FakeFetch(AnswerRefused("it answered so", status=status)), clock).require_allowed(PAGE)


def test_a_website_that_cannot_say_allows_nothing_for_now(clock: ManualClock) -> None:
    fetch = FakeFetch(TransientError("it answered 503"))
    robots = Robots(fetch, clock)
    with pytest.raises(TransientError, match=r"until its robots\.txt can be: it answered 503"):
        robots.require_allowed(PAGE)
    fetch.given = ""
    robots.require_allowed(PAGE)


def test_a_website_that_says_when_to_come_back_is_asked_then(clock: ManualClock) -> None:
    with pytest.raises(RateLimited) as limited:
        Robots(FakeFetch(RateLimited("busy", retry_at=clock.now)), clock).require_allowed(PAGE)
    assert limited.value.retry_at == clock.now


@pytest.mark.parametrize(
    "error", [PermanentError("it is larger than 15 MiB"), AnswerRefused("it answered 300", status=300)]
)
def test_rules_that_cannot_be_read_for_good_forbid(error: FlywheelError, clock: ManualClock) -> None:
    with pytest.raises(PermanentError, match=r"robots\.txt cannot be read: it"):
        Robots(FakeFetch(error), clock).require_allowed(PAGE)


def test_rules_are_asked_for_once_an_hour_and_for_each_scheme_host_and_port(clock: ManualClock) -> None:
    fetch = FakeFetch()
    robots = Robots(fetch, clock)
    for url in (PAGE, "https://example.com/other", "http://example.com/", "https://example.com:8443/", PAGE):
        robots.require_allowed(url)
    assert fetch.asked == [
        "https://example.com/robots.txt",
        "http://example.com/robots.txt",
        "https://example.com:8443/robots.txt",
    ]
    clock.now += KEPT_FOR
    fetch.given = "User-agent: *\nDisallow: /"
    with pytest.raises(PermanentError):
        robots.require_allowed(PAGE)


def test_only_the_rules_of_so_many_websites_are_kept(clock: ManualClock) -> None:
    fetch = FakeFetch()
    robots = Robots(fetch, clock)
    for number in range(201):
        robots.require_allowed(f"https://{number}.example/")
    robots.require_allowed("https://200.example/")
    assert len(fetch.asked) == 201
    robots.require_allowed("https://0.example/")
    assert len(fetch.asked) == 202


def test_what_comes_after_half_a_mebibyte_is_not_read(clock: ManualClock) -> None:
    Robots(FakeFetch("#" * MAX_BYTES + "\nUser-agent: *\nDisallow: /"), clock).require_allowed(PAGE)


def test_a_file_made_to_be_slow_is_not(clock: ManualClock) -> None:
    """Each of thousands of rules for each of thousands of programs, which would be a hundred million rules."""
    agents = "\n".join(f"user agent {number}" for number in range(10_000))
    rules = "\n".join(f"disallow: /{number}*a*b*c" for number in range(10_000))
    started = time.process_time()
    Robots(FakeFetch(f"{agents}\n{rules}"), clock).require_allowed(PAGE)
    assert time.process_time() - started < 15, "a hundred million rules take minutes of processor time"
