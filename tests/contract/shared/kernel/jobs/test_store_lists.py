"""One suite over the job store in memory and on DynamoDB: finding jobs by what they are and when they are due."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.shared.domain.job_types import JobType
from functions.shared.kernel.clock import new_id
from functions.shared.kernel.jobs import transitions
from functions.shared.kernel.jobs.model import Job, JobStatus, Letter
from functions.shared.kernel.jobs.store import DUE_SHARDS, JobStore, due_shard
from functions.shared.kernel.jobs.turns import Turn
from tests.support.clock import ManualClock
from tests.support.job_stores import a_job, claimed, opened


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[JobStore]:
    with opened(request.param, clock) as store:
        yield store


@pytest.fixture
def job(clock: ManualClock) -> Job:
    return a_job(clock, "1")


def all_due(store: JobStore, clock: ManualClock) -> list[tuple[str, str]]:
    return [found for shard in range(DUE_SHARDS) for found in store.due(shard, until=clock(), limit=100)[0]]


def test_many_jobs_are_read_in_the_order_asked_without_those_that_do_not_exist(
    store: JobStore, clock: ManualClock
) -> None:
    for number in range(120):
        store.admit(a_job(clock, f"{number:03d}"))
    wanted = ["007", "nope", *(f"{number:03d}" for number in range(119, 8, -1))]
    assert [job.job_id for job in store.get_many("acme", wanted)] == [name for name in wanted if name != "nope"]
    assert store.get_many("other", ["007"]) == []


def test_due_jobs_are_found_until_they_are_terminal(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    assert all_due(store, clock) == []
    clock.advance(seconds=31)
    assert all_due(store, clock) == [("acme", "1")]
    store.replace(job, transitions.cancelled(job, now=clock()))
    assert all_due(store, clock) == []


def test_due_jobs_come_in_pages_the_longest_due_first(store: JobStore, clock: ManualClock) -> None:
    for number in range(7):
        store.admit(a_job(clock, str(number), due_at=clock() - timedelta(minutes=number)))
    found, sizes, cursor = [], [], None
    while True:
        page, cursor = store.due(due_shard("acme"), until=clock(), limit=3, after=cursor)
        found += page
        sizes.append(len(page))
        if cursor is None:
            break
    assert found == [("acme", str(number)) for number in reversed(range(7))]
    assert sizes == [3, 3, 1]


def test_the_latest_turn_is_known_of_a_lane_and_of_an_organisation_in_it(store: JobStore, clock: ManualClock) -> None:
    early, late = Turn(clock(), clock() + timedelta(minutes=5)), Turn(clock() + timedelta(minutes=1), clock())
    assert store.turns("content", "acme") == (None, None)
    for turn in (early, late):
        store.note_turn("content", None, turn)
    store.note_turn("content", "acme", early)
    store.note_turn("pages", "acme", late)
    assert store.turns("content", "acme") == (early, late)
    assert store.turns("content", "other") == (None, late)


def test_a_message_sent_again_is_counted(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    store.mark_dispatched(job, at=clock(), resends=2)
    stored = store.get("acme", "1")
    assert stored is not None
    assert (stored.dispatched_at, stored.resends) == (clock(), 2)


def test_a_dead_letter_is_known_by_its_token(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    over = transitions.failed(held, now=clock(), reason="no", letter=Letter("token", "sqs-1"))
    store.settle(held, over)
    assert store.get("acme", "1") == over
    store.mark_dead_lettered(over, "token")
    assert store.get("acme", "1") == replace(over, letters={"token": ""})


def test_a_postponed_job_is_due_later(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    store.postpone(job, due_at=clock() + timedelta(hours=1))
    clock.advance(minutes=59)
    assert all_due(store, clock) == []
    clock.advance(minutes=1)
    assert all_due(store, clock) == [("acme", "1")]


def test_the_list_is_newest_first_and_paged(store: JobStore, clock: ManualClock) -> None:
    for number in range(1, 6):
        store.admit(a_job(clock, str(number)))
    first, cursor = store.newest("acme", limit=2)
    second, cursor = store.newest("acme", limit=2, before=cursor)
    third, end = store.newest("acme", limit=2, before=cursor)
    assert [job.job_id for job in (*first, *second, *third)] == ["5", "4", "3", "2", "1"]
    assert end is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "6 5 4 3 2 1"),
        ({"status": JobStatus.QUEUED}, "6 3"),
        ({"status": JobStatus.PROCESSING}, "5 2"),
        ({"status": JobStatus.COMPLETED}, "4 1"),
        ({"status": JobStatus.FAILED}, ""),
        ({"job_type": JobType.GENERATE_PAGE}, "3 2 1"),
        ({"job_type": JobType.PUBLISH_CONTENT}, ""),
        ({"status": JobStatus.COMPLETED, "job_type": JobType.GENERATE_PAGE}, "1"),
        ({"status": JobStatus.QUEUED, "job_type": JobType.GENERATE_CONTENT}, "6"),
    ],
)
def test_every_filter_of_the_list_is_paged_newest_first(
    store: JobStore, clock: ManualClock, filters: dict[str, Any], expected: str
) -> None:
    for number in range(1, 7):
        job_type = JobType.GENERATE_PAGE if number <= 3 else JobType.GENERATE_CONTENT
        job = a_job(clock, str(number), type=job_type)
        store.admit(job)
        if number % 3:
            held = claimed(job, clock)
            store.replace(job, held)
            if number % 3 == 1:
                store.settle(held, transitions.completed(held, now=clock(), result={}))
    found: list[str] = []
    cursor = None
    while True:
        page, cursor = store.newest("acme", limit=2, before=cursor, **filters)
        found += [job.job_id for job in page]
        if cursor is None:
            break
    assert found == expected.split()
    assert store.newest("other", **filters) == ([], None)


def test_active_and_finished_jobs_are_counted_by_organisation(store: JobStore, clock: ManualClock) -> None:
    ids = [new_id(clock() + timedelta(minutes=minute)) for minute in range(4)]
    for job_id in ids:
        store.admit(a_job(clock, job_id))
    store.admit(a_job(clock, ids[0], org_id="other"))
    for job_id in ids[:3]:
        job = store.get("acme", job_id)
        assert job is not None
        store.replace(job, transitions.cancelled(job, now=clock()))
    assert store.active("acme") == [ids[3]]
    assert store.active("nobody") == []
    since = clock() + timedelta(minutes=1)
    assert store.count_finished("acme", JobStatus.CANCELLED, since=since) == 2
    assert store.count_finished("acme", JobStatus.FAILED, since=since) == 0
    assert store.count_finished("other", JobStatus.CANCELLED, since=since) == 0
