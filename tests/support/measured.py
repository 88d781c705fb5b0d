"""Small examples of what becomes of posts."""

from datetime import datetime
from typing import Any

from functions.shared.domain.measured.model import Measured
from functions.shared.domain.network import Network


def a_measured_post(published_at: datetime, **changes: Any) -> Measured:
    post = Measured(
        org_id="acme",
        post_id="post-1",
        account_id="acme-on-x",
        network=Network.TWITTER,
        published_at=published_at,
        title="Will tea outsell coffee?",
        style="question",
        topics=("tea",),
    )
    return post.model_copy(update=changes)
