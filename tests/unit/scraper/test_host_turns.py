"""Sources of one host are fetched one after the other, whoever they belong to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from functions.reconciler.recover import Found, reconcile
from functions.scraper.host_turns import host_of
from functions.scraper.plan_fetches import Limits, plan_fetches
from functions.scraper.robots import LONGEST_CRAWL_DELAY, Robots
from functions.shared.domain.context.model import SourceKind
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.tick import Tick
from tests.support.clock import ManualClock
from tests.support.scraper_services import (
    Web,
    a_job,
    all_jobs,
    an_entry,
    handlers_of,
    run_job,
    scraper_services,
    source_of,
)
from tests.support.sources import a_source
from tests.unit.scraper.test_robots import PAGE, FakeFetch

URL = "https://news.example/{}.xml"


class World:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.web = Web([an_entry("1")])
        self.services = scraper_services(clock, self.web)

    def add(self, source_id: str, org_id: str = "acme", *, late: int = 0, **changes: Any) -> None:
        now = self.clock()
        self.services.organisations.put(Organisation(org_id=org_id, name=org_id, created_at=now))
        due = {"next_fetch_at": now - timedelta(minutes=late), "url": URL.format(source_id)}
        self.services.sources.add(a_source(now, org_id=org_id, source_id=source_id, **{**due, **changes}))

    def tick(self, *, is_by_hand: bool = False, per_tick: int = 500, pauses: Sequence[float] = ()) -> dict[str, Any]:
        """Plan; before each source passes one of `pauses`, in seconds."""
        passing = iter(pauses)

        def seconds_left() -> float:
            self.clock.advance(seconds=next(passing, 0))
            return 100

        tick = Tick(at=self.clock(), identity=self.clock().isoformat())
        limits = Limits(per_tick, 100, seconds_left)
        return plan_fetches(tick, is_by_hand=is_by_hand, limits=limits, services=self.services)

    def jobs(self) -> dict[str, Job]:
        return {str(job.payload["source_id"]): job for job in all_jobs(self.services)}

    def waits(self) -> dict[str, float]:
        """How long each job waits from now, in seconds."""
        now = self.clock()
        return {name: ((job.not_before or now) - now).total_seconds() for name, job in self.jobs().items()}

    def delays(self) -> list[int]:
        """Of the messages."""
        assert isinstance(self.services.engine.dispatcher, MemoryDispatcher)
        return [delay for _, _, delay in self.services.engine.dispatcher.sent]

    def run(self, job: Job) -> Job:
        return run_job(job, self.services, handlers_of(self.services, self.web))


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def test_sources_of_one_host_get_turns_ten_seconds_apart_across_organisations(world: World) -> None:
    world.add("first", late=3)
    world.add("second", "beta", late=2, url="http://NEWS.example:80/second.xml")
    world.add("third", late=1, kind=SourceKind.WEBSITE)
    world.add("elsewhere", "beta", url="https://other.example/feed.xml")
    assert world.tick()["planned"] == 4
    assert world.waits() == {"first": 0, "second": 10, "third": 20, "elsewhere": 0}
    assert sorted(world.delays()) == [0, 0, 10, 20]
    assert world.jobs()["first"].not_before is None


def test_a_turn_changes_neither_the_jobs_id_nor_that_it_is_planned_once(world: World) -> None:
    for name in ("first", "second"):
        world.add(name)
    kept = [source_of(world.services, name) for name in ("first", "second")]
    world.tick()
    planned = world.jobs()
    for before in kept:  # the tick died before it moved them on
        world.services.sources.replace(source_of(world.services, before.source_id), before)
    world.clock.advance(seconds=5)
    assert world.tick()["planned"] == 2
    assert world.jobs() == planned
    assert world.tick()["planned"] == 0


def test_what_finds_no_turn_in_five_minutes_stays_due_and_is_first_in_the_next_tick(world: World) -> None:
    for number in range(40):
        world.add(f"{number:02}", late=40 - number)
    world.add("elsewhere", url="https://other.example/feed.xml")
    due = source_of(world.services, "35").next_fetch_at
    answer = world.tick()
    assert (answer["planned"], answer["left"]) == (31, 10)
    assert max(world.waits().values()) == 290
    assert source_of(world.services, "35").next_fetch_at == due
    world.clock.advance(minutes=5)
    last = max(job.not_before for job in world.jobs().values() if job.not_before)
    assert world.clock() - last >= timedelta(seconds=10)
    answer = world.tick()
    assert (answer["planned"], answer["left"]) == (10, 0)
    assert {wait for name, wait in world.waits().items() if "30" <= name < "40"} == {float(n * 10) for n in range(10)}


def test_a_crowded_host_takes_no_other_sources_place_in_a_tick(world: World) -> None:
    for number in range(60):
        world.add(f"{number:02}", late=100 - number)
    world.add("elsewhere", "beta", url="https://other.example/feed.xml")
    answer = world.tick(per_tick=40)
    assert "elsewhere" in world.jobs()
    assert (answer["planned"], answer["left"]) == (31, 30)


def test_a_slow_planner_leaves_as_much_time_between_fetches(world: World) -> None:
    for number in range(4):
        world.add(str(number), late=4 - number)
    world.tick(pauses=[0, 7, 20, 2])
    turns = [job.not_before or job.created_at for job in world.jobs().values()]
    assert [(turn - turns[0]).total_seconds() for turn in turns] == [0, 10, 27, 37]


def test_by_hand_turns_are_taken_too(world: World) -> None:
    for number in range(31):
        world.add(f"{number:02}", late=-60)
    answer = world.tick(is_by_hand=True)
    assert (answer["planned"], answer["left"], max(world.waits().values())) == (30, 1, 290)
    world.clock.advance(seconds=1)
    assert world.tick(is_by_hand=True)["planned"] == 1, "those that are under way take no turn"


def test_a_job_runs_at_its_turn_and_not_before(world: World) -> None:
    world.add("first", late=1)
    world.add("second")
    world.tick()
    assert world.run(world.jobs()["second"]).status is JobStatus.QUEUED
    world.clock.advance(seconds=10)
    assert world.run(world.jobs()["second"]).status is JobStatus.COMPLETED


def test_a_message_that_was_never_sent_is_sent_by_the_reconciler(world: World) -> None:
    for number in range(10):
        world.add(str(number), late=10 - number)
    dispatcher = world.services.engine.dispatcher
    assert isinstance(dispatcher, MemoryDispatcher)
    dispatcher.down = True
    world.tick()
    dispatcher.down = False
    world.clock.advance(minutes=3)
    assert reconcile(engine=world.services.engine).counts == {Found.SENT: 10}


def test_the_reconciler_does_not_look_at_a_job_that_waits_for_its_turn(world: World) -> None:
    for number in range(10):
        world.add(str(number), late=10 - number)
    world.tick()
    world.run(world.jobs()["0"])
    world.clock.advance(seconds=35)
    world.tick()
    assert sum(reconcile(engine=world.services.engine).counts.values()) == 0


def test_a_website_that_wants_more_time_gets_it_for_all_its_sources(world: World) -> None:
    world.add("first", late=3)
    world.add("page", late=2, crawl_delay=45.0)
    world.add("last", late=1)
    world.tick()
    assert world.waits() == {"first": 0, "page": 45, "last": 90}


def test_what_a_website_wants_is_remembered_with_the_outcome_of_a_fetch(world: World) -> None:
    world.add("page", kind=SourceKind.WEBSITE, next_fetch_at=None)
    for apart in (30.0, 20.0, None):
        world.web.seconds_apart = apart
        job = world.run(a_job(JobType.SCRAPE_WEBSITE, {"source_id": "page"}, world.services))
        assert job.status is JobStatus.COMPLETED
        assert source_of(world.services, "page").crawl_delay == apart


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nCrawl-delay: 86400", LONGEST_CRAWL_DELAY),
        ("User-agent: other\nCrawl-delay: 30\n\nUser-agent: *\nDisallow:", None),
        ("User-agent: *\nCrawl-delay: 30\n\nUser-agent: Flywheel\nCrawl-delay: 12", 12),
        *((f"User-agent: *\nCrawl-delay: {text}", None) for text in ("0", "-5", "nan", "inf", "soon")),
        ("", None),
    ],
)
def test_a_crawl_delay_is_bounded(text: str, expected: float | None, clock: ManualClock) -> None:
    fetch = FakeFetch(text)
    robots = Robots(fetch, clock)
    assert robots.crawl_delay(PAGE) is None
    assert fetch.asked == []
    robots.require_allowed(PAGE)
    assert robots.crawl_delay(PAGE) == expected
    assert len(fetch.asked) == 1


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.example./feed", "news.example"),
        ("http://news.example:443/", "news.example"),
        ("http://127.0.0.1:8080/feed", "127.0.0.1:8080"),
        ("http://[broken/", "http://[broken/"),
        ("http://news.example:99999/", "http://news.example:99999/"),
    ],
)
def test_a_host_is_one_however_it_is_written(url: str, host: str) -> None:
    assert host_of(url) == host
