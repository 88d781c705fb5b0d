"""SYNC_RSS: the new and changed entries of a feed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from functions.scraper.fetch import Fetched
from functions.scraper.fetch_source import Manner, fetch_source
from functions.scraper.keep_items import text_mark
from functions.scraper.parsing.feed import Entry, ParsedFeed, parse_feed
from functions.scraper.reading import Found, Reading
from functions.scraper.services import Services
from functions.shared.domain.context.model import Source, SourceKind
from functions.shared.domain.payloads import SyncRssPayload
from functions.shared.kernel.jobs.heartbeat import JobContext
from functions.shared.kernel.jobs.kinds import parse_payload
from functions.shared.kernel.jobs.model import Job

ACCEPT = (
    "application/rss+xml",
    "application/atom+xml",
    "application/rdf+xml",
    "application/xml",
    "text/xml",
    "text/html;q=0.2",  # as which many feeds are sent
    "text/plain;q=0.2",
    "application/octet-stream;q=0.1",
)

ParseFeed = Callable[..., ParsedFeed]
_NO_DATE = datetime.min.replace(tzinfo=UTC)


def sync_feed(job: Job, context: JobContext, *, services: Services, parse: ParseFeed = parse_feed) -> Mapping[str, Any]:
    """Fetch a feed. Feeds are made to be read by programs: robots.txt is not asked."""
    payload = parse_payload(SyncRssPayload, job.payload)
    manner = Manner(SourceKind.FEED, ACCEPT, asks_robots=False, read=partial(_read, parse=parse))
    return fetch_source(job, context, payload.source_id, manner=manner, services=services)


def _read(fetched: Fetched, source: Source, *, parse: ParseFeed) -> Reading:
    feed = parse(fetched.body, url=fetched.url, media_type=fetched.media_type, charset=fetched.charset)
    shared = _shared_links(feed.entries)
    found = [_found(entry, shared) for entry in _newest_first(feed.entries)]
    return Reading(found, unusable=feed.unusable, ttl=feed.ttl)


def _found(entry: Entry, shared_links: frozenset[str]) -> Found:
    """An entry with what it is known by: its GUID, then its link, then what it says."""
    marks = [f"guid:{entry.guid}"] if entry.guid else []
    if entry.link and entry.link not in shared_links:
        marks.append(f"link:{entry.link}")
    return Found(
        marks=(*marks, text_mark(entry.title, entry.text)),
        title=entry.title,
        text=entry.text,
        url=entry.link,
        author=entry.author,
        published_at=entry.published_at,
    )


def _shared_links(entries: Iterable[Entry]) -> frozenset[str]:
    """Links that tell no entry from another: of a website's front page, or of several entries with different titles."""
    titles: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        titles[entry.link or ""].add(entry.title)
    return frozenset(link for link, named in titles.items() if len(named) > 1 or _is_front_page(link))


def _is_front_page(link: str) -> bool:
    parts = urlsplit(link)
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def _newest_first(entries: Sequence[Entry]) -> Sequence[Entry]:
    """By their dates where all have one, else in the feed's own order."""
    if any(entry.published_at is None for entry in entries):
        return entries
    return sorted(entries, key=lambda entry: entry.published_at or _NO_DATE, reverse=True)
