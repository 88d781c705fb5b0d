"""Small examples of what becomes of posts."""

from datetime import datetime
from typing import Any

from functions.shared.measured.arms import arms_of
from functions.shared.measured.model import Arm, Measured
from functions.shared.measured.store import MetricsStore
from functions.shared.networks import Network


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


def learn(metrics: MetricsStore, post: Measured, rate: float) -> list[Arm]:
    """Count a post's rate at the fixed age, as if it had been read; what it added."""
    added = arms_of(post, rate)
    metrics.record(None, post, None, gained={}, learned=added, expires_at=post.published_at)
    return added
