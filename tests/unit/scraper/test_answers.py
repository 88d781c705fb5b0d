"""What answers of websites mean: when to come back, what they brought, and what they failed with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest

from functions.scraper import freshness
from functions.scraper.answer import AnswerRefused
from functions.scraper.fetch import Fetched, GuardedFetch
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from tests.support.clock import ManualClock
from tests.support.names import PUBLIC, Dialled, Names

NOW = ManualClock().now
DAY = 24 * 3600


def date(seconds: float) -> str:
    return format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)


def in_(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def answer(status: int = 200, body: bytes = b"hi", /, **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join([f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}", *lines])
    return f"{head}\r\n\r\n".encode("latin-1") + body


def fetched(
    *answers: bytes, accept: Sequence[str] = ("text/html",), etag: str | None = None, since: str | None = None
) -> tuple[Fetched, list[bytes]]:
    """What was fetched, and the requests as they were sent."""
    dialled = Dialled(*answers)
    fetch = GuardedFetch(
        clock=lambda: NOW, contact="https://flywheel.example/bot", resolver=Names([[PUBLIC]]), dialler=dialled
    )
    return fetch("http://example.com/news", accept=accept, etag=etag, last_modified=since), dialled.sent


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"cache-control": "max-age=600"}, in_(600)),
        ({"cache-control": 'public, MAX-AGE="600"'}, in_(600)),
        ({"cache-control": "max-age=600, max-age=1"}, in_(600)),
        ({"cache-control": "max-age=600", "age": "100"}, in_(500)),
        ({"cache-control": "max-age=600", "age": "900"}, None),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "max-age=soon"}, None),
        ({"cache-control": "max-age=-5"}, None),
        ({"cache-control": "max-age=600, no-cache"}, None),
        ({"cache-control": "no-store, max-age=600"}, None),
        ({"cache-control": "s-maxage=600"}, None),
        ({"cache-control": f"max-age={7 * DAY}"}, in_(DAY)),
        ({"cache-control": f"max-age={'9' * 5000}"}, in_(DAY)),
        ({"expires": date(600), "date": date(0)}, in_(600)),
        # By the website's own clock, an hour ahead of ours.
        ({"expires": date(3600 + 600), "date": date(3600)}, in_(600)),
        ({"expires": date(600)}, None),
        ({"expires": date(-600), "date": date(0)}, None),
        ({"expires": "0", "date": date(0)}, None),
        ({"expires": "Tue, 99 Foo 2026", "date": date(0)}, None),
        ({"expires": "Fri, 31 Dec 9999 23:59:59 GMT", "date": date(0)}, in_(DAY)),
        ({"cache-control": "max-age=60", "expires": date(600), "date": date(0)}, in_(60)),
        ({"retry-after": "120"}, in_(120)),
        ({"retry-after": date(120)}, in_(120)),
        ({"retry-after": date(-120)}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "120", "cache-control": "max-age=60"}, in_(120)),
        ({"retry-after": "60", "cache-control": "max-age=120"}, in_(120)),
        ({"retry-after": "٣"}, None),
    ],
)
def test_the_next_request_is_worth_making_when_the_answer_says_so(
    headers: dict[str, str], expected: datetime | None
) -> None:
    assert freshness.not_before(headers, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "120"}, in_(120)),
        ({"retry-after": date(120)}, in_(120)),
        ({"retry-after": "0"}, in_(1)),
        ({"retry-after": date(-3600)}, in_(1)),
        ({"retry-after": str(90 * DAY)}, in_(DAY)),
        ({"retry-after": "a while"}, None),
    ],
)
def test_who_is_busy_is_left_alone_for_a_second_to_a_day(headers: dict[str, str], expected: datetime | None) -> None:
    assert freshness.retry_at(headers, NOW) == expected


@pytest.mark.parametrize(
    ("status", "headers", "kind", "said"),
    [
        (400, {}, AnswerRefused, "it answered 400"),
        (401, {}, AnswerRefused, "wants to know who asks"),
        (403, {}, AnswerRefused, "does not let this program read it"),
        (404, {}, AnswerRefused, "there is no such page"),
        (410, {}, AnswerRefused, "gone for good"),
        (418, {}, AnswerRefused, "it answered 418"),
        (304, {}, AnswerRefused, "it answered 304"),
        (300, {}, AnswerRefused, "it answered 300"),
        (302, {}, AnswerRefused, "it answered 302"),
        (408, {}, TransientError, "it answered 408"),
        (425, {}, TransientError, "it answered 425"),
        (429, {}, TransientError, "it answered 429"),
        (500, {}, TransientError, "it answered 500"),
        (500, {"retry_after": "60"}, TransientError, "it answered 500"),
        (502, {}, TransientError, "it answered 502"),
        (503, {}, TransientError, "it answered 503"),
        (429, {"retry_after": "60"}, RateLimited, "asked to come back later"),
        (503, {"retry_after": "60"}, RateLimited, "asked to come back later"),
    ],
)
def test_a_failure_is_told_by_its_status(
    status: int, headers: dict[str, str], kind: type[FlywheelError], said: str
) -> None:
    with pytest.raises(kind, match=said) as failed:
        fetched(answer(status, **headers))
    if isinstance(failed.value, RateLimited):
        assert failed.value.retry_at == in_(60)
    if isinstance(failed.value, AnswerRefused):
        assert failed.value.status == status


def test_a_request_says_who_asks_and_nothing_about_anything_else() -> None:
    _, (head, *_) = fetched(answer(), accept=["text/html", "application/xhtml+xml"])
    assert head.decode().splitlines() == [
        "GET /news HTTP/1.1",
        "Host: example.com",
        "User-Agent: Flywheel/0.1 (+https://flywheel.example/bot)",
        "Accept: text/html, application/xhtml+xml",
        "Accept-Encoding: gzip, deflate",
        "",
    ]


def test_a_redirect_is_followed_without_cookies_or_referrer() -> None:
    moved = answer(302, location="/there", set_cookie="id=1")
    got, sent = fetched(moved, answer())
    assert (got.url, got.body) == ("http://example.com/there", b"hi")
    second = b"".join(sent).decode().lower().split("get /there")[1]
    assert "cookie" not in second
    assert "referer" not in second


@pytest.mark.parametrize(
    ("given", "media_type", "charset"),
    [
        ("text/html; charset=UTF-8", "text/html", "utf-8"),
        ('Text/HTML;charset="windows-1252"', "text/html", "windows-1252"),
        ("text/html", "text/html", None),
        ("text/html; charset=utf-16", "text/html", "utf-16"),
        ("text/html; charset=shift_jis", "text/html", "shift_jis"),
        ("text/html; charset=klingon", "text/html", None),
        ("text/html; charset*=utf-8''%ff; charset*0=a", "text/html", None),
        ("text/html; charset=zlib", "text/html", None),
        ("text/html; charset=punycode", "text/html", None),
        ("text/html; charset=unicode_escape", "text/html", None),
        ("text/html; charset=UTF7", "text/html", None),
        ("text/html; charset=" + "x" * 9999, "text/html", None),
        ("nonsense", "", None),
        ("<b>/html", "", None),
    ],
)
def test_the_type_is_what_the_answer_says_when_it_can_be(given: str, media_type: str, charset: str | None) -> None:
    got, _ = fetched(answer(content_type=given))
    assert (got.media_type, got.charset) == (media_type, charset)


@pytest.mark.parametrize("accept", [["text/html"], ["text/*"], ["application/pdf", "*/*"], ["TEXT/html"]])
def test_an_accepted_type_is_taken(accept: list[str]) -> None:
    assert fetched(answer(content_type="text/html"), accept=accept)[0].body == b"hi"


def test_another_type_is_refused_and_what_is_wanted_is_named() -> None:
    with pytest.raises(PermanentError, match="of the type image/png, and not of text/html, text/plain or text/xml"):
        fetched(answer(content_type="image/png"), accept=["text/html", "text/plain", "text/xml"])


def test_no_type_at_all_is_left_to_who_reads_the_body() -> None:
    assert fetched(answer())[0].media_type == ""


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "compress", "x"])
def test_a_body_packed_in_a_way_not_asked_for_is_refused_unread(coding: str) -> None:
    with pytest.raises(PermanentError, match="packed in a way that was not asked for"):
        fetched(answer(200, b"", content_encoding=coding))


def test_a_length_beyond_the_limit_is_refused_before_anything_is_read() -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 15728641\r\n\r\n"
    with pytest.raises(PermanentError, match="larger than 15 MiB"):
        fetched(head)


def test_validators_are_sent_back_and_an_unchanged_page_says_so() -> None:
    got, (head, *_) = fetched(
        answer(304, b"", cache_control="max-age=60"), etag='W/"1"', since="Sun, 22 Nov 2026 05:00:00 GMT"
    )
    assert b'If-None-Match: W/"1"\r\nIf-Modified-Since: Sun, 22 Nov 2026 05:00:00 GMT\r\n' in head
    assert (got.not_modified, got.body, got.not_before) == (True, b"", in_(60))
    assert (got.etag, got.last_modified) == ('W/"1"', "Sun, 22 Nov 2026 05:00:00 GMT")


def test_new_validators_take_the_place_of_old_ones() -> None:
    got, _ = fetched(answer(etag='"2"', last_modified="Mon, 23 Nov 2026 05:00:00 GMT"), etag='"1"')
    assert (got.not_modified, got.etag, got.last_modified) == (False, '"2"', "Mon, 23 Nov 2026 05:00:00 GMT")


@pytest.mark.parametrize("etag", ['"' + "x" * 600 + '"', '"ä"', ""])
def test_a_validator_that_cannot_be_kept_is_forgotten(etag: str) -> None:
    assert fetched(answer(etag=etag))[0].etag is None
