"""Documents in memory, with the contract of the real store."""

from dataclasses import dataclass, field

from functions.shared.domain.context.model import Document
from functions.shared.domain.limits import MOST_DOCUMENTS
from functions.shared.kernel.store.counted import LimitReached


@dataclass
class MemoryDocuments:
    """Documents in a dictionary."""

    stored: dict[tuple[str, str], Document] = field(default_factory=dict)

    def put(self, document: Document, *, limit: int = MOST_DOCUMENTS) -> None:
        is_new = (document.org_id, document.document_id) not in self.stored
        if is_new and len(self.of_org(document.org_id)) >= limit:
            raise LimitReached("documents", limit)
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

    def page(self, org_id: str, *, after: str | None, limit: int) -> list[Document]:
        return [found for found in self.of_org(org_id) if found.document_id > (after or "")][:limit]

    def delete(self, org_id: str, document_id: str) -> None:
        self.stored.pop((org_id, document_id), None)
