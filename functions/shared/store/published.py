"""Where a published post stands among those of its account."""

from functions.shared.clock import rfc3339
from functions.shared.content import Post, PostState

PREVIEW = "preview"
"""The publisher that publishes nothing: its posts are nowhere to be measured."""


def published_place(post: Post) -> str | None:
    """When it was published, then its id: sorts by time. None for a post that is not out in the world."""
    if post.state is not PostState.PUBLISHED or post.publisher == PREVIEW or post.published_at is None:
        return None
    return f"{rfc3339(post.published_at)}#{post.content_id}"
