"""A scraper with everything in memory, that reads one source on a web of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from functions.scraper.fetch import Fetched
from functions.scraper.parsing.feed import Entry, ParsedFeed
from functions.scraper.parsing.page import ParsedPage
from functions.scraper.process_document import process_document
from functions.scraper.scrape_page import scrape_page
from functions.scraper.services import Services
from functions.scraper.sync_feed import sync_feed
from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.items.store import ItemStore
from functions.shared.domain.context.model import ContextItem, Source
from functions.shared.domain.context.sources.memory import MemorySources
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.memory import MemoryOrganisationStore
from functions.shared.kernel.clock import Clock
from functions.shared.kernel.errors import FlywheelError
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import Job
from functions.shared.kernel.jobs.run import Delivery, Handlers, run
from functions.shared.kernel.messages import JobMessage
from functions.shared.kernel.notifications.memory import MemoryNotificationStore
from functions.shared.kernel.objects.memory import MemoryObjects
from tests.support.engines import memory_engine


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


def scraper_services(clock: Clock, web: Web, **changes: Any) -> Services:
    """A services without a source."""
    collaborators: dict[str, Any] = {
        "sources": MemorySources(),
        "items": MemoryItems(clock),
        "documents": MemoryDocuments(),
        "uploads": MemoryObjects(),
        "notifications": MemoryNotificationStore(),
        "organisations": MemoryOrganisationStore(),
        "fetch": web,
        "robots": web,
        "engine": memory_engine(clock=clock),
    }
    return Services(**{**collaborators, **changes})


def handlers_of(services: Services, web: Web, parse_document: Any = None) -> Handlers:
    return {
        JobType.SYNC_RSS: partial(sync_feed, services=services, parse=web.parse_feed),
        JobType.SCRAPE_WEBSITE: partial(scrape_page, services=services, parse=web.parse_page),
        JobType.PROCESS_DOCUMENT: partial(process_document, services=services, parse=parse_document),
    }


def run_job(job: Job, services: Services, handlers: Handlers) -> Job:
    """The job after a run of its next attempt."""
    message = JobMessage(job_id=job.job_id, org_id=job.org_id, attempt=job.attempt)
    run(message, Delivery(), handlers=handlers, engine=services.engine)
    return stored_job(job, services)


def stored_job(job: Job, services: Services) -> Job:
    found = services.engine.store.get(job.org_id, job.job_id)
    assert found is not None
    return found


def a_job(kind: JobType, payload: Mapping[str, Any], services: Services) -> Job:
    return plan(Submission("acme", kind, payload, quiet=True), engine=services.engine)[0]


def all_jobs(services: Services) -> list[Job]:
    assert isinstance(services.engine.store, MemoryJobStore)
    return list(services.engine.store.jobs.values())


def items_of(items: ItemStore) -> list[ContextItem]:
    """The items, newest first."""
    return items.newest("acme", limit=1000)[0]


def source_of(services: Services, source_id: str = "source-1") -> Source:
    found = services.sources.get("acme", source_id)
    assert found is not None
    return found
