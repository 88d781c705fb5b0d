"""A page job: written, published, listed, handed to the poster, and repeatable at every point."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from functions.pseo_generator.markets.sample import Sample
from functions.pseo_generator.services import Services
from functions.shared.domain.accounts.model import Account
from functions.shared.domain.content.memory import MemoryContentStore
from functions.shared.domain.content.model import Page
from functions.shared.domain.job_types import JobType
from functions.shared.domain.market import MarketEvent
from functions.shared.domain.network import Network
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.memory import MemoryJobStore
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.notifications.model import NotificationKind
from functions.shared.kernel.objects.memory import MemoryObjects
from functions.shared.kernel.objects.store import PreconditionFailed
from functions.shared.writing.briefs import PageBrief, PageDraft
from functions.shared.writing.models.port import Draft, TextModel, TextRequest, TextResponse
from functions.shared.writing.offline.model import OfflineModel
from tests.support.clock import ManualClock
from tests.support.notices import want
from tests.support.page_services import Painter, a_job, page_services, published, ran, run_job, sent

SLUG = "lakeland-curling-cup-2027"


def an_event(**changes: Any) -> MarketEvent:
    return Sample().by_slug(SLUG).model_copy(update=changes)


def payload(**changes: Any) -> dict[str, Any]:
    return {"event": an_event(**changes).model_dump(mode="json")}


def account(account_id: str, **changes: Any) -> Account:
    made = Account(
        org_id="acme",
        account_id=account_id,
        network=Network.TWITTER,
        publisher="x",
        name=account_id,
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return made.model_copy(update=changes)


def stored(services: Services) -> Page:
    (page,) = services.pages("acme")
    return page


@dataclass
class Counting:
    """The offline writer, counted; it writes `draft` instead where that is given."""

    asked: int = 0
    draft: PageDraft | None = None

    def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
        self.asked += 1
        response = OfflineModel().generate_text(request)
        if self.draft is None:
            return response
        return TextResponse(content=self.draft, error=None, written_by=response.written_by)  # type: ignore[arg-type]


def test_a_page_is_stored_published_and_listed(clock: ManualClock) -> None:
    services = page_services(clock)
    job = ran(services, payload())
    page = stored(services)
    assert job.status is JobStatus.COMPLETED
    assert job.result is not None
    assert job.result["content_id"] == page.content_id
    assert job.result["url"] == page.url == f"https://site.example/acme/{SLUG}.html"
    assert job.result["source"] == "sample"
    assert (job.result["indexable"], job.result["not_indexed_because"]) == (False, "sample data")
    assert page.title in published(services, f"acme/{SLUG}.html")
    assert f'href="{SLUG}.html"' in published(services, "acme/index.html")
    assert "acme/sitemap.xml" in published(services, "robots.txt")
    assert services.objects.get(f"acme/images/{SLUG}.svg") is not None


def test_an_event_is_fetched_by_its_slug(clock: ManualClock) -> None:
    services = page_services(clock)
    assert ran(services, {"slug": SLUG}).status is JobStatus.COMPLETED
    assert stored(services).event == an_event()


def test_a_slug_nobody_knows_fails_with_the_reason(clock: ManualClock) -> None:
    job = ran(page_services(clock), {"slug": "nothing-here"})
    assert (job.status, job.error) == (JobStatus.FAILED, "the bundled sample has no event nothing-here")


def test_each_enabled_account_gets_one_post_job(clock: ManualClock) -> None:
    services = page_services(clock)
    for each in (account("one"), account("two"), account("off", enabled=False)):
        services.accounts.put(each)
    job = ran(services, payload())
    assert job.result is not None
    assert sent(services, "social") == job.result["posts"]
    jobs = [services.engine.store.get("acme", job_id) for job_id in job.result["posts"]]
    assert [(post.type, post.payload["account_id"]) for post in jobs if post] == [
        (JobType.PUBLISH_CONTENT, "one"),
        (JobType.PUBLISH_CONTENT, "two"),
    ]


def test_an_organisation_without_accounts_posts_to_the_preview(clock: ManualClock) -> None:
    services = page_services(clock)
    ran(services, payload())
    post = services.engine.store.get("acme", sent(services, "social")[0])
    assert post is not None
    assert post.payload == {
        "content_id": stored(services).content_id,
        "title": stored(services).title,
        "account_id": "preview",
    }


def test_a_later_job_refreshes_the_page_in_place_and_posts_nothing_again(clock: ManualClock) -> None:
    services = page_services(clock)
    first = ran(services, payload())
    before = stored(services)
    clock.advance(hours=24)
    second = ran(services, payload(captured_at=clock()))
    after = stored(services)
    assert (after.content_id, after.slug, after.created_at) == (before.content_id, before.slug, before.created_at)
    assert after.updated_at == clock()
    assert first.result is not None
    assert second.result is not None
    assert first.result["posts"] == second.result["posts"]
    assert len(sent(services, "social")) == 1


def test_a_page_never_goes_back_to_older_data(clock: ManualClock) -> None:
    writer = Counting()
    services = page_services(clock, text_model=writer)
    ran(services, payload(origin="polymarket", captured_at=clock()))
    job = ran(services, payload())
    assert stored(services).event.origin == "polymarket"
    assert job.result is not None
    assert job.result["source"] == "polymarket"
    assert (job.result["indexable"], job.result["not_indexed_because"]) == (True, None)
    assert writer.asked == 1


def test_two_jobs_that_write_the_same_page_at_once_make_one(clock: ManualClock) -> None:
    services = page_services(clock)

    class Meanwhile:
        """While it writes, another job writes the same page."""

        done = False

        def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
            if not self.done:
                self.done = True
                ran(page_services_of(self), payload())
            return OfflineModel().generate_text(request)

    def page_services_of(model: TextModel) -> Services:
        return page_services(
            clock,
            text_model=model,
            contents=services.contents,
            objects=services.objects,
            engine=services.engine,
            accounts=services.accounts,
        )

    ran(page_services_of(Meanwhile()), payload())
    assert len(services.pages("acme")) == 1
    assert len(sent(services, "social")) == 1


def test_a_failed_picture_does_not_lose_the_page(clock: ManualClock) -> None:
    for painter in (Painter(error=TransientError("the model is down")), Painter(media_type="image/tiff")):
        services = page_services(clock, image_model=painter)
        job = ran(services, payload())
        assert job.status is JobStatus.COMPLETED
        assert job.result is not None
        assert job.result["picture"] is None
        assert "<img" not in published(services, f"acme/{SLUG}.html")


def test_a_made_up_number_is_never_published(clock: ManualClock) -> None:
    brief = PageBrief(event=an_event(), facts={})
    draft = OfflineModel().generate_text(TextRequest(prompt="", brief=brief, draft=PageDraft)).require()
    made_up = draft.model_copy(update={"body_html": draft.body_html + "<p>It will rise to 93%.</p>"})
    services = page_services(clock, text_model=Counting(draft=made_up))
    job = ran(services, payload())
    assert job.status is JobStatus.FAILED
    assert job.error is not None
    assert "93%" in job.error
    assert services.pages("acme") == []
    assert services.objects.get(f"acme/{SLUG}.html") is None


def test_pages_published_at_the_same_time_are_all_listed(clock: ManualClock) -> None:
    services = page_services(clock)

    class Interrupted(MemoryObjects):
        """Before an index is first written, another job publishes its page and index."""

        interrupted = False

        def put(self, key: str, data: bytes, media_type: str, **conditions: Any) -> str:
            if key == "acme/index.html" and not self.interrupted:
                self.interrupted = True
                ran(rival, payload(slug="another-event", event_id="2", title="Another question entirely?"))
            return super().put(key, data, media_type, **conditions)

    objects = Interrupted()
    shared = {
        "contents": services.contents,
        "cards": services.cards,
        "objects": objects,
        "engine": services.engine,
        "accounts": services.accounts,
    }
    rival = page_services(clock, **shared)
    ran(page_services(clock, **shared), payload())
    index = objects.objects["acme/index.html"][0].decode()
    assert 'href="another-event.html"' in index
    assert f'href="{SLUG}.html"' in index


def test_an_index_that_never_stands_still_is_tried_again_later(clock: ManualClock) -> None:
    class Restless(MemoryObjects):
        def put(self, key: str, data: bytes, media_type: str, **conditions: Any) -> str:
            if key == "acme/index.html":
                raise PreconditionFailed(key)
            return super().put(key, data, media_type, **conditions)

    job = ran(page_services(clock, objects=Restless(), contents=MemoryContentStore()), payload())
    assert job.status is JobStatus.QUEUED
    assert job.reason is not None
    assert job.reason.startswith("acme/index.html was changed")


def test_a_model_that_is_down_leaves_the_job_queued(clock: ManualClock) -> None:
    class Down:
        def generate_text(self, request: TextRequest[Draft]) -> TextResponse[Draft]:
            written_by = Painter().generate_image(None).written_by  # type: ignore[arg-type]
            return TextResponse(content=None, error=TransientError("the model is down"), written_by=written_by)

    job = ran(page_services(clock, text_model=Down()), payload())
    assert (job.status, job.reason) == (JobStatus.QUEUED, "the model is down")


def test_an_impossible_payload_is_refused_with_its_fields() -> None:
    with pytest.raises(PermanentError, match="give exactly one of"):
        a_job(page_services(ManualClock()), {})


def test_a_page_on_the_site_is_told_each_time_it_is_written_where_somebody_wants_it(clock: ManualClock) -> None:
    services = page_services(clock)
    assert isinstance(services.engine.store, MemoryJobStore)
    notices = services.engine.store.notifications
    want(notices, clock, NotificationKind.PAGE_PUBLISHED)
    first = ran(services, payload())
    job = a_job(services, payload())
    # Its worker died before the end, and another one repeats it.
    job_before_its_run = replace(job, job_id=first.job_id)
    services.engine.store.jobs["acme", first.job_id] = job_before_its_run
    run_job(services, job_before_its_run)
    (notice,) = notices.stored.values()
    page = stored(services)
    assert notice.details == {"content_id": page.content_id, "url": page.url, "title": page.title}
    clock.advance(hours=1)
    ran(services, payload(captured_at=clock()))
    assert [each.kind for each in notices.stored.values()] == ["page.published"] * 2


def test_a_page_that_is_not_on_the_site_is_not_told(clock: ManualClock) -> None:
    class Full(MemoryObjects):
        def put(self, key: str, data: bytes, media_type: str, **conditions: Any) -> str:
            if key.endswith(f"{SLUG}.html"):
                raise TransientError("S3 cannot be reached")
            return super().put(key, data, media_type, **conditions)

    services = page_services(clock, objects=Full())
    assert isinstance(services.engine.store, MemoryJobStore)
    notices = services.engine.store.notifications
    want(notices, clock, NotificationKind.PAGE_PUBLISHED)
    ran(services, payload())
    assert [each for each in notices.stored.values() if each.kind == "page.published"] == []
