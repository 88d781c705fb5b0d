"""One suite over the schedule store in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial

import boto3
import pytest
from moto import mock_aws

from functions.shared.kernel.jobs.model import Priority
from functions.shared.kernel.schedules.dynamodb import DynamoScheduleStore
from functions.shared.kernel.schedules.memory import MemoryScheduleStore
from functions.shared.kernel.schedules.model import Skip
from functions.shared.kernel.schedules.store import SCHEDULE_SHARDS, Overtaken, ScheduleStore, TooManySchedules
from tests.support.aws import make_tables
from tests.support.clock import ManualClock
from tests.support.schedules import a_schedule


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Iterator[ScheduleStore]:
    if request.param == "memory":
        yield MemoryScheduleStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoScheduleStore("jobs", partial(boto3.client, "dynamodb"))


def all_due(store: ScheduleStore, clock: ManualClock) -> list[tuple[str, str]]:
    return [found for shard in range(SCHEDULE_SHARDS) for found in store.due(shard, until=clock(), limit=10)]


def test_every_field_survives_storing(store: ScheduleStore, clock: ManualClock) -> None:
    now = clock()
    schedule = a_schedule(
        now,
        name="Daily",
        priority=Priority.HIGH,
        timezone="Europe/Berlin",
        enabled=False,
        last_tick_at=now,
        last_run_at=now,
        last_job_id="j1",
        planning=True,
        skipped=2,
        skips=(Skip(now, "still active", "j1"), Skip(now, "late")),
        missed=1,
        last_missed_at=now,
        due_at=now,
    )
    store.add(schedule, limit=1)
    assert store.get("acme", "s1") == schedule
    assert store.of_org("acme") == [schedule]
    assert (store.get("rival", "s1"), store.of_org("rival")) == (None, [])


def test_only_the_first_of_two_writers_who_saw_the_same_version_writes(
    store: ScheduleStore, clock: ManualClock
) -> None:
    seen = a_schedule(clock())
    store.add(seen, limit=1)
    first = store.replace(seen, replace(seen, name="first"))
    with pytest.raises(Overtaken):
        store.replace(seen, replace(seen, name="second"))
    assert store.get("acme", "s1") == first
    assert (first.name, first.version) == ("first", 2)


def test_an_organisation_has_no_more_than_its_limit_and_a_deletion_makes_room_once(
    store: ScheduleStore, clock: ManualClock
) -> None:
    kept, other = a_schedule(clock()), a_schedule(clock(), schedule_id="s2")
    store.add(kept, limit=2)
    store.add(other, limit=2)
    with pytest.raises(TooManySchedules):
        store.add(a_schedule(clock(), schedule_id="s3"), limit=2)
    store.add(a_schedule(clock(), org_id="rival"), limit=1)

    gone = store.replace(kept, replace(kept, deleted=True))
    store.replace(gone, replace(gone, due_at=clock()))
    store.add(a_schedule(clock(), schedule_id="s3"), limit=2)
    with pytest.raises(TooManySchedules):
        store.add(a_schedule(clock(), schedule_id="s4"), limit=2)


def test_only_what_is_marked_as_deleted_is_removed(store: ScheduleStore, clock: ManualClock) -> None:
    schedule = a_schedule(clock())
    store.add(schedule, limit=1)
    store.remove(schedule)
    assert store.get("acme", "s1") == schedule
    store.remove(store.replace(schedule, replace(schedule, deleted=True)))
    assert store.get("acme", "s1") is None
    store.remove(schedule)
    with pytest.raises(Overtaken):
        store.replace(schedule, schedule)


def test_schedules_are_listed_oldest_first(store: ScheduleStore, clock: ManualClock) -> None:
    for schedule_id in ("s3", "s1", "s2"):
        store.add(a_schedule(clock(), schedule_id=schedule_id), limit=9)
    assert [schedule.schedule_id for schedule in store.of_org("acme")] == ["s1", "s2", "s3"]


def test_a_schedule_is_due_when_it_says_so_and_not_before(store: ScheduleStore, clock: ManualClock) -> None:
    later = clock() + timedelta(minutes=1)
    store.add(a_schedule(clock(), schedule_id="never"), limit=9)
    due = a_schedule(clock(), schedule_id="soon", due_at=later)
    store.add(due, limit=9)
    assert all_due(store, clock) == []
    clock.advance(minutes=1)
    assert all_due(store, clock) == [("acme", "soon")]
    store.replace(due, replace(due, due_at=None))
    assert all_due(store, clock) == []
