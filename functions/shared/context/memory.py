"""Sources, items and documents in memory, with the same contract as the real ones."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.clock import Clock, utc_now
from functions.shared.context.model import ContextItem, Document, Source
from functions.shared.context.store import DueSource, Known, Overtaken


@dataclass
class MemorySources:
    """Sources in a dictionary."""

    stored: dict[tuple[str, str], Source] = field(default_factory=dict)

    def add(self, source: Source) -> None:
        self.stored[source.org_id, source.source_id] = source

    def get(self, org_id: str, source_id: str) -> Source | None:
        return self.stored.get((org_id, source_id))

    def of_org(self, org_id: str) -> list[Source]:
        return [source for (org, _), source in sorted(self.stored.items(), key=lambda each: each[0]) if org == org_id]

    def replace(self, before: Source, after: Source) -> Source:
        stored = self.get(before.org_id, before.source_id)
        if stored is None or stored.version != before.version:
            raise Overtaken
        written = after.model_copy(update={"version": before.version + 1})
        self.stored[after.org_id, after.source_id] = written
        return written

    def delete(self, org_id: str, source_id: str) -> None:
        self.stored.pop((org_id, source_id), None)

    def due(self, *, until: datetime, limit: int) -> list[DueSource]:
        found = [
            DueSource(source.org_id, source.source_id, source.next_fetch_at)
            for source in self.stored.values()
            if source.enabled and source.next_fetch_at is not None and source.next_fetch_at <= until
        ]
        return sorted(found, key=lambda due: (due.due_at, due.org_id, due.source_id))[:limit]


@dataclass
class MemoryItems:
    """Items and their marks in dictionaries, each with the time it expires. `documents` say which are unfinished."""

    clock: Clock = utc_now
    items: dict[tuple[str, str], tuple[ContextItem, datetime]] = field(default_factory=dict)
    marks: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    documents: "MemoryDocuments | None" = None

    def known(self, org_id: str, origin_id: str, marks: Sequence[str]) -> dict[str, Known]:
        found = {mark: self._known(org_id, origin_id, mark) for mark in marks}
        return {mark: known for mark, known in found.items() if known is not None}

    def save(self, item: ContextItem, *, marks: Sequence[str], expires_at: datetime) -> None:
        known = Known(item.item_id, item.content_hash, item.job_id, expires_at)
        self.remember(item.org_id, item.origin_id, known, marks=marks)
        self.items[item.org_id, item.item_id] = (item, expires_at)

    def remember(self, org_id: str, origin_id: str, known: Known, *, marks: Sequence[str]) -> None:
        holder = self._known(org_id, origin_id, marks[0]) if marks else None
        if holder is not None and holder.item_id != known.item_id:
            raise Overtaken
        for mark in marks:
            self.marks[org_id, origin_id, mark] = known

    def get(self, org_id: str, item_id: str) -> ContextItem | None:
        item, expires_at = self.items.get((org_id, item_id), (None, None))
        return item if expires_at is not None and expires_at > self.clock() else None

    def newest(
        self, org_id: str, *, origin_id: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[ContextItem], str | None]:
        now = self.clock()
        found = sorted(
            (
                item
                for item, expires_at in self.items.values()
                if item.org_id == org_id
                and origin_id in (None, item.origin_id)
                and (before is None or item.item_id < before)
                and expires_at > now
            ),
            key=lambda item: item.item_id,
            reverse=True,
        )
        page = found[:limit]
        return page, page[-1].item_id if len(found) > limit else None

    def origins(self, org_id: str, *, sources: int, documents: int) -> list[str]:
        found = {(item.origin == "document", item.origin_id) for item in self.newest(org_id, limit=len(self.items))[0]}
        of_sources = sorted((origin_id for is_document, origin_id in found if not is_document), reverse=True)
        of_documents = sorted((origin_id for is_document, origin_id in found if is_document), reverse=True)
        return [*of_sources[:sources], *of_documents[:documents]]

    def unfinished(self, org_id: str) -> set[str]:
        documents = self.documents.of_org(org_id) if self.documents is not None else []
        return {document.document_id for document in documents if document.unfinished}

    def delete(self, org_id: str, item_id: str) -> None:
        self.items.pop((org_id, item_id), None)

    def _known(self, org_id: str, origin_id: str, mark: str) -> Known | None:
        known = self.marks.get((org_id, origin_id, mark))
        return known if known is not None and known.expires_at > self.clock() else None


@dataclass
class MemoryDocuments:
    """Documents in a dictionary."""

    stored: dict[tuple[str, str], Document] = field(default_factory=dict)

    def put(self, document: Document) -> None:
        self.stored[document.org_id, document.document_id] = document

    def update(self, document: Document) -> bool:
        if (document.org_id, document.document_id) not in self.stored:
            return False
        self.put(document)
        return True

    def get(self, org_id: str, document_id: str) -> Document | None:
        return self.stored.get((org_id, document_id))

    def of_org(self, org_id: str) -> list[Document]:
        return [found for (org, _), found in sorted(self.stored.items(), key=lambda each: each[0]) if org == org_id]

    def delete(self, org_id: str, document_id: str) -> None:
        self.stored.pop((org_id, document_id), None)
