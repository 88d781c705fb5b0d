"""What a look at the summary reads: by the number of days and posts shown, not by that of topics, styles and hours."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.analytics.count_reading import gone
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.network import Network
from tests.support.analytics_services import a_published_post, an_account
from tests.support.api_driver import Driver, make_driver
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.read_posts import read

POSTS = 10


@pytest.fixture
def metrics() -> Iterator[DynamoMetrics]:
    with mock_aws():
        make_tables()
        client = boto3.client("dynamodb")
        yield DynamoMetrics("metrics", lambda: client)


@pytest.fixture
def api(metrics: DynamoMetrics, clock: ManualClock) -> Driver:
    """The API over counts of posts that are all in another style, with other topics."""
    driver = make_driver(clock, metrics=metrics)
    driver.accounts.put(an_account())
    for number in range(POSTS):
        network = (Network.TWITTER, Network.BLUESKY)[number % 2]
        published_at = clock() - timedelta(days=20, hours=7 * number % 24)
        topics = tuple(f"topic-{number}-{each}" for each in range(2))
        post = a_published_post(published_at, number, style=f"style-{number}", network=network, hashtags=topics)
        read(driver, post, likes=number, impressions=100)
    return driver


def test_a_summary_asks_three_times_and_reads_each_post_once_and_no_details(
    api: Driver, metrics: DynamoMetrics
) -> None:
    calls: Counter[str] = Counter()
    found: Counter[str] = Counter()

    def count(parsed: dict[str, Any], model: Any, **_: Any) -> None:
        calls[model.name] += 1
        for item in parsed.get("Items", []):
            found[item["pk"]["S"]] += 1

    metrics.client().meta.events.register("after-call.dynamodb.*", count)
    answer = api("GET", "/api/analytics/summary", query={"period": "90d"})
    assert answer.json["current"]["posts"] == POSTS
    assert [post["post_id"] for post in answer.json["best"]] == ["post-9", "post-8", "post-7"]
    assert answer.json["best"][0]["style"] == "style-9"
    assert calls == {"Query": 2, "BatchGetItem": 1}
    assert found["ORG#acme#PUBLISHED"] == POSTS
    assert found["ORG#acme#DAYS"] <= 4 * 3, "everything and two networks, on the days of posts and of reads"
    assert set(found) == {"ORG#acme#PUBLISHED", "ORG#acme#DAYS"}


@pytest.mark.parametrize(("by", "values"), [("style", 10), ("topic", 20), ("hour", 10)])
def test_a_breakdown_asks_twice_however_many_values_there_are(
    api: Driver, metrics: DynamoMetrics, by: str, values: int
) -> None:
    calls: Counter[str] = Counter()
    metrics.client().meta.events.register("after-call.dynamodb.*", lambda model, **_: calls.update([model.name]))
    found = api("GET", "/api/analytics/breakdown", query={"by": by, "period": "90d"}).json["items"]
    assert calls == {"Query": 2}
    assert len(found) == values
    assert sum(row["posts"] for row in found) == POSTS * (2 if by == "topic" else 1)


def test_posts_are_ranked_by_what_was_read_last(api: Driver, clock: ManualClock) -> None:
    post = a_published_post(clock() - timedelta(days=20), 3)
    read(api, post, likes=90, impressions=100, hours=60)
    (best, *_) = api("GET", "/api/analytics/summary").json["best"]
    assert (best["post_id"], best["metrics"]["rate"]) == ("post-3", 0.9)


def test_a_post_that_is_gone_is_listed_as_gone(api: Driver, metrics: DynamoMetrics, clock: ManualClock) -> None:
    before = metrics.get("acme", "post-3")
    assert before is not None
    after = gone(a_published_post(before.published_at, 3), before, job_id="job-gone").after
    metrics.record(before, after, None, gained={}, learned=(), expires_at=clock())
    listed = metrics.standings("acme", since=before.published_at, until=before.published_at + timedelta(seconds=1))
    assert [(each.post_id, each.metrics.likes) for each in listed if each.gone] == [("post-3", 3)]


def test_a_publication_that_was_stored_without_its_counts_is_left_out(metrics: DynamoMetrics) -> None:
    key = {"pk": {"S": "ORG#acme#PUBLISHED"}, "sk": {"S": "AT#2026-11-20T12:00:00.000Z#post-1"}}
    metrics.client().put_item(TableName="metrics", Item={**key, "post_id": {"S": "post-1"}})
    noon = ManualClock()()
    assert metrics.standings("acme", since=noon - timedelta(days=30), until=noon) == []
