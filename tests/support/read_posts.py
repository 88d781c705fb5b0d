"""Posts whose counts were read, for tests of what the API tells of them."""

from datetime import timedelta

from functions.analytics.count_reading import counted
from functions.analytics.when_to_read import Rhythm
from functions.shared.domain.content.model import Post
from functions.shared.domain.measured.model import Metrics
from tests.support.api_driver import Driver


def read(api: Driver, post: Post, *, likes: int, impressions: int, hours: float = 48) -> None:
    """The post, read so many hours after its publication."""
    assert post.published_at is not None
    api.content.put(post)
    at = post.published_at + timedelta(hours=hours)
    before = api.metrics.get(post.org_id, post.content_id)
    metrics = Metrics(likes=likes, comments=0, shares=0, impressions=impressions)
    reading = counted(post, before, metrics, job_id=at.isoformat(), at=at, rhythm=Rhythm())
    api.metrics.record(
        before, reading.after, reading.snapshot, gained=reading.gained, learned=reading.learned, expires_at=at
    )
