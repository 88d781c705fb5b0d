"""The port to where documents are kept."""

from typing import Protocol

from functions.shared.domain.context.model import Document


class DocumentStore(Protocol):
    """Uploaded documents."""

    def put(self, document: Document) -> None:
        """Store, replacing the document of the same id."""

    def update(self, document: Document) -> bool:
        """Replace the document of the same id; False, and nothing is written, when it is gone."""

    def get(self, org_id: str, document_id: str) -> Document | None:
        """One document."""

    def of_org(self, org_id: str) -> list[Document]:
        """The organisation's documents, oldest first."""

    def delete(self, org_id: str, document_id: str) -> None:
        """Forget a document; its items stay until they are deleted."""
