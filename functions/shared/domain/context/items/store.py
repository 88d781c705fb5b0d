"""The port to where context items are kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from functions.shared.domain.context.model import ContextItem


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of something a source brought: which item it became, and the hash of its content.

    `job_id` is the job that wrote it, and `expires_at` when it is forgotten, with the item.
    """

    item_id: str
    content_hash: str
    job_id: str
    expires_at: datetime


class ItemStore(Protocol):
    """Context items."""

    def known(self, org_id: str, origin_id: str, marks: Sequence[str]) -> dict[str, Known]:
        """What is remembered under these marks (identities within an origin: a GUID, a link, a content hash)."""

    def save(self, item: ContextItem, *, marks: Sequence[str], expires_at: datetime) -> None:
        """Store the item and remember its marks, in one write, replacing the item of the same id.

        Raises Overtaken when the first mark belongs to another item by now: somebody else saw the same thing first.
        """

    def remember(self, org_id: str, origin_id: str, known: Known, *, marks: Sequence[str]) -> None:
        """Remember the marks of an item without storing it, which was deleted. Raises Overtaken as `save` does."""

    def get(self, org_id: str, item_id: str) -> ContextItem | None:
        """One item."""

    def newest(
        self, org_id: str, *, origin_id: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[ContextItem], str | None]:
        """Newest first, with the id to continue before, or None at the end."""

    def origins(self, org_id: str, *, sources: int, documents: int) -> list[str]:
        """The ids of the newest sources, then of the newest documents, at most so many of each.

        One without items may be among them; one that was deleted need not be.
        """

    def unfinished(self, org_id: str) -> set[str]:
        """The ids of the documents whose parts are not all saved; a reading that has just ended may be among them."""

    def delete(self, org_id: str, item_id: str) -> None:
        """Delete an item; its marks stay, so that the next fetch does not bring it back."""
