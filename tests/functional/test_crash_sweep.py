"""Whatever call a process dies around: nothing is lost, nothing is made or posted twice."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from functions.content_generator.generate_variants import generate_variants
from functions.content_generator.services import Services as ContentServices
from functions.pseo_generator.cards.dynamodb import DynamoCards
from functions.pseo_generator.handle_job import handle_job
from functions.pseo_generator.markets.source import Trending
from functions.pseo_generator.run_tick import run_tick
from functions.pseo_generator.services import Services as PageServices
from functions.pseo_generator.site import Site
from functions.shared.domain.accounts.dynamodb import DynamoAccountStore
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.dynamodb import DynamoContentStore
from functions.shared.domain.content.model import Page, Post
from functions.shared.domain.context.items.dynamodb import DynamoItems
from functions.shared.domain.due.dynamodb import DynamoDue
from functions.shared.domain.due.plan_due import Limits
from functions.shared.domain.job_types import JobType
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.measured.dynamodb import DynamoMetrics
from functions.shared.domain.organisation.dynamodb import DynamoOrganisationStore
from functions.shared.domain.organisation.model import Organisation
from functions.shared.domain.publish_intent import publish_job_id
from functions.shared.kernel import aws
from functions.shared.kernel.consumer import consume
from functions.shared.kernel.jobs.admit import Submission, plan
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.jobs.run import Handlers
from functions.shared.kernel.objects.s3 import S3Objects
from functions.shared.kernel.tick import Tick
from functions.shared.networks.memory.publish import MemoryPublisher
from functions.shared.networks.port import Published
from functions.shared.writing.models.port import Draft, TextModel, TextRequest, TextResponse
from functions.shared.writing.offline.model import OfflineModel
from functions.social_poster.publish import publish
from functions.social_poster.services import Services as PosterServices
from tests.support.api_driver import answer_of, http_event, make_driver
from tests.support.contents import a_page, an_event
from tests.support.event_source import FakeContext
from tests.support.standins.model import ScriptedModel
from tests.support.sweep import Saboteur, World, expect_once, sweep

CONTENTS = DynamoContentStore("content_metadata", aws.dynamodb)
ACCOUNTS = DynamoAccountStore("accounts", aws.dynamodb)
DUE = DynamoDue("accounts", aws.dynamodb)
ORGANISATIONS = DynamoOrganisationStore("accounts", aws.dynamodb)
ITEMS = DynamoItems("context", aws.dynamodb)
METRICS = DynamoMetrics("metrics", aws.dynamodb)


pytestmark = pytest.mark.usefixtures("fresh_clients")


@dataclass(frozen=True)
class SabotagedModel:
    """A model that may be the last thing a process asked."""

    model: TextModel
    saboteur: Saboteur

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        response: TextResponse[Draft] = self.saboteur.around("model", lambda: self.model.generate_text(request))
        return response


@dataclass(frozen=True)
class SabotagedPublisher:
    """A platform that may be the last thing a process called."""

    platform: MemoryPublisher
    saboteur: Saboteur

    @property
    def settle(self) -> Any:
        return self.platform.settle

    def publish(self, post: Post, account: Account) -> Published:
        published: Published = self.saboteur.around("publish", lambda: self.platform.publish(post, account))
        return published

    def find(self, post: Post, account: Account) -> Published | None:
        found: Published | None = self.saboteur.around("find", lambda: self.platform.find(post, account))
        return found


def submit_through_the_api(world: World) -> None:
    """A caller posts a topic, with a key, until it is told 202; the topic's variants are then there once."""
    model = SabotagedModel(ScriptedModel(), world.saboteur)
    handler = partial(generate_variants, services=ContentServices(CONTENTS, ITEMS, METRICS, model, world.engine))
    handlers: Handlers = {JobType.GENERATE_CONTENT: handler}
    world.consumers = {"content": partial(consume, handlers=handlers, engine=world.engine)}
    api = make_driver(world.clock, engine=world.engine, content=CONTENTS, accounts=ACCOUNTS).api
    body = {"type": "GENERATE_CONTENT", "payload": {"topic": "tea", "platforms": ["twitter", "linkedin"]}}
    event = http_event("POST", "/api/jobs", body=json.dumps(body), headers={"Idempotency-Key": "tea-1"})
    answer = world.survive(lambda: answer_of(api(event, FakeContext())))
    assert answer.status == 202, answer
    accepted = answer.json["job_id"]
    world.settle()
    assert [(job.job_id, job.status) for job in world.jobs()] == [(accepted, JobStatus.COMPLETED)]
    variants = CONTENTS.newest("acme", kind="variant")[0]
    expect_once((variant.network for variant in variants if variant.kind == "variant"), ("linkedin", "twitter"))
    assert world.dead_letters() == 0


def test_work_submitted_through_the_api_survives_a_crash_at_any_call() -> None:
    assert sweep(submit_through_the_api) > 30


def post_a_page(world: World) -> None:
    """A page's post is planned twice over, published, and made once."""
    page = a_page(world.clock())
    world.survive(lambda: CONTENTS.put(page))
    platform = MemoryPublisher(settle=timedelta())
    publisher = SabotagedPublisher(platform, world.saboteur)
    model = SabotagedModel(ScriptedModel(), world.saboteur)
    poster_services = PosterServices(CONTENTS, ACCOUNTS, model, lambda name: publisher, world.engine, METRICS)
    handlers: Handlers = {JobType.PUBLISH_CONTENT: partial(publish, services=poster_services)}
    world.consumers = {"social": partial(consume, handlers=handlers, engine=world.engine)}
    for _ in range(2):
        world.survive(lambda: plan_post(world, page.content_id))
    world.settle()
    expect_once((job.status for job in world.jobs()), [JobStatus.COMPLETED])
    expect_once(["a post"] * len(platform.accepted), ["a post"])
    (post,) = CONTENTS.family("acme", page.content_id)
    assert isinstance(post, Post)
    assert (post.state, post.platform_id) == ("published", "1")
    assert world.dead_letters() == 0


def plan_post(world: World, content_id: str) -> None:
    job_id = publish_job_id("acme", content_id, "preview", world.clock())
    payload = {"content_id": content_id, "title": "Tea", "account_id": "preview"}
    plan(Submission("acme", JobType.PUBLISH_CONTENT, payload, job_id=job_id), engine=world.engine)


def test_a_post_is_made_once_whatever_call_its_worker_dies_at() -> None:
    assert sweep(post_a_page) > 30


@dataclass(frozen=True)
class TwoMarkets:
    """A market service with two events."""

    now: datetime
    saboteur: Saboteur

    def trending(self, limit: int) -> Trending:
        events = (an_event(self.now), an_event(self.now, event_id="7", slug="rain-or-shine", title="Will it rain?"))
        return self.saboteur.around("markets", lambda: Trending("polymarket", self.now, events))  # type: ignore[no-any-return]

    def by_slug(self, slug: str) -> MarketEvent:
        raise NotImplementedError


def run_the_generator(world: World) -> None:
    """A tick of the schedule makes two pages and one post for each, whatever dies."""
    world.survive(lambda: ORGANISATIONS.put(Organisation(org_id="acme", name="Acme", created_at=world.clock())))
    model = SabotagedModel(OfflineModel(), world.saboteur)
    objects = S3Objects("site", aws.s3)
    page_services = PageServices(
        source=TwoMarkets(world.clock(), world.saboteur),
        text_model=model,
        image_model=OfflineModel(),
        contents=CONTENTS,
        accounts=ACCOUNTS,
        organisations=ORGANISATIONS,
        due=DUE,
        cards=DynamoCards("content_metadata", aws.dynamodb),
        items=ITEMS,
        objects=objects,
        site=Site("https://site.example"),
        engine=world.engine,
    )
    platform = MemoryPublisher(settle=timedelta())
    publisher = SabotagedPublisher(platform, world.saboteur)
    poster_services = PosterServices(CONTENTS, ACCOUNTS, model, lambda name: publisher, world.engine, METRICS)
    pages: Handlers = {JobType.GENERATE_PAGE: partial(handle_job, services=page_services)}
    posts: Handlers = {JobType.PUBLISH_CONTENT: partial(publish, services=poster_services)}
    world.consumers = {
        "pages": partial(consume, handlers=pages, engine=world.engine),
        "social": partial(consume, handlers=posts, engine=world.engine),
    }
    tick = Tick(at=world.clock(), identity="tick-1")
    limits = Limits(lambda: 300)
    world.survive(lambda: run_tick(tick, services=page_services, handlers=pages, pages_per_run=2, limits=limits))
    world.settle()
    assert {job.status for job in world.jobs()} == {JobStatus.COMPLETED}, [job.error for job in world.jobs()]
    expect_once((job.type for job in world.jobs()), ["GENERATE_PAGE"] * 3 + ["PUBLISH_CONTENT"] * 2)
    made = CONTENTS.newest("acme", kind="page")[0]
    expect_once((page.slug for page in made if isinstance(page, Page)), ("rain-or-shine", "tea-or-coffee"))
    index, feed = objects.get("acme/index.html"), objects.get("acme/feed.xml")
    assert index is not None
    assert feed is not None
    for page in made:
        assert isinstance(page, Page)
        assert objects.get(page.object_key) is not None
        assert page.slug.encode() in index[0]
        assert page.url.encode() in feed[0]
    expect_once(["a post"] * len(platform.accepted), ["a post"] * 2)
    assert len(set(platform.accepted)) == 2
    assert world.dead_letters() == 0


def test_a_tick_makes_each_page_and_post_once_whatever_call_a_worker_dies_at() -> None:
    assert sweep(run_the_generator) > 100
