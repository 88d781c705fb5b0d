"""What is known of a customer: where it is read, and what was read there.

A source is a page of a website or a feed, read again and again. A document is uploaded once. Either brings context
items: texts that pages and posts are written with, as material and never as instruction.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

MAX_ITEM_CHARACTERS = 20_000
"""A longer text is cut (a page, a feed's entry) or split into several items (a document)."""


class SourceKind(StrEnum):
    """How a source is read."""

    WEBSITE = "website"
    FEED = "feed"


class SourceHealth(StrEnum):
    """How a source has been doing: `failing` from the first failed fetch, `unhealthy` from the fifth in a row."""

    NEW = "new"
    HEALTHY = "healthy"
    FAILING = "failing"
    UNHEALTHY = "unhealthy"


class Fetch(BaseModel):
    """What one fetch of a source came to, counted in items.

    `outcome` is `fetched`, `unchanged` (the source said so, or sent what it had sent before) or `failed`.
    `attempt` names the run of a job that fetched, as `job_id/attempt`: one run is counted once.
    `held_back` is what would have been new, and was beyond the day's allowance.
    """

    model_config = ConfigDict(frozen=True)

    at: datetime
    attempt: str
    outcome: Literal["fetched", "unchanged", "failed"]
    reason: str | None = None
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    unusable: int = 0
    held_back: int = 0


class Growth(BaseModel):
    """How many new items each job brought a source on one UTC day, the last one with any.

    `held_back` is what the source's last reading left out because the day's allowance was used up.
    """

    model_config = ConfigDict(frozen=True)

    day: date
    by_job: dict[str, int] = {}
    held_back: int = 0


class Source(BaseModel):
    """A source as stored. `version` grows with every write, and fences it.

    `next_fetch_at` is when the planner makes the next job; None while the source is switched off.
    `etag` and `last_modified` are the source's own words, sent back with the next request; `content_hash` is that of
    what it brought last. `failing_since` is when the present row of failures began. `read_at` is when everything it has
    was last looked through: what was unchanged since then only said so. `growth` is what it brought on the day of that.
    `crawl_delay` is how many seconds its website wants between two requests, by its robots.txt.
    """

    model_config = ConfigDict(frozen=True)

    org_id: str
    source_id: str
    kind: SourceKind
    name: str
    url: str
    cron: str
    timezone: str = "UTC"
    enabled: bool = True
    created_at: datetime
    updated_at: datetime
    version: int = 1
    next_fetch_at: datetime | None = None
    health: SourceHealth = SourceHealth.NEW
    failures: int = 0
    failing_since: datetime | None = None
    last_fetch: Fetch | None = None
    last_success_at: datetime | None = None
    read_at: datetime | None = None
    last_job_id: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    content_hash: str | None = None
    growth: Growth | None = None
    crawl_delay: float | None = None


class ContextItem(BaseModel):
    """One text: an entry of a feed, a page, or a part of a document.

    `item_id` sorts by when it was first seen. `origin` says what it came from; `origin_id` is the source's or the
    document's id. `url` is where readers find it, None for documents. `published_at` is as the source has it.
    `part` of `parts` counts from 1.
    """

    model_config = ConfigDict(frozen=True)

    org_id: str
    item_id: str
    origin: Literal["website", "feed", "document"]
    origin_id: str
    title: str
    text: str
    url: str | None = None
    author: str | None = None
    published_at: datetime | None = None
    first_seen_at: datetime
    changed_at: datetime
    content_hash: str
    job_id: str
    part: int = 1
    parts: int = 1


class DocumentState(StrEnum):
    """Where an uploaded document is."""

    AWAITING_UPLOAD = "awaiting_upload"
    PROCESSING = "processing"
    READY = "ready"
    FAILED = "failed"


class Document(BaseModel):
    """An uploaded file. `object_key` is where its bytes lie; `size` is in bytes, as announced and signed.

    `unfinished` from before the first part of a reading is saved until all are: what there is meanwhile, or for good
    when the reading ends half-way, is not the document's text, and nothing is written with it.
    """

    model_config = ConfigDict(frozen=True)

    org_id: str
    document_id: str
    name: str
    media_type: str
    size: int
    object_key: str
    created_at: datetime
    updated_at: datetime
    state: DocumentState = DocumentState.AWAITING_UPLOAD
    error: str | None = None
    items: int = 0
    characters: int = 0
    unfinished: bool = False
    job_id: str | None = None


class Excerpt(BaseModel):
    """A part of a context item as given to a writer, and what is stored of it with what was written."""

    model_config = ConfigDict(frozen=True)

    item_id: str
    title: str
    url: str | None = None
    origin: Literal["website", "feed", "document"]
    origin_id: str
    text: str
    published_at: datetime | None = None

    def named(self) -> dict[str, str | None]:
        """Which item it is a part of, as a job's result shows it."""
        return {"item_id": self.item_id, "title": self.title, "url": self.url, "origin": self.origin}
