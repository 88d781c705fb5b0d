"""What a source brings is limited by the day, and counted exactly whatever dies or comes twice."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.scraper.allowance import MOST_NEW_A_DAY, grown
from functions.scraper.parsing.feed import Entry
from functions.scraper.reading import Counts
from functions.scraper.services import Services
from functions.shared.domain.context.items.memory import MemoryItems
from functions.shared.domain.context.model import ContextItem, Growth
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import TransientError
from functions.shared.kernel.jobs.model import Job, JobStatus
from tests.support.clock import ManualClock
from tests.support.scraper_services import (
    Web,
    a_job,
    an_entry,
    handlers_of,
    items_of,
    run_job,
    scraper_services,
    source_of,
)
from tests.support.sources import a_source

PART = MOST_NEW_A_DAY // 4


class World:
    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.web = Web(etag='"1"')
        self.items = BusyItems(clock)
        self.services: Services = scraper_services(clock, self.web, items=self.items)
        self.services.sources.add(a_source(clock()))

    def job(self) -> Job:
        return a_job(JobType.SYNC_RSS, {"source_id": "source-1"}, self.services)

    def run(self, job: Job) -> Job:
        return run_job(job, self.services, handlers_of(self.services, self.web))

    def run_another(self) -> Job:
        """A job that begins a moment after the one that is under way."""
        self.clock.advance(seconds=1)
        return self.run(self.job())

    def fetch(self, entries: Iterable[Entry] | None = None, *, minutes: int = 15) -> tuple[int, int]:
        """What the next fetch brings, as (new, held back)."""
        self.clock.advance(minutes=minutes)
        if entries is not None:
            self.show(entries)
        return told(self.run(self.job()))

    def show(self, entries: Iterable[Entry]) -> None:
        self.web.entries = list(entries)
        self.web.etag = f'"{len(self.web.asked)}-{self.clock()}"'

    def kept(self) -> int:
        return len(items_of(self.items))

    def recorded(self) -> int:
        growth = source_of(self.services).growth
        assert growth is not None
        return sum(growth.by_job.values())


class BusyItems(MemoryItems):
    """While one item is saved, the next of `meanwhile` happens."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock)
        self.meanwhile: dict[int, Callable[[], object]] = {}
        self.saves = 0

    def save(self, item: ContextItem, **keywords: Any) -> None:
        self.saves += 1
        happens = self.meanwhile.pop(self.saves, None)
        if happens:
            happens()
        super().save(item, **keywords)


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def entries(first: int, count: int) -> list[Entry]:
    """Numbered so that the newest comes first."""
    began = datetime(2026, 11, 1, tzinfo=UTC)
    numbers = range(first + count - 1, first - 1, -1)
    return [an_entry(str(number), published_at=began + timedelta(seconds=number)) for number in numbers]


def told(job: Job) -> tuple[int, int]:
    assert job.result is not None, job.error or job.reason
    return job.result["new"], job.result["held_back"]


def die(*_: Any, **__: Any) -> Any:
    raise TransientError("the store is out of reach")


def test_of_too_many_the_newest_are_kept_and_the_rest_is_counted(world: World) -> None:
    assert world.fetch(entries(0, MOST_NEW_A_DAY + 30)) == (MOST_NEW_A_DAY, 30)
    titles = {item.title for item in items_of(world.items)}
    assert titles == {f"Title {number}" for number in range(30, MOST_NEW_A_DAY + 30)}
    last = source_of(world.services).last_fetch
    assert last is not None
    assert (last.outcome, last.new, last.held_back) == ("fetched", MOST_NEW_A_DAY, 30)


def test_a_feed_of_ever_fresh_entries_brings_a_days_allowance_and_no_more(world: World) -> None:
    for tick in range(20):
        world.fetch(entries(tick * 500, 500))
    assert world.kept() == world.recorded() == MOST_NEW_A_DAY
    assert world.fetch(entries(50_000, 500)) == (0, 500)
    assert world.fetch([*entries(50_000, 100), *entries(499, 1)]) == (0, 100)
    last = source_of(world.services).last_fetch
    assert last is not None
    assert last.outcome == "fetched", "it did not send what it had sent before"


def test_what_was_held_back_comes_on_later_days_though_the_feed_says_that_it_is_unchanged(world: World) -> None:
    whole = 2 * MOST_NEW_A_DAY + 10
    world.fetch(entries(0, whole))
    assert world.fetch() == (0, 0)
    assert world.web.parsed == 1, "there is nothing to gain on the same day"
    assert world.fetch(minutes=24 * 60) == (MOST_NEW_A_DAY, 10)
    assert world.fetch() == (0, 0)
    assert world.fetch(minutes=24 * 60) == (10, 0)
    assert world.fetch(minutes=24 * 60) == (0, 0)
    assert (world.kept(), world.web.parsed) == (whole, 3)


def test_a_job_that_is_run_again_after_midnight_spends_nothing_of_the_new_day_on_what_it_had_saved(
    world: World,
) -> None:
    world.clock.now = datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC)
    world.items.meanwhile[MOST_NEW_A_DAY] = die
    world.show(entries(0, MOST_NEW_A_DAY + 20))
    job = world.run(world.job())
    assert world.kept() == MOST_NEW_A_DAY - 1
    world.clock.advance(minutes=1)
    assert told(world.run(job)) == (MOST_NEW_A_DAY + 20, 0)
    assert world.recorded() == 21
    assert world.fetch(entries(1000, 500)) == (MOST_NEW_A_DAY - 21, 321)


def test_changed_items_do_not_count(world: World) -> None:
    world.fetch(entries(0, MOST_NEW_A_DAY))
    changed = [an_entry(entry.guid, text="More of it", published_at=entry.published_at) for entry in world.web.entries]
    world.show(changed)
    job = world.run(world.job())
    assert job.result is not None
    assert (job.result["new"], job.result["changed"], job.result["held_back"]) == (0, MOST_NEW_A_DAY, 0)


def test_a_new_day_has_an_allowance_of_its_own(world: World) -> None:
    world.clock.now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert world.fetch(entries(0, 500))[0] == MOST_NEW_A_DAY
    assert world.fetch(entries(1000, 500))[0] == MOST_NEW_A_DAY
    assert world.kept() == 2 * MOST_NEW_A_DAY


@pytest.mark.parametrize("dies_at", [1, PART, MOST_NEW_A_DAY - PART])
def test_a_second_run_neither_spends_twice_nor_starves(world: World, dies_at: int) -> None:
    world.fetch(entries(0, PART))
    world.items.saves = 0
    world.items.meanwhile[dies_at] = die
    world.show(entries(1000, 500))
    job = world.run(world.job())
    assert (job.status, world.kept()) == (JobStatus.QUEUED, PART + dies_at - 1)
    world.clock.advance(minutes=1)
    world.show(entries(1100, 490))
    assert told(world.run(job))[0] == MOST_NEW_A_DAY - PART
    assert world.kept() == world.recorded() == MOST_NEW_A_DAY


def test_a_second_run_after_all_was_saved_counts_as_the_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.show(entries(0, 250))
    with monkeypatch.context() as broken:
        broken.setattr(world.services.sources, "replace", die)
        job = world.run(world.job())
    world.clock.advance(minutes=1)
    assert told(world.run(job)) == (MOST_NEW_A_DAY, 50)
    assert world.kept() == world.recorded() == MOST_NEW_A_DAY


def test_a_run_that_comes_again_after_another_job_recorded_spends_nothing_more(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.show(entries(0, PART))
    with monkeypatch.context() as broken:
        broken.setattr("functions.scraper.fetch_source._answer", die)
        job = world.run(world.job())
    assert world.fetch(entries(0, 2 * PART)) == (PART, 0)
    world.show(entries(0, 500))
    assert told(world.run(job))[0] == MOST_NEW_A_DAY - PART, "what it had saved, and what came since"
    assert world.kept() == world.recorded() == MOST_NEW_A_DAY


def test_two_jobs_at_once_share_the_allowance(world: World) -> None:
    world.show(entries(0, 500))
    second: list[Job] = []
    world.items.meanwhile[PART] = lambda: second.append(world.run_another())
    first = world.run(world.job())
    assert second[0].status is first.status is JobStatus.COMPLETED
    assert world.kept() == world.recorded() == MOST_NEW_A_DAY
    assert told(first)[0] + told(second[0])[0] == MOST_NEW_A_DAY


def test_two_jobs_that_begin_at_once_share_the_allowance(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.show(entries(0, 500))
    with monkeypatch.context() as blind:
        blind.setattr(world.items, "known", lambda *_: {})
        world.items.meanwhile[PART] = world.run_another
        world.run(world.job())
    assert world.kept() == world.recorded() == MOST_NEW_A_DAY


def test_what_a_job_saved_that_failed_for_good_counts(world: World) -> None:
    world.items.meanwhile[PART + 1] = die
    world.show(entries(0, 500))
    world.run(world.job())
    assert world.kept() == PART
    assert world.fetch()[0] == MOST_NEW_A_DAY - PART
    assert world.kept() == MOST_NEW_A_DAY


def test_an_item_that_changes_between_two_runs_of_a_job_is_new_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.show([an_entry("1")])
    with monkeypatch.context() as broken:
        broken.setattr(world.services.sources, "replace", die)
        job = world.run(world.job())
    world.clock.advance(minutes=1)
    world.show([an_entry("1", text="Corrected")])
    assert told(world.run(job)) == (1, 0)
    assert world.recorded() == 1


def test_an_unchanged_source_keeps_what_it_brought_today(world: World) -> None:
    world.fetch(entries(0, PART))
    world.fetch()
    assert world.recorded() == PART
    assert world.fetch(entries(1000, 500)) == (MOST_NEW_A_DAY - PART, 500 - MOST_NEW_A_DAY + PART)


def test_a_job_that_records_late_does_not_bring_yesterday_back(world: World) -> None:
    job = world.job()
    today = Growth(day=world.clock().date(), by_job={"other": 5}, held_back=2)
    late = Counts(new=3, spent=3, day=today.day - timedelta(days=1))
    assert grown(today, job, late) == today
    assert grown(today, job, Counts()) == today
    assert grown(None, job, Counts(new=3, held_back=1, spent=3, day=today.day)) == Growth(
        day=today.day, by_job={job.job_id: 3}, held_back=1
    )
