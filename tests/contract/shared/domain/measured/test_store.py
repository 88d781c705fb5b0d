"""One suite over the metrics store in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.measured.arms import EVERYTHING, arms_of
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.measured.model import Dimension, Measured, Metrics, Snapshot, Totals
from functions.shared.domain.measured.store import MetricsStore, Recorded
from functions.shared.domain.network import Network
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.outbox import Outbox
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.measured import a_measured_post
from tests.support.notices import a_notice

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TODAY = NOON.date()


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[MetricsStore]:
    if request.param == "memory":
        yield MemoryMetrics()
        return
    with mock_aws():
        make_tables()
        yield DynamoMetrics("metrics", partial(boto3.client, "dynamodb"))


def test_a_post_is_read_back_whole_with_its_series(store: MetricsStore) -> None:
    post = a_measured_post(NOON, metrics=Metrics(likes=3, impressions=100), taken_at=NOON, learned_rate=0.03)
    later, earlier = _snapshot("job-2", hours=2, likes=3, impressions=100), _snapshot("job-1", likes=0)
    first = _recorded(store, None, post, later)
    second = _recorded(store, first, post, earlier)
    assert (first.version, second.version) == (1, 2)
    assert store.get("acme", "post-1") == second == post.model_copy(update={"version": 2})
    assert store.series("acme", "post-1") == [earlier, later]
    assert store.get("other", "post-1") is None
    assert store.series("other", "post-1") == []


def test_a_job_records_a_post_once(store: MetricsStore) -> None:
    post = a_measured_post(NOON)
    first = _recorded(store, None, post, _snapshot("job-1", likes=1), likes=1)
    with pytest.raises(Recorded):
        _recorded(store, first, post, _snapshot("job-1", likes=9), likes=8)
    assert store.get("acme", "post-1") == first
    assert [snapshot.metrics.likes for snapshot in store.series("acme", "post-1")] == [1]
    assert _totals(store) == {(TODAY, Dimension.ALL, EVERYTHING): Totals(likes=1)}


def test_who_has_seen_an_earlier_state_changes_nothing(store: MetricsStore) -> None:
    post = a_measured_post(NOON)
    first = _recorded(store, None, post, _snapshot("job-1", likes=1), likes=1)
    second = _recorded(store, first, post, _snapshot("job-2", likes=2), likes=1)
    for stale in (None, first):
        with pytest.raises(Recorded):
            _recorded(store, stale, post, _snapshot("job-3", likes=1), likes=7)
    assert store.get("acme", "post-1") == second
    assert len(store.series("acme", "post-1")) == 2
    assert _totals(store) == {(TODAY, Dimension.ALL, EVERYTHING): Totals(likes=2)}


def test_rollups_add_up_by_day_also_downwards(store: MetricsStore) -> None:
    post, yesterday = a_measured_post(NOON), TODAY - timedelta(days=1)
    hour, tag = (TODAY, Dimension.HOUR, "12"), (yesterday, Dimension.TOPIC, "日本 #1")
    state = store.record(
        None,
        post,
        None,
        gained={hour: Totals(posts=1, likes=5, impressions=100, rated_engagements=5), tag: Totals(comments=2)},
        learned=(),
        expires_at=NOON,
    )
    less = {hour: Totals(likes=-2, shares=1, rated_engagements=-1), tag: Totals()}
    store.record(state, post, None, gained=less, learned=(), expires_at=NOON)
    both = {hour: Totals(posts=1, likes=3, shares=1, impressions=100, rated_engagements=4), tag: Totals(comments=2)}
    assert store.totals("acme", first=yesterday, last=TODAY, detailed=True) == both
    assert store.totals("acme", first=TODAY, last=TODAY, detailed=True) == {hour: both[hour]}
    assert store.totals("acme", first=yesterday, last=yesterday, detailed=True) == {tag: both[tag]}
    assert store.totals("other", first=yesterday, last=TODAY, detailed=True) == {}
    assert store.totals("acme", first=yesterday, last=TODAY) == {}, "only everything and networks, unless asked"


def test_arms_add_up(store: MetricsStore) -> None:
    one, two = a_measured_post(NOON), a_measured_post(NOON, post_id="post-2", style="list", network=Network.BLUESKY)
    for post, rate in ((one, 0.25), (two, 0.5)):
        store.record(None, post, None, gained={}, learned=arms_of(post, rate), expires_at=NOON)
    arms = {(arm.dimension, arm.network, arm.value): arm for arm in store.arms("acme", at=NOON)}
    assert set(arms) == {
        (Dimension.ALL, None, "all"),
        (Dimension.NETWORK, None, "twitter"),
        (Dimension.NETWORK, None, "bluesky"),
        (Dimension.STYLE, Network.TWITTER, "question"),
        (Dimension.STYLE, Network.BLUESKY, "list"),
        *((dimension, network, value) for dimension, value in ((Dimension.TOPIC, "tea"), (Dimension.HOUR, "12"))
          for network in (Network.TWITTER, Network.BLUESKY)),
    }  # fmt: skip
    everything = arms[Dimension.ALL, None, "all"]
    assert (everything.posts, everything.since, everything.effective) == (2, TODAY.replace(day=1), 2)
    assert (everything.mean, everything.squares) == (0.375, 2 * 0.125**2)
    assert store.arms("other", at=NOON) == []


def test_posts_are_listed_by_when_they_were_published(store: MetricsStore) -> None:
    for number in (2, 0, 3, 1):
        post = a_measured_post(NOON + timedelta(days=number), post_id=f"post-{number}")
        _recorded(store, None, post, _snapshot("job-1", likes=1))
    found = store.standings("acme", since=NOON + timedelta(days=1), until=NOON + timedelta(days=3))
    assert [post.post_id for post in found] == ["post-1", "post-2"]
    assert store.standings("other", since=NOON, until=NOON + timedelta(days=9)) == []


def test_many_posts_are_read_at_once(store: MetricsStore) -> None:
    posts = [_recorded(store, None, a_measured_post(NOON, post_id=f"p{number}"), None) for number in range(120)]
    found = store.many("acme", [*(post.post_id for post in posts), "unknown"])
    assert found == {post.post_id: post for post in posts}
    assert store.many("acme", []) == {}


def test_posts_snapshots_and_rollups_are_forgotten_arms_once_their_month_does_not_count_any_more() -> None:
    with mock_aws():
        make_tables()
        client = boto3.client("dynamodb")
        store, post = DynamoMetrics("metrics", lambda: client), a_measured_post(NOON)
        gained = {(TODAY, Dimension.ALL, EVERYTHING): Totals(likes=1)}
        learned, snapshot = arms_of(post, 0.1), _snapshot("job-1", likes=1)
        store.record(None, post, snapshot, gained=gained, learned=learned, expires_at=NOON)
        items: list[Any] = client.scan(TableName="metrics")["Items"]
    arms = [item for item in items if item["sk"]["S"].startswith("ARM#")]
    assert {item["expires_at"]["N"] for item in items if item not in arms} == {str(int(NOON.timestamp()))}
    assert {item["expires_at"]["N"] for item in arms} == {str(int(datetime(2027, 5, 30, tzinfo=UTC).timestamp()))}


def test_what_is_told_of_a_learning_is_stored_with_it_or_not_at_all(clock: ManualClock) -> None:
    with mock_aws():
        make_tables()
        client = partial(boto3.client, "dynamodb")
        store, post = DynamoMetrics("metrics", client, outbox=Outbox("jobs")), a_measured_post(NOON)
        notices = DynamoNotificationStore("jobs", client, clock)
        notice = a_notice(clock)
        store.record(None, post, _snapshot("job-1"), gained={}, learned=(), expires_at=NOON, also=notice)
        other = a_notice(clock, "another")
        with pytest.raises(Recorded):
            store.record(None, post, _snapshot("job-1"), gained={}, learned=(), expires_at=NOON, also=other)
        assert notices.newest("acme")[0] == [notice]


def _snapshot(job_id: str, *, hours: int = 0, **counts: int) -> Snapshot:
    return Snapshot(job_id=job_id, taken_at=NOON + timedelta(hours=hours), metrics=Metrics(**counts))


def _recorded(
    store: MetricsStore, before: Measured | None, after: Measured, snapshot: Snapshot | None, *, likes: int = 0
) -> Measured:
    gained = {(TODAY, Dimension.ALL, EVERYTHING): Totals(likes=likes)} if likes else {}
    return store.record(before, after, snapshot, gained=gained, learned=(), expires_at=NOON + timedelta(days=400))


def _totals(store: MetricsStore) -> dict[tuple[date, Dimension, str], Totals]:
    return store.totals("acme", first=TODAY, last=TODAY)
