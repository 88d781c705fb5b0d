"""One suite over how the metrics store forgets: months that count no more, and topics nobody has used lately."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.measured.arms import arms_of
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.measured.forget import KEPT, expiry_of
from functions.shared.domain.measured.memory import MemoryMetrics
from functions.shared.domain.measured.model import Arm, Dimension, MonthlyArm
from functions.shared.domain.measured.store import MetricsStore
from functions.shared.domain.network import Network
from tests.support.aws import make_tables
from tests.support.measured import a_measured_post

MOST_TOPICS = 30
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[MetricsStore]:
    if request.param == "memory":
        yield MemoryMetrics(most_topics=MOST_TOPICS)
        return
    with mock_aws():
        make_tables()
        yield DynamoMetrics("metrics", partial(boto3.client, "dynamodb"), most_topics=MOST_TOPICS)


def count(store: MetricsStore, published_at: datetime, rate: float, **changes: Any) -> None:
    post = a_measured_post(published_at, post_id=f"post-{published_at.isoformat()}", **changes)
    store.record(None, post, None, gained={}, learned=arms_of(post, rate), expires_at=NOON)


def arm(arms: Sequence[Arm], dimension: Dimension) -> Arm:
    (found,) = (each for each in arms if each.dimension is dimension)
    return found


def test_months_are_put_together_and_the_older_one_counts_less(store: MetricsStore) -> None:
    for published_at, rate in ((NOON, 0.01), (datetime(2026, 8, 23, 12, tzinfo=UTC), 0.04)):
        count(store, published_at, rate)
    style = arm(store.arms("acme", at=datetime(2026, 11, 30, tzinfo=UTC)), Dimension.STYLE)
    half = 2**-1.5  # ninety days after the end of August
    assert (style.posts, style.since) == (2, date(2026, 8, 1))
    assert style.mean == pytest.approx((0.01 + half * 0.04) / (1 + half))
    assert style.effective == pytest.approx((1 + half) ** 2 / (1 + half**2))
    assert 1 < style.effective < 2


def test_a_month_that_counts_no_more_is_not_read_though_it_is_not_deleted_yet(store: MetricsStore) -> None:
    august = datetime(2026, 8, 23, 12, tzinfo=UTC)
    count(store, august, 0.04)
    ended = datetime(2026, 9, 1, tzinfo=UTC) + KEPT
    assert expiry_of(date(2026, 8, 1)) == ended
    assert arm(store.arms("acme", at=ended - ended.resolution), Dimension.STYLE).posts == 1
    assert store.arms("acme", at=ended) == []


def test_at_most_so_many_topics_are_read_those_of_the_newest_months(store: MetricsStore) -> None:
    october, november = (datetime(2026, month, 5, tzinfo=UTC) for month in (10, 11))
    post = a_measured_post(november)
    for at, kind, number in ((october, "old", 20), (november, "new", MOST_TOPICS - 5)):
        learned = [_topic(f"{kind}-{each}", at.date().replace(day=1)) for each in range(number)]
        part = post.model_copy(update={"post_id": kind})
        store.record(None, part, None, gained={}, learned=learned, expires_at=NOON)
    count(store, october, 0.02, topics=(), network=Network.BLUESKY)
    arms = store.arms("acme", at=NOON)
    topics = [each.value for each in arms if each.dimension is Dimension.TOPIC]
    assert len(topics) == MOST_TOPICS
    assert sum(topic.startswith("new") for topic in topics) == MOST_TOPICS - 5
    assert arm(arms, Dimension.STYLE).network is Network.BLUESKY, "topics leave room for everything else"


def test_what_was_summed_over_all_time_before_is_not_read() -> None:
    with mock_aws():
        make_tables()
        client = boto3.client("dynamodb")
        counts = {name: {"N": "9"} for name in ("posts", "sum_millionths", "sum_squared_millionths")}
        for sk in ("ARM#all##all", "ARM#topic#twitter#tea"):
            client.put_item(TableName="metrics", Item={"pk": {"S": "ORG#acme#ARMS"}, "sk": {"S": sk}, **counts})
        assert DynamoMetrics("metrics", lambda: client).arms("acme", at=NOON) == []


def _topic(value: str, month: date) -> MonthlyArm:
    return MonthlyArm(dimension=Dimension.TOPIC, value=value, network=Network.TWITTER, month=month, posts=1)
