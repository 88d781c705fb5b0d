"""Items and their marks in memory, with the contract of the real store."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.domain.context.documents.memory import MemoryDocuments
from functions.shared.domain.context.items.store import Known
from functions.shared.domain.context.model import ContextItem
from functions.shared.domain.context.overtaken import Overtaken
from functions.shared.kernel.clock import Clock, utc_now


@dataclass
class MemoryItems:
    """Items and their marks in dictionaries, each with the time it expires. `documents` say which are unfinished."""

    clock: Clock = utc_now
    items: dict[tuple[str, str], tuple[ContextItem, datetime]] = field(default_factory=dict)
    marks: dict[tuple[str, str, str], Known] = field(default_factory=dict)
    documents: MemoryDocuments | None = None

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
