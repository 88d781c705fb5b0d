"""A scraper with everything in memory, that reads one source on a web of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from functions.scraper.collector import Collector
from functions.scraper.fetch import Fetched
from functions.scraper.parsing.feed import Entry, ParsedFeed
from functions.scraper.parsing.page import ParsedPage
from functions.scraper.process_document import process_document
from functions.scraper.scrape_page import scrape_page
from functions.scraper.sync_feed import sync_feed
from functions.shared.clock import Clock
from functions.shared.context.memory import MemoryDocuments, MemoryItems, MemorySources
from functions.shared.context.model import ContextItem, Source
from functions.shared.context.store import ItemStore
from functions.shared.errors import FlywheelError
from functions.shared.jobs.admit import Submission, plan
from functions.shared.jobs.memory import MemoryJobStore, memory_engine
from functions.shared.jobs.model import Job, JobType
from functions.shared.jobs.run import Delivery, Handler, run
from functions.shared.messages import JobMessage
from functions.shared.notifications.memory import MemoryNotificationStore
from functions.shared.store.memory import MemoryAccountStore, MemoryObjects


def an_entry(guid: str | None, **changes: Any) -> Entry:
    """An entry whose link, title and text are its GUID's."""
    values: dict[str, Any] = {
        "guid": guid,
        "link": f"https://acme.example/{guid}",
        "title": f"Title {guid}",
        "text": f"Text {guid}",
        "author": None,
        "published_at": None,
    }
    return Entry(**{**values, **changes})


@dataclass
class Web:
    """What there is to fetch: the entries of a feed, or the text of a page. `trouble` is raised instead when set."""

    entries: Sequence[Entry] = ()
    text: str = "Tea outsold coffee last week."
    noise: str = ""
    etag: str | None = None
    not_before: datetime | None = None
    ttl: timedelta | None = None
    trouble: Exception | None = None
    forbidden: FlywheelError | None = None
    seconds_apart: float | None = None
    asked: list[str | None] = field(default_factory=list)
    parsed: int = 0

    def __call__(
        self, url: str, *, accept: Sequence[str], etag: str | None = None, last_modified: str | None = None, **_: Any
    ) -> Fetched:
        self.asked.append(etag)
        if self.trouble is not None:
            raise self.trouble
        not_modified = etag is not None and etag == self.etag
        body = b"" if not_modified else repr((self.entries, self.text, self.noise)).encode()
        return Fetched(url, body, accept[0], "utf-8", self.etag, None, not_modified, self.not_before)

    def require_allowed(self, url: str) -> None:
        if self.forbidden is not None:
            raise self.forbidden

    def crawl_delay(self, url: str) -> float | None:
        return self.seconds_apart

    def parse_feed(self, body: bytes, **about: Any) -> ParsedFeed:
        self.parsed += 1
        return ParsedFeed("Acme's news", tuple(self.entries), unusable=0, ttl=self.ttl)

    def parse_page(self, body: bytes, **about: Any) -> ParsedPage:
        self.parsed += 1
        return ParsedPage("Tea", self.text, None, None)


def a_collector(clock: Clock, web: Web, **changes: Any) -> Collector:
    """A collector without a source."""
    collaborators: dict[str, Any] = {
        "sources": MemorySources(),
        "items": MemoryItems(clock),
        "documents": MemoryDocuments(),
        "uploads": MemoryObjects(),
        "notifications": MemoryNotificationStore(),
        "accounts": MemoryAccountStore(),
        "fetch": web,
        "robots": web,
        "engine": memory_engine(clock=clock),
    }
    return Collector(**{**collaborators, **changes})


def handlers_of(collector: Collector, web: Web, parse_document: Any = None) -> Mapping[JobType, Handler]:
    return {
        JobType.SYNC_RSS: partial(sync_feed, collector=collector, parse=web.parse_feed),
        JobType.SCRAPE_WEBSITE: partial(scrape_page, collector=collector, parse=web.parse_page),
        JobType.PROCESS_DOCUMENT: partial(process_document, collector=collector, parse=parse_document),
    }


def run_job(job: Job, collector: Collector, handlers: Mapping[JobType, Handler]) -> Job:
    """The job after a run of its next attempt."""
    message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
    run(message, Delivery(), handlers=handlers, engine=collector.engine)
    return stored_job(job, collector)


def stored_job(job: Job, collector: Collector) -> Job:
    found = collector.engine.store.get(job.org_id, job.job_id)
    assert found is not None
    return found


def a_job(kind: JobType, payload: Mapping[str, Any], collector: Collector) -> Job:
    return plan(Submission("acme", kind, payload, quiet=True), engine=collector.engine)[0]


def all_jobs(collector: Collector) -> list[Job]:
    assert isinstance(collector.engine.store, MemoryJobStore)
    return list(collector.engine.store.jobs.values())


def items_of(items: ItemStore) -> list[ContextItem]:
    """The items, newest first."""
    return items.newest("acme", limit=1000)[0]


def source_of(collector: Collector, source_id: str = "source-1") -> Source:
    found = collector.sources.get("acme", source_id)
    assert found is not None
    return found
