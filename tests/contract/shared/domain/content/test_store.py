"""One suite over the content store in memory and on DynamoDB."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.content.events import publication_event
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import Page, Post, PostState, Variant
from functions.shared.domain.content.store import ContentStore
from functions.shared.kernel.notifications.dynamodb import DynamoNotificationStore
from functions.shared.kernel.notifications.notify import notification_of
from functions.shared.kernel.notifications.outbox import Outbox
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.contents import a_page, a_post, a_variant


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[ContentStore]:
    if request.param == "memory":
        yield MemoryContentStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoContentStore("content_metadata", partial(boto3.client, "dynamodb"))


@pytest.fixture
def page(clock: ManualClock) -> Page:
    return a_page(clock())


@pytest.fixture
def post(clock: ManualClock) -> Post:
    return a_post(clock())


def test_every_kind_of_content_is_read_back_whole(store: ContentStore, clock: ManualClock) -> None:
    for content in (a_page(clock()), a_variant(clock()), a_post(clock())):
        store.put(content)
        assert store.get("acme", content.content_id) == content
        assert store.get("other", content.content_id) is None


def test_a_page_is_found_by_its_slug_and_by_its_id_alone(store: ContentStore, page: Page) -> None:
    store.put(page)
    assert store.page_by_slug("acme", page.slug) == page
    assert store.page_by_slug("other", page.slug) is None
    assert store.find(page.content_id) == page
    assert store.find("unknown") is None


def test_a_slug_belongs_to_the_first_content_that_reserved_it(store: ContentStore, page: Page) -> None:
    assert store.reserve_slug("acme", page.slug, page.content_id) == page.content_id
    assert store.page_by_slug("acme", page.slug) is None
    assert store.reserve_slug("acme", page.slug, "late-comer") == page.content_id
    store.put(page)
    assert store.reserve_slug("acme", page.slug, "late-comer") == page.content_id
    assert store.page_by_slug("acme", page.slug) == page
    assert store.reserve_slug("other", page.slug, "late-comer") == "late-comer"


def test_a_variant_of_no_page_is_found_by_its_id_alone(store: ContentStore, clock: ManualClock) -> None:
    variant = a_variant(clock())
    store.put(variant)
    assert store.find(variant.content_id) == variant


def test_a_family_holds_what_was_made_from_a_content_without_itself(
    store: ContentStore, page: Page, post: Post, clock: ManualClock
) -> None:
    variant: Variant = a_variant(clock(), parent_id=page.content_id)
    for content in (page, variant, post, a_page(clock(), content_id="9", slug="another")):
        store.put(content)
    family = store.family("acme", page.content_id)
    assert sorted(content.content_id for content in family) == sorted([variant.content_id, post.content_id])
    assert store.family("other", page.content_id) == []


def test_the_list_is_newest_first_filtered_by_kind_and_paged(
    store: ContentStore, post: Post, clock: ManualClock
) -> None:
    for number in ("1", "2", "3"):
        store.put(a_page(clock(), content_id=number, slug=f"slug-{number}"))
    store.put(post)
    first, cursor = store.newest("acme", kind="page", limit=2)
    rest, end = store.newest("acme", kind="page", limit=2, before=cursor)
    assert [content.content_id for content in (*first, *rest)] == ["3", "2", "1"]
    assert end is None
    assert store.newest("acme", kind="post")[0] == [post]
    assert store.newest("other") == ([], None)


def test_an_intent_is_opened_once(store: ContentStore, post: Post) -> None:
    assert store.open_post(post) == post
    assert store.open_post(post.model_copy(update={"text": "another text"})) == post


def test_only_one_claim_of_an_intent_succeeds(store: ContentStore, post: Post, clock: ManualClock) -> None:
    store.open_post(post)
    first = post.model_copy(update={"state": PostState.PUBLISHING, "claimed_by": "a", "claimed_at": clock()})
    second = post.model_copy(update={"state": PostState.PUBLISHING, "claimed_by": "b", "claimed_at": clock()})
    assert store.claim_post(post, first) is True
    assert store.claim_post(post, second) is False
    assert store.get("acme", post.content_id) == first


def test_a_claim_whose_answer_was_lost_is_recognised(store: ContentStore, post: Post, clock: ManualClock) -> None:
    store.open_post(post)
    claim = post.model_copy(update={"state": PostState.PUBLISHING, "claimed_by": "a", "claimed_at": clock()})
    assert store.claim_post(post, claim) is True
    assert store.claim_post(post, claim) is True


def test_an_intent_settled_by_another_run_cannot_be_settled_again(
    store: ContentStore, post: Post, clock: ManualClock
) -> None:
    store.open_post(post)
    claim = post.model_copy(update={"state": PostState.PUBLISHING, "claimed_by": "a"})
    store.claim_post(post, claim)
    done = claim.model_copy(update={"state": PostState.PUBLISHED, "published_at": clock() + timedelta(seconds=1)})
    assert store.claim_post(claim, done) is True
    assert store.claim_post(claim, claim.model_copy(update={"state": PostState.UNKNOWN})) is False


def test_an_accounts_published_posts_come_page_by_page_the_latest_published_first(
    store: ContentStore, clock: ManualClock
) -> None:
    posts = [_published(clock() + timedelta(hours=number // 2), content_id=f"post-{number}") for number in range(5)]
    for post in (*posts, _published(clock(), content_id="other", account_id="another")):
        store.put(post)
    pages, before = [], None
    for _ in range(3):
        page, before = store.published("acme", "acme-on-x", since=clock() - timedelta(days=1), limit=2, before=before)
        pages.append([post.content_id for post in page])
    assert pages == [["post-4", "post-3"], ["post-2", "post-1"], ["post-0"]]
    assert before is None
    found, _ = store.published("acme", "acme-on-x", since=clock() + timedelta(hours=1))
    assert {post.content_id for post in found} == {"post-2", "post-3", "post-4"}
    assert store.published("other", "acme-on-x", since=clock() - timedelta(days=1)) == ([], None)


def test_only_posts_that_are_out_in_the_world_are_published(store: ContentStore, clock: ManualClock) -> None:
    pending = _published(clock(), content_id="post-1", state=PostState.PUBLISHING, published_at=None)
    store.open_post(pending)
    store.put(_published(clock(), content_id="post-2", publisher="preview"))
    store.put(_published(clock(), content_id="post-3", state=PostState.REJECTED))
    assert store.published("acme", "acme-on-x", since=clock() - timedelta(days=1)) == ([], None)
    published = _published(clock(), content_id="post-1")
    assert store.claim_post(pending, published)
    assert store.published("acme", "acme-on-x", since=clock() - timedelta(days=1)) == ([published], None)


def _published(at: datetime, **changes: Any) -> Post:
    common = {"publisher": "x", "account_id": "acme-on-x", "state": PostState.PUBLISHED, "published_at": at}
    return a_post(at, **{**common, **changes})


def test_what_is_told_of_a_publication_is_stored_with_it_or_not_at_all(post: Post, clock: ManualClock) -> None:
    with mock_aws():
        make_tables()
        client = partial(boto3.client, "dynamodb")
        store = DynamoContentStore("content_metadata", client, Outbox("jobs"))
        notices = DynamoNotificationStore("jobs", client, clock)
        store.open_post(post)
        claim = post.model_copy(update={"state": PostState.PUBLISHING, "claimed_by": "a"})
        done = claim.model_copy(update={"state": PostState.PUBLISHED, "published_at": clock()})
        notice = notification_of(publication_event(done))
        assert store.claim_post(claim, done, also=notice) is False
        assert notices.newest("acme")[0] == []
        assert store.claim_post(post, claim) is True
        assert store.claim_post(claim, done, also=notice) is True
        assert store.claim_post(claim, done, also=notice) is True, "our own write, whose answer was lost"
        assert notices.newest("acme")[0] == [notice]
