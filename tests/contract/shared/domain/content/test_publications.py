"""One suite over an organisation's publications, in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import PostState
from functions.shared.domain.content.published import Publication
from functions.shared.domain.content.store import ContentStore
from functions.shared.domain.network import Network
from tests.support.analytics_services import a_published_post
from tests.support.aws import make_tables
from tests.support.contents import a_page, a_post, a_variant

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[ContentStore]:
    if request.param == "memory":
        yield MemoryContentStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoContentStore("content_metadata", partial(boto3.client, "dynamodb"))


def test_publications_of_all_accounts_come_the_latest_first_previews_included(store: ContentStore) -> None:
    earlier = NOON - timedelta(hours=1)
    store.put(a_post(NOON, content_id="preview-1", state=PostState.PUBLISHED, published_at=earlier))
    store.put(a_published_post(NOON, 1, account_id="acme#on#x"))
    store.put(a_published_post(NOON, 2, org_id="other"))
    assert store.publications("acme", since=earlier, limit=9) == [
        Publication("post-1", NOON, "x", Network.TWITTER, "acme#on#x"),
        Publication("preview-1", earlier, "preview", Network.TWITTER, "preview"),
    ]
    assert store.publications("nobody", since=earlier, limit=9) == []


def test_only_so_many_are_listed_and_none_that_is_older(store: ContentStore) -> None:
    for number in range(5):
        store.put(a_published_post(NOON - timedelta(days=number), number))
    latest = store.publications("acme", since=NOON - timedelta(days=9), limit=2)
    assert [each.content_id for each in latest] == ["post-0", "post-1"]
    since = NOON - timedelta(days=1)
    assert [each.content_id for each in store.publications("acme", since=since, limit=9)] == ["post-0", "post-1"]


def test_what_is_not_published_has_no_publication_until_it_is(store: ContentStore) -> None:
    done = a_published_post(NOON)
    opened = done.model_copy(update={"state": PostState.PUBLISHING, "published_at": None})
    for content in (a_page(NOON), a_variant(NOON), opened):
        store.put(content)
    assert store.publications("acme", since=NOON, limit=9) == []
    assert store.claim_post(opened, done)
    assert [each.content_id for each in store.publications("acme", since=NOON, limit=9)] == ["post-1"]
