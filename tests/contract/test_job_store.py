"""One suite over the job store in memory and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.shared.clock import new_id
from functions.shared.jobs import transitions
from functions.shared.jobs.dynamodb import DynamoJobStore
from functions.shared.jobs.memory import MemoryJobStore
from functions.shared.jobs.model import Job, JobStatus, JobType
from functions.shared.jobs.policy import Timing
from functions.shared.jobs.store import (
    ADMIT_AT_ONCE,
    DUE_SHARDS,
    Admission,
    Conflict,
    DuplicateJob,
    DuplicateKey,
    IdempotencyKey,
    JobStore,
    Refused,
    SlotTaken,
)
from functions.shared.notifications.dynamodb import DynamoNotificationStore
from functions.shared.notifications.store import NotificationStore
from tests.aws import make_tables
from tests.clock import ManualClock

TIMING = Timing()


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest, clock: ManualClock) -> Iterator[JobStore]:
    if request.param == "memory":
        yield MemoryJobStore()
        return
    with mock_aws():
        make_tables()
        yield DynamoJobStore("jobs", partial(boto3.client, "dynamodb"), clock)


@pytest.fixture
def job(clock: ManualClock) -> Job:
    return a_job(clock, "1")


def a_job(clock: ManualClock, job_id: str, **changes: Any) -> Job:
    job = Job(
        org_id="acme",
        job_id=job_id,
        type=JobType.GENERATE_CONTENT,
        payload={"topic": "tea", "deep": {"n": [1, 2]}},
        created_at=clock(),
        updated_at=clock(),
        due_at=clock() + TIMING.dispatch_grace,
    )
    return replace(job, **changes)


def claimed(job: Job, clock: ManualClock, owner: str = "worker") -> Job:
    return transitions.claimed(job, now=clock(), owner=owner, timing=TIMING)


def notifications_of(store: JobStore, clock: ManualClock) -> NotificationStore:
    """Where this job store's notifications are."""
    if isinstance(store, MemoryJobStore):
        return store.notifications
    return DynamoNotificationStore("jobs", partial(boto3.client, "dynamodb"), clock)


def all_due(store: JobStore, clock: ManualClock) -> list[tuple[str, str]]:
    return [found for shard in range(DUE_SHARDS) for found in store.due(shard, until=clock())]


def test_an_admitted_job_is_read_back_whole(store: JobStore, job: Job) -> None:
    store.admit(job)
    assert store.get("acme", "1") == job


def test_every_field_survives_storing(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    clock.advance(seconds=3)
    again = transitions.retried(
        held, now=clock(), reason="bad weather", not_before=clock() + timedelta(minutes=1), timing=TIMING
    )
    store.settle(held, again)
    assert store.get("acme", "1") == again


def test_another_organisations_job_is_not_found(store: JobStore, job: Job) -> None:
    store.admit(job)
    assert store.get("other", "1") is None


def test_the_same_job_is_admitted_once(store: JobStore, job: Job) -> None:
    store.admit(job)
    with pytest.raises(DuplicateJob):
        store.admit(replace(job, reason="a second one"))
    assert store.get("acme", "1") == job


def test_a_slot_holds_one_job_and_nothing_of_the_second_is_stored(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(replace(job, slot=7))
    with pytest.raises(SlotTaken):
        store.admit(a_job(clock, "2", slot=7))
    assert store.used_slots("acme") == {7: "1#1"}
    assert store.get("acme", "2") is None


def test_a_repeated_key_names_the_first_job(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(replace(job, slot=1), key=IdempotencyKey("k", "print"))
    with pytest.raises(DuplicateKey) as caught:
        store.admit(a_job(clock, "2", slot=2), key=IdempotencyKey("k", "print"))
    assert (caught.value.job_id, caught.value.fingerprint) == ("1", "print")
    assert store.used_slots("acme") == {1: "1#1"}
    with pytest.raises(DuplicateKey):
        store.refuse_duplicate("acme", IdempotencyKey("k", "other"))
    store.refuse_duplicate("other", IdempotencyKey("k", "print"))


def test_only_one_of_two_claims_of_the_same_attempt_succeeds(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    store.replace(job, claimed(job, clock, "first"))
    with pytest.raises(Conflict):
        store.replace(job, claimed(job, clock, "second"))
    stored = store.get("acme", "1")
    assert stored is not None
    assert stored.owner == "first"


def test_a_slot_is_taken_over_only_as_its_last_holder_left_it(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(replace(job, slot=3))
    store.admit(a_job(clock, "2", slot=3), slot_left_by="1#1")
    assert store.used_slots("acme") == {3: "2#1"}
    with pytest.raises(SlotTaken):
        store.admit(a_job(clock, "3", slot=3), slot_left_by="1#1")
    assert store.get("acme", "3") is None


def test_many_jobs_are_read_in_the_order_asked_without_those_that_do_not_exist(
    store: JobStore, clock: ManualClock
) -> None:
    for number in range(120):
        store.admit(a_job(clock, f"{number:03d}"))
    wanted = ["007", "nope", *(f"{number:03d}" for number in range(119, 8, -1))]
    assert [job.job_id for job in store.get_many("acme", wanted)] == [name for name in wanted if name != "nope"]
    assert store.get_many("other", ["007"]) == []


def test_a_worker_whose_job_was_recovered_can_write_nothing(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    clock.advance(minutes=2)
    recovered = transitions.recovered(held, now=clock(), timing=TIMING)
    store.replace(held, recovered)
    with pytest.raises(Conflict):
        store.settle(held, transitions.completed(held, now=clock(), result={}))
    with pytest.raises(Conflict):
        store.beat(held, lease_until=clock() + TIMING.lease, progress=None)
    assert store.get("acme", "1") == recovered


def test_a_recovery_loses_against_a_heartbeat_that_came_first(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    clock.advance(seconds=59)
    assert store.beat(held, lease_until=clock() + TIMING.lease, progress="half") is False
    with pytest.raises(Conflict):
        store.replace(held, transitions.recovered(held, now=clock(), timing=TIMING))
    stored = store.get("acme", "1")
    assert stored is not None
    assert (stored.status, stored.progress) == (JobStatus.PROCESSING, "half")


def test_a_cancellation_is_heard_at_the_next_heartbeat_and_never_overwritten(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    store.request_cancel(held)
    assert store.beat(held, lease_until=clock() + TIMING.lease, progress=None) is True
    with pytest.raises(Conflict):
        store.settle(held, transitions.completed(held, now=clock(), result={}))


def test_a_job_that_is_not_processing_cannot_be_asked_to_stop(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    with pytest.raises(Conflict):
        store.request_cancel(claimed(job, clock))


def test_due_jobs_are_found_until_they_are_terminal(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    assert all_due(store, clock) == []
    clock.advance(seconds=31)
    assert all_due(store, clock) == [("acme", "1")]
    store.replace(job, transitions.cancelled(job, now=clock()))
    assert all_due(store, clock) == []


def test_dispatch_marks_and_postponements_do_not_touch_a_job_that_moved_on(
    store: JobStore, job: Job, clock: ManualClock
) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    store.mark_dispatched(job, at=clock())
    store.postpone(job, due_at=clock() + timedelta(days=1))
    assert store.get("acme", "1") == held


def test_a_postponed_job_is_due_later(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    store.postpone(job, due_at=clock() + timedelta(hours=1))
    clock.advance(minutes=59)
    assert all_due(store, clock) == []
    clock.advance(minutes=1)
    assert all_due(store, clock) == [("acme", "1")]


def test_a_restart_takes_a_slot_again(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    over = transitions.cancelled(job, now=clock())
    store.replace(job, over)
    store.admit(a_job(clock, "2", slot=0))
    with pytest.raises(SlotTaken):
        store.replace(over, transitions.restarted(over, now=clock(), slot=0, timing=TIMING))
    store.replace(over, transitions.restarted(over, now=clock(), slot=1, timing=TIMING))
    assert store.used_slots("acme") == {0: "2#1", 1: "1#2"}


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


def test_a_failure_leaves_exactly_one_notification(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    failed = transitions.failed(held, now=clock(), reason="the topic is empty")
    store.settle(held, failed)
    with pytest.raises(Conflict):
        store.settle(held, failed)
    (notice,) = notifications_of(store, clock).newest("acme")[0]
    assert (notice.kind, notice.reason) == ("job.failed", "the topic is empty")
    assert notice.retry_url == "/api/jobs/1/retry"
    assert notifications_of(store, clock).unread_count("acme") == 1


def test_each_failure_of_a_restarted_job_is_told(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    for _ in range(2):
        failed = transitions.failed(job, now=clock(), reason="no")
        store.replace(job, failed)
        clock.advance(seconds=1)
        job = transitions.restarted(failed, now=clock(), slot=None, timing=TIMING)
        store.replace(failed, job)
    assert notifications_of(store, clock).unread_count("acme") == 2


def test_a_conflict_or_another_end_leaves_no_notification(store: JobStore, job: Job, clock: ManualClock) -> None:
    store.admit(job)
    held = claimed(job, clock)
    store.replace(job, held)
    with pytest.raises(Conflict):
        store.replace(job, transitions.failed(job, now=clock(), reason="too late"))
    store.settle(held, transitions.completed(held, now=clock(), result={}))
    assert notifications_of(store, clock).newest("acme") == ([], None)


def test_jobs_are_admitted_together_with_slots_and_keys(store: JobStore, clock: ManualClock) -> None:
    key = IdempotencyKey("a", "body")
    jobs = [a_job(clock, str(number), slot=number, tags=("spring",)) for number in range(ADMIT_AT_ONCE)]
    store.admit_all([Admission(job, key if job.slot == 0 else None) for job in jobs])
    assert store.get_many("acme", [job.job_id for job in jobs]) == jobs
    assert len(store.used_slots("acme")) == ADMIT_AT_ONCE
    known = store.known_keys("acme", [key, IdempotencyKey("b", "body")])
    assert {name: (found.job_id, found.fingerprint) for name, found in known.items()} == {"a": ("0", "body")}


def test_of_several_admissions_none_is_written_when_one_is_refused(store: JobStore, clock: ManualClock) -> None:
    store.admit(a_job(clock, "1", slot=7))
    taken = [Admission(a_job(clock, "2", slot=8)), Admission(a_job(clock, "3", slot=7))]
    with pytest.raises(Refused):
        store.admit_all(taken)
    assert store.get("acme", "2") is None
    assert set(store.used_slots("acme")) == {7}


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
