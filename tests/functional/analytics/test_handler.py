"""Analytics on real tables and queues, over a stand-in for X: from a tick to numbers and learnings."""

import json
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
import pytest

from functions.analytics import handler as lambda_module
from functions.analytics.services import Services
from functions.analytics.settings import Settings
from functions.analytics.tell_failure import sync_or_tell
from functions.analytics.wiring import services_from
from functions.shared.domain.job_types import JobType
from functions.shared.domain.measured.arms import EVERYTHING
from functions.shared.domain.measured.model import Dimension, Totals
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from tests.support.analytics_services import FOUNDED, a_published_post, an_account
from tests.support.aws import Cloud
from tests.support.event_source import FakeContext, poll
from tests.support.standins.x import XStandIn, rate_limited, unauthorised


@pytest.fixture
def x() -> Iterator[XStandIn]:
    with XStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def environment(cloud: Cloud, x: XStandIn) -> dict[str, str]:
    return {
        "JOBS_TABLE": "jobs",
        "QUEUE_URLS": json.dumps(cloud.queue_urls),
        "RETRY_DELAYS": "0,0,0",
        "CONTENT_METADATA_TABLE": "content_metadata",
        "ACCOUNTS_TABLE": "accounts",
        "METRICS_TABLE": "metrics",
        "X_API_BASE_URL": x.base_url,
        "LEARNING_AGE_HOURS": "0",
    }


@pytest.fixture
def services(environment: dict[str, str], x: XStandIn) -> Services:
    """One account on X with three posts that X has, each with one like more than the one before."""
    services = services_from(Settings.from_env(environment))
    services.organisations.put(Organisation(org_id="acme", name="Acme", created_at=FOUNDED))
    account = an_account()
    AwsSecrets(aws.secrets_manager).put(str(account.secret_id), {"access_token": "token-1"})
    services.accounts.put(account)
    now = services.engine.clock()
    for number in range(1, 4):
        _, answer = x.create("1001", {"text": f"post number {number}"})
        platform_id = answer["data"]["id"]
        x.metrics.by_id[platform_id] = {"like_count": number, "impression_count": 100}
        services.contents.put(a_published_post(now - timedelta(minutes=number), number, platform_id=platform_id))
    return services


@pytest.fixture
def tick(environment: dict[str, str], services: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    lambda_module._services.cache_clear()
    yield lambda event, request_id="request-1": lambda_module.handler(event, FakeContext(aws_request_id=request_id))  # type: ignore[arg-type]
    lambda_module._services.cache_clear()


def drain(cloud: Cloud, services: Services) -> None:
    handlers: Handlers = {JobType.SYNC_ANALYTICS: partial(sync_or_tell, services=services)}
    consumer = partial(consume, handlers=handlers, engine=services.engine)
    for _ in range(20):
        if not poll(cloud.queue_urls["analytics"], consumer):
            return
    raise AssertionError("the queue never drains")


def syncs(services: Services) -> list[Job]:
    return services.engine.store.newest("acme", job_type=JobType.SYNC_ANALYTICS)[0]


def likes(services: Services) -> int:
    now = services.engine.clock()
    totals = services.metrics.totals("acme", first=(now - timedelta(days=2)).date(), last=now.date())
    found = [each for (_, dimension, _), each in totals.items() if dimension is Dimension.ALL]
    return sum(found, Totals()).likes


def test_a_tick_becomes_counts_rollups_and_learnings(cloud: Cloud, services: Services, tick: Any) -> None:
    answer = tick({"scheduled_time": "2026-11-22T05:00:00Z"})
    assert [job["account_id"] for job in answer["jobs"]] == ["acme-on-x"]
    drain(cloud, services)

    (job,) = syncs(services)
    assert (job.status, job.result and job.result["recorded"]) == (JobStatus.COMPLETED, 3)
    assert likes(services) == 6
    post = services.metrics.get("acme", "post-2")
    assert post is not None
    assert (post.metrics.likes, post.learned_rate) == (2, 0.02)
    (everything,) = (
        arm for arm in services.metrics.arms("acme", at=services.engine.clock()) if arm.value == EVERYTHING
    )
    assert (everything.posts, round(everything.mean, 6)) == (3, 0.02)


def test_invoked_by_hand_it_reads_every_post_again_and_the_numbers_follow(
    cloud: Cloud, services: Services, tick: Any, x: XStandIn
) -> None:
    tick({})
    drain(cloud, services)
    for counts in x.metrics.by_id.values():
        counts["like_count"] += 10  # type: ignore[index]
    tick({"scheduled_time": "<aws.scheduler.scheduled-time>"}, "request-2")
    drain(cloud, services)
    assert likes(services) == 6
    tick({}, "request-3")
    drain(cloud, services)
    assert likes(services) == 36
    assert [snapshot.metrics.likes for snapshot in services.metrics.series("acme", "post-1")] == [1, 11]


def test_a_rate_limit_is_waited_for_to_the_second_and_nothing_else_waits(
    cloud: Cloud, services: Services, tick: Any, x: XStandIn
) -> None:
    other = an_account("other-on-x")
    AwsSecrets(aws.secrets_manager).put(str(other.secret_id), {"access_token": "token-1"})
    services.accounts.put(other)
    reset = (services.engine.clock() + timedelta(hours=1)).replace(microsecond=0)
    x.read_faults.append(rate_limited(reset))
    services.contents.put(a_published_post(services.engine.clock(), 9, account_id="other-on-x", platform_id="9"))
    tick({})
    drain(cloud, services)
    by_status = {job.status: job for job in syncs(services)}
    assert set(by_status) == {JobStatus.QUEUED, JobStatus.COMPLETED}
    assert by_status[JobStatus.QUEUED].not_before == reset
    assert by_status[JobStatus.QUEUED].failures == 0


def test_a_refused_token_makes_the_read_wait_for_a_renewal(
    cloud: Cloud, services: Services, tick: Any, x: XStandIn
) -> None:
    x.read_faults.append(unauthorised())
    tick({})
    drain(cloud, services)
    (job,) = syncs(services)
    assert job.status is JobStatus.QUEUED
    assert "is being renewed" in str(job.reason)
    assert [each.type for each in services.engine.store.newest("acme", job_type=JobType.REFRESH_TOKEN)[0]] == [
        JobType.REFRESH_TOKEN
    ]


def test_metrics_are_kept_for_as_long_as_the_settings_say(cloud: Cloud, services: Services, tick: Any) -> None:
    tick({})
    drain(cloud, services)
    items: list[Any] = boto3.client("dynamodb").scan(TableName="metrics")["Items"]
    expiry = {int(item["expires_at"]["N"]) for item in items if not item["sk"]["S"].startswith("ARM#")}
    days = [(each - services.engine.clock().timestamp()) / 86_400 for each in expiry]
    assert all(399.9 < each < 400.1 for each in days)
