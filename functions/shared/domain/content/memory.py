"""Contents in memory, with the contract of the real store."""

from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.domain.content.model import Content, Page, Post
from functions.shared.domain.content.published import Publication, publication_of, published_place
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.notifications.model import Notification


@dataclass
class MemoryContentStore:
    """Contents in a dictionary."""

    contents: dict[tuple[str, str], Content] = field(default_factory=dict)
    slugs: dict[tuple[str, str], str] = field(default_factory=dict)
    told: list[Notification] = field(default_factory=list)

    def put(self, content: Content) -> None:
        if isinstance(content, Page):
            self.slugs[content.org_id, content.slug] = content.content_id
        self.contents[content.org_id, content.content_id] = content

    def get(self, org_id: str, content_id: str) -> Content | None:
        return self.contents.get((org_id, content_id))

    def find(self, content_id: str) -> Content | None:
        return next((content for content in self.contents.values() if content.content_id == content_id), None)

    def family(self, org_id: str, content_id: str) -> list[Content]:
        related = (content for content in self.contents.values() if not isinstance(content, Page))
        found = [content for content in related if (content.org_id, content.parent_id) == (org_id, content_id)]
        return sorted(found, key=lambda content: content.content_id)

    def page_by_slug(self, org_id: str, slug: str) -> Page | None:
        pages = (content for content in self.contents.values() if isinstance(content, Page))
        return next((page for page in pages if (page.org_id, page.slug) == (org_id, slug)), None)

    def reserve_slug(self, org_id: str, slug: str, content_id: str) -> str:
        return self.slugs.setdefault((org_id, slug), content_id)

    def newest(
        self, org_id: str, *, kind: str | None = None, limit: int = 50, before: str | None = None
    ) -> tuple[list[Content], str | None]:
        found = sorted(
            (
                content
                for content in self.contents.values()
                if content.org_id == org_id
                and kind in (None, content.kind)
                and (before is None or content.content_id < before)
            ),
            key=lambda content: content.content_id,
            reverse=True,
        )
        page = found[:limit]
        return page, page[-1].content_id if len(found) > limit else None

    def published(
        self, org_id: str, account_id: str, *, since: datetime, limit: int = 100, before: str | None = None
    ) -> tuple[list[Post], str | None]:
        found = [
            (place, post)
            for post in self.contents.values()
            if isinstance(post, Post) and (post.org_id, post.account_id) == (org_id, account_id)
            for place in [published_place(post)]
            if place is not None and rfc3339(since) <= place and (before is None or place < before)
        ]
        page = sorted(found, key=lambda each: each[0], reverse=True)[:limit]
        return [post for _, post in page], page[-1][0] if len(found) > limit else None

    def publications(self, org_id: str, *, since: datetime, limit: int) -> list[Publication]:
        posts = [post for post in self.contents.values() if isinstance(post, Post) and post.org_id == org_id]
        found = [each for each in map(publication_of, posts) if each is not None and each.published_at >= since]
        return sorted(found, key=lambda each: each.published_at, reverse=True)[:limit]

    def open_post(self, post: Post) -> Post:
        stored = self.contents.setdefault((post.org_id, post.content_id), post)
        if not isinstance(stored, Post):
            raise AssertionError(f"{post.content_id} is not a post")
        return stored

    def claim_post(self, before: Post, after: Post, *, also: Notification | None = None) -> bool:
        stored = self.contents.get((before.org_id, before.content_id))
        if not isinstance(stored, Post) or (stored.state, stored.claimed_by) != (before.state, before.claimed_by):
            return stored == after
        self.put(after)
        self.told += [also] if also else []
        return True
