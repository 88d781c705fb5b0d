"""The page generator's Lambda over moto's AWS, reading markets at a stand-in for Polymarket."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from typing import Any

import boto3
import feedparser  # type: ignore[import-untyped]
import httpx2
import pytest

from functions.pseo_generator import handler as generator
from functions.pseo_generator.markets import polymarket
from functions.pseo_generator.settings import Settings
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.content.model import Page
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.errors import PermanentError
from tests.support.aws import Cloud
from tests.support.event_source import FakeContext, count, poll
from tests.support.standins.polymarket import Fault, PolymarketStandIn


@pytest.fixture
def gamma() -> Iterator[PolymarketStandIn]:
    with PolymarketStandIn() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def _deployed(cloud: Cloud, gamma: PolymarketStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    settings = {
        "JOBS_TABLE": "jobs",
        "QUEUE_URLS": json.dumps(cloud.queue_urls),
        "CONTENT_METADATA_TABLE": "content_metadata",
        "CONTEXT_TABLE": "context",
        "ACCOUNTS_TABLE": "accounts",
        "SITE_BUCKET": cloud.bucket,
        "SITE_URL": "https://site.example",
        "POLYMARKET_BASE_URL": gamma.base_url,
        "MARKET_SAMPLE_FALLBACK": "true",
        "PAGES_PER_RUN": "3",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    organisations = DynamoOrganisationStore("accounts", aws.dynamodb)
    organisations.put(Organisation(org_id="acme", name="Acme", created_at=datetime(2026, 1, 1, tzinfo=UTC)))
    generator._wired.cache_clear()
    polymarket.default_client.cache_clear()
    yield
    generator._wired.cache_clear()
    polymarket.default_client().close()
    polymarket.default_client.cache_clear()


@pytest.fixture
def invoke() -> Any:
    return partial(generator.handler, context=FakeContext())  # type: ignore[arg-type]


def drain(queue_url: str) -> None:
    while poll(queue_url, generator.handler):
        pass


def objects() -> dict[str, str]:
    """Every object of the site with its media type."""
    bucket = boto3.resource("s3").Bucket("site")
    return {found.key: bucket.Object(found.key).content_type for found in bucket.objects.all()}


def pages() -> list[Page]:
    found, _ = DynamoContentStore("content_metadata", aws.dynamodb).newest("acme", kind="page")
    return [page for page in found if isinstance(page, Page)]


def test_one_invocation_by_hand_leads_to_published_pages_and_post_jobs(cloud: Cloud, invoke: Any) -> None:
    answer = invoke({})
    assert answer["source"] == "polymarket"
    (acme,) = answer["organisations"]
    assert (acme["status"], len(acme["pages"])) == ("completed", 3)
    drain(cloud.queue_urls["pages"])
    assert len(pages()) == 3
    assert count(cloud.queue_urls["social"]) == 3
    assert objects()["acme/index.html"] == "text/html; charset=utf-8"
    assert {page.object_key for page in pages()} <= objects().keys()
    index = boto3.resource("s3").Object("site", "acme/index.html").get()["Body"].read().decode()
    assert all(f'href="{page.slug}.html"' in index for page in pages())
    assert objects()["acme/feed.xml"] == "application/atom+xml"
    feed = feedparser.parse(BytesIO(boto3.resource("s3").Object("site", "acme/feed.xml").get()["Body"].read()))
    assert not feed.bozo
    assert {(entry.title, entry.link) for entry in feed.entries} == {(page.title, page.url) for page in pages()}
    assert {page.event.origin for page in pages()} == {"polymarket"}
    assert "noindex" not in index


def test_the_social_message_carries_content_and_title(cloud: Cloud, invoke: Any) -> None:
    invoke({})
    drain(cloud.queue_urls["pages"])
    (message,) = boto3.client("sqs").receive_message(QueueUrl=cloud.queue_urls["social"])["Messages"]
    body = json.loads(message["Body"])
    assert (body["content_id"], body["title"]) in {(page.content_id, page.title) for page in pages()}


def test_the_sample_stands_in_while_polymarket_is_down(cloud: Cloud, gamma: PolymarketStandIn, invoke: Any) -> None:
    gamma.faults.append(Fault(503))
    answer = invoke({})
    assert answer["source"] == "sample"
    assert answer["sample_captured_at"].startswith("2026-03-11")
    drain(cloud.queue_urls["pages"])
    assert "noindex" in boto3.resource("s3").Object("site", pages()[0].object_key).get()["Body"].read().decode()


def test_a_scheduled_tick_delivered_three_times_plans_once(cloud: Cloud, invoke: Any) -> None:
    answers = [invoke({"scheduled_time": "2026-11-22T05:00:00Z"}) for _ in range(3)]
    assert [answer["planned"] for answer in answers] == [1, 0, 0]
    assert count(cloud.queue_urls["pages"]) == 1
    drain(cloud.queue_urls["pages"])
    assert len(pages()) == 3


def test_a_malformed_message_goes_its_own_way_and_holds_nothing_up(cloud: Cloud, invoke: Any) -> None:
    boto3.client("sqs").send_message(QueueUrl=cloud.queue_urls["pages"], MessageBody="not json")
    invoke({})
    for _ in range(12):
        poll(cloud.queue_urls["pages"], generator.handler)
    assert len(pages()) == 3
    assert count(cloud.dead_letter_urls["pages"]) == 1


def test_missing_settings_are_named_all_at_once() -> None:
    with pytest.raises(PermanentError, match=r"JOBS_TABLE.*SITE_BUCKET, SITE_URL"):
        Settings.from_env({"PAGES_PER_RUN": "3"})


def test_the_http_client_ignores_the_machines_proxies() -> None:
    client: httpx2.Client = polymarket.default_client()
    assert client.trust_env is False
