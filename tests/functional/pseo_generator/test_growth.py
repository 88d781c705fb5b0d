"""What publishing one page asks of AWS: as much with a thousand pages as with ten."""

import math
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import boto3
import pytest

from functions.pseo_generator.cards.dynamodb import DynamoCards
from functions.pseo_generator.list_pages import card_of
from functions.pseo_generator.rebuild_site import rebuild_site
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.content.model import Page
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel import aws
from functions.shared.kernel.clock import derived_id, utc_now
from functions.shared.kernel.objects.s3 import S3Objects
from tests.support.aws import Cloud
from tests.support.page_services import page_services, ran

MOST_BYTES = 100_000


def test_a_publish_costs_the_same_with_ten_and_with_a_thousand_pages(cloud: Cloud) -> None:
    few = _published("few", pages=10)
    many = _published("many", pages=1_000)
    for figure in ("calls", "read units", "bytes put"):
        assert many[figure] <= 1.5 * few[figure], (figure, few, many)
    index = boto3.resource("s3").Object(cloud.bucket, "many/index.html").get()["Body"].read()
    assert len(index) <= MOST_BYTES


def test_every_page_is_reached_from_the_index(cloud: Cloud) -> None:
    _published("acme", pages=150)
    services = _services()
    for month in services.cards.months("acme"):
        rebuild_site("acme", month, services=services)
    bucket = boto3.resource("s3").Bucket(cloud.bucket)
    index = bucket.Object("acme/index.html").get()["Body"].read().decode()
    lists = [each.key for each in bucket.objects.filter(Prefix="acme/months/")]
    assert lists
    assert all(f'href="{key.removeprefix("acme/")}"' in index for key in lists)
    listed = "".join(bucket.Object(key).get()["Body"].read().decode() for key in lists)
    assert all(f'href="../event-{number}.html"' in listed for number in range(148))
    maps = "".join(
        each.Object().get()["Body"].read().decode() for each in bucket.objects.filter(Prefix="acme/sitemap-")
    )
    assert maps.count("<loc>") == 151, "the pages, and the one that was measured"


def test_pages_of_an_earlier_version_are_listed_with_the_next_publish(cloud: Cloud) -> None:
    """They have no cards."""
    services = _services()
    job = ran(services, _payload(0), "acme")
    page = services.contents.get("acme", str(job.result and job.result["content_id"]))
    assert isinstance(page, Page)
    table = boto3.resource("dynamodb").Table("content_metadata")
    found = table.query(KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": "ORG#acme#CARDS"})
    for item in found["Items"]:
        table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
    ran(services, _payload(1), "acme")
    index = boto3.resource("s3").Object(cloud.bucket, "acme/index.html").get()["Body"].read().decode()
    assert index.count('<h2><a href="') == 2


def _services() -> Any:
    return page_services(
        utc_now,
        contents=DynamoContentStore("content_metadata", aws.dynamodb),
        cards=DynamoCards("content_metadata", aws.dynamodb),
        accounts=DynamoAccountStore("accounts", aws.dynamodb),
        organisations=DynamoOrganisationStore("accounts", aws.dynamodb),
        items=DynamoItems("context", aws.dynamodb),
        objects=S3Objects("site", aws.s3),
    )


def _payload(number: int) -> Mapping[str, Any]:
    event = page_services(utc_now).source.trending(40).events[number]
    return {"event": event.model_copy(update={"origin": "polymarket"}).model_dump(mode="json")}


def _published(org_id: str, *, pages: int) -> Counter[str]:
    """What the publish of one page more asks of an organisation with so many, made over the last years."""
    services = _services()
    services.organisations.put(Organisation(org_id=org_id, name=org_id, created_at=utc_now()))
    job = ran(services, _payload(0), org_id)
    assert job.result is not None
    first = services.contents.get(org_id, job.result["content_id"])
    for number in range(pages - 2):
        services.cards.put(card_of(_earlier(first, number)))
    ran(services, _payload(1), org_id)
    asked: Counter[str] = Counter()
    watched = [client.meta.events for client in (aws.dynamodb(), aws.s3(), aws.sqs())]
    hooks = {"before-call": _before(asked), "after-call": _after(asked)}
    for events in watched:
        for name, hook in hooks.items():
            events.register(name, hook)
    ran(services, _payload(2), org_id)
    for events in watched:
        for name, hook in hooks.items():
            events.unregister(name, hook)
    return asked


def _earlier(page: Page, number: int) -> Page:
    at = utc_now() - timedelta(days=2 * number + 40)
    slug = f"event-{number}"
    changes = {"content_id": derived_id(at, "page", page.org_id, slug), "slug": slug, "created_at": at}
    return page.model_copy(update=changes)


def _before(asked: Counter[str]) -> Any:
    def count(model: Any, params: Mapping[str, Any], **_: Any) -> None:
        asked["calls"] += 1
        if model.name == "PutObject":
            body = params.get("body")
            asked["bytes put"] += len(body if isinstance(body, bytes) else body.getvalue())  # type: ignore[union-attr]

    return count


def _after(asked: Counter[str]) -> Any:
    def count(model: Any, parsed: Mapping[str, Any], **_: Any) -> None:
        items = parsed.get("Items", [parsed["Item"]] if "Item" in parsed else [])
        if model.name in ("Query", "GetItem"):
            asked["read units"] += max(1, math.ceil(sum(map(_size, items)) / 4096))

    return count


def _size(item: Mapping[str, Any]) -> int:
    return sum(len(name) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


@pytest.fixture(autouse=True)
def _fresh(fresh_clients: None) -> None:
    """Clients of this test's own."""
