"""The social poster on real tables and queues: from a message to posts, and to the dead-letter queue."""

import json
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import boto3
import pytest

from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.model import Post
from functions.shared.domain.job_types import JobType
from functions.shared.domain.network import Network
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.secrets.secrets_manager import AwsSecrets
from functions.social_poster.publish import publish
from functions.social_poster.read_message import read_message
from functions.social_poster.renew_token import renew_token
from functions.social_poster.services import Services
from functions.social_poster.settings import Settings
from functions.social_poster.wiring import renewals_from, services_from
from tests.support.aws import MAX_RECEIVE_COUNT, Cloud
from tests.support.contents import a_page
from tests.support.event_source import count, poll
from tests.support.standins.model import ScriptedModel
from tests.support.standins.x import XStandIn, accepted_then_reset, unavailable


@pytest.fixture
def x() -> Iterator[XStandIn]:
    with XStandIn() as stand_in:
        yield stand_in


@pytest.fixture
def settings(cloud: Cloud, x: XStandIn) -> Settings:
    return Settings.from_env(
        {
            "JOBS_TABLE": "jobs",
            "QUEUE_URLS": json.dumps(cloud.queue_urls),
            "RETRY_DELAYS": "0,0,0",
            "CONTENT_METADATA_TABLE": "content_metadata",
            "METRICS_TABLE": "metrics",
            "ACCOUNTS_TABLE": "accounts",
            "X_API_BASE_URL": x.base_url,
            "X_SETTLE_SECONDS": "0",
            "X_APP_SECRET_ID": "x-app",
        }
    )


@pytest.fixture
def services(settings: Settings) -> Services:
    services = replace(services_from(settings), model=ScriptedModel())
    services.contents.put(a_page(services.engine.clock()))
    return services


def connect_x(services: Services) -> None:
    AwsSecrets(aws.secrets_manager).put("accounts/acme/x-1", {"access_token": "token-1"})
    services.accounts.put(
        Account(
            org_id="acme",
            account_id="x-1",
            network=Network.TWITTER,
            publisher="x",
            name="@acme",
            secret_id="accounts/acme/x-1",
            created_at=services.engine.clock(),
        )
    )


def send(cloud: Cloud, message: Any) -> None:
    body = message if isinstance(message, str) else json.dumps(message)
    boto3.client("sqs").send_message(QueueUrl=cloud.queue_urls["social"], MessageBody=body)


def drain(cloud: Cloud, services: Services) -> int:
    handlers: Handlers = {JobType.PUBLISH_CONTENT: partial(publish, services=services)}
    read = partial(read_message, contents=services.contents, engine=services.engine)
    consumer = partial(consume, handlers=handlers, engine=services.engine, read=read)
    polls = 0
    while poll(cloud.queue_urls["social"], consumer):
        polls += 1
        assert polls < 50, "the queue never drains"
    return polls


def jobs(services: Services) -> list[Job]:
    return services.engine.store.newest("acme")[0]


def posts(services: Services) -> list[Post]:
    return [content for content in services.contents.family("acme", "page-1") if isinstance(content, Post)]


def test_a_message_with_a_content_alone_becomes_a_post_on_the_preview_account(cloud: Cloud, services: Services) -> None:
    send(cloud, {"content_id": "page-1", "title": "Tea"})
    drain(cloud, services)

    (post,) = posts(services)
    assert (post.state, post.account_id) == ("published", "preview")
    assert {job.status for job in jobs(services)} == {JobStatus.COMPLETED}
    assert len(jobs(services)) == 2


def test_the_same_content_sent_twice_is_posted_once(cloud: Cloud, services: Services, x: XStandIn) -> None:
    connect_x(services)
    for _ in range(2):
        send(cloud, {"content_id": "page-1", "title": "Tea"})
    drain(cloud, services)

    assert x.texts == [posts(services)[0].text]


def test_posting_resumes_when_the_platform_is_back_and_posts_nothing_twice(
    cloud: Cloud, services: Services, x: XStandIn
) -> None:
    connect_x(services)
    x.create_faults.extend([unavailable(), accepted_then_reset()])
    x.read_faults.append(unavailable())
    send(cloud, {"content_id": "page-1", "title": "Tea"})
    while [job for job in jobs(services) if not job.status.is_terminal] or not jobs(services):
        drain(cloud, services)

    (post,) = posts(services)
    assert (post.state, post.platform_id) == ("published", x.tweets[0].id)
    assert len(x.tweets) == 1


@pytest.mark.parametrize("message", [{"content_id": "gone", "title": "Tea"}, "not json", {"title": "Tea"}])
def test_a_message_that_makes_no_sense_goes_to_the_dead_letter_queue(
    cloud: Cloud, services: Services, message: Any
) -> None:
    send(cloud, message)

    assert drain(cloud, services) == MAX_RECEIVE_COUNT
    assert count(cloud.dead_letter_urls["social"]) == 1
    assert jobs(services) == []


def test_a_renewal_is_wired_to_the_secrets_of_the_app_and_the_account(
    cloud: Cloud, services: Services, settings: Settings, x: XStandIn
) -> None:
    connect_x(services)
    secrets = AwsSecrets(aws.secrets_manager)
    secrets.put("x-app", {"client_id": "client-1", "client_secret": "client-secret-1"})
    secrets.put("accounts/acme/x-1", x.oauth.issue())
    plan(Submission("acme", JobType.REFRESH_TOKEN, {"account_id": "x-1"}), engine=services.engine)

    handlers: Handlers = {JobType.REFRESH_TOKEN: partial(renew_token, renewals=renewals_from(settings, services))}
    poll(cloud.queue_urls["social"], partial(consume, handlers=handlers, engine=services.engine))

    (job,) = jobs(services)
    assert (job.status, job.result and job.result["renewed"]) == (JobStatus.COMPLETED, True)
    assert secrets.get("accounts/acme/x-1")["refresh_token"] in x.oauth.grants
