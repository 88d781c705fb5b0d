"""What a source's fetches make of its health, and when it is fetched next."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.scraper.next_due import next_due
from functions.scraper.record_outcome import record_failure
from functions.scraper.services import Services
from functions.shared.domain.context.model import SourceHealth
from functions.shared.domain.job_types import JobType
from functions.shared.kernel.errors import FlywheelError, PermanentError, RateLimited, TransientError
from functions.shared.kernel.jobs.model import Job, JobStatus
from functions.shared.kernel.notifications.model import Notification, NotificationKind
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

DOWN = TransientError("it answered 503")


@dataclass
class World:
    clock: ManualClock
    web: Web = field(default_factory=lambda: Web([an_entry("1")]))

    def __post_init__(self) -> None:
        self.services: Services = scraper_services(self.clock, self.web)
        self.services.sources.add(a_source(self.clock()))

    def run(self, job: Job | None = None) -> Job:
        job = job or a_job(JobType.SYNC_RSS, {"source_id": "source-1"}, self.services)
        self.clock.advance(minutes=15)
        return run_job(job, self.services, handlers_of(self.services, self.web))

    def fail(self, times: int, trouble: Exception = DOWN) -> None:
        self.web.trouble = trouble
        for _ in range(times):
            self.run()
        self.web.trouble = None

    def told(self) -> list[Notification]:
        return self.services.notifications.newest("acme")[0]


@pytest.fixture
def world(clock: ManualClock) -> World:
    return World(clock)


def test_the_fifth_failed_run_in_a_row_makes_a_source_unhealthy_and_is_told_once(world: World) -> None:
    began = world.clock() + timedelta(minutes=15)
    world.fail(4)
    source = source_of(world.services)
    assert (source.health, source.failures, source.failing_since) == (SourceHealth.FAILING, 4, began)
    assert world.told() == []
    world.fail(3)
    source = source_of(world.services)
    assert (source.health, source.failures, source.failing_since) == (SourceHealth.UNHEALTHY, 7, began)
    (notice,) = world.told()
    assert notice.kind is NotificationKind.SOURCE_UNHEALTHY
    assert notice.reason.startswith("5 fetches of https://acme.example/feed.xml in a row have failed")
    assert notice.reason.endswith("it answered 503")
    assert "PATCH /api/sources/source-1" in notice.advice
    assert notice.link == "/api/sources/source-1"


def test_each_run_of_a_retried_job_is_a_failed_fetch(world: World) -> None:
    world.web.trouble = DOWN
    job = world.run()
    for _ in range(3):
        job = world.run(job)
    assert (job.status, source_of(world.services).failures) == (JobStatus.FAILED, 4)
    assert world.told() == []


def test_one_success_heals_and_the_next_row_is_told_again(world: World) -> None:
    world.fail(5)
    world.run()
    source = source_of(world.services)
    assert (source.health, source.failures, source.failing_since) == (SourceHealth.HEALTHY, 0, None)
    assert source.last_success_at == world.clock()
    world.fail(5)
    assert len(world.told()) == 2


def test_a_run_is_counted_once_however_often_it_is_recorded(world: World) -> None:
    world.fail(3)
    job = a_job(JobType.SYNC_RSS, {"source_id": "source-1"}, world.services)
    for _ in range(2):
        record_failure(job, source_of(world.services), "it answered 503", services=world.services)
    assert source_of(world.services).failures == 4


def test_a_crash_between_the_notification_and_the_record_tells_nobody_twice(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.fail(4)
    with monkeypatch.context() as broken:
        broken.setattr(world.services.sources, "replace", _refuse)
        world.fail(1)
    assert (source_of(world.services).failures, len(world.told())) == (4, 1)
    world.fail(1)
    assert (source_of(world.services).health, len(world.told())) == (SourceHealth.UNHEALTHY, 1)


@pytest.mark.parametrize(
    ("trouble", "status", "failures", "reason"),
    [
        (PermanentError("it answered 404"), JobStatus.FAILED, 1, "it answered 404"),
        (DOWN, JobStatus.QUEUED, 1, "it answered 503"),
        (KeyError("x"), JobStatus.QUEUED, 1, "unexpected KeyError"),
        (RateLimited("later", retry_at=datetime(2026, 11, 22, 6, tzinfo=UTC)), JobStatus.QUEUED, 0, None),
    ],
    ids=["permanent", "transient", "unexpected", "rate-limited"],
)
def test_every_error_is_a_failed_fetch_but_being_told_to_come_back(
    world: World, trouble: FlywheelError, status: JobStatus, failures: int, reason: str | None
) -> None:
    world.web.trouble = trouble
    job = world.run()
    source = source_of(world.services)
    assert (job.status, source.failures) == (status, failures)
    told = source.last_fetch.reason if source.last_fetch else None
    assert (told or "").startswith(reason or "")
    assert (told is None) == (reason is None)


def test_a_source_that_says_come_back_later_for_ever_is_unhealthy_in_the_end(world: World) -> None:
    job = a_job(JobType.SYNC_RSS, {"source_id": "source-1"}, world.services)
    for _ in range(9):  # 15, 30 .. 135 minutes after it was made
        world.web.trouble = RateLimited("it answered 503", retry_at=world.clock() + timedelta(minutes=20))
        job = world.run(job)
    source = source_of(world.services)
    assert (job.status, source.health, source.failures) == (JobStatus.QUEUED, SourceHealth.UNHEALTHY, 6)
    (notice,) = world.told()
    assert notice.reason.endswith("it answered 503")


def test_a_fetch_that_is_put_off_too_far_or_too_often_is_a_failed_one(world: World) -> None:
    world.fail(1, RateLimited("it answered 429", retry_at=world.clock() + timedelta(days=3)))
    source = source_of(world.services)
    assert (source.health, source.failures) == (SourceHealth.FAILING, 1)


def test_what_was_changed_meanwhile_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _meanwhile(world, monkeypatch, name="renamed", enabled=False)
    world.run()
    source = source_of(world.services)
    assert (source.name, source.enabled, source.next_fetch_at) == ("renamed", False, None)
    assert (source.health, source.version) == (SourceHealth.HEALTHY, 3)


def test_a_fetch_says_nothing_of_a_source_with_another_address(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.web.etag = '"1"'
    _meanwhile(world, monkeypatch, url="https://acme.example/other.xml")
    job = world.run()
    source = source_of(world.services)
    assert (job.status, source.health, source.etag, source.last_fetch) == (
        JobStatus.COMPLETED,
        SourceHealth.NEW,
        None,
        None,
    )


def test_a_source_that_is_deleted_meanwhile_stays_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _meanwhile(world, monkeypatch, delete=True)
    assert world.run().status is JobStatus.COMPLETED
    assert world.services.sources.get("acme", "source-1") is None
    assert len(items_of(world.services.items)) == 1


def test_a_source_is_left_alone_for_as_long_as_it_asks(world: World) -> None:
    world.web.ttl = timedelta(hours=9)
    world.run()
    assert source_of(world.services).next_fetch_at == world.clock() + timedelta(hours=9)
    world.web.not_before = world.clock() + timedelta(hours=20)
    world.web.noise = "more"
    world.run()
    assert source_of(world.services).next_fetch_at == world.web.not_before


def test_a_planned_job_fetches_though_the_source_asked_to_be_left_alone(world: World) -> None:
    world.web.ttl = timedelta(hours=20)
    world.run()
    world.web.entries = [an_entry("2"), an_entry("1")]
    result = world.run().result
    assert result is not None
    assert result["new"] == 1


def test_the_next_time_is_the_crons_and_at_most_five_minutes_more(clock: ManualClock) -> None:
    times = set()
    for number in range(50):
        source = a_source(clock(), source_id=f"source-{number}", cron="cron(0 9 * * ? *)")
        due = next_due(source, now=clock())
        assert due is not None
        assert timedelta() <= due - datetime(2026, 11, 22, 9, tzinfo=UTC) < timedelta(minutes=5)
        assert next_due(source, now=due) == due + timedelta(days=1)
        times.add(due.replace(second=0, microsecond=0))
    assert len(times) == 5


@pytest.mark.parametrize(
    ("changes", "not_before", "expected"),
    [
        ({"cron": "rate(12 minutes)"}, None, (12, 13)),
        ({"cron": "rate(12 minutes)"}, 5, (12, 13)),
        ({"cron": "rate(12 minutes)"}, 90, (90, 90)),
        ({"cron": "rate(12 minutes)"}, 60 * 48, (60 * 24, 60 * 24)),
        ({"cron": "cron(0 9 1 1 ? 2020)"}, 90, None),
        ({"enabled": False}, 90, None),
        ({"cron": "no cron"}, None, (360, 360)),
    ],
)
def test_the_next_time_in_minutes(
    clock: ManualClock, changes: Any, not_before: int | None, expected: tuple[int, int] | None
) -> None:
    asked = clock() + timedelta(minutes=not_before) if not_before else None
    due = next_due(a_source(clock(), **changes), now=clock(), not_before=asked)
    if expected is None:
        assert due is None
    else:
        assert due is not None
        assert timedelta(minutes=expected[0]) <= due - clock() <= timedelta(minutes=expected[1])


def _meanwhile(world: World, monkeypatch: pytest.MonkeyPatch, *, delete: bool = False, **changes: Any) -> None:
    """While the source is fetched, its owner is at it, too."""
    parse = world.web.parse_feed

    def interrupted(body: bytes, **about: Any) -> Any:
        source = source_of(world.services)
        if delete:
            world.services.sources.delete("acme", "source-1")
        else:
            world.services.sources.replace(source, source.model_copy(update=changes))
        return parse(body, **about)

    monkeypatch.setattr(world.web, "parse_feed", interrupted)


def _refuse(*_: Any, **__: Any) -> Any:
    raise TransientError("the store is out of reach")
