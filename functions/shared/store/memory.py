"""The stores in memory, with the same contracts as the real ones."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from functions.shared.clock import rfc3339
from functions.shared.content import Account, Content, Organisation, Page, Post
from functions.shared.store.objects import PreconditionFailed
from functions.shared.store.published import Publication, publication_of, published_place


@dataclass
class MemoryContentStore:
    """Contents in a dictionary."""

    contents: dict[tuple[str, str], Content] = field(default_factory=dict)
    slugs: dict[tuple[str, str], str] = field(default_factory=dict)

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

    def claim_post(self, before: Post, after: Post) -> bool:
        stored = self.contents.get((before.org_id, before.content_id))
        if not isinstance(stored, Post) or (stored.state, stored.claimed_by) != (before.state, before.claimed_by):
            return stored == after
        self.put(after)
        return True


@dataclass
class MemoryAccountStore:
    """Accounts and organisations in dictionaries."""

    stored: dict[tuple[str, str], Account] = field(default_factory=dict)
    locks: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    tenants: dict[str, Organisation] = field(default_factory=dict)

    def put(self, account: Account) -> None:
        self.stored[account.org_id, account.account_id] = account

    def get(self, org_id: str, account_id: str) -> Account | None:
        return self.stored.get((org_id, account_id))

    def accounts(self, org_id: str) -> list[Account]:
        found = [account for account in self.stored.values() if account.org_id == org_id]
        return sorted(found, key=lambda account: account.account_id)

    def change(self, org_id: str, account_id: str, change: Callable[[Account], Account]) -> Account | None:
        stored = self.get(org_id, account_id)
        if stored is None:
            return None
        after = change(stored)
        if after != stored:
            self.put(after)
        return after

    def delete(self, org_id: str, account_id: str) -> None:
        self.stored.pop((org_id, account_id), None)

    def lock(self, org_id: str, account_id: str, *, owner: str, now: datetime, until: datetime) -> bool:
        holder, held_until = self.locks.get((org_id, account_id), (owner, now))
        if holder != owner and held_until > now:
            return False
        self.locks[org_id, account_id] = (owner, until)
        return True

    def unlock(self, org_id: str, account_id: str, *, owner: str) -> None:
        if self.locks.get((org_id, account_id), ("",))[0] == owner:
            del self.locks[org_id, account_id]

    def put_organisation(self, organisation: Organisation) -> None:
        self.tenants[organisation.org_id] = organisation

    def organisations(self) -> list[Organisation]:
        return sorted(self.tenants.values(), key=lambda organisation: organisation.org_id)


@dataclass
class MemoryObjects:
    """Objects in a dictionary: key -> (bytes, media type)."""

    objects: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def put(
        self,
        key: str,
        data: bytes,
        media_type: str,
        *,
        cache_control: str | None = None,
        if_match: str | None = None,
        if_absent: bool = False,
    ) -> str:
        stored = self.get(key)
        if (if_absent and stored is not None) or (if_match is not None and (stored is None or stored[1] != if_match)):
            raise PreconditionFailed(key)
        self.objects[key] = (data, media_type)
        return _etag(data)

    def get(self, key: str) -> tuple[bytes, str] | None:
        if key not in self.objects:
            return None
        data = self.objects[key][0]
        return data, _etag(data)


@dataclass
class MemorySecrets:
    """Secrets in a dictionary."""

    values: dict[str, dict[str, str]] = field(default_factory=dict)

    def get(self, secret_id: str) -> dict[str, str]:
        return dict(self.values.get(secret_id, {}))

    def put(self, secret_id: str, value: Mapping[str, str]) -> None:
        self.values[secret_id] = dict(value)

    def delete(self, secret_id: str) -> None:
        self.values.pop(secret_id, None)


def _etag(data: bytes) -> str:
    return f'"{hashlib.sha256(data).hexdigest()}"'
