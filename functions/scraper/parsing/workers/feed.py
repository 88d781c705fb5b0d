"""Feeds by feedparser, which alone reads them here: RSS 0.9 to 2.0, RSS 1.0 and Atom, also somewhat broken ones."""

import calendar
import io
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import feedparser  # type: ignore[import-untyped]  # brings no types

from functions.scraper.parsing.results import Entry, ParsedFeed
from functions.scraper.parsing.workers.addresses import MAX_ADDRESS, host_of, web_address
from functions.scraper.parsing.workers.charset import decode
from functions.scraper.parsing.workers.markup import feed_of, parse_html, text_of
from functions.scraper.parsing.workers.plain import cleaned, cut, is_binary, one_line, parsable
from functions.scraper.parsing.workers.serve import Refused, serve

MAX_ENTRIES = 500
"""Of a longer feed the newest are kept."""

MAX_READ = 5_000
"""What stands behind so many entries is not even looked at."""

_MAX_TITLE = 300
_MAX_AUTHOR = 200
_MAX_MARKUP = 400_000
_FROM_TEXT = 90

_NO_FEED = "it is not a feed: check that the address is that of an RSS or Atom feed"
_ENTRY = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]")
_CLOSED = re.compile(r"</(?:rss|feed|[\w.-]+:RDF|channel)\s*>", re.IGNORECASE)
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_EMAIL = re.compile(r"\S+@\S+")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_A_DAY = timedelta(days=1)
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": _A_DAY,
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}


def read_feed(header: Mapping[str, Any], body: bytes) -> ParsedFeed:
    """The feed in `body`. Refused: it is none."""
    text = decode(body, header["charset"])
    if not text.strip():
        raise Refused("it is empty: check that the address is the feed's")
    if is_binary(text):
        raise Refused(_NO_FEED)
    text = parsable(text)
    read = _parse(text, header["url"])
    if not read.entries and not (read.version and _CLOSED.search(text)):
        raise Refused(_what_it_is(text, header["url"], known=bool(read.version)))
    entries = [_entry(found, header) for found in read.entries]
    usable = [entry for entry in entries if entry]
    title = one_line(_shown(read.feed.get("title_detail"), read.feed.get("title")), _MAX_TITLE) or host_of(
        header["url"]
    )
    return ParsedFeed(title, tuple(_newest(usable)), len(entries) - len(usable), _ttl(read.feed))


def _parse(text: str, url: str) -> Any:
    ends = _ends(text)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    # As a stream: feedparser opens the file or the address that a text names. Its cleaning of HTML costs most of its
    # time and is not needed, because no markup is kept.
    stream = io.BytesIO(text[:ends].encode())
    return feedparser.parse(stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False)


def _ends(text: str) -> int | None:
    """Where the first entry begins that is too many."""
    for number, found in enumerate(_ENTRY.finditer(text)):
        if number == MAX_READ:
            return found.start()
    return None


def _what_it_is(text: str, url: str, *, known: bool) -> str:
    if known:
        return "it is a feed, but its XML is damaged before the first entry: its publisher has to mend it"
    if text.lstrip()[:1] in ("{", "[") and _is_json(text):
        return "it is JSON, not an RSS or Atom feed: look for the address of the site's RSS or Atom feed"
    root = _ROOT.search(text)
    name = root[1].lower() if root else ""
    if name in ("html", "head", "body", "div", "p", "script", "meta", "title"):
        tree = parse_html(text)
        feed = web_address(feed_of(tree) if tree is not None else None, url)
        instead = f"or use the feed it names: {feed}" if feed else "or look for the address of its feed"
        return f"it is a web page, not a feed: add it as a website, {instead}"
    if root:
        return f"it is neither an RSS nor an Atom feed: it begins with <{one_line(root[1], 40)}>"
    return _NO_FEED


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _entry(found: Any, header: Mapping[str, Any]) -> Entry | None:
    title = one_line(_shown(found.get("title_detail"), found.get("title")), _MAX_TITLE)
    text = cut(_text(found), header["most_characters"])
    if not title and not text:
        return None
    guid = one_line(found.get("id") or "", MAX_ADDRESS + 1)
    return Entry(
        guid=guid if 0 < len(guid) <= MAX_ADDRESS else None,
        link=web_address(found.get("link"), header["url"]),
        title=title or one_line(text, _FROM_TEXT),
        text=text or title,
        author=_author(found),
        published_at=_published(found, datetime.fromisoformat(header["now"])),
    )


def _text(found: Any) -> str:
    """The whole content where the feed has it, else the summary."""
    for detail in (*found.get("content", ()), found.get("summary_detail")):
        text = cleaned(_shown(detail, found.get("summary")))
        if text:
            return text
    return ""


def _shown(detail: Any, otherwise: str | None) -> str:
    value: str = (detail.get("value") if detail else otherwise) or ""
    value = value[:_MAX_MARKUP]
    plain = detail and detail.get("type") == "text/plain"
    return value if plain or not ("<" in value or "&" in value) else text_of(value)


def _author(found: Any) -> str | None:
    """A name, without the e-mail address that RSS asks for."""
    named = found.get("author") or ""
    name = _EMAIL.sub("", named)
    return one_line(name if name == named else name.strip(" ()<>"), _MAX_AUTHOR) or None


def _published(found: Any, now: datetime) -> datetime | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        moment = found.get(name) if name in found else None
        if moment:
            try:
                at = datetime.fromtimestamp(calendar.timegm(moment), UTC)
            except (ValueError, OverflowError, OSError):
                continue
            return at if _EARLIEST <= at <= now + _A_DAY else None
    return None


def _newest(entries: list[Entry]) -> Iterator[Entry]:
    """At most MAX_ENTRIES in the feed's order; where dates are missing, the first ones."""
    undated = datetime.min.replace(tzinfo=UTC)
    by_age = sorted(range(len(entries)), key=lambda each: entries[each].published_at or undated, reverse=True)
    return (entries[each] for each in sorted(by_age[:MAX_ENTRIES]))


def _ttl(feed: Any) -> timedelta | None:
    """RSS 2.0's `ttl` in minutes, else the syndication module's period divided by its frequency."""
    minutes = _number(feed.get("ttl"))
    if minutes:
        return min(timedelta(minutes=minutes), _PERIODS["yearly"])
    period = _PERIODS.get(str(feed.get("sy_updateperiod", "")).strip().lower())
    return period / (_number(feed.get("sy_updatefrequency")) or 1) if period else None


def _number(text: object) -> int:
    digits = str(text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 6 else 0


if __name__ == "__main__":
    serve(read_feed)
