"""The port to where pages, variants and posts are kept."""

from datetime import datetime
from typing import Protocol

from functions.shared.domain.content.model import Content, Page, Post
from functions.shared.domain.content.published import Publication
from functions.shared.kernel.notifications.model import Notification


class ContentStore(Protocol):
    """The `content_metadata` table."""

    def put(self, content: Content) -> None:
        """Store, replacing what has the same id."""

    def get(self, org_id: str, content_id: str) -> Content | None:
        """One item, read consistently; None when the organisation has no such content."""

    def find(self, content_id: str) -> Content | None:
        """One item by id alone, whatever its organisation (a bare queue message names none)."""

    def family(self, org_id: str, content_id: str) -> list[Content]:
        """Variants and posts made from a content, oldest first; without the content itself."""

    def page_by_slug(self, org_id: str, slug: str) -> Page | None:
        """The organisation's page at this slug, read consistently."""

    def reserve_slug(self, org_id: str, slug: str, content_id: str) -> str:
        """Give the slug to this content unless it has an owner; returns the owner's content id."""

    def newest(
        self, org_id: str, *, kind: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[Content], str | None]:
        """Newest first, with the content id to continue before, or None at the end."""

    def published(
        self, org_id: str, account_id: str, *, since: datetime, limit: int = 100, before: str | None = None
    ) -> tuple[list[Post], str | None]:
        """The account's published posts since then, the latest published first, with where to continue, or None.

        From an index, which lags behind by moments.
        """

    def publications(self, org_id: str, *, since: datetime, limit: int) -> list[Publication]:
        """The organisation's posts published since then on all accounts, the latest first, previews included.

        From an index of small entries, which lags behind by moments.
        """

    def open_post(self, post: Post) -> Post:
        """Store the intent unless one with this id exists; returns the stored one."""

    def claim_post(self, before: Post, after: Post, *, also: Notification | None = None) -> bool:
        """Replace `before` by `after` if its state and claimant are still as in `before`.

        `also` is stored in the same transaction.
        """
