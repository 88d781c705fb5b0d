"""The choice of events, and the jobs planned for them."""

from datetime import timedelta
from typing import Any

import pytest

from functions.pseo_generator.choose_events import Choice, choose_events
from functions.pseo_generator.list_pages import card_of
from functions.pseo_generator.markets.sample import Sample
from functions.pseo_generator.markets.source import MarketSource, Trending, Unusable
from functions.pseo_generator.related import nearly_the_same, related_to
from functions.pseo_generator.services import Services
from functions.shared.domain.content.model import Page
from functions.shared.domain.job_types import JobType
from functions.shared.domain.market import MarketEvent
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.model import Job, JobStatus
from tests.support.clock import ManualClock
from tests.support.contents import a_page, an_event
from tests.support.page_services import a_job, page_services, published, ran, run_job, sent


class Market:
    """Events as given, or an error."""

    def __init__(self, *events: MarketEvent, unusable: tuple[Unusable, ...] = (), down: bool = False) -> None:
        self.events, self.unusable, self.down = events, unusable, down

    def trending(self, limit: int) -> Trending:
        if self.down:
            raise TransientError("Polymarket cannot be reached")
        return Trending("polymarket", self.events[0].captured_at, self.events[:limit], self.unusable)

    def by_slug(self, slug: str) -> MarketEvent:
        raise AssertionError(slug)


def named(clock: ManualClock, title: str, **changes: Any) -> MarketEvent:
    slug = title.lower().replace(" ", "-").strip("?")
    return an_event(clock(), **{"slug": slug, "event_id": slug, "title": title, "origin": "polymarket", **changes})


def page_of(event: MarketEvent, clock: ManualClock, **changes: Any) -> Page:
    return a_page(clock(), content_id=event.slug, slug=event.slug, event=event, **changes)


def chosen(clock: ManualClock, *events: MarketEvent, pages: tuple[Page, ...] = (), **changes: Any) -> Choice:
    by_slug = {page.slug: page for page in pages}
    cards = [card_of(page) for page in pages]
    given = {"count": 5, "page_of": by_slug.get, "recent": cards, "busy": (), "now": clock(), **changes}
    return choose_events(events, **given)


def subjects(job: Job) -> list[str]:
    assert job.result is not None
    return [page["slug"] for page in job.result["pages"]]


def test_the_most_traded_events_are_chosen_up_to_the_count(clock: ManualClock) -> None:
    events = [named(clock, title) for title in ("Tea price", "Bridge opening", "Cup winner")]
    assert chosen(clock, *events, count=2).events == events[:2]
    assert chosen(clock, *events, count=9).events == events


def test_a_young_page_is_left_alone_and_an_old_one_refreshed(clock: ManualClock) -> None:
    page = page_of(named(clock, "Tea price"), clock)
    clock.advance(hours=19)
    choice = chosen(clock, named(clock, "Tea price"), pages=(page,))
    assert [each.reason for each in choice.skipped] == ["its page is younger than 20 hours"]
    clock.advance(hours=1)
    assert len(chosen(clock, named(clock, "Tea price"), pages=(page,)).events) == 1


def test_a_page_is_not_made_again_from_data_that_is_not_newer(clock: ManualClock) -> None:
    event = named(clock, "Tea price")
    page = page_of(event, clock)
    clock.advance(days=3)
    assert [each.reason for each in chosen(clock, event, pages=(page,)).skipped] == [
        "its page shows data that is as new"
    ]


def test_an_event_that_a_job_is_under_way_for_is_skipped(clock: ManualClock) -> None:
    choice = chosen(clock, named(clock, "Tea price"), busy={"tea-price"})
    assert [(each.slug, each.reason) for each in choice.skipped] == [("tea-price", "a job for it is under way")]


def test_one_of_a_series_is_enough_for_a_week(clock: ManualClock) -> None:
    march, april = named(clock, "Rate decision in March?"), named(clock, "Rate decision in April?")
    assert chosen(clock, march, april).events == [march]
    page = page_of(march, clock)
    assert chosen(clock, april, pages=(page,)).events == []
    clock.advance(days=8)
    assert chosen(clock, april, pages=(page,)).events == [april]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rate decision in March 2027?", "Rate decision in April 2027?", True),
        ("Bitcoin above 90k on Monday", "Bitcoin above 95k on Friday", True),
        ("Bitcoin above 90k on Monday", "Ethereum above 4k on Monday", False),
        ("Who wins the cup?", "Who wins the league?", False),
        ("2027?", "2028?", False),
    ],
)
def test_titles_are_compared_without_dates_numbers_and_fillers(one: str, other: str, same: bool) -> None:
    assert nearly_the_same(one, other) is same


def test_related_pages_are_the_most_alike_and_never_the_page_itself(clock: ManualClock) -> None:
    titles = ("Curling cup winner", "Tea price", "Curling league winner", "Wheat harvest", "Ferry range", "Rain in May")
    pages = [page_of(named(clock, title), clock) for title in titles]
    cards = [card_of(page) for page in pages]
    related = related_to(pages[0], cards)
    assert len(related) == 4
    assert related[0] is cards[2]
    assert cards[0] not in related


def test_each_chosen_event_gets_a_job_of_its_own(clock: ManualClock) -> None:
    services = page_services(clock)
    job = ran(services, {"trending": 5})
    assert job.result is not None
    assert subjects(job) == [event.slug for event in Sample().trending(5).events]
    assert job.result["source"] == "sample"
    assert job.result["captured_at"].startswith("2026-03-11T15:13:38")
    assert sent(services, "pages")[1:] == [page["job_id"] for page in job.result["pages"]]
    assert {"slug": "saltmarsh-regatta-2026", "reason": "all its markets are closed"} in job.result["skipped"]


def test_planned_jobs_become_pages(clock: ManualClock) -> None:
    services = page_services(clock)
    for job_id in sent_children(services, ran(services, {"trending": 14})):
        child = services.engine.store.get("acme", job_id)
        assert child is not None
        assert run_job(services, child).status is JobStatus.COMPLETED
    assert len(services.pages("acme")) == 14


def sent_children(services: Services, job: Job) -> list[str]:
    return [job_id for job_id in sent(services, "pages") if job_id != job.job_id]


def test_the_site_stands_before_the_first_page_does(clock: ManualClock) -> None:
    services = page_services(clock)
    ran(services, {"trending": 1})
    assert "There are no pages yet." in published(services, "acme/index.html")
    assert "Acme Forecasts" in published(services, "index.html")


def test_a_second_tick_plans_only_what_is_not_under_way(clock: ManualClock) -> None:
    services = page_services(clock)
    first, second = ran(services, {"trending": 5}), ran(services, {"trending": 5})
    assert not set(subjects(first)) & set(subjects(second))


def test_a_run_that_died_halfway_is_completed_to_the_same_number(clock: ManualClock) -> None:
    tea, bridge, cup = (named(clock, title) for title in ("Tea price", "Bridge opening", "Cup winner"))
    services = page_services(clock, source=Market(tea, bridge))
    job = a_job(services, {"trending": 2})

    class Died(BaseException):
        pass

    class FullAfterTwo:
        """The store takes the first child and then the process dies."""

        def __init__(self) -> None:
            self.admitted = 0

        def __getattr__(self, name: str) -> Any:
            return getattr(services.engine.store, name)

        def admit(self, *args: Any, **kwargs: Any) -> None:
            self.admitted += 1
            if self.admitted == 2:
                raise Died
            services.engine.store.admit(*args, **kwargs)

    with pytest.raises(Died):
        run_job(_with(services, services.source, FullAfterTwo()), job)
    clock.advance(minutes=2)
    recovered = run_job(_with(services, Market(cup, bridge, tea), services.engine.store), job)
    assert subjects(recovered) == [tea.slug, cup.slug]
    children, _ = services.engine.store.newest("acme", job_type=JobType.GENERATE_PAGE)
    assert len(children) == 3


def _with(services: Services, source: MarketSource, store: Any) -> Services:
    engine = type(services.engine)(
        store=store,
        dispatcher=services.engine.dispatcher,
        clock=services.engine.clock,
        new_id=services.engine.new_id,
        random=services.engine.random,
        kinds=services.engine.kinds,
    )
    return page_services(
        services.engine.clock,
        source=source,
        engine=engine,
        contents=services.contents,
        objects=services.objects,
    )


def test_a_market_that_is_down_leaves_the_job_queued(clock: ManualClock) -> None:
    job = ran(page_services(clock, source=Market(down=True)), {"trending": 5})
    assert (job.status, job.reason) == (JobStatus.QUEUED, "Polymarket cannot be reached")


def test_nothing_to_do_is_a_result_too(clock: ManualClock) -> None:
    services = page_services(clock, source=Market(named(clock, "Tea price")))
    ran(services, {"trending": 1})
    job = ran(services, {"trending": 1})
    assert job.status is JobStatus.COMPLETED
    assert subjects(job) == []


def test_sample_pages_of_yesterday_are_not_made_again(clock: ManualClock) -> None:
    services = page_services(clock)
    for job_id in sent_children(services, ran(services, {"trending": 5})):
        child = services.engine.store.get("acme", job_id)
        assert child is not None
        run_job(services, child)
    clock.advance(days=1)
    later = ran(services, {"trending": 5})
    assert subjects(later) == [event.slug for event in Sample().trending(10).events[5:]]
    assert clock() - services.pages("acme")[0].updated_at == timedelta(days=1)
