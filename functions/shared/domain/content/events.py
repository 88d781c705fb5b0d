"""What is told of content that was published, to those who want it. Decision 0027."""

from functions.shared.domain.content.model import Page, Post
from functions.shared.kernel.clock import rfc3339
from functions.shared.kernel.notifications.model import NotificationKind
from functions.shared.kernel.notifications.notify import Event


def publication_event(post: Post) -> Event:
    """A post went out."""
    at = post.published_at or post.updated_at
    details = {
        "content_id": post.content_id,
        "parent_id": post.parent_id,
        "account_id": post.account_id,
        "network": post.network.value,
        "publisher": post.publisher,
    }
    return Event(
        org_id=post.org_id,
        event_id=f"post-published:{post.content_id}:{rfc3339(at)}",
        kind=NotificationKind.POST_PUBLISHED,
        at=at,
        title=f"A post was published on {post.network.value}",
        reason="its job is done",
        advice=f"GET /api/content/{post.content_id} shows it.",
        link=f"/api/content/{post.content_id}",
        details={**details, **({"url": post.url} if post.url else {})},
    )


def page_event(page: Page) -> Event:
    """A page is on the site, as it was written last."""
    return Event(
        org_id=page.org_id,
        event_id=f"page-published:{page.content_id}:{rfc3339(page.updated_at)}",
        kind=NotificationKind.PAGE_PUBLISHED,
        at=page.updated_at,
        title="A page was published",
        reason="its job is done",
        advice=f"GET /api/content/{page.content_id} shows it.",
        link=f"/api/content/{page.content_id}",
        details={"content_id": page.content_id, "url": page.url, "title": page.title},
    )
