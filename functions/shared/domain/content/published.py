"""Where a published post stands among those of its account, and among all of its organisation."""

from dataclasses import dataclass
from datetime import datetime

from functions.shared.domain.accounts.model import PREVIEW
from functions.shared.domain.content.model import Post, PostState
from functions.shared.domain.network import Network
from functions.shared.kernel.clock import rfc3339


def published_place(post: Post) -> str | None:
    """When it was published, then its id: sorts by time. None for a post that is not out in the world."""
    if post.state is not PostState.PUBLISHED or post.publisher == PREVIEW or post.published_at is None:
        return None
    return f"{rfc3339(post.published_at)}#{post.content_id}"


@dataclass(frozen=True, slots=True)
class Publication:
    """When, where and by what a post was published, the preview included."""

    content_id: str
    published_at: datetime
    publisher: str
    network: Network
    account_id: str


def publication_of(post: Post) -> Publication | None:
    """A post's publication; None for one that is not published."""
    if post.state is not PostState.PUBLISHED or post.published_at is None:
        return None
    return Publication(post.content_id, post.published_at, post.publisher, post.network, post.account_id)
