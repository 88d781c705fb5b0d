"""The port to where documents are kept."""

from typing import Protocol

from functions.shared.domain.context.model import Document
from functions.shared.domain.limits import MOST_DOCUMENTS


class DocumentStore(Protocol):
    """Uploaded documents."""

    def put(self, document: Document, *, limit: int = MOST_DOCUMENTS) -> None:
        """Store, replacing the document of the same id; raises LimitReached for a new one beyond `limit`."""

    def update(self, document: Document) -> bool:
        """Replace the document of the same id; False, and nothing is written, when it is gone."""

    def get(self, org_id: str, document_id: str) -> Document | None:
        """One document."""

    def of_org(self, org_id: str) -> list[Document]:
        """The organisation's documents, oldest first."""

    def page(self, org_id: str, *, after: str | None, limit: int) -> list[Document]:
        """At most `limit` of them, from behind the id `after`; nothing else is read."""

    def delete(self, org_id: str, document_id: str) -> None:
        """Forget a document; its items stay until they are deleted."""
