"""A tick of the planner: which sources get a job, once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from functions.scraper.plan_fetches import Limits, plan_fetches
from functions.scraper.services import Services
from functions.shared.domain.context.model import Source
from functions.shared.domain.job_types import JobType
from functions.shared.domain.organisation.model import Organisation
from functions.shared.kernel.errors import PermanentError, TransientError
from functions.shared.kernel.jobs.memory import MemoryDispatcher
from functions.shared.kernel.jobs.model import JobStatus
from functions.shared.kernel.tick import Tick
from tests.support.clock import ManualClock
from tests.support.scraper_services import Web, all_jobs, an_entry, handlers_of, run_job, scraper_services, source_of
from tests.support.sources import a_source


@dataclass
class World:
    clock: ManualClock
    web: Web = field(default_factory=lambda: Web([an_entry("1")]))

    def __post_init__(self) -> None:
        self.services: Services = scraper_services(self.clock, self.web)

    def add(self, source_id: str, org_id: str = "acme", minutes_late: int = 0, **changes: Any) -> Source:
        now = self.clock()
        self.services.organisations.put(Organisation(org_id=org_id, name=org_id, created_at=now))
        due = now - timedelta(minutes=minutes_late)
        place = {"source_id": source_id, "url": f"https://{source_id}.example/feed.xml"}
        source = a_source(now, **{"org_id": org_id, "next_fetch_at": due, **place, **changes})
        self.services.sources.add(source)
        return source

    def tick(
        self,
        *,
        is_by_hand: bool = False,
        identity: str = "tick",
        per_tick: int = 500,
        per_org: int = 100,
        seconds_left: Callable[[], float] = lambda: 100,
    ) -> dict[str, Any]:
        tick = Tick(at=self.clock().replace(minute=0), identity=identity)
        limits = Limits(per_tick, per_org, seconds_left)
        return plan_fetches(tick, is_by_hand=is_by_hand, limits=limits, services=self.services)

    def planned(self) -> list[str]:
        """The sources that have jobs, once for each."""
        return sorted(str(job.payload["source_id"]) for job in all_jobs(self.services))

    def sent(self) -> list[str]:
        assert isinstance(self.services.engine.dispatcher, MemoryDispatcher)
        return sorted(message.job_id for _, message, _ in self.services.engine.dispatcher.sent)

    def run_all(self) -> None:
        for job in all_jobs(self.services):
            if not job.status.is_terminal:
                run_job(job, self.services, handlers_of(self.services, self.web))


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def test_each_due_source_gets_one_quiet_job_and_its_next_time(world: World) -> None:
    world.add("feed")
    world.add("page", kind="website", minutes_late=3)
    world.add("later", minutes_late=-1)
    world.add("off", enabled=False)
    answer = world.tick()
    jobs = {job.payload["source_id"]: job for job in all_jobs(world.services)}
    assert {source: job.type for source, job in jobs.items()} == {
        "feed": JobType.SYNC_RSS,
        "page": JobType.SCRAPE_WEBSITE,
    }
    assert all(job.quiet for job in jobs.values())
    assert sorted(job.job_id for job in jobs.values()) == world.sent()
    assert answer == {
        "planned": 2,
        "skipped": 0,
        "left": 0,
        "organisations": [{"org_id": "acme", "jobs": [jobs["page"].job_id, jobs["feed"].job_id], "skipped": []}],
    }
    moved = source_of(world.services, "feed")
    assert moved.last_job_id == jobs["feed"].job_id
    assert moved.next_fetch_at is not None
    assert timedelta(hours=6) <= moved.next_fetch_at - world.clock() < timedelta(hours=6, minutes=5)


def test_a_tick_delivered_twice_plans_nothing_new(world: World) -> None:
    world.add("feed")
    world.tick()
    assert world.tick()["planned"] == 0
    assert len(world.sent()) == 1


def test_a_tick_that_died_before_it_moved_a_source_on_plans_the_same_job_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.add("feed")
    with monkeypatch.context() as broken:
        broken.setattr(world.services.sources, "replace", _refuse)
        with pytest.raises(TransientError, match="could not be planned for: acme"):
            world.tick()
    assert world.tick()["planned"] == 1
    assert world.planned() == ["feed"]
    assert world.tick()["planned"] == 0


def test_a_source_whose_last_job_is_not_over_is_skipped_visibly_until_its_next_time(world: World) -> None:
    world.add("feed")
    world.tick()
    (job,) = all_jobs(world.services)
    world.clock.advance(hours=7)
    answer = world.tick()
    assert (answer["planned"], answer["skipped"]) == (0, 1)
    reason = "its last job is still queued"
    assert answer["organisations"][0]["skipped"] == [{"source_id": "feed", "job_id": job.job_id, "reason": reason}]
    assert world.tick()["skipped"] == 0
    world.run_all()
    world.clock.advance(hours=7)
    assert world.tick()["planned"] == 1


def test_a_job_that_is_quicker_than_the_planner_is_not_undone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("feed")
    world.web.ttl = timedelta(hours=20)
    replace = world.services.sources.replace

    def late(before: Source, after: Source) -> Source:
        monkeypatch.setattr(world.services.sources, "replace", replace)
        world.run_all()
        return replace(before, after)

    monkeypatch.setattr(world.services.sources, "replace", late)
    world.tick()
    assert source_of(world.services, "feed").next_fetch_at == world.clock() + timedelta(hours=20)
    assert world.tick()["planned"] == 0


def test_a_tick_is_bounded_and_takes_the_longest_due_of_each_organisation(world: World) -> None:
    for number in range(6):
        world.add(f"a{number}", minutes_late=10 + number)
    world.add("b0", org_id="beta", minutes_late=1)
    world.add("b1", org_id="beta", minutes_late=2)
    answer = world.tick(per_tick=4, per_org=3)
    assert (world.planned(), answer["left"]) == (["a3", "a4", "a5", "b1"], 4)
    world.tick(per_tick=4, per_org=3)
    assert world.planned() == ["a0", "a1", "a2", "a3", "a4", "a5", "b0", "b1"]


def test_what_there_is_no_time_for_stays_due(world: World) -> None:
    world.add("1", minutes_late=1)
    world.add("2")
    left = iter([100.0, 5.0])
    assert world.tick(seconds_left=lambda: next(left))["left"] == 1
    assert world.planned() == ["1"]
    assert world.tick()["planned"] == 1


def test_by_hand_every_source_that_is_switched_on_is_fetched_now(world: World) -> None:
    world.add("due")
    world.add("later", minutes_late=-100)
    world.add("never", org_id="beta", next_fetch_at=None)
    world.add("off", enabled=False)
    answer = world.tick(is_by_hand=True)
    assert world.planned() == ["due", "later", "never"]
    assert [(each["org_id"], len(each["jobs"])) for each in answer["organisations"]] == [("acme", 2), ("beta", 1)]
    assert source_of(world.services, "later").next_fetch_at == world.clock() + timedelta(minutes=100)
    again = world.tick(is_by_hand=True)
    assert (len(world.planned()), again["planned"]) == (3, 3)
    assert world.tick(is_by_hand=True, identity="another")["skipped"] == 3
    world.run_all()
    assert world.tick(is_by_hand=True, identity="a third")["planned"] == 3
    assert world.tick()["planned"] == 0


def test_one_organisations_trouble_leaves_the_others_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("a", minutes_late=1)
    world.add("b", org_id="beta")
    admit = world.services.engine.store.admit

    def picky(job: Any, **keywords: Any) -> None:
        if job.org_id == "acme":
            raise PermanentError("no")
        admit(job, **keywords)

    monkeypatch.setattr(world.services.engine.store, "admit", picky)
    with pytest.raises(TransientError, match="could not be planned for: acme"):
        world.tick()
    assert world.planned() == ["b"]
    assert len(world.sent()) == 1


def test_an_entry_of_the_index_that_lags_behind_plans_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.add("moved")
    world.add("gone")
    stale = world.services.sources.due(until=world.clock(), limit=10)
    world.services.sources.delete("acme", "gone")
    source = source_of(world.services, "moved")
    world.services.sources.replace(
        source, source.model_copy(update={"next_fetch_at": world.clock() + timedelta(hours=1)})
    )
    monkeypatch.setattr(world.services.sources, "due", lambda **_: stale)
    assert world.tick()["planned"] == 0
    assert all_jobs(world.services) == []


def test_a_source_that_failed_for_good_is_tried_at_its_next_time(world: World) -> None:
    world.add("feed")
    world.web.trouble = PermanentError("it answered 404")
    world.tick()
    world.run_all()
    assert [job.status for job in all_jobs(world.services)] == [JobStatus.FAILED]
    assert world.tick()["planned"] == 0
    world.clock.advance(hours=7)
    assert world.tick()["planned"] == 1


def _refuse(*_: Any, **__: Any) -> Any:
    raise TransientError("the store is out of reach")
