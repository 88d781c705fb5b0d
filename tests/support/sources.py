"""Small examples of what the context is made of."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from functions.shared.domain.context.model import ContextItem, Document, Source, SourceKind
from functions.shared.domain.context.sources.memory import MemorySources
from tests.support.api_driver import Driver

FEED = {"kind": "feed", "url": "https://tea.example/feed.xml"}
"""What a caller sends to have a feed read."""


def created(api: Driver, **changes: object) -> str:
    """The id of a source made through the API."""
    answer = api("POST", "/api/sources", {**FEED, **changes})
    assert answer.status == 201, answer.text
    return str(answer.json["source_id"])


def stored(api: Driver, source_id: str) -> Source:
    """The source as the API has stored it."""
    return api.sources.stored["acme", source_id]


def a_source(now: datetime, **changes: Any) -> Source:
    source = Source(
        org_id="acme",
        source_id="source-1",
        kind=SourceKind.FEED,
        name="Acme's news",
        url="https://acme.example/feed.xml",
        cron="rate(6 hours)",
        created_at=now,
        updated_at=now,
        next_fetch_at=now,
    )
    return source.model_copy(update=changes)


def an_item(now: datetime, **changes: Any) -> ContextItem:
    item = ContextItem(
        org_id="acme",
        item_id="item-1",
        origin="feed",
        origin_id="source-1",
        title="Tea is back",
        text="Tea outsold coffee last week.",
        url="https://acme.example/tea",
        published_at=now,
        first_seen_at=now,
        changed_at=now,
        content_hash="hash-1",
        job_id="job-1",
    )
    return item.model_copy(update=changes)


def a_document(now: datetime, **changes: Any) -> Document:
    document = Document(
        org_id="acme",
        document_id="document-1",
        name="handbook.txt",
        media_type="text/plain",
        size=11,
        object_key="acme/document-1.txt",
        created_at=now,
        updated_at=now,
    )
    return document.model_copy(update=changes)


@dataclass
class BusySources(MemorySources):
    """While one request is under way, other things happen."""

    before_add: list[Callable[[], object]] = field(default_factory=list)
    before_replace: list[Callable[[], object]] = field(default_factory=list)

    def add(self, source: Source, *, limit: int = 100) -> None:
        if self.before_add:
            self.before_add.pop()()
        super().add(source, limit=limit)

    def replace(self, before: Source, after: Source) -> Source:
        if self.before_replace:
            self.before_replace.pop()()
        return super().replace(before, after)
